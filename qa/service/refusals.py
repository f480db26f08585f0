"""Counts what is refused before a request has a log line of its own."""

import logging
import time
from collections import Counter
from collections.abc import Callable

from qa.service.metrics import Metrics

_INTERVAL = 10.0  # seconds between two log lines
_log = logging.getLogger("newsqa")


class Refusals:
    """Counts refusals by reason in the metrics; a line in the log sums up those of ten seconds."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        """Count in `metrics`."""
        self.metrics = metrics
        self._clock = clock
        self._logged = clock() - _INTERVAL
        self._new = Counter[str]()

    def count(self, reason: str) -> None:
        """Count a refusal."""
        self._new[reason] += 1
        self.metrics.count_refusal(reason)

    def log(self, *, final: bool = False) -> None:
        """Log what was refused since the last line, unless that was less than ten seconds ago and this is not final."""
        now = self._clock()
        if self._new and (final or now - self._logged >= _INTERVAL):
            _log.warning("refused", extra={"reasons": dict(self._new)})
            self._new.clear()
            self._logged = now
