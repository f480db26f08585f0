"""Splits a message with several questions into parts.

A part ends at a question mark of any script, except in quotation marks and addresses, or before a conjunction with a
question word ("Who is X and why did he leave?"). A message is split at a conjunction only if

- before it there are a content word and at most one question word, at the beginning: "When and where did …" and "What
  did she say about who …" are not split;
- it is a direct question that follows. The words in `_JOINTS` decide: "and why he left" is an indirect one.

A part that takes up those before it is completed from them (`qa.followup`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.followup import complete, continues, stands_alone
from qa.grammar import GRAMMARS, WORD, Grammar, grammars_of, is_function_word

_MAX_PARTS = 3

# The Greek question mark is a semicolon after normalization.
_MARK = r"(?:[?？؟⁇⁈⁉‽]|(?<=[Ͱ-Ͽἀ-῿]);)"
_NOT_SPLIT = r"“[^”]*”|«[^»]*»|„[^“”]*[“”]|「[^」]*」|\"[^\"]*\"|\w+://\S*"
_SENTENCE = re.compile(rf"(?:{_NOT_SPLIT}|(?!{_MARK}).)++(?:{_MARK}[\s!！]*)*")


@dataclass(frozen=True, slots=True)
class Part:
    """A question of a message."""

    text: str  # with what it may need of the questions before it
    written: str

    @property
    def alternative(self) -> str | None:
        """The question as it is written, if it can be asked so."""
        return self.written if self.text != self.written and stands_alone(self.written) else None


def parts(message: str) -> list[Part]:
    """Return the questions of a message in order, at least one, each with what it needs of those before it.

    A question that repeats one before it, or its beginning, is left out.
    """
    questions: list[str] = []
    for clause in (clause for sentence in _sentences(message) for clause in _clauses(sentence)):
        if not any(earlier.casefold().startswith(clause.strip().casefold()) for earlier in questions):
            questions.append(clause)
    questions = [*questions[: _MAX_PARTS - 1], " ".join(questions[_MAX_PARTS - 1 :])][: len(questions)]
    return [
        Part(
            complete(question, questions[:number])
            if number and continues(question, questions[number - 1])
            else question,
            question,
        )
        for number, question in enumerate(questions)
    ]


def _sentences(message: str) -> list[str]:
    """Return the sentences of a message that end with a question mark, each with the text before it.

    Text after the last mark is a question if it begins with a question word. Tags such as "really?" are no questions.
    """
    result: list[str] = []
    tag = ""  # before the first question
    for sentence in (match[0].strip() for match in _SENTENCE.finditer(message)):
        words = WORD.findall(sentence)
        grammars = grammars_of(words)
        asks = bool(_question_words(sentence, grammars))
        content = not grammars or any(not is_function_word(word, grammars) for word in words)
        is_question = asks or (content and re.search(rf"{_MARK}[\s!！]*$", sentence))
        if is_question:
            result.append(f"{tag} {sentence}".strip())
            tag = ""
        elif result:
            result[-1] += f" {sentence}"
        else:
            tag = f"{tag} {sentence}".strip()
    return result or [message]


def _clauses(sentence: str) -> Iterator[str]:
    """Yield the questions of a sentence, which a conjunction connects."""
    grammars = grammars_of(WORD.findall(sentence))
    joint = next(
        (match for match in _joints(sentence, grammars)[:_MAX_PARTS] if _is_question(sentence[: match.start()])), None
    )
    if joint is None:
        yield sentence
        return
    yield sentence[: joint.start()].rstrip(" ,;")
    yield from _clauses(sentence[joint.start("question") :])


def _is_question(clause: str) -> bool:
    """Return whether a clause is one whole question: it has content, and a question word only at the beginning."""
    words = list(WORD.finditer(clause))
    grammars = grammars_of([word[0] for word in words])
    content = [word.start() for word in words if not is_function_word(word[0], grammars)]
    question_words = _question_words(clause, grammars)
    return bool(content) and (not question_words or (len(question_words) == 1 and question_words[0] < content[0]))


def _question_words(text: str, grammars: Sequence[Grammar]) -> list[int]:
    """Return the offsets of the question words of a text in the likeliest languages."""
    patterns = [pattern for code, (pattern, _) in _JOINTS.items() if GRAMMARS[code] in grammars]
    return sorted({match.start() for pattern in patterns for match in pattern.finditer(text)})


def _joints(sentence: str, grammars: Sequence[Grammar]) -> list[re.Match[str]]:
    """Return the conjunctions before direct questions, in order."""
    patterns = [pattern for code, (_, pattern) in _JOINTS.items() if GRAMMARS[code] in grammars]
    found = {match.start(): match for pattern in patterns for match in pattern.finditer(sentence)}
    return [found[start] for start in sorted(found)]


def _joint(conjunction: str, prepositions: str, *questions: str, words: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns of a language for its question `words`, and for a conjunction with one of `questions`."""
    before = rf"(?:(?:{prepositions})\s+)?"
    return (
        re.compile(rf"\b(?:{words})\b", re.IGNORECASE),
        re.compile(rf"[,;]?\s+(?:{conjunction})\s+(?P<question>{before}(?:{'|'.join(questions)}))", re.IGNORECASE),
    )


