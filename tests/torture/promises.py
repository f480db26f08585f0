"""What an archive owes to those who wrote to it."""

from dataclasses import dataclass, field
from pathlib import Path

from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.local.doctor import examine
from index.process import ArticleProcessor
from index.read.article import without_file
from qa.ask import Asker
from tests.fakes import HashEmbedder, identifier, writer_of

Changes = dict[str, str | None]
"""Texts of articles by id, None for those that are deleted."""


@dataclass
class Promises:
    """What must be there: what was acknowledged, or else what was being written."""

    kept: Changes = field(default_factory=dict)
    begun: dict[str, set[str | None]] = field(default_factory=dict)

    def begin(self, changes: Changes) -> None:
        """Remember what is about to be written."""
        for key, text in changes.items():
            self.begun.setdefault(key, set()).add(text)

    def keep(self, changes: Changes) -> None:
        """Remember what was acknowledged."""
        for key in changes:
            self.begun.pop(key, None)
        self.kept |= changes

    def broken(self, found: dict[str, str]) -> list[str]:
        """Return which are broken; what was found is what must be there from now on."""
        wrong = []
        for key in {*self.kept, *self.begun, *found}:
            allowed = {self.kept.get(key)} | self.begun.get(key, set())
            if found.get(key) not in allowed:
                wrong.append(f"{key}: {found.get(key)!r:.60} and none of {[f'{one!r:.60}' for one in allowed]}")
        self.kept, self.begun = {**found}, {}
        return wrong


def write(ingest: Ingest, changes: Changes) -> None:
    """Write what changes."""
    articles = [(key, without_file({"text": text})) for key, text in changes.items() if text is not None]
    if articles:
        ingest.put(articles)
    for key in changes.keys() - {key for key, _ in articles}:
        ingest.delete(key)


def examined(data: Path) -> dict[str, str]:
    """Return the texts of an archive that opens, is sound, answers and can be written again."""
    with LocalArchive(data) as archive:
        asker = Asker(archive, HashEmbedder(), identifier())
        for question in ("le pont et la grue", "港口", "vote du budget"):
            for citation in asker.ask(question).citations:
                start, end = citation.span
                assert citation.article.text[start:end] == citation.text
        texts = {_name(article.origin, article.id): article.text for article in archive.catalog.page(10_000, 0)}
    assert examine(data, ArticleProcessor(HashEmbedder(), identifier()), share=1).problems == []
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        ingest.put([("probe", without_file({"text": "Il neige."}))])
        assert ingest.delete("probe")
    return texts


def _name(origin: str, article_id: str) -> str:
    return Path(origin).stem if origin else article_id
