"""What can be evaluated, each behind `(question, k) -> Found`: a service over HTTP, a BM25 baseline, a TREC run."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import count, pairwise
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

import bm25s
import httpx2 as httpx
from pydantic import BaseModel, ConfigDict

from eval import trec
from eval.errors import EvaluationError
from eval.types import Citation, DataSet, Document, Found, Passage, Question, SystemFailed

CORPUS = "https://corpus.invalid/"
"""Where the urls lie under which newsqa keeps a data set's documents, so that it names them as the set does.

Only urls of web pages are given out; there is no host of that name, nor will there be (RFC 2606).
"""

_PATIENCE = 30.0  # seconds for one answer
_PAGE = 500  # articles
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Service:
    """A running newsqa, local or not. Safe to ask from several threads."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            EvaluationError: nothing at `url` answers as newsqa does.
        """
        self.url = url.rstrip("/")
        try:
            host = httpx.URL(self.url).host
            # A proxy of the environment is for other machines than this.
            self._client = httpx.Client(base_url=self.url, timeout=_PATIENCE, trust_env=host not in _LOOPBACK)
            self.about = About.model_validate_json(self._get("/readyz"))
        except (httpx.InvalidURL, SystemFailed, ValueError) as error:
            raise EvaluationError(
                f"{url}: no newsqa answers there ({_reason(error)}): start one, or mend --url"
            ) from error

    def ask(self, question: Question, k: int) -> Found:
        """Ask with `POST /ask`.

        Raises:
            SystemFailed: there is no answer, or none that can be understood.
        """
        try:
            answer = _Answer.model_validate_json(self._get("/ask", {"question": question.text, "top_k": k}))
        except ValueError as error:
            raise SystemFailed(f"200, but not an answer of newsqa: {_reason(error)}") from error
        names: Mapping[str, str] = {}
        if any(hit.also_in for hit in answer.passages):  # which are ids
            with suppress(SystemFailed):
                names = self._names
        return answer.found(names)

    def document(self, article: str) -> Document | None:
        """Return the article of a name, or None.

        Raises:
            SystemFailed: it cannot be told.
        """
        article_id = self._ids.get(article, article)
        try:
            body = _Article.model_validate_json(self._get(f"/articles/{quote(article_id, safe='')}"))
        except _Absent:
            return None
        except ValueError as error:
            raise SystemFailed(f"article {article}: {_reason(error)}") from error
        return Document(article, body.title, body.text)

    def documents(self) -> Iterator[Document]:
        """Yield every article of the archive.

        Raises:
            SystemFailed: one cannot be had.
        """
        for name in list(self._ids):
            if document := self.document(name):
                yield document

    @cached_property
    def _ids(self) -> dict[str, str]:
        """The id of every article by the name that results have for it."""
        ids: dict[str, str] = {}
        for offset in count(0, _PAGE):
            try:
                page = _Page.model_validate_json(self._get(f"/articles?limit={_PAGE}&offset={offset}"))
            except (_Absent, ValueError) as error:
                raise SystemFailed(f"the list of articles: {_reason(error)}") from error
            ids |= {name_of(article.id, article.url): article.id for article in page.articles}
            if not page.articles or offset + _PAGE >= page.total:
                break
        return ids

    @cached_property
    def _names(self) -> dict[str, str]:
        return {article_id: name for name, article_id in self._ids.items()}

    def _get(self, path: str, body: dict[str, object] | None = None) -> bytes:
        """Return what a path gives, or what it answers to a body.

        Raises:
            SystemFailed: it gives an error, or nothing.
        """
        try:
            response = self._client.post(path, json=body) if body else self._client.get(path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SystemFailed(_reason(error)) from error
        if response.status_code == httpx.codes.OK:
            return response.content
        kind = _Absent if response.status_code == httpx.codes.NOT_FOUND else SystemFailed
        try:
            detail = _Problem.model_validate_json(response.content).detail
        except ValueError:
            detail = "no reason given"
        raise kind(f"{response.status_code}: {detail}")

    def __enter__(self) -> Self:
        """Return the service."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._client.close()


class _Absent(SystemFailed):
    """There is no such thing."""


class Bm25:
    """BM25 as Lucene has it, over the paragraphs of documents, by bm25s: a baseline that knows no language."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Index documents."""
        self._passages = [passage for document in documents for passage in _paragraphs(document)]
        self._index = bm25s.BM25(method="lucene")
        texts = [_words(f"{passage.title} {passage.text}") for passage in self._passages]
        self._index.index(texts if any(texts) else [["nothing"]], show_progress=False)

    def ask(self, question: Question, k: int) -> Found:
        """Rank paragraphs that share a word with the question."""
        words = [word for word in _words(question.text) if word in self._index.vocab_dict]
        if not words or not self._passages:
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
        if strange := next((question for question in run if question not in data.known), None):
            raise EvaluationError(f"{trec.place(file, strange)}: question {strange} is not in {data.name}")
        known = {document.id for document in data.documents or ()}
        for question, documents in run.items():
            if strange := next((document for document, _ in documents if document not in known), None):
                raise EvaluationError(
                    f"{trec.place(file, question, strange)}: document {strange} is not in {data.name}"
                )
        self._run = run

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


class _Wire(BaseModel):
    """What newsqa gives, as far as it is measured; anything else there is passed over."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _Problem(_Wire):
    detail: str


class _Summary(_Wire):
    id: str
    url: str | None


class _Page(_Wire):
    total: int
    articles: list[_Summary]


class _Article(_Wire):
    title: str
    text: str


class _Hit(_Wire):
    id: str
    article_id: str
    url: str | None
    start_char_index: int
    end_char_index: int
    title: str
    text: str
    score: float
    also_in: list[str]


class _Quote(_Wire):
    article_id: str
    url: str | None
    start_char_index: int
    end_char_index: int
    cited_text: str


class _Answer(_Wire):
    status: Literal["answered", "abstained"]
    confidence: float | None
    answer: str
    citations: list[_Quote]
    passages: list[_Hit]

    def found(self, names: Mapping[str, str]) -> Found:
        return Found(
            passages=tuple(
                Passage(
                    id=hit.id,
                    article=name_of(hit.article_id, hit.url),
                    start=hit.start_char_index,
                    end=hit.end_char_index,
                    title=hit.title,
                    text=hit.text,
                    score=hit.score,
                    also_in=tuple(names.get(article_id, article_id) for article_id in hit.also_in),
                )
                for hit in self.passages
            ),
            citations=tuple(
                Citation(
                    name_of(quote.article_id, quote.url), quote.start_char_index, quote.end_char_index, quote.cited_text
                )
                for quote in self.citations
            ),
            answer=self.answer,
            abstained=self.status == "abstained",
            confidence=self.confidence,
        )


class About(_Wire):
    """What a service says of itself."""

    version: str
    model: str


def name_of(article_id: str, url: str | None) -> str:
    """Return the name that a data set has for an article: of its documents their own, else newsqa's id."""
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
