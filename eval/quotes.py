"""Measure how often the first quoted sentence contains the answer: `make quotes SHARED=../shared`.

The questions of `SHARED/eval/squad2_half` name their passage, so only the choice of the sentence is measured. The
halves are split by the hash of the question id, see `eval.dev_test`.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.dev_test import half_of
from index.language import Identifier
from index.model.cache import BUNDLED
from index.model.centering import LanguageMeans
from index.model.embed import Embedder
from index.model.prepare import prepare
from index.model.quantize import TokenQuantizer
from index.sentences import sentences
from index.types import Article, Candidate, Span, StoredPassage, TokenCodes
from qa.answer import compose
from qa.encode import encode
from qa.rank import rank
from qa.settings import Settings
from qa.types import Hit

_MAX_QUESTIONS = 400  # of each half


def main() -> None:
    """Print the share of questions whose first quote contains the answer, for each half."""
    folder = Path(sys.argv[1], "eval/squad2_half")
    cache = Settings.from_environment(os.environ).cache
    model = prepare(BUNDLED, cache, lambda *_: None)
    with Embedder(model, model.folder(cache)) as embedder:
        checker = _QuoteChecker(embedder, folder)
        for half in ("development", "report"):
            outcomes = [checker.is_right(*case) for case in _cases(folder, half)]
            known = [outcome for outcome in outcomes if outcome is not None]
            print(f"{half}: {sum(known) / len(known):.3f} of {len(known)} questions")


class _QuoteChecker:
    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self._embedder = embedder
        self._identifier = Identifier(["en"])
        self._means = LanguageMeans.of(embedder.model)
        self._quantizer = TokenQuantizer(embedder.model)
        self._passages = {row["_id"]: row["text"].replace("\n", " ") for row in _rows(folder / "corpus.jsonl")}
        self._embedded: dict[str, tuple[tuple[Span, ...], TokenCodes]] = {}

    def is_right(self, question: str, passage: str, answers: list[str]) -> bool | None:
        """Return whether the first quote contains an answer; None if the passage has one sentence or no answer."""
        text = self._passages[passage]
        if passage not in self._embedded:
            spans = tuple(sentences(text, (0, len(text)), "en"))
            self._embedded[passage] = (spans, self._quantizer.encode(next(self._embedder.passages([text])), 0, spans))
        spans, tokens = self._embedded[passage]
        with_answer = [any(answer in text[start:end] for answer in answers) for start, end in spans]
        if len(spans) < 2 or not any(with_answer):
            return None
        encoded = encode(question, self._embedder, self._identifier, self._means)
        stored = StoredPassage(0, len(text), "en", spans, 1, passage, passage)
        (ranked,) = rank(encoded, [Candidate(stored, tokens, 1.0, 0.0)], self._quantizer, self._means)
        article = Article(id=passage, title="", text=text, language="en")
        _, citations = compose([Hit(stored, article, 1.0, {}, ranked.sentence_scores, ())])
        return any(answer in citations[0].text for answer in answers)


def _cases(folder: Path, half: str) -> Iterator[tuple[str, str, list[str]]]:
    questions = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    count = 0
    for row in _rows(folder / "answers.jsonl"):
        if row["answerable"] and half_of(row["_id"]) == half and count < _MAX_QUESTIONS:
            count += 1
            yield questions[row["_id"]], row["passage"], row["answers"]


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
