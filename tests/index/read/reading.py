"""Reads one file of given content, for the tests of the formats."""

from pathlib import Path

from index.read.article import Problem, RawArticle
from index.read.files import read


def items(folder: Path, content: str | bytes, name: str) -> list[RawArticle | Problem]:
    """Return what a file of `content` holds."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(file, name))


def articles(folder: Path, content: str | bytes, name: str) -> list[RawArticle]:
    """Return the articles of a file without problems."""
    read_as = items(folder, content, name)
    assert not [item for item in read_as if isinstance(item, Problem)], read_as
    return [item for item in read_as if isinstance(item, RawArticle)]


def article(folder: Path, content: str | bytes, name: str) -> RawArticle:
    """Return the article of a file that holds one."""
    (only,) = articles(folder, content, name)
    return only
