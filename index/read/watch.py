"""Watch folders for changes of articles; the only module that imports watchfiles."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

from index.errors import ArticleError
from index.read.formats import SUFFIXES

_DEBOUNCE = 2000  # milliseconds: the longest time during which changes are grouped
_STEP = 200  # milliseconds without a change after which a group ends
_TIMEOUT = 500  # milliseconds until the first event


def change_events(folders: Sequence[Path], data: Path, stopped: Event | None = None) -> Iterator[None]:
    """Yield once at the start, then after each group of changes of articles below `folders`.

    Changes during the handling of an event lead to another event. Changes in the folder `data` are ignored.

    Raises:
        ArticleError: a path is not a folder.
    """
    for folder in folders:
        if not folder.is_dir():
            raise ArticleError(f"{folder}: not a folder: name folders to watch")
    data_folder = data.resolve()

    def is_relevant(_: Change, name: str) -> bool:
        path = Path(name)
        # A name without a suffix may be a folder, and so may a date.
        article = path.suffix.lower() in SUFFIXES or not path.suffix or path.is_dir()
        return article and not path.name.startswith(".") and data_folder not in (path, *path.parents)

    first = True
    # Watching starts before the first event, so that no change in between is missed.
    for changes in watch(
        *(folder.resolve() for folder in folders),
        watch_filter=is_relevant,
        debounce=_DEBOUNCE,
        step=_STEP,
        rust_timeout=_TIMEOUT,
        yield_on_timeout=True,
        stop_event=stopped,
    ):
        if changes or first:
            first = False
            yield
