"""Function words of seven languages, by which follow-up questions and the parts of a message are recognized."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Grammar:
    """The function words of a language."""

    connectives: tuple[str, ...]  # such as "and" and "what about", at the beginning of a follow-up
    personal_pronouns: frozenset[str]  # third person, such as "she" and "their"
    anaphora: frozenset[str]  # other words that refer back, such as "it" and "there"
    max_elliptical: int  # a question without names and with at most this many content words is incomplete
    function_words: frozenset[str]  # all of these, question words, articles, auxiliaries and the like; folded


@lru_cache(maxsize=10_000)  # called for each language
def folded(word: str) -> str:
    """Return a word in lower case and without accents."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def grammars_of(words: Sequence[str]) -> tuple[Grammar, ...]:
    """Return the likeliest grammars of a question; none if it has no function word of any of them."""
    distinct = {folded(word) for word in words}
    counts = {language: len(distinct & grammar.function_words) for language, grammar in GRAMMARS.items()}
    highest = max(counts.values())
    return tuple(GRAMMARS[language] for language, count in counts.items() if count == highest) if highest else ()


def is_function_word(word: str, grammars: Sequence[Grammar] | None = None) -> bool:
    """Return whether a word is a function word of one of `grammars`, of any language by default."""
    if grammars is None:
        return folded(word) in _FUNCTION_WORDS
    return any(folded(word) in grammar.function_words for grammar in grammars)


def _grammar(connectives: str, personal_pronouns: str, anaphora: str, others: str, max_elliptical: int = 1) -> Grammar:
    phrases = tuple(" ".join(WORD.findall(each)) for each in connectives.split(","))
    words = f"{' '.join(phrases)} {personal_pronouns} {anaphora} {others}".split()
    return Grammar(
        connectives=phrases,
        personal_pronouns=frozenset(personal_pronouns.split()),
        anaphora=frozenset(anaphora.split()),
        max_elliptical=max_elliptical,
        function_words=frozenset(map(folded, words)),
    )


