"""An answer is composed of quotes from the hits, each in the exact words of its source."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.clutter import is_clutter
from index.sentences import is_heading
from index.types import Article, Span
from qa.bounds import with_bound
from qa.disagreement import compared, conflict, corrects
from qa.facts import repeats, same_answer
from qa.grammar import SUBJECT_PRONOUN
from qa.kind import Kind
from qa.numbers import agrees
from qa.subject import same_subject
from qa.types import Citation, Hit
from qa.values import differ, values
from qa.versions import newest_first

_MAX_PASSAGES = 3  # quoted in one answer
_MAX_SEVERAL = 5  # the same in answers that list or compare, if the passages were read
_MAX_SCORE_GAP = 0.25  # as a fraction of the best passage's score; a passage further below it is not quoted
_MAX_SENTENCE_GAP = (
    0.02  # between two scores; a second sentence this close to the best of its passage is quoted as well
)
_MAXSIM_WEIGHT = 15.0  # of a sentence's MaxSim, beside the log-probability that the answer starts in it
_POSITION_WEIGHT = 0.4  # the same for each place of its passage among the hits
_LANGUAGE_WEIGHT = 2.0  # the same of a passage in a language that is to come first
_MIN_ANSWERABLE_FIRST = -1.0  # logit of such a passage
_MIN_LOG = -20.0  # log-probabilities below it say no more
_MIN_ANSWERABLE = 0.5  # logit; a further passage below it is not quoted
_MAX_READ_GAP = 2.0  # between two sentences of a passage that was read; a second one this close is quoted as well
_MAX_BEFORE = 2  # sentences added before one that begins with a pronoun
_MAX_LENGTH = 600  # code points of a quote with them
_NO_STATEMENT = 4  # the rank of headings, questions and lines around the article
_NO_ANSWER = "No passage of the archive answers this."
_DIGIT = re.compile(r"\d")
_QUESTION_MARK_AT_END = re.compile(r"[?？؟][\s\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class _Quote:
    """What is quoted of a hit: a span of its article's text, and the span in it that answers, if it is known."""

    article: Article
    span: Span
    language: str
    answer: Span | None = None

    @property
    def text(self) -> str:
        """The quoted text."""
        return self.article.text[slice(*self.span)]

    @property
    def answering(self) -> str:
        """The words that answer; empty if they are not known."""
        return self.article.text[slice(*self.answer)] if self.answer else ""

    def contains(self, other: "_Quote") -> bool:
        """Return whether the quote has the other one in it."""
        is_within = self.span[0] <= other.span[0] and other.span[1] <= self.span[1]
        return self.article.id == other.article.id and is_within

    def answers_like(self, other: "_Quote") -> bool:
        """Return whether the quotes give the same answer, as far as their answering words are known."""
        return same_answer(self._bounded, self.language, other._bounded, other.language)

    @property
    def _bounded(self) -> str:
        """The words that answer, with those before them that bound a number, such as "more than"."""
        text = self.article.text
        return text[slice(*with_bound(text, self.answer, self.language))] if self.answer else ""


