"""What a user may change, from `NEWSQA_*` in the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path

from index.errors import SettingsError
from index.language import DEFAULT, Identifier
from qa.confidence import MIN_CONFIDENCE

_PREFIX = "NEWSQA_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings with their defaults; README lists the variables."""

    data: Path = Path("var/newsqa")
    cache: Path = field(default_factory=lambda: user_cache_path("newsqa", appauthor=False))
    model: str | None = None  # the archive's own, `bundled` for a new one
    languages: tuple[str, ...] = DEFAULT
    host: str = "127.0.0.1"
    port: int = 8000
    queue: int = 64  # questions that may wait; more are refused
    min_confidence: float = MIN_CONFIDENCE

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
        languages = tuple(code.strip() for code in given.get("languages", "").split(",") if code.strip())
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
        )


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
