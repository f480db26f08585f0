"""Draw items from a corpus: the item of an index depends on nothing but the seed, so that training can be resumed."""

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from eval.errors import EvaluationError
from eval.reader import negatives
from eval.reader.items import ANSWER, Corpus, Item, answered
from eval.reader.rules import SAID, WHY
from eval.reader.sets import NEWS, Example, Judged

KINDS: Mapping[str, float] = {
    ANSWER: 0.47,
    WHY: 0.02,
    SAID: 0.01,
    negatives.NEAR_MISS: 0.17,
    negatives.DELETED: 0.06,
    negatives.OTHER_QUESTION: 0.05,
    negatives.SIBLING: 0.04,
    negatives.NEIGHBOR: 0.05,
    negatives.LOOKALIKE: 0.04,
    negatives.UNANSWERABLE: 0.05,
    negatives.JUDGED: 0.03,
    negatives.ABOUT: 0.01,
}
"""The share of each kind; the first three answer. The items of a kind that the corpus lacks are of other kinds."""

_CROSSED = 0.5  # share of the questions with translations that are asked in a random one of their languages
_ASKED_WHY_OR_SAID = 0.2  # share of questions drawn from those that people asked with these words
_DEVELOPMENT = 16  # of 256 articles
# One article of SQuAD is in three sets, in Italian under another name. Its translations must be on one side.
_SQUAD = frozenset({"squad2_train", "xquad_early", "squad_it"})
_SQUAD_DEVELOPMENT = frozenset({"1973_oil_crisis", "Crisi energetica (1973)"})
_TRIES = 200
_WHY_OR_SAID = re.compile(
    r"\b(?:why|say|said|says|pourquoi|dit|déclaré|affirm\w+|warum|wieso|weshalb|sagte?|perché|dice|detto|por qué|"
    r"por que|dijo|disse|hvorfor|sier|hva sa|mener|mengapa|kenapa|mengatakan|почему|сказал\w*|"
    r"neden|niçin|de ce|tại sao|γιατί)\b"
    r"|なぜ|どうして|何故|为什么|為什麼|为何|為何|لماذا|למה|מדוע|क्यों|ทำไม",
    re.IGNORECASE,
)

Maker = Callable[[Example, Corpus, random.Random], Item | None]
_NEGATIVES: Mapping[str, Maker] = {
    negatives.DELETED: negatives.deleted,
    negatives.OTHER_QUESTION: negatives.other_question,
    negatives.SIBLING: negatives.sibling,
    negatives.NEIGHBOR: negatives.neighbor,
    negatives.LOOKALIKE: negatives.lookalike,
}


def is_development(example: Example | Judged) -> bool:
    """Return whether an example is never trained on, by a hash of its article; of judged passages, of the question.

    Of news, all passages about one story are on one side: their ids begin with that of the story.
    """
    if example.source in _SQUAD and isinstance(example, Example):
        return example.article in _SQUAD_DEVELOPMENT
    key = example.article if isinstance(example, Example) else example.id
    if example.source == NEWS.name:
        key = key.partition(".")[0]
    return hashlib.sha256(f"reader:{key}".encode()).digest()[0] < _DEVELOPMENT