GRAMMARS = {
    "en": _grammar(
        "and, but, so, or, then, what about, how about, what of, also",
        "he she him her his hers they them their theirs",
        "it its this that these those there then one ones same former latter",
        """
        a an the in on at to for from by with into over after before since until during as than if not no
        yes who whom whose which when where why long many much often far soon else more most other others
        another is are was were be been being do does did done has have had will would can could shall
        should may might must i me my you your we us our please tell explain say says said happen happened
        happens mean means exactly really actually all any some every each just only too very again ever s t
        d ll re ve m now first last think thinks thought know next precisely details detail time date year
        reason reasons example examples ok okay thanks thank hello hi well detailed elaborate come make made
        go get got
        """,
    ),
    "fr": _grammar(
        "et, mais, donc, alors, ou, puis, sinon, or, qu'en",
        "elle elles ils lui leur leurs eux son sa ses celui celle ceux celles",
        "il cela ça ca ce cet cette ces ceci y même mêmes",
        """
        le la les l un une des du de d a au aux dans sur par pour avec sans sous vers chez entre depuis
        pendant apres avant contre comme que qui quoi dont quand comment pourquoi combien quel quelle quels
        quelles lequel laquelle lesquels lesquelles est etait sont etaient sera serait ete etre ont avait
        avaient avoir fait faire fut peut pourrait pu doit dit dire t c j je me m moi tu te toi nous vous
        mon ma mes ton ta tes votre vos notre nos on se s n ne pas plus moins tres si non oui bien aussi
        encore deja tout tous toute toutes autre autres exactement vraiment precisement date annee fois
        temps raison raisons exemple exemples detail details plait peux pouvez pourriez dis dites explique
        expliquez precise precisez savoir sait pense passe passee arrive arrivee ainsi ensuite enfin merci
        bonjour ok longtemps
        """,
    ),
    "de": _grammar(
        "und, aber, oder, dann, also, denn, was ist mit, wie ist es mit, wie steht es um, wie sieht es mit",
        "er sie ihm ihn ihr ihre ihrer ihren ihrem sein seine seiner seinen seinem ihnen",
        "es dies diese dieser dieses diesem diesen dazu davon damit "
        "dabei dafur dagegen daran daruber dort jene jener jenes jenem jenen",
        """
        der die das den dem des ein eine einer eines einem einen kein keine von vom zu zum zur in im ins an am
        auf aus bei beim nach seit uber unter vor fur gegen ohne durch bis als wer wen wem wessen wann wo
        woher wohin wovor wofur womit wodurch woran woruber wozu warum wieso weshalb weswegen
        welche welcher welches welchen welchem wieviel viel viele
        lange lang sind war waren wird werden wurde wurden worden hat habe haben hatte hatten kann konnen
        konnte soll sollte muss darf will wollte ich mich mir du dich dir wir uns man sich nicht nein ja
        noch schon auch mehr genau eigentlich so nur sehr sonst alle alles andere anderen anderer bitte sag
        sage sagen sagte gesagt erklare mach macht machen passiert passierte geschah bedeutet heisst datum
        jahr grund grunde grunden beispiel einzelheiten danke hallo ok wegen wusste weiss meint zeit
        """,
    ),
    "es": _grammar(
        "y, e, pero, o, entonces, luego, qué hay de, qué tal, qué pasa con, así que",
        "él ella ellas ellos le les su sus suyo suya",
        "esto eso aquello este esta estos estas ese esa esos esas aquel aquella ello allí ahí mismo misma",
        """
        lo la los las un una unos unas del a al en por para sin sobre entre desde hasta hacia tras durante
        segun como quien quienes cual cuales cuando donde adonde cuanto cuanta cuantos cuantas es era son
        eran fue fueron sera seria ser sido estar estaba ha han habia hubo haber hace hacer hizo puede
        podria debe dice dijo decir dicho yo me mi mis tu te tus nosotros nos usted ustedes se no si mas
        menos muy tambien ya todo todos toda todas otro otra otros otras exactamente realmente fecha ano vez
        tiempo razon razones motivo motivos ejemplo ejemplos detalle detalles favor explica explique cuenta
        sabe significa paso pasado ocurrio gracias hola ok mucho porque exacto
        """,
        max_elliptical=2,  # pronouns are left out
    ),
    "it": _grammar(
        "e, ed, ma, o, allora, poi, quindi, che dire di, che ne è di, e per quanto riguarda",
        "lui lei loro suo sua suoi sue egli ella essi",
        "ciò cio questo questa questi queste quello quella quelli quelle quell ci stesso stessa",
        """
        il lo la le i gli li l quel un uno una dei degli delle del dello della dell d a al allo alla all ai
        agli alle da dal dalla dall in nel nella nell nei nelle su sul sulla con senza tra fra dopo prima
        durante contro come chi cosa quale quali quando dove perche quanta quanti quante era sono erano fu
        furono sara sarebbe essere stato stata stati state ha hanno aveva avevano avere fatto fare fa puo
        potrebbe deve dice detto disse io mi me tu ti te noi voi vi mio mia tuo si non no piu meno molto
        anche ancora gia tutto tutti tutta tutte altro altra altri altre esattamente davvero data anno volta
        tempo ragione ragioni motivo motivi esempio esempi dettaglio dettagli favore spiega sa significa
        successo accaduto grazie ciao ok invece s c qual po preciso
        """,
        max_elliptical=2,  # pronouns are left out
    ),
    "nl": _grammar(
        "en, maar, dus, of, dan, en hoe zit het met, hoe zit het met, wat met, trouwens, ook",
        "hij zij ze hem haar hun hen zijn",
        "het dit deze die dat dezelfde hetzelfde ervan daarvan daarover daarna ervoor daarvoor erover daar er",
        """
        de een der in op aan te naar voor van bij met door over na tot tijdens sinds als indien geen niet
        ja nee wie wiens wat welk welke wanneer waar waarom hoe hoeveel lang vaak ver meer meest andere
        ander is was waren ben bent geweest doet doen deed heeft hebben had hadden zal zullen zou zouden
        kan kunnen kon mag moet moeten wil worden wordt werd werden ik mij me mijn jij je jou jouw u uw wij
        we ons onze men zich zeg zegt zei gezegd vertel leg uit gebeurde gebeurt gebeurd betekent precies
        eigenlijk echt alle al alles enkele elke elk alleen maar te zeer heel nog wel toch nu eerste laatste
        jaar datum tijd reden redenen voorbeeld voorbeelden alsjeblieft alstublieft graag dank hallo ok om
        waarheen waarvan waarvoor waarmee
        """,
    ),
    "pt": _grammar(
        "e, mas, ou, então, depois, que tal, e quanto a, quanto a, e em relação a",
        "ele ela eles elas lhe lhes seu sua seus suas dele dela deles delas",
        "isto isso aquilo este esta estes estas esse essa esses essas aquele aquela disso "
        "disto nisso nesse nessa desse dessa deste desta neste nesta lá ali aí mesmo mesma",
        """
        o os as um uma uns umas de do da dos das no na nos nas ao aos por pelo pela pelos pelas para com sem
        sobre entre desde ate apos antes durante segundo como quem qual quais quando onde porque quanta
        quantos quantas era sao eram foi foram sera seria ser sido estava tem tinha ter havia ha houve faz
        fazer fez feito pode poderia deve diz disse dizer dito eu me mim tu te voce voces meu minha teu se
        nao sim mais menos muito tambem ainda ja todo todos toda todas tudo outro outra outros outras
        exatamente exactamente realmente data ano vez tempo razao razoes motivo motivos exemplo exemplos
        detalhe detalhes favor explica explique sabe significa aconteceu passou obrigado ola ok certo
        """,
        max_elliptical=2,  # pronouns are left out
    ),
}
"""The supported languages, by ISO 639-1 code."""

_FUNCTION_WORDS = frozenset[str]().union(*(grammar.function_words for grammar in GRAMMARS.values()))

SUBJECT_PRONOUN = re.compile(
    r"\W*(?:he|she|they|il(?! y\b| faut| s['’]agit| semble| est)|elles?|ils|er|sie|él|ella|ell[oa]s|lui|lei|loro|egli|"
    r"ess[ie]|hij|zij|ze|eles?|elas?)\b",
    re.IGNORECASE,
)
"""A personal pronoun at the beginning of a sentence, unless it is impersonal."""

PRONOUNS = re.compile(
    r"[她他它]|彼女?|それ|その|"
    r"\b(?:он|она|они|его|её|ее|их|ему|ей|им|hij|zij|onu|onun|onlar|dia|mereka|beliau|هو|هي|هم)\b",
    re.IGNORECASE,
)
"""Personal pronouns of other languages."""