_END = r"(?=\W*$)"
_INVERTED = r"(?=.*(?:-(?:t-)?(?:il|elle|ils|elles|on|ce|vous|tu)\b|\best-ce\b))"  # the order of a direct question
_EN_AUXILIARY = (
    r"(?=\s+(?:is|are|was|were|am|do|does|did|has|have|had|will|would|can|could|shall|should|may|might|must|"
    r"isn|aren|wasn|weren|don|doesn|didn|hasn|haven|hadn|won|wouldn|can|couldn|shouldn)\b)"
)
_DE_NO_SUBJECT = r"(?!\s+(?:er|sie|es|ich|du|wir|ihr|man|der|die|das|dieser?|dieses|ein|eine|sein|seine|ihre)\b)"
_NL_NO_SUBJECT = r"(?!\s+(?:hij|zij|ze|het|ik|je|jij|u|wij|we|men|de|een|deze|dit|dat|zijn|haar|hun)\b)"

_JOINTS = {
    "en": _joint(
        "and|but",
        "in|at|on|to|from|for|since|until|by|with|of",
        rf"(?:why|when|where|how){_END}",
        rf"(?:why|when|where|how){_EN_AUXILIARY}",
        r"how\s+(?:many|much|long|often|old|far)\b",
        r"(?:who|whom|whose|what|which)\b",
        words="why|when|where|how|who|whom|whose|what|which",
    ),
    "fr": _joint(
        "et|mais",
        "à|de|en|dans|pour|par|avec|sur|depuis|vers|chez|jusqu['’]à",
        r"pourquoi\b",
        rf"(?:quand|comment|où|combien|qui|quoi){_END}",
        rf"(?:quand|comment|où|combien|qui|que|qu['’]){_INVERTED}",
        r"combien\s+d(?:e|['’])",
        r"(?:quel|quelle|quels|quelles|lequel|laquelle|lesquels|lesquelles)\b",
        words="pourquoi|quand|comment|où|combien|qui|que|qu|quoi|quel|quelle|quels|quelles|lequel|laquelle|lesquels",
    ),
    "de": _joint(
        "und|aber",
        "in|an|auf|zu|von|bei|mit|seit|bis|für|aus|nach|um|über",
        rf"(?:warum|wieso|weshalb|wann|wo|wohin|woher|wie|wer|wen|wem|was)\b{_DE_NO_SUBJECT}",
        r"wie\s*viele?\b",
        r"welche[mnrs]?\b",
        words="warum|wieso|weshalb|wann|wo|wohin|woher|wie|wieviel|wieviele|wer|wen|wem|wessen|was|welche[mnrs]?",
    ),
    "es": _joint(
        "y|e|pero",
        "a|de|en|con|para|por|desde|hasta|sobre",
        r"(?:por\s+qué|cuándo|dónde|adónde|cómo|cuánt[oa]s?|quién|quiénes|qué|cuál|cuáles)\b",  # with accents
        words="qué|cuándo|dónde|adónde|cómo|cuánt[oa]s?|quién|quiénes|cuál|cuáles",
    ),
    "it": _joint(
        "e|ed|ma",
        "a|di|da|in|con|per|su|fra|tra",
        r"(?:perché|quando|dove|come|quant[oaie]|chi|(?:che\s+)?cosa|qual|quale|quali)\b",
        words="perché|quando|dove|come|quant[oaie]|chi|cosa|qual|quale|quali",
    ),
    "pt": _joint(
        "e|mas",
        "a|de|em|com|para|por|desde|até|sobre",
        r"(?:por\s*qu[eê]|quando|onde|como|quant[oa]s?|quem|o\s+qu[eê]|qual|quais)\b",
        words="porqu[eê]|qu[eê]|quando|onde|como|quant[oa]s?|quem|qual|quais",
    ),
    "nl": _joint(
        "en|maar",
        "in|op|aan|naar|van|bij|met|sinds|tot|voor|uit|over",
        rf"(?:waarom|wanneer|waar|waarheen|hoe|wie|wat)\b{_NL_NO_SUBJECT}",
        r"hoeveel\b",
        r"welke?\b",
        words="waarom|wanneer|waar|waarheen|hoe|hoeveel|wie|wat|welke?",
    ),
}
"""The patterns of each language in `GRAMMARS`, see `_joint`."""
