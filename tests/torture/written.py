"""A process that performs every operation on an archive and logs its changes, before and after each."""

import json
import os
import sys
from pathlib import Path

from index.ingest import Ingest
from index.local.catalog import Catalog
from index.local.publish import publish
from index.local.snapshot import restore, snapshot
from qa.service.keys import Keys
from tests.fakes import HashEmbedder, identifier, index_paths, write_files, writer_of
from tests.torture.promises import Changes, write


def main(data: Path, files: Path, log: Path) -> None:
    """Perform the operations; `log` gets [done, changes] for each change, as JSON."""
    with log.open("ab", buffering=0) as stream:

        def report(done: bool, changes: Changes) -> None:
            stream.write(json.dumps([done, changes]).encode())

        def index(texts: Changes) -> None:
            for key, text in texts.items():
                (files / f"{key}.txt").unlink(missing_ok=True)
                if text is not None:
                    write_files(files, {f"{key}.txt": text})
            report(False, texts)
            index_paths(files, data=data, prune=True)
            report(True, texts)

        index({"f1": "Le pont rouvre lundi.", "f2": "La grue du port est tombée."})
        current: Changes = {"f1": "Le pont rouvre lundi.", "f2": "La grue du port est tombée."}
        with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest, Catalog.open(data) as catalog:
            for number in range(40):
                changes: Changes = {f"a{number % 7}": f"Le village {number} vote. 🎉" if number % 5 else None}
                if number % 8 == 3:
                    changes = {f"b{quay}": f"Le quai {quay} ferme en {number}. " * 60 for quay in range(20)}
                changes = {key: text and text.strip() for key, text in changes.items()}
                report(False, changes)
                write(ingest, changes)
                report(True, changes)
                current |= changes
                if number % 6 == 0:
                    publish(catalog, data)
        Keys(data).create("lecteur", "read")
        snapshot(data, data.parent / "news.sqlite")
        restore(data.parent / "news.sqlite", data.parent / "again")
        earlier = dict(current)
        changes = {"f1": "Le pont reste fermé.", "f2": None, "f3": "港口重新开放。"}
        index(changes)
        current |= changes
        snapshot(data, data.parent / "news.sqlite", force=True)
        with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
            later: Changes = {"a1": "La neige bloque le col.", "c1": "Il pleut."}
            report(False, later)
            write(ingest, later)
            report(True, later)
        restored = {key: current.get(key) for key in current | later | earlier}
        report(False, restored)
        restore(data.parent / "news.sqlite", data, force=True)
        report(True, restored)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
    os._exit(0)
