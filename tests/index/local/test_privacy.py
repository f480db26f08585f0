"""Deleted text leaves the disk, and only the owner can read the files."""

import stat
from contextlib import closing
from pathlib import Path

from index.files import replace_text
from index.local.archive import LocalArchive, updating, vacuum
from index.local.catalog import FILE, Catalog
from index.local.lock import write_lock
from index.local.snapshot import restore, snapshot
from index.local.writer import CatalogWriter
from index.types import Filter
from index.web.feeds import Feeds
from qa.service.keys import Keys
from tests.fakes import build_archive, fake_model

_WORD = "Zwetschgendatschi"
_NEWS = {"a.md": f"Le {_WORD} est servi lundi. " * 200, "b.md": "La gare ferme. " * 200}


def _on_disk(data: Path) -> set[str]:
    """Return the files that have the secret word."""
    secret = _WORD.encode()
    files = (file for file in data.rglob("*") if file.is_file())
    return {file.name for file in files if secret in file.read_bytes() or secret.lower() in file.read_bytes()}


def _delete_secret(data: Path) -> None:
    with closing(CatalogWriter.open(data)) as writer:
        writer.delete([next(article.id for article in writer.page(9, 0) if _WORD in article.text)])


def test_a_deleted_text_is_neither_in_the_catalog_nor_in_its_log(tmp_path: Path) -> None:
    data = build_archive(tmp_path, _NEWS)
    assert FILE in _on_disk(data)
    with Catalog.open(data):  # a reader keeps the log
        _delete_secret(data)
        assert {FILE, f"{FILE}-wal"}.isdisjoint(_on_disk(data))


def test_vacuum_frees_space_and_deletes_the_words_of_old_generations(tmp_path: Path) -> None:
    data = build_archive(tmp_path, _NEWS)
    with LocalArchive(data) as open_archive:
        _delete_secret(data)
        before, after = vacuum(data, 0)
        assert after < before
        open_archive.refresh()
        assert open_archive.facets().articles == 1
    assert _on_disk(data) == set()
    with LocalArchive(data) as archive, archive.reader() as reader:
        assert reader.total(Filter()) == 1


def test_the_log_is_empty_after_an_update(tmp_path: Path) -> None:
    data = build_archive(tmp_path, _NEWS)
    with Catalog.open(data) as reader:
        with updating(data, fake_model(), 0) as writer:
            writer.delete([article.id for article in writer.page(9, 0)])
        assert (data / f"{FILE}-wal").stat().st_size == 0
        assert reader.counts()["articles"] == 0


def test_only_the_owner_can_read_what_is_created(tmp_path: Path) -> None:
    archived = build_archive(tmp_path / "in", _NEWS)
    snapshot(archived, tmp_path / "news.sqlite")
    data = tmp_path / "outer" / "data"
    restore(tmp_path / "news.sqlite", data)
    Keys(data).create("a", "read")
    Feeds(data).add(["https://a.example/feed"])
    Feeds(data).remove("https://a.example/feed")
    replace_text(data / "state.json", "{}")
    with write_lock(data), Catalog.open(data), closing(CatalogWriter.open(data)) as writer:
        writer.assign_new_identity()
        modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (data.parent, *data.parent.rglob("*"))}
    modes |= {path: stat.S_IMODE(path.stat().st_mode) for path in (archived, *archived.rglob("*"))}
    modes[tmp_path / "news.sqlite"] = stat.S_IMODE((tmp_path / "news.sqlite").stat().st_mode)
    assert len(modes) > 20
    assert {path: oct(mode) for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}
