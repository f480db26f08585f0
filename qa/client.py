"""A client of the service: `Client` waits for each answer, `AsyncClient` lets others run meanwhile.

It brings nothing of what the service itself needs: no model, no index.
"""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, Required, Self, TypedDict, TypeVar, overload
from urllib.parse import quote

import httpx2 as httpx
from pydantic import BaseModel, ConfigDict

from index.errors import NewsqaError
from qa.question import HITS
from qa.service.schemas import (
    ArticleList,
    ArticleModel,
    AskResponse,
    Filters,
    PassageModel,
    Problem,
    SearchResponse,
    Written,
    WrittenArticle,
)

__all__ = ["AsyncClient", "Client", "Filters", "NewArticle", "Ready", "ServiceError"]

_HOME = "http://127.0.0.1:8000"
_PATIENCE = 30.0  # seconds for one answer
_PAUSE = 1.0  # seconds before another try where the service does not say how long
_MAX_QUESTION_PAUSE = 60.0  # who is told to wait longer has something better to do
_AGAIN = (429, 503)
_UNSENT = (httpx.HTTPError, httpx.InvalidURL, UnicodeError)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
_Model = TypeVar("_Model", bound=BaseModel)
_Http = TypeVar("_Http", httpx.Client, httpx.AsyncClient)


class ServiceError(NewsqaError):
    """The service refused a request, or did not answer it as newsqa does."""

    def __init__(self, detail: str, status: int | None = None, retry_after: float | None = None) -> None:
        """Say what is wrong; a service that could not be reached has no status."""
        super().__init__(f"{status}: {detail}" if status else detail)
        self.detail = detail
        self.status = status
        self.retry_after = retry_after  # seconds


class NewArticle(TypedDict, total=False):
    """An article to be written; the service makes out what is not given."""

    text: Required[str]
    title: str
    date: str  # YYYY-MM-DD, or with a time
    author: str
    source: str
    url: str
    language: str  # ISO 639-1
    id: str


class Ready(BaseModel):
    """What a service that answers says of itself."""

    model_config = ConfigDict(frozen=True)

    articles: int
    generation: int
    model: str
    version: str


# --- what can be asked, once for both clients


@dataclass(frozen=True, slots=True)
class _Call(Generic[_Result]):
    """A request, and how what comes back is read."""

    method: str
    path: str
    read: Callable[[bytes], _Result]
    body: object = None
    parameters: Mapping[str, int] = field(default_factory=dict)

    def request(self) -> dict[str, Any]:
        """Return the request as it is sent."""
        return {"method": self.method, "url": self.path, "json": self.body, "params": self.parameters or None}

    def result(self, response: httpx.Response) -> _Result:
        """Return what a response says.

        Raises:
            ServiceError: it is a refusal, or not understood.
        """
        if not response.is_success:
            raise _refusal(response)
        try:
            return self.read(response.content)
        except ValueError as error:
            told = f"not an answer of newsqa: {_reason(error)}"
            raise ServiceError(told, response.status_code) from error


def _ready() -> _Call[Ready]:
    """Return what the service says of itself, if it can answer."""
    return _Call("GET", "/readyz", _as(Ready))


def _ask(question: str, *, top_k: int = HITS, filters: Filters | None = None) -> _Call[AskResponse]:
    """Answer a question with quotes."""
    return _Call("POST", "/ask", _as(AskResponse), _question(question, top_k, filters))


def _search(question: str, *, top_k: int = HITS, filters: Filters | None = None) -> _Call[SearchResponse]:
    """Return the passages for a question, without an answer."""
    return _Call("POST", "/search", _as(SearchResponse), _question(question, top_k, filters))


def _articles(*, limit: int = 50, offset: int = 0) -> _Call[ArticleList]:
    """Return a page of the articles, newest first."""
    return _Call("GET", "/articles", _as(ArticleList), parameters={"limit": limit, "offset": offset})


def _article(article_id: str) -> _Call[ArticleModel]:
    """Return an article with the text that citations refer to."""
    return _Call("GET", f"/articles/{quote(article_id, safe='')}", _as(ArticleModel))


def _passage(passage_id: str) -> _Call[PassageModel]:
    """Return a passage."""
    return _Call("GET", f"/passages/{quote(passage_id, safe='')}", _as(PassageModel))


def _add(articles: NewArticle | Sequence[NewArticle]) -> _Call[Written]:
    """Write an article, or several at once: all of them or none."""
    return _Call("POST", "/articles", _as(Written), articles if isinstance(articles, Mapping) else list(articles))


def _put(article_id: str, article: NewArticle) -> _Call[WrittenArticle]:
    """Write an article under an id, replacing what has it."""
    return _Call("PUT", f"/articles/{quote(article_id, safe='')}", _only, article)


def _delete(article_id: str) -> _Call[None]:
    """Delete an article; no question finds it any more."""
    return _Call("DELETE", f"/articles/{quote(article_id, safe='')}", _nothing)


