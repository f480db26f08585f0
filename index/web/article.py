"""A response, or an entry of a feed, becomes articles without a file."""

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from index.errors import ArticleError, FetchError, FieldError
from index.read import address, html, response
from index.read.article import NO_FILE, RawArticle, limited
from index.read.plain import from_plain
from index.web import urls
from index.web.feed import Entry
from index.web.fetch import Fetched

NO_ENTRY = Entry("")


@dataclass(frozen=True, slots=True)
class Found:
    """An article from the web, and the id under which it is stored."""

    id: str
    raw: RawArticle
    current: bool = True  # whether it is what its address holds now, which replaces a version of a later day
    etag: str | None = None  # of its page
    modified: str | None = None  # the Last-Modified header of its page


def from_response(
    fetched: Fetched, entry: Entry = NO_ENTRY, outlet: str | None = None, read: response.Read = response.read
) -> list[Found]:
    """Return the article of a page, text or PDF, or those of the entries of a live blog, as `read` reads them.

    An entry of a feed and the title of the feed give what the page does not say. An article is known by its canonical
    address: the one that the page names, if that is of the same site.

    Raises:
        FetchError: the response is none of these, or holds no text.
    """
    try:
        articles = read(fetched.content, fetched.url, fetched.type, fetched.charset)
    except ArticleError as error:
        raise FetchError(fetched.url, str(error)) from error
    except Exception as error:
        raise FetchError(fetched.url, f"no article can be read there: {error}") from error
    live = len(articles) > 1
    return [
        replace(_found(fetched.url, raw, entry, outlet, live=live), etag=fetched.etag, modified=fetched.modified)
        for raw in articles
    ]


def _found(at: str, raw: RawArticle, entry: Entry, outlet: str | None, *, live: bool) -> Found:
    page, _, fragment = (raw.url or "").partition("#")
    if live and not fragment:
        fragment = _hash(raw.text)
    url = _own(at, page or None) + (f"#{fragment}" if fragment else "")
    named = raw.source if raw.provenance.get("source") != "address" else None
    of_feed = {
        "title": not raw.title and _line(entry.title),
        "date": not raw.published and entry.day,
        "author": not raw.author and _line(entry.author),
        "source": not named and _line(outlet),
    }
    raw = replace(
        raw,
        file=NO_FILE,
        name=f"{raw.title or ''}\n{raw.text}",
        title=raw.title or _line(entry.title),
        published=raw.published or entry.day,
        author=raw.author or _line(entry.author),
        source=named or _line(outlet) or urls.host_of(address.canonical(url) or url).removeprefix("www."),
        url=url,
        provenance={**raw.provenance, **{name: "feed" for name, value in of_feed.items() if value}},
        warnings=tuple(at + warning.removeprefix(str(raw.file)) for warning in raw.warnings),
    )
    return Found(_id(url), _limited(url, raw))


def from_entry(feed_url: str, entry: Entry, outlet: str | None) -> Found | None:
    """Return the article that an entry holds itself; None if it holds only a summary.

    A feed speaks only for its own site: the article of a link to another one does not replace that page.

    Raises:
        FetchError: a field has a character that cannot be stored.
    """
    readable = html.from_html(entry.content) if entry.content else None
    if readable is None or not any(character.isalnum() for character in readable.text):
        return None
    raw = RawArticle(
        file=NO_FILE,
        name=f"{entry.title or ''}\n{readable.text}",
        text=readable.text,
        title=_line(entry.title) or readable.heading,
        published=entry.day,
        source=_line(outlet) or urls.host_of(feed_url).removeprefix("www."),
        author=_line(entry.author),
        url=entry.link,
    )
    own = entry.link if entry.link and urls.same_site(entry.link, feed_url) else None
    return Found(_id(own) if own else _hash(f"{feed_url}\n{entry.key}"), _limited(own or feed_url, raw), current=False)


def _limited(url: str, raw: RawArticle) -> RawArticle:
    try:
        return limited(raw)
    except FieldError as error:
        raise FetchError(url, f"no article can be stored from there: {error}") from error


def _own(url: str, named: str | None) -> str:
    """Return the address to store of an article at `url`: without parameters for tracking, and that which it names.

    `named` is canonical, and counts if it is of the same site: a page does not speak for another one.
    """
    at, canonical = urlsplit(url), address.canonical(url) or url
    if named is None or named == canonical or not urls.same_site(named, url):
        return urlunsplit(at._replace(query=urlsplit(canonical).query))
    to = urlsplit(named)
    # The canonical form has neither http nor www, which the site may need.
    same_host = to.netloc == urlsplit(canonical).netloc
    return urlunsplit(to._replace(scheme=at.scheme, netloc=at.netloc)) if same_host else named


def _id(url: str) -> str:
    """Return the id of the article of a URL."""
    return _hash(address.identity(url))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _line(text: str | None) -> str | None:
    return html.clean(from_plain(text).text) or None if text else None
