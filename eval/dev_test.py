"""Which half of a data set a question belongs to: the development half may be tuned on, the report half never.

Questions are told apart by what could leak from one half to the other: translations of a question stay together, and so
do questions about one passage.
"""

import hashlib
import re

from eval.types import Half

_IN_LANGUAGE_MEANS = re.compile(r"[a-z]{2}:p(\d{3})")  # a passage of xquad_mixed
_FIRST_REPORTED = 120  # p000 to p119 made the language means of index/means


def half_of(text: str) -> Half:
    """Return the half of whatever has this text or id."""
    return "report" if hashlib.sha256(text.encode()).digest()[0] % 2 else "development"


def half_by_passage(passage: str, text: str) -> Half:
    """Return the half of the questions about a passage of a BEIR folder."""
    if match := _IN_LANGUAGE_MEANS.fullmatch(passage):
        return "report" if int(match[1]) >= _FIRST_REPORTED else "development"
    return half_of(text)
