"""Read the training sets, those of `SHARED/train` and our own, and refuse what is kept for measuring."""

import html
import json
import lzma
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from eval.dev_test import half_by_passage, is_kept
from eval.errors import EvaluationError
from index.types import Span


@dataclass(frozen=True, slots=True)
class Example:
    """One question about one passage of a data set."""

    id: str
    source: str  # name of the set
    language: str  # of the passage, ISO 639-1
    article: str  # id without the name of the set: equal names of two sets are the same article
    title: str  # of the article, empty if the set has none
    question: str
    passage: str
    answers: tuple[Span, ...]  # into the passage; none if it does not answer
    whole_sentences: bool = False  # whether the answers are sentences that contain the answer
    parallel: str = ""  # shared by the translations of one question
    about: str = ""  # what the question is about, in the words of the passage: see `eval.reader.rules`

    @property
    def texts(self) -> tuple[str, ...]:
        """The answers."""
        return tuple(self.passage[start:end] for start, end in self.answers)


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with passages of which people judged whether they answer it."""

    id: str
    source: str
    language: str
    question: str
    passages: tuple[tuple[str, str], ...]  # title and text
    relevant: bool  # whether at least one of them answers; not known which


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A data set: what its authors allow, and how much of training is from it."""

    name: str
    license: str
    share: float = 0.0  # of the questions, relative to the other sets
    clear: bool = True  # whether a license of annotations and texts is stated; else the set is left out by default
    titled: bool = True  # whether `article` is a title, not a number


SETS = (
    TrainingSet("piaf_dev", "MIT (repository); Wikipedia CC BY-SA", 6.0),  # French, which no other set has
    TrainingSet("squad2_train", "CC BY-SA 4.0 (SQuAD); MIT (repository)", 3.5),
    TrainingSet("xquad_early", "CC BY-SA 4.0", 5.0),
    TrainingSet("norquad_news", "CC0 1.0", 2.5, titled=False),
    TrainingSet("norquad_wiki", "CC0 1.0", 1.2, titled=False),
    TrainingSet("omosqa", "CC BY 4.0", 2.5, titled=False),
    TrainingSet("squad_it", "CC BY-SA 4.0", 1.8),
    TrainingSet("idk_mrc", "CC BY-SA 4.0 (README of the dataset's paper; none in repository)", 2.0, titled=False),
    TrainingSet("heq", "CC BY 4.0", 1.2),
    TrainingSet("jaquad", "CC BY-SA 3.0", 1.2),
    TrainingSet("drcd", "CC BY-SA 3.0", 1.0),
    TrainingSet("arcd", "MIT (repository); Wikipedia CC BY-SA", 0.8),
    TrainingSet("mlqa_de", "CC BY-SA 3.0 (MLQA)", 0.8, titled=False),
    TrainingSet("faquad", "CC BY 4.0", 0.6),
    TrainingSet("covidqa", "Apache-2.0 (repository); articles CC BY", 0.4, titled=False),
    TrainingSet("selqa", "Apache-2.0 (repository); Wikipedia CC BY-SA", 1.5),
    TrainingSet("qamr", "MIT (repository); Wikinews CC BY, Wikipedia CC BY-SA", 1.5, titled=False),
    TrainingSet("nomiracl", "Apache-2.0 (repository); Wikipedia CC BY-SA"),
    TrainingSet("cmrc2018", "CC BY-SA 4.0 (repository)", 0.5, clear=False),
    TrainingSet("thquad", "MIT (repository)", 0.9, clear=False),
    TrainingSet("shifts_wiki", "CC BY 4.0 (as the SQuADShifts site states, to check)", 2.0, clear=False),
    TrainingSet("shifts_reddit", "CC BY 4.0 (as the SQuADShifts site states, to check)", 0.8, False, titled=False),
    TrainingSet("shifts_amazon", "CC BY 4.0 (as the SQuADShifts site states, to check)", 0.5, False, titled=False),
)
"""The sets of `SHARED/train` with the licenses that its README states.

A set is clear unless its license is marked "to check" or is only that of a repository, which may not be that of the
texts in it. Shares favor French, news and questions without an answer.
"""

NEWS = TrainingSet("news", "MIT, written for newsqa", 12.0)
"""Invented stories in `news.jsonl`, as one outlet or several tell them, with questions and near misses.

A question has the spans that answer it, by the number of the passage; the other passages do not answer it. The
questions are of kinds that other sets have few of, and many are in another language than the passages.
"""
NEWS_FILE = Path(__file__).with_name("news.jsonl")


