"""Read documents of one article: Markdown and plain text, with optional front matter or date."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from index.errors import ArticleError
from index.read import html
from index.read.article import Place, Problem, RawArticle, article_at, decode
from index.read.formats import format_of

_DATE_PREFIX = re.compile(r"\s*date (\d{4}-\d{2}-\d{2})(?:\s|$)")
_FRONT_MATTER = re.compile(r"---[^\S\n]*\n((?:.*?\n)??)---[^\S\n]*(?:\n|$)", re.DOTALL)


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of a document.

    Raises:
        ArticleError: the document is not UTF-8 text, or not an article.
    """
    yield _document(file, name, decode(file, 1, stream.read()))


def _document(file: Path, name: str, content: str) -> RawArticle:
    if content.startswith("---") and content.partition("\n")[0].strip() == "---":
        match = _FRONT_MATTER.match(content)
        if match is None:
            raise ArticleError(f"{file}:1: front matter is not closed: end it with a line of three dashes")
        fields = _front_matter(file, match[1])
        return article_at(Place(file, 1, match[1]), name, fields, html.from_markdown(content[match.end() :]))
    if match := _DATE_PREFIX.match(content):
        return article_at(Place(file, 1), name, {"date": match[1]}, html.from_plain(content[match.end() :]))
    format_ = format_of(file)
    read_as = html.from_plain if format_ and format_.plain else html.from_markdown
    return article_at(Place(file, 1), name, {}, read_as(content))


def _front_matter(file: Path, source: str) -> dict[str, Any]:
    try:
        # BaseLoader keeps values as strings: an invalid date gets our message, and 'no' remains a language.
        fields = yaml.load(source, Loader=yaml.BaseLoader)  # noqa: S506 - it creates only strings, lists and dicts
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1  # zero-based, after the line of dashes
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise ArticleError(f"{file}:{line}: front matter is not YAML: {problem}") from error
    if fields is None or fields == "":
        return {}
    if not isinstance(fields, dict):
        raise ArticleError(f"{file}:2: front matter is not a list of 'name: value' lines")
    return fields
