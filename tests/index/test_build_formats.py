"""Updates from files that hold several articles, such as archives, tables and live blogs."""

from pathlib import Path

import pytest

from tests.fakes import index_paths
from tests.index.read.test_message import message
from tests.index.read.test_newsml import ITEM
from tests.index.read.test_page import LIVE
from tests.index.read.test_warc import PAGE, record
from tests.index.read.test_zipped import zipped

LINES = '{"text": "Un quai ferme."}\n{"text": "Deux quais ferment."}\n'
SEVERAL = {
    "a.zip": (zipped({"b/un.md": "Un pont ouvre.", "b/deux.jsonl": LINES}), zipped({"b/un.md": "Un pont ouvre."})),
    "a.csv": (b"text\nUn pont ouvre.\nUn quai ferme.\nUn bac part.\n", b"text\nUn pont ouvre.\n"),
    "a.html": (LIVE.encode().replace(b"<link", b"<x"), PAGE.encode()),
    "a.mbox": (
        b"".join(b"From a\n" + message(f"Le pont {n} ouvre.\n").as_bytes() + b"\n" for n in range(3)),
        b"From a\n" + message("Le pont 0 ouvre.\n").as_bytes(),
    ),
    "a.xml": (
        f"<newsMessage>{''.join(ITEM.format(number=n, status='usable') for n in range(3))}</newsMessage>".encode(),
        ITEM.format(number=0, status="usable").encode(),
    ),
    "a.warc": (
        b"".join(record(f"https://goeland.test/{n}", PAGE % n) for n in range(3)),
        record("https://goeland.test/0", PAGE % "0"),
    ),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_articles_of_a_file_are_kept_changed_and_deleted_with_it(tmp_path: Path, name: str) -> None:
    presse, data = tmp_path / "presse", tmp_path / "data"
    presse.mkdir()
    (presse / "other.md").write_text("Le marché reste ouvert.", encoding="utf-8")
    whole, less = SEVERAL[name]
    (presse / name).write_bytes(whole)
    first = index_paths(presse, data=data)
    assert (first.added, first.articles, first.problems) == (4, 4, [])
    again = index_paths(presse, data=data)
    assert (again.unchanged, again.embedded, again.pruned) == (4, 0, 0)

    (presse / name).write_bytes(less)
    assert index_paths(presse, data=data).articles == 2
    (presse / name).unlink()
    assert index_paths(presse, data=data).articles == 2
    assert index_paths(presse, data=data, prune=True).articles == 1


def test_a_bad_entry_keeps_the_articles_of_its_archive(tmp_path: Path) -> None:
    archive, data = tmp_path / "a.zip", tmp_path / "data"
    archive.write_bytes(zipped({"un.md": "Un pont ouvre.", "deux.md": "Un quai ferme."}))
    index_paths(archive, data=data)
    archive.write_bytes(zipped({"un.md": "Un pont ouvre.", "deux.md": b"\0"}))
    summary = index_paths(archive, data=data)
    assert (summary.articles, len(summary.problems)) == (2, 1)
