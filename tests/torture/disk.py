"""A disk as it may be found after a loss of power, from what a process is seen to have written to it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SYSCALLS = (
    "openat,open,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,"
    "sendfile,lseek,writev,pwritev,pwritev2,copy_file_range,fallocate,creat,link,linkat,truncate"
)
_SECTOR = 512  # bytes that are written whole or not at all
_HEX = re.compile(r"(?:\\x[0-9a-f]{2})+")
_CALL = re.compile(r"\d+ +(\w+)\((.*)\) += (\d+)")
_CUT = re.compile(r"(\d+) +(.*) <unfinished \.\.\.>\n?")
_ON = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)", re.DOTALL)


@dataclass(eq=False)
class File:
    """Its content as programs see it, what of it is sure to survive, and what was done since that was so."""

    content: bytearray = field(default_factory=bytearray)
    sure: bytes = b""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)  # written at, or cut to a size

    def write(self, at: int, written: bytes) -> None:
        """Write to it."""
        self.since.append((at, written))
        _put(self.content, at, written)

    def cut(self, size: int) -> None:
        """Give it a size."""
        self.since.append((size, None))
        _resize(self.content, size)

    def found(self, random: Random, kept: float) -> bytes:
        """Return what is there afterwards if a part of what is not sure was kept."""
        content = bytearray(self.sure)
        for at, written in self.since:
            if written is None:
                if random.random() < kept:
                    _resize(content, at)
                continue
            torn = random.random() < 0.3
            whole = random.random() < kept
            end = at + len(written)
            for start in range(at - at % _SECTOR, end, _SECTOR):
                if random.random() < kept if torn else whole:
                    low, high = max(start, at), min(start + _SECTOR, end)
                    _put(content, low, written[low - at : high - at])
        return bytes(content)


@dataclass(eq=False)
class Folder:
    """What programs see in it, and what of that is sure to survive."""

    entries: dict[str, "File | Folder"] = field(default_factory=dict)
    sure: dict[str, "File | Folder"] = field(default_factory=dict)


@dataclass(frozen=True)
class _Naming:
    """Names that are given or taken at once."""

    changes: tuple[tuple[Folder, str, File | Folder | None], ...]

    def on(self, entries: dict[Folder, dict[str, File | Folder]]) -> None:
        for folder, name, node in self.changes:
            if node is None:
                entries[folder].pop(name, None)
            else:
                entries[folder][name] = node


class Disk:
    """One folder and all below it, which is empty at first."""

    def __init__(self, root: str) -> None:
        """Take the path by which the process knew it."""
        self.top = Folder()
        self._root = root
        self._since: list[_Naming] = []
        self._at: dict[str, int] = {}  # where the next write goes, by descriptor

    def replay(self, name: str, arguments: list[str], result: str) -> bool:
        """Do what a call did; tell whether it concerned this disk."""
        written = name in ("write", "pwrite64", "writev", "pwritev", "pwritev2")  # what looks like a path is content
        paths = [self._below(path) for path in named_paths(arguments[:1] if written else arguments)]
        if name in ("openat", "open"):
            return self._open(arguments, paths[0], result)
        if name in ("fsync", "fdatasync") and paths[0] is not None:
            self._sync(self._node(paths[0]))
        elif name in ("write", "pwrite64", "ftruncate", "lseek", "sendfile") and paths[0] is not None:
            self._write(name, arguments, paths, int(result))
        elif name in ("rename", "renameat", "renameat2") and None not in paths:
            old, new = ((self._folder(path), path[-1]) for path in paths if path)
            self._named(_Naming(((*old, None), (*new, old[0].entries[old[1]]))))
        elif name in ("unlink", "unlinkat", "rmdir") and paths[0]:
            self._named(_Naming(((self._folder(paths[0]), paths[0][-1], None),)))
        elif name in ("mkdir", "mkdirat") and paths[0]:
            self._named(_Naming(((self._folder(paths[0]), paths[0][-1], Folder()),)))
        elif any(path is not None for path in paths):
            raise NotImplementedError(name)  # a way to write that is not followed
        else:
            return False
        return name != "lseek"

    def _open(self, arguments: list[str], path: list[str] | None, result: str) -> bool:
        self._at[result] = 0
        flags = next(argument for argument in arguments if argument.startswith("O_"))
        if not path or not {"O_CREAT", "O_TRUNC"} & set(flags.split("|")):
            return False
        folder = self._folder(path)
        if path[-1] not in folder.entries:
            self._named(_Naming(((folder, path[-1], File()),)))
            return True
        node = folder.entries[path[-1]]
        if "O_TRUNC" in flags and isinstance(node, File) and node.content:
            node.cut(0)
            return True
        return False

    def _write(self, name: str, arguments: list[str], paths: list[list[str] | None], result: int) -> None:
        descriptor = arguments[0].partition("<")[0]
        if paths[0] == [""]:  # deleted meanwhile
            return
        file = self._node(paths[0] or [])
        if name == "lseek":
            self._at[descriptor] = result
        if not isinstance(file, File):
            return
        if name == "ftruncate":
            file.cut(int(arguments[1]))
        elif name == "pwrite64":
            file.write(int(arguments[3]), content(arguments[1])[:result])
        elif name == "write":
            file.write(self._at[descriptor], content(arguments[1])[:result])
            self._at[descriptor] += result
        elif name == "sendfile":
            source = self._node(paths[1] or [])
            assert isinstance(source, File)
            start = int(re.findall(r"\d+", arguments[2])[0])
            file.write(self._at[descriptor], bytes(source.content[start : start + result]))
            self._at[descriptor] += result

    def _sync(self, node: File | Folder) -> None:
        if isinstance(node, File):
            node.sure, node.since = bytes(node.content), []
            return
        for naming in [one for one in self._since if any(folder is node for folder, *_ in one.changes)]:
            naming.on({folder: folder.sure for folder, *_ in naming.changes})
            self._since.remove(naming)

    def _named(self, naming: _Naming) -> None:
        naming.on({folder: folder.entries for folder, *_ in naming.changes})
        self._since.append(naming)

    def _below(self, path: str) -> list[str] | None:
        """Return the parts of a path on this disk: a single empty one if what it was has been deleted."""
        if path != self._root and not path.startswith(f"{self._root}/"):
            return None
        return [""] if path.endswith(" (deleted)") else [part for part in path[len(self._root) :].split("/") if part]

    def _folder(self, path: list[str]) -> Folder:
        folder = self._node(path[:-1])
        assert isinstance(folder, Folder), path
        return folder

    def _node(self, path: list[str]) -> File | Folder:
        node: File | Folder = self.top
        for part in path:
            assert isinstance(node, Folder), path
            node = node.entries[part]
        return node

    def files(self) -> dict[str, bytes]:
        """Return what programs see, by name."""
        return {name: bytes(file.content) for name, file in _walk(self.top, {})}

    def lose_power(self, random: Random) -> dict[str, bytes]:
        """Return what may be found: what was synced, and nothing, all or some of the rest."""
        kept = [random.choice((0.0, 0.0, 0.5, 0.9, 1.0)) for _ in range(2)]
        found: dict[Folder, dict[str, File | Folder]] = {}
        for naming in self._since:
            if random.random() < kept[0]:
                for folder, *_ in naming.changes:
                    found.setdefault(folder, dict(folder.sure))
                naming.on(found)
        return {name: file.found(random, kept[1]) for name, file in _walk(self.top, found, sure=True)}


def _walk(
    top: Folder, found: dict[Folder, dict[str, File | Folder]], name: str = "", *, sure: bool = False
) -> Iterator[tuple[str, File]]:
    for part, node in found.get(top, top.sure if sure else top.entries).items():
        if isinstance(node, File):
            yield f"{name}{part}", node
        else:
            yield from _walk(node, found, f"{name}{part}/", sure=sure)


def calls(trace: Path) -> Iterator[tuple[str, list[str], str]]:
    """Give the calls of a trace that succeeded, in order: name, arguments, result."""
    cut: dict[str, str] = {}
    with trace.open(encoding="ascii") as lines:
        for line in lines:
            whole = line
            if match := _CUT.fullmatch(line):
                cut[match[1]] = match[2]
                continue
            if match := _ON.match(line):
                whole = f"{match[1]} {cut.pop(match[1])}{match[2]}"
            if match := _CALL.match(whole):
                yield match[1], match[2].split(", "), match[3]


def content(quoted: str) -> bytes:
    """Return what was written, as a trace quotes it."""
    return bytes.fromhex(quoted.strip('"').replace("\\x", ""))


def decoded(argument: str) -> str:
    """Return an argument with its paths as text."""
    return _HEX.sub(lambda match: content(match[0]).decode("utf-8", "replace"), argument)


def named_paths(arguments: list[str]) -> list[str]:
    """Return the paths that a call names, those of descriptors too."""
    found, base = [], ""
    for each in map(decoded, arguments[:4]):
        if match := re.fullmatch(r"(?:AT_FDCWD|\d+)<(.*)>(?:\(deleted\))?", each, re.DOTALL):
            base = match[1]
            found.append(base + (" (deleted)" if each.endswith("(deleted)") else ""))
        elif each.startswith('"'):
            path = each[1:-1]
            if base and found and found[-1] == base:
                found.pop()
            found.append(path if path.startswith("/") else f"{base}/{path}")
            base = ""
    return found


def _put(content: bytearray, at: int, written: bytes) -> None:
    if at > len(content):
        _resize(content, at)
    content[at : at + len(written)] = written


def _resize(content: bytearray, size: int) -> None:
    if size < len(content):
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))
