"""The formats of files that can be indexed: the one table to add another to."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file; `index.read.<module>.read(file, name, stream)` yields its articles and problems."""

    module: str  # imported with the first file of the format, since its libraries take time to load
    holds: str  # what such a file holds, in Markdown, for the README
    by_line: bool = False  # whether each line is an article of its own


_MARKDOWN = Format(
    "markdown",
    "one article in Markdown or HTML; front matter (YAML) may give `title`, `date`, `author`, `source`, `url`, "
    "`language`",
)
_PLAIN = Format(
    "markdown",
    "one article in plain text, Markdown links allowed; it may begin with front matter or with `date 2026-02-12`",
)
_LINES = Format(
    "jsonl",
    'one article a line: `{"text", "title", "date", "author", "source", "url", "language"}`, all but `text` optional',
    by_line=True,
)
FORMATS = {".jsonl": _LINES, ".markdown": _MARKDOWN, ".md": _MARKDOWN, ".txt": _PLAIN}
"""Formats by suffix, from which the messages, the help texts and the table in README.md are made."""

SUFFIXES = tuple(FORMATS)


def format_of(file: Path) -> Format | None:
    """Return the format of a file by its suffix, None if it is not one that can be indexed."""
    return FORMATS.get(file.suffix.lower())
