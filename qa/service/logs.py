"""The service log: one line per event, as text or JSON, without questions and secrets."""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import IO

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the current request, added to every line logged while it is handled."""

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def start(stream: IO[str], kind: str) -> None:
    """Log to a stream, each line as `text` or `json`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(kind))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("newsqa").setLevel(logging.INFO)


def location(error: BaseException) -> str:
    """Return the type of an error and its stack of code lines, without the message, which may quote a question."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {' < '.join(f'{frame.filename}:{frame.lineno}' for frame in reversed(frames))}"


class LineFormatter(logging.Formatter):
    """Formats a record as one line; `extra` values become fields, control characters are escaped."""

    def __init__(self, kind: str) -> None:
        """Format lines as `text` or `json`."""
        super().__init__()
        self._json = kind == "json"

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, object] = {"time": time, "level": record.levelname.lower(), "message": record.getMessage()}
        if (request := request_id.get()) is not None:
            fields["request_id"] = request
        fields |= {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        if record.exc_info and record.exc_info[1]:
            fields["error"] = location(record.exc_info[1])
        if self._json:
            return json.dumps(fields, default=str)  # ASCII only, so no invisible characters
        parts = [f"{fields.pop('time')}", f"{fields.pop('level')}", f"{fields.pop('message')}"]
        parts += [f"{name}={value}" for name, value in fields.items() if value is not None]
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in " ".join(parts))
