"""Files become data sets: newsqa's own cases, and BEIR folders."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval import trec
from eval.dev_test import half_by_passage, half_of
from eval.errors import EvaluationError
from eval.types import DataSet, Document, Expected, Half, Question

_UNANSWERABLE = "unanswerable"
_CASE = {"id": str, "language": str, "kind": str, "question": str, "expected": list, "answers": list}


def load(
    path: Path,
    *,
    split: str | None = None,
    half: Half | None = None,
    limit: int | None = None,
    seed: int = 0,
    qrels: Path | None = None,
) -> DataSet:
    """Read the questions of a file of cases or a BEIR folder: of one half only, and a random sample of `limit`.

    A BEIR folder with one file in `qrels/` needs no `split`; `qrels` is a TREC file to use instead. Questions that the
    split does not judge are left out, unless they are marked as unanswerable.

    Raises:
        EvaluationError: something in the files cannot be understood, or no question is left.
    """
    data, halves = _beir(path, split, qrels) if path.is_dir() else _cases(path, split, qrels)
    questions = [question for question in data.questions if half is None or halves[question.id] == half]
    if limit is not None and limit < len(questions):
        sample = set(random.Random(seed).sample(sorted(question.id for question in questions), limit))  # noqa: S311
        questions = [question for question in questions if question.id in sample]
    if not questions:
        raise EvaluationError(f"{path}: no questions{f' in the {half} half' if half else ''}: nothing can be measured")
    return replace(data, questions=tuple(questions))


# --- cases


def _cases(path: Path, split: str | None, qrels: Path | None) -> tuple[DataSet, dict[str, Half | None]]:
    if split or qrels:
        raise EvaluationError(f"{path}: a file of cases has neither splits nor qrels: leave --split and --qrels out")
    questions: dict[str, Question] = {}
    for place, row in _rows(path):
        question = _case(place, row)
        if question.id in questions:
            raise EvaluationError(f"{place}: the id {question.id} stands in {questions[question.id].place} already")
        questions[question.id] = question
    halves: dict[str, Half | None] = {question.id: half_of(question.group) for question in questions.values()}
    return DataSet(path.stem, tuple(questions.values()), _sha256(path), None, frozenset(questions)), halves


def _case(place: str, row: dict[str, Any]) -> Question:
    for name, kind in _CASE.items():
        if not isinstance(row.get(name), kind) or (kind is str and not row[name].strip()):
            raise EvaluationError(f"{place}: '{name}' is not a {'list' if kind is list else 'text'}")
    if unknown := sorted(set(row) - set(_CASE)):
        raise EvaluationError(f"{place}: unknown field '{unknown[0]}': a case has {', '.join(_CASE)}")
    expected = []
    for item in row["expected"]:
        if (
            not isinstance(item, dict)
            or set(item) != {"article", "quote"}
            or not all(_is_text(v) for v in item.values())
        ):
            raise EvaluationError(f'{place}: \'expected\' is not a list of {{"article": id, "quote": exact words}}')
        place_ = Expected(item["article"], item["quote"])
        if place_ in expected:
            raise EvaluationError(f"{place}: the same place is expected twice: {place_.quote}")
        expected.append(place_)
    if not all(_is_text(answer) for answer in row["answers"]):
        raise EvaluationError(f"{place}: 'answers' is not a list of texts")
    if row["answers"] and not expected:
        raise EvaluationError(f"{place}: has answers but no place that is expected to have them")
    group, _, language = row["id"].rpartition(".")
    if not group or language != row["language"]:
        raise EvaluationError(f"{place}: the id {row['id']} does not end in .{row['language']}, the language")
    return Question(
        id=row["id"],
        text=row["question"],
        expected=tuple(expected),
        answers=tuple(row["answers"]),
        group=group,
        language=language,
        kind=row["kind"],
        place=place,
    )


# --- BEIR folders (Thakur et al. 2021)


def _beir(folder: Path, split: str | None, qrels: Path | None) -> tuple[DataSet, dict[str, Half | None]]:
    corpus = {row_id: Document(row_id, title, text) for _, row_id, text, title, _ in _texts(folder / "corpus.jsonl")}
    judged = qrels or _split(folder, split)
    relevant = trec.read_qrels(judged)
    answers_file = folder / "answers.jsonl"
    answers = _answers(answers_file) if answers_file.exists() else {}
    questions: list[Question] = []
    halves: dict[str, Half | None] = {}  # None where it would leak from one to the other
    known = set()
    for place, row_id, text, _, row in _texts(folder / "queries.jsonl"):
        known.add(row_id)
        if not text.strip():
            raise EvaluationError(f"{place}: the question is empty")
        grades = {document: grade for document, grade in relevant.get(row_id, {}).items() if grade > 0}
        question = _question(place, row_id, text, row, grades)
        if strange := next((document for document in grades if document not in corpus), None):
            where = trec.place(judged, row_id, strange)
            raise EvaluationError(f"{where}: question {row_id} expects {strange}, which is not in corpus.jsonl")
        if not question.expected and question.kind != _UNANSWERABLE:
            continue  # the split does not judge it
        questions.append(replace(question, answers=answers.get(row_id, ()) if question.expected else ()))
        sides = {half_by_passage(expected.article, corpus[expected.article].text) for expected in question.expected}
        halves[row_id] = next(iter(sides)) if len(sides) == 1 else half_of(row_id) if not sides else None
    for file, ids in ((judged, relevant), (answers_file, answers)):
        if strange := next((row_id for row_id in ids if row_id not in known), None):
            place = trec.place(file, strange) if file == judged else _place(file, strange)
            raise EvaluationError(f"{place}: question {strange} is not in queries.jsonl")
    name = folder.resolve().name + (f"-{judged.stem}" if qrels or split else "")
    files = [folder / "corpus.jsonl", folder / "queries.jsonl", judged, *([answers_file] if answers else [])]
    return DataSet(name, tuple(questions), _sha256(*files), tuple(corpus.values()), frozenset(known)), halves


def _question(place: str, row_id: str, text: str, row: dict[str, Any], grades: dict[str, int]) -> Question:
    marked = row.get("answerable")
    if not (marked is None or marked is True or marked is False):
        raise EvaluationError(f"{place}: 'answerable' is neither true nor false")
    language = row.get("lang", row.get("language"))
    if not (language is None or _is_text(language)):
        raise EvaluationError(f"{place}: the language is not a text")
    return Question(
        id=row_id,
        text=text,
        expected=()
        if marked is False
        else tuple(Expected(document, grade=grade) for document, grade in grades.items()),
        group=row_id.removeprefix(f"{language}:"),  # xquad_mixed names a question in all languages alike
        language=language,
        kind=None if marked is None else "answerable" if marked else _UNANSWERABLE,
        place=place,
    )


def _split(folder: Path, split: str | None) -> Path:
    splits = {file.stem: file for file in sorted((folder / "qrels").glob("*.tsv"))}
    if not splits:
        raise EvaluationError(f"{folder}: no qrels/*.tsv: this is not a BEIR folder")
    if split is None and len(splits) > 1:
        raise EvaluationError(f"{folder}: has the splits {', '.join(splits)}: choose one with --split")
    if split is not None and split not in splits:
        raise EvaluationError(f"{folder}: no split '{split}': it has {', '.join(splits)}")
    return splits[split or next(iter(splits))]


def _texts(file: Path) -> Iterator[tuple[str, str, str, str, dict[str, Any]]]:
    """Yield place, id, text, title and the whole row."""
    seen = set()
    for place, row in _rows(file):
        row_id, text, title = row.get("_id"), row.get("text"), row.get("title") or ""
        if not (isinstance(row_id, str) and row_id.strip() and isinstance(text, str) and isinstance(title, str)):
            raise EvaluationError(f"{place}: '_id', 'text' or 'title' is missing or not a text")
        if row_id in seen:
            raise EvaluationError(f"{place}: the id {row_id} stands in this file already")
        seen.add(row_id)
        yield place, row_id, text, title, row


def _answers(file: Path) -> dict[str, tuple[str, ...]]:
    answers = {}
    for place, row in _rows(file):
        row_id, given, answerable = row.get("_id"), row.get("answers"), row.get("answerable", True)
        if not isinstance(row_id, str) or not isinstance(given, list) or not all(_is_text(answer) for answer in given):
            raise EvaluationError(f"{place}: '_id' is no text, or 'answers' no list of texts")
        if answerable is not True and answerable is not False:
            raise EvaluationError(f"{place}: 'answerable' is neither true nor false")
        if row_id in answers:
            raise EvaluationError(f"{place}: the id {row_id} stands in this file already")
        answers[row_id] = tuple(given) if answerable else ()
    return answers


# --- files


def _place(file: Path, row_id: str) -> str:
    return next(place for place, row in _rows(file) if row.get("_id") == row_id)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a JSON Lines file, each with its place."""
    for number, line in trec.lines(file):
        place = f"{file}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EvaluationError(f"{place}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise EvaluationError(f"{place}: not a JSON object but {type(row).__name__}")
        for name, value in row.items():
            try:
                json.dumps(value, ensure_ascii=False).encode()
            except UnicodeEncodeError as error:
                raise EvaluationError(
                    f"{place}: '{name}' has half of a surrogate pair: write whole characters"
                ) from error
        yield place, row


def _sha256(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
