"""Evaluation of newsqa and of other systems."""

import index  # noqa: F401 - before numpy, because it limits numpy to one thread
