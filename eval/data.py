"""Reads data sets from files of cases and from BEIR folders."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval import trec
from eval.dev_test import half_by_passage, half_of, is_kept
from eval.errors import EvaluationError
from eval.types import UNANSWERABLE, DataSet, Document, Expected, Half, Question

_CASE = {"id": str, "language": str, "kind": str, "question": str, "expected": list, "answers": list}


def load(
    path: Path,
    *,
    split: str | None = None,
    half: Half | None = None,
    kept: bool = False,
    limit: int | None = None,
    seed: int = 0,
    qrels: Path | None = None,
) -> DataSet:
    """Read a file of cases or a BEIR folder; select the questions of one half, and a random sample of `limit`.

    With `kept`, only questions on the articles in `eval.dev_test` that no training saw are selected. `split` may be
    omitted if the BEIR folder has one file in `qrels/`; `qrels` is a TREC file that replaces it. Questions without
    judgments in the split are omitted, unless they are marked as unanswerable.

    Raises:
        EvaluationError: a file is malformed, or no question is selected.
    """
    data, halves = _beir(path, split, qrels) if path.is_dir() else _cases(path, split, qrels)
    questions = [question for question in data.questions if half is None or halves[question.id] == half]
    if kept:
        titles = {document.id: document.title for document in data.documents or ()}
        questions = [question for question in questions if is_kept(titles.get(question.about or "", ""))]
    if limit is not None and limit < len(questions):
        sample = set(random.Random(seed).sample(sorted(question.id for question in questions), limit))  # noqa: S311
        questions = [question for question in questions if question.id in sample]
    if not questions:
        where = f"{f' in the {half} half' if half else ''}{' on articles that no training saw' if kept else ''}"
        raise EvaluationError(f"{path}: no questions{where}: nothing can be measured")
    return replace(data, questions=tuple(questions))


# --- cases


def _cases(path: Path, split: str | None, qrels: Path | None) -> tuple[DataSet, dict[str, Half | None]]:
    if split or qrels:
        raise EvaluationError(f"{path}: a file of cases has neither splits nor qrels: remove --split and --qrels")
    questions: dict[str, Question] = {}
    for location, row in _rows(path):
        question = _case(location, row)
        if question.id in questions:
            raise EvaluationError(f"{location}: duplicate id {question.id}, first in {questions[question.id].location}")
        questions[question.id] = question
    halves: dict[str, Half | None] = {question.id: half_of(question.group) for question in questions.values()}
    return DataSet(path.stem, tuple(questions.values()), _sha256(path), None, frozenset(questions)), halves


def _case(location: str, row: dict[str, Any]) -> Question:
    for name, kind in _CASE.items():
        if not isinstance(row.get(name), kind) or (kind is str and not row[name].strip()):
            raise EvaluationError(f"{location}: '{name}' is not a {'list' if kind is list else 'string'}")
    if unknown := sorted(set(row) - set(_CASE)):
        raise EvaluationError(f"{location}: unknown field '{unknown[0]}': the fields of a case are {', '.join(_CASE)}")
    expected: list[Expected] = []
    for item in row["expected"]:
        if (
            not isinstance(item, dict)
            or set(item) != {"article", "quote"}
            or not all(_is_text(value) for value in item.values())
        ):
            raise EvaluationError(f'{location}: \'expected\' is not a list of {{"article": id, "quote": exact words}}')
        quote = Expected(item["article"], item["quote"])
        if quote in expected:
            raise EvaluationError(f"{location}: the same quote is expected twice: {quote.quote}")
        expected.append(quote)
    if not all(_is_text(answer) for answer in row["answers"]):
        raise EvaluationError(f"{location}: 'answers' is not a list of strings")
    if row["answers"] and not expected:
        raise EvaluationError(f"{location}: 'answers' has values, but 'expected' is empty")
    group, _, language = row["id"].rpartition(".")
    if not group or language != row["language"]:
        raise EvaluationError(f"{location}: the id {row['id']} does not end in .{row['language']}, the language")
    return Question(
        id=row["id"],
        text=row["question"],
        expected=tuple(expected),
        answers=tuple(row["answers"]),
        group=group,
        language=language,
        kind=row["kind"],
        location=location,
    )


# --- BEIR folders (Thakur et al. 2021)


def _beir(folder: Path, split: str | None, qrels: Path | None) -> tuple[DataSet, dict[str, Half | None]]:
    corpus = {row_id: Document(row_id, title, text) for _, row_id, text, title, _ in _texts(folder / "corpus.jsonl")}
    qrels_file = qrels or _split(folder, split)
    judgments = trec.read_qrels(qrels_file)
    answers_file = folder / "answers.jsonl"
    answers = _answers(answers_file) if answers_file.exists() else {}
    no_answers: tuple[tuple[str, ...], str | None] = ((), None)
    questions: list[Question] = []
    halves: dict[str, Half | None] = {}  # None if the expected passages are in both halves
    question_ids = set()
    for location, row_id, text, _, row in _texts(folder / "queries.jsonl"):
        question_ids.add(row_id)
        if not text.strip():
            raise EvaluationError(f"{location}: the question is empty")
        grades = {document: grade for document, grade in judgments.get(row_id, {}).items() if grade > 0}
        question = _question(location, row_id, text, row, grades)
        if unknown := next((document for document in grades if document not in corpus), None):
            judgment = trec.location(qrels_file, row_id, unknown)
            raise EvaluationError(f"{judgment}: question {row_id} expects {unknown}, which is not in corpus.jsonl")
        if not question.expected and question.kind != UNANSWERABLE:
            continue  # not judged in the split
        texts, about = answers.get(row_id, no_answers)
        about = about or next((expected.article for expected in question.expected), None)
        questions.append(replace(question, answers=texts if question.expected else (), about=about))
        passage_halves = {
            half_by_passage(expected.article, corpus[expected.article].text) for expected in question.expected
        }
        halves[row_id] = (
            next(iter(passage_halves)) if len(passage_halves) == 1 else half_of(row_id) if not passage_halves else None
        )
    for file, ids in ((qrels_file, judgments), (answers_file, answers)):
        if unknown := next((row_id for row_id in ids if row_id not in question_ids), None):
            location = trec.location(file, unknown) if file == qrels_file else _location(file, unknown)
            raise EvaluationError(f"{location}: question {unknown} is not in queries.jsonl")
    name = folder.resolve().name + (f"-{qrels_file.stem}" if qrels or split else "")
    files = [folder / "corpus.jsonl", folder / "queries.jsonl", qrels_file, *([answers_file] if answers else [])]
    return DataSet(name, tuple(questions), _sha256(*files), tuple(corpus.values()), frozenset(question_ids)), halves


def _question(location: str, row_id: str, text: str, row: dict[str, Any], grades: dict[str, int]) -> Question:
    answerable = row.get("answerable")
    if not (answerable is None or answerable is True or answerable is False):
        raise EvaluationError(f"{location}: 'answerable' is neither true nor false")
    language = row.get("lang", row.get("language"))
    if not (language is None or _is_text(language)):
        raise EvaluationError(f"{location}: the language is not a string")
    return Question(
        id=row_id,
        text=text,
        expected=()
        if answerable is False
        else tuple(Expected(document, grade=grade) for document, grade in grades.items()),
        group=row_id.removeprefix(f"{language}:"),  # the ids of translations in xquad_mixed differ in this prefix only
        language=language,
        kind=None if answerable is None else "answerable" if answerable else UNANSWERABLE,
        location=location,
    )


def _split(folder: Path, split: str | None) -> Path:
    splits = {file.stem: file for file in sorted((folder / "qrels").glob("*.tsv"))}
    if not splits:
        raise EvaluationError(f"{folder}: no qrels/*.tsv: this is not a BEIR folder")
    if split is None and len(splits) > 1:
        raise EvaluationError(f"{folder}: several splits ({', '.join(splits)}): choose one with --split")
    if split is not None and split not in splits:
        raise EvaluationError(f"{folder}: no split '{split}': the splits are {', '.join(splits)}")
    return splits[split or next(iter(splits))]


def _texts(file: Path) -> Iterator[tuple[str, str, str, str, dict[str, Any]]]:
    """Yield location, id, text, title and the whole row."""
    seen = set()
    for location, row in _rows(file):
        row_id, text, title = row.get("_id"), row.get("text"), row.get("title") or ""
        if not (isinstance(row_id, str) and row_id.strip() and isinstance(text, str) and isinstance(title, str)):
            raise EvaluationError(f"{location}: '_id', 'text' or 'title' is missing or not a string")
        if row_id in seen:
            raise EvaluationError(f"{location}: duplicate id {row_id}")
        seen.add(row_id)
        yield location, row_id, text, title, row


def _answers(file: Path) -> dict[str, tuple[tuple[str, ...], str | None]]:
    """Return the answers of each question, and the document that it was written about."""
    answers: dict[str, tuple[tuple[str, ...], str | None]] = {}
    for location, row in _rows(file):
        row_id, texts, answerable = row.get("_id"), row.get("answers"), row.get("answerable", True)
        if not isinstance(row_id, str) or not isinstance(texts, list) or not all(_is_text(text) for text in texts):
            raise EvaluationError(f"{location}: '_id' is not a string, or 'answers' is not a list of strings")
        if answerable is not True and answerable is not False:
            raise EvaluationError(f"{location}: 'answerable' is neither true nor false")
        if row_id in answers:
            raise EvaluationError(f"{location}: duplicate id {row_id}")
        about = row.get("passage")
        if not (about is None or _is_text(about)):
            raise EvaluationError(f"{location}: 'passage' is not a string")
        answers[row_id] = (tuple(texts) if answerable else (), about)
    return answers


# --- files


def _location(file: Path, row_id: str) -> str:
    return next(location for location, row in _rows(file) if row.get("_id") == row_id)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a JSON Lines file, each after its location."""
    for number, line in trec.lines(file):
        location = f"{file}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EvaluationError(f"{location}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise EvaluationError(f"{location}: expected a JSON object, got {type(row).__name__}")
        for name, value in row.items():
            try:
                json.dumps(value, ensure_ascii=False).encode()
            except UnicodeEncodeError as error:
                raise EvaluationError(f"{location}: '{name}' has a lone surrogate: write valid Unicode") from error
        yield location, row


def _sha256(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
