"""Simulates a disk after a power failure, from the traced system calls of a process."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SYSCALLS = (
    "openat,open,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,"
    "sendfile,lseek,writev,pwritev,pwritev2,copy_file_range,fallocate,creat,link,linkat,truncate"
)
_SECTOR = 512  # bytes, written atomically
_HEX = re.compile(r"(?:\\x[0-9a-f]{2})+")
_CALL = re.compile(r"\d+ +(\w+)\((.*)\) += (\d+)")
_UNFINISHED = re.compile(r"(\d+) +(.*) <unfinished \.\.\.>\n?")
_RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)", re.DOTALL)


@dataclass(eq=False)
class File:
    """The content as programs see it, the durable content, and the writes since the last sync."""

    content: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)  # (offset, bytes), or (new size, None)

    def write(self, offset: int, written: bytes) -> None:
        """Write bytes at an offset."""
        self.pending.append((offset, written))
        _write_at(self.content, offset, written)

    def resize(self, size: int) -> None:
        """Truncate or extend the file."""
        self.pending.append((size, None))
        _resize(self.content, size)

    def after_failure(self, random: Random, share: float) -> bytes:
        """Return the content after a power failure that a share of the pending writes survives."""
        content = bytearray(self.durable)
        for offset, written in self.pending:
            if written is None:
                if random.random() < share:
                    _resize(content, offset)
                continue
            torn = random.random() < 0.3
            complete = random.random() < share
            end = offset + len(written)
            for start in range(offset - offset % _SECTOR, end, _SECTOR):
                if random.random() < share if torn else complete:
                    low, high = max(start, offset), min(start + _SECTOR, end)
                    _write_at(content, low, written[low - offset : high - offset])
        return bytes(content)


@dataclass(eq=False)
class Folder:
    """The entries as programs see them, and the durable entries."""

    entries: dict[str, "File | Folder"] = field(default_factory=dict)
    durable: dict[str, "File | Folder"] = field(default_factory=dict)


@dataclass(frozen=True)
class _EntryChange:
    """Entries of folders that are added or removed atomically."""

    changes: tuple[tuple[Folder, str, File | Folder | None], ...]

    def apply(self, entries: dict[Folder, dict[str, File | Folder]]) -> None:
        for folder, name, node in self.changes:
            if node is None:
                entries[folder].pop(name, None)
            else:
                entries[folder][name] = node


class Disk:
    """A folder and everything below it, empty at first."""

    def __init__(self, root: str) -> None:
        """Create an empty disk; `root` is its path in the traced process."""
        self.top = Folder()
        self._root = root
        self._pending: list[_EntryChange] = []
        self._offsets: dict[str, int] = {}  # of the next write, by descriptor

    def replay(self, name: str, arguments: list[str], result: str) -> bool:
        """Apply a system call; return whether it changed this disk."""
        # The second argument of these calls is content, not a path.
        written = name in ("write", "pwrite64", "writev", "pwritev", "pwritev2")
        paths = [self._below(path) for path in named_paths(arguments[:1] if written else arguments)]
        if name in ("openat", "open"):
            return self._open(arguments, paths[0], result)
        if name in ("fsync", "fdatasync") and paths[0] is not None:
            self._sync(self._node(paths[0]))
        elif name in ("write", "pwrite64", "ftruncate", "lseek", "sendfile") and paths[0] is not None:
            self._write(name, arguments, paths, int(result))
        elif name in ("rename", "renameat", "renameat2") and None not in paths:
            old, new = ((self._folder(path), path[-1]) for path in paths if path)
            self._apply(_EntryChange(((*old, None), (*new, old[0].entries[old[1]]))))
        elif name in ("link", "linkat") and None not in paths:
            old, new = ((self._folder(path), path[-1]) for path in paths if path)
            self._apply(_EntryChange(((*new, old[0].entries[old[1]]),)))
        elif name in ("unlink", "unlinkat", "rmdir") and paths[0]:
            self._apply(_EntryChange(((self._folder(paths[0]), paths[0][-1], None),)))
        elif name in ("mkdir", "mkdirat") and paths[0]:
            self._apply(_EntryChange(((self._folder(paths[0]), paths[0][-1], Folder()),)))
        elif any(path is not None for path in paths):
            raise NotImplementedError(name)  # a write that this simulation does not support
        else:
            return False
        return name != "lseek"

    def _open(self, arguments: list[str], path: list[str] | None, result: str) -> bool:
        self._offsets[result] = 0
        flags = next(argument for argument in arguments if argument.startswith("O_"))
        if not path or not {"O_CREAT", "O_TRUNC"} & set(flags.split("|")):
            return False
        folder = self._folder(path)
        if path[-1] not in folder.entries:
            self._apply(_EntryChange(((folder, path[-1], File()),)))
            return True
        node = folder.entries[path[-1]]
        if "O_TRUNC" in flags and isinstance(node, File) and node.content:
            node.resize(0)
            return True
        return False

    def _write(self, name: str, arguments: list[str], paths: list[list[str] | None], result: int) -> None:
        descriptor = arguments[0].partition("<")[0]
        if paths[0] == [""]:  # the file was deleted
            return
        file = self._node(paths[0] or [])
        if name == "lseek":
            self._offsets[descriptor] = result
        if not isinstance(file, File):
            return
        if name == "ftruncate":
            file.resize(int(arguments[1]))
        elif name == "pwrite64":
            file.write(int(arguments[3]), content(arguments[1])[:result])
        elif name == "write":
            file.write(self._offsets[descriptor], content(arguments[1])[:result])
            self._offsets[descriptor] += result
        elif name == "sendfile":
            source = self._node(paths[1] or [])
            assert isinstance(source, File)
            start = int(re.findall(r"\d+", arguments[2])[0])
            file.write(self._offsets[descriptor], bytes(source.content[start : start + result]))
            self._offsets[descriptor] += result

    def _sync(self, node: File | Folder) -> None:
        if isinstance(node, File):
            node.durable, node.pending = bytes(node.content), []
            return
        for change in [each for each in self._pending if any(folder is node for folder, *_ in each.changes)]:
            change.apply({folder: folder.durable for folder, *_ in change.changes})
            self._pending.remove(change)

    def _apply(self, change: _EntryChange) -> None:
        change.apply({folder: folder.entries for folder, *_ in change.changes})
        self._pending.append(change)

    def _below(self, path: str) -> list[str] | None:
        """Return the parts of a path on this disk, [""] for a deleted file; None for other paths."""
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
        """Return the contents of the files as programs see them, by path."""
        return {name: bytes(file.content) for name, file in _walk(self.top, {})}

    def lose_power(self, random: Random) -> dict[str, bytes]:
        """Return the files after a power failure: all synced data, and a random share of the rest."""
        shares = [random.choice((0.0, 0.0, 0.5, 0.9, 1.0)) for _ in range(2)]
        entries: dict[Folder, dict[str, File | Folder]] = {}
        for change in self._pending:
            if random.random() < shares[0]:
                for folder, *_ in change.changes:
                    entries.setdefault(folder, dict(folder.durable))
                change.apply(entries)
        return {name: file.after_failure(random, shares[1]) for name, file in _walk(self.top, entries, durable=True)}


def _walk(
    top: Folder, changed: dict[Folder, dict[str, File | Folder]], prefix: str = "", *, durable: bool = False
) -> Iterator[tuple[str, File]]:
    for part, node in changed.get(top, top.durable if durable else top.entries).items():
        if isinstance(node, File):
            yield f"{prefix}{part}", node
        else:
            yield from _walk(node, changed, f"{prefix}{part}/", durable=durable)


def calls(trace: Path) -> Iterator[tuple[str, list[str], str]]:
    """Yield the successful calls of a trace in order: name, arguments, result."""
    unfinished: dict[str, str] = {}
    with trace.open(encoding="ascii") as lines:
        for line in lines:
            call = line
            if match := _UNFINISHED.fullmatch(line):
                unfinished[match[1]] = match[2]
                continue
            if match := _RESUMED.match(line):
                call = f"{match[1]} {unfinished.pop(match[1])}{match[2]}"
            if match := _CALL.match(call):
                yield match[1], match[2].split(", "), match[3]


def content(quoted: str) -> bytes:
    """Return the bytes of a quoted string in a trace."""
    return bytes.fromhex(quoted.strip('"').replace("\\x", ""))


def decoded(argument: str) -> str:
    """Return an argument with its quoted strings decoded as UTF-8."""
    return _HEX.sub(lambda match: content(match[0]).decode("utf-8", "replace"), argument)


def named_paths(arguments: list[str]) -> list[str]:
    """Return the paths of a call, also those of file descriptors."""
    paths, base = [], ""
    for each in map(decoded, arguments[:4]):
        if match := re.fullmatch(r"(?:AT_FDCWD|\d+)<(.*)>(?:\(deleted\))?", each, re.DOTALL):
            base = match[1]
            paths.append(base + (" (deleted)" if each.endswith("(deleted)") else ""))
        elif each.startswith('"'):
            path = each[1:-1]
            if base and paths and paths[-1] == base:
                paths.pop()
            paths.append(path if path.startswith("/") else f"{base}/{path}")
            base = ""
    return paths


def _write_at(content: bytearray, offset: int, written: bytes) -> None:
    if offset > len(content):
        _resize(content, offset)
    content[offset : offset + len(written)] = written


def _resize(content: bytearray, size: int) -> None:
    if size < len(content):
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))
