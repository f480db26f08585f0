"""Measurements of the product, made from outside."""

import os

# As in the process of a service (`qa.cli.main`), and before numpy is loaded, which reads it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