class _Method(Generic[_Given, _Result]):
    """A method of both clients: of one it gives a result, of the other what is awaited for it."""

    def __init__(self, call: Callable[_Given, _Call[_Result]]) -> None:
        self._call = call
        self.__doc__ = call.__doc__

    @overload
    def __get__(self, client: None, _: object) -> Self: ...

    @overload
    def __get__(self, client: "Client", _: object) -> Callable[_Given, _Result]: ...

    @overload
    def __get__(self, client: "AsyncClient", _: object) -> Callable[_Given, Coroutine[Any, Any, _Result]]: ...

    def __get__(self, client: "Client | AsyncClient | None", _: object) -> Any:
        if client is None:
            return self

        def method(*arguments: _Given.args, **named: _Given.kwargs) -> _Result | Coroutine[Any, Any, _Result]:
            return client._send(self._call(*arguments, **named))

        return update_wrapper(method, self._call)


class _Calls(Generic[_Http]):
    _transport: type[_Http]

    ready = _Method(_ready)
    ask = _Method(_ask)
    search = _Method(_search)
    articles = _Method(_articles)
    article = _Method(_article)
    passage = _Method(_passage)
    add = _Method(_add)
    put = _Method(_put)
    delete = _Method(_delete)

    def __init__(
        self, url: str = _HOME, key: str | None = None, *, timeout: float = _PATIENCE, retries: int = 0
    ) -> None:
        """Ask the service at `url` with a key, that of NEWSQA_KEY if none is given.

        What is refused because too many ask, or because the service is busy, is sent again up to `retries` times, when
        the service says so. An answer is waited for `timeout` seconds.

        Raises:
            ServiceError: `url` is no address, or the key holds what no key does.
        """
        secret = os.environ.get("NEWSQA_KEY", "").strip() if key is None else key
        if not (secret.isascii() and secret.isprintable()):
            raise ServiceError("the key has characters that no key has: copy it as newsqa keys create shows it")
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ServiceError(f"{url}: {_reason(error)}: write it as {_HOME}") from error
        if address.scheme not in ("http", "https") or not address.host:
            raise ServiceError(f"{url}: not the address of a service: write it as {_HOME}")
        self._retries = retries
        self._http: _Http = self._transport(
            base_url=address,
            headers={"Authorization": f"Bearer {secret}"} if secret else {},
            timeout=timeout,
            trust_env=address.host not in _LOOPBACK,  # a proxy of the environment is for other machines than this
        )


class Client(_Calls[httpx.Client]):
    """A service that is asked one thing after another. Safe to use from several threads."""

    _transport = httpx.Client

    def _send(self, call: _Call[_Result]) -> _Result:
        for left in range(self._retries, -1, -1):
            try:
                response = self._http.request(**call.request())
            except _UNSENT as error:
                raise ServiceError(_reason(error)) from error
            if (pause := _pause(response, left)) is None:
                break
            time.sleep(pause)
        return call.result(response)

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the connections go."""
        self.close()


class AsyncClient(_Calls[httpx.AsyncClient]):
    """A service that is asked many things at once, from one event loop."""

    _transport = httpx.AsyncClient

    async def _send(self, call: _Call[_Result]) -> _Result:
        for left in range(self._retries, -1, -1):
            try:
                response = await self._http.request(**call.request())
            except _UNSENT as error:
                raise ServiceError(_reason(error)) from error
            if (pause := _pause(response, left)) is None:
                break
            await asyncio.sleep(pause)
        return call.result(response)

    async def aclose(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let the connections go."""
        await self.aclose()


# --- what is sent and what comes back


def _question(question: str, top_k: int, filters: Filters | None) -> dict[str, object]:
    among = filters.model_dump(mode="json", exclude_defaults=True) if filters else {}
    return {"question": question, "top_k": top_k, "filters": among}


def _as(model: type[_Model]) -> Callable[[bytes], _Model]:
    return model.model_validate_json


def _only(content: bytes) -> WrittenArticle:
    (article,) = Written.model_validate_json(content).articles
    return article


def _nothing(_: bytes) -> None:
    return None


def _pause(response: httpx.Response, left: int) -> float | None:
    """Return for how many seconds to wait before sending the same again, None if it is not worth it."""
    if not left or response.status_code not in _AGAIN:
        return None
    told = _retry_after(response)
    pause = _PAUSE if told is None else told
    return pause if pause <= _MAX_QUESTION_PAUSE else None


def _retry_after(response: httpx.Response) -> float | None:
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isascii() and told.isdecimal() else None


def _refusal(response: httpx.Response) -> ServiceError:
    try:
        detail = Problem.model_validate_json(response.content).detail
    except ValueError:
        detail = "no reason given"
    return ServiceError(detail, response.status_code, _retry_after(response))


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
