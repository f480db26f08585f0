"""API keys, stored as hashes in the data folder."""

import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock

from index.errors import NewsqaError
from index.files import PRIVATE_FILE, create, make_folder, sync

Scope = Literal["read", "ingest", "admin"]
"""The permissions of a key; each scope includes the previous ones."""
SCOPES: tuple[Scope, ...] = get_args(Scope)

FILE = "keys.json"
_FORMAT = 1
_MAX_NAME = 64  # code points
_DIGEST = re.compile("[0-9a-f]{64}")
_NO_KEY_DIGEST = sha256(b"").hexdigest()  # compared if the id is unknown, so that both cases take the same time


class KeysError(NewsqaError):
    """A key cannot be created or found, or the key file cannot be read or written."""


def today() -> date:
    """Return the current date in UTC, by which keys expire."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret."""

    id: str
    name: str
    scope: Scope
    created: date
    expires: date | None  # the last day on which the key is valid (UTC)
    sha256: str  # of the whole key; needs no salt, since the secret is 256 random bits

    def allows(self, scope: Scope) -> bool:
        """Return whether the key's scope includes `scope`."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


class Keys:
    """The keys of a data folder. Keys created or revoked by another process take effect immediately."""

    def __init__(self, data: Path, today: Callable[[], date] = today) -> None:
        """Use the keys of a folder; the folder need not exist."""
        self.file = data / FILE
        self._today = today
        self._version: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    @property
    def exist(self) -> bool:
        """Whether keys were ever created here; stays true when all are revoked, so that access stays closed."""
        return os.path.lexists(self.file)

    def all(self) -> list[Key]:
        """Return the keys, including expired ones, oldest first.

        Raises:
            KeysError: the file cannot be read.
        """
        try:
            status = self.file.stat()
            version = status.st_ino, status.st_mtime_ns, status.st_size
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("not a file")  # opening a pipe would wait for its writer
            if version != self._version:
                content = json.loads(self.file.read_text(encoding="utf-8"))
                if content["format"] != _FORMAT:
                    raise ValueError(content["format"])
                self._keys = {key["id"]: _key(key) for key in content["keys"]}
                self._version = version
        except FileNotFoundError:
            self._keys, self._version = {}, None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            self._version = None
            raise KeysError(f"{self.file}: cannot be read: restore it, or delete it and create new keys") from error
        return list(self._keys.values())

    def usable(self) -> bool:
        """Return whether there is a key that has not expired."""
        return any(self._unexpired(key) for key in self.all())

    def find(self, secret: str) -> Key | None:
        """Return the valid key with this secret, or None if it is unknown, revoked or expired."""
        self.all()
        parts = secret.split("_", 2)
        key = self._keys.get(parts[1]) if len(parts) == 3 else None
        matches = hmac.compare_digest(_digest(secret).encode(), (key.sha256 if key else _NO_KEY_DIGEST).encode())
        return key if key and matches and self._unexpired(key) else None

    def create(self, name: str, scope: Scope, expires: date | None = None) -> tuple[Key, str]:
        """Create a key; return it with its secret, which is not stored.

        Raises:
            KeysError: the name is empty, too long or not printable, the date has passed, or the file is not writable.
        """
        name = " ".join(name.split())
        if not name or len(name) > _MAX_NAME or not name.isprintable():
            raise KeysError(f"the name of a key must have 1 to {_MAX_NAME} printable characters: choose another")
        if expires and expires < self._today():
            raise KeysError(f"the expiry date {expires} has passed: choose a later date")
        key_id = secrets.token_hex(4)
        secret = f"nqa_{key_id}_{secrets.token_urlsafe(32)}"
        key = Key(key_id, name, scope, self._today(), expires, _digest(secret))
        self._change(lambda keys: keys | {key.id: key})
        return key, secret

    def revoke(self, key_id: str) -> Key:
        """Delete a key; return it.

        Raises:
            KeysError: no key has this id, or the file is not writable.
        """
        revoked: list[Key] = []

        def without(keys: dict[str, Key]) -> dict[str, Key]:
            if key_id not in keys:
                raise KeysError(f"no key has the id {key_id}: see newsqa keys list")
            revoked.append(keys.pop(key_id))
            return keys

        self._change(without)
        return revoked[0]

    def _unexpired(self, key: Key) -> bool:
        return key.expires is None or self._today() <= key.expires

    def _change(self, change: Callable[[dict[str, Key]], dict[str, Key]]) -> None:
        try:
            make_folder(self.file.parent)
            with FileLock(self.file.with_suffix(".lock"), mode=PRIVATE_FILE):
                self.all()
                keys = change(dict(self._keys))
                content = {"format": _FORMAT, "keys": [asdict(key) for key in keys.values()]}
                temporary = self.file.with_suffix(".making")
                with suppress(FileNotFoundError):
                    temporary.unlink()
                create(temporary)
                with temporary.open("w") as stream:
                    json.dump(content, stream, default=str, indent=1)
                sync(temporary)
                temporary.replace(self.file)
                sync(self.file.parent)
        except OSError as error:
            raise KeysError(
                f"{self.file}: cannot be written ({error.strerror}): free space, or check the permissions of its folder"
            ) from error


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _key(fields: dict[str, object]) -> Key:
    key_id, name, scope, created, expires, digest = (
        str(fields[name] or "") for name in ("id", "name", "scope", "created", "expires", "sha256")
    )
    known_scope = next((known for known in SCOPES if known == scope), None)
    if known_scope is None or not key_id or not name.isprintable() or not name or not _DIGEST.fullmatch(digest):
        raise ValueError(f"{key_id}: not a valid key")
    return Key(
        key_id, name, known_scope, date.fromisoformat(created), date.fromisoformat(expires) if expires else None, digest
    )
