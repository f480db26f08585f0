"""Make items whose window does not answer, of several kinds.

The answers of the question occur in none of the windows, except in those of look-alikes, whose question is changed.
"""

import random
import re
from collections.abc import Sequence

from eval.reader.items import Corpus, Item, capitalized, contains
from eval.reader.sets import NEWS, Example, Judged
from eval.reader.windows import Cutter, Window, heading, run_around, window, without
from index.terms import terms
from index.types import Passage, Span

SIBLING = "sibling"  # another passage of the article
DELETED = "deleted"  # the passage without the sentences that answer
OTHER_QUESTION = "other question"  # the answer of another question about the passage
NEIGHBOR = "neighbor"  # a passage of another article that is near the question
JUDGED = "judged"  # people judged that it does not answer
UNANSWERABLE = "unanswerable"  # a question that people wrote to have no answer in the passage
NEAR_MISS = "near miss"  # the same, of the news written for it
LOOKALIKE = "lookalike"  # a name, number or month of the question is exchanged
ABOUT = "about"  # other sentences about what a question by rule is about

_MIN_LENGTH = 30  # code points of a window
_TRIES = 4  # of passages or of numbers
_NAMES_FROM = 50  # questions of the article, and names of other articles


def sibling(example: Example, corpus: Corpus, rng: random.Random) -> Item | None:
    """Return the question with another passage of its article."""
    return _elsewhere(example, corpus.other_passages(example), SIBLING, corpus, rng)


def neighbor(example: Example, corpus: Corpus, rng: random.Random) -> Item | None:
    """Return the question with a passage of another article that the embedder finds near."""
    return _elsewhere(example, corpus.neighbors.get(example.id, ()), NEIGHBOR, corpus, rng)


def deleted(example: Example, corpus: Corpus, rng: random.Random) -> Item | None:
    """Return the question with its passage, without the sentences that contain an answer."""
    passages = corpus.cutter.containing(example.passage, example.language, example.answers)
    if not passages:
        return None
    passage = rng.choice(passages)
    run = (
        list(passage.sentences)
        if len(passage.sentences) < 4
        else run_around(passage, example.answers, example.language, rng)
    )
    dropped = [index for index, span in enumerate(run) if _touches(span, example.answers)]
    title = _heading(example, example.answers)
    return _checked(example, without(example.passage, run, title, dropped), DELETED)


def other_question(example: Example, corpus: Corpus, rng: random.Random) -> Item | None:
    """Return the question with the window that answers another question about the article."""
    others = [each for each in corpus.of_article(example) if each.answers and each.question != example.question]
    same_passage = [each for each in others if each.passage == example.passage]
    for other in rng.sample(same_passage or others, min(_TRIES, len(same_passage or others))):
        passages = corpus.cutter.containing(other.passage, other.language, other.answers)
        if not passages or example.question == other.question:
            continue
        passage = rng.choice(passages)
        run = run_around(passage, [rng.choice(other.answers)], other.language, rng)
        if other.passage == example.passage:
            run = _not_touching(run, example.answers)
        if run:
            found = window(other.passage, run, _heading(other, example.answers))
            if item := _checked(example, found, OTHER_QUESTION):
                return item
    return None


def unanswerable(example: Example, corpus: Corpus, rng: random.Random) -> Item | None:
    """Return a question that people wrote to have no answer, with the part of its passage that is most like it."""
    passages = corpus.cutter.passages(example.passage, example.language)
    if not passages:
        return None
    words = set(terms(example.question))
    passage = max(passages, key=lambda each: len(words & set(terms(example.passage[each.start : each.end]))))
    best = max(passage.sentences, key=lambda span: len(words & set(terms(example.passage[span[0] : span[1]]))))
    run = run_around(passage, [best], example.language, rng)
    kind = NEAR_MISS if example.source == NEWS.name else UNANSWERABLE
    return _checked(example, window(example.passage, run, _heading(example, ())), kind)


def lookalike(example: Example, corpus: Corpus, rng: random.Random) -> Item | None:
    """Return a changed question with the window that answers the original one.

    A name, number or month that the window contains is exchanged for one that it does not contain.
    """
    passages = corpus.cutter.containing(example.passage, example.language, example.answers)
    if not passages:
        return None
    passage = rng.choice(passages)
    run = run_around(passage, example.answers, example.language, rng)
    found = window(example.passage, run, _heading(example, ()))
    of_article = corpus.of_article(example)
    others = rng.sample(of_article, min(_NAMES_FROM, len(of_article)))
    names = [name for each in others for name in capitalized(each.question)]  # the nearest, so first
    names += rng.sample(corpus.names(example.language), min(_NAMES_FROM, len(corpus.names(example.language))))
    changed = exchanged(example.question, found.text, example.language, names, rng)
    if changed is None:
        return None
    return Item(changed, found, LOOKALIKE, example.source, example.language)


