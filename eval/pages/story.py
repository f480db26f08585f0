"""The invented news that pages are made of, and what a reader of a page should get."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

_CASES = Path(__file__).parents[1] / "cases"
# Scripts without spaces between words: each character counts as one.
_WORD = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Story:
    """A news text; blocks that begin with `## `, `? `, `- `, `| ` or `@ ` are no plain paragraphs."""

    id: str
    language: str
    title: str
    author: str
    outlet: str
    published: str  # YYYY-MM-DD
    lead: str
    blocks: Sequence[str]
    caption: str  # of its picture
    form: str  # of the article; '' if it is an ordinary one

    @property
    def phrases(self) -> Mapping[str, Any]:
        """What a site writes around articles in the language of the story."""
        return _phrases()[self.language]

    @property
    def other_phrases(self) -> Mapping[str, Any]:
        """The same in other words."""
        return _phrases()[f"{self.language}2"]

    @property
    def day(self) -> str:
        """The day of publication, as it is written in the language of the story."""
        year, month, day = map(int, self.published.split("-"))
        return str(self.phrases["day"]).format(d=day, m=self.phrases["months"].split()[month - 1], y=year)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be read from a page; None is a field that the page does not state."""

    text: str  # without the title
    title: str
    published: str | None
    author: str | None
    outlet: str | None
    url: str


def load(file: Path = _CASES / "pages.jsonl") -> dict[str, Story]:
    """Return the stories of a file by id."""
    stories = (Story(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines())
    return {story.id: story for story in stories}


@cache
def _phrases() -> dict[str, dict[str, Any]]:
    phrases: dict[str, dict[str, Any]] = json.loads((_CASES / "pages-phrases.json").read_text(encoding="utf-8"))
    return phrases


def words(text: str) -> Counter[str]:
    """Return the words of a text in lower case, with their counts."""
    return Counter(_WORD.findall(text.lower()))


def plain(block: str) -> str:
    """Return the text of a block without its mark."""
    return re.sub(r"^(?:##|[?@-]) ", "", block)


def text_of(story: Story) -> str:
    """Return the lead and the blocks of a story, one on each line."""
    return "\n".join([story.lead, *map(plain, story.blocks)])


def paragraphs(story: Story) -> list[str]:
    """Return the blocks of a story as elements."""
    return [
        f"<h2>{escape(plain(block))}</h2>" if block.startswith("## ") else f"<p>{escape(plain(block))}</p>"
        for block in story.blocks
    ]
