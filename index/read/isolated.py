"""Read files, responses and long texts in a process of their own, which is ended at limits of time and memory."""

import io
import json
import pickle
import resource
import selectors
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO, Any, Self

from index.errors import ArticleError, FieldError
from index.read import content, files, response
from index.read.article import Problem, RawArticle, readable
from index.read.html import Readable

MAX_SECONDS = 60.0
"""Until the next article of a file; the time in which the caller works does not count."""
MAX_MEMORY = 4_000_000_000
"""Bytes of address space of the process; large lists in JSON need ten times their size."""

MAX_TRUSTED = 8192
"""Bytes or code points of plain text or Markdown that is read in this process; at worst it takes a second."""
_TRUSTED = frozenset((".md", ".markdown", ".txt", ".text", ".json", ".jsonl", ".ndjson", ".csv", ".tsv"))
_CLASSES = {
    ("index.read.article", "RawArticle"),
    ("index.read.article", "Problem"),
    ("index.read.article", "UnclearDate"),
    ("index.read.dates", "WrittenDate"),
    ("index.read.html", "Readable"),
    ("pathlib", "PosixPath"),
    ("pathlib", "WindowsPath"),
    ("datetime", "date"),
}
_SIZE = struct.Struct(">Q")
_Item = RawArticle | Problem | Readable


class IsolatedReader:
    """Reads files as `files.read`, in another process unless they are small and in plain text; a context manager.

    A file that ends that process, or takes too long, is a problem; the next file gets a new process. Responses and
    texts are read alike, one at a time, from any thread.
    """

    def __init__(self, max_seconds: float = MAX_SECONDS, max_memory: int = MAX_MEMORY) -> None:
        """Start nothing yet: most updates read only files in plain text."""
        self._max_seconds = max_seconds
        self._max_memory = max_memory
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def response(self, body: bytes, url: str, kind: str, charset: str | None) -> list[RawArticle]:
        """Return the articles of a response as `index.read.response.read`.

        Raises:
            ArticleError: it cannot be read; the message does not name the url.
        """
        if len(body) <= MAX_TRUSTED and response.is_plain(body, kind):
            return response.read(body, url, kind, charset)
        with self._lock:
            items = list(self._items(Path(url), {"url": url, "kind": kind, "charset": charset}, body))
        articles = [item for item in items if isinstance(item, RawArticle)]
        if len(articles) < len(items):
            raise ArticleError(items[-1].message.removeprefix(f"{Path(url)}: "))
        return articles

    def readable(self, text: str, *, markdown: bool) -> Readable:
        """Return a text as `index.read.article.readable`.

        Raises:
            FieldError: reading it takes too much time or memory.
        """
        if len(text) <= MAX_TRUSTED:
            return readable(text, markdown=markdown)
        with self._lock:
            (item,) = self._items(Path("text"), {"markdown": markdown}, text.encode())
        if not isinstance(item, Readable):
            raise FieldError(
                "text", f"too costly to read, of {len(text)} characters: shorten it, or send it without markup"
            )
        return item

    def read(self, file: Path, name: str) -> Iterator[RawArticle | Problem]:
        """Yield the articles of one file in order, and a `Problem` for each part that cannot be read."""
        if _is_trusted(file):
            yield from files.read(file, name)
            return
        yield from self._items(file, {"file": str(file), "name": name})

    def _items(self, file: Path, request: Mapping[str, str | bool | None], body: bytes = b"") -> Iterator[Any]:
        complete = False
        try:
            process = self._process or self._start()
            head = json.dumps({**request, "size": len(body)}).encode() + b"\n"
            _write_all(_pipe(process.stdin), head + body)
            while (item := self._receive(_pipe(process.stdout))) is not None:
                yield item
            complete = True
        except TimeoutError:
            yield Problem(file, f"{file}: not read within {self._max_seconds:g} s: leave it out, or convert it")
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):  # ValueError: closed by another thread
            yield Problem(file, f"{file}: reading it ended the process: leave it out, or convert it")
        finally:  # also if the caller stops: the rest of the file must not be taken for the next one
            if not complete:
                self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: modules come from the installation, not from the folder in which the command runs.
        command = [sys.executable, "-P", "-m", "index.read.isolated", str(self._max_memory)]
        self._process = subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own module
        return self._process

    def _receive(self, stream: IO[bytes]) -> Any:
        """Return the next item, or None at the end of the file."""
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)

            def exactly(size: int) -> bytes:
                received = bytearray()
                while len(received) < size:
                    if not selector.select(self._max_seconds):
                        raise TimeoutError
                    if not (part := stream.read(size - len(received))):
                        raise EOFError
                    received += part
                return bytes(received)

            (size,) = _SIZE.unpack(exactly(_SIZE.size))
            return _Unpickler(io.BytesIO(exactly(size))).load()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.communicate()

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()


class _Unpickler(pickle.Unpickler):
    """Reads values of our own classes: what takes over the process must not take over this one."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _CLASSES:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


def _is_trusted(file: Path) -> bool:
    if file.suffix.lower() not in _TRUSTED:
        return False
    try:
        with file.open("rb") as stream:
            head = stream.read(MAX_TRUSTED + 1)
    except OSError:
        return True  # `files.read` reports it
    return len(head) <= MAX_TRUSTED and content.module_of(head) is None


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("no pipe")
    return stream


def _write_all(stream: IO[bytes], content: bytes) -> None:
    """Write to an unbuffered pipe."""
    rest = memoryview(content)
    while rest:
        rest = rest[stream.write(rest) :]


def _write(stream: IO[bytes], item: _Item | None) -> None:
    content = pickle.dumps(item)
    stream.write(_SIZE.pack(len(content)) + content)
    stream.flush()


def main() -> None:
    """Read the files that standard input names, and write their items to standard output."""
    with suppress(ValueError, OSError):  # a lower limit is set, or the system has none
        resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
    output, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing that a library prints gets between the items
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        for item in _items_of(request, sys.stdin.buffer.read(request["size"])):
            _write(output, item)
        _write(output, None)


def _items_of(request: dict[str, Any], body: bytes) -> Iterator[_Item]:
    if "file" in request:
        yield from files.read(Path(request["file"]), request["name"])
        return
    url = Path(request.get("url", "text"))
    try:
        if "markdown" in request:
            yield readable(body.decode(), markdown=request["markdown"])
            return
        yield from response.read(body, request["url"], request["kind"], request["charset"])
    except ArticleError as error:
        yield Problem(url, str(error))
    except Exception as error:  # noqa: BLE001 - a library may raise anything for a damaged page, also MemoryError
        yield Problem(url, f"no article can be read there: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
