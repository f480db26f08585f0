"""Read RTF documents; the only module that imports striprtf."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from index.errors import ArticleError
from index.read import html
from index.read.article import Place, Problem, RawArticle, article_at

MAX_BYTES = 10_000_000
_PICTURE = re.compile(r"\{\\(?:\*\\shppict|nonshppict|pict|object)\b[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
_ROW = re.compile(r"^(?:[^|\n]*\|)+$", re.MULTILINE)  # of a table
_FIELD = r"\{\\%s (?P<value>(?:[^{}\\]|\\(?:'[0-9a-f]{2}|u-?\d+ ?\??))*)\}"
_DAY = re.compile(r"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of a document, with the title, author and date of its properties.

    Raises:
        ArticleError: it is too large or has no text, or a package is not installed.
    """
    try:
        # Here, since newsqa can be installed without it.
        from striprtf.striprtf import rtf_to_text
    except ImportError as error:
        raise ArticleError(f"{file}: RTF files need another package: pip install 'newsqa[web]'") from error
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ArticleError(f"{file}: more than {MAX_BYTES // 1_000_000} MB, too large for an article")
    source = content.decode("latin-1")  # RTF is ASCII
    convert: Callable[..., str] = rtf_to_text  # it has no types
    text = _ROW.sub(lambda row: " · ".join(row[0][:-1].split("|")), convert(_PICTURE.sub("", source), errors="replace"))

    def stated(field: str) -> str:
        match = re.search(_FIELD % field, source, re.IGNORECASE)
        return convert("{\\rtf1\\ansi " + match["value"] + "}", errors="replace").strip() if match else ""

    day = _DAY.search(source)
    fields = {
        "title": stated("title"),
        "author": author if " " in (author := stated("author")) else "",  # one word is the name of a login
        "date": f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}" if day else "",
    }
    yield article_at(Place(file, 1), name, fields, html.from_lines(text))
