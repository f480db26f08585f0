"""Measure how often the first quote is from the sentence with the answer: `make quotes SHARED=../shared`.

The passage with the answer is given, so only the choice of the sentence is measured. The answers of `piaf_dev` are in
`SHARED/train`, which has those of the development half only: the reader is trained on most of them. Of `squad2_half`
the articles that no training saw are measured once more alone, see `eval.dev_test`. Passages of one sentence, or longer
than the model takes, are left out.
"""

import json
import lzma
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.data import load
from eval.judge import cited_expected
from eval.measures import Resampled, mean
from eval.types import Citation, Document, Expected, Half, Question
from index.language import Identifier
from index.model.cache import BUNDLED
from index.model.centering import LanguageMeans
from index.model.embed import Embedder, TextEmbedder
from index.model.prepare import prepare
from index.model.quantize import TokenQuantizer
from index.sentences import sentences
from index.types import Article, Candidate, Span, StoredPassage, TokenCodes
from qa.answer import compose
from qa.archive import load_reader
from qa.encode import encode
from qa.rank import rank
from qa.reader import TextReader
from qa.reading import BUDGETS, read
from qa.settings import Settings
from qa.types import Hit

_HALVES: tuple[Half, ...] = ("development", "report")
_LANGUAGES = {"piaf_dev": "fr", "squad2_half": "en"}

Answers = Callable[[Question, str], tuple[Span, ...]]
"""Returns the answers of a question in the text of its passage."""

Chooser = Callable[[str, "GoldPassage"], Span]
"""Takes a question and the passage that answers it, and returns the span of the first quote."""


@dataclass(frozen=True, slots=True)
class GoldPassage:
    """A passage that answers; spans are into `text`, which has no line breaks."""

    id: str
    title: str
    text: str
    language: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its passage, which has at least two sentences, and those of them with an answer."""

    question: str
    passage: GoldPassage
    expected: tuple[Expected, ...]


def main() -> None:
    """Print the share of questions whose first quote is right, for each set and half."""
    shared = Path(sys.argv[1])
    settings = Settings.from_environment(os.environ)
    model = prepare(BUNDLED, settings.cache, lambda *_: None)
    in_piaf = known_answers(shared / "train" / "piaf_dev.jsonl.xz")
    with Embedder(model, model.folder(settings.cache)) as embedder, load_reader(embedder, settings) as reader:

        def fits(text: str) -> bool:
            return len(embedder.token_spans(text)) <= embedder.max_passage_tokens

        identifier = Identifier(settings.languages)
        choosers = {"without reader": Quoting(embedder, identifier).choose}
        if reader:
            choosers["with reader"] = Quoting(embedder, identifier, reader).choose
        for name, kept, answers in (
            ("piaf_dev", False, in_piaf),
            ("squad2_half", False, occurrences),
            ("squad2_half", True, occurrences),
        ):
            for half in _HALVES:
                chosen = list(cases(shared / "eval" / name, half, answers, fits, kept=kept))
                described = f"{name}{', kept articles' if kept else ''}, {half} half"
                if not chosen:
                    print(f"{described}: no answers in SHARED")
                    continue
                for way, choose in choosers.items():
                    measured = accuracy(chosen, choose)
                    low, high = measured.interval
                    figures = f"{measured.value:.3f} ({low:.3f} … {high:.3f}) of {measured.count}"
                    print(f"{described}, {way}: {figures}", flush=True)


def accuracy(chosen: Sequence[Case], choose: Chooser) -> Resampled:
    """Return the share of cases whose quote is right; questions about one passage are resampled together."""
    right = []
    for case in chosen:
        start, end = choose(case.question, case.passage)
        quote = Citation(case.passage.id, start, end, case.passage.text[start:end])
        right.append(float(bool(cited_expected(quote, case.expected))))
    return mean(right, [case.passage.id for case in chosen])


# --- questions and answers


def cases(
    folder: Path, half: Half, answers: Answers, fits: Callable[[str], bool], *, kept: bool = False
) -> Iterator[Case]:
    """Yield the questions of a BEIR folder whose first expected passage fits and has two sentences and an answer."""
    data = load(folder, split="test", half=half, kept=kept)
    documents = {document.id: document for document in data.documents or ()}
    passages: dict[str, GoldPassage] = {}
    for question in data.questions:
        for expected in question.expected[:1]:
            if expected.article not in passages:
                passages[expected.article] = _passage(documents[expected.article], _LANGUAGES[folder.name])
            passage = passages[expected.article]
            spans = answers(question, passage.text)
            right = tuple(
                Expected(passage.id, passage.text[start:end], (start, end))
                for start, end in passage.sentences
                if any(start < last and first < end for first, last in spans)
            )
            if len(passage.sentences) > 1 and right and fits(passage.text):
                yield Case(question.text, passage, right)


def occurrences(question: Question, text: str) -> tuple[Span, ...]:
    """Return every place of every answer."""
    return tuple(match.span() for answer in question.answers for match in re.finditer(re.escape(answer), text))


def known_answers(file: Path) -> Answers:
    """Return the function for the answers in a training set; a text with other white space there has no answers."""
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    known = {
        row["id"].rpartition(":")[2]: [(answer["text"], answer["start"]) for answer in row["answers"]] for row in rows
    }

    def answers(question: Question, text: str) -> tuple[Span, ...]:
        spans = [(start, start + len(answer), answer) for answer, start in known.get(question.id, [])]
        return tuple((start, end) for start, end, answer in spans if text[start:end] == answer)

    return answers


def _passage(document: Document, language: str) -> GoldPassage:
    text = document.text.replace("\n", " ")
    spans = tuple(sentences(text, (0, len(text)), language))
    return GoldPassage(document.id, document.title, text, language, spans)


# --- choosers


class Quoting:
    """Choose as newsqa does, with or without a reader."""

    def __init__(self, embedder: TextEmbedder, identifier: Identifier, reader: TextReader | None = None) -> None:
        """Use the embedder for questions and passages; each passage is embedded once."""
        self._embedder = embedder
        self._identifier = identifier
        self._reader = reader
        self._means = LanguageMeans.of(embedder.model)
        self._quantizer = TokenQuantizer(embedder.model)
        self._tokens: dict[str, TokenCodes] = {}

    def choose(self, question: str, passage: GoldPassage) -> Span:
        """Return the span of the first quote."""
        text = passage.text
        if passage.id not in self._tokens:
            embedding = next(self._embedder.passages([text]))
            self._tokens[passage.id] = self._quantizer.encode(embedding, 0, passage.sentences)
        encoded = encode(question, self._embedder, self._quantizer, self._identifier, self._means)
        stored = StoredPassage(0, len(text), passage.language, passage.sentences, 1, passage.id, passage.id)
        candidate = Candidate(stored, self._tokens[passage.id], 1.0, 0.0)
        (ranked,) = rank(encoded, [candidate], self._quantizer, self._means)
        article = Article(id=passage.id, title=passage.title, text=text, language=passage.language)
        hits: Sequence[Hit] = [Hit(stored, article, 1.0, {}, ranked.sentence_scores, ())]
        if self._reader:
            hits = read(self._reader, question, hits, BUDGETS["full"])
        _, citations = compose(question, hits)
        return citations[0].span


if __name__ == "__main__":
    main()
