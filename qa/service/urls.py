"""Links to articles."""

from collections.abc import Callable
from urllib.parse import quote

from fastapi import Request

from index.types import Article
from qa.sanitize import safe_url


def article_urls(request: Request) -> Callable[[Article], str]:
    """Return a function that maps an article to its own URL, or to its URL in this service if it has none."""

    def url(article: Article) -> str:
        return safe_url(article.url) or f"{request.base_url}articles/{quote(article.id, safe='')}"

    return url
