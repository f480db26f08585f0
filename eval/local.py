"""newsqa itself, in this process and over real HTTP, on an archive made of a data set's articles."""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import index
from eval.ask import Progress
from eval.systems import Service, write_articles
from eval.types import DataSet
from index.errors import ArchiveBusy, ArchiveError, ArticleError
from qa.archive import open_asker, update
from qa.ask import Asker
from qa.service.serve import serve_in_thread
from qa.settings import Settings

_KEPT = 86_400  # seconds that archives of other versions of newsqa stay in the cache


@contextmanager
def served_locally(
    data: DataSet, articles: Path, settings: Settings, progress: Progress, unread: Callable[[str], None]
) -> Iterator[Service]:
    """Serve the archive of a data set."""
    with archived(data, articles, settings, progress, unread) as asker, serving(asker, settings) as service:
        yield service


@contextmanager
def serving(asker: Asker, settings: Settings) -> Iterator[Service]:
    """Serve an archive that is open."""
    with serve_in_thread(asker, settings) as address, Service(address) as service:
        yield service


@contextmanager
def archived(
    data: DataSet, articles: Path, settings: Settings, progress: Progress, unread: Callable[[str], None]
) -> Iterator[Asker]:
    """Index the data set's own corpus, or else the folder `articles`, and open it.

    The archive is kept in the cache and only what changed is embedded again. A change of newsqa's own indexing makes a
    new one, so that what is measured is what the code at hand does. `unread` is told what could not be indexed.

    Raises:
        ArticleError: there are no articles.
    """
    own = [part for document in data.documents or () for part in (document.id, document.title, document.text)]
    home = settings.cache / "eval" / _digest(settings.model or "", *(own or [str(articles.resolve())]))
    folder = home / _code()
    if home.exists():
        for old in home.iterdir():
            if old != folder and old.stat().st_mtime < time.time() - _KEPT:
                shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [articles]
    if data.documents is None and not articles.exists():
        raise ArticleError(f"{articles}: no such file or folder: name what the cases are about with --articles")
    if data.documents is not None:
        paths = [folder / "corpus.jsonl"]
        write_articles(data.documents, paths[0])
    settings = replace(settings, data=folder / "data")
    try:
        summary = update(paths, settings, prune=True, progress=progress)
    except ArchiveBusy:
        raise
    except ArchiveError:  # of another model, or damaged: it is only a cache
        shutil.rmtree(settings.data)
        summary = update(paths, settings, prune=True, progress=progress)
    for problem in summary.problems:
        unread(problem)
    with open_asker(settings, progress) as asker:
        yield asker


def _code() -> str:
    files = sorted(Path(index.__file__).parent.rglob("*.py"))
    return _digest(*(file.read_text(encoding="utf-8") for file in files))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