def read(
    shared: Path, *, unclear: bool = False, most: int | None = None
) -> tuple[list[Example], list[Judged], tuple[TrainingSet, ...]]:
    """Return the examples, the judged passages and the sets they are from, at most `most` rows of each set.

    `unclear` includes the sets whose license is not clear.

    Raises:
        EvaluationError: a set is missing, or contains what is kept for measuring.
    """
    chosen = tuple(each for each in SETS if each.clear or unclear)
    examples: list[Example] = []
    judged: list[Judged] = []
    for each in chosen:
        path = shared / "train" / f"{each.name}.jsonl.xz"
        if not path.is_file():
            raise EvaluationError(f"{path}: no such file: give the folder of the training sets")
        for row in _rows(path, most):
            if "passages" in row:
                judged.append(_judged(row, each))
            else:
                examples.append(_example(row, each))
    refuse(examples, kept_passages(shared))
    return _with_parallels(examples), judged, chosen


def news(most: int | None = None) -> list[Example]:
    """Return the examples of at most `most` stories of `NEWS`: every question about each passage of its story."""
    with NEWS_FILE.open(encoding="utf-8") as lines:
        stories = [json.loads(line) for line in islice(lines, most)]
    return [
        Example(
            id=f"{article}-{index}",
            source=NEWS.name,
            language=passage["language"],
            article=article,
            title=passage["title"],
            question=question["question"],
            passage=passage["text"],
            answers=tuple((start, end) for start, end in question["answers"].get(str(number), ())),
        )
        for story in stories
        for number, passage in enumerate(story["passages"], 1)
        for article in (f"{story['id']}.{number}" if len(story["passages"]) > 1 else story["id"],)
        for index, question in enumerate(story["questions"])
    ]


def refuse(examples: Iterable[Example], kept: frozenset[str]) -> None:
    """Check that no example is about an article or passage that is kept for measuring.

    Raises:
        EvaluationError: one is.
    """
    for example in examples:
        if is_kept(example.article) or letters(example.passage) in kept:
            raise EvaluationError(f"{example.source} {example.id}: kept for measuring: leave it out of training")


def kept_passages(shared: Path) -> frozenset[str]:
    """Return the `letters` of the passages of the report halves in `SHARED/eval`."""
    kept = set()
    for name in ("piaf_dev", "xquad_mixed"):
        path = shared / "eval" / name / "corpus.jsonl"
        if not path.is_file():
            raise EvaluationError(f"{path}: no such file: it says what must stay out of training")
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if half_by_passage(row["_id"], row["text"]) == "report":
                kept.add(letters(row["text"]))
    return frozenset(kept)


def letters(text: str) -> str:
    """Return the letters and digits of a text: copies of one passage can differ in white space and punctuation."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _rows(path: Path, most: int | None) -> Iterator[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number == most:
                return
            yield json.loads(line)


def _example(row: dict[str, Any], of: TrainingSet) -> Example:
    article = row["article"].partition(":")[2]
    spans = sorted({_span(answer["text"], answer["start"]) for answer in row["answers"]})
    return Example(
        id=row["id"],
        source=of.name,
        language=row["lang"],
        article=article,
        title=_title(article) if of.titled else "",
        question=row["question"].strip(),
        passage=row["passage"],
        answers=tuple(spans) if row["answerable"] else (),
        whole_sentences=bool(row.get("loose")),
        parallel=row.get("parallel", ""),
    )


def _span(answer: str, start: int) -> Span:
    """Return the span of an answer at `start` without the white space around it, which no sentence has."""
    first = start + len(answer) - len(answer.lstrip())
    return first, first + len(answer.strip())


def _judged(row: dict[str, Any], of: TrainingSet) -> Judged:
    passages = tuple((title.strip(), text.strip()) for title, _, text in (p.partition(": ") for p in row["passages"]))
    return Judged(row["id"], of.name, row["lang"], row["question"].strip(), passages, row["relevant"])


def _title(article: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", article)).replace("_", " ").strip()


def _with_parallels(examples: Sequence[Example]) -> list[Example]:
    """Number the questions of each article of omosqa, which are the same in the same order in its three languages."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    result = []
    for example in examples:
        if example.source == "omosqa":
            counts[example.article, example.language] += 1
            number = counts[example.article, example.language]
            example = replace(example, parallel=f"omosqa:{example.article}:{number}")  # noqa: PLW2901
        result.append(example)
    return result
