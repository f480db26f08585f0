"""Watch folders for changes of articles; the only module that imports watchfiles."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

from index.errors import ArticleError
from index.read.formats import format_of

_DEBOUNCE, _STEP, _TIMEOUT = 2000, 200, 500  # milliseconds, see `change_events`


def _never() -> bool:
    return False


def change_events(
    folders: Sequence[Path],
    data: Path,
    stopped: Event | None = None,
    *,
    debounce: int = _DEBOUNCE,
    step: int = _STEP,
    timeout: int = _TIMEOUT,
    due: Callable[[], bool] = _never,
) -> Iterator[None]:
    """Yield once at the start, then after each group of changes of articles below `folders`, and when `due` says so.

    Changes during the handling of an event lead to another event. Changes in the folder `data` are ignored. Changes are
    grouped for at most `debounce` milliseconds, until none comes for `step`; the first event comes after `timeout`. A
    folder that was removed, such as one that was unmounted, is watched again when it is back.

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
        article = format_of(path) is not None or not path.suffix or path.is_dir()
        return article and not path.name.startswith(".") and data_folder not in (path, *path.parents)

    started = False
    while stopped is None or not stopped.is_set():
        watched = _identities(folders)
        if not any(watched):
            time.sleep(timeout / 1000)
            if due():
                yield
            continue
        # Watching starts before the first event, so that no change in between is missed.
        for changes in watch(
            *(folder.resolve() for folder, identity in zip(folders, watched, strict=True) if identity),
            watch_filter=is_relevant,
            debounce=debounce,
            step=step,
            rust_timeout=timeout,
            yield_on_timeout=True,
            stop_event=stopped,
        ):
            other = _identities(folders) != watched
            if changes or not started or other or due():
                started = True
                yield
            if other:
                started = False  # changes may be missed until they are watched again
                break


def _identities(folders: Sequence[Path]) -> list[tuple[int, int] | None]:
    """Return what distinguishes each folder from another one at the same path, None for a missing one."""
    identities: list[tuple[int, int] | None] = []
    for folder in folders:
        try:
            status = folder.stat()
            identities.append((status.st_dev, status.st_ino))
        except OSError:
            identities.append(None)
    return identities
