"""Lexical evidence: BM25 over the words of passages; the only module that imports tantivy."""

import math
import re
import shutil
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Self

import numpy as np
from tantivy import Document, Index, Occur, Query, Schema, SchemaBuilder

from index.errors import ArchiveDamaged
from index.postings import Postings
from index.vectors import Numbers

_LONGEST = 64  # characters of a term; longer words are cut and longer compounds are only their parts
_HEAP = 256_000_000  # bytes of postings that the writer gathers before it begins another segment
_MISSPELT = 6  # letters from which a word that no passage has is taken for a misspelt one
_GUESSES = 16  # misspelt words looked up in one question, a tenth of a millisecond each
_TRIES = 10  # to delete a folder in which a lock may appear meanwhile
_DIGITS = 4  # of scores: what 32-bit floats hold
_FEW = 200  # passages that are faster found one by one than as a set

_NUMBER, _LENGTH, _TERMS = "number", "length", "terms"
_SCHEMA: Schema = (
    SchemaBuilder()
    .add_integer_field(_NUMBER, indexed=True, fast=True)
    .add_integer_field(_LENGTH, fast=True)
    .add_text_field(_TERMS, tokenizer_name="whitespace", index_option="freq")
    .build()
)

# Written without spaces between words: Thai, Lao, Burmese, Khmer, kana, bopomofo, Han; Hangul has particles that stick.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1780-\u17d3"
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
)
_MARKS = "".join(
    character for character in map(chr, range(0x300, 0x1C00)) if unicodedata.category(character).startswith("M")
)
_PART = rf"[^\W_{_UNSPACED}]+(?:[{_MARKS}]+[^\W_{_UNSPACED}]*)*"  # Python counts the vowel signs of Hindi as no letters
_WORD = re.compile(rf"(?P<run>[{_UNSPACED}]+)|{_PART}(?:[-._]{_PART})*")
_JOINT = re.compile(r"[-._]")
_SENTENCE_END = re.compile(r"[?!。]|(?<!\b\w)(?<!\b\w\w)(?<!\b\w\w\w)\.(?!\w)")  # not the full stop of Dr. or U.S.

# Putting marks into their canonical order takes quadratic time where very many come one after the other.
_HEAP_OF_MARKS = re.compile(r"([^\w\s]{16})[^\w\s]+")
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50)  # Arabic, Persian, Hindi, Bengali, Thai
# The accents of Latin, Greek and Cyrillic letters, the vowels of Hebrew and Arabic ones; in Hindi and Thai they stay.
_ACCENTS = ((0x300, 0x370), (0x591, 0x5C8), (0x610, 0x61B), (0x64B, 0x660), (0x670, 0x671), (0x6D6, 0x6EE))
_PLAIN: dict[int, int | str | None] = {
    **{zero + digit: str(digit) for zero in _ZEROS for digit in range(10)},
    **{code: None for accents in _ACCENTS for code in range(*accents) if unicodedata.combining(chr(code))},
    **dict.fromkeys(map(ord, _INVISIBLE + "ـ")),
    # Letters that Unicode does not take apart, Arabic ones that are written for each other, what joins and parts.
    **dict(zip(map(ord, "œŒæÆøØłŁđĐ"), "oe OE ae AE o O l L d D".split(), strict=True)),
    **dict(zip(map(ord, "ٱةىیکʼ\u2010"), "اهييك'-", strict=True)),
}

