"""The article in the data of a page whose scripts show it: `articleBody` of JSON-LD, or the state of a framework."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from index.read import html, page_data

_MAX_DEPTH = 40  # of values in each other
_MAX_VALUES = 200_000  # of all states of a page
_MIN_LENGTH = 200  # code points of an article
_SCRIPT = re.compile(
    r"^\s*(?:window\.|self\.|var |let |const )?(?:__\w+__|\w*(?:STATE|State|DATA|Data|PRELOADED)\w*)\s*=\s*(?=\{)"
)
_TITLES = ("title", "headline", "headlines", "name", "titre")
_LEADS = (
    "lead",
    "lede",
    "standfirst",
    "chapo",
    "chapeau",
    "dek",
    "deck",
    "subtitle",
    "subheadline",
    "intro",
    "excerpt",
)
_BODIES = (
    "articleBody body content content_elements contentElements blocks bodyBlocks paragraphs components elements "
    "sections text html bodyHtml body_html contentHtml content_html".split()
)
_TEXTS = "html text content value paragraph blocks children items data nodes body title".split()
_TEXT_TYPE = re.compile(
    r"p|li|ul|ol|h[1-6]|block|root|doc|document|span|leaf|strong|em|bold|italic|link|a|raw_html|"
    r".*(?:text|paragraph|heading|header|title|list|item|quote|html|section|interview|question|answer|correction).*",
    re.IGNORECASE,
)
_OTHER_TYPE = re.compile(
    r".*(?:link_list|interstitial|related|newsletter|listpromo|pull_?quote|image).*", re.IGNORECASE
)
_HEADING_TYPE = re.compile(r"h[1-6]|.*(?:heading|header|subtitle|intertitle).*", re.IGNORECASE)
_INLINE_TYPE = re.compile(r"text|span|leaf|strong|em|bold|italic|link|a", re.IGNORECASE)
_FIELDS = {
    "date": "datePublished publishedAt published_at publishDate publish_date publicationDate publication_date "
    "display_date first_publish_date firstPublished datePublication".split(),
    "author": ("author", "authors", "byline", "signature"),
}


def of_json_ld(data: page_data.Data) -> html.Readable:
    """Return the text that JSON-LD has of an article; '' if it has none."""
    text = data.get("articleBody")
    return _readable([text]) if isinstance(text, str) and not page_data.is_paywalled(data) else html.Readable("", None)


def article(tree: Any, title: str | None) -> tuple[html.Readable, Mapping[str, str]]:
    """Return the text of the article with a title in the states of a page, with its `date` and `author` if stated."""
    found: list[tuple[html.Readable, Mapping[str, str]]] = []
    for state in _states(tree):
        for item in _objects(state):
            if title and title in [html.clean(_first_text(item.get(name))) for name in _TITLES]:
                leads = [item[name] for name in _LEADS if isinstance(item.get(name), str)]
                bodies = [_readable([*leads[:1], item[name]]) for name in _BODIES if item.get(name)]
                fields = {
                    name: value
                    for name, keys in _FIELDS.items()
                    if (value := next(filter(None, (page_data.text(item.get(key)) for key in keys)), ""))
                }
                found += [(body, fields) for body in bodies if len(body.text) >= _MIN_LENGTH]
    return max(found, key=lambda each: len(each[0].text), default=(html.Readable("", None), {}))


def _states(tree: Any) -> Iterator[Any]:
    for script in tree.iter("script"):
        source = script.text or ""
        kind = script.get("type") or ""
        try:
            if kind == "application/json":
                yield json.loads(source, strict=False)
            elif "json" not in kind and (match := _SCRIPT.match(source)):
                yield json.JSONDecoder(strict=False).raw_decode(source, match.end())[0]
        except (ValueError, RecursionError):
            continue


def _objects(state: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a state, the outer ones first."""
    pending = [(state, 0)]
    for _ in range(_MAX_VALUES):
        if not pending:
            return
        value, depth = pending.pop()
        if isinstance(value, dict):
            yield value
        if depth < _MAX_DEPTH and isinstance(value, (dict, list)):
            parts = value.values() if isinstance(value, dict) else value
            pending.extend((part, depth + 1) for part in parts if isinstance(part, (dict, list)))


def _first_text(value: Any) -> str:
    """Return a title, which may be an object such as `{"basic": "…"}`."""
    if isinstance(value, dict):
        value = next((each for each in value.values() if isinstance(each, str)), "")
    return value if isinstance(value, str) else ""


def _readable(values: Sequence[Any]) -> html.Readable:
    return html.from_html("".join(part for value in values for part in _markup(value, 0)))


def _markup(value: Any, depth: int) -> Iterator[str]:
    """Yield the text of a state in HTML; parts of a type that is no text, such as pictures, are left out."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        yield (
            value
            if re.search(r"</?[a-zA-Z][^>]*>", value)
            else "".join(f"<p>{escape(part)}</p>" for part in re.split(r"\n\s*\n|\n", value))
        )
    elif isinstance(value, list):
        for each in value:
            yield from _markup(each, depth + 1)
    elif isinstance(value, dict):
        kind = value.get("type") or value.get("_type") or value.get("__typename") or value.get("blockType") or ""
        if not isinstance(kind, str) or (kind and not _TEXT_TYPE.fullmatch(kind)) or _OTHER_TYPE.fullmatch(kind):
            return
        name = next((name for name in _TEXTS if isinstance(value.get(name), (str, list, dict)) and value[name]), None)
        if name is None:
            return
        parts = list(_markup(value[name], depth + 1))
        if _HEADING_TYPE.fullmatch(kind):
            yield f"<h2>{''.join(re.sub('</?p>', '', part) for part in parts)}</h2>"
        elif _INLINE_TYPE.fullmatch(kind) and depth > 2:
            yield "".join(re.sub("</?p>", "", part) for part in parts)
        elif any("<p>" not in part for part in parts):
            yield f"<p>{''.join(parts)}</p>"
        else:
            yield from parts
