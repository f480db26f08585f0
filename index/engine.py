"""Where the shards of an update are embedded: in a thread of this process, or by an engine such as `index.ray`."""

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, Self

from index.process import ArticleProcessor
from index.shard import Shard
from index.types import PassageVectors


class Engine(Protocol):
    """Embeds shards while the caller reads the next articles."""

    @property
    def ahead(self) -> int:
        """How many shards may wait or be embedded while articles are read, so that no worker is idle; it may change."""
        ...

    @property
    def hosts(self) -> Counter[str]:
        """How many passages each host has embedded; empty if this process embeds."""
        ...

    def submit(self, shard: Shard) -> Future[dict[bytes, PassageVectors]]:
        """Embed a shard; the future raises `NewsqaError`."""
        ...


class LocalEngine:
    """Embeds shards one after the other in a thread, on all cores of this machine."""

    def __init__(self, processor: ArticleProcessor) -> None:
        """Use the embedder of `processor`."""
        self._processor = processor
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embed-ahead")

    @property
    def ahead(self) -> int:
        """One shard, and one that waits."""
        return 2

    @property
    def hosts(self) -> Counter[str]:
        """Nothing: there is one host."""
        return Counter()

    def submit(self, shard: Shard) -> Future[dict[bytes, PassageVectors]]:
        """Embed a shard after those before it."""
        return self._thread.submit(self._processor.embed, shard)

    def __enter__(self) -> Self:
        """Return the engine."""
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what waits, and wait for the shard that is being embedded."""
        self._thread.shutdown(cancel_futures=True)
