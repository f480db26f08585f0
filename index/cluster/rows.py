"""Values as rows of Milvus, with checksums, and back."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zlib import crc32

import numpy as np

from index.checksums import checksum, passage_id
from index.cluster.milvus import Row
from index.errors import ArchiveDamaged
from index.terms import terms
from index.types import Article, ListedArticle, Passage, PassageVectors, StoredPassage, TokenCodes, Vectors

PART = 15_000
"""Code points of a text in a row: in UTF-8 at most 60,000 bytes."""

PASSAGE_FIELDS = ("pk", "number", "key", "body", "text", "terms", "codes", "vector")
_FIELDS = ("title", "language", "source", "author", "url", "origin")
_ADVICE = "index its file again, or restore the collections"


@dataclass(frozen=True, slots=True)
class Record:
    """An article of which the text may be incomplete, with what is stored about it."""

    listed: ListedArticle
    fingerprint: str  # empty while its passages are written
    version: str
    languages: tuple[str, ...]  # of its passages
    provenance: dict[str, str]
    replaced: str  # when a later version replaced it; empty for the current one
    checksum: str

    @property
    def parts(self) -> int:
        """The number of rows of its text."""
        return max(1, -(-self.listed.characters // PART))


def owner(article_id: str) -> str:
    """Return the hash of an article's id: a plain value for conditions."""
    return hashlib.sha256(article_id.encode()).hexdigest()[:32]


def plain(value: str) -> str:
    """Return the hash of an outlet, a language or a term, as `owner`."""
    return hashlib.blake2b(value.encode(), digest_size=6).hexdigest()


def hashed(words: Iterable[str]) -> str:
    """Return terms as BM25 of Milvus gets them: hashes, which every tokenizer leaves whole."""
    return " ".join(map(plain, words))


def record_row(
    article: Article,
    fingerprint: str,
    languages: Iterable[str] = (),
    provenance: dict[str, str] | None = None,
    replaced: str = "",
) -> Row:
    """Return the row of an article, or with `replaced` that of an older version; with the first part of its text."""
    body = {
        **{name: getattr(article, name) for name in _FIELDS},
        "id": article.id,
        "published": article.published.isoformat() if article.published else None,
        "characters": len(article.text),
        "fingerprint": fingerprint,
        "version": article.version,
        "languages": sorted(set(languages)),
        "provenance": provenance or {},
        "replaced": replaced,
        "checksum": _article_checksum(article),
    }
    key = owner(article.id)
    return {
        "pk": f"v{key}{article.version}" if replaced else f"a{key}",
        "kind": "version" if replaced else "article",
        "owner": key,
        "body": _sealed(json.dumps(body, ensure_ascii=False)),
        "text": article.text[:PART],
    }


def moved_row(place: str, row: Row, origin: str) -> Row:
    """Return the row of an article with another origin; the checksum of the text does not cover it.

    Raises:
        ArchiveDamaged: the row cannot be read.
    """
    record(place, row)  # fails if damaged: it must not get a valid checksum
    content, _ = json.loads(row["body"])
    return row | {"body": _sealed(json.dumps(json.loads(content) | {"origin": origin}, ensure_ascii=False))}


def _sealed(content: str) -> str:
    return json.dumps([content, checksum(content).hex()], ensure_ascii=False)


def part_rows(article: Article) -> list[Row]:
    """Return the rows of a text after its first part."""
    key = owner(article.id)
    return [
        {"pk": pk, "kind": "part", "owner": key, "body": article.version, "text": article.text[start : start + PART]}
        for pk, start in zip(
            part_keys(key, article.version, len(article.text)), range(PART, len(article.text), PART), strict=True
        )
    ]


