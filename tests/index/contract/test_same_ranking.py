"""Both stores rank, quote and cite alike, on the real model."""

import json
from pathlib import Path

from index.build import update
from index.cluster.archive import ClusterStore
from index.local.archive import LocalArchive
from index.model.embed import Embedder
from qa.ask import Asker
from tests.conftest import SEEDS
from tests.fakes import identifier, no_progress
from tests.index.contract.milvus_lite import MilvusLite

_CASES = Path(__file__).parents[3] / "eval" / "cases" / "seeds.jsonl"


def test_milvus_finds_and_cites_the_same_as_a_data_folder(
    milvus_lite: MilvusLite, seeds: Path, embedder: Embedder, tmp_path: Path
) -> None:
    cases = _CASES.read_text(encoding="utf-8").splitlines()[::115]
    questions = [json.loads(line)["question"] for line in cases]
    store = ClusterStore(milvus_lite.address("seeds"))
    archive = store.updating(tmp_path, embedder.model, 2)
    update([SEEDS], archive, embedder, identifier(), prune=False, progress=no_progress, data=tmp_path)
    with LocalArchive(seeds) as local, store.open_archive(tmp_path) as cluster:
        askers = [Asker(each, embedder, identifier()) for each in (local, cluster)]
        for question in questions:
            first, second = ([hit.passage.id for hit in asker.search(question, 10).hits] for asker in askers)
            # A data folder has vectors of eight bits: neighbors in the ranking may change places.
            assert len(set(first) & set(second)) >= 9, question
            assert first[:2] == second[:2], question
            quotes, others = (
                [(each.article.id, each.span) for each in asker.ask(question).citations] for asker in askers
            )
            assert quotes == others, question
