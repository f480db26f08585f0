"""newsqa in one process, without its reader, from files to a published archive and from a question to an answer."""

import json
import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from index.types import Filter
from qa.archive import open_asker, updater
from qa.settings import Settings

_PASSAGE = "https://passage.invalid/"  # the rest of a url is the id of the passage


class Adapter:
    """newsqa, in process."""

    packages = ("newsqa", "onnxruntime", "faiss-cpu", "tantivy", "numpy")
    filters = ("language", "outlet")
    service = None

    def __init__(self, model: str, data: str) -> None:  # noqa: ARG002 - the bundled model is in the cache
        """Name the data folder."""
        self._data = Path(data)
        self._settings = replace(Settings.from_environment(os.environ), data=self._data, reader="off", model=None)
        self._stack = ExitStack()

    def prepare(self) -> None:
        """Load the model for indexing."""
        self._update = self._stack.enter_context(updater(self._settings, lambda *_: None))

    def index(self, passages: list[dict[str, str]], vectors: str | None) -> None:  # noqa: ARG002 - embeds itself
        """Index each passage as an article."""
        file = self._data / "articles.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            for passage in passages:
                row = {"url": _PASSAGE + passage["id"], "title": passage["title"], "text": passage["text"]}
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._update([file], prune=True, progress=lambda *_: None)
        file.unlink()

    def open(self) -> None:
        """Open the archive."""
        self._asker = self._stack.enter_context(open_asker(self._settings, lambda *_: None))

    def ask(self, question: str, k: int, filters: dict[str, str]) -> list[str]:
        """Return the best passages; what `index` stored in several passages counts once."""
        chosen = {name: (filters[name],) if name in filters else () for name in self.filters}
        answer = self._asker.ask(question, k, Filter(languages=chosen["language"], sources=chosen["outlet"]))
        ids = (
            (hit.article.url or "").removeprefix(_PASSAGE)
            if (hit.article.url or "").startswith(_PASSAGE)
            else str(hit.passage.number)
            for hit in answer.hits
        )
        return list(dict.fromkeys(ids))

    def close(self) -> None:
        """Close the archive."""
        self._stack.close()
