"""Where a reader finds an article."""

from collections.abc import Callable
from urllib.parse import quote

from fastapi import Request

from index.types import Article
from qa.sanitize import safe_url


def addresses(request: Request) -> Callable[[Article], str]:
    """Return what gives an article's own address, or the one where this service shows it to who asked."""

    def address(article: Article) -> str:
        return safe_url(article.url) or f"{request.base_url}articles/{quote(article.id, safe='')}"

    return address
