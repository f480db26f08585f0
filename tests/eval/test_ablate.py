"""Ablation removes one part of the ranking and nothing else."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from eval.ablate import run_ablation, show
from eval.compare import holm
from eval.errors import EvaluationError
from eval.result import Result
from eval.types import Expected, Question, SystemAnswer, SystemFailed
from index.local.archive import LocalArchive
from index.model.embed import Embedder
from qa.ask import Asker
from qa.types import Hit
from tests.eval.fakes import citing, data_set, evaluate, question, quoting, ranked_data, ranking_system, whole
from tests.fakes import HashEmbedder, build_archive, identifier

_ROWS = (
    "full",
    "without language centering",
    "without token vectors",
    "without surprisal weights",
    "without dense score",
    "without lexical score",
    "without lexical candidates",
    "dense only",
    "dense only, not centered",
    "without reader",
)
_ASKED = "When does the pool of Kalinowski close, in June or in May?"
_FILES = {
    "pool.md": "# The pool\n\nThe city pool closes in June. The works last eight months.",
    "piscine.md": "# La piscine\n\nLa piscine de Kalinowski ferme en juin. Les travaux durent huit mois.",
    "may.md": "# The mayor\n\nThe mayor spoke in May about the works. He left at noon.",
}


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    """Three articles in two languages, with an embedder that hashes words."""
    with LocalArchive(build_archive(tmp_path, _FILES)) as archive:
        yield Asker(archive, HashEmbedder(), identifier())


def _hits(asker: Asker, text: str = _ASKED) -> list[dict[str, Hit]]:
    """Return the hits of every variant by article."""
    found: dict[str, dict[str, Hit]] = {}

    def measure_variant(name: str, variant: Asker) -> Result:
        found[name] = {hit.article.id: hit for hit in variant.ask(text).hits}
        return evaluate(data_set(question("q", Expected("d"))), ranking_system(lambda _: ["d"]))

    assert tuple(row.name for row in run_ablation(asker, measure_variant)) == _ROWS
    return [found[name] for name in _ROWS]


def test_a_removed_part_no_longer_counts_and_the_others_do(asker: Asker) -> None:
    full, _, tokens, _, dense, lexical, without_candidates, only, *_ = _hits(asker)
    weights = asker.weights
    assert {hit.passage.language for hit in full.values()} == {"en", "fr"}
    for id_, hit in full.items():
        scores, near, other = hit.scores, max(hit.scores["dense"], 0) ** 2, hit.passage.language != "en"
        parts = {
            "maxsim": weights.maxsim * scores["maxsim"],
            "dense": (weights.dense_crosslingual if other else weights.dense) * near,
            "lexical": (weights.lexical_crosslingual if other else weights.lexical) * scores["lexical"],
        }
        assert parts["maxsim"]
        assert parts["lexical"]
        assert bool(parts["dense"]) == (other and near > 0)
        assert hit.score == pytest.approx(sum(parts.values()))
        assert tokens[id_].score == pytest.approx(hit.score - parts["maxsim"])
        assert dense[id_].score == pytest.approx(hit.score - parts["dense"])
        assert lexical[id_].score == pytest.approx(hit.score - parts["lexical"])
        assert without_candidates[id_].score == pytest.approx(hit.score)
        assert only[id_].score == pytest.approx(near)


def test_every_token_has_the_same_surprisal_without_the_weights(seeds: Path, embedder: Embedder) -> None:
    with LocalArchive(seeds) as archive:
        full, _, _, even, *_ = _hits(Asker(archive, embedder, identifier()), "why did Kalinowski leave?")
        shared = [id_ for id_ in full.keys() & even.keys() if full[id_].passage == even[id_].passage]
        assert any(full[id_].scores["maxsim"] != even[id_].scores["maxsim"] for id_ in shared)
        assert all(full[id_].scores["dense"] == pytest.approx(even[id_].scores["dense"], abs=1e-6) for id_ in shared)


def test_nothing_is_centered_without_the_means(seeds: Path, embedder: Embedder) -> None:
    text = "why did Kalinowski leave?"
    with LocalArchive(seeds) as archive:
        full, uncentered, *_, dense, plain, _ = _hits(Asker(archive, embedder, identifier()), text)
        asked = embedder.question(text).vector
        content = archive.catalog.content()
    cosines = dict(zip(content.numbers.tolist(), (content.vectors @ asked).tolist(), strict=True))
    for hit in (*uncentered.values(), *plain.values()):
        assert hit.scores["dense"] == pytest.approx(cosines[hit.passage.number], abs=3e-3)
    assert all(hit.score == pytest.approx(hit.scores["dense"] ** 2) for hit in plain.values())
    assert all(uncentered[id_].scores["maxsim"] > full[id_].scores["maxsim"] for id_ in full.keys() & uncentered.keys())
    assert all(hit.scores["dense"] < cosines[hit.passage.number] for hit in dense.values())


def test_without_lexical_candidates_the_lexical_score_stays(tmp_path: Path) -> None:
    words = ["".join("abcdefghij"[int(digit)] for digit in f"{number:03}") for number in range(120)]
    near = {f"{word}.md": f"# Pool\n\nwhen does the pool close {word}" for word in words}
    far = {"far.md": f"# Far\n\n{' '.join(f'unlike{number}' for number in range(60))} Kalinowski."}
    with LocalArchive(build_archive(tmp_path, near | far)) as archive:
        asker = Asker(archive, HashEmbedder(), identifier())
        found: dict[str, set[str]] = {}
        lexical_scores: dict[str, float] = {}

        def measure_variant(name: str, variant: Asker) -> Result:
            hits = variant.ask("when does the pool close Kalinowski", 50).hits
            found[name] = {hit.article.title for hit in hits}
            lexical_scores[name] = max(hit.scores["lexical"] for hit in hits)
            return evaluate(data_set(question("q", Expected("d"))), ranking_system(lambda _: ["d"]))

        run_ablation(asker, measure_variant)
    assert "Far" in found["full"]
    assert "Far" not in found["without lexical candidates"]
    assert lexical_scores["without lexical candidates"] > 0


def test_the_archive_is_left_as_it_was(asker: Asker) -> None:
    before = (asker.archive.revision, asker.archive.means, asker.weights)
    score = asker.ask(_ASKED).hits[0].score
    _hits(asker)
    assert (asker.archive.revision, asker.archive.means, asker.weights) == before
    assert asker.ask(_ASKED).hits[0].score == score


# --- figures


def test_rows_are_compared_with_the_full_ranking_and_p_is_corrected_over_all(asker: Asker) -> None:
    data, rankings = ranked_data(40)
    worse = {id_: [ranking[1], ranking[0], *ranking[2:]] for id_, ranking in rankings.items()}

    def measure_variant(name: str, _: Asker) -> Result:
        poor = name == "without token vectors"
        return evaluate(data, ranking_system(lambda asked: (worse if poor else rankings)[asked.id]), name=name)

    rows = {row.name: row for row in run_ablation(asker, measure_variant)}
    full, poor, same = rows["full"], rows["without token vectors"], rows["dense only"]
    assert full.differences == {}
    first = [rankings[one.id].index(f"d{one.id[1:]}") for one in data.questions]
    assert full.figures["RR@10"] == pytest.approx(np.mean([1 / (1 + rank) for rank in first]))
    loss = np.mean([1 / (1 + {0: 1, 1: 0}.get(rank, rank)) - 1 / (1 + rank) for rank in first])
    lost = poor.differences["RR@10"]
    assert lost.difference == pytest.approx(loss)
    assert lost.low < loss < lost.high
    assert lost.p is not None
    assert lost.corrected == pytest.approx(holm([lost.p, *[1.0] * (len(_ROWS) - 2)])[0])
    assert lost.corrected == pytest.approx(min(1, (len(_ROWS) - 1) * lost.p))
    assert (same.differences["nDCG@10"].difference, same.differences["nDCG@10"].corrected) == (0, 1)


def test_a_failed_question_ends_the_ablation(asker: Asker) -> None:
    def failing(asked: Question, k: int) -> SystemAnswer:
        raise SystemFailed("503: gone")

    def measure_variant(name: str, _: Asker) -> Result:
        system = failing if name == "dense only" else ranking_system(lambda _: ["d"])
        return evaluate(data_set(question("q", Expected("d"))), system)

    with pytest.raises(EvaluationError, match=r"dense only: 1 questions failed, the first \(q\): 503: gone"):
        run_ablation(asker, measure_variant)


def test_the_table_fits_a_narrow_terminal(asker: Asker) -> None:
    data, rankings = ranked_data(10)
    rows = run_ablation(asker, lambda *_: evaluate(data, ranking_system(lambda asked: rankings[asked.id])))
    changed = [*rows[:-1], replace(rows[-1], figures={"nDCG@10": 0.12345, "RR@10": 0.6})]
    assert "RR@10" in rows[1].differences
    console = Console(file=io.StringIO(), width=80)
    show(console, changed)
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "…" not in shown.replace(" … ", "")
    assert "0.123" in shown


def test_answers_and_refusals_are_compared_where_they_are_measured(asker: Asker) -> None:
    expected = [question(f"q{number}", quoting("pool", "eight months")) for number in range(10)]
    data = data_set(*expected, question("m", kind="near-miss"))

    def measure_variant(name: str, _: Asker) -> Result:
        poor = name == "without dense score"
        quoted = citing("pool", "closes in June" if poor else "eight months")

        def ask(asked: Question, k: int) -> SystemAnswer:
            return SystemAnswer((whole("pool"),), (quoted,), quoted.text, confidence=poor != asked.answerable)

        return evaluate(data, ask)

    rows = {row.name: row for row in run_ablation(asker, measure_variant)}
    poor = rows["without dense score"]
    assert rows["full"].figures == {
        "nDCG@10": 1.0,
        "RR@10": 1.0,
        "first quote accuracy": 1.0,
        "abstention AUROC near-miss": 1.0,
        "refusal at 95 % near-miss": 1.0,
    }
    assert (poor.figures["first quote accuracy"], poor.figures["abstention AUROC near-miss"]) == (0.0, 0.0)
    assert poor.differences["first quote accuracy"].difference == -1.0
    assert poor.differences["first quote accuracy"].corrected is not None
    lost = poor.differences["abstention AUROC near-miss"]
    assert (lost.difference, lost.low, lost.high, lost.p) == (-1.0, -1.0, -1.0, None)
    console = Console(file=io.StringIO(), width=80)
    show(console, list(rows.values()))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for measure in ("nDCG@10", "first quote accuracy", "abstention AUROC near-miss"):
        assert measure in shown
