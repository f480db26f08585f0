"""Answers as Markdown: quotes stay exact, and no markup or link of an article takes effect."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from index.types import Article, Span
from qa.texts import texts
from qa.types import Answer, Citation

_MAX_NEAREST = 3  # passages listed when there is no answer
_MAX_EXCERPT = 300  # characters of each
# What Markdown clients would take for markup, alone or together with the surrounding text.
_MARKUP = re.compile(r"[`*_~<\\]|\][(\[:]|\[\d|&#?\w+;|://|www\.|^(?:[#>+-]|\d+[.)]\s)", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\`*_~\[\]<>]|&(?=#?\w+;)|:(?=//)|(?<=www)\.|^[#+-]|(?<=^\d)[.)]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MarkdownAnswer:
    """An answer as Markdown."""

    parts: tuple[str, ...]  # of the text, in order; each may be streamed as one delta
    quotes: tuple[Span, ...]  # the span of each citation's quote in `text`, in code points

    @property
    def text(self) -> str:
        """The whole Markdown text."""
        return "".join(self.parts)


def render(answer: Answer, url_of: Callable[[Article], str], question: str | None = None) -> MarkdownAnswer:
    """Return the quotes with markers linked to their sources, then a list of sources; or the nearest passages.

    Quotes are exact to the character; a quote that contains markup is rendered as code. `question` is shown first.
    """
    fixed = texts(answer.language)
    parts = [f"*{escape(question)}*\n\n"] if question else []
    position = sum(map(len, parts))
    quotes: list[Span] = []
    for citation in answer.citations:
        fence = _fence(citation.text)
        before = f"{' ' if quotes else ''}{fence}"
        start = position + len(before)
        quotes.append((start, start + len(citation.text)))
        after = f"{fence[::-1]} [{citation.index}]({_destination(url_of(citation.article))})"
        parts.append(before + citation.text + after)
        position += len(parts[-1])
    if quotes:
        parts.append(f"\n\n{fixed.sources}\n\n{_bullet_list(_sources(answer.citations, url_of))}")
    else:
        parts.append(answer.text)
        nearest = (f"{_linked(hit.article, url_of)}: {_excerpt(hit.text)}" for hit in answer.hits[:_MAX_NEAREST])
        parts.append(f"\n\n{fixed.nearest}\n\n{_bullet_list(nearest)}" if answer.hits else "")
    return MarkdownAnswer(tuple(part for part in parts if part), tuple(quotes))


def _sources(citations: Sequence[Citation], url_of: Callable[[Article], str]) -> Iterator[str]:
    """Yield each cited article with the markers of its quotes, then the other sources of these quotes."""
    for article in {citation.article.id: citation.article for citation in citations}.values():
        own = [citation for citation in citations if citation.article.id == article.id]
        markers = " ".join(f"[{citation.index}]" for citation in own)
        others = {other.id: other for citation in own for other in citation.other_sources}
        yield f"{markers} {'; '.join(_linked(source, url_of) for source in (article, *others.values()))}"


def escape(text: str) -> str:
    """Return Markdown that shows a text as it is, on one line."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def _fence(text: str) -> str:
    """Return the opening delimiter of a code span for a text, reversed the closing one; empty if it has no markup."""
    if not _MARKUP.search(text):
        return ""
    longest_run = max(map(len, re.findall("`+", text)), default=0)
    return "`" * (longest_run + 1) + (" " if text.startswith("`") or text.endswith("`") else "")


def _linked(article: Article, url_of: Callable[[Article], str]) -> str:
    title = f"[{escape(article.title)}]({_destination(url_of(article))})"
    details = (escape(article.source or ""), str(article.published or ""))
    return " · ".join(part for part in (title, *details) if part)


def _destination(url: str) -> str:
    return re.sub(r"[\s()<>\\`\"]", lambda match: quote(match[0]), url)


def _bullet_list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return escape(line if len(line) <= _MAX_EXCERPT else line[:_MAX_EXCERPT].rpartition(" ")[0] + "…")
