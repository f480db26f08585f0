"""The confidence of answers, and abstention."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.local.archive import LocalArchive
from index.model.cache import Model
from index.model.embed import Embedder
from index.types import Candidate, EncodedQuestion, Filter, StoredPassage, TokenCodes
from qa.ask import Asker
from qa.confidence import FEATURES, FILE, READER_FEATURES, Confidence, confidence_for, features
from qa.texts import no_answer
from qa.types import Ranked
from tests.fakes import HashEmbedder, build_archive, fake_model, identifier

_ANSWERED = [
    "why did Kalinowski leave?",
    "Pourquoi Zoë Hitzig a-t-elle quitté OpenAI ?",
    "¿Cuántos cofundadores dejaron xAI?",
    "谁离开了 Anthropic 去学习诗歌？",
]
_UNANSWERED = [
    "How many moons does Jupiter have?",
    "Qui a gagné le Tour de France en 1995 ?",
    "Wie hoch ist die Zugspitze?",
    "-" * 500,
]


@pytest.fixture(scope="module")
def asker(seeds: Path, embedder: Embedder) -> Iterator[Asker]:
    with LocalArchive(seeds) as archive:
        yield Asker(archive, embedder, identifier())


def _ranked(language: str, cosines: list[float], maxsim: float) -> Ranked:
    passage = StoredPassage(0, 1, language, ((0, 1),), 1, "p", "a")
    no_tokens = TokenCodes(np.zeros(2, dtype=np.uint16), np.zeros((0, 1), dtype=np.uint8))
    token_cosines = np.array(cosines, dtype=np.float32)
    return Ranked(Candidate(passage, no_tokens, 0.5, 0.0), maxsim, maxsim, token_cosines, token_cosines[:1])


def _question(weights: list[float]) -> EncodedQuestion:
    shares = np.array(weights, dtype=np.float32)
    vectors = np.zeros((len(weights), 2), dtype=np.float32)
    return EncodedQuestion(
        "why?",
        "en",
        True,
        vectors[0],
        vectors,
        shares,
        (),
        frozenset(),
        frozenset(),
        np.zeros((len(weights), 2), dtype=np.int32),
        (),
    )


# --- features


def test_features_are_as_computed_by_hand() -> None:
    question = _question([0.5, 0.25, 0.25])
    first, second = _ranked("fr", [0.8, 0.4, 0.6], 0.65), _ranked("fr", [0.6, 0.8, 0.6], 0.65)
    worst, lacking, uneven, across = features(question, [first, second])
    assert worst == pytest.approx(0.4)  # the third of the three tokens with the lowest cosine
    assert lacking == pytest.approx(0.25 * 0.4)
    assert uneven == pytest.approx((0.5 * 0.15**2 + 0.25 * 0.25**2 + 0.25 * 0.05**2) ** 0.5, rel=1e-5)
    assert across == 1
    assert features(question, [_ranked("en", [0.5, 0.5, 0.5], 0.5)]).tolist() == pytest.approx([0.5, 0, 0, 0])


def test_copies_of_the_first_passage_change_nothing() -> None:
    question = _question([0.5, 0.5])
    first, other = _ranked("fr", [0.8, 0.4], 0.6), _ranked("en", [0.3, 0.5], 0.4)
    assert (features(question, [first, other]) == features(question, [first, first, first, other])).all()


def test_the_probability_is_a_logistic_function_of_the_features() -> None:
    confidence = Confidence(-1.0, (4.0, -3.0, 0.0, 0.5))
    assert confidence.probability(np.array([0.0, 0.0, 1.0, 0.0])) == pytest.approx(0.268941, abs=1e-6)
    assert confidence.probability(np.array([0.9, 0.0, 0.0, 0.0])) > confidence.probability(np.array([0.5, 0.1, 0, 0]))


def test_the_coefficients_are_those_of_the_bundled_model(model: Model) -> None:
    fitted = json.loads(FILE.read_text(encoding="utf-8"))
    assert fitted["model"] == model.identity
    assert tuple(fitted["without reader"]["coefficients"]) == FEATURES
    assert confidence_for(model.identity) is not None
    assert confidence_for("another@1") is None
    assert (confidence_for(model.identity, READER_FEATURES) is None) == ("with reader" not in fitted)
    assert tuple(fitted.get("with reader", {}).get("coefficients", READER_FEATURES)) == READER_FEATURES


# --- answers and abstentions


@pytest.mark.parametrize("text", _ANSWERED)
def test_answerable_questions_are_answered(asker: Asker, text: str) -> None:
    answer = asker.ask(text)
    assert answer.status == "answered"
    assert answer.confidence is not None
    assert asker.min_confidence <= answer.confidence <= 1


@pytest.mark.parametrize("text", _UNANSWERED)
def test_unanswerable_questions_get_an_abstention_with_the_nearest_passages(asker: Asker, text: str) -> None:
    answer = asker.ask(text)
    assert (answer.status, answer.citations) == ("abstained", ())
    assert answer.text == no_answer(answer.language)
    assert answer.confidence is not None
    assert answer.confidence < asker.min_confidence
    assert answer.hits


def test_the_confidence_threshold_is_a_setting(asker: Asker) -> None:
    text = _ANSWERED[0]
    assert replace(asker, min_confidence=1.0).ask(text).status == "abstained"
    assert replace(asker, min_confidence=0.0).ask(_UNANSWERED[0]).status == "answered"


@pytest.mark.parametrize("text", [_ANSWERED[0], _UNANSWERED[0]])
def test_top_k_does_not_change_the_confidence(asker: Asker, text: str) -> None:
    assert len({asker.ask(text, top_k).confidence for top_k in (1, 3, 8, 40)}) == 1


def test_without_hits_the_confidence_is_zero(asker: Asker) -> None:
    answer = asker.ask(_ANSWERED[0], filters=Filter(published_from=date(2100, 1, 1)))
    assert (answer.confidence, answer.status, answer.hits) == (0.0, "abstained", ())


def test_a_model_without_calibration_has_no_confidence_and_answers(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"a.md": "La piscine ouvre lundi. Elle ferme samedi."})
    with LocalArchive(data) as archive:
        answer = Asker(archive, HashEmbedder(fake_model()), identifier()).ask("zzz yyy")
    assert (answer.confidence, answer.status) == (None, "answered")
