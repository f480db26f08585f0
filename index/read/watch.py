"""Folders are watched for articles that change; the only module that imports watchfiles."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

from index.errors import ArticleError
from index.read.formats import SUFFIXES

_GATHER, _STILL, _FIRST = 2000, 200, 500  # milliseconds, see `turns`


def turns(
    folders: Sequence[Path],
    data: Path,
    stopped: Event | None = None,
    *,
    gather: int = _GATHER,
    still: int = _STILL,
    first: int = _FIRST,
) -> Iterator[None]:
    """Give a first turn, and then one whenever articles below `folders` have changed since the turn before began.

    What happens in the folder `data`, the archive's own, is no change. Changes are taken together for at most `gather`
    milliseconds, until none has come for `still`; the first turn comes after `first`.

    Raises:
        ArticleError: one is not a folder.
    """
    for folder in folders:
        if not folder.is_dir():
            raise ArticleError(f"{folder}: not a folder: name folders to watch")
    own = data.resolve()

    def telling(_: Change, name: str) -> bool:
        path = Path(name)
        # What has no suffix may be a folder, and so may one that is named by a date.
        article = path.suffix.lower() in SUFFIXES or not path.suffix or path.is_dir()
        return article and not path.name.startswith(".") and own not in (path, *path.parents)

    begun = False
    # Watching begins before the first turn, so that nothing is missed between the two.
    for changes in watch(
        *(folder.resolve() for folder in folders),
        watch_filter=telling,
        debounce=gather,
        step=still,
        rust_timeout=first,
        yield_on_timeout=True,
        stop_event=stopped,
    ):
        if changes or not begun:
            begun = True
            yield
