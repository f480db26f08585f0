"""Watching of folders."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.errors import ArticleError
from index.read.watch import change_events
from tests.fakes import index_paths, write_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "articles", {"a.md": "Il neige.", "z.md": "Il gèle."})


class Watched:
    """A folder that is watched from a thread."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.count = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(folder, data))
        self._thread.start()

    def _watch(self, folder: Path, data: Path) -> None:
        for _ in change_events([folder], data, self._stopped, debounce=400, step=50, timeout=100):
            index_paths(folder, data=data)
            self.count += 1

    def after(self, change: Callable[[], object], seconds: float = 60) -> int:
        """Make a change; return the number of events after the next event, or after `seconds` without one."""
        before = self.count
        change()
        for _ in range(round(20 * seconds)):
            if self.count > before:
                break
            time.sleep(0.05)
        time.sleep(0.5)
        return self.count

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        self._thread.join()


@pytest.fixture
def watched(folder: Path) -> Iterator[Watched]:
    """The folder, watched, with its archive inside and its first event handled."""
    watched = Watched(folder, folder / "data")
    while watched.count < 1:
        time.sleep(0.05)
    yield watched
    watched.stop()


def test_a_folder_has_a_first_event_and_one_for_every_change(folder: Path, watched: Watched) -> None:
    assert watched.after(lambda: write_files(folder, {"b.md": "Il pleut."})) == 2
    assert watched.after(lambda: write_files(folder, {"b.md": "Il pleut fort."})) == 3
    assert watched.after(lambda: write_files(folder, {"monde/c.txt": "Il vente."})) >= 4


def test_a_deleted_file_is_a_change(folder: Path, watched: Watched) -> None:
    assert watched.after((folder / "a.md").unlink) == 2


def test_what_is_no_article_is_no_change(folder: Path, watched: Watched) -> None:
    assert watched.after(lambda: write_files(folder, {"photo.png": "x", ".hidden.md": "x", "data/x.md": "x"}), 0.5) == 1


def test_many_changes_have_few_events(folder: Path, watched: Watched) -> None:
    assert watched.after(lambda: write_files(folder, {f"{n}.md": f"Le village {n} vote." for n in range(200)})) <= 4


def test_a_change_during_the_first_event_is_not_missed(folder: Path, tmp_path: Path) -> None:
    stopped = threading.Event()
    count = 0
    for _ in change_events([folder], tmp_path / "data", stopped, debounce=400, step=50, timeout=100):
        count += 1
        if count == 1:
            write_files(folder, {"b.md": "Il pleut."})
        else:
            stopped.set()
    assert count == 2


def test_what_is_not_a_folder_is_refused(tmp_path: Path, folder: Path) -> None:
    for path in (tmp_path / "absent", folder / "a.md"):
        with pytest.raises(ArticleError, match=f"^{path}: not a folder"):
            next(change_events([path], tmp_path / "data"))


def test_a_folder_that_was_removed_is_watched_again_when_it_is_back(folder: Path) -> None:
    stopped = threading.Event()
    events = change_events([folder], folder / "data", stopped, debounce=100, timeout=50, step=20)
    next(events)
    folder.rename(folder.with_name("away"))
    next(events)
    folder.with_name("away").rename(folder)
    next(events)
    threading.Timer(0.3, write_files, (folder, {"b.md": "Il pleut."})).start()
    next(events)
    stopped.set()


def test_an_event_comes_when_a_retry_is_due(folder: Path) -> None:
    stopped, due = threading.Event(), iter([False, True, False, True])
    events = change_events([folder], folder / "data", stopped, timeout=50, step=20, due=lambda: next(due))
    assert [next(events) for _ in range(3)] == [None, None, None]
    stopped.set()
