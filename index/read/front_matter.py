"""Read front matter: fields in YAML, TOML or JSON before the text of a document."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import Node

from index.read.fields import by_our_names, is_known

_MAX_FRONT_MATTER = 100_000  # code points
_OPENING = re.compile(r"\s*(?P<mark>---|\+\+\+|;;;)(?P<kind>ya?ml|toml|json)?[^\S\n]*\n", re.IGNORECASE)
_CLOSING = {
    "---": re.compile(r"^(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[^\S\n]*(?:\n|\Z)", re.MULTILINE),
    ";;;": re.compile(r"^;;;[^\S\n]*(?:\n|\Z)", re.MULTILINE),
}
_FIELD = re.compile(r"(?P<name>[^\W\d][\w .-]{0,40}?)[^\S\n]*:(?:[^\S\n]+(?P<value>.*))?")
_TOML_FIELD = re.compile(r"(?P<name>[\w-]+)[^\S\n]*=[^\S\n]*(?P<value>.*)")


@dataclass(frozen=True, slots=True)
class Document:
    """The fields and the text of a document."""

    fields: Mapping[str, Any]
    body: str
    source: str = ""  # of the fields, which begin on the line after `line`
    line: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)  # what was not understood: its line and the reason


def split(content: str) -> Document | None:
    """Return the front matter of a document and its text; None if it has none."""
    if opening := _OPENING.match(content):
        return _front_matter(content, opening)
    return _json(content) if content.lstrip()[:1] == "{" else None


def _front_matter(content: str, opening: re.Match[str]) -> Document | None:
    line = content.count("\n", 0, opening.end())
    closing = _CLOSING[opening["mark"]].search(content, opening.end(), opening.end() + _MAX_FRONT_MATTER)
    if closing is None:
        source = _fields_only(content[opening.end() :], _FIELD if opening["mark"] == "---" else _TOML_FIELD)
        if not source:  # a line, not front matter
            return None
        body = content[opening.end() + len(source) :]
        problems = [(line, f"front matter is not closed: end it with a line of {opening['mark']}")]
    else:
        source, body, problems = content[opening.end() : closing.start()], content[closing.end() :], []
    kind = (opening["kind"] or "").lower() or {"+++": "toml", ";;;": "json"}.get(opening["mark"], "yaml")
    fields, unread = {"toml": _toml, "json": _json_object}.get(kind, _yaml)(source)
    if fields is None:  # text between two lines
        return None
    problems += [(line + number, reason) for number, reason in unread]
    return Document(fields, body, source, line, problems)


def _fields_only(content: str, pattern: re.Pattern[str]) -> str:
    """Return the lines of fields with which a text begins."""
    end = 0
    for line in content.splitlines(keepends=True):
        if not pattern.fullmatch(line.rstrip("\n")):
            break
        end += len(line)
    return content[:end]


# --- YAML


def _yaml(source: str) -> tuple[dict[str, Any] | None, list[tuple[int, str]]]:
    """Return the fields, None if there are none but text, and what was not understood with its line from 1."""
    chunks, problems = _chunks(source)
    names = [match["name"] for _, chunk in chunks if (match := _FIELD.match(chunk))]
    if not any(map(is_known, names)) and (problems or any(" " in name for name in names)):
        whole = _load(source)
        return (whole if isinstance(whole, dict) and problems else None), []
    whole = _load("\n".join(chunk for _, chunk in chunks))
    if isinstance(whole, dict):
        return whole, problems
    fields: dict[str, Any] = {}
    for number, chunk in chunks:  # one by one, since one of them is wrong
        part = _load(chunk)
        if isinstance(part, dict):
            fields |= part
        elif match := _FIELD.match(chunk):
            fields[match["name"]] = " ".join(chunk[match.end("name") :].lstrip(" :").split())
            problems.append((number, f"'{match['name']}' is not YAML: read as it is written"))
    return fields, problems


class _Loader(yaml.BaseLoader):
    """Refuses aliases, with which a few lines grow to gigabytes; no front matter needs them."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(problem="an alias")
        node: Node | None = super().compose_node(parent, index)
        return node


