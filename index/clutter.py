"""Recognizes lines of a page that are no evidence: greetings, by-lines, credits, links, calls to subscribe or to share.

The patterns are narrow, since a sentence of the article that is taken for such a line can never be quoted.
"""

import re

_MAX_LENGTH = 300  # code points; a longer sentence says more

# Patterns of the beginning of a line, one on each line.
_BEGINNINGS = r"""
(à )?(lire|voir|écouter|relire|regarder|découvrir) (aussi|également)\b
(à )?(lire|voir|écouter|relire) ?:
sur le même (sujet|thème)\b
(read|see|watch) (also|more|next)\b
also read\b
related( articles?| stories| coverage)? ?:
(lea|lee|vea|ver) también\b
te puede interesar\b
(leia|veja) (também|mais)\b
leggi anche\b
lesen sie (auch|mehr)\b
mehr zum thema\b
das könnte (sie|dich) auch interessieren\b
you (may|might) also (like|be interested)\b
vous (aimerez|pourriez) aussi\b
(quizás?|también) (le|te) (puede interesar|interese)\b
potrebbe interessar[tl]i\b
lees ook\b
les også\b
читайте также\b
(crédits?|credits?)( photos?| images?| illustration)? ?:
(photo|foto)( credit)?s? ?[:©]
©
(illustration|source de l['’]image|image source) ?:
(publié|mis à jour|modifié)( le| ?:| le ?:) \d
(published|updated|posted)( on)?:? \w+ \d
temps de lecture\b
(abonnez|inscrivez)-vous\b
(suivez|retrouvez|rejoignez)-nous\b
recevez (notre|nos|chaque|gratuitement)\b
(subscribe|sign up) (to|for|now|here|today)\b
follow us\b
share (this|on|via)\b
compart(e|a|ir|ilhe) (en|no|na|est[ea])\b
condividi (su|questo)\b
artikel teilen\b
(suscríbete|suscríbase|apúntate|síguenos)\b
(inscreva-se|siga-nos|iscriviti|seguici)\b
(abonnieren|folgen) sie\b
jetzt (abonnieren|anmelden)\b
(newsletter|infolettre) ?[:|]
(newsletter|hier) abonnieren\b
inscrivez vous à (notre|la|nos)\b
je m['’](inscris|abonne) (à|pour)\b
déjà abonnée? ?[?:,]
(téléchargez|installez) (notre|l['’])\s?appli
(suivez|rejoignez) (notre (chaîne|page|compte|fil)|toute l['’](actualité|info))\b
get (our|the) [^.]{0,60}\b(newsletter|inbox)\b
join our (whatsapp|telegram|newsletter|channel)\b
more on this (story|topic)\b
recommended( for you| reading)? ?:
más información ?:
(assine|receba) (a )?nossa newsletter\b
abonneer u\b
подпишитесь\b
partage[rz]?( cet article| l['’]article| sur\b| ?:)
pour (lire|accéder à|découvrir) (la suite|cet article)\b[^.]{0,40}\babonne
(to )?(continue|keep) reading\b[^.]{0,40}\b(subscri|sign|register|log)
this article is for subscribers\b
(dieser artikel ist|dieser beitrag ist) (nur )?für abonnenten\b
weiterlesen mit\b
(este artículo es (solo )?para|contenido exclusivo para) suscriptores\b
(continúe|siga|sigue) leyendo\b
(questo articolo è|contenuto) riservat[oa] agli abbonati\b
continua a leggere\b
il (vous )?reste \d+ ?% de cet article\b
article réservé aux abonnés\b
tous droits (de reproduction (et de représentation )?)?réservés\b
all rights reserved\b
(cet article|ce contenu) est réservé\b
(cliquez ici|click here|haz clic)\b
la suite (en dessous|ci-dessous|après)\b
(nous utilisons|we use)( des)? cookies\b
"""
# Patterns of a whole line.
_LINES = r"""
(bonjour|bonsoir|salut|hello|hi|hey|dear|chers?|chères?|hola|hallo|liebe|ciao|olá)( [^ .!?:;,]+){0,5} ?[,!]
(bonne lecture|à demain|à bientôt|à la semaine prochaine|enjoy)[^.:;]{0,60}[.!]?
(merci d['’]avoir lu|thanks for reading|gracias por leer)\b.{0,80}
"""
# Labels of buttons and boxes, alone on their lines.
_LABELS = r"""
partager|tweeter|envoyer par e-?mail|annonce|sponsorisé
imprimer|copier le lien|commentaires|publicité|newsletter|lire la suite|lire l['’]article
share|tweet|print|copy link|comments|advertisement|read more
compartir|condividi|compartilhe|teilen|publicidad|publicidade|pubblicità|anzeige|auch interessant
werbung|anuncio|annuncio|sponsored|إعلان|広告|شارك|シェア|シェアする
(je m['’](inscris|abonne)|s['’](inscrire|abonner)|sign up|subscribe|anmelden|abonnieren|suscribirse|iscriviti)
(tout |j['’])accept(er|e)|accept( all)?|i agree|alle akzeptieren|aceptar( todo)?|accetta( tutto)?
alle rechte vorbehalten|todos los derechos reservados|tutti i diritti riservati|無断転載を禁じます|جميع الحقوق محفوظة
((facebook|twitter|x|whatsapp|linkedin|telegram|e-?mail|pinterest|bluesky|messenger)( ?[|,·/] ?| )?){1,9}
\d+ min(utes)? (de lecture|read)
"""
_NAME = r"[A-ZÀ-Þ][\w.’'-]+"
_BY_LINE = re.compile(
    rf"(?:Par|By|Por|Von|Di|Door|Propos recueillis par) {_NAME}"
    rf"(?:(?:,? | et | and | y | und | e | en ){_NAME})+(?:,.*)?"
)


def _any_of(patterns: str) -> str:
    return "|".join(patterns.strip().splitlines()).replace(" ", r"\s")


_CLUTTER = re.compile(
    rf"[\s•·*►▶→>👉-]*(?:(?:{_any_of(_BEGINNINGS)}).*|(?:{_any_of(_LINES)})|(?:{_any_of(_LABELS)}) ?[.:…»>]*)",
    re.IGNORECASE | re.DOTALL,
)


def is_clutter(sentence: str) -> bool:
    """Return whether a sentence or line is no evidence."""
    text = sentence.strip()
    return len(text) <= _MAX_LENGTH and bool(_CLUTTER.fullmatch(text) or _BY_LINE.fullmatch(text))
