"""Fill a new archive in Milvus from elsewhere, and verify it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

from index.archive import ArchiveWriter
from index.cluster.doctor import examine
from index.cluster.milvus import PASSAGES, Milvus
from index.cluster.state import create, importing, read_state
from index.cluster.writer import ClusterWriter
from index.errors import ArchiveDamaged, ArchiveError, NoArchive
from index.local.lock import write_lock
from index.model.cache import Model
from index.process import ArticleProcessor
from index.types import Report

_LOCK_TIMEOUT = 2.0  # seconds to wait for a writer


def populate(
    milvus: Milvus,
    data: Path,
    model: Model,
    fill: Callable[[ArchiveWriter], None],
    *,
    source: Path,
    processing: Callable[[], AbstractContextManager[ArticleProcessor]],
    force: bool = False,
) -> Report:
    """Make an archive that `fill` writes; return its examination. After an error there is no archive.

    The archive is refused until it is complete and examined, see `importing`. `data` has the lock for updates,
    `processing` opens a processor, which verifies the keys of vectors, and error messages name the `source`.

    Raises:
        ArchiveDamaged: the archive has problems.
        ArchiveError: there is an archive and `force` is not set, or it cannot be written.
    """
    with write_lock(data, _LOCK_TIMEOUT):
        check_empty(milvus, force=force)
        with importing(milvus):
            create(milvus, model)
            with closing(ClusterWriter(milvus, model)) as writer:
                fill(writer)
            with processing() as processor:
                report = examine(milvus, processor, share=0)
            if report.problems:
                problem = report.problems[0].rpartition(": ")[0]
                raise ArchiveDamaged(f"{source}: damaged ({len(report.problems)} problems): {problem}: export it again")
    return report


def check_empty(milvus: Milvus, *, force: bool) -> None:
    """Raise an error if there is an archive, or a part of one, and `force` is not set.

    Raises:
        ArchiveError: there is.
    """
    if force:
        return
    try:
        read_state(milvus)
    except NoArchive:
        if milvus.exists(PASSAGES):
            raise
        return
    raise ArchiveError(
        f"{milvus.place}: already contains an archive: write another name at the end of NEWSQA_STORE, "
        "or add --force to replace it"
    )
