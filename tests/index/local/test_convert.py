"""Conversion of archives of earlier formats."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from index.checksums import checksum
from index.errors import ArchiveBusy, OtherFormat
from index.local.archive import LocalArchive
from index.local.catalog import FILE, Catalog
from index.local.convert import convert
from index.local.doctor import examine
from index.local.lock import write_lock
from index.local.repair import repair
from index.local.schema import codes_row
from index.local.snapshot import restore
from index.model.cache import Model
from index.model.quantize import TokenQuantizer
from index.process import ArticleProcessor
from index.types import TokenCodes
from tests.fakes import HashEmbedder, build_archive, fake_model, identifier, no_progress
from tests.index.local.entries import run
from tests.index.local.test_snapshot import sealed

_FILES = {f"{number}.md": f"# Le pont {number}\n\nLe pont {number} rouvre. La grue attend." for number in range(300)}
_LEVELS = 16
_LOW, _STEP = -4 / 32**0.5, 8 / 15 / 32**0.5  # of every component


class _FourBits(TokenQuantizer):
    """Encodes as format 4 did: without projection, in 4 bits per component."""

    def project(self, vectors: np.ndarray) -> np.ndarray:
        return vectors

    def quantize(self, vectors: np.ndarray) -> np.ndarray:
        steps = np.clip(np.rint((vectors - _LOW) / _STEP), 0, _LEVELS - 1).astype(np.uint8)
        half = steps.shape[1] // 2
        codes: np.ndarray = steps[:, :half] | steps[:, half:] << 4
        return codes


def _to_format_4(data: Path) -> None:
    """Change an archive of a `HashEmbedder` to what the version before wrote."""
    embedder = HashEmbedder()
    processor, quantizer = ArticleProcessor(embedder, identifier()), _FourBits(embedder.model)
    rows = []
    with Catalog.open(data) as catalog:
        for article in catalog.page(1000, 0):
            for key, text in processor.texts(article, catalog.passages_of(article.id)):
                (embedding,) = embedder.passages([text.heading + text.passage])
                rows.append(codes_row(key, quantizer.encode(embedding, len(text.heading), text.sentences)))
    model = asdict(fake_model())
    for name in fake_model().tokens:
        del model[name]
    described = json.dumps(model | {"grid": [[_LOW] * 32, [_STEP] * 32]})
    with closing(sqlite3.connect(data / FILE)) as connection, connection:
        connection.executemany("REPLACE INTO tokens VALUES (?, ?, ?, ?)", rows)
        connection.execute(
            "UPDATE settings SET value = ?, checksum = ? WHERE key = 'model'", (described, checksum("model", described))
        )
        connection.execute("PRAGMA user_version = 4")


def _prepared(model: Model) -> Model:
    return fake_model(model.identity)


def _codes(data: Path) -> dict[int, TokenCodes]:
    with Catalog.open(data) as catalog:
        numbers = catalog.content().numbers.tolist()
        return {number: tokens for number, (_, tokens) in catalog.candidates(numbers).items()}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An archive of two articles."""
    return build_archive(tmp_path, dict(list(_FILES.items())[:2]))


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """An archive of more passages than are converted in one transaction."""
    return build_archive(tmp_path, _FILES)


def test_token_vectors_in_four_bits_are_converted_to_nearly_the_codes_of_the_embedded_texts(data: Path) -> None:
    expected = _codes(data)
    _to_format_4(data)
    note = convert(data, _prepared, no_progress)
    assert note is not None
    assert "MB before" in note
    converted = _codes(data)
    assert converted.keys() == expected.keys()
    for number, tokens in expected.items():
        assert converted[number].counts.tolist() == tokens.counts.tolist()
        assert (np.unpackbits(converted[number].codes) == np.unpackbits(tokens.codes)).mean() > 0.9
    assert not examine(data, ArticleProcessor(HashEmbedder(), identifier())).problems


def test_an_archive_of_the_format_before_names_the_command_that_converts_it(data: Path) -> None:
    _to_format_4(data)
    for opened in (Catalog.open, LocalArchive):
        with pytest.raises(OtherFormat, match="in format 4, and this newsqa reads 5: run newsqa doctor --repair"):
            opened(data)


