"""Find the sentences of a line of text by rules; they rather miss the end of a sentence than cut one in two."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from index import thai
from index.types import Span

# Code points between quotation marks that are not cut; a longer speech is cut at its sentences.
_MAX_SPEECH, _MAX_CJK_SPEECH = 300, 120

# --- characters

_TERMINALS = re.escape(".!?…‥؟۔।॥።։")  # need white space after them
_WIDE_TERMINALS = re.escape("。！？｡．")  # need none
_CLOSERS = re.escape("\"'”’»›)]}」』】）〉》")
_CASED = [chr(code) for code in range(0x590)]  # Latin, Greek, Cyrillic, Armenian
_UPPER = "".join(letter for letter in _CASED if letter.isupper())
_LOWER = "".join(letter for letter in _CASED if letter.islower())
_CASELESS_TERMINALS = "؟۔।"
_CASELESS = "ء-يٱ-ە가-힣"  # Arabic and Hangul: scripts with white space, but without capitals
# White space is missing after a stop: a capitalized word, a letter after the stop of a script without capitals, or two
# letters of such a script around a full stop.
_TIGHT = (
    rf"(?=[“«\"(¿¡]?(?:[{_UPPER}][{_LOWER}'’]|[{_UPPER}]\s))|(?<=[{_CASELESS_TERMINALS}])(?=[^\W\d_])"
    rf"|(?<=[{_CASELESS}]\.)(?=[{_CASELESS}])"
)


def _end(closed: str) -> re.Pattern[str]:
    """Return a pattern that matches where a sentence may end, with the white space after it."""
    # The first character decides, so that the search jumps to one of these characters: twice as fast.
    return re.compile(
        rf"[{_TERMINALS}{_WIDE_TERMINALS}]"
        rf"(?:(?<=[{_WIDE_TERMINALS}])[{_WIDE_TERMINALS}]*[{_TERMINALS}]*{closed}\s*"
        rf"|(?<=[{_TERMINALS}])(?<![{_TERMINALS}]{{2}})(?P<more>[{_TERMINALS}]*+){closed}(?:\s+|$|(?P<tight>{_TIGHT})))"
    )


_CLOSED = rf"(?:[{_CLOSERS}]|\s(?=[»›])[»›])*"  # French sets « » off with spaces
_END = _end(_CLOSED)
_GERMAN_END = _end(rf"(?:[{_CLOSERS}“‘«‹])*")  # „Nein!“ and »Nein!«
_GERMAN_QUOTES = frozenset("de da cs sk sl hr sr bg lt et".split())  # languages whose closing marks open elsewhere
_SIGNATURE = re.compile(r"[—–-] ?[^!?\n]{1,80}\(@\w{1,30}\)")
_YEAR = re.compile(r"\([12]\d{3}\b")
_OPENERS = re.compile(r"[\s\"'“”‘’«»‹›(\[{¿¡—–\-•*·„‚]*")

# --- words

# Before a full stop these do not end a sentence.
_ABBREVIATIONS = frozenset(
    "mr mrs ms mx dr drs pr prof mme mlle mgr ste st sr sra srta dra ud uds cf bzw vgl ca vs p pp av apr env hrsg "
    "sog sig sigg dott dott.ssa avv ing exmo exma excmo approx univ dept éd c.-à-d càd avda dña lic gral sto sta "
    "mio mrd tsd evtl ggf inkl exkl zzgl geb gest dhr mevr bijv dl dna alin mld bkz doç yrd cad sok mah tp ths pgs "
    "ул просп пл обл св проф акад см стр рис табл гл напр пос дер тов гр тыс δρ σελ δηλ डॉ प्रो श्री".split()
)
# These do not if they are capitalized: "Col. Martin", but "le col."
_TITLES = frozenset(
    "me col capt cap lt sgt gen gén gov sen sens rep reps rev hon pres pdt on dª vd arch geom eng mt ft maj cmdr adm "
    "insp supt det messrs".split()
)
# These do not before a number: "no. 7", but "he said no."
_NUMBERED = frozenset(
    "no nos nº nr num núm art arts al fig figs vol vols chap pag pág págs tel tél abs bd kap abb "
    "jan janv feb févr fev mar mär apr avr jun jul juil aug sep sept oct okt nov dec déc dez ст".split()
)
# These end a sentence only before one of _STARTERS: "Acme Inc. Vice President Hall", but "It sued Acme Inc. The court".
# Some are words in lower case.
_MEDIAL = frozenset("им bros jr ltd corp inc plc esq ph.d cia cía ltda гг вв руб млн млрд долл др".split())
_CAPITALIZED_MEDIAL = frozenset(
    "co cie ave blvd rd sq calif fla tex conn ill mich minn wis okla ore ark ariz colo tenn ky mass wash".split()
)
_MONTHS = frozenset(
    "januar jänner februar märz april mai juni juli august september oktober november dezember jahrhundert".split()
)
_ORDINALS = frozenset(("de", "tr"))  # languages that write an ordinal number with a full stop before capitalized words
# Capitalized words that begin sentences far more often than they follow an initial or an ordinal.
_STARTERS = frozenset(
    "il elle ils elles on le la les l un une des ce cet cette ces c son sa ses leur leurs mais or car selon "
    "dans à pour en au aux du de nous vous je j qui que quand comme après avant depuis pendant the a an he she it "
    "they we i you this that these those his her its their but in on at for from when while after before as "
    "if however el los las una unos él ella ellos ellas según cuando se su sus der die das ein eine er sie es wir ich "
    "dies diese dieser aber auch seit danach im am bei nach als wenn lo gli uno lui lei essi ma secondo quando os um "
    "uma ele ela eles elas mas het een zij wij maar toen deze în această acest dar bu ancak ama fakat "
    "в во а на по но как также однако при после для с со за из от до к у не что если когда так там поэтому он она "
    "оно они это этот эта эти его её ее их мы я вы ο η το οι τα τον την στο στη στην στον αυτό αυτή αυτός με για από "
    "σε όμως".split()
)
_CONJUNCTIONS = frozenset("et ou and or y e und oder ed og och ve и или και".split())  # go on after "…"
_BRANDS = frozenset("yahoo jeopardy joomla yum wham oklahoma mia e".split())  # with an exclamation mark
_FILES = frozenset(  # ends of host and file names
    "com org net edu gov info html htm php asp aspx jsp pdf jpg jpeg png gif exe dll txt doc docx xls csv xml json js "
    "ts py md zip mp3 mp4 java app dev".split()
)


def sentences(text: str, within: Span, language: str) -> list[Span]:
    """Return the sentences of the line at `within`, trimmed of white space, in order and covering the line."""
    start, end = within
    spans: list[Span] = []
    speech: Iterator[Span] | None = None
    open_, close = -1, -1  # of the first speech that ends after the match
    for match in (_GERMAN_END if language in _GERMAN_QUOTES else _END).finditer(text, start, end):
        if match.end() < end:
            if not _ends_here(text, start, within, match, language):
                continue
            if speech is None:
                speech = iter(_speeches(text, within, _MAX_CJK_SPEECH if language in ("ja", "zh") else _MAX_SPEECH))
            while close <= match.start() and (following := next(speech, None)):
                open_, close = following
            if open_ < match.start() and match.end() < close:
                continue
        spans.append(trimmed(text, start, match.end()))
        start = match.end()
    if text[start:end].strip():
        spans.append(trimmed(text, start, end))
    spans = [span for span in spans if span[0] < span[1]]
    return [part for span in spans for part in thai.sentences(text, span)] if language == "th" else spans


def trimmed(text: str, start: int, end: int) -> Span:
    """Return the span from `start` to `end` without white space at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


