"""Update an archive after each event, and after an error again until it works."""

import time
from collections.abc import Callable, Iterable

from index.errors import NewsqaError, OtherFormat, OtherModel, SettingsError
from index.types import Summary

_MIN_WAIT, _MAX_WAIT = 5.0, 300.0  # seconds before a retry; doubled after each failure
_PERMANENT = (SettingsError, OtherModel, OtherFormat)  # no retry removes them


class Backoff:
    """When to retry what has failed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing has failed yet."""
        self._clock = clock
        self._wait = 0.0
        self._due = 0.0

    @property
    def failed(self) -> bool:
        """Whether the last try failed."""
        return self._wait > 0

    def fail(self) -> float:
        """Note a failure; return the seconds before the next try."""
        self._wait = min(max(2 * self._wait, _MIN_WAIT), _MAX_WAIT)
        self._due = self._clock() + self._wait
        return self._wait

    def succeed(self) -> None:
        """Note that a try succeeded."""
        self._wait = 0.0

    def is_due(self) -> bool:
        """Return whether it is time to retry."""
        return self.failed and self._clock() >= self._due


def keep_updated(
    events: Iterable[None],
    update: Callable[[], Summary],
    backoff: Backoff,
    show: Callable[[Summary], None],
    report: Callable[[str], None],
) -> None:
    """Call `update` for each event, which also comes when `backoff` is due; `report` errors, each once in a row.

    Raises:
        NewsqaError: the first update fails for a reason that no retry removes.
    """
    reported = ""
    updated = False
    for _ in events:
        try:
            summary = update()
        except _PERMANENT as error:
            if not updated:
                raise
            message = str(error)
        except NewsqaError as error:
            message = str(error)
        except Exception as error:  # noqa: BLE001 - whatever happens, later changes must be indexed
            message = f"{type(error).__name__}: {error}"
        else:
            updated = True
            if backoff.failed:
                report("indexing works again")
                backoff.succeed()
                reported = ""
            show(summary)
            continue
        wait = backoff.fail()
        if message != reported:
            report(f"{message}; retrying in {wait:g} s, then less often")
            reported = message
