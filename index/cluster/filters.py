"""Filters as conditions of Milvus, and applied to records."""

from index.cluster.milvus import joined, one_of
from index.cluster.rows import Record, plain
from index.types import Filter


def condition(filters: Filter) -> str:
    """Return the condition of the passages that a filter admits."""
    days = [f"day >= {filters.published_from.toordinal()}"] if filters.published_from else []
    last = min((day for day in (filters.published_to, filters.as_of) if day), default=None)
    if last:
        days += ["day > 0", f"day <= {last.toordinal()}"]
    names = one_of("language", map(plain, filters.languages)) if filters.languages else ""
    outlets = one_of("outlet", map(plain, filters.sources)) if filters.sources else ""
    return joined(*days, names, outlets)


def admits(filters: Filter, stored: Record) -> bool:
    """Return whether a filter admits a passage of an article."""
    each = stored.listed
    last = min((day for day in (filters.published_to, filters.as_of) if day), default=None)
    return (
        not ((filters.published_from or last) and each.published is None)
        and not (filters.published_from and each.published and each.published < filters.published_from)
        and not (last and each.published and each.published > last)
        and not (filters.languages and not set(filters.languages) & set(stored.languages))
        and not (filters.sources and each.outlet not in filters.sources)
        and not (filters and not stored.languages)
    )
