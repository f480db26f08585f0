"""The split of a data set into a development and a test set, called the halves "development" and "report".

Only the development half may be tuned on; published figures are of the report half. To prevent leakage, translations of
one question are in the same half, and so are questions about one passage. Of SQuAD 2 whole articles are kept out of the
training of the reader as well.
"""

import hashlib
import re

from eval.types import Half

KEPT_ARTICLES = frozenset(
    "Force French_and_Indian_War Harvard_University Immune_system Imperialism Islamism Scottish_Parliament "
    "Yuan_dynasty".split()
)
"""The articles of SQuAD 2 that no training saw, by their titles with underscores."""

_IN_LANGUAGE_MEANS = re.compile(r"[a-z]{2}:p(\d{3})")  # a passage of xquad_mixed
_FIRST_REPORT_PASSAGE = 120  # the language means in index/model/means were computed from p000 to p119


def is_kept(title: str) -> bool:
    """Return whether a title is that of an article in `KEPT_ARTICLES`."""
    return title.replace(" ", "_") in KEPT_ARTICLES


def half_of(text: str) -> Half:
    """Return the half of a text or an id, by its hash."""
    return "report" if hashlib.sha256(text.encode()).digest()[0] % 2 else "development"


def half_by_passage(passage: str, text: str) -> Half:
    """Return the half of the questions about a passage of a BEIR folder."""
    if match := _IN_LANGUAGE_MEANS.fullmatch(passage):
        return "report" if int(match[1]) >= _FIRST_REPORT_PASSAGE else "development"
    return half_of(text)
