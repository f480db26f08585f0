"""How long torture lasts."""

import os

_SAID = os.environ.get("NEWSQA_TORTURE_ROUNDS", "")

WHOLE = _SAID == "whole"
"""Whether figures are asserted that need a machine of their own."""


def rounds(small: int, whole: int) -> int:
    """Return how many rounds there are: few in `make test`, all in `make torture`, or as many as the variable says."""
    return whole if WHOLE else int(_SAID or small)