def about(example: Example, corpus: Corpus, rng: random.Random) -> Item | None:
    """Return a question by rule with other sentences of the article about what it is about."""
    passages = [example.passage, *corpus.other_passages(example)]
    places: list[tuple[str, Passage, int]] = []
    for text in passages:
        places += [
            (text, passage, index)
            for passage in corpus.cutter.passages(text, example.language)
            for index, (start, end) in enumerate(passage.sentences)
            if contains(text[start:end], [example.about])
            and not (text == example.passage and _touches((start, end), example.answers))
        ]
    if not places:
        return None
    text, passage, index = rng.choice(places)
    run = run_around(passage, [passage.sentences[index]], example.language, rng)
    if text == example.passage:
        run = [span for span in _not_touching(run, example.answers, keep=passage.sentences[index]) if span]
    if not run:
        return None
    return _checked(example, window(text, run, _heading(example, example.answers)), ABOUT)


def judged(examples: Sequence[Judged], cutter: Cutter, rng: random.Random) -> Item | None:
    """Return a question with a passage of which people judged that it does not answer."""
    example = rng.choice(examples)
    title, text = rng.choice(example.passages)
    passages = cutter.passages(text, example.language)
    if not passages:
        return None
    passage = rng.choice(passages)
    run = run_around(passage, [], example.language, rng)
    return Item(example.question, window(text, run, title), JUDGED, example.source, example.language)


def exchanged(question: str, text: str, language: str, names: Sequence[str], rng: random.Random) -> str | None:
    """Return the question with one name, number or month of `text` exchanged for one that `text` does not contain."""
    places: list[tuple[Span, list[str]]] = [
        (match.span(), _numbers(match[0], rng)) for match in _NUMBER.finditer(question) if contains(text, [match[0]])
    ]
    months = _MONTHS.get(language, ())
    for match in re.finditer(r"[^\W\d_]+", question):
        if match[0].casefold() in months and contains(text, [match[0]]):
            others = [month.title() if match[0][0].isupper() else month for month in months]
            places.append((match.span(), rng.sample(others, len(others))))
    for name in capitalized(question):
        # German capitalizes every noun, so that one word need not be a name.
        if contains(text, [name]) and (language != "de" or " " in name):
            start = question.index(name)
            alike = [each for each in names if each.count(" ") == name.count(" ")]
            places.append(((start, start + len(name)), alike))
    rng.shuffle(places)
    for (start, end), replacements in places:
        for new in replacements:
            if not contains(text, [new]) and not contains(question, [new]):
                return question[:start] + new + question[end:]
    return None


_NUMBER = re.compile(r"(?<![\w.,])\d+(?![\w.,]*\d)")
_YEAR = re.compile(r"1\d{3}|20\d\d")
_MONTHS = {
    language: tuple(months.split())
    for language, months in {
        "en": "january february march april may june july august september october november december",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "de": "januar februar märz april mai juni juli august september oktober november dezember",
        "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "nb": "januar februar mars april mai juni juli august september oktober november desember",
        "id": "januari februari maret april mei juni juli agustus september oktober november desember",
    }.items()
}


def _numbers(number: str, rng: random.Random) -> list[str]:
    """Return other numbers of as many digits; of a year, years within a generation of it."""
    value = int(number)
    if _YEAR.fullmatch(number):
        return [str(value + sign * rng.randint(1, 30)) for sign in (-1, 1, -1, 1)]
    low, high = (1, 9) if len(number) == 1 else (10 ** (len(number) - 1), 10 ** len(number) - 1)
    return [str(rng.randint(low, high)) for _ in range(_TRIES)]


def _elsewhere(example: Example, passages: Sequence[str], kind: str, corpus: Corpus, rng: random.Random) -> Item | None:
    for text in rng.sample(list(passages), min(_TRIES, len(passages))):
        cut = corpus.cutter.passages(text, example.language)
        if not cut:
            continue
        passage = rng.choice(cut)
        run = run_around(passage, [], example.language, rng)
        title = _heading(example, example.answers) if kind == SIBLING else heading("", text, example.language, ())
        if item := _checked(example, window(text, run, title), kind):
            return item
    return None


def _checked(example: Example, found: Window | None, kind: str) -> Item | None:
    """Return the item, unless its window is very short or contains an answer."""
    if found is None or len(found.text) - found.body < _MIN_LENGTH or contains(found.text, example.texts):
        return None
    return Item(example.question, found, kind, example.source, example.language)


def _heading(example: Example, answers: Sequence[Span]) -> str:
    return heading(example.title, example.passage, example.language, answers)


def _touches(span: Span, answers: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in answers)


def _not_touching(run: Sequence[Span], answers: Sequence[Span], keep: Span | None = None) -> list[Span]:
    """Return the longest part of a run that touches no answer, or the part with the sentence `keep`."""
    parts: list[list[Span]] = [[]]
    for span in run:
        if _touches(span, answers):
            parts.append([])
        else:
            parts[-1].append(span)
    if keep is not None:
        return next((part for part in parts if keep in part), [])
    return max(parts, key=len)
