"""What can be evaluated, each behind `(question, k) -> Found`: a service over HTTP, a BM25 baseline, a TREC run."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import bm25s
import httpx2 as httpx

from eval import trec
from eval.errors import EvaluationError
from eval.types import Citation, DataSet, Document, Found, Passage, Question, SystemFailed

CORPUS = "corpus:"
"""The scheme of the urls under which newsqa keeps a data set's documents, so that it names them as the set does."""

_PATIENCE = 30.0  # seconds for one answer
_PAGE = 500  # articles


class Service:
    """A running newsqa, local or not. Safe to ask from several threads."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            EvaluationError: nothing at `url` answers as newsqa does.
        """
        self.url = url.rstrip("/")
        try:
            self._client = httpx.Client(base_url=self.url, timeout=_PATIENCE)
            about = self._client.get("/readyz").json()
            self.about = {name: str(about[name]) for name in ("version", "model", "articles", "generation")}
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            raise EvaluationError(
                f"{url}: no newsqa answers there ({_reason(error)}): start one, or mend --url"
            ) from error

    def ask(self, question: Question, k: int) -> Found:
        """Ask with `POST /ask`.

        Raises:
            SystemFailed: there is no answer, or none that can be understood.
        """
        try:
            response = self._client.post("/ask", json={"question": question.text, "top_k": k})
        except httpx.HTTPError as error:
            raise SystemFailed(_reason(error)) from error
        try:
            if response.status_code != httpx.codes.OK:
                raise SystemFailed(f"{response.status_code}: {response.json()['detail']}")
            return _found(response.json())
        except (ValueError, KeyError, TypeError) as error:
            raise SystemFailed(f"{response.status_code}: not an answer of newsqa: {_reason(error)}") from error

    def document(self, article: str) -> Document | None:
        """Return the article with an id, or None.

        Raises:
            SystemFailed: it cannot be told.
        """
        try:
            response = self._client.get(f"/articles/{self._ids.get(article, article)}")
            if response.status_code == httpx.codes.NOT_FOUND:
                return None
            body = response.raise_for_status().json()
            return Document(article, body["title"], body["text"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise SystemFailed(f"article {article}: {_reason(error)}") from error

    def documents(self) -> Iterator[Document]:
        """Yield every article of the archive."""
        for name in list(self._ids):
            if document := self.document(name):
                yield document

    @cached_property
    def _ids(self) -> dict[str, str]:
        """The id of every article by the name that results have for it."""
        ids: dict[str, str] = {}
        total = 1
        while len(ids) < total:
            page = self._client.get("/articles", params={"limit": _PAGE, "offset": len(ids)}).raise_for_status().json()
            ids |= {_name(article["id"], article["url"]): article["id"] for article in page["articles"]}
            total = page["total"] if page["articles"] else len(ids)
        return ids

    def __enter__(self) -> Self:
        """Return the service."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._client.close()


class Bm25:
    """BM25 as Lucene has it, over the paragraphs of documents, by bm25s: a baseline that knows no language."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Index documents."""
        self._passages = [passage for document in documents for passage in _paragraphs(document)]
        self._index = bm25s.BM25(method="lucene")
        self._index.index([_words(f"{p.title} {p.text}") or [""] for p in self._passages], show_progress=False)

    def ask(self, question: Question, k: int) -> Found:
        """Rank paragraphs that share a word with the question."""
        words = [word for word in _words(question.text) if word in self._index.vocab_dict]
        if not words:
            return Found(())
        numbers, scores = self._index.retrieve([words], k=min(k, len(self._passages)), show_progress=False)
        best = ((self._passages[n], float(s)) for n, s in zip(numbers[0], scores[0], strict=True) if s > 0)
        return Found(tuple(replace(passage, score=score) for passage, score in best))


class TrecRun:
    """Rankings that some other system wrote into a TREC run; they name documents, not passages."""

    def __init__(self, file: Path, data: DataSet) -> None:
        """Read the run.

        Raises:
            EvaluationError: it is malformed, or about other questions or documents than the data set's.
        """
        run = trec.read_run(file)
        if strange := sorted(set(run) - data.known):
            raise EvaluationError(f"{file}: question {strange[0]} is not in {data.name}")
        known = {document.id for document in data.documents or ()}
        for question, documents in run.items():
            if known and (unknown := [document for document, _ in documents if document not in known]):
                raise EvaluationError(
                    f"{file}: question {question} has document {unknown[0]}, which is not in {data.name}"
                )
        self._run: Mapping[str, list[tuple[str, float]]] = run

    def ask(self, question: Question, k: int) -> Found:
        """Return what the run has for a question."""
        return Found(tuple(Passage(d, d, 0, 0, d, "", score) for d, score in self._run.get(question.id, [])[:k]))


# --- newsqa's formats


def write_articles(documents: Iterable[Document], file: Path) -> None:
    """Write documents as articles that `newsqa index` reads and names in results as the data set does."""
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for document in documents:
            row = {"url": CORPUS + document.id, "title": document.title, "text": document.text}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _found(body: dict[str, Any]) -> Found:
    names = {row["article_id"]: _name(row["article_id"], row["url"]) for row in body["passages"] + body["citations"]}
    return Found(
        passages=tuple(_passage(row, names) for row in body["passages"]),
        citations=tuple(
            Citation(names[row["article_id"]], row["start_char_index"], row["end_char_index"], row["cited_text"])
            for row in body["citations"]
        ),
        answer=body["answer"],
        abstained=body["status"] == "abstained",
        confidence=body["confidence"],
    )


def _passage(row: dict[str, Any], names: Mapping[str, str]) -> Passage:
    return Passage(
        id=row["id"],
        article=names[row["article_id"]],
        start=row["start_char_index"],
        end=row["end_char_index"],
        title=row["title"],
        text=row["text"],
        score=row["score"],
        also_in=tuple(row["also_in"]),
    )


def _name(article_id: str, url: str | None) -> str:
    return url.removeprefix(CORPUS) if url and url.startswith(CORPUS) else article_id


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


# --- BM25

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"([\u0e00-\u0e7f]+|[\u3040-\u30ff\u3400-\u9fff]+)")  # Thai, Japanese and Chinese


def _words(text: str) -> list[str]:
    """Return words without case and accents; pairs of characters where a script does not separate words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words: list[str] = []
    for word in _WORD.findall(_UNSPACED.sub(r" \1 ", plain)):
        unspaced = _UNSPACED.match(word) and len(word) > 1
        words.extend("".join(pair) for pair in pairwise(word)) if unspaced else words.append(word)
    return words


def _paragraphs(document: Document) -> Iterator[Passage]:
    for match in re.finditer(r"\S(?:.|\n(?!\n))*", document.text):
        start, end = match.span()
        yield Passage(f"{document.id}:{start}-{end}", document.id, start, end, document.title, match[0], 0.0)