# --- the end of a sentence

_WORD_BREAK = re.compile(r"[\s(\[«“\"'’—–]")
_MAX_WORD_LENGTH = 40  # code points; abbreviations are far shorter
_MIN_NAME_LENGTH = 4  # code points; a shorter capitalized word before a stop may be an abbreviation
_WORD = re.compile(r"\w*")
_INITIALS = re.compile(r"(?:[^\W\d_][.\-‑]+)*[^\W\d_]")  # J, J.-C, U.S
_PLURAL = re.compile(r"([A-Z])\1(?=\.|$)")
_PLURALS = re.compile(r"\b([A-Z])\1\.\s?([A-Z])\2$")  # EE. UU.
_ORDINAL = re.compile(r"\d{1,2}|[IVXLC]{2,}")
_COUNTED = re.compile(r"[^\W\d_]+\s(?:\d{1,3}|[IVXLC]{1,6})")  # Step 2
_NUMBER = re.compile(r"\d+(?:\.\d{1,3})*|[IVXLC]{2,6}")  # of a list item
# Japanese after a quotation: a particle; Chinese: the speaker.
_AFTER_QUOTE = re.compile(
    r"と(?!ころ)|って|という|など|は(?!い)|が(?!ん)|を|に(?!も)|の|も(?!う|し|ち)|で(?!も|は)|や(?!が|は)|へ|から|まで|より"
    r"|[^。！？，、：“”「」\s]{1,8}(?:说|說|表示|称|稱|写道|寫道|问|問|道)[。，]"
)


