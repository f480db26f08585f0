"""Publish generations: write what is new, share what is not; `python -m index.local.publish DATA` publishes one.

Memory stays bounded: passages are read in batches, and vectors are written in segments of limited size.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from index.errors import ArchiveBusy, ArchiveError
from index.files import link, make_folder, make_private, sha256, sync
from index.local.catalog import Catalog, Content, State
from index.local.generation import (
    DEAD,
    GENERATIONS,
    SEGMENTS,
    WORDS,
    Generation,
    Manifest,
    files,
    newest_valid,
    published,
    segment_folder,
)
from index.local.lexical import LexicalIndex
from index.local.lock import publish_lock, write_lock
from index.local.segments import MAX_SIZE, Segment
from index.local.writer import CatalogWriter
from index.model.centering import LanguageMeans
from index.types import Numbers

_LOCK_TIMEOUT = 60.0  # seconds; another process may be publishing a large generation
_MAX_DEAD_SHARE = 0.2  # of the passages of a generation; with more, all segments are written again


def publish(catalog: Catalog, data: Path, *, wait: float = _LOCK_TIMEOUT, anew: bool = False) -> Generation:
    """Publish a generation of the current state of the catalog if there is none; return it.

    Waits at most `wait` seconds for another process that publishes. With `anew`, nothing of earlier generations is
    used, and these are deleted, since they have the words of articles that were deleted.

    Raises:
        ArchiveError: the generation cannot be written.
    """
    means, folder = LanguageMeans.of(catalog.model), data / GENERATIONS
    with publish_lock(data, wait), catalog.reading():
        base = None if anew else newest_valid(catalog, data, means)
        if base is not None and base.state == catalog.state:
            return base
        state = catalog.state
        try:
            with _new_folder(folder, state) as place:
                _write(place, catalog, means, base)
                target = folder / str(state.revision)
                if target.exists():
                    shutil.rmtree(target)  # of another state, or damaged
                place.rename(target)
                sync(folder)
        except OSError as error:
            raise ArchiveError(
                f"{folder}: the index cannot be written ({error}): free space or check permissions, then index again"
            ) from error
        _delete_old(folder, state.revision, keep_predecessor=not anew)
        return Generation.read(folder, state.revision, catalog.model, means, base)


def build(catalog: Catalog, means: LanguageMeans) -> Generation:
    """Build a generation of the current state outside the archive, for one that cannot be written, or other means."""
    with catalog.reading():
        place = Path(mkdtemp(prefix=".newsqa-"))
        try:
            _write(place, catalog, means, None)
            return Generation.open(place, catalog.state, {})
        finally:
            shutil.rmtree(place, ignore_errors=True)  # its files are open


@contextmanager
def _new_folder(folder: Path, state: State) -> Iterator[Path]:
    """Create a temporary folder for a generation, and delete it if the block fails."""
    place = folder / f".{state.revision}-{os.getpid()}"
    try:
        shutil.rmtree(place, ignore_errors=True)
        make_folder(place)
        yield place
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def _delete_old(folder: Path, revision: int, *, keep_predecessor: bool) -> None:
    """Delete all generations but that of `revision` and its predecessor, and what crashes have left.

    The predecessor is kept for processes that are opening it, and in case the new generation gets damaged. Later
    generations belong to a catalog that was since replaced by an older copy.
    """
    kept = {revision}
    if keep_predecessor:
        kept |= {max((old for old in published(folder) if old < revision), default=revision)}
    for old in set(published(folder)) - kept:
        shutil.rmtree(folder / str(old), ignore_errors=True)
    for leftover in folder.glob(".*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _write(place: Path, catalog: Catalog, means: LanguageMeans, base: Generation | None) -> None:
    """Write a generation of the current state; `base` is an earlier one."""
    dead = _dead(base, catalog)
    if base is not None and len(dead) > _MAX_DEAD_SHARE * len(base.segments):
        base, dead = None, dead[:0]
    last = base.last if base else 0
    kept = base.segments.kept(len(catalog.numbers_after(last))) if base else ()
    after = kept[-1].last if kept else 0
    (place / SEGMENTS).mkdir()
    if base:
        for segment in kept:
            _link_folder(segment_folder(base.place, segment), segment_folder(place, segment))
    writer = _SegmentWriter(place / SEGMENTS, means)
    LexicalIndex.write(
        place / WORDS,
        (_later(content, last) for content in writer.passing(catalog.contents(after))),
        base.place / WORDS if base else None,
        np.setdiff1d(dead, base.dead, assume_unique=True).tolist() if base else (),
    )
    np.save(place / DEAD, dead[dead <= after])
    _finish(place, catalog, means, base)


def _finish(place: Path, catalog: Catalog, means: LanguageMeans, base: Generation | None) -> None:
    """Write the manifest of a generation, and flush all that is new to the disk."""
    generation = Generation.open(place, catalog.state, {})
    names = [*files(place)]
    shared = {name: base.files[name] for name in names if base and base.shares(place / name, name)}
    manifest = Manifest.of(
        catalog.state,
        catalog.model,
        means,
        passages=len(generation.segments),
        words=len(generation.lexical),
        files={name: shared.get(name) or sha256(place / name) for name in names},
    )
    manifest.write(place)
    make_private(place)
    for path in (*place.rglob("*"), place):
        if path.relative_to(place).as_posix() not in shared:
            sync(path)


def _dead(base: Generation | None, catalog: Catalog) -> Numbers:
    """Return the passages of a generation that the catalog has no longer."""
    if base is None:
        return np.empty(0, np.int64)
    if catalog.passage_count() - len(catalog.numbers_after(base.last)) == len(base.segments) - len(base.dead):
        return base.dead
    stored = catalog.numbers_until(base.last)
    dead: Numbers = np.setdiff1d(base.segments.numbers, stored, assume_unique=True)
    return dead


def _later(content: Content, number: int) -> Content:
    """Return the passages of a content with numbers greater than `number`."""
    start = int(np.searchsorted(content.numbers, number, side="right"))
    return content if not start else content.rows(start)


def _link_folder(folder: Path, target: Path) -> None:
    target.mkdir()
    for file in folder.iterdir():
        link(file, target / file.name)


class _SegmentWriter:
    """Writes segments of the passages that pass through it."""

    def __init__(self, folder: Path, means: LanguageMeans) -> None:
        self._folder, self._means = folder, means

    def passing(self, contents: Iterable[Content]) -> Iterator[Content]:
        """Yield `contents`, and write their segments."""
        batch: list[Content] = []
        for content in contents:
            if sum(len(each.numbers) for each in batch) + len(content.numbers) > MAX_SIZE:
                self._write(batch)
                batch = []
            batch.append(content.without_texts())
            yield content
        self._write(batch)

    def _write(self, batch: list[Content]) -> None:
        if numbers := [number for content in batch for number in content.numbers[-1:].tolist()]:
            Segment.write(self._folder / str(numbers[-1]), batch, self._means)


def delete_unused_vectors(data: Path) -> None:
    """Delete the vectors that no passage uses, unless another process is indexing.

    Raises:
        ArchiveError: the catalog cannot be written.
    """
    try:
        with write_lock(data), CatalogWriter.open(data) as catalog:
            catalog.delete_unused_vectors()
            catalog.truncate_log()
    except ArchiveBusy:
        pass


def main() -> None:
    """Publish a generation of the archive in the folder that the command names, at a low priority."""
    data = Path(sys.argv[1])
    os.nice(10)
    try:
        delete_unused_vectors(data)
        with Catalog.open(data) as catalog:
            publish(catalog, data)
    except (ArchiveError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
