"""Articles that come without a file are written one request at a time, beside questions and other writers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.closing import Closing
from index.draft import Drafter, Text
from index.embed import TextEmbedder
from index.language import Identifier
from index.read import RawArticle
from index.rows import Entry
from index.writer import Writer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an article."""

    id: str
    change: Literal["created", "updated", "unchanged"]


class Ingest(Closing):
    """Writes to the archive of a data folder. One thread at a time; close it, or use it as a context manager."""

    def __init__(self, data: Path, embedder: TextEmbedder, identifier: Identifier) -> None:
        """Use what the archive's questions are read with; nothing is opened before something is written."""
        self._data = data
        self._model = embedder.model
        self._drafter = Drafter(embedder, identifier)
        self._catalog: Writer | None = None

    def put(self, articles: Sequence[tuple[str, RawArticle]]) -> list[Outcome]:
        """Write articles under their ids, replacing those that have them, all or nothing.

        When it returns they survive a loss of power and the next question finds them. Articles with the
        same id are the same.

        Raises:
            ArchiveError: nothing was written.
        """
        catalog = self._opened()
        known = catalog.fingerprints(article_id for article_id, _ in articles)
        entries: dict[str, Entry] = {}
        texts: dict[bytes, Text] = {}
        for article_id, raw in articles:
            article = self._drafter.article(article_id, raw)
            fingerprint = self._drafter.fingerprint(article)
            if article_id not in entries and known.get(article_id, [None])[0] != fingerprint:
                draft = self._drafter.draft(article, fingerprint)
                entries[article_id] = draft.entry
                texts |= draft.texts
        # Those at hand are written again with the rest, since others may delete them meanwhile as unused.
        vectors = catalog.vectors(texts)
        vectors |= self._drafter.embedded({key: text for key, text in texts.items() if key not in vectors})
        # What came without a file does not go with one.
        unfiled = {article_id: "" for article_id, (_, origin, _url) in known.items() if origin}
        replaced = catalog.keep([*entries.values()], vectors, unfiled)
        outcomes = []
        for article_id, _ in articles:
            entry = entries.pop(article_id, None)
            change: Literal["updated", "created"] = "updated" if article_id in replaced else "created"
            outcomes.append(Outcome(article_id, change if entry else "unchanged"))
        return outcomes

    def delete(self, article_id: str) -> bool:
        """Delete an article, wherever it came from; tell whether there was one.

        Raises:
            ArchiveError: nothing was deleted.
        """
        return self._opened().delete([article_id]) > 0

    def _opened(self) -> Writer:
        if self._catalog is not None and self._catalog.replaced():
            self.close()
        if self._catalog is None:
            self._catalog = Writer.open(self._data, self._model)
        return self._catalog

    def close(self) -> None:
        """Close the catalog."""
        if self._catalog is not None:
            self._catalog.close()
        self._catalog = None
