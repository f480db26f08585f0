"""What is wrong with an evaluation before anything was measured."""

from index.errors import NewsqaError


class EvaluationError(NewsqaError):
    """A data set, a result or a system cannot be used; the message says where, what and what to do."""
