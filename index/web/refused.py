"""The log of addresses that could not be fetched, to try them again."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from index.errors import FetchError, NewsqaError
from index.files import PRIVATE_FILE, make_folder, replace_text

FILE = "refused.json"
_FORMAT = 1
_MAX_URLS = 10_000  # kept, the newest


@dataclass(frozen=True, slots=True)
class Refusal:
    """An address that could not be fetched."""

    url: str
    reason: str
    last: str  # when it was last tried, in UTC, ISO 8601


class RefusedLog:
    """The refusals of a data folder; changes are stored by `save`."""

    def __init__(self, data: Path) -> None:
        """Use the log of a folder; it need not exist."""
        self._file = data / FILE
        self._changes: dict[str, Refusal | None] = {}

    def all(self) -> list[Refusal]:
        """Return the stored refusals, oldest first.

        Raises:
            NewsqaError: the file cannot be read.
        """
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            if content["format"] != _FORMAT:
                raise ValueError(content["format"])
            return [Refusal(**fields) for fields in content["refused"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NewsqaError(f"{self._file}: cannot be read: delete it") from error

    def note(self, url: str, error: FetchError | None) -> None:
        """Note that a URL was refused, or with None that it was not."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._changes[url] = Refusal(url, error.reason, now) if error else None

    def save(self) -> None:
        """Store what was noted.

        Raises:
            NewsqaError: the file cannot be read or written.
        """
        changes, self._changes = self._changes, {}
        if not any(changes.values()) and not self._file.exists():
            return
        try:
            make_folder(self._file.parent)
            with FileLock(self._file.with_suffix(".lock"), mode=PRIVATE_FILE):
                kept = [refusal for refusal in self.all() if refusal.url not in changes]
                kept += [refusal for refusal in changes.values() if refusal]
                content = {"format": _FORMAT, "refused": [asdict(refusal) for refusal in kept[-_MAX_URLS:]]}
                replace_text(self._file, json.dumps(content, ensure_ascii=False, indent=1))
        except OSError as error:
            raise NewsqaError(f"{self._file}: cannot be written ({error.strerror}): free space") from error
