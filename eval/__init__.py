"""Measurements of the product, made from outside."""

import index  # noqa: F401 - before numpy, which it tells to multiply on one thread
