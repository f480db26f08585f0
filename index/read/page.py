"""Read a web page: the text of its article, with what the page states about it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from index.errors import ArticleError
from index.read import dates, html
from index.read.article import NO_FILE, Place, Problem, RawArticle, article_at
from index.read.encoding import decode_page

MAX_BYTES = 10_000_000  # of a page
_MIN_SCRIPTED = 2  # times the text of a page that its scripts have more, to be taken instead
_MAX_TAGS = 60_000  # of a page; trafilatura takes 5 seconds and 300 MB for them


@dataclass(frozen=True, slots=True)
class Page:
    """The article of a page; `text` is '' if it has none, and fields that it does not state are None."""

    text: str
    title: str | None = None
    author: str | None = None  # several names are separated by commas
    published: date | None = None  # in the page's own time zone
    language: str | None = None  # an ISO 639 code
    url: str | None = None  # canonical, see `index.read.address.canonical`
    source: str | None = None  # the outlet
    provenance: Mapping[str, str] = field(default_factory=dict)  # such as `JSON-LD` or `<time>`, by field
    paywalled: bool = False  # the page states that it is not free; its text may be the beginning of the article
    entries: tuple["Page", ...] = field(default=())  # of a live blog, in the order of the page

    @property
    def empty(self) -> bool:
        """Whether the page has no text of an article."""
        return not any(character.isalnum() for character in self.text)


class NoText(ArticleError):
    """A page has no text of an article."""


def extract(content: bytes, url: str | None = None, charset: str | None = None) -> Page:
    """Return the article of a page in HTML; `url` and `charset` are those of the response, if it was fetched.

    Raises:
        ArticleError: the page is too large, or the extra `web` is not installed; the message does not name the page.
    """
    if len(content) > MAX_BYTES:
        raise ArticleError(f"more than {MAX_BYTES // 1_000_000} MB, too large for a page")
    source = _REFERENCE.sub(_without_control, _CONTROLS.sub("", decode_page(content, charset)))
    if source.count("<") > _MAX_TAGS and sum(1 for _ in re.finditer("<[A-Za-z]", source)) > _MAX_TAGS:
        raise ArticleError(f"more than {_MAX_TAGS} elements, too many for a page")
    try:
        # Here, since newsqa can be installed without them.
        from lxml.html import HTMLParser, document_fromstring

        from index.read import page_blocks, page_body, page_data, page_fields, page_lines, page_live, page_state
    except ImportError as error:
        raise ArticleError("pages need more packages: pip install 'newsqa[web]'") from error
    if not source.strip():
        return Page("")
    parser = HTMLParser(remove_comments=True, remove_pis=True)
    tree: Any = document_fromstring(re.sub(r"\A\s*<\?xml[^>]*>", "", source), parser=parser, ensure_head_body=True)
    page_blocks.layout_tables_as_blocks(tree)
    articles = page_data.articles(tree)
    lines = page_lines.lines(tree)
    url = url or _saved_from(source)
    found = page_fields.fields(tree, articles, lines, url)
    values = {name: value for name, (value, _) in found.items()}
    published = values.get("date")
    page = Page(
        "",
        title=values.get("title"),
        author=values.get("author"),
        language=values.get("language"),
        url=values.get("url"),
        source=values.get("source"),
        published=date.fromisoformat(published) if published else None,
        provenance={name: origin for name, (_, origin) in found.items()},
        paywalled=any(page_data.is_paywalled(item) for item in articles),
    )
    if entries := page_live.entries(tree, articles, page):
        return replace(page, text="\n\n".join(entry.text for entry in entries), entries=tuple(entries))
    body = page_body.readable(tree, lines, page)
    stated = max((page_state.of_json_ld(item) for item in articles), key=lambda each: len(each.text), default=None)
    scripted, more = page_state.article(tree, page.title) if not page.paywalled else (body, {})
    # Scripts show what the page itself does not have.
    text = max(body.text, stated.text if stated else "", scripted.text, key=len)
    if stated and stated.text.split() == body.text.split():
        text = stated.text  # with its paragraphs, which trafilatura forgets
    elif len(text) < _MIN_SCRIPTED * len(body.text):
        text = body.text
    page = replace(page, text=text, title=page.title or body.heading)
    return _with_fields(page, more) if text == scripted.text else page


def _with_fields(page: Page, stated: Mapping[str, str]) -> Page:
    """Return a page with the fields that the state of its scripts has, where it has none itself."""
    published = page.published or dates.day(stated.get("date", ""))
    author = page.author or stated.get("author")
    added = [
        name for name, is_new in (("date", published != page.published), ("author", author != page.author)) if is_new
    ]
    provenance = {**page.provenance, **dict.fromkeys(added, "script")}
    return replace(page, published=published, author=author, provenance=provenance)


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of a saved page, or the entries of a live blog, which are numbered from 1.

    Raises:
        ArticleError: the page cannot be read, or has no text of an article.
    """
    yield from articles(file, name, stream.read(MAX_BYTES + 1))


def articles(
    file: Path, name: str, content: bytes, url: str | None = None, charset: str | None = None
) -> Iterator[RawArticle | Problem]:
    """Yield the articles of a page that is in a file.

    Raises:
        NoText: the page has no text of an article.
        ArticleError: the page cannot be read.
    """
    try:
        page = extract(content, url, charset)
        for number, raw in enumerate(raw_articles(page), start=1):
            yield replace(raw, file=file, name=f"{name}:{number}" if page.entries else name)
    except NoText as error:
        raise NoText(f"{file}: {error}") from error
    except ArticleError as error:
        raise ArticleError(f"{file}: {error}") from error


def raw_articles(page: Page) -> list[RawArticle]:
    """Return the article of a page, or those of the entries of a live blog, without a file.

    Raises:
        NoText: there is none; the message does not name the page.
    """
    if page.empty:
        reason = (
            "only subscribers can read it" if page.paywalled else "if scripts load it, save the page from a browser"
        )
        raise NoText(f"no text of an article in this page: {reason}")
    return [_article(part) for part in page.entries or (page,)]


def _article(page: Page) -> RawArticle:
    fields = {
        "title": page.title,
        "date": page.published.isoformat() if page.published else None,
        "author": page.author,
        "language": page.language,
        "source": page.source,
        "url": page.url,
    }
    raw = article_at(Place(NO_FILE, 1), "", fields, html.Readable(page.text, None))
    return replace(raw, provenance=page.provenance)


# Characters that lxml reads but does not write, and references to characters.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]{1,8})|([0-9]{1,9}));?", re.IGNORECASE)


def _without_control(reference: re.Match[str]) -> str:
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    return "" if number > 0x10FFFF or _CONTROLS.match(chr(number)) else reference[0]


def _saved_from(source: str) -> str | None:
    """Return the address that browsers and SingleFile write into a saved page."""
    match = re.search(
        r"<!--\s*saved from url=\(\d+\)(\S+)|<!--\s*Page saved with SingleFile\s+url:\s*(\S+)", source[:4096]
    )
    return match[1] or match[2] if match else None
