"""Answers as Markdown: quotes stay exact, and no markup or link of an article takes effect."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from index.types import Article, Span
from qa.sanitize import safe_url
from qa.texts import texts
from qa.types import Answer, Citation

_MAX_NEAREST = 3  # passages listed when there is no answer
_MAX_EXCERPT = 300  # characters of each
# What Markdown clients would take for markup, alone or together with the surrounding text.
_MARKUP = re.compile(r"[`*_~<\\]|\][(\[:]|\[\d|&#?\w+;|://|www\.|^(?:[#>+-]|\d+[.)]\s)", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\`*_~\[\]<>]|&(?=#?\w+;)|:(?=//)|(?<=www)\.|^[#+-]|(?<=^\d)[.)]", re.IGNORECASE)


_NUMBER = r"\d+(?:#[^,\]\s]+)?"
# A text of a link, such as 2026, that Open WebUI would take for a marker.
_MARKER = re.compile(rf"{_NUMBER}(?:,\s*{_NUMBER})*")

Link = Callable[[Article, Span | None], str]
"""Returns the URL of an article, at a span of its text if there is one."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote in the Markdown text, with its source."""

    span: Span  # in the text, in code points
    url: str  # of the source at its first quote, so the same for all its quotes
    title: str  # of the source, different from those of the other sources


@dataclass(frozen=True, slots=True)
class MarkdownAnswer:
    """An answer as Markdown."""

    parts: tuple[str, ...]  # of the text, in order; each may be streamed as one delta
    quotes: tuple[Quote, ...]  # one for each citation, in order

    @property
    def text(self) -> str:
        """The whole Markdown text."""
        return "".join(self.parts)


@dataclass(frozen=True, slots=True)
class _Source:
    """A cited article."""

    number: int  # of its marker, in the order of first quotes, from 1
    article: Article
    url: str
    title: str
    others: tuple[Article, ...]  # that give the same answers


def render(answer: Answer, link: Link, question: str | None = None) -> MarkdownAnswer:
    """Return the quotes, each with the number of its source, notes and a list of sources; or the nearest passages.

    Each quote is a paragraph, which ends with its side where sources differ. Quotes are exact to the character; a quote
    that contains markup is rendered as code. `question` is shown first.

    Open WebUI shows the n-th different title and URL of the quotes for each `[n]` that is not in code or escaped, also
    for the text of a link; hence titles differ, and no text of a link looks like a marker.
    """
    fixed = texts(answer.language)
    parts = [f"*{escape(question)}*\n\n"] if question else []
    sources = _sources(answer.citations, link)
    position = sum(map(len, parts))
    quotes: list[Quote] = []
    for citation in answer.citations:
        source = sources[citation.article.id]
        fence = _fence(citation.text)
        separator = "\n\n" if quotes else ""
        before = separator + fence
        start = position + len(before)
        quotes.append(Quote((start, start + len(citation.text)), source.url, source.title))
        side = f" *{escape(fixed.side.format(number=citation.side))}*" if citation.side else ""
        parts.append(f"{before}{citation.text}{fence[::-1]} [{source.number}]{side}")
        position += len(parts[-1])
    if not quotes:
        parts.append(answer.text)
    parts += [f"\n\n*{escape(note)}*" for note in answer.notes]
    if quotes:
        parts.append(f"\n\n{fixed.sources}\n\n{_bullet_list(_listed(each, link) for each in sources.values())}")
    else:
        nearest = (
            f"{_linked(hit.article, link(hit.article, (hit.passage.start, hit.passage.end)))}: {_excerpt(hit.text)}"
            for hit in answer.hits[:_MAX_NEAREST]
        )
        parts.append(f"\n\n{fixed.nearest}\n\n{_bullet_list(nearest)}" if answer.hits else "")
    return MarkdownAnswer(tuple(part for part in parts if part), tuple(quotes))


def _sources(citations: Sequence[Citation], link: Link) -> dict[str, _Source]:
    """Return the cited articles by id, in the order of their first quotes."""
    sources: dict[str, _Source] = {}
    for first in citations:
        article = first.article
        if article.id not in sources:
            same_article = [citation for citation in citations if citation.article.id == article.id]
            others = {other.id: other for citation in same_article for other in citation.other_sources}
            number = len(sources) + 1
            url = link(article, first.span)
            title = article.title or url
            if any(title == source.title for source in sources.values()):
                title = f"{title} ({number})"
            sources[article.id] = _Source(number, article, url, title, tuple(others.values()))
    return sources


def _listed(source: _Source, link: Link) -> str:
    """Return the line of a source: its number and link, then other sources of its quotes."""
    others = (_linked(other, link(other, None)) for other in source.others)
    return f"[{source.number}] {'; '.join((_linked(source.article, source.url), *others))}"


def escape(text: str) -> str:
    """Return Markdown that shows a text as it is, on one line."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def _fence(text: str) -> str:
    """Return the opening delimiter of a code span for a text, reversed the closing one; empty if it has no markup."""
    if not _MARKUP.search(text):
        return ""
    longest_run = max(map(len, re.findall("`+", text)), default=0)
    return "`" * (longest_run + 1) + (" " if text.startswith("`") or text.endswith("`") else "")


def _linked(article: Article, url: str) -> str:
    """Return the title linked to `url`, the outlet, the date, and the host of the original linked to it."""
    details = (escape(article.source or ""), str(article.published or ""), _original(article))
    return " · ".join((_link(article.title or url, url), *filter(None, details)))


def _original(article: Article) -> str:
    original = safe_url(article.url)
    return _link(urlsplit(original).hostname or "", original) if original else ""


def _link(text: str, url: str) -> str:
    escaped = escape(text)
    space = " " if _MARKER.fullmatch(escaped) else ""
    return f"[{space}{escaped}]({_destination(url)})"


def _destination(url: str) -> str:
    return re.sub(r"[\s()<>\\`\"]", lambda match: quote(match[0]), url)


def _bullet_list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return escape(line if len(line) <= _MAX_EXCERPT else line[:_MAX_EXCERPT].rpartition(" ")[0] + "…")
