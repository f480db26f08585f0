"""Runs newsqa in this process, over real HTTP, on an archive of a data set's articles."""

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

_CACHE_LIFETIME = 86_400  # seconds that archives of other versions of newsqa stay in the cache


@contextmanager
def local_service(
    data: DataSet, articles: Path, settings: Settings, progress: Progress, report_problem: Callable[[str], None]
) -> Iterator[Service]:
    """Serve an archive of a data set, see `local_asker`."""
    with (
        local_asker(data, articles, settings, progress, report_problem) as asker,
        asker_service(asker, settings) as service,
    ):
        yield service


@contextmanager
def asker_service(asker: Asker, settings: Settings) -> Iterator[Service]:
    """Serve an open archive."""
    with serve_in_thread(asker, settings) as address, Service(address) as service:
        yield service


@contextmanager
def local_asker(
    data: DataSet, articles: Path, settings: Settings, progress: Progress, report_problem: Callable[[str], None]
) -> Iterator[Asker]:
    """Index the corpus of the data set, or the folder `articles` if it has none, and open the archive.

    The archive is stored in the cache, and only changed articles are embedded again. A change of the code in `index/`
    starts a new archive, so that the result is that of the current code. `report_problem` is called with each article
    that cannot be indexed.

    Raises:
        ArticleError: `articles` does not exist.
    """
    corpus = [part for document in data.documents or () for part in (document.id, document.title, document.text)]
    parent = settings.cache / "eval" / _digest(settings.model or "", *(corpus or [str(articles.resolve())]))
    folder = parent / _code_digest()
    if parent.exists():
        for old in parent.iterdir():
            if old != folder and old.stat().st_mtime < time.time() - _CACHE_LIFETIME:
                shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [articles]
    if data.documents is None and not articles.exists():
        raise ArticleError(f"{articles}: no such file or folder: give the articles of the cases with --articles")
    if data.documents is not None:
        paths = [folder / "corpus.jsonl"]
        write_articles(data.documents, paths[0])
    settings = replace(settings, data=folder / "data")
    try:
        summary = update(paths, settings, prune=True, progress=progress)
    except ArchiveBusy:
        raise
    except ArchiveError:  # made with another model, or damaged: rebuild the cached archive
        shutil.rmtree(settings.data)
        summary = update(paths, settings, prune=True, progress=progress)
    for problem in summary.problems:
        report_problem(problem)
    with open_asker(settings, progress) as asker:
        yield asker


def _code_digest() -> str:
    files = sorted(Path(index.__file__).parent.rglob("*.py"))
    return _digest(*(file.read_text(encoding="utf-8") for file in files))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