def _load(source: str) -> Any:
    if _DEEP.search(source):  # the parser takes quadratic time
        return None
    try:
        # BaseLoader keeps values as strings: an invalid date gets our message, and 'no' remains a language.
        return yaml.load(source, Loader=_Loader)  # noqa: S506 - it creates only strings, lists and dicts
    except (yaml.YAMLError, RecursionError):
        return None


def _chunks(source: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Return the fields of YAML with their lines, values of one line quoted, and the lines that are no fields."""
    chunks: list[tuple[int, str]] = []
    problems = []
    for number, line in enumerate(map(_spaced, source.split("\n")), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        indented = line[:1].isspace() or line.startswith("- ")
        if not indented and _FIELD.fullmatch(line):
            chunks.append((number, line))
        elif indented and chunks:
            spaces = line.replace("\t", "  ")
            chunks[-1] = (chunks[-1][0], f"{chunks[-1][1]}\n{spaces}")
        else:
            problems.append((number, "not a line 'name: value': left out"))
    return [(number, _quoted(chunk)) for number, chunk in chunks], problems


def _spaced(line: str) -> str:
    """Return a line with the space after the colon that YAML needs."""
    tight = _TIGHT.match(line)
    return f"{tight['name']}: {line[tight.end() :]}" if tight and is_known(tight["name"]) else line


_TIGHT = re.compile(r"(?P<name>[^\W\d][\w-]{0,40}):(?=[^\s/:])")  # no space after the colon
_TAG = re.compile(r"!!?\w*\s+")  # the type of a value
_DEEP = re.compile(r"(?:[\[{]\s*){100}")
_QUOTED = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*(?:\s\#.*)?""")
_FLOW = re.compile(r"(?:\[.*\]|\{.*\})\s*(?:\s#.*)?|[>|][+-]?\d?\s*|")
_COMMENT = re.compile(r"\s+#(?=\s|$).*")  # "#1" is no comment, although it is one in YAML


def _quoted(chunk: str) -> str:
    """Return a field of one line with quotation marks around its value, so that `:`, `@` and the like are text."""
    match = _FIELD.fullmatch(chunk)
    if match is None or "\n" in chunk:
        return chunk.replace("\t", " ")
    value = (match["value"] or "").strip()
    if tag := _TAG.match(value):
        value = value[tag.end() :]
    if _QUOTED.fullmatch(value) or _FLOW.fullmatch(value):
        return f"{match['name']}: {value}"
    value = _COMMENT.sub("", f" {value}").strip()
    if value[:1] in ('"', "'") and value.count(value[0]) == 1:
        value = value[1:]  # a quotation mark that is not closed
    value = value.replace("'", "''")
    return f"{match['name']}: '{value}'"


# --- TOML and JSON


def _toml(source: str) -> tuple[dict[str, Any] | None, list[tuple[int, str]]]:
    try:
        return {name: _plain(value) for name, value in tomllib.loads(source).items()}, []
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits
        fields: dict[str, Any] = {}
        for line in source.split("\n"):
            if match := _TOML_FIELD.fullmatch(line.strip()):
                fields[match["name"]] = match["value"].strip().strip("\"'")
        return fields or None, [(1, f"front matter is not TOML: {error}: read line by line")]


def _plain(value: Any) -> Any:
    """Return a value of TOML with its dates as text."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, int) and value.bit_length() > 64:
        return hex(value)  # Python writes no numbers of thousands of decimal digits
    return value if isinstance(value, (str, int, float)) else str(value)


def _json_object(source: str) -> tuple[dict[str, Any] | None, list[tuple[int, str]]]:
    try:
        fields = json.loads(source, strict=False)
    except (ValueError, RecursionError):
        return None, []
    return (fields if isinstance(fields, dict) else None), []


def _json(content: str) -> Document | None:
    """Return a document that begins with a JSON object, or None."""
    start = len(content) - len(content.lstrip())
    try:
        fields, end = json.JSONDecoder(strict=False).raw_decode(content, start)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not by_our_names(fields).fields:
        return None
    line = content.count("\n", 0, start)
    return Document(fields, content[end:], content[start:end], line)