NOTHING = Postings()
"""Beside an index that has all passages."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """The terms of a question with their idf."""

    known: dict[str, float]
    guessed: dict[str, float]  # that no passage has, perhaps misspelt
    mass: float  # the sum of the idf of all terms


class WordIndex:
    """An index of terms. It is never changed once built, so threads may share it."""

    def __init__(self, index: Index, documents: Sequence[tuple[int, str]] = ()) -> None:
        """Use `build` or `read`."""
        self._searcher = index.searcher()
        summed = self._searcher.aggregate(Query.all_query(), {_LENGTH: {"sum": {"field": _LENGTH}}})
        self._total = float(summed[_LENGTH]["value"] or 0)
        self._documents = documents  # kept to be written, since tantivy cannot copy an index to a folder

    @classmethod
    def build(cls, passages: Iterable[tuple[int, str]]) -> Self:
        """Index the texts of passages under their numbers, in memory."""
        documents = [(number, " ".join(terms(text))) for number, text in passages]
        return cls(_filled(Index(_SCHEMA), documents), documents)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read an index; its files must have been checked. The folder may be read-only, and may go away afterwards.

        Raises:
            ArchiveDamaged: it is not an index.
        """
        try:
            with _scratch() as place:
                for file in folder.iterdir():
                    (place / file.name).symlink_to(file.absolute())
                index = Index.open(str(place))
                if index.schema != _SCHEMA:
                    raise ArchiveDamaged(f"{folder}: not an index of words")
                return cls(index)
        except (OSError, ValueError) as error:
            raise ArchiveDamaged(f"{folder}: not an index of words") from error

    def write(self, folder: Path) -> None:
        """Write an index that was built in memory to a new folder.

        Raises:
            OSError: it cannot be written.
        """
        if len(self._documents) != len(self):
            raise ValueError("an index that was read is in its folder already")
        folder.mkdir()
        try:
            with _scratch(folder.parent) as place:
                _filled(Index(_SCHEMA, path=str(place)), self._documents)
                for file in place.iterdir():
                    if file.suffix != ".lock":
                        shutil.copyfile(file, folder / file.name)  # moved, some could be read by their owner only
        except ValueError as error:  # whatever goes wrong on the disk
            raise OSError(f"{folder}: {error}") from error

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    @property
    def numbers(self) -> Numbers:
        """What its passages are known by."""
        hits = self._hits(Query.all_query(), len(self)) if len(self) else []
        return np.array([number for number, _ in hits], dtype=np.int64)

    def length(self, beside: Postings = NOTHING) -> float:
        """Return the mean number of terms of passages, those beside the index among them; 0 without passages."""
        return (self._total + beside.total) / max(len(self) + len(beside), 1)

    def weigh(self, terms: Iterable[str], beside: Postings = NOTHING) -> Weighed:
        """Return what the terms of a question weigh among the passages of this index and those beside it."""
        known, guessed, mass, guesses = {}, {}, 0.0, _GUESSES
        total = len(self) + len(beside)
        for term in sorted(set(terms)):  # the same sums for the same question
            frequency = self._frequency(term) + beside.frequency(term)
            weight = _idf(frequency, total)
            mass += weight
            if frequency:
                known[term] = weight
            elif guesses and len(term) >= _MISSPELT and not any(character.isdigit() for character in term):
                guesses -= 1
                guessed[term] = _idf(1, total)
        return Weighed(known, guessed, mass)

    def search(
        self, terms: Iterable[str], k: int, among: Numbers | None = None, beside: Postings = NOTHING
    ) -> list[tuple[int, float]]:
        """Return the numbers and BM25 of the `k` passages that match best, best first; fewer if fewer have a term.

        Passages `beside` the index are not found, but they count in what a term weighs.
        """
        query = self._query(self.weigh(terms, beside))
        total = len(self)
        k = min(k, total if among is None else len(among))
        if query is None or k < 1:
            return []
        wanted = None if among is None else set(among.tolist())
        # One more than asked for, to see whether others are as good as the last.
        limit = (k + 1) * (1 if wanted is None else math.ceil(total / len(wanted)))
        while True:
            if wanted is not None and limit >= len(wanted):
                # From here on it is faster to ask for those wanted than to ask for all and to drop the others.
                query, wanted, limit = _restricted(query, wanted), None, k + 1
            limit = min(limit, total)
            hits = self._hits(query, limit)
            found = [hit for hit in hits if wanted is None or hit[0] in wanted]
            found.sort(key=lambda hit: (-hit[1], hit[0]))
            if len(hits) < limit or limit == total or (len(found) >= k and found[k - 1][1] > hits[-1][1]):
                return found[:k]
            limit *= 2

    def evidence(self, terms: Iterable[str], numbers: Iterable[int], beside: Postings = NOTHING) -> dict[int, float]:
        """Return which part of a question's weight each of some passages has: 1 for all of its terms once, up to 2.2.

        Passages without a term have 0, and so have those that are not in this index.
        """
        weighed = self.weigh(terms, beside)
        query = self._query(weighed)
        found = dict.fromkeys(map(int, numbers), 0.0)
        limit = min(len(found), len(self))
        if query is not None and limit:
            hits = self._hits(_restricted(query, found), limit)
            found |= {number: score / weighed.mass for number, score in hits}
        return found

    def _query(self, weighed: Weighed) -> Query | None:
        """Return what finds the passages with any of the terms."""
        parts = []
        for term, weight in weighed.known.items():
            if frequency := self._frequency(term):
                query = Query.term_query(_SCHEMA, _TERMS, term, "freq")
                own = _idf(frequency, len(self))
                parts.append(query if weight == own else Query.boost_query(query, weight / own))
        for term, weight in weighed.guessed.items():
            parts.append(Query.const_score_query(Query.fuzzy_term_query(_SCHEMA, _TERMS, term), weight))
        return Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else None

    def _frequency(self, term: str) -> int:
        return int(self._searcher.doc_freq(_TERMS, term))

    def _hits(self, query: Query, limit: int) -> list[tuple[int, float]]:
        hits = self._searcher.search(query, limit, count=False).hits
        numbers = self._searcher.fast_field_values(_NUMBER, [address for _, address in hits])
        # Rounded, since the order in which tantivy adds up a sum of floats differs from passage to passage.
        return [(int(number or 0), round(score, _DIGITS)) for number, (score, _) in zip(numbers, hits, strict=True)]


