"""TREC's formats for rankings (runs) and judgements (qrels), as ir_measures and trec_eval read them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np

from eval.errors import EvaluationError

_HEADER = ("query-id", "corpus-id", "score")  # of BEIR's qrels


def read_qrels(file: Path) -> dict[str, dict[str, int]]:
    """Read judgements: grades by document by question, from TREC's four columns or BEIR's three.

    Raises:
        EvaluationError: a line cannot be understood, or there is none.
    """
    qrels: dict[str, dict[str, int]] = {}
    for number, line in lines(file):
        fields = _columns(line)
        if tuple(fields) == _HEADER:
            continue
        if len(fields) not in (3, 4):
            raise EvaluationError(f"{file}:{number}: {len(fields)} columns: qrels have 3 (BEIR) or 4 (TREC)")
        question, document, grade = fields[0], fields[-2], fields[-1]
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", grade):
            raise EvaluationError(f"{file}:{number}: the grade '{grade}' is not a whole number")
        if document in qrels.setdefault(question, {}):
            raise EvaluationError(f"{file}:{number}: question {question} has document {document} already")
        qrels[question][document] = int(grade)
    if not qrels:
        raise EvaluationError(f"{file}: no judgements")
    return qrels


def read_run(file: Path) -> dict[str, list[tuple[str, float]]]:
    """Read rankings: documents with scores by question, in the order that trec_eval takes them (by score, then id).

    Raises:
        EvaluationError: a line cannot be understood, a document stands twice, or there is none.
    """
    run: dict[str, dict[str, float]] = {}
    for number, line in lines(file):
        fields = _columns(line)
        if len(fields) != 6:
            raise EvaluationError(
                f"{file}:{number}: {len(fields)} columns: a run has 6 (question Q0 document rank score tag)"
            )
        question, _, document, _, score, _ = fields
        try:
            value = float(np.float32(score))  # as trec_eval keeps it: what it takes for equal is equal
        except ValueError:
            value = np.nan
        if not np.isfinite(value):
            raise EvaluationError(f"{file}:{number}: the score '{score}' is not a number")
        if document in run.setdefault(question, {}):
            raise EvaluationError(f"{file}:{number}: question {question} has document {document} already")
        run[question][document] = value
    if not run:
        raise EvaluationError(f"{file}: no rankings")
    return {
        question: sorted(scores.items(), key=lambda item: (item[1], item[0]), reverse=True)
        for question, scores in run.items()
    }


def write_run(file: Path, rankings: Mapping[str, Sequence[str]], tag: str) -> None:
    """Write rankings; scores fall by one with each rank, so that every tool keeps the order."""
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for question, documents in rankings.items():
            for rank, document in enumerate(documents, start=1):
                stream.write(f"{_word(question)} Q0 {_word(document)} {rank} {len(documents) - rank} {_word(tag)}\n")


def write_qrels(file: Path, qrels: Mapping[str, Mapping[str, int]]) -> None:
    """Write judgements."""
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for question, grades in qrels.items():
            for document, grade in grades.items():
                stream.write(f"{_word(question)} 0 {_word(document)} {grade}\n")


def lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers.

    Raises:
        EvaluationError: the file cannot be read, or is not UTF-8.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise EvaluationError(f"{file}: cannot be read: {error.strerror}") from error
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            raise EvaluationError(f"{file}:{number}: not UTF-8: convert the file") from error
        if text:
            yield number, text


def place(file: Path, *ids: str) -> str:
    """Return the file and the first line that has all of `ids` among its columns, for messages."""
    numbers = (number for number, line in lines(file) if set(ids) <= set(_columns(line)))
    return f"{file}:{next(numbers, 1)}"


def _columns(line: str) -> list[str]:
    """Return the columns: BEIR separates them by tabs, TREC by any white space."""
    return [column.strip() for column in line.split("\t")] if line.count("\t") in (2, 3, 5) else line.split()


def _word(value: str) -> str:
    """Return an id without white space, which separates columns: such characters are written as in addresses."""
    return re.sub(r"[\s%]", lambda found: quote(found[0]), value) or "%"
