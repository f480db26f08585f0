"""The order in which the passages of a result are given."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # it imports numpy, which clients do not need
    from qa.types import Hit

Sort = Literal["relevance", "newest", "oldest"]


def in_order(hits: Iterable["Hit"], sort: Sort) -> list[tuple[int, "Hit"]]:
    """Return hits, best first, in another order, each after its rank by relevance from 1; undated ones come last."""
    ranked = [*enumerate(hits, start=1)]
    if sort == "relevance":
        return ranked
    days = {rank: (hit.article.published or date.min).toordinal() for rank, hit in ranked}
    sign = -1 if sort == "newest" else 1
    return sorted(ranked, key=lambda each: (each[1].article.published is None, sign * days[each[0]]))
