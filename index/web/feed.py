"""Read feeds: RSS and Atom (the only module that imports feedparser) and JSON Feed."""

import html
import io
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from xml.sax import SAXException

from index.errors import FetchError
from index.read.encoding import replace_surrogates
from index.web import urls

_MAX_ENTRIES = 1000  # of a feed, the first ones
_JSON_FEED = "https://jsonfeed.org/version/"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed; every field but the key may be missing."""

    key: str  # by which the feed knows it
    link: str | None = None  # normalized
    title: str | None = None
    day: date | None = None  # of its publication, in UTC
    author: str | None = None
    updated: str | None = None  # changes if the entry does
    content: str | None = None  # the whole article in HTML; a summary is none


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed with its newest entries."""

    title: str | None
    language: str | None
    entries: tuple[Entry, ...]


def is_json_feed(content: bytes) -> bool:
    """Return whether content begins like a JSON Feed."""
    return content.lstrip()[:1] == b"{" and _JSON_FEED.encode() in content[:2000].replace(b"\\/", b"/")


def read_json(url: str, content: bytes) -> Feed:
    """Return the JSON Feed at `url`.

    Raises:
        FetchError: it is not a JSON Feed.
    """
    try:
        feed = json.loads(content)
        items = feed["items"]
        if not isinstance(items, list):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FetchError(url, "the JSON feed is damaged: report it to the site, or index its pages") from error
    entries = [_json_entry(url, item) for item in items[:_MAX_ENTRIES] if isinstance(item, dict)]
    return Feed(_safe(_text(feed.get("title"))), _safe(_text(feed.get("language"))), _by_key(entries))


def read_xml(url: str, content: bytes, charset: str | None) -> Feed:
    """Return the RSS or Atom feed at `url`.

    Raises:
        FetchError: it is neither.
    """
    import feedparser  # imported here: it belongs to the extra web

    # As a stream: feedparser opens the file, or fetches the address, that content itself could name.
    headers = {"content-location": url, "content-type": f"application/xml; charset={charset}" if charset else ""}
    try:
        parsed = feedparser.parse(
            io.BytesIO(content), response_headers=headers, resolve_relative_uris=False, sanitize_html=False
        )
    except (ValueError, LookupError, RecursionError, AssertionError) as error:
        raise FetchError(url, f"the feed is damaged ({error}): report it to the site, or index its pages") from error
    if not parsed.get("version") and not parsed.entries:  # without content it has no version
        raise FetchError(url, "not an RSS or Atom feed: check the address")
    # As plain mappings: those of feedparser give the date of publication as that of an update, with a warning.
    entries = _by_key(_xml_entry(url, dict(entry)) for entry in parsed.entries[:_MAX_ENTRIES])
    if not entries and isinstance(damage := parsed.get("bozo_exception"), SAXException):
        raise FetchError(url, f"the feed is damaged ({damage}): report it to the site, or index its pages")
    return Feed(_text(parsed.feed.get("title")), _text(parsed.feed.get("language")), entries)


def _xml_entry(url: str, entry: Mapping[str, Any]) -> Entry:
    link = _link(url, entry.get("link"))
    published, updated = entry.get("published_parsed"), entry.get("updated_parsed")
    contents = [each.get("value") for each in entry.get("content", ()) if "html" in each.get("type", "html")]
    content = next(filter(None, map(_text, contents)), None)
    return Entry(
        key=_text(entry.get("id")) or link or _text(entry.get("title")) or "",
        link=link,
        title=_text(entry.get("title")),
        day=_day(published or updated),
        author=_text(entry.get("author")),
        updated=_text(entry.get("updated")) or _text(entry.get("published")),
        content=content,
    )


def _json_entry(url: str, item: Mapping[str, Any]) -> Entry:
    link = _link(url, item.get("url")) or _link(url, item.get("external_url"))
    authors = item.get("authors") or [item.get("author")]
    names = [_text(each.get("name")) for each in authors if isinstance(each, dict)] if isinstance(authors, list) else []
    text = _text(item.get("content_text"))
    return Entry(
        key=_safe(_text(item.get("id")) or link or _text(item.get("title"))) or "",
        link=link,
        title=_text(item.get("title")),
        day=_iso_day(item.get("date_published")),
        author=", ".join(filter(None, names)) or None,
        updated=_safe(_text(item.get("date_modified")) or _text(item.get("date_published"))),
        content=_text(item.get("content_html")) or (text and _paragraphs(text)),
    )


def _by_key(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries that have a key, the first one of each."""
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.key and (entry.link or entry.content):
            first.setdefault(entry.key, entry)
    return tuple(first.values())


def _text(value: object) -> str | None:
    """Return a field that is a text and not blank; ids may be numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


def _safe(value: str | None) -> str | None:
    """Return a text that can be stored with the state of the feed; JSON may have halves of surrogate pairs."""
    return replace_surrogates(value) if value else value


def _link(url: str, value: object) -> str | None:
    try:
        return urls.join(url, value) if isinstance(value, str) and value.strip() else None
    except ValueError:
        return None


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n\n"))


def _day(moment: time.struct_time | None) -> date | None:
    try:
        return date(*moment[:3]) if moment else None
    except ValueError:  # a year that a date cannot have
        return None


def _iso_day(value: object) -> date | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date() if moment else None
    except (ValueError, OverflowError):
        return None
