"""Evaluation of newsqa and of other systems."""

import os

# As in the process of a service (`qa.cli.main`), and before numpy is loaded, which reads it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
