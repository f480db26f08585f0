"""Files are found, and opened by their format."""

import os
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

from index.errors import ArticleError
from index.read.article import Problem, RawArticle, encodable
from index.read.formats import FORMATS, SUFFIXES, Format, format_of

_BY_LINE = "|".join(re.escape(suffix) for suffix, format_ in FORMATS.items() if format_.by_line)
_LINE_OF_FILE = re.compile(rf"(.+(?:{_BY_LINE})):\d+", re.IGNORECASE | re.DOTALL)


def find(paths: Iterable[Path], *, gone: bool = False) -> list[tuple[Path, str]]:
    """Return the files that hold articles under `paths`, each with its name within the archive.

    Hidden files, linked folders and files of other kinds are passed over in folders. With `gone`, paths may have gone.

    Raises:
        ArticleError: a path does not exist, is of an unknown kind, or is a folder without articles or not to be read.
    """
    found: dict[Path, str] = {}
    for path in paths:
        try:
            root = path.resolve()
            exists, folder = root.exists(), root.is_dir()
        except (OSError, RuntimeError) as error:  # too long a name, a loop of links
            raise ArticleError(f"{path}: cannot be read: {error}") from error
        if not exists and gone:
            continue
        if not exists:
            raise ArticleError(f"{path}: no such file or folder")
        if folder:
            files = sorted(_articles_below(root))
            if not files and not gone:
                raise ArticleError(f"{path}: no articles in this folder: files must end in {', '.join(SUFFIXES)}")
        elif format_of(root) is None or not root.is_file():
            raise ArticleError(f"{path}: not an article: files must end in {', '.join(SUFFIXES)}")
        else:
            files, root = [root], root.parent
        for file in files:
            found.setdefault(file, f"{root.name}/{file.relative_to(root).as_posix()}")
    return sorted(found.items())


def _articles_below(root: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise ArticleError(f"{error.filename}: cannot be read: {error.strerror}") from error

    for folder, subfolders, names in os.walk(root, onerror=refuse):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        for name in names:
            file = Path(folder, name)
            if format_of(file) and not name.startswith(".") and file.is_file():
                yield file


def count(file: Path) -> int:
    """Return about how many articles a file holds, without reading them."""
    if not _format(file).by_line:
        return 1
    try:
        with file.open("rb") as stream:
            return sum(1 for _ in stream)
    except OSError:
        return 1  # the problem that `read` will tell


def read(file: Path, name: str) -> Iterator[RawArticle | Problem]:
    """Read the articles of one file, in order; what cannot be read is a `Problem` and the rest goes on."""
    try:
        if name != encodable(name):
            raise ArticleError(f"{encodable(str(file))}: the name of the file is not UTF-8: rename it")
        with file.open("rb") as stream:
            yield from import_module(f"index.read.{_format(file).module}").read(file, name, stream)
    except OSError as error:
        yield Problem(file, f"{file}: cannot be read: {error.strerror}")
    except ArticleError as error:
        yield Problem(file, str(error))


def origin(raw: RawArticle) -> str:
    """Return the file that an article was read from, and its line where each line is an article."""
    line = raw.name.rpartition(":")[2]
    return f"{raw.file}:{line}" if _format(raw.file).by_line else str(raw.file)


def file_of(origin: str) -> Path:
    """Return the file of an origin."""
    match = _LINE_OF_FILE.fullmatch(origin)
    return Path(match[1] if match else origin)


def _format(file: Path) -> Format:
    format_ = format_of(file)
    if format_ is None:
        raise ArticleError(f"{file}: not an article: files must end in {', '.join(SUFFIXES)}")
    return format_