class Mixture:
    """Draws items; `shares` are those of the sets, see `eval.reader.sets`."""

    def __init__(self, corpus: Corpus, shares: Mapping[str, float], seed: int) -> None:
        """Use the examples of `corpus`.

        Raises:
            EvaluationError: it has no example with an answer.
        """
        self._corpus, self._seed = corpus, seed
        answerable = [example for example in corpus.examples if example.answers]
        unanswerable = [example for example in corpus.examples if not example.answers]
        by_hand = [example for example in answerable if shares.get(example.source, 0) > 0]
        if not by_hand:
            raise EvaluationError("no example with an answer: nothing to train on")
        self._pools = {
            ANSWER: _Pool(by_hand, shares),
            "asked": _Pool([each for each in by_hand if _WHY_OR_SAID.search(each.question)], shares),
            negatives.NEIGHBOR: _Pool([each for each in by_hand if each.id in corpus.neighbors], shares),
            negatives.UNANSWERABLE: _Pool([each for each in unanswerable if each.source != NEWS.name], shares),
            negatives.NEAR_MISS: _Pool([each for each in unanswerable if each.source == NEWS.name], shares),
            WHY: _Pool([each for each in answerable if each.source == WHY], {WHY: 1}),
            SAID: _Pool([each for each in answerable if each.source == SAID], {SAID: 1}),
            negatives.ABOUT: _Pool([each for each in answerable if each.about], {WHY: 1, SAID: 1}),
        }
        self._parallels: dict[str, list[Example]] = defaultdict(list)
        for example in corpus.examples:
            if example.parallel:
                self._parallels[example.parallel].append(example)
        answered_languages = {example.language for example in by_hand}
        # In other languages a judged passage would be known by its language not to answer.
        self._judged = [each for each in corpus.judged if not each.relevant and each.language in answered_languages]
        self._kinds = [
            kind
            for kind in KINDS
            if (self._judged if kind == negatives.JUDGED else self._pools.get(kind, self._pools[ANSWER]))
        ]

    def item(self, index: int) -> Item:
        """Return the item of an index.

        Raises:
            EvaluationError: no item could be made.
        """
        rng = random.Random(f"{self._seed}:{index}")
        for _ in range(_TRIES):
            (kind,) = rng.choices(self._kinds, [KINDS[kind] for kind in self._kinds])
            for _ in range(_TRIES // 10):
                if item := self._made(kind, rng):
                    return item
        raise EvaluationError(f"no item could be made of {len(self._corpus.examples)} examples")

    def _made(self, kind: str, rng: random.Random) -> Item | None:
        if kind == negatives.JUDGED:
            return negatives.judged(self._judged, self._corpus.cutter, rng)
        if kind in (WHY, SAID):
            return answered(self._pools[kind].draw(rng), self._corpus, rng)
        if kind == negatives.ABOUT:
            return negatives.about(self._pools[kind].draw(rng), self._corpus, rng)
        if kind in (negatives.UNANSWERABLE, negatives.NEAR_MISS):
            return negatives.unanswerable(self._pools[kind].draw(rng), self._corpus, rng)
        if kind == negatives.LOOKALIKE:
            return negatives.lookalike(self._pools[ANSWER].draw(rng), self._corpus, rng)
        pool = self._pools.get(kind, self._pools[ANSWER])
        if kind != negatives.NEIGHBOR and self._pools["asked"] and rng.random() < _ASKED_WHY_OR_SAID:
            pool = self._pools["asked"]
        example = self._crossed(pool.draw(rng), rng)
        if kind == ANSWER:
            return answered(example, self._corpus, rng)
        return _NEGATIVES[kind](example, self._corpus, rng)

    def _crossed(self, example: Example, rng: random.Random) -> Example:
        """Return the example, or one whose question is in another language than its passage."""
        if not example.parallel or rng.random() >= _CROSSED:
            return example
        return replace(example, question=rng.choice(self._parallels[example.parallel]).question)


class _Pool:
    """Examples, of which a draw chooses first the set and then one of the set."""

    def __init__(self, examples: Iterable[Example], shares: Mapping[str, float]) -> None:
        by_set: dict[str, list[Example]] = defaultdict(list)
        for example in examples:
            if shares.get(example.source, 0) > 0:
                by_set[example.source].append(example)
        self._sets: Sequence[list[Example]] = list(by_set.values())
        self._shares = [shares[name] for name in by_set]

    def __bool__(self) -> bool:
        return bool(self._sets)

    def draw(self, rng: random.Random) -> Example:
        (of_set,) = rng.choices(self._sets, self._shares)
        return rng.choice(of_set)
