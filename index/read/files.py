"""Find the files of articles, and read them by format."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from index.errors import ArticleError
from index.read import content
from index.read.article import Problem, RawArticle
from index.read.encoding import replace_surrogates
from index.read.formats import LINKS, SUFFIXES, format_of, kind_of

_NUMBER = re.compile(r"(.+\.\w+):\d+", re.DOTALL)
_ENTRY = re.compile(r"\.zip(?=/)", re.IGNORECASE)


def find(
    paths: Iterable[Path],
    *,
    allow_missing: bool = False,
    excluded: Path | None = None,
    skipped: Counter[str] | None = None,
) -> list[tuple[Path, str]]:
    """Return the article files under `paths`, each with its name in the archive.

    Within folders, hidden files, symbolic links to folders or out of the folder, the folder `excluded` and files of
    unknown formats are skipped; the latter are counted in `skipped` by suffix, links out of the folder as `LINKS`. With
    `allow_missing`, paths may be missing and folders may be empty.

    Raises:
        ArticleError: a path does not exist, has an unknown format, is unreadable, or is a folder without articles.
    """
    result: dict[Path, str] = {}
    passed_over: set[Path] = set()
    links: set[Path] = set()
    for path in paths:
        try:
            root = path.resolve()
            exists, folder = root.exists(), root.is_dir()
        except (OSError, RuntimeError) as error:  # a name that is too long, a loop of links
            raise ArticleError(f"{path}: cannot be read: {error}") from error
        if not exists and allow_missing:
            continue
        if not exists:
            raise ArticleError(f"{path}: no such file or folder")
        if folder:
            found = sorted(_files(root, excluded))
            links.update(file for file in found if not file.resolve().is_relative_to(root))
            found = [file for file in found if file not in links]
            files = [file for file in found if format_of(file)]
            passed_over.update(file for file in found if not format_of(file))
            if not files and not allow_missing:
                raise ArticleError(f"{path}: no articles in this folder: files must end in {', '.join(SUFFIXES)}")
        elif format_of(root) is None or not root.is_file():
            raise ArticleError(f"{path}: not an article: files must end in {', '.join(SUFFIXES)}")
        else:
            files, root = [root], root.parent
        for file in files:
            result.setdefault(file, f"{root.name}/{file.relative_to(root).as_posix()}")
    if skipped is not None:
        skipped.update(kind_of(file) for file in sorted(passed_over))
        skipped.update([LINKS] * len(links - result.keys()))
    return sorted(result.items())


def _files(root: Path, excluded: Path | None) -> Iterator[Path]:
    def raise_error(error: OSError) -> None:
        raise ArticleError(f"{error.filename}: cannot be read: {error.strerror}") from error

    for folder, subfolders, names in os.walk(root, onerror=raise_error):
        subfolders[:] = [name for name in subfolders if not name.startswith(".") and Path(folder, name) != excluded]
        for name in names:
            file = Path(folder, name)
            if not name.startswith(".") and file.is_file():
                yield file


def count(file: Path) -> int:
    """Return the approximate number of articles in a file, without reading them."""
    format_ = format_of(file)
    if format_ is None or not format_.by_line:
        return 1
    try:
        with file.open("rb") as stream:
            return sum(1 for _ in stream)
    except OSError:
        return 1  # `read` reports the problem


def read(file: Path, name: str) -> Iterator[RawArticle | Problem]:
    """Yield the articles of one file in order, and a `Problem` for each part that cannot be read."""
    try:
        if name != replace_surrogates(name):
            raise ArticleError(f"{replace_surrogates(str(file))}: the name of the file is not UTF-8: rename it")
        with file.open("rb") as stream:
            yield from content.read(file, name, stream)
    except OSError as error:
        yield Problem(file, f"{file}: cannot be read: {error.strerror or error}")
    except ArticleError as error:
        yield Problem(file, str(error))
    except Exception as error:  # noqa: BLE001 - a library may raise anything for a damaged file, also MemoryError
        reason = " ".join(str(error).split())[:200]
        yield Problem(file, f"{file}: cannot be read: {type(error).__name__}{': ' if reason else ''}{reason}")


def origin(raw: RawArticle) -> str:
    """Return the file of an article, with its place in it if the file has several: a number or the name of an entry."""
    file = raw.file.as_posix()
    ends = [match.end() for match in re.finditer(re.escape(raw.file.name), raw.name)]
    # The longest beginning of the name that is the end of the file's path; the rest is the place.
    end = max((end for end in ends if file.endswith(raw.name[:end])), default=(*ends, len(raw.name))[0])
    return f"{raw.file}{raw.name[end:]}"


def file_of(origin: str) -> Path:
    """Return the file of an origin, without the place in the file."""
    for match in _ENTRY.finditer(origin):
        archive = Path(origin[: match.end()])
        if not archive.is_dir():
            return archive
    match_ = _NUMBER.fullmatch(origin)
    return Path(match_[1] if match_ else origin)
