"""The data of schema.org that a web page has about its article (JSON-LD)."""

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from index.read import html

Data = Mapping[str, Any]
"""An object of JSON-LD."""

_MAX_DEPTH = 8  # of objects in each other
_MAX_OBJECTS = 2000
_ARTICLE = re.compile(r".*(?:Article|BlogPosting|Posting|Report|Review|Gallery)|VideoObject|AudioObject")
_WRAPPED = re.compile(r"^\s*(?:<!--|(?://)?\s*<!\[CDATA\[)|(?:-->|(?://)?\s*\]\]>)\s*$")


def articles(tree: Any) -> list[Data]:
    """Return the articles that a page describes; scripts that are not JSON are skipped, since many pages have some."""
    found: list[Data] = []
    names: dict[str, Data] = {}
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            continue
        try:
            data = json.loads(_WRAPPED.sub("", script.text or ""), strict=False)
        except (ValueError, RecursionError):
            continue
        for item in _objects(data, _MAX_DEPTH):
            if isinstance(item.get("@id"), str) and text(item):
                names.setdefault(item["@id"], item)
            if is_a(item, _ARTICLE):
                found.append(item)
        if len(found) > _MAX_OBJECTS:
            break
    return [_with_names(item, names) for item in found]


def _with_names(item: Data, names: Mapping[str, Data]) -> Data:
    """Return an article whose author and publisher, if only their ids are given, are the objects with these ids."""

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(each) for each in value]
        known = names.get(value["@id"]) if isinstance(value, dict) and isinstance(value.get("@id"), str) else None
        return known if known and not text(value) else value

    return {**item, **{key: named(item[key]) for key in ("author", "publisher") if key in item}}


def _objects(data: Any, depth: int) -> Iterator[Data]:
    if depth and isinstance(data, list):
        for item in data:
            yield from _objects(item, depth - 1)
    elif depth and isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _objects(data.get(key), depth - 1)


def is_a(item: Data, kind: re.Pattern[str]) -> bool:
    """Return whether an object has a type that matches."""
    kinds = item.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(name, str) and kind.fullmatch(name.rpartition("/")[2]) for name in names)


def text(value: Any, depth: int = _MAX_DEPTH) -> str:
    """Return a value as one line: a string, an object with a name, or a list of these, separated by commas."""
    if depth and isinstance(value, list):
        return ", ".join(dict.fromkeys(filter(None, (text(item, depth - 1) for item in value))))
    if depth and isinstance(value, dict):
        return text(value.get("name") or value.get("@value") or value.get("alternateName"), depth - 1)
    return html.clean(unescape(value)) if isinstance(value, str) else ""


def address(value: Any) -> str:
    """Return a value that is an address, or an object with one."""
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    return value.strip() if isinstance(value, str) else ""


def is_paywalled(item: Data) -> bool:
    """Return whether an article states that it is not free."""
    return item.get("isAccessibleForFree") is False or str(item.get("isAccessibleForFree")).lower() == "false"
