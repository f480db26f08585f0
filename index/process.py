"""Turn a raw article into what an archive stores: language, title, passages and vectors."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from index.language import Identifier
from index.model.embed import TextEmbedder
from index.model.quantize import TokenQuantizer
from index.read.article import RawArticle
from index.read.dates import order_of
from index.read.html import clean
from index.sentences import sentences
from index.shard import PassageText, Shard, embed_shard
from index.split import VERSION, TokenSpans, split
from index.types import Article, Entry, Passage, PassageVectors

_MAX_HEADING_TOKENS = 40  # of the title before each passage, which explains "she" and "the company"
_MAX_TITLE_LENGTH = 120  # code points of a first sentence that replaces a missing title
_MAX_FIRST_LINE = 2000  # code points that are looked at for it; one line may have two million


@dataclass(frozen=True, slots=True)
class ProcessedArticle:
    """An article with its passages, ready to be stored together with its vectors."""

    entry: Entry
    texts: dict[bytes, PassageText]  # by the keys of the entry


class ArticleProcessor:
    """Processes articles for one model and the languages of one identifier. Not thread-safe."""

    def __init__(self, embedder: TextEmbedder, identifier: Identifier) -> None:
        """Use `embedder` for tokens and vectors, and `identifier` for languages."""
        self._embedder = embedder
        self._quantizer = TokenQuantizer(embedder.model)
        self._identifier = identifier

    def article(self, article_id: str, raw: RawArticle, origin: str = "") -> Article:
        """Return an article; a missing language is detected, and a missing title is the first sentence.

        The language, if it is certain, also decides a date whose order of day and month is unclear.
        """
        language, certain = raw.language, True
        if language is None:
            guess = self._identifier.guess(raw.text)
            language, certain = guess.language, guess.reliable
        published = raw.published
        if raw.unclear_date and certain:
            published = raw.unclear_date.written.resolve(order_of(language))
        return Article(
            id=article_id,
            title=raw.title or _first_sentence(raw.text, language),
            text=raw.text,
            language=language,
            published=published,
            source=raw.source,
            author=raw.author,
            url=raw.url,
            origin=origin,
        )

    def fingerprint(self, article: Article) -> str:
        """Return a hash of everything that the stored article and its passages depend on, except its origin."""
        values = [article.id, article.title, article.text, article.language, str(article.published)]
        values += [str(article.source), str(article.author), str(article.url), str(VERSION)]
        values += self._identifier.languages
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()

    def process(
        self,
        article: Article,
        fingerprint: str,
        provenance: Mapping[str, str] = MappingProxyType({}),
        token_spans: TokenSpans | None = None,
    ) -> ProcessedArticle:
        """Split an article into passages; `provenance` says where its fields were found.

        `token_spans` is called for each sentence, instead of that of the embedder; it may raise to end the splitting.
        """
        heading = self._heading(article.title)
        passages = split(
            article.text,
            article.language,
            self._identifier,
            token_spans or self._embedder.token_spans,
            self._embedder.max_passage_tokens - len(self._embedder.token_spans(heading)),
        )
        keyed = self._texts(article, passages, heading)
        return ProcessedArticle(
            Entry(article, fingerprint, tuple(passages), tuple(key for key, _ in keyed), provenance), dict(keyed)
        )

    def texts(self, article: Article, passages: Iterable[Passage]) -> list[tuple[bytes, PassageText]]:
        """Return pairs of key and text to embed for passages of an article; the key names the stored vectors."""
        return self._texts(article, passages, self._heading(article.title))

    @staticmethod
    def _texts(article: Article, passages: Iterable[Passage], heading: str) -> list[tuple[bytes, PassageText]]:
        keyed = []
        for passage in passages:
            text = article.text[passage.start : passage.end]
            spans = tuple((start - passage.start, end - passage.start) for start, end in passage.sentences)
            key = hashlib.sha256(json.dumps([heading, text, spans]).encode()).digest()
            keyed.append((key, PassageText(heading, text, spans)))
        return keyed

    def _heading(self, title: str) -> str:
        """Return the line before each embedded passage: the title, truncated to leave tokens for the passage."""
        spans = self._embedder.token_spans(title)
        limit = min(_MAX_HEADING_TOKENS, self._embedder.max_passage_tokens // 4)
        return (title if len(spans) <= limit else title[: spans[limit][0]].rstrip()) + "\n"

    def embed(self, shard: Shard) -> dict[bytes, PassageVectors]:
        """Embed passages; return their vectors by key."""
        return embed_shard(self._embedder, self._quantizer, shard)


def _first_sentence(text: str, language: str) -> str:
    line = text[:_MAX_FIRST_LINE].partition("\n")[0]
    start, end = sentences(line, (0, len(line)), language)[0]
    sentence = clean(line[start:end])
    return (
        sentence
        if len(sentence) <= _MAX_TITLE_LENGTH
        else (sentence[:_MAX_TITLE_LENGTH].rpartition(" ")[0] or sentence[:_MAX_TITLE_LENGTH]).rstrip(",;:") + " …"
    )
