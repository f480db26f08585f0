"""The number of rounds of the tests in this folder."""

import os

_SETTING = os.environ.get("NEWSQA_TORTURE_ROUNDS", "")

WHOLE = _SETTING == "whole"
"""Whether performance figures are asserted, which need an idle machine."""


def rounds(small: int, whole: int) -> int:
    """Return the number of rounds: `small` in `make test`, `whole` in `make torture`, or the number in the variable."""
    return whole if WHOLE else int(_SETTING or small)
