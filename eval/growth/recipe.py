"""Make a large archive from a small one, in minutes, with vectors as real ones lie.

A new passage takes sentences, with their own token vectors, of three passages that are near each other. Its vector is
the weighted mean of theirs plus a share of the difference of two random ones, so that it is nobody's copy. Four of five
rare words get a random ending, so that the vocabulary grows as it does with new texts. Seeded: the same archive makes
the same one.
"""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from index.files import make_folder
from index.local.archive import reader
from index.local.catalog import Catalog
from index.local.publish import publish
from index.local.writer import CatalogWriter
from index.types import Article, Entry, Passage, PassageVectors, TokenCodes, Vectors, unit

_ARTICLE_SIZE = 8  # passages
_TRANSACTION_SIZE = 256  # articles
_NEIGHBORS = 20  # of which two are drawn
_DIFFERENCE = 0.35  # share of the difference of two random vectors
_MAX_RARE = 3  # occurrences of a rare word
_VARIED = 0.8  # share of rare words that get a random ending
_DAYS = 3650
_OUTLETS = 50
_FIRST_DAY = date(2016, 1, 1)
_WORD = re.compile(r"[^\W\d_]{4,}")
_ENDINGS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class _Model:
    """A passage to take sentences from."""

    title: str
    sentences: tuple[str, ...]
    language: str
    vector: Vectors
    tokens: TokenCodes

    def part(self, i: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        """Return the token vectors of the title (0) or of a sentence (from 1 on)."""
        start = int(self.tokens.counts[:i].sum())
        return self.tokens.codes[start : start + int(self.tokens.counts[i])]


def grow(sources: Sequence[Path], target: Path, passages: int, seed: int = 0) -> None:
    """Write an archive of at least `passages` passages made from those of `sources`, and publish it.

    Raises:
        ArchiveError: a source has no archive, or `target` cannot be written.
    """
    models: list[_Model] = []
    for source in sources:
        with reader(source) as catalog:
            model = catalog.model
            models += _models(catalog)
    maker = _Maker(models, random.Random(seed))  # noqa: S311 - no secret
    make_folder(target)
    with CatalogWriter.create(target, model) as writer:
        number = writer.counts()["articles"]
        while number * _ARTICLE_SIZE < passages:
            entries: list[Entry] = []
            vectors: dict[bytes, PassageVectors] = {}
            for _ in range(_TRANSACTION_SIZE):
                entry, made = maker.article(number)
                entries.append(entry)
                vectors |= dict(zip(entry.keys, made, strict=True))
                number += 1
            writer.store(entries, vectors)
        publish(writer, target)


def _models(catalog: Catalog) -> Iterator[_Model]:
    content = catalog.content()
    vectors = dict(zip(content.numbers.tolist(), content.vectors, strict=True))
    for article in catalog.page(len(vectors), 0):
        for passage, tokens in catalog.candidates(each.number for each in catalog.passages_of(article.id)).values():
            sentences = tuple(article.text[start:end] for start, end in passage.sentences)
            yield _Model(article.title, sentences, passage.language, vectors[passage.number], tokens)


class _Maker:
    """Makes articles."""

    def __init__(self, models: list[_Model], chance: random.Random) -> None:
        self._models, self._chance = models, chance
        self._vectors = np.stack([model.vector for model in models])
        words = Counter(word for model in models for sentence in model.sentences for word in _WORD.findall(sentence))
        self._rare = {word for word, count in words.items() if count <= _MAX_RARE}

    def article(self, number: int) -> tuple[Entry, list[PassageVectors]]:
        """Return an article of passages about one subject, with its vectors."""
        first = self._chance.randrange(len(self._models))
        near = np.argpartition(-(self._vectors @ self._vectors[first]), _NEIGHBORS)[:_NEIGHBORS].tolist()
        title = self._varied(self._models[first].title)
        text, passages, made = "", [], []
        for _ in range(_ARTICLE_SIZE):
            three = [self._models[i] for i in (first, *self._chance.sample(near, 2))]
            start, spans, rows = len(text), [], [three[0].part(0)]
            for model in three:
                for i in self._chance.sample(range(len(model.sentences)), -(-len(model.sentences) // 3)):
                    sentence = self._varied(model.sentences[i])
                    spans.append((len(text), len(text) + len(sentence)))
                    text += f"{sentence} "
                    rows.append(model.part(i + 1))
            passages.append(Passage(start, spans[-1][1], three[0].language, tuple(spans)))
            text = f"{text.rstrip()}\n\n"
            made.append(PassageVectors(self._vector(three), _joined(rows)))
        article = Article(
            *(f"grown-{number}", title, text.rstrip(), passages[0].language),
            published=_FIRST_DAY + timedelta(days=self._chance.randrange(_DAYS)),
            source=f"Outlet {int(self._chance.paretovariate(1)) % _OUTLETS}",
        )
        keys = tuple(hashlib.sha256(f"{number}/{i}".encode()).digest()[:16] for i in range(_ARTICLE_SIZE))
        return Entry(article, article.id, tuple(passages), keys), made

    def _vector(self, three: list[_Model]) -> Vectors:
        weights = [self._chance.random() + 0.2 for _ in three]
        one, other = (self._vectors[self._chance.randrange(len(self._models))] for _ in range(2))
        mean = np.average([model.vector for model in three], axis=0, weights=weights)
        vector: Vectors = unit((mean + _DIFFERENCE * (one - other)).astype(np.float32)[None])[0]
        return vector

    def _varied(self, text: str) -> str:
        return _WORD.sub(self._variant, text)

    def _variant(self, match: re.Match[str]) -> str:
        word = match[0]
        if word not in self._rare or self._chance.random() > _VARIED:
            return word
        return word + "".join(self._chance.choices(_ENDINGS, k=3))


def _joined(rows: list[np.ndarray[tuple[int, int], np.dtype[np.uint8]]]) -> TokenCodes:
    return TokenCodes(np.array([len(row) for row in rows], dtype=np.uint16), np.concatenate(rows))
