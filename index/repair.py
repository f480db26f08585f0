"""Makes again what is derived: generations from the catalog, passages and vectors from the text of articles."""

import shutil
from contextlib import suppress
from pathlib import Path

from index.archive import GENERATIONS, publish, write_lock
from index.draft import Drafter
from index.errors import ArchiveDamaged, ArchiveError
from index.mender import Mender
from index.types import Report

_WAIT = 2.0  # seconds for a writer to finish what it is at


def repair(data: Path, drafter: Drafter | None, found: Report, *, wait: float = _WAIT) -> None:
    """Mend what `examine` found, as far as it can be made again; without a drafter passages stay as they are.

    An article that is damaged itself is left, but indexing its file writes it again even if the file has not changed.
    Another writer is waited for at most `wait` seconds.

    Raises:
        ArchiveBusy: another process is writing.
        ArchiveError: the catalog cannot be written.
    """
    with write_lock(data, wait), Mender.open(data) as catalog:
        if not found.file_sound:
            with suppress(ArchiveError):  # what cannot be mended is found again by who examines it next
                catalog.mend()
        catalog.doubt(found.damaged)
        if drafter and (found.broken or not found.file_sound):
            broken = catalog.sharing(found.broken) - set(found.damaged)
            catalog.drop_passages(broken)
            for article_id in sorted(broken):
                if article := catalog.article(article_id):
                    draft = drafter.draft(article, drafter.fingerprint(article))
                    catalog.keep_again(draft.entry, drafter.embedded(draft.texts))
        catalog.forget_unused()
        if not found.index_sound:
            shutil.rmtree(data / GENERATIONS, ignore_errors=True)
        with suppress(ArchiveDamaged):  # of an article that is damaged itself
            publish(catalog, data)