def _ends_here(text: str, start: int, line: Span, end: re.Match[str], language: str) -> bool:
    """Return whether the sentence from `start` ends at the match `end`, before the end of the line."""
    limit = line[1]
    opener = _OPENERS.match(text, end.end(), limit)
    after = opener.end() if opener else end.end()
    following = text[after : min(after + _MAX_WORD_LENGTH, limit)]
    if following[:1] in ",;:)" or following[:1].islower():
        return False  # the sentence continues: « Non ! » dit-il
    if _YEAR.match(text, end.end(), limit):
        return False  # the year of a title: “Who Pays?” (2006)
    if _SIGNATURE.match(text, end.end(), limit):
        return False  # the author of a post belongs to its last sentence
    if end["more"] is None:  # a wide stop
        return text[end.end() - 1] not in "」』”" or not _AFTER_QUOTE.match(text, end.end(), limit)
    before = text[max(start, end.start() - 2 * _MAX_WORD_LENGTH) : end.start()]
    last = _WORD_BREAK.split(before[-_MAX_WORD_LENGTH:])[-1]
    stop = _Stop(text[end.start()] + end["more"], before, last, following, start == line[0], language)
    if end["tight"] is not None:
        # A straight quotation mark without white space around it may open as well as close.
        rest = text[end.end() : min(end.end() + _MAX_WORD_LENGTH, limit)]
        if text[end.end() - 1] == '"' or not _runs_on(stop, rest):
            return False
    if stop.sign == "!":
        return not last.istitle() or last.lower() not in _BRANDS or _starts(following)
    if stop.sign in ("…", "..."):
        return _next_word(following) not in _CONJUNCTIONS
    return stop.sign != "." or _full_stop_ends(stop)


class _Stop(NamedTuple):  # four times as fast to make as a frozen dataclass, once for each stop
    """A place where a sentence may end."""

    sign: str
    before: str  # the end of the sentence, without the sign
    last: str  # the last word of it
    following: str  # the beginning of the next sentence
    first: bool  # whether the sentence is the first one of its line
    language: str


def _full_stop_ends(stop: _Stop) -> bool:
    before, last, following = stop.before, stop.last, stop.following
    if stop.language == "th":
        return not last[-1:].isalpha() or last.isascii()  # a full stop after Thai ends an abbreviation
    folded = last.lower()
    capitalized = last[:1].isupper()
    if folded in _ABBREVIATIONS or last in ("M", "MM") or (folded in _TITLES and capitalized and not last.isupper()):
        return False
    if folded in _NUMBERED and (following[:1].isdigit() or re.match(r"[IVXLC]+\b", following)):
        return False
    if folded in _MEDIAL or (folded in _CAPITALIZED_MEDIAL and capitalized):
        return _starts(following)
    if folded == "ex" and re.search(r"\b(?:p\.|par)\s*ex$", before, re.IGNORECASE):
        return False
    if _INITIALS.fullmatch(last):
        alone = before.strip() == last  # the letter of a list item
        return not alone and (_cjk(last) or (_starts(following) and _next_word(following) not in _CONJUNCTIONS))
    if _PLURAL.fullmatch(last) and _PLURAL.match(following):
        return False
    if _PLURALS.search(before):
        return _starts(following)
    if (_NUMBER.fullmatch(last) and before.strip() == last) or (stop.first and _COUNTED.fullmatch(before.strip())):
        return False  # the number of a list item
    if stop.language in _ORDINALS and _ORDINAL.fullmatch(last):
        return _starts(following) and _next_word(following) not in _MONTHS  # am 9. Februar, am 3. Tag
    return True


def _next_word(following: str) -> str:
    word = _WORD.match(following)
    return word[0].lower() if word else ""


def _starts(following: str) -> bool:
    """Return whether a text begins with a capitalized word that begins sentences, and not with an initial."""
    word = _next_word(following)
    if len(word) == 1 and following[1:2] in ".'’":
        return following[1:2] != "." and word in "lcjsnm"  # L’eau, not O’Neill
    return word in _STARTERS


def _cjk(letter: str) -> bool:
    return "\u3040" <= letter[-1] <= "\u9fff" or "\uac00" <= letter[-1] <= "\ud7af"


# --- a stop without white space after it

_TECHNICAL = re.compile(r"[@/\\_=&#{}|~^<>*+]|www\.")
_BEFORE_TIGHT = _ABBREVIATIONS | _TITLES | _NUMBERED | _MEDIAL
_PLAIN_WORD = re.compile(r"[“«\"(¿¡]*([^\W\d_]+)(?:[-’'‑][^\W\d_]+)*[.,;:!?…»”\"')]*")
_LETTER = re.compile(r"[\w»”)\]%€$£°]")
_UNIT = re.compile(r"\d\s?[a-z]$")  # at 5 h


