"""What the service writes to its log: one line a thing, as text or JSON, without questions and secrets."""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import IO

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that is being answered; every line written meanwhile bears it."""

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def start(stream: IO[str], kind: str) -> None:
    """Write what this process logs to a stream, each line as `text` or `json`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines(kind))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("newsqa").setLevel(logging.INFO)


def place(error: BaseException) -> str:
    """Return the kind of an error and the lines it came through, but not its words, which may quote a question."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {' < '.join(f'{frame.filename}:{frame.lineno}' for frame in reversed(frames))}"


class Lines(logging.Formatter):
    """What a caller gives as `extra` becomes fields; what would act on a terminal is escaped."""

    def __init__(self, kind: str) -> None:
        """Write each line as `text` or `json`."""
        super().__init__()
        self._json = kind == "json"

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, object] = {"time": time, "level": record.levelname.lower(), "message": record.getMessage()}
        if (request := request_id.get()) is not None:
            fields["request_id"] = request
        fields |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info and record.exc_info[1]:
            fields["error"] = place(record.exc_info[1])
        if self._json:
            return json.dumps(fields, default=str)  # ASCII only, so without anything invisible
        shown = [f"{fields.pop('time')}", f"{fields.pop('level')}", f"{fields.pop('message')}"]
        shown += [f"{name}={value}" for name, value in fields.items() if value is not None]
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in " ".join(shown))
