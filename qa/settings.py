"""Settings of newsqa, read from `NEWSQA_*` environment variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from index.errors import SettingsError
from index.language import DEFAULT, Identifier
from index.model.cache import default_folder
from index.web.addresses import PRIVATE, Network, networks
from qa.confidence import MIN_CONFIDENCE
from qa.sanitize import safe_url
from qa.types import Mode

Device = Literal["cpu", "cuda"]

_PREFIX = "NEWSQA_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings with their defaults; docs/operations.md lists the variables."""

    data: Path = Path("var/newsqa")
    store: str | None = None  # the address of Milvus that has the archive; by default it is in the data folder
    cache: Path = field(default_factory=default_folder)
    model: str | None = None  # by default the archive's own, `bundled` for a new archive
    device: Device = "cpu"  # that embeds passages of files and of the web; questions are always embedded on the CPU
    languages: tuple[str, ...] = DEFAULT  # ISO 639-1 codes of the languages that can occur
    host: str = "127.0.0.1"
    port: int = 8000
    root_path: str = ""  # such as /news: the path at which a proxy shows the service, and which it removes
    public_url: str | None = None  # of the page for its readers, in links; by default that of the request
    min_confidence: float = MIN_CONFIDENCE  # probability; below it nothing is quoted
    reader: Mode = "fast"  # how much of the best passages the reader reads
    queue: int = 64  # maximum number of waiting questions, about one second of work; more are refused
    deadline: int = 2  # maximum seconds a question waits
    rate: str | None = None  # maximum request rate per client, such as 600/minute, or off
    max_body: int = 8  # MB; maximum size of a request body with articles
    disk_floor: int = 256  # MB; minimum free disk space for writing
    hosts: tuple[str, ...] = ()  # host names that requests may use, besides localhost
    proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For and X-Forwarded-Proto are trusted
    cors_origins: tuple[str, ...] = ()  # origins of web pages that may send requests
    fetch_private: tuple[Network, ...] = ()  # private networks from which articles may be fetched
    fetch_ports: tuple[int, ...] = ()  # from which articles may be fetched, besides 80 and 443
    fetch_max_body: int = 10  # MB; maximum size of a page, feed or file from the web
    fetch_proxy: str | None = None  # an HTTP proxy for fetching; it then resolves names
    fetch_contact: str | None = None  # in the User-Agent: an address where sites reach the operator
    feeds_interval: int = 0  # seconds between updates of the feeds by the service; 0: it does not update them
    log: Literal["text", "json"] | None = None  # by default text on a terminal, else json
    log_questions: bool = False
    traces: bool = False  # whether to send traces, to the endpoint of OTEL_EXPORTER_OTLP_ENDPOINT

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the variables that are set and not empty.

        Raises:
            SettingsError: a variable has an invalid value.
        """
        values = {
            name.removeprefix(_PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(_PREFIX) and value.strip()
        }
        default = cls()
        languages = _comma_separated(values.get("languages"))
        if languages:
            try:
                Identifier(languages)
            except ValueError as error:
                raise SettingsError(f"NEWSQA_LANGUAGES: {error}") from error
        return cls(
            data=_folder("NEWSQA_DATA", values.get("data"), default.data),
            store=_store(values.get("store")),
            cache=_folder("NEWSQA_CACHE", values.get("cache"), default.cache),
            model=values.get("model"),
            device=_device(values.get("device"), default.device),
            languages=languages or default.languages,
            host=values.get("host", default.host),
            port=_number("NEWSQA_PORT", values.get("port"), default.port, 0, 65535),
            root_path=_root_path(values.get("root_path")),
            public_url=_public_url(values.get("public_url")),
            queue=_number("NEWSQA_QUEUE", values.get("queue"), default.queue, 1, 10_000),
            min_confidence=_probability("NEWSQA_MIN_CONFIDENCE", values.get("min_confidence"), default.min_confidence),
            reader=_reader(values.get("reader"), default.reader),
            deadline=_number("NEWSQA_DEADLINE", values.get("deadline"), default.deadline, 1, 600),
            rate=_rate(values.get("rate")),
            max_body=_number("NEWSQA_MAX_BODY", values.get("max_body"), default.max_body, 1, 1000),
            disk_floor=_number("NEWSQA_DISK_FLOOR", values.get("disk_floor"), default.disk_floor, 0, 10**9),
            hosts=tuple(host.lower() for host in _comma_separated(values.get("hosts"))),
            proxies=_comma_separated(values.get("proxies")),
            cors_origins=_comma_separated(values.get("cors_origins")),
            fetch_private=_private(values.get("fetch_private")),
            fetch_ports=_ports(values.get("fetch_ports")),
            fetch_max_body=_number(
                "NEWSQA_FETCH_MAX_BODY", values.get("fetch_max_body"), default.fetch_max_body, 1, 1000
            ),
            fetch_proxy=_proxy(values.get("fetch_proxy")),
            fetch_contact=_contact(values.get("fetch_contact")),
            feeds_interval=_interval("NEWSQA_FEEDS_INTERVAL", values.get("feeds_interval")),
            log=_log(values.get("log")),
            log_questions=_number("NEWSQA_LOG_QUESTIONS", values.get("log_questions"), 0, 0, 1) == 1,
            traces=bool(environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip()),
        )


def _comma_separated(value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def _log(value: str | None) -> Literal["text", "json"] | None:
    if value not in (None, "text", "json"):
        raise SettingsError(f"NEWSQA_LOG is '{value}': write text or json")
    return "text" if value == "text" else "json" if value else None


def _device(value: str | None, default: Device) -> Device:
    if value not in (None, "cpu", "cuda"):
        raise SettingsError(f"NEWSQA_DEVICE is '{value}': write cpu or cuda")
    return cast("Device", value) if value else default


def _reader(value: str | None, default: Mode) -> Mode:
    if value not in (None, "off", "fast", "full"):
        raise SettingsError(f"NEWSQA_READER is '{value}': write off, fast or full")
    return cast("Mode", value) if value else default


def _store(value: str | None) -> str | None:
    error = SettingsError("NEWSQA_STORE: write an address such as milvus+http://host:19530 or …:19530/name")
    if value and not re.fullmatch(r"milvus\+https?://[^\s/?#]+(?:/[A-Za-z_][A-Za-z0-9_]{0,99})?", value):
        raise error
    try:
        parts = urlsplit(value or "")
        _ = parts.port
    except ValueError:  # without its message and the address, which may have a password
        raise error from None
    if value and not parts.hostname:
        raise error
    if ":" in (parts.hostname or ""):
        raise SettingsError("NEWSQA_STORE: pymilvus does not support IPv6 addresses: use a host name")
    return value


def _rate(value: str | None) -> str | None:
    if value is None or value == "off":
        return value
    from limits import parse_many  # imported here: only the service needs it

    try:
        (_,) = parse_many(value)
    except ValueError as error:
        raise SettingsError(f"NEWSQA_RATE is '{value}': write a rate such as 600/minute, or off") from error
    return value


def _root_path(value: str | None) -> str:
    path = (value or "").rstrip("/")
    if path and not re.fullmatch(r"(?:/[A-Za-z0-9._~-]+)+", path):
        raise SettingsError(f"NEWSQA_ROOT_PATH is '{value}': write a path such as /news")
    return path


def _public_url(value: str | None) -> str | None:
    if value and (safe_url(value) is None or re.search(r"[?#\s]", value)):
        raise SettingsError(f"NEWSQA_PUBLIC_URL is '{value}': write an address such as https://news.example/archive")
    return value.rstrip("/") if value else None


def _private(value: str | None) -> tuple[Network, ...]:
    if value is None or value.strip().lower() in ("0", "false"):
        return ()
    if value.strip().lower() in ("1", "true"):
        return PRIVATE
    try:
        return networks(*_comma_separated(value))
    except ValueError as error:
        raise SettingsError(f"NEWSQA_FETCH_PRIVATE: {error}: write true, or networks such as 10.1.0.0/16") from error


def _ports(value: str | None) -> tuple[int, ...]:
    return tuple(_number("NEWSQA_FETCH_PORTS", port, 0, 1, 65535) for port in _comma_separated(value))


def _proxy(value: str | None) -> str | None:
    if value and (safe_url(value) is None or re.search(r"[?#\s]", value)):
        raise SettingsError(f"NEWSQA_FETCH_PROXY is '{value}': write an address such as http://proxy.example:3128")
    return value


def _contact(value: str | None) -> str | None:
    if value and not re.fullmatch(r"[!-'*-~]{1,200}", value):
        raise SettingsError(f"NEWSQA_FETCH_CONTACT is '{value}': write an address such as https://news.example/about")
    return value


def _interval(name: str, value: str | None) -> int:
    if value is None or value == "0":
        return 0
    seconds = duration(value)
    if seconds is None:
        raise SettingsError(f"{name} is '{value}': write a time of a minute or more, such as 15m or 2h")
    return seconds


def duration(value: str) -> int | None:
    """Return the seconds of a time such as 90s, 15m, 2h or 1d; None if it is none, or shorter than a minute."""
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", value.strip())
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]] if match else 0
    return seconds if seconds >= 60 else None


def _folder(name: str, value: str | None, default: Path) -> Path:
    try:
        return Path(value).expanduser() if value else default
    except RuntimeError as error:
        raise SettingsError(f"{name} is '{value}': {error}") from error


def _number(name: str, value: str | None, default: int, minimum: int, maximum: int) -> int:
    if value is None:
        return default
    if not value.isdecimal() or len(value) > len(str(maximum)) or not minimum <= int(value) <= maximum:
        raise SettingsError(f"{name} is '{value}': write a number from {minimum} to {maximum}")
    return int(value)


def _probability(name: str, value: str | None, default: float) -> float:
    if value is None:
        return default
    if not re.fullmatch(r"0|1|0?\.\d{1,6}|1\.0*", value):
        raise SettingsError(f"{name} is '{value}': write a number from 0 to 1, such as 0.5")
    return float(value)
