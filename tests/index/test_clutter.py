"""Lines of a page that are no evidence."""

import pytest

from index.clutter import is_clutter


@pytest.mark.parametrize(
    "line",
    [
        "À lire aussi : pourquoi le pont de Verne reste fermé",
        "Lire également notre dossier sur l’eau.",
        "Read more: why the ferry stopped",
        "Lea también: el puente reabre en mayo",
        "Crédit photo : A. B. / La Dépêche du lac.",
        "© Le Courrier",
        "Publié le 05/03/2026 à 07h12 – Mis à jour le 05/03/2026",
        "Abonnez-vous à notre lettre pour tout savoir sur le pont.",
        "Sign up for our newsletter.",
        "Suivez-nous sur les réseaux.",
        "Bonjour à toutes et à tous,",
        "Hello everyone!",
        "Bonne lecture !",
        "Par Hélène Marchal, à Nantes",
        "By Tom Reed and Ana Lopes",
        "La suite en dessous",
        "👉 Inscrivez-vous ici",
        ">> Lire aussi : le quai",
        "À lire : le quai ferme",
        "Lire la suite…",
        "Newsletter : chaque matin, l’essentiel",
        "Inscrivez vous à notre infolettre.",
        "Déjà abonné ? Connectez-vous",
        "Téléchargez notre application.",
        "Partager l’article",
        "Partager",
        "Copier le lien",
        "Publicité",
        "4 min de lecture",
        "Il vous reste 60 % de cet article à lire.",
        "Article réservé aux abonnés",
        "Tous droits réservés.",
        "Get our daily newsletter",
        "Join our WhatsApp channel.",
        "More on this story",
        "Share via Email",
        "Comparte esta noticia",
        "Condividi su Facebook",
        "Lesen Sie mehr dazu",
        "Artikel teilen",
    ],
)
def test_a_line_around_an_article_is_clutter(line: str) -> None:
    assert is_clutter(line)


@pytest.mark.parametrize(
    "sentence",
    [
        "Lire aussitôt la lettre : tel était l’ordre du maire.",
        "Par ailleurs, la maire refuse de signer.",
        "By May 2026 the bridge had reopened.",
        "Par Nantes passe la ligne du Nord et le tram y a son dépôt.",
        "Bonjour est le premier mot que le ministre a prononcé ; il a ensuite annoncé sa démission.",
        "Photo finish : le coureur gagne de deux centimètres.",
        "Updated rules take effect in June.",
        "Sharing the budget was the council’s idea.",
        "Il a partagé sur le réseau une lettre de deux pages.",
        "Subscribers left the service in March.",
        "Hiring stopped in June.",
        "Chère à produire, l’énergie du barrage sera vendue à perte.",
        "Dear as the bridge is to the town, it will close.",
        "Liebermann trat am Montag zurück.",
        "Partager le port avec la plaisance coûtera trois millions.",
        "Publicité mensongère : la marque condamnée.",
        "Get out, the mayor told the inbox thieves.",
        "Lire la suite du livre demande deux jours.",
        "4 min de retard suffisent.",
        "Newsletter et podcast restent gratuits.",
    ],
)
def test_a_sentence_of_an_article_is_no_clutter(sentence: str) -> None:
    assert not is_clutter(sentence)
