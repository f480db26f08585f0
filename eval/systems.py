"""The systems that can be evaluated, as `(question, k) -> SystemAnswer`: an HTTP service, BM25, a TREC run."""

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
from eval.types import Citation, DataSet, Document, Passage, Question, SystemAnswer, SystemFailed

CORPUS = "https://corpus.invalid/"
"""The URL prefix of the documents of a data set in a newsqa archive; the rest of a URL is the id of the document.

newsqa returns http(s) URLs only; the host is reserved and does not exist (RFC 2606).
"""

_TIMEOUT = 30.0  # seconds per request
_PAGE_SIZE = 500  # articles per request
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Service:
    """A running newsqa service, local or remote. Safe to use from several threads."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            EvaluationError: no newsqa service responds at `url`.
        """
        self.url = url.rstrip("/")
        try:
            host = httpx.URL(self.url).host
            # A proxy from the environment does not apply to this machine.
            self._client = httpx.Client(base_url=self.url, timeout=_TIMEOUT, trust_env=host not in _LOOPBACK)
            self.about = About.model_validate_json(self._get("/readyz"))
        except (httpx.InvalidURL, SystemFailed, ValueError) as error:
            raise EvaluationError(
                f"{url}: no newsqa service responds ({_error_text(error)}): start one or correct --url"
            ) from error

    def ask(self, question: Question, k: int) -> SystemAnswer:
        """Ask with `POST /ask`.

        Raises:
            SystemFailed: the service returns no answer, or an invalid one.
        """
        try:
            response = _AskResponse.model_validate_json(self._get("/ask", {"question": question.text, "top_k": k}))
        except ValueError as error:
            raise SystemFailed(f"200, but the response is not an answer of newsqa: {_error_text(error)}") from error
        names: Mapping[str, str] = {}
        if any(hit.also_in for hit in response.passages):  # contains article ids
            with suppress(SystemFailed):
                names = self._names
        return response.to_answer(names)

    def document(self, article: str) -> Document | None:
        """Return the article with a document name, or None.

        Raises:
            SystemFailed: the service does not respond or returns an invalid article.
        """
        article_id = self._ids.get(article, article)
        try:
            response = _Article.model_validate_json(self._get(f"/articles/{quote(article_id, safe='')}"))
        except _NotFound:
            return None
        except ValueError as error:
            raise SystemFailed(f"article {article}: {_error_text(error)}") from error
        return Document(article, response.title, response.text)

    def documents(self) -> Iterator[Document]:
        """Yield every article of the archive.

        Raises:
            SystemFailed: the service does not return the list or an article.
        """
        for name in list(self._ids):
            if document := self.document(name):
                yield document

    @cached_property
    def _ids(self) -> dict[str, str]:
        """Article ids by document name."""
        ids: dict[str, str] = {}
        for offset in count(0, _PAGE_SIZE):
            try:
                page = _ArticleList.model_validate_json(self._get(f"/articles?limit={_PAGE_SIZE}&offset={offset}"))
            except (_NotFound, ValueError) as error:
                raise SystemFailed(f"the list of articles: {_error_text(error)}") from error
            ids |= {document_name(article.id, article.url): article.id for article in page.articles}
            if not page.articles or offset + _PAGE_SIZE >= page.total:
                break
        return ids

    @cached_property
    def _names(self) -> dict[str, str]:
        return {article_id: name for name, article_id in self._ids.items()}

    def _get(self, path: str, body: dict[str, object] | None = None) -> bytes:
        """Return the body of a GET response, or of a POST response if there is a request body.

        Raises:
            SystemFailed: the service does not respond, or not with 200.
        """
        try:
            response = self._client.post(path, json=body) if body else self._client.get(path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SystemFailed(_error_text(error)) from error
        if response.status_code == httpx.codes.OK:
            return response.content
        failure = _NotFound if response.status_code == httpx.codes.NOT_FOUND else SystemFailed
        try:
            detail = _Problem.model_validate_json(response.content).detail
        except ValueError:
            detail = "no reason given"
        raise failure(f"{response.status_code}: {detail}")

    def __enter__(self) -> Self:
        """Return the service."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._client.close()


class _NotFound(SystemFailed):
    """The service returned 404."""


class Bm25:
    """The BM25 of Lucene over paragraphs, computed by bm25s: a baseline without language-specific processing."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Index documents."""
        self._passages = [passage for document in documents for passage in _paragraphs(document)]
        self._index = bm25s.BM25(method="lucene")
        texts = [_tokenize(f"{passage.title} {passage.text}") for passage in self._passages]
        self._index.index(texts if any(texts) else [["nothing"]], show_progress=False)

    def ask(self, question: Question, k: int) -> SystemAnswer:
        """Rank the paragraphs that share a word with the question."""
        words = [word for word in _tokenize(question.text) if word in self._index.vocab_dict]
        if not words or not self._passages:
            return SystemAnswer(())
        indices, scores = self._index.retrieve([words], k=min(k, len(self._passages)), show_progress=False)
        best = ((self._passages[i], float(s)) for i, s in zip(indices[0], scores[0], strict=True) if s > 0)
        return SystemAnswer(tuple(replace(passage, score=score) for passage, score in best))


class TrecRun:
    """The rankings of documents in a TREC run, written by any system."""

    def __init__(self, file: Path, data: DataSet) -> None:
        """Read the run.

        Raises:
            EvaluationError: it is malformed, or has questions or documents that are not in the data set.
        """
        run = trec.read_run(file)
        if unknown := next((question for question in run if question not in data.question_ids), None):
            raise EvaluationError(f"{trec.location(file, unknown)}: question {unknown} is not in {data.name}")
        document_ids = {document.id for document in data.documents or ()}
        for question, documents in run.items():
            if unknown := next((document for document, _ in documents if document not in document_ids), None):
                raise EvaluationError(
                    f"{trec.location(file, question, unknown)}: document {unknown} is not in {data.name}"
                )
        self._run = run

    def ask(self, question: Question, k: int) -> SystemAnswer:
        """Return the first `k` documents of a question; none if the run does not have the question."""
        ranking = self._run.get(question.id, [])[:k]
        return SystemAnswer(tuple(Passage(name, name, 0, 0, name, "", score) for name, score in ranking))


# --- the formats of newsqa


def write_articles(documents: Iterable[Document], file: Path) -> None:
    """Write documents as articles for `newsqa index`, with URLs from which `document_name` restores their ids."""
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        for document in documents:
            row = {"url": CORPUS + document.id, "title": document.title, "text": document.text}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


class _Response(BaseModel):
    """The evaluated fields of a response of newsqa; other fields are ignored."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _Problem(_Response):
    detail: str


class _Summary(_Response):
    id: str
    url: str | None


class _ArticleList(_Response):
    total: int
    articles: list[_Summary]


class _Article(_Response):
    title: str
    text: str


class _Hit(_Response):
    id: str
    article_id: str
    url: str | None
    start_char_index: int
    end_char_index: int
    title: str
    text: str
    score: float
    also_in: list[str]


class _Quote(_Response):
    article_id: str
    url: str | None
    start_char_index: int
    end_char_index: int
    cited_text: str


class _AskResponse(_Response):
    status: Literal["answered", "disputed", "abstained"]
    confidence: float | None
    answer: str
    citations: list[_Quote]
    passages: list[_Hit]

    def to_answer(self, names: Mapping[str, str]) -> SystemAnswer:
        """Return the answer; `names` has the document names of the articles in `also_in` by id."""
        return SystemAnswer(
            passages=tuple(
                Passage(
                    id=hit.id,
                    article=document_name(hit.article_id, hit.url),
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
                    document_name(quote.article_id, quote.url),
                    quote.start_char_index,
                    quote.end_char_index,
                    quote.cited_text,
                )
                for quote in self.citations
            ),
            text=self.answer,
            abstained=self.status == "abstained",
            confidence=self.confidence,
        )


class About(_Response):
    """The version and the model of a service."""

    version: str
    model: str


def document_name(article_id: str, url: str | None) -> str:
    """Return the id of an article in the data set: of a document its own, of other articles that of newsqa."""
    return url.removeprefix(CORPUS) if url and url.startswith(CORPUS) else article_id


def _error_text(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


# --- BM25

_WORD = re.compile(r"\w+")
_WITHOUT_SPACES = re.compile(r"([\u0e00-\u0e7f]+|[\u3040-\u30ff\u3400-\u9fff]+)")  # Thai, Japanese and Chinese


def _tokenize(text: str) -> list[str]:
    """Return the words without case and accents, and character bigrams in scripts without spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words: list[str] = []
    for word in _WORD.findall(_WITHOUT_SPACES.sub(r" \1 ", plain)):
        use_bigrams = _WITHOUT_SPACES.match(word) and len(word) > 1
        words.extend("".join(pair) for pair in pairwise(word)) if use_bigrams else words.append(word)
    return words


def _paragraphs(document: Document) -> Iterator[Passage]:
    for match in re.finditer(r"\S(?:.|\n(?!\n))*", document.text):
        start, end = match.span()
        yield Passage(f"{document.id}:{start}-{end}", document.id, start, end, document.title, match[0], 0.0)
