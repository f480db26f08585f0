"""The result of a run as a JSON file: the input of `compare`, `report` and `export`, and what reproduces the run."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.errors import EvaluationError
from eval.types import Half, Level

FORMAT: Literal[1] = 1


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Figure(_Record):
    """The value of a measure over questions; `low` and `high` are its 95 % interval, if it has one."""

    value: float
    low: float | None = None
    high: float | None = None
    count: int  # of questions

    @property
    def interval(self) -> str:
        """The interval as text; empty if there is none."""
        return "" if self.low is None or self.high is None else f"{self.low:.3f} … {self.high:.3f}"


class PassageExcerpt(_Record):
    """The beginning of a retrieved passage, for the report."""

    id: str
    article: str
    title: str
    text: str
    score: float
    right: bool


class CheckedCitation(_Record):
    """A citation, checked against the article and the expected quotes."""

    article: str
    text: str
    exact: bool | None  # the article has this text at the cited offsets; None if the article is unreadable
    right: bool


class ExpectedItem(_Record):
    """An expected answer: an article, or an exact quote from it."""

    article: str
    quote: str | None


class JudgedRanking(_Record):
    """A ranking without repetitions, and the grades of the relevant ids."""

    ids: list[str]
    relevant: dict[str, int]


class QuestionResult(_Record):
    """A question with its answer and its scores."""

    id: str
    question: str
    group: str
    language: str | None
    kind: str | None
    answerable: bool
    expected: list[ExpectedItem]
    failure: str | None = None
    ms: float | None = None
    abstained: bool = False
    certainty: float | None = None
    answer: str | None = None
    first: list[PassageExcerpt] = []
    citations: list[CheckedCitation] = []
    rankings: dict[Level, JudgedRanking] = {}
    scores: dict[str, float] = {}


class Latency(_Record):
    """Response times of the answered questions in milliseconds, measured by the client."""

    p50: float
    p90: float
    p99: float
    questions_per_second: float
    concurrency: int


class RunInfo(_Record):
    """The conditions of a run."""

    made: str  # UTC, ISO 8601
    commit: str | None
    seed: int
    cores: int
    machine: str
    versions: dict[str, str]


class SystemInfo(_Record):
    """The evaluated system."""

    name: str
    url: str | None = None
    model: str | None = None
    version: str | None = None
    certainty: str | None = None  # the kind of certainty: `confidence`, or the `score` of the first passage


class DataSetInfo(_Record):
    """The data set and the selection of its questions."""

    name: str
    path: str
    sha256: str
    level: Level  # of measures that are named without one
    half: Half | None
    limit: int | None
    kept: bool = False  # only questions on articles that no training saw, see `eval.dev_test`


class Result(_Record):
    """A run. `figures` are over all questions, `by` over the questions of each language and each kind."""

    format: Literal[1]
    system: SystemInfo
    data: DataSetInfo
    top_k: int
    circumstances: RunInfo
    failures: int
    figures: dict[str, Figure]
    by: dict[str, dict[str, dict[str, Figure]]]
    latency: Latency | None
    questions: list[QuestionResult]

    def level_name(self, measure: str) -> str:
        """Return the name of a figure for a measure, which may be named without the level of the data set."""
        return measure if measure in self.figures else f"{self.data.level} {measure}"

    def write(self, file: Path) -> None:
        """Write the result as JSON; create missing folders."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.model_dump_json(indent=1, exclude_defaults=True), encoding="utf-8")


def read_result(file: Path) -> Result:
    """Read a result file.

    Raises:
        EvaluationError: the file is unreadable or not a result.
    """
    try:
        return Result.model_validate_json(file.read_bytes())
    except OSError as error:
        raise EvaluationError(f"{file}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = "/".join(str(part) for part in first["loc"])
        raise EvaluationError(
            f"{file}: not a result of newsqa eval run ({field}: {first['msg']}): run newsqa eval run again"
        ) from error
