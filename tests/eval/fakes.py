"""Small data sets and systems for the tests of eval/."""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ir_measures

from eval.result import DataSetInfo, Result, SystemInfo
from eval.run import run_evaluation
from eval.types import ArticleLookup, Citation, DataSet, Document, Expected, Passage, Question, System, SystemAnswer
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
    """Write a BEIR folder, by default with two questions over three documents."""
    default_corpus = [{"_id": id_, "title": "", "text": text} for id_, text in CORPUS.items()]
    default_queries = [{"_id": id_, "text": text} for id_, text in QUERIES.items()]
    write_rows(folder / "corpus.jsonl", default_corpus if corpus is None else corpus)
    write_rows(folder / "queries.jsonl", default_queries if queries is None else queries)
    (folder / "qrels").mkdir()
    for name, lines in ({"test": QRELS} if qrels is None else qrels).items():
        (folder / "qrels" / f"{name}.tsv").write_text(lines, encoding="utf-8", newline="")
    if answers is not None:
        write_rows(folder / "answers.jsonl", answers)
    return folder


def question(id_: str = "q.en", *expected: Expected, **fields: Any) -> Question:
    """Return a question, by default alone in its group."""
    return Question(id_, **({"text": f"{id_}?", "expected": expected, "group": id_} | fields))


def passage(id_: str, article: str = "pool", span: tuple[int, int] = (0, 10), **fields: Any) -> Passage:
    """Return a passage without title and score."""
    start, end = span
    defaults: dict[str, Any] = {"title": "", "text": "", "score": 0.0}
    return Passage(id_, article, start, end, **(defaults | fields))


def quoting(article: str, words: str, **fields: Any) -> Expected:
    """Return an expected quote with its span in `ARTICLES`."""
    start = ARTICLES[article].text.index(words)
    return Expected(article, words, (start, start + len(words)), **fields)


def citing(article: str, words: str) -> Citation:
    """Return an exact citation from `ARTICLES`."""
    start = ARTICLES[article].text.index(words)
    return Citation(article, start, start + len(words), words)


def whole(article: str, score: float = 1.0, **fields: Any) -> Passage:
    """Return an article of `ARTICLES` as one passage."""
    document = ARTICLES[article]
    return Passage(f"{article}.0", article, 0, len(document.text), document.title, document.text, score, **fields)


def data_set(*questions: Question, documents: tuple[Document, ...] | None = None, sha256: str = "0" * 64) -> DataSet:
    """Return a data set."""
    return DataSet("small", questions, sha256, documents, frozenset(question.id for question in questions))


def evaluate(
    data: DataSet, system: System, *, lookup: ArticleLookup = ARTICLES.get, name: str = "fake", concurrency: int = 1
) -> Result:
    """Run an evaluation over `ARTICLES`."""
    data_info = DataSetInfo(name=data.name, path="small", sha256=data.sha256, level=data.level, half=None, limit=None)
    return run_evaluation(
        data,
        data_info,
        system,
        SystemInfo(name=name),
        lookup,
        top_k=100,
        concurrency=concurrency,
        seed=0,
        progress=no_progress,
    )


def ranking_system(ids: Callable[[Question], Sequence[str]]) -> System:
    """Return a system that ranks whole articles."""

    def ask(asked: Question, k: int) -> SystemAnswer:
        ranked = list(ids(asked))[:k]
        return SystemAnswer(tuple(passage(id_, id_, score=-float(rank)) for rank, id_ in enumerate(ranked)))

    return ask


def ranked_data(count: int) -> tuple[DataSet, dict[str, list[str]]]:
    """Return questions that each expect one document, and rankings with this document among the first three."""
    draw = random.Random(7)  # noqa: S311
    rankings = {}
    for number in range(count):
        ids = [f"d{number}", *(f"n{number}-{other}" for other in range(19))]
        rank = draw.choice([0, 0, 0, 1, 2])
        ids[0], ids[rank] = ids[rank], ids[0]
        rankings[f"q{number}"] = ids
    return data_set(*(question(f"q{number}", Expected(f"d{number}")) for number in range(count))), rankings


def by_ir_measures(run: Path, qrels: Path, *measures: Any) -> dict[str, float]:
    """Return the measures that ir_measures computes from TREC files."""
    judgments = list(ir_measures.read_trec_qrels(str(qrels)))  # type: ignore[no-untyped-call]
    rankings = list(ir_measures.read_trec_run(str(run)))  # type: ignore[no-untyped-call]
    return {str(measure): value for measure, value in ir_measures.calc_aggregate(measures, judgments, rankings).items()}
