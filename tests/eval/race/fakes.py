"""A system of the race without a model, which needs only the standard library, and races of such systems."""

import sys
from pathlib import Path

from eval.race.measure import Race, Results
from eval.race.systems import BASELINE, NEWSQA, OVER_HTTP, RaceSystem

_ADAPTER = """
import json, os, sys, time
from pathlib import Path

BEHAVIOR = {behavior!r}


class Adapter:
    packages = ("pip", "no-such-package")
    filters = {filters!r}

    def __init__(self, model, data):
        print("a library prints on standard output")
        if BEHAVIOR == "does not load":
            raise OSError("no weights")
        self.file = Path(data) / "passages.json"

    def embed(self, passages, to):
        Path(to).write_text("vectors")

    def index(self, passages, vectors):
        if BEHAVIOR == "dies":
            os._exit(3)
        if BEHAVIOR == "hangs":
            time.sleep(60)
        self.file.write_text(json.dumps([passages, vectors, sys.path]))

    def open(self):
        self.passages = json.loads(self.file.read_text())[0]

    def ask(self, question, k, filters):
        words = set(question.lower().split())
        kept = [each for each in self.passages if all(each[name] == value for name, value in filters.items())]
        kept.sort(key=lambda each: -len(words & set(each["text"].lower().split())))
        return [each["id"] for each in (kept[::-1] if BEHAVIOR == "worst first" else kept)][:k]
"""


def fake_system(
    folder: Path, name: str, behavior: str = "", filters: tuple[str, ...] = ("language", "outlet"), peer: bool = True
) -> RaceSystem:
    """Return a system that ranks passages by the words that they share with a question."""
    file = folder / f"{name.replace(' ', '_').replace('-', '_')}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_ADAPTER.format(behavior=behavior, filters=filters), encoding="utf-8")
    return RaceSystem(name, file, ("fake-package",) if peer else ())


def fake_environment(folder: Path) -> Path:
    """Return an environment of peers without packages."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    return folder


def fake_race(tmp_path: Path, *peers: RaceSystem, rounds: int = 2, limit: float = 30) -> Race:
    """Return a race of a fake newsqa, in process and over HTTP, against a fake baseline and other peers."""
    folder = tmp_path / "adapters"
    systems = (
        fake_system(folder, NEWSQA.name, peer=False),
        fake_system(folder, OVER_HTTP.name, peer=False),
        fake_system(folder, BASELINE.name, "worst first"),
        *peers,
    )
    environment = fake_environment(tmp_path / "env")
    return Race(systems, environment, tmp_path, tmp_path / "work", rounds, None, lambda _: None, Results(), limit)
