"""Small data sets and systems for the tests of the harness."""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ir_measures

from eval.result import Result, Source, Tested
from eval.run import run
from eval.types import Citation, DataSet, Document, Expected, Found, Passage, Question, System, Texts
from tests.fakes import no_progress

ARTICLES = {
    "pool": Document("pool", "The pool", "The city pool closes in June. The works last eight months."),
    "piscine": Document("piscine", "La piscine", "La piscine ferme en juin. Les travaux durent huit mois."),
    "泳池": Document("泳池", "泳池", "市政游泳池六月关闭。工程持续八个月🏊。"),
}
CASE: dict[str, Any] = {
    "id": "pool-closes.en",
    "language": "en",
    "kind": "when",
    "question": "When does the pool close?",
    "expected": [{"article": "pool", "quote": "The city pool closes in June."}],
    "answers": ["June"],
}
CORPUS = {"d1": "the pool closes in June", "d2": "the works last eight months", "d3": "nothing of interest"}
QUERIES = {"q1": "when does the pool close", "q2": "how long do the works last"}
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n"


def write_rows(file: Path, rows: Iterable[Mapping[str, Any] | str]) -> Path:
    """Write objects, or lines as they are, into a JSON Lines file."""
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
    return file


def write_beir(
    folder: Path,
    *,
    corpus: Iterable[Mapping[str, Any] | str] | None = None,
    queries: Iterable[Mapping[str, Any] | str] | None = None,
    qrels: Mapping[str, str] | None = None,
    answers: Iterable[Mapping[str, Any] | str] | None = None,
) -> Path:
    """Write a BEIR folder of two questions over three documents, or of what is given."""
    own = [{"_id": id_, "title": "", "text": text} for id_, text in CORPUS.items()]
    asked = [{"_id": id_, "text": text} for id_, text in QUERIES.items()]
    write_rows(folder / "corpus.jsonl", own if corpus is None else corpus)
    write_rows(folder / "queries.jsonl", asked if queries is None else queries)
    (folder / "qrels").mkdir()
    for name, lines in ({"test": QRELS} if qrels is None else qrels).items():
        (folder / "qrels" / f"{name}.tsv").write_text(lines, encoding="utf-8", newline="")
    if answers is not None:
        write_rows(folder / "answers.jsonl", answers)
    return folder


def question(id_: str = "q.en", *expected: Expected, **fields: Any) -> Question:
    """Return a question in a group of its own, unless told otherwise."""
    return Question(id_, **({"text": f"{id_}?", "expected": expected, "group": id_} | fields))


def passage(id_: str, article: str = "pool", span: tuple[int, int] = (0, 10), **fields: Any) -> Passage:
    """Return a passage without title and score."""
    start, end = span
    rest: dict[str, Any] = {"title": "", "text": "", "score": 0.0}
    return Passage(id_, article, start, end, **(rest | fields))


def quoting(article: str, words: str, **fields: Any) -> Expected:
    """Return a place whose span has been looked up in `ARTICLES`."""
    start = ARTICLES[article].text.index(words)
    return Expected(article, words, (start, start + len(words)), **fields)


def citing(article: str, words: str) -> Citation:
    """Return a citation of what stands in `ARTICLES`."""
    start = ARTICLES[article].text.index(words)
    return Citation(article, start, start + len(words), words)


def whole(article: str, score: float = 1.0, **fields: Any) -> Passage:
    """Return an article of `ARTICLES` as one passage."""
    document = ARTICLES[article]
    return Passage(f"{article}.0", article, 0, len(document.text), document.title, document.text, score, **fields)


def data_set(*questions: Question, documents: tuple[Document, ...] | None = None, sha256: str = "0" * 64) -> DataSet:
    """Return a data set."""
    return DataSet("small", questions, sha256, documents, frozenset(one.id for one in questions))


def evaluate(
    data: DataSet, system: System, *, article: Texts = ARTICLES.get, name: str = "fake", concurrency: int = 1
) -> Result:
    """Run an evaluation over `ARTICLES`."""
    source = Source(name=data.name, path="small", sha256=data.sha256, level=data.level, half=None, limit=None)
    return run(
        data,
        source,
        system,
        Tested(name=name),
        article,
        top_k=100,
        concurrency=concurrency,
        seed=0,
        progress=no_progress,
    )


def ranking_system(ids: Callable[[Question], Sequence[str]]) -> System:
    """Return a system that ranks whole articles."""

    def ask(asked: Question, k: int) -> Found:
        ranked = list(ids(asked))[:k]
        return Found(tuple(passage(id_, id_, score=-float(rank)) for rank, id_ in enumerate(ranked)))

    return ask


def ranked_data(count: int) -> tuple[DataSet, dict[str, list[str]]]:
    """Return questions that each expect one document, and rankings that have it among the first three."""
    draw = random.Random(7)  # noqa: S311
    rankings = {}
    for number in range(count):
        ids = [f"d{number}", *(f"n{number}-{other}" for other in range(19))]
        at = draw.choice([0, 0, 0, 1, 2])
        ids[0], ids[at] = ids[at], ids[0]
        rankings[f"q{number}"] = ids
    return data_set(*(question(f"q{number}", Expected(f"d{number}")) for number in range(count))), rankings


def by_ir_measures(run: Path, qrels: Path, *measures: Any) -> dict[str, float]:
    """Return what ir_measures makes of TREC files."""
    judged = list(ir_measures.read_trec_qrels(str(qrels)))  # type: ignore[no-untyped-call]
    found = list(ir_measures.read_trec_run(str(run)))  # type: ignore[no-untyped-call]
    return {str(measure): value for measure, value in ir_measures.calc_aggregate(measures, judged, found).items()}
