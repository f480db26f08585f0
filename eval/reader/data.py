"""Put together what a reader is trained and measured on."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.reader import rules
from eval.reader.batches import Encoded, Encoder
from eval.reader.items import Corpus
from eval.reader.mixture import Mixture, is_development
from eval.reader.neighbors import cached
from eval.reader.rules import SAID, WHY
from eval.reader.sets import NEWS, Example, Judged, TrainingSet, news, read
from eval.reader.windows import Cutter
from index.language import DEFAULT, Identifier
from index.model.centering import LanguageMeans
from index.model.embed import TextEmbedder

_MAX_BY_RULE = 80  # questions of one kind and language, so that none outnumbers the others
_DEVELOPMENT_SEED = 0  # the same items for every training


@dataclass(frozen=True, slots=True)
class Data:
    """A mixture of training items and the fixed development items."""

    identity: str  # a hash of the examples
    training: Mixture
    development: tuple[Encoded, ...]
    sets: tuple[TrainingSet, ...]
    counts: dict[str, int]  # training examples by set


def prepare(
    shared: Path,
    encoder: Encoder,
    embedder: TextEmbedder,
    means: LanguageMeans,
    *,
    folder: Path,
    seed: int,
    report: Callable[[str], None],
    unclear: bool = False,
    most: int | None = None,
    development: int = 400,
) -> Data:
    """Read the sets in `SHARED/train` and return the data; neighbors are stored in `folder`.

    Raises:
        EvaluationError: a set is missing, or contains what is kept for measuring.
    """
    examples, judged, sets = read(shared, unclear=unclear, most=most)
    examples, sets = examples + news(most), (*sets, NEWS)
    by_rule = _by_rule(examples, judged)
    report(f"{len(examples)} examples, {len(by_rule)} by rule: {_counted(by_rule)}")
    examples = examples + by_rule
    shares = {each.name: each.share for each in sets} | {WHY: 1.0, SAID: 1.0}
    cutter = Cutter(Identifier(DEFAULT), encoder.token_spans)
    mixtures = []
    for kept, mixture_seed in ((False, seed), (True, _DEVELOPMENT_SEED)):
        of_side = [each for each in examples if is_development(each) == kept]
        judged_of_side = [each for each in judged if is_development(each) == kept]
        near_to = [each for each in of_side if each.source not in (WHY, SAID, NEWS.name)]
        near = cached(near_to, embedder, means, folder)
        mixtures.append(Mixture(Corpus(of_side, judged_of_side, cutter, near), shares, mixture_seed))
    training, kept_mixture = mixtures
    encoded = (encoder.encode(kept_mixture.item(index)) for index in range(development))
    counts = Counter(each.source for each in examples if not is_development(each))
    counts.update(each.source for each in judged if not is_development(each) and not each.relevant)
    identity = hashlib.sha256("\0".join(each.id for each in examples).encode()).hexdigest()[:16]
    return Data(identity, training, tuple(each for each in encoded if each), sets, dict(counts))


def _by_rule(examples: Sequence[Example], judged: Sequence[Judged]) -> list[Example]:
    """Return questions by rule about all passages, at most `_MAX_BY_RULE` of one kind and language."""
    passages = {(each.language, each.passage): each for each in examples}
    for question in judged:
        for number, (title, text) in enumerate(question.passages):
            passage = Example(
                id=f"{question.id}/{number}",
                source=question.source,
                language=question.language,
                article=title,
                title=title,
                question="",
                passage=text,
                answers=(),
            )
            passages.setdefault((question.language, text), passage)
    made = sorted(rules.examples(passages.values()), key=lambda each: hashlib.sha256(each.id.encode()).digest())
    counts: Counter[tuple[str, str]] = Counter()
    chosen = []
    for each in made:
        counts[each.source, each.language] += 1
        if counts[each.source, each.language] <= _MAX_BY_RULE:
            chosen.append(each)
    return chosen


def _counted(examples: Sequence[Example]) -> str:
    counts = Counter(f"{each.source} {each.language}" for each in examples)
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
