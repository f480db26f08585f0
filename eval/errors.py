"""The errors of an evaluation: `NewsqaError` > `EvaluationError`."""

from index.errors import NewsqaError


class EvaluationError(NewsqaError):
    """A data set, a result or a system cannot be used; the message names the place, the error and the remedy."""