def test_archives_of_this_format_and_of_later_ones_are_left_alone(data: Path, tmp_path: Path) -> None:
    before = (data / FILE).read_bytes()
    assert convert(data, _prepared, no_progress) is None
    assert (data / FILE).read_bytes() == before
    assert convert(tmp_path / "none", _prepared, no_progress) is None
    with closing(sqlite3.connect(data / FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert convert(data, _prepared, no_progress) is None


@pytest.mark.parametrize("format_", [2, 3])
def test_archives_of_older_formats_are_converted_step_by_step(data: Path, format_: int) -> None:
    _to_format_4(data)
    for table in ("states", "versions", "provenance")[format_ - 2 :]:
        run(data, f"DROP TABLE {table}")
    run(data, f"PRAGMA user_version = {format_}")
    assert convert(data, _prepared, no_progress)
    assert not examine(data).problems


def _interrupt_after(transactions: int) -> Callable[[str, int, int], None]:
    calls = iter(range(transactions - 1))

    def progress(_step: str, _done: int, _total: int) -> None:
        if next(calls, None) is None:
            raise KeyboardInterrupt

    return progress


def test_an_interrupted_conversion_leaves_the_archive_as_it_was_and_continues(large: Path) -> None:
    expected = _codes(large)
    _to_format_4(large)
    with pytest.raises(KeyboardInterrupt):
        convert(large, _prepared, _interrupt_after(1))
    with closing(sqlite3.connect(large / FILE)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (4,)
        assert connection.execute("SELECT count(*), max(length(codes)) FROM tokens").fetchone()[0] == len(expected)
    done: list[int] = []
    assert convert(large, _prepared, lambda _, count, __: done.append(count))
    assert done == [len(expected)]
    assert _codes(large).keys() == expected.keys()
    assert not examine(large, ArticleProcessor(HashEmbedder(), identifier())).problems


def test_what_a_service_writes_meanwhile_is_converted_too(data: Path) -> None:
    _to_format_4(data)
    with closing(sqlite3.connect(data / FILE)) as connection:
        row = connection.execute("SELECT counts, codes FROM tokens").fetchone()
        vector = connection.execute("SELECT vector FROM embeddings").fetchone()[0]

    def write(_step: str, _done: int, _total: int) -> None:
        counts, codes = row
        tokens = TokenCodes(np.frombuffer(counts, "<u2"), np.frombuffer(codes, np.uint8))
        run(data, "INSERT INTO embeddings VALUES (?, ?, ?)", b"new", vector, checksum(b"new", vector))
        run(data, "INSERT INTO tokens VALUES (?, ?, ?, ?)", *codes_row(b"new", tokens))

    assert convert(data, _prepared, write)
    with Catalog.open(data) as catalog:
        assert catalog.vectors([b"new"])[b"new"].tokens.codes.shape[1] == 8


def test_damaged_token_vectors_are_embedded_again_after_the_conversion(data: Path) -> None:
    _to_format_4(data)
    run(data, "UPDATE tokens SET checksum = checksum + 1 WHERE rowid = (SELECT min(rowid) FROM tokens)")
    assert convert(data, _prepared, no_progress)
    processor = ArticleProcessor(HashEmbedder(), identifier())
    report = examine(data, processor)
    assert ["token vectors" in problem for problem in report.problems] == [True]
    repair(data, processor, report)
    assert not examine(data, processor).problems


def test_another_writer_is_not_disturbed(data: Path) -> None:
    _to_format_4(data)
    with write_lock(data), pytest.raises(ArchiveBusy):
        convert(data, _prepared, no_progress)


def test_a_snapshot_of_the_format_before_is_converted_while_it_is_restored(data: Path, tmp_path: Path) -> None:
    _to_format_4(data)
    taken = sealed(data / FILE, tmp_path / "news.sqlite")
    with pytest.raises(OtherFormat, match="restore it with the newsqa version that wrote it"):
        restore(taken, tmp_path / "back")
    assert not (tmp_path / "back" / FILE).exists()
    restore(taken, tmp_path / "back", convert=lambda folder: convert(folder, _prepared, no_progress))
    convert(data, _prepared, no_progress)
    assert _codes(tmp_path / "back").keys() == _codes(data).keys()