def _idf(frequency: int, total: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _filled(index: Index, documents: Iterable[tuple[int, str]]) -> Index:
    writer = index.writer(_HEAP, num_threads=1)
    for number, text in documents:
        document = Document()
        document.add_integer(_NUMBER, number)
        document.add_integer(_LENGTH, len(text.split()))
        document.add_text(_TERMS, text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


@contextmanager
def _scratch(parent: Path | None = None) -> Iterator[Path]:
    """Give a folder for tantivy to work in, which is gone at the end of the block.

    While it exists, threads of tantivy make locks in it and load what has changed, at any time.
    """
    place = Path(mkdtemp(prefix=".newsqa-", dir=parent))
    try:
        yield place
    finally:
        for _ in range(_TRIES):
            shutil.rmtree(place, ignore_errors=True)
            if not place.exists():
                break


def _restricted(query: Query, numbers: Collection[int]) -> Query:
    if len(numbers) <= _FEW:
        among = Query.boolean_query([(Occur.Should, Query.term_query(_SCHEMA, _NUMBER, number)) for number in numbers])
    else:
        among = Query.term_set_query(_SCHEMA, _NUMBER, [*numbers])
    return Query.boolean_query([(Occur.Must, Query.const_score_query(among, 0)), (Occur.Must, query)])


def terms(text: str) -> list[str]:
    """Return the words of a text, folded so that one word is one term however it is written; in their order.

    Scripts without spaces give pairs of characters, compounds (GPT-5.3-Codex) their parts and the whole.
    """
    return [term for match in _WORD.finditer(_plain(text).casefold()) for _, term in _terms_of(match)]


def names(question: str) -> frozenset[str]:
    """Return those terms of a question that are names, numbers or codes and so the same in many languages.

    They have a digit, or a capital letter that is not only there because a sentence begins.
    """
    plain = _plain(question)
    # Beside a script that has no capitals, a capital says something wherever it stands.
    mixed = any(letter.isalpha() and not letter.islower() and not letter.isupper() for letter in plain)
    shouted = plain.isupper() and not mixed
    found: set[str] = set()
    before = None
    for match in _WORD.finditer(plain):
        begins = not mixed and (before is None or bool(_SENTENCE_END.search(plain, before, match.start())))
        before = match.end()
        for at, (written, term) in enumerate(_terms_of(match)):
            first = begins and (at == 0 or len(written) == match.end() - match.start())
            telling = written[1:] if first else written
            capital = telling != telling.lower() and not shouted and written != "I"
            if capital or any(character.isdigit() for character in term):
                found.add(term)
    return frozenset(found)


def _plain(text: str) -> str:
    if text.isascii():
        return text
    # The half-width sound marks are letters to Unicode, and combining marks only once they are decomposed.
    text = text.replace("™", " ").replace("ﾞ", "\u3099").replace("ﾟ", "\u309a")
    text = _HEAP_OF_MARKS.sub(r"\1", text)
    # Together again, or the syllables of Korean would be letters.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).translate(_PLAIN))


def _terms_of(match: re.Match[str]) -> list[tuple[str, str]]:
    """Return what is written and its term."""
    whole = match[0]
    if match["run"]:
        return [(pair, pair) for at in range(max(len(whole) - 1, 1)) if (pair := whole[at : at + 2])]
    parts = [whole] if whole.isalnum() else _JOINT.split(whole)
    found = [(part, _without_article(part.casefold())[:_LONGEST]) for part in parts]
    if len(parts) > 1 and len(whole) <= _LONGEST:
        found.append((whole, whole.casefold()))
    return found


def _without_article(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) >= 5 else word
