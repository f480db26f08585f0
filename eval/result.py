"""What a run measured, as a file: everything that comparing, reporting and exporting need, and how to make it again."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.errors import EvaluationError
from eval.types import Half, Level

FORMAT: Literal[1] = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Figure(_Part):
    """A measure over questions; `low` and `high` bound the 95 % interval where it is a mean."""

    value: float
    low: float | None = None
    high: float | None = None
    count: int  # questions


class Shown(_Part):
    """A passage found, for people."""

    id: str
    article: str
    title: str
    text: str
    score: float
    right: bool


class Quoted(_Part):
    """A citation, for people."""

    article: str
    text: str
    exact: bool | None  # what stands in the article at its offsets; None where the article could not be read
    right: bool


class Wanted(_Part):
    """A place that was expected."""

    article: str
    quote: str | None


class Judged(_Part):
    """A ranking without repeats, and the grades of the ids that are relevant."""

    ids: list[str]
    relevant: dict[str, int]


class Asked(_Part):
    """A question and what came of it."""

    id: str
    question: str
    group: str
    language: str | None
    kind: str | None
    answerable: bool
    expected: list[Wanted]
    failure: str | None = None
    ms: float | None = None
    abstained: bool = False
    certainty: float | None = None
    answer: str | None = None
    first: list[Shown] = []
    citations: list[Quoted] = []
    rankings: dict[Level, Judged] = {}
    scores: dict[str, float] = {}


class Latency(_Part):
    """Milliseconds of the questions that were answered, as the one who asks sees them."""

    p50: float
    p90: float
    p99: float
    questions_per_second: float
    concurrency: int


class Circumstances(_Part):
    """What a figure depends on."""

    made: str  # UTC
    commit: str | None
    seed: int
    cores: int
    machine: str
    versions: dict[str, str]


class Tested(_Part):
    """The system."""

    name: str
    url: str | None = None
    model: str | None = None
    version: str | None = None
    certainty: str | None = None  # what its certainty is: `confidence`, or the `score` of the first passage


class Source(_Part):
    """The data set, and which of its questions were asked."""

    name: str
    path: str
    sha256: str
    level: Level  # at which measures without a level are taken
    half: Half | None
    limit: int | None


class Result(_Part):
    """A run. `figures` are over all questions, `by` over those of a language or a kind."""

    format: Literal[1]
    system: Tested
    data: Source
    top_k: int
    circumstances: Circumstances
    failures: int
    figures: dict[str, Figure]
    by: dict[str, dict[str, dict[str, Figure]]]
    latency: Latency | None
    questions: list[Asked]

    def write(self, file: Path) -> None:
        """Write the result, folders and all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.model_dump_json(indent=1, exclude_defaults=True), encoding="utf-8")


def read(file: Path) -> Result:
    """Read a result.

    Raises:
        EvaluationError: it cannot be read, or is no result.
    """
    try:
        return Result.model_validate_json(file.read_bytes())
    except OSError as error:
        raise EvaluationError(f"{file}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(str(part) for part in first["loc"])
        raise EvaluationError(
            f"{file}: not a result of newsqa eval run ({place}: {first['msg']}): make it again"
        ) from error