def _runs_on(stop: _Stop, after: str) -> bool:
    """Return whether a sentence ends at a stop without white space before `after`: not in `node.js` or `S.A.R.L`."""
    before = stop.before if stop.sign[0] == "." else stop.before.rstrip()  # French sets ? and ! off with a space
    token = before.rsplit(maxsplit=1)[-1] if before and not before[-1].isspace() else ""
    right = after.split(maxsplit=1)
    if len(right) < 2 or not _LETTER.search(token) or _TECHNICAL.search(token) or _TECHNICAL.search(right[0]):
        return False
    if stop.sign in _CASELESS_TERMINALS:
        return True
    word = _PLAIN_WORD.fullmatch(right[0])
    if word is None or word[1].lower() in _FILES or "." in token:
        return False
    starts = _starts(stop.following)
    last = re.split(r"\W", token)[-1]
    if not last:
        return len(word[1]) > 1 or starts  # after a percent sign or a closing quotation mark
    if len(last) == 1 and last.isalpha():
        return _UNIT.search(stop.before) is not None
    if last.isdecimal():
        return starts or (len(last) > 2 and stop.language not in _ORDINALS)
    if last.lower() in _BEFORE_TIGHT:
        return False
    if last.lower() == last.upper():  # a script without capitals
        return len(last) > 2 and len(word[1]) > 1
    name = last[0].isupper() and len(last) < _MIN_NAME_LENGTH
    return starts or not (name or last.isupper() or not last.isalpha())


# --- speech

_QUOTE = re.compile('[«»‹›“”„"「」『』]')
_CLOSED_BY = {"«": "»", "»": "«", "‹": "›", "›": "‹", "“": "”", "„": "“”", "「": "」", "『": "』", '"': '"'}
_MAX_DEPTH = 8  # of quotation marks that wait to be closed


def _speeches(text: str, line: Span, max_length: int) -> list[Span]:
    """Return spans of at most `max_length` code points from one quotation mark to its counterpart; none overlap."""
    spans: list[Span] = []
    opened: list[tuple[str, int]] = []
    for quote in _QUOTE.finditer(text, *line):
        mark, at = quote[0], quote.start()
        depth = next((depth for depth in range(len(opened) - 1, -1, -1) if mark in _CLOSED_BY[opened[depth][0]]), None)
        opens = _opens(text, line, at)
        if depth is not None and not (mark == '"' and opens):
            if at - opened[depth][1] <= max_length:
                spans.append((opened[depth][1], at + 1))
            del opened[depth:]
        elif mark in "«‹“„「『" or (mark in '»›"' and opens):
            opened = [each for each in opened if each[0] != mark or mark != '"'][-_MAX_DEPTH:]
            opened.append((mark, at))
    merged: list[Span] = []
    for start, end in sorted(spans):
        if not merged or start >= merged[-1][1]:
            merged.append((start, end))
    return merged


def _opens(text: str, line: Span, at: int) -> bool:
    """Return whether a mark that can open or close a quotation opens one."""
    before = text[at - 1] if at > line[0] else " "
    after = text[at + 1 : at + 2]
    return (
        (before.isspace() or before in "([—–-«“„‘’'")
        and at + 1 < line[1]
        and not (after.isspace() or after in ".,;:!?)]…")
    )


# --- headings


def is_heading(text: str, sentence: Span) -> bool:
    """Return whether a sentence is a whole line without sentence punctuation: a heading or caption, not a table row."""
    start, end = sentence
    before = text[max(start - 2, 0) : start].strip(" ")
    if before not in ("", "\n", "\n\n") or not _LINE_END.match(text, end):
        return False
    return not (_SENTENCE_LIKE.search(text, start, end) or _is_row(text, start, end))


_LINE_END = re.compile(r" *(?:\n|\Z)")
_SENTENCE_LIKE = re.compile(
    rf"[{_TERMINALS}{_WIDE_TERMINALS}]{_CLOSED}\s|;\s|[{_TERMINALS}{_WIDE_TERMINALS};:,]{_CLOSED}$"
)
_ROW = re.compile(r"[^\n:·]{1,80}(?:: | · )")  # of a table without names of columns
_MAX_ROW_LENGTH = 1000  # code points that are looked at before and after a row


def _is_row(text: str, start: int, end: int) -> bool:
    """Return whether a line and the line directly before or after it are rows of a table."""
    above = text[max(start - _MAX_ROW_LENGTH, 0) : start].removesuffix("\n").rpartition("\n")[2]
    below = text[end : end + _MAX_ROW_LENGTH].lstrip(" ").removeprefix("\n").partition("\n")[0]
    return _ROW.match(text, start, end) is not None and any(map(_ROW.match, (above, below)))
