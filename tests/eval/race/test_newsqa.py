"""newsqa as a system of the race, in process and over HTTP, with the bundled model."""

from pathlib import Path

import pytest

from eval.race.systems import NEWSQA, OVER_HTTP, RaceSystem, python_of, started
from index.model.cache import Model
from tests.eval.fakes import write_rows

_TEXTS = {"pool": "La piscine municipale ferme en juin.", "mayor": "The mayor has bought a new bicycle."}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Path:
    """A data folder that newsqa indexed in a race."""
    assert model
    folder = tmp_path_factory.mktemp("race")
    rows = [{"id": key, "title": "", "text": text, "language": "", "outlet": ""} for key, text in _TEXTS.items()]
    file = write_rows(folder / "passages.jsonl", rows)
    with started(NEWSQA, python_of(NEWSQA, folder), folder, folder / "data", folder / "log") as child:
        child.run("prepare")
        child.run("index", passages=str(file), vectors=None)
    return folder / "data"


@pytest.mark.parametrize(("system", "processes"), [(NEWSQA, 1), (OVER_HTTP, 2)])
def test_newsqa_answers_and_filters(data: Path, system: RaceSystem, processes: int, tmp_path: Path) -> None:
    with started(system, python_of(system, tmp_path), tmp_path, data, tmp_path / "log") as child:
        child.run("open")
        everything = child.run("ask", question="When does the pool close?", k=10, filters={})["ids"]
        french = child.run("ask", question="When does the pool close?", k=10, filters={"language": "fr"})["ids"]
        outlet = child.run("ask", question="Who?", k=10, filters={"outlet": "articles.jsonl"})["ids"]
        usage = child.run("usage")
    assert french == everything[:1]
    assert len(everything) == len(outlet) == 2
    if system == NEWSQA:
        assert everything == ["pool", "mayor"]  # the ids of the passages, not those of newsqa
    assert usage["memory"] > processes * 30_000_000
