"""Watching goes on after errors."""

from collections.abc import Callable, Iterator

import pytest

from index.errors import ArchiveError, OtherModel
from index.types import Summary
from qa.cli.watching import Backoff, keep_updated

Outcomes = list[Exception | Summary]


def _run(outcomes: Outcomes) -> tuple[list[Summary], list[str]]:
    """Return the summaries and errors of updates with these outcomes, one for each event."""
    remaining: Iterator[Exception | Summary] = iter(outcomes)

    def update() -> Summary:
        outcome = next(remaining)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    shown: list[Summary] = []
    errors: list[str] = []
    keep_updated([None] * len(outcomes), update, Backoff(), shown.append, errors.append)
    return shown, errors


def test_updates_go_on_after_any_error_which_is_reported_once_and_so_is_its_end() -> None:
    locked = ArchiveError("catalog.sqlite: locked by another process")
    shown, errors = _run(
        [Summary(added=1), locked, locked, OSError(28, "No space left"), Summary(added=2), MemoryError()]
    )
    assert [summary.added for summary in shown] == [1, 2]
    assert errors == [
        "catalog.sqlite: locked by another process; retrying in 5 s, then less often",
        "OSError: [Errno 28] No space left; retrying in 20 s, then less often",
        "indexing works again",
        "MemoryError: ; retrying in 5 s, then less often",
    ]


def test_a_first_update_that_no_retry_can_help_ends_it() -> None:
    with pytest.raises(OtherModel):
        _run([OtherModel("made with another model")])
    assert _run([Summary(), OtherModel("made with another model"), Summary()])[1][-1] == "indexing works again"


def test_a_retry_is_due_later_after_each_failure() -> None:
    now = [0.0]
    clock: Callable[[], float] = lambda: now[0]  # noqa: E731
    backoff = Backoff(clock)
    assert not backoff.is_due()
    assert [backoff.fail() for _ in range(8)] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert not backoff.is_due()
    now[0] = 300
    assert backoff.is_due()
    backoff.succeed()
    assert not backoff.is_due()
