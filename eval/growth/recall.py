"""Compare the candidates by vector with those of an exact search."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.local.archive import LocalArchive
from qa.archive import embedder
from qa.settings import Settings

_K = 50


def recall(data: Path, questions: Sequence[str]) -> float:
    """Return the share of the 50 nearest passages, by vectors in 32 bits, that are among the 50 that are found."""
    with embedder(replace(Settings(), data=data), lambda *_: None) as model, LocalArchive(data) as archive:
        asked = np.stack([model.question(question).vector for question in questions])
        asked = archive.means.center(asked, ["fr"] * len(asked))
        numbers = np.zeros((len(asked), _K), np.int64)
        cosines = np.full((len(asked), _K), -np.inf, np.float32)
        with archive.reading():
            for content in archive.catalog.contents():
                near = asked @ archive.means.center(content.vectors, content.languages).T
                both = np.hstack([cosines, near])
                places = np.argsort(-both, axis=1)[:, :_K]
                all_numbers = np.hstack([numbers, np.tile(content.numbers, (len(asked), 1))])
                numbers = np.take_along_axis(all_numbers, places, axis=1)
                cosines = np.take_along_axis(both, places, axis=1)
            found = [{number for number, _ in archive.live.search_dense(vector, _K)} for vector in asked]
    expected = [set(row.tolist()) - {0} for row in numbers]
    return sum(len(one & other) for one, other in zip(found, expected, strict=True)) / sum(map(len, expected))
