"""Read emails, mailboxes and pages that are saved as emails (MHTML)."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import BinaryIO

from index.errors import ArticleError
from index.read import html, page
from index.read.article import Place, Problem, RawArticle, article_at
from index.read.page_fields import day
from index.read.plain import from_plain

MAX_BYTES = 50_000_000  # of a message with its attachments
_PAGES = frozenset((".mht", ".mhtml"))
_SIGNATURE = re.compile(r"\n-- \r?\n.*", re.DOTALL)
_MIN_SHARE = 0.5  # of the text in HTML that the plain text has; below, it only says that there is another part


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of an email, of each email of a mailbox, or of a saved page; attachments are skipped.

    Raises:
        ArticleError: a message is too large, or is not an article.
    """
    if file.suffix.lower() != ".mbox":
        content = stream.read(MAX_BYTES + 1)
        if file.suffix.lower() in _PAGES:
            yield from _page(file, name, _parse(file, content))
        else:
            yield _article(Place(file, 1), name, _parse(file, content))
        return
    for number, content in enumerate(_messages(stream), start=1):
        place = Path(f"{file}:{number}")
        try:
            raw = _article(Place(place, 1), f"{name}:{number}", _parse(place, content))
            yield replace(raw, file=file)
        except ArticleError as error:
            yield Problem(file, str(error))


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the messages of a mailbox, each at most one byte longer than allowed."""
    lines: list[bytes] = []
    size, blank = 0, True
    for line in stream:
        if line.startswith(b"From ") and blank:
            if lines:
                yield b"".join(lines)
            lines, size = [], 0
        elif size <= MAX_BYTES:
            lines.append(line[1:] if re.match(rb">+From ", line) else line)
            size += len(line)
        blank = not line.strip()
    if lines:
        yield b"".join(lines)


def _parse(file: Path, content: bytes) -> EmailMessage:
    if len(content) > MAX_BYTES:
        raise ArticleError(f"{file}: more than {MAX_BYTES // 1_000_000} MB, too large for a message")
    message = email.message_from_bytes(content, policy=email.policy.default)
    if not message.keys():
        raise ArticleError(f"{file}: not an email: it has no headers")
    return message


def _page(file: Path, name: str, message: EmailMessage) -> Iterator[RawArticle | Problem]:
    part = message.get_body(("html",))
    if part is None:
        raise ArticleError(f"{file}: no page in HTML in this file")
    url = message.get("Snapshot-Content-Location") or part.get("Content-Location")
    content = part.get_payload(decode=True)
    yield from page.articles(
        file, name, content if isinstance(content, bytes) else b"", url, part.get_content_charset()
    )


def _article(place: Place, name: str, message: EmailMessage) -> RawArticle:
    sender, address = parseaddr(str(message.get("From", "")))
    language = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", str(message.get("Content-Language", "")))
    fields = {
        "title": str(message.get("Subject", "")),
        "author": sender or address,
        "date": day(str(message.get("Date", ""))),
        "language": language[0] if language else "",
    }
    return article_at(place, name, fields, _body(message))


def _body(message: EmailMessage) -> html.Readable:
    """Return the plain text of a message, or its text in HTML if that is all of it."""
    plain = from_plain(_SIGNATURE.sub("", _text(message, "plain")))
    rich = html.from_html(_text(message, "html"))
    return replace(plain if len(plain.text) >= _MIN_SHARE * len(rich.text) else rich, heading=None)


def _text(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None or not part.get_content_type().startswith("text/"):
        return ""
    try:
        content = part.get_content()
    except LookupError:  # an unknown charset
        payload = part.get_payload(decode=True)
        content = payload.decode("cp1252", "replace") if isinstance(payload, bytes) else ""
    return content if isinstance(content, str) else ""
