"""Articles become live: read, split, embed, keep, publish."""

import os

# Products of the size that ranking takes gain nothing from threads, which wait for each other where cores are busy:
# a question took a fifth longer. numpy reads this when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
