"""In a question written in one case, rare words and words that usually have a capital are likely names."""

import numpy as np
import pytest
from numpy.typing import NDArray

from index.model.embed import Embedder
from index.types import Span
from qa.lowercase import lowercase_names
from tests.fakes import HashEmbedder


class _Vocabulary(HashEmbedder):
    """An embedder whose words have the given self-information, others that of a frequent word."""

    def __init__(self, **information: float) -> None:
        super().__init__()
        self._information = information

    def surprisal(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        spans, _ = super().surprisal(text)
        values = [self._information.get(text[start:end], 9.0) for start, end in spans.tolist()]
        return spans, np.array(values, dtype=np.float32)


def _names(question: str, embedder: Embedder | HashEmbedder, language: str = "en") -> list[str]:
    spans: tuple[Span, ...] = lowercase_names(question, embedder, language)
    return [question[start:end] for start, end in spans]


def test_a_word_that_is_likelier_with_a_capital_or_rare_is_a_name() -> None:
    embedder = _Vocabulary(
        norvane=25.0, Norvane=26.0, bern=14.0, Bern=10.0, mended=22.0, Mended=22.0, tune=12.0, budget=20.0, Budget=24.0
    )
    assert _names("who left norvane in bern?", embedder) == ["norvane", "bern"]
    assert _names("WHO LEFT NORVANE?", embedder) == ["NORVANE"]
    assert _names("who mended the budget tune?", embedder) == []  # an ending, common with a small letter, not rare


@pytest.mark.parametrize("question", ["Who left Norvane?", "wer leitet norvane?", "谁离开了公司", "why?", "İ norvane"])
def test_capitals_german_and_other_scripts_are_left_alone(question: str) -> None:
    embedder = _Vocabulary(norvane=25.0, Norvane=26.0)
    assert _names(question, embedder, "de" if question.startswith("wer") else "en") == []


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("who is margrethe lecun?", ["margrethe", "lecun"]),
        ("pourquoi zendrix ferme-t-elle ?", ["zendrix"]),
        ("who resigned from nvidia?", ["nvidia"]),
        ("why did the mayor quit the council?", []),
        ("quels sont les projets de la ville ?", []),
    ],
)
def test_the_vocabulary_of_the_model_tells_names_from_words(
    embedder: Embedder, question: str, names: list[str]
) -> None:
    assert _names(question, embedder) == names
