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
from index.read.encoding import Decoded, decode
from index.read.plain import from_plain

MAX_BYTES = 50_000_000  # of a message with its attachments
_PAGES = frozenset((".mht", ".mhtml"))
_TIME = re.compile(rb"\d:\d\d.*\d{4}")
_HEADER = re.compile(rb"[!-9;-~]+:|>From ")
_SIGNATURE = re.compile(r"\n-- \r?\n.*", re.DOTALL)
_MIN_SHARE = 0.5  # of the text in HTML that the plain text has; below, it only says that there is another part


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of an email, of each email of a mailbox, or of a saved page.

    Attachments and emails without a text are left out, with a warning that counts them.

    Raises:
        ArticleError: a message is too large, or is not an email.
    """
    suffix = file.suffix.lower()
    if suffix in _PAGES:
        yield from _page(file, name, _parse(file, stream.read(MAX_BYTES + 1)))
        return
    mailbox = suffix == ".mbox"
    attachments = empty = 0
    for number, content in enumerate(_messages(stream) if mailbox else [stream.read(MAX_BYTES + 1)], start=1):
        place, part = (Path(f"{file}:{number}"), f":{number}") if mailbox else (file, "")
        try:
            message = _parse(place, content)
            attachments += sum(1 for _ in message.iter_attachments())
            raw = _article(Place(place, 1), f"{name}{part}", message)
            empty += raw is None
            if raw is not None:
                yield replace(raw, file=file)
        except ArticleError as error:
            yield Problem(file, str(error))
        except Exception as error:  # noqa: BLE001 - as in `files.read`: a damaged message does not stop the others
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            yield Problem(file, f"{place}: cannot be read: {reason}")
    yield from _left_out(file, attachments, empty)


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the messages of a mailbox, each at most one line longer than allowed.

    A message begins below a line such as `From a@b Tue Feb  3 10:00:00 2026`; one without a time must be followed by a
    header, since a paragraph may begin with "From", too.
    """
    lines: list[bytes] = []
    size, blank = 0, True
    following = next(stream, b"")
    while line := following:
        following = next(stream, b"")
        if blank and line.startswith(b"From ") and (_TIME.search(line) or _HEADER.match(following)):
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


def _article(place: Place, name: str, message: EmailMessage) -> RawArticle | None:
    """Return the article of an email, or None if it has no text."""
    body, remark = _body(place.file, message)
    if not any(character.isalnum() for character in body.text):
        return None
    sender, address = parseaddr(str(message.get("From", "")))
    fields = {
        "title": str(message.get("Subject", "")),
        "author": sender or address,
        "date": str(message.get("Date", "")),
        "language": str(message.get("Content-Language", "")),
    }
    return article_at(place, name, fields, body, remarks=[remark] if remark else [])


def _body(file: Path, message: EmailMessage) -> tuple[html.Readable, str | None]:
    """Return the plain text of a message, or its text in HTML if that is all of it; and how it was decoded."""
    plain, rich = _text(file, message, "plain"), _text(file, message, "html")
    as_plain = from_plain(_SIGNATURE.sub("", plain.text))
    as_html = html.from_html(rich.text)
    if len(as_plain.text) >= _MIN_SHARE * len(as_html.text):
        return as_plain, plain.remark
    return replace(as_html, heading=None), rich.remark


def _text(file: Path, message: EmailMessage, kind: str) -> Decoded:
    part = message.get_body((kind,))
    content = part.get_payload(decode=True) if part is not None and part.get_content_maintype() == "text" else b""
    charset = part.get_content_charset() if part is not None else None
    return decode(file, content if isinstance(content, bytes) else b"", charset)


def _left_out(file: Path, attachments: int, empty: int) -> Iterator[Problem]:
    for number, what in ((attachments, "attachments"), (empty, "emails without a text")):
        if number:
            yield Problem(file, f"{file}: {what}, left out: {number}", warning=True)
