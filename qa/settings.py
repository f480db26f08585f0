"""What a user may change, from `NEWSQA_*` in the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path

from index.errors import SettingsError
from index.language import DEFAULT, Identifier
from qa.confidence import MIN_CONFIDENCE

_PREFIX = "NEWSQA_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings with their defaults; docs/operations.md lists the variables."""

    data: Path = Path("var/newsqa")
    cache: Path = field(default_factory=lambda: user_cache_path("newsqa", appauthor=False))
    model: str | None = None  # the archive's own, `bundled` for a new one
    languages: tuple[str, ...] = DEFAULT
    host: str = "127.0.0.1"
    port: int = 8000
    min_confidence: float = MIN_CONFIDENCE  # below it nothing is quoted
    queue: int = 64  # questions that may wait, a second's work; more are refused
    deadline: int = 2  # seconds that a question may wait
    rate: str | None = None  # requests of each client, as 600/minute, or off
    max_body: int = 8  # MB of a body with articles
    disk_floor: int = 256  # MB that must be free for writing
    hosts: tuple[str, ...] = ()  # names by which the service may be asked
    proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For and X-Forwarded-Proto are believed
    cors_origins: tuple[str, ...] = ()  # of web pages that may ask
    log: Literal["text", "json"] | None = None  # text on a terminal, else json
    log_questions: bool = False
    traces: bool = False  # are sent to where OpenTelemetry's own variables say

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the variables that are set and not empty.

        Raises:
            SettingsError: one of them has no meaning.
        """
        given = {
            name.removeprefix(_PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(_PREFIX) and value.strip()
        }
        default = cls()
        languages = _listed(given.get("languages"))
        if languages:
            try:
                Identifier(languages)
            except ValueError as error:
                raise SettingsError(f"NEWSQA_LANGUAGES: {error}") from error
        return cls(
            data=_folder("NEWSQA_DATA", given.get("data"), default.data),
            cache=_folder("NEWSQA_CACHE", given.get("cache"), default.cache),
            model=given.get("model"),
            languages=languages or default.languages,
            host=given.get("host", default.host),
            port=_number("NEWSQA_PORT", given.get("port"), default.port, 0, 65535),
            queue=_number("NEWSQA_QUEUE", given.get("queue"), default.queue, 1, 10_000),
            min_confidence=_share("NEWSQA_MIN_CONFIDENCE", given.get("min_confidence"), default.min_confidence),
            deadline=_number("NEWSQA_DEADLINE", given.get("deadline"), default.deadline, 1, 600),
            rate=_rate(given.get("rate")),
            max_body=_number("NEWSQA_MAX_BODY", given.get("max_body"), default.max_body, 1, 1000),
            disk_floor=_number("NEWSQA_DISK_FLOOR", given.get("disk_floor"), default.disk_floor, 0, 10**9),
            hosts=tuple(host.lower() for host in _listed(given.get("hosts"))),
            proxies=_listed(given.get("proxies")),
            cors_origins=_listed(given.get("cors_origins")),
            log=_log(given.get("log")),
            log_questions=_number("NEWSQA_LOG_QUESTIONS", given.get("log_questions"), 0, 0, 1) == 1,
            traces=bool(environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip()),
        )


def _listed(value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def _log(value: str | None) -> Literal["text", "json"] | None:
    if value not in (None, "text", "json"):
        raise SettingsError(f"NEWSQA_LOG is '{value}': write text or json")
    return "text" if value == "text" else "json" if value else None


def _rate(value: str | None) -> str | None:
    if value is None or value == "off":
        return value
    from limits import parse_many  # of no use to most commands

    try:
        (_,) = parse_many(value)
    except ValueError as error:
        raise SettingsError(f"NEWSQA_RATE is '{value}': write 600/minute, say, or off") from error
    return value


def _folder(name: str, value: str | None, default: Path) -> Path:
    try:
        return Path(value).expanduser() if value else default
    except RuntimeError as error:
        raise SettingsError(f"{name} is '{value}': {error}") from error


def _number(name: str, value: str | None, default: int, least: int, most: int) -> int:
    if value is None:
        return default
    if not value.isdecimal() or len(value) > len(str(most)) or not least <= int(value) <= most:
        raise SettingsError(f"{name} is '{value}': write a number from {least} to {most}")
    return int(value)


def _share(name: str, value: str | None, default: float) -> float:
    if value is None:
        return default
    if not re.fullmatch(r"0|1|0?\.\d{1,6}|1\.0*", value):
        raise SettingsError(f"{name} is '{value}': write a number from 0 to 1, such as 0.5")
    return float(value)
