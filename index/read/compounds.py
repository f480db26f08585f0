"""Compounds of French and English that keep their hyphen at a line end."""

import re

_NUMBERS = (
    "un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente"
    r"|quarante|cinquante|soixante|cents?|mille|et|\w*ième"
)
_TENS = "vingt|trente|quarante|cinquante|soixante|quatre|dix|cent|mille|deux|trois|cinq|six|sept|huit|neuf"
_COUNTED = (
    "years?|days?|weeks?|months?|hours?|minutes?|seconds?|stor(?:e?y|ies)|points?|times?|way|part|page|star|thirds?"
    "|quarters?|fifths?|man|person|member|miles?|met(?:re|er)s?|foot|goal|nil|set|seat|door|lane|bed(?:room)?|figure"
    "|wheeled|run|round|term|hundred|thousand|million|billion"
)
_MONTHS = (
    "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|january|february|march|april"
    "|may|june|july|august|september|october|november|december"
)
# By the word before the hyphen: what may follow it in a compound.
_PAIRS = (
    ("nord|sud|north|south", r"(?:ou)?est|west|east|sud|nord|african?e?|coréen\w*|américain\w*|\w+ern"),
    (
        "vice|non|quasi|demi|semi|après|avant|franco|anglo|gréco|italo|centre|chef|rez|tête|ultra",
        r"(?!phon|ment)\w{3,}",
    ),
    ("self|two|three", r"(?!ish|fish|some|fold)\w{3,}"),
    (
        "grands?|petits?|hauts?|longs?|courts?|arrière|libre",
        r"(?!ement|ier|iè|able|ation|temps|father|mother)[^aeiouyéèêh]\w+",
    ),
    ("grande?s?|petite?s?|haute?s?", r"mères?|pères?|oncles?|tantes?|enfants?|fils|filles?"),
    ("arrière|libre", r"échange|arbitre|enfants?|oncles?"),
    ("sous", r"(?!cri|trac|traire|sign)\w{3,}"),
    ("contre", r"[aeiouéèê]\w+|la|pouvoirs?|productif|productive|performances?|manifest\w+|mesures?|courant"),
    ("socio", r"(?!log)\w{4,}"),
    (
        "ex",
        r"(?:premi[eè]re?s?|présidente?s?|president|minist(?:re|er)s?|maires?|mayor|député\w*|direct\w+|chef\w*|mari)",
    ),
    ("ex", r"femme|wife|husband|compagn\w+|otages?|soldiers?|militaires?|police|polici\w+|numéro|joueur\w*|patron\w*"),
    ("mi", rf"temps|chemin|parcours|journée|saison|mandat|{_MONTHS}"),
    ("mid", rf"term|week|morning|afternoon|air|century|sized?|range|season|{_MONTHS}"),
    ("bien", r"êtres?|fondée?s?|aimée?s?|pensance|portante?s?|sûr"),
    ("mal", r"êtres?|logements?|logée?s?|entendante?s?|voyante?s?|aimée?s?"),
    ("moyen", r"métrages?|courriers?|âge|oriental\w*"),
    ("bas", r"côtés?|reliefs?|fonds?|rhin|normand\w*"),
    ("porte", r"parole|paroles|avions?|monnaie|fenêtres?|bonheur|voix|drapeaux?|conteneurs?|à|clés?|serviettes?"),
    ("peut|bien|mieux|mal", r"être"),
    ("là", r"bas|haut|dedans|dessus|dessous"),
    ("ci", r"dessus|dessous|contre|après|joint\w*|gît"),
    ("au|par|là|ci", r"de(?:là|ssus|ssous|vant|hors)"),
    ("celui|celle|ceux|celles", r"ci|là"),
    (r"\w+", r"mêmes?|based|midi"),
    ("so|états?|outre|savoir", r"called|majors?|mer|faire"),
    (r"\w+(?:ez|ns|s|t)", r"vous|nous"),
    ("puis|dois|dis|ai|suis|vais|sais|peux|crois|pense", "je"),
    (r"beaux?|belles?", r"frères?|pères?|fils|sœurs?|mères?|filles?|familles?|parents"),
    ("quelques", r"une?s"),
    ("plates?", r"formes?"),
    ("gardes?", r"fous?|côtes?|frontières?|manger|robe|meubles?"),
    ("large|small|wide", r"scale|ranging"),
    (r"\w+[td]", r"il|elle|ils|elles|on"),
    (r"\w+[sx]", r"tu|y|en"),
    ("est|était|fut|sera|serait|soit|sont", r"ce"),
    (r"(?!voi|de)\w+", r"là"),
    (_TENS, _NUMBERS),
    ("deux|trois|quatre", r"roues|tiers|points|pièces|quarts|mâts"),
    ("mot|mots|date|dates|chiffre|chiffres|témoin", r"clés?"),
    ("week|year", r"ends?|old|long|round|on"),
    ("years|months|days|weeks", r"old|long"),
    (
        "well|best|better|little|lesser",
        r"known|being|off|paid|established|documented|trained|placed|liked|received|wisher",
    ),
    (
        "high|low|top|entry|ground|sea|mid",
        r"(?:level|speed|profile|rise|ranking|risk|income|cost|tech|quality|paid|lying|end)",
    ),
    (
        "full|part|half|real|long|first|one|short|medium|all|old|new",
        r"time|term|scale|length|year|page|price|standing|haul",
    ),
    (
        "full|part|half|real|long|first|one|short|medium|all|old|new",
        r"range|running|lasting|party|star|fashioned|school",
    ),
    ("post|pre|anti", r"war|mortem|election|pandemic|tax|trial|dawn|existing|brexit|covid|government|terror\w*"),
    (
        "co",
        r"author\w*|found\w+|operat\w+|chair\w*|owner\w*|pilot\w*|workers?|président\w*|fondat\w+|auteure?s?|pilote",
    ),
    ("one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|fifty|sixty|hundred", _COUNTED),
    (
        "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety",
        r"one|two|three|four|five|six|seven|eight|nine|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth",
    ),
)
_COMPOUND = re.compile("|".join(f"(?:{first})-(?:{second})" for first, second in _PAIRS))
_LINKS = frozenset("à a ce de du des la le les en et sur sous t vis c d l s in of the to up".split())


def is_compound(first: str, second: str) -> bool:
    """Return whether two parts of a word, in lower case, are a compound with a hyphen; `first` may be one itself."""
    last = first.rpartition("-")[2]
    return ("-" in first and last in _LINKS) or _COMPOUND.fullmatch(f"{last}-{second}") is not None
