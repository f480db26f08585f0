"""Keys that let others in, kept as hashes in the data folder."""

import hmac
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock

from index.errors import NewsqaError
from index.files import make_folder, sync

Scope = Literal["read", "ingest", "admin"]
"""What a key may do; each scope may do all that those before it may."""
SCOPES: tuple[Scope, ...] = get_args(Scope)

FILE = "keys.json"
_FORMAT = 1
_LONGEST = 64  # code points of a name
_NOBODY = sha256(b"").hexdigest()


class KeysError(NewsqaError):
    """A key cannot be made or found, or the file of keys not be read."""


def today() -> date:
    """Return the day it is in UTC, where keys expire."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret."""

    id: str
    name: str
    scope: Scope
    created: date
    expires: date | None  # the last day on which it opens
    sha256: str  # of the whole key; enough, since a secret is 256 random bits

    def may(self, scope: Scope) -> bool:
        """Tell whether the key's scope includes another."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


class Keys:
    """The keys of a data folder. What another process creates or revokes holds at once."""

    def __init__(self, data: Path, today: Callable[[], date] = today) -> None:
        """Use the keys of a folder, which need not exist."""
        self.file = data / FILE
        self._today = today
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    @property
    def exist(self) -> bool:
        """Whether keys have ever been made here: with the last one revoked nobody is let in, rather than everybody."""
        return os.path.lexists(self.file)

    def all(self) -> list[Key]:
        """Return the keys, oldest first, those that have expired among them.

        Raises:
            KeysError: the file cannot be read.
        """
        try:
            status = self.file.stat()
            seen = status.st_ino, status.st_mtime_ns, status.st_size
            if seen != self._seen:
                content = json.loads(self.file.read_text(encoding="utf-8"))
                if content["format"] != _FORMAT:
                    raise ValueError(content["format"])
                self._keys = {key["id"]: _key(key) for key in content["keys"]}
                self._seen = seen
        except FileNotFoundError:
            self._keys, self._seen = {}, None
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._seen = None
            raise KeysError(f"{self.file}: cannot be read: restore it, or delete it and create keys again") from error
        return list(self._keys.values())

    def usable(self) -> bool:
        """Tell whether there is a key that has not expired."""
        return any(self._open(key) for key in self.all())

    def find(self, secret: str) -> Key | None:
        """Return the key that opens, if it is one of ours, has not been revoked and has not expired."""
        self.all()
        parts = secret.split("_", 2)
        key = self._keys.get(parts[1]) if len(parts) == 3 else None
        same = hmac.compare_digest(_digest(secret).encode(), (key.sha256 if key else _NOBODY).encode())
        return key if key and same and self._open(key) else None

    def create(self, name: str, scope: Scope, expires: date | None = None) -> tuple[Key, str]:
        """Make a key; return it with what opens, which is kept nowhere.

        Raises:
            KeysError: the name is empty, too long or not to be shown, the day has passed, or the file not writable.
        """
        name = " ".join(name.split())
        if not name or len(name) > _LONGEST or not name.isprintable():
            raise KeysError(f"the name of a key has 1 to {_LONGEST} characters: choose another")
        if expires and expires < self._today():
            raise KeysError(f"{expires} has passed: choose a later day for the key to expire")
        id_ = secrets.token_hex(4)
        secret = f"nqa_{id_}_{secrets.token_urlsafe(32)}"
        key = Key(id_, name, scope, self._today(), expires, _digest(secret))
        self._change(lambda keys: keys | {key.id: key})
        return key, secret

    def revoke(self, id_: str) -> Key:
        """Forget a key; return it.

        Raises:
            KeysError: there is none with that id, or the file is not writable.
        """
        revoked: list[Key] = []

        def without(keys: dict[str, Key]) -> dict[str, Key]:
            if id_ not in keys:
                raise KeysError(f"no key has the id {id_}: see newsqa keys list")
            revoked.append(keys.pop(id_))
            return keys

        self._change(without)
        return revoked[0]

    def _open(self, key: Key) -> bool:
        return key.expires is None or self._today() <= key.expires

    def _change(self, changed: Callable[[dict[str, Key]], dict[str, Key]]) -> None:
        try:
            make_folder(self.file.parent)
            with FileLock(self.file.with_suffix(".lock")):
                self.all()
                keys = changed(dict(self._keys))
                content = {"format": _FORMAT, "keys": [asdict(key) for key in keys.values()]}
                aside = self.file.with_suffix(".making")
                with suppress(FileNotFoundError):
                    aside.unlink()
                # Nobody else may read it, not even for a moment.
                with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                    json.dump(content, stream, default=str, indent=1)
                sync(aside)
                aside.replace(self.file)
                sync(self.file.parent)
        except OSError as error:
            raise KeysError(
                f"{self.file}: cannot be written ({error.strerror}): make room, or check the permissions of its folder"
            ) from error


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _key(fields: dict[str, str | None]) -> Key:
    id_, name, scope, created, expires, digest = (
        fields[name] for name in ("id", "name", "scope", "created", "expires", "sha256")
    )
    known = next(one for one in SCOPES if one == scope) if scope in SCOPES else None
    if known is None or not id_ or not name or not created or not digest:
        raise ValueError(f"{id_}: not a key")
    return Key(id_, name, known, date.fromisoformat(created), date.fromisoformat(expires) if expires else None, digest)
