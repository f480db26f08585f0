"""Resolves languages and outlets, as people write them, to those of the archive."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from index.errors import FilterError
from index.language_names import code_of, folded
from index.types import Facets, Filter

_MAX_LISTED = 12  # values in an error message
_MAX_SHOWN = 80  # code points of a value in an error message
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]+)*", re.IGNORECASE)
_COMMA = re.compile(r"[,;،、，]")


def resolve(filters: Filter, facets: Facets) -> Filter:
    """Return `filters` with languages and outlets as they are written in the archive, whose values are `facets`.

    Outlets may differ in case, accents, apostrophes, dashes and white space, files of articles without one in case
    alone. Languages may be codes, also with a region, or names, in English or in the language itself. A value may be a
    list with commas, and blank values are ignored. Nothing is resolved in an empty archive.

    Raises:
        FilterError: a value matches nothing in the archive.
    """
    if not facets.articles:
        return filters
    outlets = facets.outlets if filters.sources else {}
    names: dict[str, list[str]] = {}
    for name in outlets:
        # An archive can have a file for each article, and folding is slow.
        names.setdefault(folded(name) if name in facets.sources else _lowered(name), []).append(name)

    def find(value: str) -> list[str]:
        return list(dict.fromkeys((*names.get(folded(value), ()), *names.get(_lowered(value), ()))))

    return replace(
        filters,
        languages=languages("languages", filters.languages, facets),
        sources=_resolved("sources", "outlet", filters.sources, find, outlets),
    )


def languages(field: str, values: Iterable[str], facets: Facets) -> tuple[str, ...]:
    """Return the codes of the languages that a field of a question has, see `resolve`.

    Raises:
        FilterError: the archive has no article in one of them.
    """
    if not facets.articles:
        return tuple(values)

    def find(value: str) -> list[str]:
        tag = _TAG.fullmatch(value.strip())
        codes = (tag[1].casefold() if tag else "", code_of(value) or "")
        return [code for code in codes if code in facets.languages][:1]

    return _resolved(field, "language", values, find, facets.languages)


def _resolved(
    field: str, kind: str, values: Iterable[str], find: Callable[[str], list[str]], known: Mapping[str, int]
) -> tuple[str, ...]:
    """Return the values of the archive that `find` gives for `values`, each once.

    Raises:
        FilterError: it gives none for one of them.
    """
    found: list[str] = []
    for value in values:
        for part in [value] if find(value) else _COMMA.split(value):
            matches = find(part)
            if part.strip() and not matches:
                raise FilterError(field, _unknown(kind, part.strip(), known))
            found += matches
    return tuple(dict.fromkeys(found))


def _unknown(kind: str, value: str, known: Mapping[str, int]) -> str:
    """Return the error message for a value that matches nothing; `known` has the most frequent values first."""
    shown = value if len(value) <= _MAX_SHOWN else f"{value[:_MAX_SHOWN]}…"
    if not known:
        return f"no article has the {kind} '{shown}', and the archive has none: leave the filter out"
    listed = ", ".join([*known][:_MAX_LISTED])
    more = f" and {len(known) - _MAX_LISTED} more" if len(known) > _MAX_LISTED else ""
    return f"no article has the {kind} '{shown}': the archive has {listed}{more}"


def _lowered(value: str) -> str:
    """Return the name of a file without differences of case and Unicode form."""
    return unicodedata.normalize("NFC", value.strip()).casefold()
