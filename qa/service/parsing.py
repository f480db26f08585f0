"""Reads the texts of articles that clients send, long ones in a process of their own."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor, wait

from index.read.article import RawArticle
from index.read.isolated import MAX_TRUSTED, IsolatedReader
from qa.service.schemas.writing import NewArticle

_MAX_SECONDS = 20.0  # for one text; the slowest of 2,000,000 code points that is no attack takes about 15
_MAX_MEMORY = 2_000_000_000  # bytes of the process that reads it
_POLL = 0.05  # seconds of a step


class Parser:
    """Reads one long text at a time. Use its generators from one thread; close it."""

    def __init__(self, max_seconds: float = _MAX_SECONDS) -> None:
        """Start nothing yet: most texts are short."""
        self._reader = IsolatedReader(max_seconds, _MAX_MEMORY)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="parse")

    def steps(self, article: NewArticle) -> Generator[None, None, RawArticle]:
        """Return the article as it would be read from a file, in steps of a small part of a second.

        Raises:
            FieldError: a field is invalid, or the text takes too much time or memory.
        """
        if len(article.text) <= MAX_TRUSTED:
            return article.raw(self._reader.readable)
        future = self._thread.submit(self._read, article)
        try:
            while not future.done():
                wait([future], _POLL)
                yield
        finally:
            future.cancel()
        return future.result()

    def _read(self, article: NewArticle) -> RawArticle:
        try:
            return article.raw(self._reader.readable)
        finally:
            self._reader.close()  # it would keep its memory; a new one takes a quarter of a second

    def close(self) -> None:
        """End what is read."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._reader.close()