def compose(
    question: str, hits: Sequence[Hit], kind: Kind = "other", languages_first: Container[str] = ()
) -> tuple[str, tuple[Citation, ...]]:
    """Return an answer and its citations, best passage first: one or two sentences of each of the best passages.

    Of passages that were read and are nearly as good, those in `languages_first` come first.

    Of passages that were read, those after the first are quoted only if they answer by themselves and mention a name of
    the question, if the first does: more of them for a list or a comparison. A passage that gives the same answer as an
    earlier quote is not quoted; its article is named as another source of that quote. For the latest or earliest
    state every passage that answers is quoted, the newest or oldest article first; otherwise the newest of the versions
    of one story comes first, unless the question has a number, such as a day.
    """
    limit = _MAX_SEVERAL if kind in ("list", "comparison") and hits and hits[0].reading else _MAX_PASSAGES
    chosen: dict[_Quote, dict[str, Article]] = {}  # with the other sources of each, by id
    quoted: dict[str, _Quote] = {}  # by the folded text of each of their sentences
    for hit in _quotable(question, hits, kind, languages_first):
        sentences = _best_sentences(question, hit, {} if hit.reading else quoted, kind, is_first=not chosen)
        known = quoted.get(_folded(sentences[0].text)) if sentences else None
        sentences = [each for each in sentences if _folded(each.text) not in quoted]
        quotes = _without_parts([_with_name(quote, hit) for quote in _join_adjacent(sentences)])
        if kind not in ("latest", "earliest"):
            known = known or next((each for each in chosen if _agree(question, kind, each, quotes)), None)
        if known:
            chosen[known][hit.article.id] = hit.article
        elif limit and quotes:
            chosen |= {quote: {} for quote in quotes}
            quoted |= {_folded(sentence.text): _holding(sentence, quotes) for sentence in sentences}
            limit -= 1
    if kind != "list":
        chosen |= {quote: {} for quote in _corrections([*chosen], hits)}
    citations = [_citation(number, quote, others) for number, (quote, others) in enumerate(chosen.items(), start=1)]
    stories = {hit.article.id: hit.story for hit in hits if hit.story}
    citations = compared(question, kind, citations, stories)
    keeps_order = kind == "earliest" or _DIGIT.search(question)
    text, placed = numbered(citations if keeps_order else _newer_first(citations))
    return text or _NO_ANSWER, placed


def _newer_first(citations: Sequence[Citation]) -> list[Citation]:
    """Return citations in order, but each after the one that supersedes it."""
    by_index = {citation.index: citation for citation in citations}
    ordered: dict[int, Citation] = {}
    for citation in citations:
        for each in (by_index.get(citation.superseded_by or 0), citation):
            if each:
                ordered.setdefault(each.index, each)
    return list(ordered.values())


def select(hits: Sequence[Hit], count: int, languages_first: Container[str]) -> tuple[Hit, ...]:
    """Return the `count` hits to quote from, in their order: of those that were read the ones that are quoted first."""
    if len(hits) <= count or any(hit.reading is None for hit in hits):
        return tuple(hits[:count])
    chosen = {id(hit) for hit in _by_evidence(hits, languages_first)[:count]}
    return tuple(hit for hit in hits if id(hit) in chosen)


def _corrections(quotes: Sequence[_Quote], hits: Sequence[Hit]) -> list[_Quote]:
    """Return the first sentence of the hits that corrects one of some quotes or is corrected by one."""
    claims = [quote for quote in quotes if quote.answer]
    sentences = (_Quote(hit.article, span, hit.passage.language) for hit in hits for span in hit.passage.sentences)
    for sentence in sentences if claims else ():
        if any(claim.article.id != sentence.article.id and _differ(claim, sentence) for claim in claims):
            return [] if any(quote.contains(sentence) for quote in quotes) else [sentence]
    return []


def _agree(question: str, kind: Kind, earlier: _Quote, quotes: Sequence[_Quote]) -> bool:
    """Return whether one of some quotes gives the same answer as an earlier one, and none differs from it."""
    if not any(map(earlier.answers_like, quotes)):
        return False
    before = _citation(1, earlier, {})
    return not any(
        _differ(earlier, quote) or _differ(quote, earlier) or conflict(question, kind, before, _citation(2, quote, {}))
        for quote in quotes
    )


def _differ(quote: _Quote, sentence: _Quote) -> bool:
    """Return whether a sentence corrects a quote or is corrected by it."""
    return any(
        corrects(correction.text, correction.language, claim.text, claim.language, quote.answering)
        for correction, claim in ((sentence, quote), (quote, sentence))
    )


def numbered(citations: Sequence[Citation]) -> tuple[str, tuple[Citation, ...]]:
    """Return the text of an answer with these quotes, each on a line, and the citations with numbers and places."""
    numbers = {citation.index: number for number, citation in enumerate(citations, start=1)}
    answer = ""
    placed: list[Citation] = []
    for number, citation in enumerate(citations, start=1):
        separator = "\n" if answer else ""
        offset = len(answer) + len(separator)
        place = offset, offset + len(citation.text)
        superseded_by = numbers.get(citation.superseded_by or 0)
        placed.append(replace(citation, index=number, in_answer=place, superseded_by=superseded_by))
        answer += f"{separator}{citation.text} [{number}]"
    return answer, tuple(placed)


