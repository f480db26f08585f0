"""A race of fake systems, from data sets and an archive to the figures."""

from pathlib import Path

import numpy as np
import pytest

from eval.errors import EvaluationError
from eval.race.measure import Race
from eval.race.run import Sizes, notes_on, run_race
from eval.race.sources import write_archive
from eval.race.table import goals, markdown
from index.errors import NoArchive
from index.local.archive import LocalArchive
from tests.eval.fakes import write_beir
from tests.eval.race.fakes import fake_race, fake_system
from tests.fakes import build_archive, fake_model

_QRELS = "query-id\tcorpus-id\tscore\n" + "".join(f"q{i}\td{i}\t1\n" for i in range(12))
_FILES = {
    f"{name}.md": f"---\ntitle: {name}\nsource: {source}\n---\n{text}\n"
    for name, source, text in (
        ("pool", "Daily", "The city pool closes in June."),
        ("works", "Daily", "The works of the pool last eight months."),
        ("mayor", "Weekly", "The mayor of the city spoke about the works."),
    )
}


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with eval/piaf_dev and eval/xquad_mixed, twelve questions each."""
    folder = tmp_path_factory.mktemp("shared")
    corpus = [{"_id": f"d{i}", "title": "", "text": f"the subject{i} of text number {i}"} for i in range(12)]
    queries = [{"_id": f"q{i}", "text": f"what is subject{i}"} for i in range(12)]
    splits = {"piaf_dev": ["test"], "xquad_mixed": ["crosslingual_only", "monolingual_only", "test"]}
    for name, names in splits.items():
        write_beir(folder / "eval" / name, corpus=corpus, queries=queries, qrels=dict.fromkeys(names, _QRELS))
    return folder


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three passages."""
    return build_archive(tmp_path_factory.mktemp("archive"), _FILES)


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory, data_folder: Path, archive: Path) -> Race:
    """A race over all measurements, with a peer that fails and one without filters."""
    folder = tmp_path_factory.mktemp("race")
    failing = fake_system(folder / "adapters", "failing", "dies")
    plain = fake_system(folder / "adapters", "plain", filters=())
    race = fake_race(folder, failing, plain)
    # The fake of newsqa has no archive of its own: what it is given is indexed in place of it.
    write_archive(archive, folder / "given")
    (archive / "passages.json").write_text(_as_fake_index(folder / "given" / "passages.jsonl"), encoding="utf-8")
    run_race(race, data_folder, [archive], Sizes(5, 4, 12))
    return race


def _as_fake_index(file: Path) -> str:
    return f"[[{','.join(file.read_text(encoding='utf-8').splitlines())}]]"


def test_a_system_that_fails_is_left_out_and_named_and_the_race_goes_on(raced: Race) -> None:
    assert list(raced.results.left_out) == ["failing"]
    assert raced.results.left_out["failing"].startswith("failing: index: its process ended")
    assert not any("failing" in by for by in raced.results.figures().values())


def test_every_measure_has_a_value_a_round(raced: Race) -> None:
    names = ["newsqa", "newsqa over HTTP", "sentence-transformers", "plain"]
    for row, by in raced.results.rounds.items():
        expected = [name for name in names if name != "newsqa over HTTP" or row.startswith("3 passages: ")]
        if "disk" in row:
            assert list(by) == [name for name in names if name != "newsqa over HTTP"], row
        elif " by " in row:
            assert sorted(by) == sorted(name for name in expected if name != "plain"), row  # it has no filters
        else:
            assert sorted(by) == sorted(expected), row
            assert all(len(values) == 2 for values in by.values()), row


def test_rankings_are_scored_by_document(raced: Race) -> None:
    figures = raced.results.figures()
    sets = [row for row in figures if row.startswith("nDCG@10")]
    assert len(sets) == 3
    for row in sets:
        assert figures[row]["plain"].value == figures[row]["newsqa"].value == 1.0
        assert figures[row]["sentence-transformers"].value < 0.5  # it ranks the worst first


def test_filters_leave_what_has_the_value(raced: Race) -> None:
    figures = raced.results.figures()
    assert figures["3 passages: question by language, hits of 10"]["newsqa"].value == 3
    assert figures["3 passages: question by outlet, hits of 10"]["newsqa"].value == 1


def test_the_table_names_versions_failures_and_goals(raced: Race) -> None:
    text = markdown(raced.results, [system.name for system in raced.systems], notes_on(raced))
    assert text.startswith("| | newsqa | newsqa over HTTP | sentence-transformers | plain |\n|---|---|---|---|---|\n")
    assert "\nleft out: failing: index: its process ended" in text
    assert "\nVersions: pip " in text
    assert "Medians of the rounds (2, " in text
    assert len(goals(raced.results)) == 5


def test_an_archive_gives_its_passages_vectors_and_filters(tmp_path: Path, archive: Path) -> None:
    grown = write_archive(archive, tmp_path)
    assert grown.passages.count == len(np.load(grown.vectors)) == 3
    assert grown.filters == {"language": "en", "outlet": "Weekly"}
    assert '"text": "pool\\nThe city pool closes in June."' in grown.passages.file.read_text(encoding="utf-8")


def test_an_empty_archive_and_missing_data_are_errors(tmp_path: Path, data_folder: Path) -> None:
    LocalArchive.create(tmp_path / "empty", fake_model()).close()
    with pytest.raises(EvaluationError, match="the archive is empty"):
        write_archive(tmp_path / "empty", tmp_path / "out")
    race = fake_race(tmp_path)
    with pytest.raises(EvaluationError, match=r"eval/piaf_dev: no such folder"):
        run_race(race, tmp_path, [], Sizes(5, 4, 12))
    with pytest.raises(NoArchive):
        run_race(race, data_folder, [tmp_path / "missing"], Sizes(5, 4, 12))
