"""Recognizes lines of a page that are no evidence: greetings, by-lines, credits, links, calls to subscribe or to share.

The patterns are narrow, since a sentence of the article that is taken for such a line can never be quoted.
"""

import re

_MAX_LENGTH = 300  # code points; a longer sentence says more

# Patterns of the beginning of a line, one on each line.
_BEGINNINGS = r"""
(à )?(lire|voir|écouter|relire|regarder|découvrir) (aussi|également)\b
(à )?(lire|voir|écouter|relire) ?:
(sur|dans) (le|la|ce|les?) ?mêmes? (sujet|thème|rubrique|dossier)s?\b
(à )?relire ?:
(à|nos articles à) ne pas manquer ?:
(notre|nos|tout notre|le) (dossier|grand format|enquête|décryptage|articles?) ?:
(pour )?aller plus loin ?:
(pour )?en savoir plus ?:
(et|à découvrir|voir|lire) aussi ?:
plus d['’](infos?|informations|articles?) ?:
(ces|cet) articles? (pourraient|peuvent|pourrait|peut) (aussi )?vous intéresser\b
(ça|cela) (peut|pourrait) (aussi )?vous intéresser\b
articles? (similaires?|connexes?|liés?|associés?|recommandés?)( ?:|$)
(read|see|watch) (also|more|next)\b
also read\b
related( articles?| stories| coverage)? ?:
(lea|lee|vea|ver) también\b
te puede interesar\b
(leia|veja) (também|mais)\b
leggi anche\b
lesen sie (auch|mehr)\b
mehr (zum thema|dazu ?:)
(lesetipps?|siehe auch|auch lesenswert|weitere artikel) ?:
(ver también|te recomendamos|noticias relacionadas|artículos relacionados|sobre este tema) ?:
(approfondisci|articoli correlati) ?:
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
(dernière )?mise à jour ?(:|le \d)
(last updated|zuletzt aktualisiert|última actualización|ultimo aggiornamento) ?(:|\w* ?\d)
voir en ligne ?:
a version of this article appear(s|ed) in print\b
temps de lecture\b
(abonnez|inscrivez)-vous\b
(suivez|retrouvez|rejoignez)-nous\b
recevez (notre|nos|chaque|gratuitement|tous les|toute l['’]|l['’]essentiel|le meilleur|la lettre)\b
ne (manquez|ratez) (rien|aucun|plus)\b[^.]{0,60}(actu|info|newsletter|article|abonn|recevez)
(subscribe|sign up) (to|for|now|here|today)\b
follow us\b
follow [^.]{1,40} on (facebook|x|twitter|instagram|bluesky|tiktok|whatsapp|youtube)\b
(suivez|retrouvez)[^.]{1,50} sur (facebook|x|twitter|instagram|bluesky|tiktok|whatsapp|youtube|google)\b
(siga|síguenos|sigue)[^.]{1,50} en (facebook|x|twitter|instagram|whatsapp|youtube)\b
(folgen|folge) [^.]{1,50} (auf|bei) (facebook|x|twitter|instagram|whatsapp|youtube)\b
contact the (writer|reporter|author|newsroom|editor)\b
(do you have|have you got|got) (a|any) (story|tip|news tip|question for)\b
have you been affected by\b
send (us )?your (story|news|tips|photos|views)\b
get in touch( with us)?( ?[.:!]|$)
vous avez (repéré|remarqué|constaté|vu|relevé) (une|des) (erreurs?|fautes?|coquilles?)\b
(une|vous avez (une|des)) informations? à (nous )?(transmettre|signaler|communiquer|partager)\b
vous avez des informations à\b
(haben sie|hast du) (einen (hinweis|fehler)|hinweise|fehler)\b
(ha visto un error|ha encontrado un error|¿ha(s)? (visto|encontrado) (un|algún) error)\b
la suite (de (l['’]article|votre lecture) )?(sous|après) (cette|la) publicité\b
la suite de l['’]article (sous|après)\b
(le |cet )?article (continue|se poursuit) après\b
(article|story) continues (below|after)\b
(écoutez|écouter) (l['’]épisode|notre podcast|le podcast|cet article|l['’]article)\b
(listen to|hear) (this article|the podcast|the episode|our podcast)\b
(artikel|podcast) anhören\b
disponible sur toutes les plateformes\b
(offrir|enregistrer|écouter|classer|sauvegarder) (cet |l['’])article\b
(nouvelles fournies par|news provided by)\b
(photos?|logo|vidéo|video|image) [-–:] (https?://|www\.)
(soutenez|soutenir|aidez)[^.]{1,40}(don|dons|abonnement|journalisme|rédaction)\b
(this (story|article|post) was|cet article a été) (published|publié) (by|par)\b
(sur|sobre|acerca de)? ?la firma$
(à propos de|sur) (l['’]auteure?|l['’]autrice|la journaliste|le journaliste)\b
about the (author|writer|reporter)\b
(über|zur|zum) (die |den |unsere[nr]? )?(autor(in)?|redakteur(in)?)$
sull['’]autor(e|ice)$
sobre (el|la) autor(a)?$
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
# The initials of an author or of the desks of an agency, and the line below a press release.
_DESK_LINE = re.compile(
    r"(?:[A-ZÀ-Þ]\.[ -]?){2,3}|[a-z]{2,5}(?:-[a-z]{2,5})*(?:/[a-z]{2,5}(?:-[a-z]{2,5})*)+|SOURCE:? [A-ZÀ-Þ][^.!?]{1,80}"
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
    return len(text) <= _MAX_LENGTH and bool(
        _CLUTTER.fullmatch(text) or _BY_LINE.fullmatch(text) or _DESK_LINE.fullmatch(text)
    )
