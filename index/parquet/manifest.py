"""The manifest of an exported archive: format, model, numbers of rows and checksums of all files."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from index.errors import ArchiveDamaged, ArchiveError, OtherFormat
from index.files import create, sha256, sync
from index.model.cache import Model

MANIFEST = "manifest.json"

_FORMAT = "newsqa archive in Parquet"
_VERSION = 1
_COPY_AGAIN = "copy the folder again, or export again"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` says about the other files of its folder."""

    model: Model  # that computed the vectors
    rows: dict[str, int]  # by file
    sha256: dict[str, str]  # by file

    @classmethod
    def of(cls, folder: Path, model: Model, rows: dict[str, int]) -> Self:
        """Return the manifest of the files in a folder."""
        return cls(model, rows, {name: sha256(folder / name) for name in rows})

    def write(self, folder: Path) -> None:
        """Write the manifest, as the last of the files, and flush it to the disk.

        Raises:
            OSError: it cannot be written.
        """
        content = {"format": _FORMAT, "version": _VERSION, **asdict(self)}
        create(folder / MANIFEST)
        text = json.dumps(content | {"checksum": _checksum(content)}, indent=1, ensure_ascii=False)
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        sync(folder / MANIFEST)

    @classmethod
    def read(cls, folder: Path, names: Sequence[str]) -> Self:
        """Read the manifest of a folder, and verify that its files `names` are complete and unchanged.

        Raises:
            OtherFormat: another version of newsqa wrote it.
            ArchiveDamaged: a file is missing or damaged; the message names it.
            ArchiveError: the folder is not an exported archive, or cannot be read.
        """
        file = folder / MANIFEST
        for part in (file, *(folder / name for name in names)):
            if part.exists() and not part.is_file():  # reading a pipe waits for ever
                raise ArchiveError(f"{part}: not a file: {_COPY_AGAIN}")
        try:
            content = json.loads(file.read_bytes())
            if content["format"] != _FORMAT:
                raise ValueError(content["format"])
            if content["version"] != _VERSION:
                raise OtherFormat(
                    f"{file}: in format {content['version']}, and this newsqa reads {_VERSION}: "
                    "import it with the newsqa version that wrote it"
                )
            if content.pop("checksum") != _checksum(content):
                raise ArchiveDamaged(f"{file}: damaged: {_COPY_AGAIN}")
            rows, hashes = dict(content["rows"]), dict(content["sha256"])
            manifest = cls(Model(**content["model"]), {name: rows[name] for name in names}, hashes)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ArchiveError(
                f"{file}: missing: name a folder that newsqa export --format parquet has written"
            ) from error
        except OSError as error:
            raise ArchiveError(f"{file}: cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ArchiveDamaged(
                f"{file}: not the manifest of an exported archive, or damaged: {_COPY_AGAIN}"
            ) from error
        for name in names:
            manifest._verify(folder / name)
        return manifest

    def _verify(self, file: Path) -> None:
        try:
            found = sha256(file)
        except FileNotFoundError as error:
            raise ArchiveDamaged(f"{file}: missing: {_COPY_AGAIN}") from error
        except OSError as error:
            raise ArchiveError(f"{file}: cannot be read: {error.strerror}") from error
        if found != self.sha256.get(file.name):
            raise ArchiveDamaged(f"{file}: damaged (its SHA-256 differs from the manifest): {_COPY_AGAIN}")


def _checksum(content: dict[str, Any]) -> str:
    """Return the SHA-256 of the content of a manifest."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
