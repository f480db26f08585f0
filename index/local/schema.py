"""The SQL schema of the catalog, and the conversion of rows, each with a checksum."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from index.checksums import checksum, passage_id
from index.errors import ArchiveDamaged
from index.local.database import REPAIR_OR_RESTORE, Row
from index.types import Article, ListedArticle, OlderVersion, Passage, StoredPassage, TokenCodes, Vectors

FORMAT = 5

STATES = "CREATE TABLE states (revision INTEGER PRIMARY KEY, content TEXT NOT NULL, checksum BLOB NOT NULL) STRICT"
VERSIONS = (
    "CREATE TABLE versions (article_id TEXT NOT NULL, version TEXT NOT NULL, replaced TEXT NOT NULL, "
    "content TEXT NOT NULL, checksum BLOB NOT NULL, PRIMARY KEY (article_id, version)) STRICT"
)
PROVENANCE = (
    "CREATE TABLE provenance (article_id TEXT PRIMARY KEY REFERENCES articles ON DELETE CASCADE, "
    "content TEXT NOT NULL, checksum BLOB NOT NULL) STRICT"
)


def tokens_table(name: str) -> str:
    """Return the statement that creates a table of token vectors."""
    return (
        f"CREATE TABLE {name} (key BLOB PRIMARY KEY REFERENCES embeddings ON DELETE CASCADE, counts BLOB NOT NULL, "
        "codes BLOB NOT NULL, checksum INTEGER NOT NULL) STRICT"
    )


SCHEMA = f"""
{STATES};
{VERSIONS};
{PROVENANCE};
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum BLOB NOT NULL) STRICT;
CREATE TABLE articles (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, published TEXT, source TEXT,
  author TEXT, url TEXT, origin TEXT NOT NULL, fingerprint TEXT NOT NULL, checksum BLOB NOT NULL
) STRICT;
CREATE INDEX articles_published ON articles (published);
CREATE TABLE embeddings (
  key BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum BLOB NOT NULL
) STRICT;
{tokens_table("tokens")};
CREATE TABLE passages (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  article_id TEXT NOT NULL REFERENCES articles ON DELETE CASCADE, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
  language TEXT NOT NULL, sentences TEXT NOT NULL, embedding BLOB NOT NULL REFERENCES embeddings, checksum BLOB NOT NULL
) STRICT;
CREATE INDEX passages_article ON passages (article_id);
CREATE INDEX passages_embedding ON passages (embedding);
"""
_FIELDS = ("id", "title", "text", "language", "published", "source", "author", "url", "origin", "fingerprint")
ARTICLE = f"{', '.join(_FIELDS)}, checksum"
"""The columns of a row for `RowDecoder.article`."""
LISTED = "id, title, language, published, source, author, url, origin, length(text)"
"""The columns of a row for `listed_article`."""
PASSAGE = 'number, id, article_id, "start", "end", language, passages.sentences, embedding, passages.checksum'
"""The columns of a row for `RowDecoder.passage`."""
DAMAGED_ID = "typeof(id) != 'text' OR instr(id, char(0))"
"""The condition for articles with an id that was never written; SQLite keeps it in a damaged row of any table."""
EMBEDDED = f"SELECT {PASSAGE}, key, vector, embeddings.checksum FROM passages LEFT JOIN embeddings ON key = embedding"
"""The start of a statement that selects rows for `RowDecoder.passage_and_vector`."""


class RowDecoder:
    """Decodes rows into values; every method raises `ArchiveDamaged` if a checksum fails."""

    def __init__(self, file: Path) -> None:
        """Decode rows of `file`; error messages name it."""
        self._file = file

    def article(self, row: Row) -> Article:
        """Return the article of a row."""
        *values, stored = row
        if checksum(*values) != stored:
            raise ArchiveDamaged(f"{self._file}: article {row['id']} is damaged: {REPAIR_OR_RESTORE}")
        # By our own names: a flipped bit can change the case of a column name in the file.
        fields = dict(zip(_FIELDS, values, strict=True))
        published = fields.pop("published")
        del fields["fingerprint"]
        return Article(**fields, published=date.fromisoformat(published) if published else None)

    def version(self, row: Row) -> OlderVersion:
        """Return the older version of a row with all columns."""
        *values, stored = row
        if checksum(*values) != stored:
            raise ArchiveDamaged(
                f"{self._file}: an older version of article {row['article_id']} is damaged: {REPAIR_OR_RESTORE}"
            )
        article_id, _, replaced, content = values
        fields = json.loads(content)
        published = fields.pop("published")
        article = Article(**fields, id=article_id, published=date.fromisoformat(published) if published else None)
        return OlderVersion(article, datetime.fromisoformat(replaced))

    def provenance(self, row: Row) -> dict[str, str]:
        """Return where the fields of an article were found, from a row with all columns."""
        *values, stored = row
        if checksum(*values) != stored:
            raise ArchiveDamaged(f"{self._file}: article {row['article_id']} is damaged: {REPAIR_OR_RESTORE}")
        found: dict[str, str] = json.loads(values[1])
        return found

    def passage(self, row: Iterable[Any]) -> StoredPassage:
        """Return the passage of a row."""
        number, *values, stored = row
        if checksum(*values) != stored:
            raise ArchiveDamaged(f"{self._file}: passage {number} is damaged: {REPAIR_OR_RESTORE}")
        passage_id, article_id, start, end, language, sentences, _ = values
        spans = tuple(map(tuple, json.loads(sentences)))
        return StoredPassage(start, end, language, spans, number, passage_id, article_id)

    def text(self, passage: StoredPassage, text: str | None) -> str:
        """Return `text` if it matches the id of the passage, which is a hash of it."""
        if text is None or passage_id(passage.article_id, passage.start, text) != passage.id:
            raise ArchiveDamaged(f"{self._file}: article {passage.article_id} is damaged: {REPAIR_OR_RESTORE}")
        return text

    def passage_and_vector(self, row: Row) -> tuple[StoredPassage, Vectors]:
        """Return the passage of a row, and its vector."""
        return self.passage(row[:-3]), self.vector(f"passage {row['number']}", *row[-3:])

    def vector(self, owner: str, key: bytes | None, vector: bytes, stored: bytes) -> Vectors:
        """Return a vector; error messages name its `owner`."""
        if checksum(key, vector) != stored:
            raise ArchiveDamaged(f"{self._file}: the vector of {owner} is damaged: {REPAIR_OR_RESTORE}")
        return np.frombuffer(vector, "<f4").astype(np.float32)

    def codes(self, owner: str, key: bytes | None, counts: bytes, codes: bytes, stored: int) -> TokenCodes:
        """Return token vectors; error messages name their `owner`."""
        if key is None or _quick_checksum(key, counts, codes) != stored:
            raise ArchiveDamaged(f"{self._file}: the token vectors of {owner} are damaged: {REPAIR_OR_RESTORE}")
        rows = np.frombuffer(counts, "<u2")
        return TokenCodes(rows, np.frombuffer(codes, np.uint8).reshape(sum(rows.tolist()), -1))


def listed_article(row: Row) -> ListedArticle:
    """Return the article of a row, whose checksum includes the text and is not checked."""
    article_id, title, language, published, *others = row
    return ListedArticle(article_id, title, language, date.fromisoformat(published) if published else None, *others)


def article_row(article: Article, fingerprint: str) -> tuple[str | bytes | None, ...]:
    """Return the row of an article, in the order of `ARTICLE`."""
    published = article.published.isoformat() if article.published else None
    values = (
        *(article.id, article.title, article.text, article.language, published),
        *(article.source, article.author, article.url, article.origin, fingerprint),
    )
    return *values, checksum(*values)


def version_row(version: OlderVersion) -> tuple[str | bytes, ...]:
    """Return the row of an older version."""
    article = version.article
    content = {
        **{name: getattr(article, name) for name in ("title", "text", "language", "source", "author", "url")},
        "published": article.published.isoformat() if article.published else None,
    }
    values = (article.id, article.version, version.replaced.isoformat(), json.dumps(content, ensure_ascii=False))
    return *values, checksum(*values)


def provenance_row(article_id: str, provenance: Mapping[str, str]) -> tuple[str | bytes, ...]:
    """Return the row of where the fields of an article were found."""
    values = (article_id, json.dumps(dict(provenance), ensure_ascii=False))
    return *values, checksum(*values)


def passage_row(article: Article, passage: Passage, key: bytes) -> tuple[str | int | bytes, ...]:
    """Return the row of a passage, in the order of `PASSAGE` without the number."""
    text = article.text[passage.start : passage.end]
    values = (
        *(passage_id(article.id, passage.start, text), article.id, passage.start, passage.end),
        *(passage.language, json.dumps(passage.sentences), key),
    )
    return *values, checksum(*values)


def vector_row(key: bytes, vector: Vectors) -> tuple[bytes, bytes, bytes]:
    """Return the row of a vector of a passage."""
    content = vector.astype("<f4").tobytes()
    return key, content, checksum(key, content)


def codes_row(key: bytes, tokens: TokenCodes) -> tuple[bytes, bytes, bytes, int]:
    """Return the row of the token vectors of a passage."""
    counts, codes = tokens.counts.astype("<u2").tobytes(), tokens.codes.tobytes()
    return key, counts, codes, _quick_checksum(key, counts, codes)


def _quick_checksum(*values: bytes) -> int:
    """Return the CRC-32 of token vectors; -1 if a value is not bytes.

    They are large and read for every question, so speed matters; they only rank, so a missed error falsifies no quote.
    """
    if not all(isinstance(value, bytes) for value in values):
        return -1
    total = 0
    for value in values:
        total = crc32(value, total)
    return total
