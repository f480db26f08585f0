"""Pages written by hand in the markup of news sites; their text is marked with ⟦ and ⟧."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from eval.pages.story import Expected

_CASES = Path(__file__).parents[1] / "cases"
SETS = ("third", "fourth")
"""Folders `eval/cases/pages-NAME`."""


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """A page in HTML, `{charset}` and all, with what is to be read from it."""

    name: str
    html: str
    language: str
    expected: Expected


def load(name: str, site: str) -> Iterator[MarkedPage]:
    """Yield the pages of a set.

    The first line of a file is a comment with the fields, and with `text` if the text is not marked.
    """
    for file in sorted((_CASES / f"pages-{name}").glob("*.html")):
        first, source = file.read_text(encoding="utf-8").split("\n", 1)
        fields = json.loads(first.removeprefix("<!--").removesuffix("-->"))
        url = f"{site}/{name}/{file.stem}.html"
        marked = re.findall(r"⟦(.*?)⟧", source, re.DOTALL)
        text = fields.get("text") or "\n".join(unescape(re.sub(r"<[^>]*>", " ", each)) for each in marked)
        language = re.search(r'<html[^>]* lang="(\w\w)', source, re.IGNORECASE)
        expected = Expected(text, fields["title"], fields["published"], fields["author"], fields["outlet"], url)
        html = re.sub("[⟦⟧]", "", source).replace("{url}", url)
        yield MarkedPage(file.stem, html, language[1] if language else "fr", expected)
