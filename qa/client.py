"""Python clients of the service: `Client` is synchronous, `AsyncClient` is for asyncio.

They load neither the model nor the indexes.
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
from qa.service.schemas.answers import AskResponse, SearchResponse
from qa.service.schemas.articles import ArticleList, ArticleModel, PassageModel
from qa.service.schemas.problem import Problem
from qa.service.schemas.questions import Filters
from qa.service.schemas.writing import Written, WrittenArticle
from qa.sort import Sort

__all__ = ["AsyncClient", "Client", "Filters", "NewArticle", "Ready", "ServiceError", "WebAddress"]

_DEFAULT_URL = "http://127.0.0.1:8000"
_TIMEOUT = 30.0  # seconds for one answer
_DEFAULT_RETRY_DELAY = 1.0  # seconds before a retry if the response has no Retry-After
_MAX_RETRY_DELAY = 60.0  # seconds; after a longer Retry-After the request is not retried
_RETRY_STATUSES = (429, 503)
_TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, UnicodeError)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_Model = TypeVar("_Model", bound=BaseModel)
_Http = TypeVar("_Http", httpx.Client, httpx.AsyncClient)


class ServiceError(NewsqaError):
    """The service refused a request, could not be reached, or sent an invalid response."""

    def __init__(self, detail: str, status: int | None = None, retry_after: float | None = None) -> None:
        """Set the message; `status` is None if there was no response."""
        super().__init__(f"{status}: {detail}" if status else detail)
        self.detail = detail
        self.status = status
        self.retry_after = retry_after  # seconds


class NewArticle(TypedDict, total=False):
    """An article to be written; the service derives a missing title, language or id."""

    text: Required[str]
    title: str
    date: str  # YYYY-MM-DD, or with a time
    author: str
    source: str
    url: str
    language: str  # ISO 639-1
    id: str


class WebAddress(TypedDict):
    """The address of an article on the web, which the service fetches and writes."""

    url: str


class Ready(BaseModel):
    """The state of a service that is ready to answer."""

    model_config = ConfigDict(frozen=True)

    articles: int
    generation: int
    model: str
    version: str


# --- the calls, defined once for both clients


@dataclass(frozen=True, slots=True)
class _Call(Generic[_Result]):
    """A request and the function that reads its response."""

    method: str
    path: str
    read: Callable[[bytes], _Result]
    body: object = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def request(self) -> dict[str, Any]:
        """Return the arguments of the HTTP request."""
        return {"method": self.method, "url": self.path, "json": self.body, "params": self.parameters or None}

    def result(self, response: httpx.Response) -> _Result:
        """Return the result in a response.

        Raises:
            ServiceError: the status is an error, or the body is invalid.
        """
        if not response.is_success:
            raise _error(response)
        try:
            return self.read(response.content)
        except ValueError as error:
            detail = f"not a valid newsqa response: {_reason(error)}"
            raise ServiceError(detail, response.status_code) from error


def _ready() -> _Call[Ready]:
    """Return the state of the service, if it is ready to answer."""
    return _Call("GET", "/readyz", _as(Ready))


def _ask(
    question: str,
    *,
    top_k: int = HITS,
    filters: Filters | None = None,
    languages_first: Sequence[str] = (),
    sort: Sort = "relevance",
) -> _Call[AskResponse]:
    """Answer a question with quotes; of quotes that are nearly as good, those in `languages_first` come first."""
    first = {"languages_first": [*languages_first]} if languages_first else {}
    return _Call("POST", "/ask", _as(AskResponse), _question(question, top_k, filters, sort) | first)


def _search(
    question: str, *, top_k: int = HITS, filters: Filters | None = None, sort: Sort = "relevance"
) -> _Call[SearchResponse]:
    """Return the passages for a question, without an answer."""
    return _Call("POST", "/search", _as(SearchResponse), _question(question, top_k, filters, sort))


def _articles(*, limit: int = 50, offset: int = 0, filters: Filters | None = None) -> _Call[ArticleList]:
    """Return a page of the articles that `filters` admit, newest first."""
    parameters = {"limit": limit, "offset": offset} | _fields(filters)
    return _Call("GET", "/articles", _as(ArticleList), parameters=parameters)


def _article(article_id: str) -> _Call[ArticleModel]:
    """Return an article with the text that citations refer to."""
    return _Call("GET", f"/articles/{quote(article_id, safe='')}", _as(ArticleModel))


def _passage(passage_id: str) -> _Call[PassageModel]:
    """Return a passage."""
    return _Call("GET", f"/passages/{quote(passage_id, safe='')}", _as(PassageModel))


def _add(articles: NewArticle | WebAddress | Sequence[NewArticle | WebAddress]) -> _Call[Written]:
    """Write one article, or several in one transaction; the service fetches those that have nothing but a `url`."""
    return _Call("POST", "/articles", _as(Written), articles if isinstance(articles, Mapping) else list(articles))


def _put(article_id: str, article: NewArticle) -> _Call[WrittenArticle]:
    """Write an article under an id, replacing an existing article with that id."""
    return _Call("PUT", f"/articles/{quote(article_id, safe='')}", _one_written, article)


def _delete(article_id: str) -> _Call[None]:
    """Delete an article."""
    return _Call("DELETE", f"/articles/{quote(article_id, safe='')}", _no_result)


class _Method(Generic[_Parameters, _Result]):
    """A method of both clients: it returns the result for `Client` and a coroutine for `AsyncClient`."""

    def __init__(self, call: Callable[_Parameters, _Call[_Result]]) -> None:
        self._call = call
        self.__doc__ = call.__doc__

    @overload
    def __get__(self, client: None, _: object) -> Self: ...

    @overload
    def __get__(self, client: "Client", _: object) -> Callable[_Parameters, _Result]: ...

    @overload
    def __get__(self, client: "AsyncClient", _: object) -> Callable[_Parameters, Coroutine[Any, Any, _Result]]: ...

    def __get__(self, client: "Client | AsyncClient | None", _: object) -> Any:
        if client is None:
            return self

        def method(*arguments: _Parameters.args, **named: _Parameters.kwargs) -> _Result | Coroutine[Any, Any, _Result]:
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
        self, url: str = _DEFAULT_URL, key: str | None = None, *, timeout: float = _TIMEOUT, retries: int = 0
    ) -> None:
        """Connect to the service at `url` with an API key, by default that of NEWSQA_KEY.

        A request that gets status 429 or 503 is retried up to `retries` times, after the Retry-After delay. `timeout`
        is in seconds.

        Raises:
            ServiceError: `url` is not an http or https address, or the key has invalid characters.
        """
        secret = os.environ.get("NEWSQA_KEY", "").strip() if key is None else key
        if not (secret.isascii() and secret.isprintable()):
            raise ServiceError("the key has invalid characters: copy it as newsqa keys create printed it")
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ServiceError(f"{url}: {_reason(error)}: write it as {_DEFAULT_URL}") from error
        if address.scheme not in ("http", "https") or not address.host:
            raise ServiceError(f"{url}: not an http or https address: write it as {_DEFAULT_URL}")
        self._retries = retries
        self._http: _Http = self._transport(
            base_url=address,
            headers={"Authorization": f"Bearer {secret}"} if secret else {},
            timeout=timeout,
            trust_env=address.host not in _LOOPBACK,  # ignore proxies of the environment for this machine
        )


class Client(_Calls[httpx.Client]):
    """A synchronous client. Safe to use from several threads."""

    _transport = httpx.Client

    def _send(self, call: _Call[_Result]) -> _Result:
        for retries_left in range(self._retries, -1, -1):
            try:
                response = self._http.request(**call.request())
            except _TRANSPORT_ERRORS as error:
                raise ServiceError(_reason(error)) from error
            if (delay := _retry_delay(response, retries_left)) is None:
                break
            time.sleep(delay)
        return call.result(response)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()


class AsyncClient(_Calls[httpx.AsyncClient]):
    """A client for asyncio. Use it from one event loop; requests can run concurrently."""

    _transport = httpx.AsyncClient

    async def _send(self, call: _Call[_Result]) -> _Result:
        for retries_left in range(self._retries, -1, -1):
            try:
                response = await self._http.request(**call.request())
            except _TRANSPORT_ERRORS as error:
                raise ServiceError(_reason(error)) from error
            if (delay := _retry_delay(response, retries_left)) is None:
                break
            await asyncio.sleep(delay)
        return call.result(response)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.aclose()


# --- requests and responses


def _question(question: str, top_k: int, filters: Filters | None, sort: Sort) -> dict[str, object]:
    return {"question": question, "top_k": top_k, "filters": _fields(filters)} | (
        {"sort": sort} if sort != "relevance" else {}  # older services do not know the field
    )


def _fields(filters: Filters | None) -> dict[str, Any]:
    return filters.model_dump(mode="json", exclude_defaults=True) if filters else {}


def _as(model: type[_Model]) -> Callable[[bytes], _Model]:
    return model.model_validate_json


def _one_written(content: bytes) -> WrittenArticle:
    (article,) = Written.model_validate_json(content).articles
    return article


def _no_result(_: bytes) -> None:
    return None


def _retry_delay(response: httpx.Response, retries_left: int) -> float | None:
    """Return the seconds to wait before a retry, or None if the request must not be retried."""
    if not retries_left or response.status_code not in _RETRY_STATUSES:
        return None
    retry_after = _retry_after(response)
    delay = _DEFAULT_RETRY_DELAY if retry_after is None else retry_after
    return delay if delay <= _MAX_RETRY_DELAY else None


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdecimal() else None


def _error(response: httpx.Response) -> ServiceError:
    try:
        detail = Problem.model_validate_json(response.content).detail
    except ValueError:
        detail = "no reason given"
    return ServiceError(detail, response.status_code, _retry_after(response))


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
