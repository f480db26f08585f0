"""The TREC formats of rankings (runs) and judgments (qrels), as ir_measures and trec_eval read them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np

from eval.errors import EvaluationError

_HEADER = ("query-id", "corpus-id", "score")  # of the qrels of BEIR


def read_qrels(file: Path) -> dict[str, dict[str, int]]:
    """Read judgments, from the four columns of TREC or the three of BEIR: grades by question and document.

    Raises:
        EvaluationError: a line is malformed, or the file has none.
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
            raise EvaluationError(f"{file}:{number}: question {question} has document {document} twice")
        qrels[question][document] = int(grade)
    if not qrels:
        raise EvaluationError(f"{file}: no judgments")
    return qrels


def read_run(file: Path) -> dict[str, list[tuple[str, float]]]:
    """Read rankings: documents with scores by question, in the order of trec_eval (by score, then by id, descending).

    Raises:
        EvaluationError: a line is malformed, a question has a document twice, or the file has no line.
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
            value = float(np.float32(score))  # the precision of trec_eval, so that ties are the same
        except ValueError:
            value = np.nan
        if not np.isfinite(value):
            raise EvaluationError(f"{file}:{number}: the score '{score}' is not a number")
        if document in run.setdefault(question, {}):
            raise EvaluationError(f"{file}:{number}: question {question} has document {document} twice")
        run[question][document] = value
    if not run:
        raise EvaluationError(f"{file}: no rankings")
    return {
        question: sorted(scores.items(), key=lambda item: (item[1], item[0]), reverse=True)
        for question, scores in run.items()
    }


def write_run(file: Path, rankings: Mapping[str, Sequence[str]], tag: str) -> None:
    """Write rankings; the score decreases by one with each rank, so that every tool keeps the order."""
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for question, documents in rankings.items():
            for rank, document in enumerate(documents, start=1):
                stream.write(
                    f"{_column(question)} Q0 {_column(document)} {rank} {len(documents) - rank} {_column(tag)}\n"
                )


def write_qrels(file: Path, qrels: Mapping[str, Mapping[str, int]]) -> None:
    """Write judgments."""
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for question, grades in qrels.items():
            for document, grade in grades.items():
                stream.write(f"{_column(question)} 0 {_column(document)} {grade}\n")


def lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, each with its number.

    Raises:
        EvaluationError: the file is unreadable or not UTF-8.
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


def location(file: Path, *ids: str) -> str:
    """Return `file:line` of the first line with all of `ids` among its columns, for messages."""
    numbers = (number for number, line in lines(file) if set(ids) <= set(_columns(line)))
    return f"{file}:{next(numbers, 1)}"


def _columns(line: str) -> list[str]:
    """Return the columns, separated by tabs in BEIR and by any white space in TREC."""
    return [column.strip() for column in line.split("\t")] if line.count("\t") in (2, 3, 5) else line.split()


def _column(value: str) -> str:
    """Return an id as one column: white space, the separator, is percent-encoded."""
    return re.sub(r"[\s%]", lambda match: quote(match[0]), value) or "%"
