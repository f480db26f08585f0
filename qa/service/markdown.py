"""An answer as Markdown in which nothing acts but our own links, whatever articles hold."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from index.types import Article, Span
from qa.types import Answer

_NEAREST = 3  # passages shown instead of an answer
_SHOWN = 300  # characters of each
# What makes markup of a quote, or would together with what stands around it.
_ACTING = re.compile(r"[`*_~<\\]|\][(\[:]|\[\d|&#?\w+;|://|www\.|^(?:[#>+-]|\d+[.)]\s)", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\`*_~\[\]<>]|&(?=#?\w+;)|:(?=//)|(?<=www)\.|^[#+-]|(?<=^\d)[.)]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as Markdown."""

    parts: tuple[str, ...]  # all of it, in the order in which it may be shown bit by bit
    quotes: tuple[Span, ...]  # where each citation's quote stands in the whole, in code points

    @property
    def text(self) -> str:
        """The whole."""
        return "".join(self.parts)


def write(answer: Answer, address: Callable[[Article], str], asked: str | None = None) -> Written:
    """Write quotes with markers that link to their sources, then the sources; without quotes, the nearest passages.

    A quote stands there to the character; one that would be taken for markup is made code. `asked` is shown first.
    """
    parts = [f"*{escaped(asked)}*\n\n"] if asked else []
    at = sum(map(len, parts))
    quotes: list[Span] = []
    for citation in answer.citations:
        fence = _fence(citation.text)
        before = f"{' ' if quotes else ''}{fence}"
        quotes.append((at + len(before), at + len(before) + len(citation.text)))
        after = f"{fence[::-1]} [{citation.index}]({_destination(address(citation.article))})"
        parts.append(before + citation.text + after)
        at += len(parts[-1])
    if quotes:
        articles = {citation.article.id: citation.article for citation in answer.citations}
        markers = {
            id_: " ".join(f"[{citation.index}]" for citation in answer.citations if citation.article.id == id_)
            for id_ in articles
        }
        sources = (f"{markers[id_]} {_named(article, address)}" for id_, article in articles.items())
        parts.append(f"\n\nSources:\n\n{_listed(sources)}")
    else:
        parts.append(answer.text)
        nearest = (f"{_named(hit.article, address)}: {_shortened(hit.text)}" for hit in answer.hits[:_NEAREST])
        parts.append(f"\n\nThe nearest passages:\n\n{_listed(nearest)}" if answer.hits else "")
    return Written(tuple(part for part in parts if part), tuple(quotes))


def escaped(text: str) -> str:
    """Return Markdown that shows a text in one line."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def _fence(text: str) -> str:
    """Return what opens code that holds a text, empty if it need not be code; reversed, it closes it."""
    if not _ACTING.search(text):
        return ""
    longest = max(map(len, re.findall("`+", text)), default=0)
    return "`" * (longest + 1) + (" " if text.startswith("`") or text.endswith("`") else "")


def _named(article: Article, address: Callable[[Article], str]) -> str:
    title = f"[{escaped(article.title)}]({_destination(address(article))})"
    details = (escaped(article.source or ""), str(article.published or ""))
    return " · ".join(part for part in (title, *details) if part)


def _destination(url: str) -> str:
    return re.sub(r"[\s()<>\\`\"]", lambda found: quote(found[0]), url)


def _listed(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _shortened(text: str) -> str:
    shown = " ".join(text.split())
    return escaped(shown if len(shown) <= _SHOWN else shown[:_SHOWN].rpartition(" ")[0] + "…")
