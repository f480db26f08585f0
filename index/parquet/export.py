"""Write a whole archive to a folder of Parquet files."""

import errno
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from index.archive import WholeArchive
from index.checksums import passage_id
from index.errors import ArchiveError
from index.files import sync
from index.model.cache import Progress
from index.parquet.manifest import Manifest
from index.parquet.tables import ARTICLES, FILES, PASSAGES, VECTORS, VERSIONS, TableWriter, Values
from index.temporary import temporary_folder
from index.types import Article, Entry, OlderVersion


def export(archive: WholeArchive, folder: Path, progress: Progress) -> Manifest:
    """Write an archive to a new folder that only its owner can read; return its manifest.

    The folder appears under its name only when it is complete. Memory is bounded, whatever the size of the archive.

    Raises:
        ArchiveDamaged: the archive is damaged.
        ArchiveError: the folder exists and is not empty, or cannot be written.
    """
    folder = folder.absolute()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise _exists(folder)
    with temporary_folder(folder) as place:
        manifest = Manifest.of(place, archive.model, _write(archive, place, progress))
        manifest.write(place)
        sync(place)
        try:
            place.rename(folder)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise _exists(folder) from error
            raise
        sync(folder.parent)
    return manifest


def _exists(folder: Path) -> ArchiveError:
    return ArchiveError(f"{folder}: already exists: choose a new or an empty folder")


def _write(archive: WholeArchive, place: Path, progress: Progress) -> dict[str, int]:
    """Write all tables; return their numbers of rows by file."""
    rows = dict.fromkeys(FILES, 0)
    totals = archive.counts()
    with ExitStack() as stack:
        tables = {name: stack.enter_context(TableWriter(place / name, archive.model.dimension)) for name in FILES}

        def add(name: str, row: Values, size: int) -> None:
            tables[name].add(row, size)
            rows[name] += 1

        for entry in archive.entries():
            add(ARTICLES, _article(entry), _size(entry.article))
            for version in reversed(archive.versions(entry.article.id)):
                add(VERSIONS, _version(version), _size(version.article))
            for passage in _passages(entry):
                add(PASSAGES, passage, 200 + 40 * len(passage[5]))
            progress("exporting articles", rows[ARTICLES], totals["articles"])
        for key, vectors in archive.used_vectors():
            codes = vectors.tokens.codes.tobytes()
            size = len(key) + vectors.vector.nbytes + vectors.tokens.counts.nbytes + len(codes)
            add(VECTORS, (key, vectors.vector, vectors.tokens.counts, codes), size)
            progress("exporting vectors", rows[VECTORS], totals["embeddings"])
    return rows


def _size(article: Article) -> int:
    """Return about how many bytes an article takes."""
    return 500 + 2 * len(article.text)


def _article(entry: Entry) -> Values:
    article = entry.article
    return (
        *(article.id, article.title, article.text, article.language, article.published),
        *(article.source, article.author, article.url, article.origin, entry.fingerprint),
        list(entry.provenance.items()),
    )


def _version(version: OlderVersion) -> Values:
    article = version.article
    return (
        *(article.id, article.version, version.replaced, article.title, article.text, article.language),
        *(article.published, article.source, article.author, article.url),
    )


def _passages(entry: Entry) -> Iterator[Values]:
    article = entry.article
    for passage, key in zip(entry.passages, entry.keys, strict=True):
        start, end = passage.start, passage.end
        sentences = [{"start": first, "end": last} for first, last in passage.sentences]
        public = passage_id(article.id, start, article.text[start:end])
        yield public, article.id, start, end, passage.language, sentences, key
