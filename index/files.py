"""Durable files and folders (fsync) that only their owner can read, and checksums of files."""

import hashlib
import os
import shutil
from pathlib import Path

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create a folder and its missing parents, and flush each of them to the disk.

    Raises:
        OSError: a folder cannot be created.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        sync(folder.parent)


def create(file: Path) -> None:
    """Create an empty file that only its owner can read; what is written to it later stays private.

    Raises:
        OSError: it exists, or cannot be created.
    """
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))


def make_private(folder: Path) -> None:
    """Restrict a new folder and all that is in it to its owner; libraries create files that everybody can read."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)


def link(file: Path, target: Path) -> None:
    """Give a file that nobody changes a second name; copy it where the file system has no links.

    Raises:
        OSError: it cannot be linked or copied.
    """
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def replace_text(file: Path, text: str) -> None:
    """Write a file so that after a crash it has its old or its new content.

    Raises:
        OSError: it cannot be written.
    """
    temporary = file.with_name(f"{file.name}.making")
    temporary.unlink(missing_ok=True)
    create(temporary)
    temporary.write_text(text, encoding="utf-8")
    sync(temporary)
    temporary.replace(file)
    sync(file.parent)