def part_keys(key: str, version: str, characters: int) -> list[str]:
    """Return the keys of the rows of a text after its first part."""
    return [f"c{key}{version}{number}" for number in range(1, max(1, -(-characters // PART)))]


def record(place: str, row: Row) -> Record:
    """Return the record of a row.

    Raises:
        ArchiveDamaged: the row cannot be read.
    """
    try:
        content, stored = json.loads(row["body"])
        if checksum(content).hex() != stored:
            raise ValueError
        body = json.loads(content)
        published = date.fromisoformat(body["published"]) if body["published"] else None
        listed = ListedArticle(
            *(body["id"], body["title"], body["language"], published, body["source"], body["author"]),
            *(body["url"], body["origin"], body["characters"]),
        )
        return Record(
            *(listed, body["fingerprint"], body["version"], tuple(body["languages"]), body["provenance"]),
            *(body["replaced"], body["checksum"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ArchiveDamaged(f"{place}: a record of an article is damaged: {_ADVICE}") from error


def article(place: str, stored: Record, text: str) -> Article:
    """Return the article of a record and its whole text.

    Raises:
        ArchiveDamaged: it fails its checksum.
    """
    each = stored.listed
    complete = Article(
        *(each.id, each.title, text, each.language, each.published, each.source, each.author, each.url, each.origin)
    )
    if _article_checksum(complete) != stored.checksum:
        raise ArchiveDamaged(f"{place}: article {each.id} is damaged: {_ADVICE}")
    return complete


def _article_checksum(each: Article) -> str:
    day = each.published.isoformat() if each.published else None
    return checksum(each.id, each.title, each.text, each.language, day, each.source, each.author, each.url).hex()


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage as a search returns it."""

    passage: StoredPassage
    key: str
    version: str  # of its article
    text: str
    terms: tuple[str, ...]
    codes: TokenCodes
    vector: Vectors  # centered


def passage_row(
    source: Article, passage: Passage, key: bytes, vectors: PassageVectors, *, number: int, centered: Vectors
) -> Row:
    """Return the row of a passage."""
    text = source.text[passage.start : passage.end]
    words = terms(f"{source.title}\n{text}")
    body = [source.id, passage.start, passage.end, passage.language, passage.sentences, source.version, key.hex()]
    identity = passage_id(source.id, passage.start, text)
    content = json.dumps(body)
    counts, codes = vectors.tokens.counts.astype("<u2").tobytes(), vectors.tokens.codes.tobytes()
    return {
        "pk": identity,
        "number": number,
        "owner": owner(source.id),
        "day": source.published.toordinal() if source.published else 0,
        "language": plain(passage.language),
        "outlet": plain(source.outlet),
        "key": key.hex(),
        "body": json.dumps([content, checksum(identity, content).hex()]),
        "text": text,
        "terms": " ".join(words),
        "words": hashed(words) or "0",
        "codes": _packed(counts, codes),
        "raw": _packed(vectors.vector.astype("<f4").tobytes()),
        "vector": centered.tolist(),
    }


def stored_passage(place: str, row: Row) -> tuple[StoredPassage, str]:
    """Return the passage of a row, and the version of its article.

    Raises:
        ArchiveDamaged: it fails its checksum.
    """
    try:
        content, stored = json.loads(row["body"])
        if checksum(row["pk"], content).hex() != stored:
            raise ValueError
        article_id, start, end, language, sentences, version, _ = json.loads(content)
    except (TypeError, ValueError) as error:
        raise ArchiveDamaged(f"{place}: passage {row['pk']} is damaged: {_ADVICE}") from error
    spans = tuple((first, last) for first, last in sentences)
    return StoredPassage(start, end, language, spans, int(row["number"]), row["pk"], article_id), version


def found_passage(place: str, row: Row) -> FoundPassage:
    """Return the passage of a row with everything that ranks it.

    Raises:
        ArchiveDamaged: it fails a checksum.
    """
    passage, version = stored_passage(place, row)
    if passage_id(passage.article_id, passage.start, row["text"]) != passage.id:
        raise ArchiveDamaged(f"{place}: the text of passage {passage.id} is damaged: {_ADVICE}")
    vector = np.array(row["vector"], dtype=np.float32)
    codes = token_codes(place, passage.id, row["codes"])
    return FoundPassage(passage, row["key"], version, row["text"], tuple(row["terms"].split()), codes, vector)


def token_codes(place: str, name: str, packed: str) -> TokenCodes:
    """Return token vectors. Raises as `found_passage`."""
    counts, codes = _unpacked(place, name, packed)
    rows = np.frombuffer(counts, "<u2")
    return TokenCodes(rows, np.frombuffer(codes, np.uint8).reshape(sum(rows.tolist()), -1))


def passage_vectors(place: str, row: Row) -> PassageVectors:
    """Return the vectors of a row with `raw` and `codes`. Raises as `found_passage`."""
    (vector,) = _unpacked(place, row["pk"], row["raw"])
    return PassageVectors(np.frombuffer(vector, "<f4").astype(np.float32), token_codes(place, row["pk"], row["codes"]))


def _packed(*values: bytes) -> str:
    """Return bytes as text with their CRC-32; Milvus has no field for bytes."""
    texts = [b64encode(value).decode() for value in values]
    return " ".join([*texts, str(crc32(" ".join(texts).encode()))])


def _unpacked(place: str, name: str, packed: str) -> list[bytes]:
    content, _, stored = packed.rpartition(" ")
    if str(crc32(content.encode())) != stored:
        raise ArchiveDamaged(f"{place}: the vectors of passage {name} are damaged: {_ADVICE}")
    return [b64decode(part) for part in content.split(" ")]