def _citation(number: int, quote: _Quote, others: Mapping[str, Article]) -> Citation:
    """Return the citation of a quote, without its place; its own article is none of its other sources."""
    sources = tuple(article for article_id, article in others.items() if article_id != quote.article.id)
    return Citation(number, quote.article, quote.span, (0, 0), quote.language, quote.answer, sources)


def _quotable(question: str, hits: Sequence[Hit], kind: Kind, languages_first: Container[str]) -> list[Hit]:
    """Return the hits to quote, best first: those with scores near the best, or of those read the ones that answer.

    Hits that were read are in the order of their best sentences; the first of them is quoted in any case. If a question
    without names asks for a number or a day, the others are on the subject of the first.
    """
    if not hits or hits[0].reading is None:
        near = [hit for hit in hits if hit.score >= hits[0].score - _MAX_SCORE_GAP * abs(hits[0].score)]
        return near[:_MAX_PASSAGES]
    first, *others = _by_evidence(hits, languages_first)
    adding = [hit for hit in others if _adds_answer(hit, first) or _is_version(hit, first)]
    if kind in ("how many", "when") and not first.mentioned:  # prices and days of anything look like answers
        adding = [hit for hit in adding if same_subject(question, first.article, hit.article)]
    answering = [first, *adding]
    if kind == "earliest":
        return sorted(answering, key=lambda hit: hit.article.published or date.max)
    if kind == "latest":
        answering.sort(key=lambda hit: hit.article.published or date.min, reverse=True)
    return answering if _DIGIT.search(question) else newest_first(answering)


def _by_evidence(hits: Sequence[Hit], languages_first: Container[str]) -> list[Hit]:
    """Return the hits that were read, in the order of their best sentences."""
    evidence = [
        (_best_score(hit) - _POSITION_WEIGHT * position + _LANGUAGE_WEIGHT * comes_first(hit, languages_first), hit)
        for position, hit in enumerate(hits)
        if hit.reading
    ]
    return [hit for _, hit in sorted(evidence, key=lambda item: -item[0])]


def _adds_answer(hit: Hit, first: Hit) -> bool:
    """Return whether a hit that was read answers, and mentions a name of the question if the first hit does."""
    is_likely = hit.reading is not None and hit.reading.answerable >= _MIN_ANSWERABLE
    return is_likely and not (first.mentioned and not hit.mentioned)


def _is_version(hit: Hit, first: Hit) -> bool:
    """Return whether the best sentence of a hit is that of another version of the first hit, with other values."""
    if not (hit.story and hit.story == first.story and hit.reading):
        return False
    one, other = (max(_scored(each), key=lambda item: item[0])[1] for each in (hit, first))
    return differ(values(one.text, one.language), values(other.text, other.language))


def comes_first(hit: Hit, languages: Container[str]) -> bool:
    """Return whether a hit is in one of some languages, and its reading does not exclude that it answers."""
    is_likely = hit.reading is not None and hit.reading.answerable >= _MIN_ANSWERABLE_FIRST
    return is_likely and hit.passage.language in languages


def _best_score(hit: Hit) -> float:
    """Return the best score of a hit's sentences that can be quoted, or else of all."""
    scored = list(_scored(hit))
    quotable = [score for score, quote in scored if _is_statement(quote)]
    return max(quotable or (score for score, _ in scored), default=_MIN_LOG)


