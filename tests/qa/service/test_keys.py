"""API keys and their file."""

import hashlib
import json
import os
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.errors import SettingsError
from index.local.doctor import examine
from index.local.generation import GENERATIONS
from index.local.repair import repair
from index.local.snapshot import restore, snapshot
from qa.service.keys import FILE, Keys, KeysError, today
from qa.service.serve import bind
from qa.settings import Settings
from tests.fakes import build_archive

_THEN = date(2026, 3, 1)


def test_only_a_valid_secret_finds_its_key(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key, secret = keys.create("page", "read")
    other, _ = keys.create("feed", "ingest")
    assert keys.find(secret) == key
    for wrong in ("", "nqa", secret[:-1], secret + "a", secret.upper(), secret.replace(key.id, other.id), "nqa__é"):
        assert keys.find(wrong) is None


def test_only_a_hash_is_stored_and_only_the_owner_can_read_it(tmp_path: Path) -> None:
    _, secret = Keys(tmp_path).create("page", "read")
    kept = (tmp_path / FILE).read_text(encoding="utf-8")
    assert secret.split("_", 2)[2] not in kept
    assert hashlib.sha256(secret.encode()).hexdigest() in kept
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "change", [{"sha256": "\ud800"}, {"sha256": 7}, {"sha256": "A" * 64}, {"name": "a\x1b[2J"}, {"scope": ["admin"]}]
)
def test_a_file_with_a_key_of_other_values_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    keys = Keys(tmp_path)
    _, secret = keys.create("page", "read")
    content = json.loads(keys.file.read_text(encoding="utf-8"))
    content["keys"][0] |= change
    keys.file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(KeysError, match="cannot be read"):
        Keys(tmp_path).find(secret)


def test_a_pipe_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(KeysError, match="cannot be read"):
        Keys(tmp_path).find("nqa_a_b")


def test_a_scope_includes_those_before_it(tmp_path: Path) -> None:
    made = [Keys(tmp_path).create("x", scope)[0] for scope in ("read", "ingest", "admin")]
    assert [[key.allows(scope) for scope in ("read", "ingest", "admin")] for key in made] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_a_key_revoked_by_another_process_is_invalid_at_once(tmp_path: Path) -> None:
    serving = Keys(tmp_path)
    key, secret = Keys(tmp_path).create("page", "read")
    assert serving.find(secret)
    Keys(tmp_path).revoke(key.id)
    assert serving.find(secret) is None
    assert serving.all() == []


def test_a_key_is_valid_until_the_end_of_its_expiry_date(tmp_path: Path) -> None:
    _, secret = Keys(tmp_path, lambda: _THEN).create("page", "read", date(2026, 3, 2))
    assert Keys(tmp_path, lambda: date(2026, 3, 2)).find(secret)
    assert Keys(tmp_path, lambda: date(2026, 3, 3)).find(secret) is None
    assert not Keys(tmp_path, lambda: date(2026, 3, 3)).usable()


def test_with_the_last_key_revoked_keys_are_still_required(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    assert not keys.exist
    keys.revoke(keys.create("page", "read")[0].id)
    assert keys.exist


def test_keys_created_concurrently_are_all_stored(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda n: Keys(tmp_path).create(f"key {n}", "read"), range(24)))
    assert {key.id for key in Keys(tmp_path).all()} == {key.id for key, _ in made}
    assert all(Keys(tmp_path).find(secret) == key for key, secret in made)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 2, "keys": []}', '{"format": 1, "keys": [{"id": "a"}]}']
)
def test_an_invalid_key_file_is_an_error(tmp_path: Path, content: str) -> None:
    keys = Keys(tmp_path)
    _, secret = keys.create("page", "read")
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(KeysError, match=FILE):
        keys.find(secret)
    with pytest.raises(KeysError, match=FILE):
        keys.create("another", "admin")


def test_an_unknown_scope_in_the_file_is_an_error(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    _, secret = keys.create("page", "read")
    content = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    content["keys"][0]["scope"] = "everything"
    (tmp_path / FILE).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(KeysError, match=FILE):
        keys.find(secret)


def test_a_snapshot_has_no_keys_and_neither_it_nor_a_repair_touches_them(tmp_path: Path) -> None:
    data, file = build_archive(tmp_path, {"pont.md": "Le pont rouvre lundi matin."}), tmp_path / "snapshot"
    key, secret = Keys(data).create("page", "read")
    kept = (data / FILE).read_bytes()
    snapshot(data, file)
    assert key.sha256.encode() not in file.read_bytes()
    restore(file, data, force=True)
    shutil.rmtree(data / GENERATIONS)
    repair(data, None, examine(data))
    assert (data / FILE).read_bytes() == kept
    assert Keys(data).find(secret) == key
    restore(file, tmp_path / "other")
    assert not Keys(tmp_path / "other").exist


@pytest.mark.parametrize("name", ["", "  ", "a" * 65, "page\x1b[2J", "\u202epage"])
def test_a_name_that_is_not_printable_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeysError, match="name of a key"):
        Keys(tmp_path).create(name, "read")


def test_a_past_expiry_date_and_an_unknown_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="has passed"):
        Keys(tmp_path, lambda: _THEN).create("page", "read", date(2026, 2, 28))
    with pytest.raises(KeysError, match="no key has the id"):
        Keys(tmp_path).revoke("5f0c2a91")


def test_other_machines_need_a_valid_key(tmp_path: Path) -> None:
    settings = Settings(host="0.0.0.0", port=0, data=tmp_path)  # noqa: S104 - the subject of the test
    with pytest.raises(SettingsError, match="newsqa keys create"):
        bind(settings)
    Keys(tmp_path, lambda: _THEN).create("page", "read", date(2026, 3, 2))
    assert today() > date(2026, 3, 2)
    with pytest.raises(SettingsError, match="newsqa keys create"):
        bind(settings)
    Keys(tmp_path).create("page", "read")
    bind(settings).close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_this_machine_needs_no_key(tmp_path: Path, host: str) -> None:
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    bind(replace(Settings(data=tmp_path), host=host, port=0)).close()


def test_a_file_that_is_nested_too_deep_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[" * 100_000)
    with pytest.raises(KeysError, match="cannot be read"):
        Keys(tmp_path).all()
