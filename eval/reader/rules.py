"""Make why- and said-questions by rule from the text of passages: few of those that could be made, but well formed.

*MAIN because REASON* answers "why MAIN", and *QUOTE, said SPEAKER* answers "what did SPEAKER say about TOPIC", with a
name or a noun of the quote as topic. Sentences with pronouns as subjects are left out: alone they do not say who is
meant. Rules for other languages gave too few questions or too many that were not well formed: see docs/decisions.md.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from eval.reader.items import capitalized
from eval.reader.sets import Example
from index.sentences import sentences
from index.types import Span

WHY, SAID = "why", "said"

_MIN_MAIN, _MAX_MAIN = 4, 16  # words
_MIN_REASON, _MAX_REASON = 4, 40  # words
_MIN_QUOTE, _MAX_QUOTE = 30, 400  # code points
_MAX_SUBJECT = 6  # words before the auxiliary verb


@dataclass(frozen=True, slots=True)
class _Why:
    because: str  # a pattern
    question: Callable[[str], str | None]  # of the main clause, None if it would not be well formed
    not_first: str  # words that a main clause may not begin with: pronouns, conjunctions, adverbs
    not_before: str = ""  # words that may not stand before the conjunction: "not because"


@dataclass(frozen=True, slots=True)
class _Said:
    verbs: str  # a pattern
    question: str  # with {speaker} and {topic}
    noun: str  # a pattern of a noun as topic


def examples(passages: Iterable[Example]) -> Iterator[Example]:
    """Return questions by rule about passages, each of which is given by one of its examples.

    The set is `why` or `said` and the language, the answers are the clause with and without its conjunction, or the
    quote with and without its marks.
    """
    given = list(passages)
    common = {language: _common(given, language) for language in _WHY}
    for example in given:
        text, language = example.passage, example.language
        for line in re.finditer(r"[^\n]+", text):
            for start, end in sentences(text, line.span(), language):
                sentence = text[start:end]
                for kind, made in (
                    (WHY, why(sentence, language, common.get(language, frozenset()))),
                    (SAID, said(sentence, language)),
                ):
                    for number, (question, spans, about) in enumerate(made):
                        yield Example(
                            id=f"{kind}:{language}:{example.source}:{example.id}:{start}:{number}",
                            source=kind,
                            language=language,
                            article=example.article,
                            title=example.title,
                            question=question,
                            passage=text,
                            answers=tuple((start + first, start + last) for first, last in spans),
                            about=about,
                        )


def _common(passages: Iterable[Example], language: str) -> frozenset[str]:
    """Return the words that are more often lowercase than capitalized."""
    counts = Counter(
        word for each in passages if each.language == language for word in re.findall(r"[^\W\d_]+", each.passage)
    )
    return frozenset(word for word in counts if word.islower() and counts[word] > counts[word.capitalize()])


Made = tuple[str, tuple[Span, ...], str]
"""A question, its answers in the sentence, and what it is about."""


def why(sentence: str, language: str, common: frozenset[str] = frozenset()) -> list[Made]:
    """Return the why-question that a sentence answers, if any; `common` has the words that are no names."""
    rule = _WHY.get(language)
    matches = list(re.finditer(rf"(?:,\s*|\s+)(?P<because>{rule.because})\s*", sentence)) if rule else []
    if rule is None or len(matches) != 1 or sentence[-1] not in ".…۔।":
        return []
    match = matches[0]
    main = re.sub(r" \([^()]*\)", "", sentence[: match.start()]).rstrip(" ,;")
    reason = sentence[match.end() : -1].rstrip(' .…»"”')
    words = main.split()
    if (
        not _MIN_MAIN <= len(words) <= _MAX_MAIN
        or not _MIN_REASON <= len(reason.split()) <= _MAX_REASON
        or re.search(r"[,:;!?()\[\]«»“”„\"…–—]|\s-\s|\.(?!\d)", main)
        or re.search(r"[«»“”„\"()\[\]:;]", reason)
        or _is_in(words[0], rule.not_first)
        or _is_in(words[-1], rule.not_before)
        or _lowercase(main[0])
    ):
        return []
    begins = re.match(r"[^\W\d_]+", main)
    first = (
        main[0].lower() + main[1:]
        if begins and begins[0].capitalize() == begins[0] and begins[0].lower() in common
        else main
    )
    question = rule.question(first)
    if question is None:
        return []
    begin, end = match.start("because"), match.end() + len(reason)
    names = capitalized(f"- {main}")
    return [(question, ((begin, end), (match.end(), end)), names[0] if names else max(words, key=len))]


def _is_in(word: str, words: str) -> bool:
    return word.strip("¿¡").casefold() in words.split()


def _lowercase(letter: str) -> bool:
    return letter.islower() or not letter.isalpha()


def _after(opening: str, closing: str = "?", elided: str = "") -> Callable[[str], str]:
    """Return a function that puts the main clause after `opening`, or after `elided` before a vowel."""

    def question(main: str) -> str:
        vowel = bool(elided) and main[0].casefold() in "aeiouyhéèêàâîôû"
        return f"{elided if vowel else opening}{main}{closing}"

    return question


def _inverted(opening: str, auxiliaries: str, excluded: str) -> Callable[[str], str | None]:
    """Return a function that puts the auxiliary verb before the subject; None without a plain subject and verb."""
    verbs, out = set(auxiliaries.split()), set(excluded.split())

    def question(main: str) -> str | None:
        words = main.split()
        place = next((index for index, word in enumerate(words) if word in verbs), 0)
        subject = words[:place]
        if not 1 <= place <= _MAX_SUBJECT or place == len(words) - 1:
            return None
        if any(word.casefold() in out for word in subject) or any(
            word in verbs for word in words[place + 1 : place + 2]
        ):
            return None
        return f"{opening} {words[place]} {' '.join(subject)} {' '.join(words[place + 1 :])}?"

    return question


_ENGLISH_OUT = (
    "that which who whom whose where when while if as in on at for from by with after before during since although "
    "though said says argued claimed stated believed thought noted reported found held and or but not it he she they "
    "there this these those such his her its their our my to than because so also then however only even one some many"
)
_WHY = {
    "en": _Why(
        "because(?! of\\b)",
        _inverted(
            "Why",
            "is are was were has can could will would should may might",
            _ENGLISH_OUT,
        ),
        "he she it they this that these those there i we you but and or so if when while as in on at for from by with "
        "after before during since although though however also then what who which how not",
        "not only just partly simply largely mainly mostly probably perhaps is was are were be it but and or that",
    ),
    "fr": _Why(
        "(?:parce qu(?:e\\s|['’])|car\\s)",
        _after("Pourquoi est-ce que ", " ?", "Pourquoi est-ce qu’"),
        "il elle ils elles on ce c'est c’est cela ça cette ces celui celle ceux je nous vous tu mais et ou donc or si "
        "quand lorsque alors après avant pendant depuis dans en au aux sur pour par avec sans selon bien comme y qui "
        "que c'était c’était veuillez merci ici là plus ainsi toutefois cependant malgré chez dès",
        "pas et ou mais est sont était non surtout notamment c'est simplement seulement uniquement un une le la ce "
        "justement peut-être probablement en de du des par son",
    ),
    "nb": _Why(
        "(?:fordi|ettersom)\\b",
        _inverted(
            "Hvorfor",
            "er var har hadde kan kunne vil ville skal skulle må måtte ble blir bør burde",
            "som at han hun det de den dette disse vi jeg i på til for med av etter før under når mens hvis da og "
            "eller men også bare så dermed derfor likevel imidlertid her der",
        ),
        "han hun det de den dette disse vi jeg du men og eller når mens hvis da i på til for med av etter før under "
        "her der så dermed derfor likevel tvert",
        "ikke bare kun og eller men er var blant trolig kanskje",
    ),
    "id": _Why(
        "(?:karena|sebab)\\b(?! itu)",
        _after("Mengapa "),
        "ia dia mereka hal ini itu kami kita saya tetapi namun dan atau jika ketika saat pada di dalam dengan "
        "untuk dari setelah sebelum selama sejak walau walaupun meskipun juga alhasil selain merupakan "
        "termasuk adapun dilatarbelakangi yang diberinya oleh menurut akan tidak hal-hal sebagai bila nya maka",
        "bukan hanya dan atau tetapi oleh adalah itu ini terutama mungkin",
    ),
    "ru": _Why(
        "(?:потому что|так как|поскольку)\\b",
        _after("Почему "),
        "он она оно они это этот эта эти тот та те я мы вы но и или а если когда как в во на с со к по для от до после "
        "при из у не также однако поэтому затем что кто где так то его её их именно",
        "не только и или а но это лишь именно возможно вероятно",
    ),
}


def said(sentence: str, language: str) -> list[Made]:
    """Return the questions what a speaker said that a sentence with a quotation answers."""
    rule = _SAID.get(language)
    if rule is None:
        return []
    quotes = list(_QUOTE.finditer(sentence)) or list(_DASHED_QUOTE.finditer(sentence))
    if len(quotes) != 1 or not _MIN_QUOTE <= len(quotes[0]["quote"]) <= _MAX_QUOTE:
        return []
    quote = quotes[0]
    after = re.match(
        rf"\s*,?\s*(?:{rule.verbs})\s+{_ROLE}(?P<speaker>{_SPEAKER})(?=[\s,.(]|$)", sentence[quote.end() :]
    )
    before = re.search(rf"(?:^|\s)(?P<speaker>{_SPEAKER})\s+(?:{rule.verbs})\s*[,:]?\s*$", sentence[: quote.start()])
    match = after or before
    if match is None or match["speaker"].split()[0].casefold() in _NO_SPEAKER:
        return []
    speaker = match["speaker"]
    if speaker.endswith(_GENITIVE):
        return []
    topics = _topics(quote["quote"], speaker, rule.noun)
    if not topics:
        return []
    spans = tuple(dict.fromkeys((_trimmed(sentence, quote.span("quote")), quote.span())))
    return [(rule.question.format(speaker=speaker, topic=topics[0]), spans, speaker.split()[-1])]


def _trimmed(sentence: str, span: Span) -> Span:
    quote = sentence[slice(*span)]
    return span[0] + len(quote) - len(quote.lstrip()), span[1] - len(quote) + len(quote.rstrip(" ,"))


def _topics(quote: str, speaker: str, noun: str) -> list[str]:
    """Return the names in a quote and its nouns, names first."""
    topics = [
        name
        for name in capitalized(f"- {quote}")
        if name not in speaker
        and not name.endswith(_GENITIVE)
        and not re.search(rf"(?:^|[:.–-] ){re.escape(name)}", quote)
    ]
    return topics + [match["topic"] for match in re.finditer(noun, quote)]


_QUOTE = re.compile(r"[“\"«„](?P<quote>[^“”\"«»„]+)[”\"»“]")
_DASHED_QUOTE = re.compile(r"^[–-] (?P<quote>[^–“”\"«»]+)(?=,)")  # as in Norwegian newspapers
_NAME_PART = r"[^\W\d_a-zß-ÿ][\w’'.-]*[\w]"
_ROLE = r"(?:(?!(?:han|hun|jeg|vi|de|man)\b)[^\W\d_A-Z][\w’'-]*\s){0,5}"  # "the minister"
_SPEAKER = rf"{_NAME_PART}(?: (?:(?:de|da|do|di|du|van|von|der|den|la|le|el|al|bin) )?{_NAME_PART}){{0,3}}"
_GENITIVE = "s"  # "Unge Venstres nestleder"
_NO_SPEAKER = frozenset("og men den det han hun de jeg vi du i på for som".split())
_SAID = {
    "nb": _Said(
        "sier|sa|forteller|fortalte|skriver|skrev|forklarer|mener",
        "Hva sa {speaker} om {topic}?",
        r"\b(?P<topic>[a-zæøå]{4,}(?:ene|ingen|heten|sjonen))\b",
    ),
}
LANGUAGES = {WHY: frozenset(_WHY), SAID: frozenset(_SAID)}
"""The languages of the rules by kind."""
