"""Read JSON Lines: one article per line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from index.errors import ArticleError
from index.read import html
from index.read.article import Place, Problem, RawArticle, article_at, decode, replace_surrogates


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of each line, or its problem; a file without lines is a problem too."""
    empty = True
    for number, content in enumerate(stream, start=1):
        if not content.strip():
            continue
        empty = False
        try:
            yield _json_article(file, number, f"{name}:{number}", decode(file, number, content))
        except ArticleError as error:
            yield Problem(file, str(error))
    if empty:
        yield Problem(file, f"{file}: no articles: write one JSON object per line")


def _json_article(file: Path, number: int, name: str, line: str) -> RawArticle:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"{file}:{number}: not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ArticleError(f"{file}:{number}: not a JSON object but {type(fields).__name__}")
    body = fields.get("text")
    if not isinstance(body, str):
        raise ArticleError(f"{file}:{number}: no 'text', or it is not a string")
    return article_at(Place(file, number), name, fields, html.from_plain(replace_surrogates(body)))
