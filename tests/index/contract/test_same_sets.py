"""Both stores give the same ten passages for the questions of data sets, and eight bits in a data folder cost little.

By default a few questions on some articles. With `NEWSQA_CONTRACT=whole` 400 of each development half are asked
on all articles, in ten minutes; `--log-cli-level=INFO` shows the figures.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from eval import measures
from eval.data import load
from eval.judge import rank_articles
from eval.systems import document_name, write_articles
from eval.types import DataSet, Passage, Question
from index.archive import Archive
from index.cluster.archive import ClusterStore
from index.cluster.milvus import Milvus
from index.cluster.populate import populate
from index.local.archive import LocalArchive
from index.local.delta import LiveIndex, LiveSelection
from index.model.embed import Embedder
from index.parquet.load import ExportedArchive
from index.process import ArticleProcessor
from index.types import Vectors
from qa.ask import Asker
from qa.types import Hit
from tests.conftest import SEEDS
from tests.fakes import identifier, index_paths, no_progress
from tests.index.contract.milvus_lite import MilvusLite
from tests.index.parquet.exports import exported

_WHOLE = os.environ.get("NEWSQA_CONTRACT") == "whole"
_QUESTIONS, _DOCUMENTS = (400, 100_000) if _WHOLE else (8, 20)
_TOLERANCE = 0.005  # of nDCG@10
_log = logging.getLogger("newsqa.tests")
_CASES = SEEDS.parent / "eval" / "cases" / "seeds.jsonl"


class Exact(LiveIndex):
    """Compares a question with the vectors of the catalog, instead of those of eight bits."""

    def __init__(self, archive: LocalArchive) -> None:
        """Read all vectors."""
        super().__init__(archive.generation)
        content = archive.catalog.content()
        self._numbers = content.numbers
        self._centered = archive.means.center(content.vectors, content.languages)

    def search_dense(self, vector: Vectors, k: int, selection: LiveSelection | None = None) -> list[tuple[int, float]]:
        """Return the numbers and cosines of the `k` nearest passages, best first."""
        assert selection is None
        cosines = np.array([float(each @ vector) for each in self._centered])
        best = np.lexsort((self._numbers, -cosines))[:k]
        return list(zip(self._numbers[best].tolist(), cosines[best].tolist(), strict=True))

    def cosines(self, vector: Vectors, numbers: Sequence[int]) -> dict[int, float]:
        """Return the cosines of passages by number."""
        positions = np.searchsorted(self._numbers, numbers)
        return {number: float(self._centered[i] @ vector) for number, i in zip(numbers, positions, strict=True)}


@pytest.fixture(params=["seeds", "piaf_dev", "xquad_mixed"])
def data_set(request: pytest.FixtureRequest) -> DataSet:
    """Questions of a development half, with the documents of those that are asked and some others."""
    if request.param == "seeds":
        return load(_CASES, half="development", limit=_QUESTIONS)
    shared: Path = request.getfixturevalue("shared")
    data = load(shared / "eval" / request.param, split="test", half="development", limit=_QUESTIONS)
    judged = {expected.article for question in data.questions for expected in question.expected}
    documents = data.documents or ()
    asked = [each for i, each in enumerate(documents) if i < _DOCUMENTS or each.id in judged]
    return replace(data, documents=tuple(asked))


@pytest.fixture
def stores(
    data_set: DataSet, milvus_lite: MilvusLite, embedder: Embedder, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[dict[str, Archive]]:
    """An archive of a data set in a data folder, as it is and with exact cosines, and the same moved into Milvus."""
    if data_set.documents is None:
        data = request.getfixturevalue("seeds")
    else:
        data, articles = tmp_path / "data", tmp_path / "articles.jsonl"
        write_articles(data_set.documents, articles)
        index_paths(articles, data=data, embedder=embedder)
    source = ExportedArchive.open(exported(data, tmp_path / "out"))
    address = milvus_lite.address(f"moved_{data_set.name}".replace("-", "_"))
    populate(
        *(Milvus(address), tmp_path / "lock", embedder.model, lambda writer: source.copy_to(writer, no_progress)),
        source=source.folder,
        processing=lambda: nullcontext(ArticleProcessor(embedder, identifier())),
    )
    with ExitStack() as stack:
        eight_bits, exact = (stack.enter_context(LocalArchive(data)) for _ in range(2))
        exact.live = Exact(exact)
        cluster = stack.enter_context(ClusterStore(address).open_archive(tmp_path / "lock"))
        yield {"eight bits": eight_bits, "exact": exact, "Milvus": cluster}


def test_both_stores_give_the_same_ten_passages(
    data_set: DataSet, stores: dict[str, Archive], embedder: Embedder
) -> None:
    found: dict[str, list[tuple[Hit, ...]]] = {}
    for name, archive in stores.items():
        asker = Asker(archive, embedder, identifier())
        start = perf_counter()
        found[name] = [asker.search(question.text, 10).hits for question in data_set.questions]
        _log.info("%s: %.0f ms a question", name, 1000 * (perf_counter() - start) / len(found[name]))
    ids = {name: [[hit.passage.id for hit in hits] for hits in answers] for name, answers in found.items()}
    scores = {name: _ndcg(data_set.questions, answers) for name, answers in found.items()}
    same = sum(a == b for a, b in zip(ids["eight bits"], ids["Milvus"], strict=True))
    _log.info("%s: nDCG@10 %s, the same ten with eight bits: %d of %d", data_set.name, scores, same, len(ids["exact"]))
    different = [
        question.id
        for question, exact, milvus in zip(data_set.questions, ids["exact"], ids["Milvus"], strict=True)
        if exact != milvus
    ]
    assert not different
    assert abs(scores["eight bits"] - scores["Milvus"]) <= _TOLERANCE


def _ndcg(questions: Sequence[Question], answers: Sequence[tuple[Hit, ...]]) -> float:
    """Return the mean nDCG@10 over articles of the questions that have an answer."""
    rankings = {
        question.id: rank_articles(question, [_passage(hit) for hit in hits])
        for question, hits in zip(questions, answers, strict=True)
    }
    return float(np.mean([scores["nDCG@10"] for scores in measures.score(rankings).values()]))


def _passage(hit: Hit) -> Passage:
    name = document_name(hit.article.id, hit.article.url)
    return Passage(hit.passage.id, name, hit.passage.start, hit.passage.end, hit.article.title, hit.text, hit.score)
