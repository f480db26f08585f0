"""Read documents of one article: Markdown and plain text, with optional front matter or date."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from index.read import front_matter, head, html, markup, plain
from index.read.article import Place, Problem, RawArticle, article_at
from index.read.encoding import Decoded, decode
from index.read.fields import by_our_names
from index.read.formats import format_of


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of a document.

    Raises:
        ArticleError: the document is not text, or not an article.
    """
    yield article(file, name, decode(file, stream.read()))


def article(file: Path, name: str, decoded: Decoded) -> RawArticle:
    """Return the article of a document. Raises as `read`."""
    marked = front_matter.split(decoded.text)
    document = marked or front_matter.Document(*head.split(decoded.text))
    known = by_our_names(document.fields)
    fields = {key: value for key, value in known.fields.items() if key != "text"}
    body = document.body
    if "date" not in fields:
        date, body = head.split_date(body)
        fields |= {"date": date} if date else {}
    format_ = format_of(file)
    is_plain = format_ is not None and format_.plain
    if is_plain and marked and markup.is_markdown(body):
        is_plain = False  # front matter is not of plain text
    return article_at(
        Place(file, 1, document.source, document.line + 1),
        name,
        fields,
        plain.from_plain(body) if is_plain else html.from_markdown(body),
        remarks=[*known.remarks, *([decoded.remark] if decoded.remark else [])],
        problems=document.problems,
    )
