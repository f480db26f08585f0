"""Addresses: links to articles, and the path of a request."""

from urllib.parse import quote

from starlette.types import Scope

from index.types import Article, Span
from qa.sanitize import safe_url


def page_url(base_url: str, article: Article, span: Span | None = None) -> str:
    """Return the address at which the page shows an article, at a span of its text; the page asks for a key if needed.

    `base_url` is the address of the page with a slash at its end.
    """
    at = f"&at={span[0]}-{span[1]}" if span else ""
    return f"{base_url}?article={quote(article.id, safe='')}{at}"


def article_url(base_url: str, article: Article, span: Span | None = None) -> str:
    """Return the article's own URL, else its address on the page."""
    return safe_url(article.url) or page_url(base_url, article, span)


def path_of(scope: Scope) -> str:
    """Return the path of a request without the root path (`NEWSQA_ROOT_PATH`)."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