def _best_sentences(question: str, hit: Hit, quoted: Container[str], kind: Kind, *, is_first: bool) -> list[_Quote]:
    """Return the best sentence and, if its score is close, the second best.

    An item or row with another number than that of the question is only quoted if there is nothing else; so is a
    sentence that repeats the question, unless it answers yes or no.
    """
    scored = [(score, quote) for score, quote in _scored(hit) if _folded(quote.text) not in quoted]
    by_rank: dict[int, list[tuple[float, _Quote]]] = {}
    for score, quote in scored:
        by_rank.setdefault(_rank(question, quote, kind), []).append((score, quote))
    best_rank = min(by_rank, default=_NO_STATEMENT)
    # A first passage that has only headings and questions is still quoted: it is the best match.
    ranked = by_rank[best_rank] if best_rank < _NO_STATEMENT else scored if is_first else []
    distinct = {_folded(quote.text): (score, quote) for score, quote in sorted(ranked, key=lambda item: -item[0])[::-1]}
    best = sorted(distinct.values(), key=lambda item: -item[0])[:2]
    max_gap = _MAX_READ_GAP if hit.reading else _MAX_SENTENCE_GAP
    return [quote for score, quote in best if score >= best[0][0] - max_gap]


def _rank(question: str, quote: _Quote, kind: Kind) -> int:
    """Return how well a sentence is suited as a quote, whatever its score: 0 is best, `_NO_STATEMENT` not at all."""
    if not _is_statement(quote):
        return _NO_STATEMENT
    text = quote.text
    verdict = agrees(question, text)
    if verdict is None and kind != "yes/no" and repeats(question, text, quote.language):
        return 2
    return {True: 0, None: 1, False: 3}[verdict]


def _is_statement(quote: _Quote) -> bool:
    """Return whether a sentence is no heading, question or line around the article."""
    text = quote.text
    is_other = is_heading(quote.article.text, quote.span) or _QUESTION_MARK_AT_END.search(text) or is_clutter(text)
    return not is_other


def _scored(hit: Hit) -> Iterator[tuple[float, _Quote]]:
    """Return the sentences of a hit with their scores; only those that were read, if some were."""
    sentences, maxsims, language = hit.passage.sentences, hit.sentence_scores.tolist(), hit.passage.language
    if hit.reading is None:
        yield from zip(maxsims, (_Quote(hit.article, span, language) for span in sentences), strict=True)
        return
    for span, maxsim, log, answer in zip(
        sentences, maxsims, hit.reading.sentences.tolist(), hit.reading.answers, strict=True
    ):
        if answer is not None:
            yield max(log, _MIN_LOG) + _MAXSIM_WEIGHT * maxsim, _Quote(hit.article, span, language, answer)


def _join_adjacent(quotes: Sequence[_Quote]) -> list[_Quote]:
    """Merge two sentences that follow each other on one line into one quote."""
    if len(quotes) == 2:
        (start, end), (next_start, next_end) = sorted(quote.span for quote in quotes)
        text = quotes[0].article.text
        if "\n" not in text[end:next_start] and not text[end:next_start].strip():
            return [replace(quotes[0], span=(start, next_end))]
    return list(quotes)


def _with_name(quote: _Quote, hit: Hit) -> _Quote:
    """Add the sentences before a quote that begins with a pronoun, back to the first that does not.

    They are at most two, on the same line; if all of them begin with a pronoun, the quote stays as it is.
    """
    text, (start, end) = quote.article.text, quote.span
    before = [span for span in hit.passage.sentences if span[1] <= start][: -_MAX_BEFORE - 1 : -1]
    following = start
    for first, last in before:
        if not SUBJECT_PRONOUN.match(text, following) or "\n" in text[last:following]:
            break
        following = first
    if SUBJECT_PRONOUN.match(text, following) or end - following > _MAX_LENGTH:
        return quote
    return replace(quote, span=(following, end))


def _without_parts(quotes: Sequence[_Quote]) -> list[_Quote]:
    """Return the quotes of one passage that no other of them contains."""
    return [quote for quote in quotes if not any(other.contains(quote) for other in quotes if other != quote)]


def _holding(sentence: _Quote, quotes: Sequence[_Quote]) -> _Quote:
    """Return the quote that contains a sentence."""
    return next(quote for quote in quotes if quote.contains(sentence))


def _folded(text: str) -> str:
    """Return a text without differences of case and white space."""
    return " ".join(text.casefold().split())
