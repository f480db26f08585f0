"""The durability guarantees of an archive to its writers."""

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
"""Texts of articles by id, None for a deletion."""


@dataclass
class Promises:
    """The expected content: acknowledged changes, and changes in progress that may be complete or absent."""

    kept: Changes = field(default_factory=dict)
    begun: dict[str, set[str | None]] = field(default_factory=dict)

    def begin(self, changes: Changes) -> None:
        """Record changes that are about to be written."""
        for key, text in changes.items():
            self.begun.setdefault(key, set()).add(text)

    def keep(self, changes: Changes) -> None:
        """Record acknowledged changes."""
        for key in changes:
            self.begun.pop(key, None)
        self.kept |= changes

    def withdraw(self, changes: Changes) -> None:
        """Record changes that were begun and then refused: they must not have been made."""
        for key, text in changes.items():
            self.begun[key].discard(text)

    def broken(self, actual: dict[str, str]) -> list[str]:
        """Return the broken promises; `actual` becomes the expected content."""
        problems = []
        for key in {*self.kept, *self.begun, *actual}:
            allowed = {self.kept.get(key)} | self.begun.get(key, set())
            if actual.get(key) not in allowed:
                expected = [f"{text!r:.60}" for text in allowed]
                problems.append(f"{key}: {actual.get(key)!r:.60}, expected one of {expected}")
        self.kept, self.begun = {**actual}, {}
        return problems


def write(ingest: Ingest, changes: Changes) -> None:
    """Write and delete articles."""
    articles = [(key, without_file({"text": text})) for key, text in changes.items() if text is not None]
    if articles:
        ingest.put(articles)
    for key in changes.keys() - {key for key, _ in articles}:
        ingest.delete(key)


def examined(data: Path) -> dict[str, str]:
    """Check that an archive opens, is consistent, answers and is writable; return its texts."""
    with LocalArchive(data) as archive:
        asker = Asker(archive, HashEmbedder(), identifier())
        for question in ("le pont et la grue", "港口", "vote du budget"):
            for citation in asker.ask(question).citations:
                start, end = citation.span
                assert citation.article.text[start:end] == citation.text
        articles = archive.catalog.page(10_000, 0)
        texts = {_name(article.origin, article.id): article.text for article in articles}
        assert len(articles) == len(texts), "an article is there twice"
    assert examine(data, ArticleProcessor(HashEmbedder(), identifier()), share=1).problems == []
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        ingest.put([("probe", without_file({"text": "Il neige."}))])
        assert ingest.delete("probe")
    return texts


def _name(origin: str, article_id: str) -> str:
    return Path(origin).stem if origin else article_id
