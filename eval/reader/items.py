"""What the reader is trained on, and the texts that items are made from."""

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.reader.sets import Example, Judged
from eval.reader.windows import Cutter, Window, heading, run_around, window
from index.terms import names, terms

ANSWER = "answer"
"""The kind of items whose window answers; other kinds are those of `eval.reader.negatives`."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question and a window."""

    question: str
    window: Window
    kind: str
    source: str  # name of the set
    language: str  # of the window
    whole_sentences: bool = False  # whether an answer may be marked anywhere in its sentence

    @property
    def answerable(self) -> bool:
        """Whether the window answers the question."""
        return bool(self.window.answers)


class Corpus:
    """Examples with the passages of their articles. Not thread-safe."""

    def __init__(
        self,
        examples: Sequence[Example],
        judged: Sequence[Judged],
        cutter: Cutter,
        neighbors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Use `neighbors`, passages near a question by the id of its example."""
        self.examples = tuple(examples)
        self.judged = tuple(judged)
        self.cutter = cutter
        self.neighbors = dict(neighbors or {})
        by_article: dict[tuple[str, str, str], dict[str, list[Example]]] = defaultdict(lambda: defaultdict(list))
        for example in self.examples:
            by_article[_article(example)][example.passage].append(example)
        self._by_article = by_article
        self._names: dict[str, list[str]] = {}

    def other_passages(self, example: Example) -> list[str]:
        """Return the other passages of the article in its language."""
        return [passage for passage in self._by_article[_article(example)] if passage != example.passage]

    def of_article(self, example: Example) -> list[Example]:
        """Return the examples about the article in its language."""
        return [each for of_passage in self._by_article[_article(example)].values() for each in of_passage]

    def names(self, language: str) -> list[str]:
        """Return the names in the questions about passages in a language, each once."""
        if language not in self._names:
            questions = [example.question for example in self.examples if example.language == language]
            self._names[language] = list(dict.fromkeys(name for each in questions for name in capitalized(each)))
        return self._names[language]


def _article(example: Example) -> tuple[str, str, str]:
    return example.source, example.language, example.article


def answered(example: Example, corpus: Corpus, rng: random.Random) -> Item | None:
    """Return an item whose window answers; None if no passage contains an answer whole."""
    passages = corpus.cutter.containing(example.passage, example.language, example.answers)
    if not passages:
        return None
    passage = rng.choice(passages)
    inside = [span for span in example.answers if passage.start <= span[0] and span[1] <= passage.end]
    run = run_around(passage, [rng.choice(inside)], example.language, rng)
    title = heading(example.title, example.passage, example.language, example.answers)
    return Item(
        example.question,
        window(example.passage, run, title, example.answers),
        ANSWER,
        example.source,
        example.language,
        example.whole_sentences,
    )


def contains(text: str, answers: Sequence[str]) -> bool:
    """Return whether a text contains one of the answers, whatever their case and punctuation."""
    folded = f" {_folded(text)} "
    return any(_contains(folded, _folded(answer)) for answer in answers)


def _contains(folded: str, answer: str) -> bool:
    if not answer:
        return False
    # Of scripts without spaces a part of a word can be the answer.
    return (f" {answer} " if re.search(r"[a-z0-9]", answer) else answer) in folded


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()


_NAME = re.compile(r"(?<![^\W_])[^\W\d_a-zß-ÿ][\w’'-]+(?: [^\W\d_a-zß-ÿ][\w’'-]+)*")


def capitalized(question: str) -> list[str]:
    """Return the names in a question, runs of capitalized words; its first word belongs to none."""
    known = names(question)
    found = []
    for match in _NAME.finditer(question):
        begins = not question[: match.start()].strip(" ¿¡«\"'“")
        name = match[0].partition(" ")[2] if begins else match[0]
        if name[:1].isupper() and any(term in known for term in terms(name)):
            found.append(name)
    return found
