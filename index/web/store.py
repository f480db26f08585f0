"""Store what was fetched: articles durably, one by one, and refusals in their log."""

from collections.abc import Awaitable, Callable, Collection, Sequence

from index.errors import ArticleError, FetchError
from index.ingest import Outcome
from index.model.cache import Progress
from index.read.article import RawArticle
from index.types import Summary
from index.web.article import Found
from index.web.refused import RefusedLog
from index.web.urls import is_fetchable

Run = Callable[[Sequence[tuple[str, RawArticle]], Collection[str]], Awaitable[list[Outcome]]]
"""Does `Ingest.put` on the thread that writes."""


class Store:
    """Stores what `collect` and `feeds.update` find, and counts it."""

    def __init__(self, log: RefusedLog, run: Run, summary: Summary, progress: Progress) -> None:
        """Write articles with `run`, and count them in `summary`; the caller saves the log."""
        self.summary = summary
        self._log = log
        self._run = run
        self._progress = progress

    async def write(self, url: str, item: list[Found] | FetchError) -> None:
        """Store the articles found at a URL, or note why there are none. On return the articles are durable.

        An empty list stands for a page that has not changed.

        Raises:
            ArchiveError: an article cannot be stored.
        """
        if not isinstance(item, FetchError):
            self.summary.unchanged += not item
            try:
                for found in item:
                    replacing = [found.id] if found.current else []
                    (outcome,) = await self._run([(found.id, found.raw)], replacing)
                    self._count(outcome)
                    self.summary.warnings += found.raw.warnings
            except ArticleError as error:
                item = FetchError(url, f"no article can be read there: {error}")
        if isinstance(item, FetchError):
            self.summary.problems.append(str(item))
            self._log.note(url, item if is_fetchable(url) else None)  # to try it again would not help
        else:
            self._log.note(url, None)
        summary = self.summary
        done = summary.added + summary.updated + summary.unchanged + len(summary.problems)
        self._progress(f"{summary.added + summary.updated} new, {summary.unchanged} unchanged", done, 0)

    def _count(self, outcome: Outcome) -> None:
        self.summary.added += outcome.change == "created"
        self.summary.updated += outcome.change == "updated"
        self.summary.unchanged += outcome.change == "unchanged"
