"""Conversion of plain text to readable text."""

import textwrap

import pytest

from index.read.plain import from_plain


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Une ligne.\nUne autre.", "Une ligne.\nUne autre."),
        ("Un.\n\n\n \nDeux.", "Un.\n\nDeux."),
        ("Un [accord](https://exemple.test) signé", "Un accord signé"),
        ("## Titre\nTexte", "Titre\nTexte"),
        ("1. un\n2. deux\n- trois", "1. un\n2. deux\n- trois"),
        ("    en retrait", "en retrait"),
        ("Voir https://exemple.test/?a=1&b=2 demain", "Voir https://exemple.test/?a=1&b=2 demain"),
        ("Cinq & six < sept", "Cinq & six < sept"),
        ("#motdièse reste", "#motdièse reste"),
        ("天气很好。\n明天下雨。", "天气很好。\n明天下雨。"),
        ("", ""),
    ],
)
def test_plain_text_keeps_its_lines(source: str, expected: str) -> None:
    assert from_plain(source).text == expected


def test_plain_text_wrapped_at_a_fixed_width_is_joined() -> None:
    lines = [
        "Le conseil municipal a voté hier soir le budget de",
        "la ville après une longue discussion sur les crèches",
        "et sur les transports, que la maire veut rendre moins",
        "chers pour les étudiants dès la rentrée prochaine.",
    ]
    assert from_plain("\n".join(lines)).text == " ".join(lines)


def test_plain_text_of_one_paragraph_a_line_is_not_joined() -> None:
    lines = ["Le conseil municipal a voté hier soir le budget de la ville."] * 3
    assert from_plain("\n".join(lines)).text == "\n".join(lines)


def test_plain_text_has_no_heading_and_no_links() -> None:
    assert from_plain("# Titre\n\nTexte").heading is None


# --- markup only where it is markup


@pytest.mark.parametrize(
    "text",
    [
        "La caisse mesure 3*4*5 m et pèse 2*10 kg.",
        "Les habitant*e*s et les élu*es votent.",
        "Le tarif* baisse de 2 %*. * hors taxe",
        "Le dossier \\\\serveur\\presse et C:\\!notes contient 3\\-4 fichiers.",
        "Moins de <5 % ; plus de >12 % ; p<0,05.",
        "Écrire à <info@vernes.test> ou au <service>.",
        "La balise <b> reste, le <maire> dit <non>.",
        "Voir [annexe 2](page 9) et [sic](voir la note).",
        "La commande `ls` puis ``cd``.",
        "Entre $5 et $7.",
        "Le compte _vernes_ et plan_local_2026.",
        "# 1 du classement",
        "Voir https://a.test/x_y_z?a=1&b=2 et www.a.test/*x*.",
        "Le quai <!-- est fini.",
        "AT&T & Cie ; Q&R",
        "3 < 4 et 5 > 4",
        "__init__ et ~/notes",
        "a ~~ b ~~ c",
        "Voir {1, 2} et [3].",
        "Le 1er. Le 2.",
    ],
)
def test_what_is_not_markup_stays(text: str) -> None:
    assert from_plain(text).text == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("L’amende est de ~~300~~ 450 euros.", "L’amende est de 450 euros."),
        ("L’amende est de <s>300</s> <del>400</del> 450 euros.", "L’amende est de 450 euros."),
        ("Le **port** rouvre et la *halle* ferme.", "Le port rouvre et la halle ferme."),
        ("Le 1<sup>er</sup> mai, H<sub>2</sub>O.", "Le 1er mai, H2O."),
        ("<p>Un\nport.</p><p>Deux <b>ports</b>.</p><script>x()</script>", "Un port.\n\nDeux ports."),
        ("Un.<br>Deux.<br/>Trois.", "Un.\nDeux.\nTrois."),
        ("<a href='x'>Le port</a> rouvre.", "Le port rouvre."),
        ("&lt;p&gt;Le port&lt;/p&gt;", "Le port"),
        ("<![CDATA[Le port.]]>", "Le port."),
        ("Un.<!-- à relire -->Deux.", "Un.Deux."),
        ("<html><head><title>T</title></head><body><h1>Port</h1><p>Il rouvre.</p></body></html>", "Port\n\nIl rouvre."),
        ("<img src=x alt='La grue'> Le port.", "Le port."),
        ("L&rsquo;&eacute;t&eacute;&nbsp;: 5&#8239;%", "L’été : 5 %"),
        ("![Vue](a.jpg) Le port [rouvre](https://a.test/x(1)).", "Le port rouvre."),
        # shortcodes
        ('[gallery ids="1,2"]Le port.', "Le port."),
        ('[caption id="a" width="3"]Le quai[/caption] Le port.', "Le quai\n\nLe port."),
        ('[vc_row][vc_column width="1/2"]Le port.[/vc_column][/vc_row]', "Le port."),
        ('[bouton lien="x"]Le port[/bouton] rouvre.', "Le port rouvre."),
        ('{{< figure src="a.jpg" >}}Le port {{% note %}}rouvre{{% /note %}}.', "Le port rouvre."),
        ("{% raw %}Le port{% endraw %} {{ page.title }}rouvre.", "Le port rouvre."),
    ],
)
def test_markup_that_is_certain_goes(source: str, text: str) -> None:
    assert from_plain(source).text == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("| Ville | Voix |\n|---|---:|\n| Brest | 12 |\n| Metz | 9 |", "Ville: Brest; Voix: 12\nVille: Metz; Voix: 9"),
        ("Résultats\nVille | Voix\n--- | ---\nBrest | 12\nFin.", "Résultats\n\nVille: Brest; Voix: 12\n\nFin."),
        ("Brest | 12\nMetz | 9", "Brest | 12\nMetz | 9"),
        ("Ville | Voix\n---\nBrest | 12", "Ville | Voix\n---\nBrest | 12"),
        ("Prix\n---\nDix euros", "Prix\n---\nDix euros"),
    ],
)
def test_a_table_with_a_header_is_read_by_columns(source: str, text: str) -> None:
    assert from_plain(source).text == text


# --- wrapped lines and divided words

_PARAGRAPHS = [
    "Le conseil de Vernes a voté lundi soir la fermeture de la halle, dont le toit menace de tomber depuis l’orage de "
    "mars. La maire promet qu’elle rouvrira en mai, après des travaux que la Région paie pour moitié.",
    "Les marchands iront place Neuve. Ils y seront à l’abri, mais loin du parking, et beaucoup craignent de perdre des "
    "clients âgés.",
]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("> Le pont de la\n> Brève rouvre en mai,\n> dit Ana.", "Le pont de la Brève rouvre en mai, dit Ana."),
        ("> 5 % seulement", "> 5 % seulement"),
        ("Die Halle ist seit dem\nBrand zu.", "Die Halle ist seit dem Brand zu."),
    ],
)
def test_lines_that_are_quoted_or_unfinished_are_joined(source: str, text: str) -> None:
    assert from_plain(source).text == text


def _wrapped(width: int) -> str:
    return "\n\n".join(textwrap.fill(paragraph, width, break_on_hyphens=False) for paragraph in _PARAGRAPHS)


@pytest.mark.parametrize("width", [28, 40, 55, 72, 80, 100, 120])
def test_wrapped_lines_are_one_text_at_any_width(width: int) -> None:
    assert from_plain(_wrapped(width)).text == "\n\n".join(_PARAGRAPHS)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Le conseil de Vernes\na voté la fermeture\ndu port.", "Le conseil de Vernes a voté la fermeture du port."),
        ("Farine\nsucre\nœufs", "Farine\nsucre\nœufs"),
        ("Ada Lovelace\nBo Martin\nCléo Dubois", "Ada Lovelace\nBo Martin\nCléo Dubois"),
        ("Nom\tVoix\nAda\t12", "Nom Voix\nAda 12"),
        ("Ville      Voix\nBrest        12\nMetz          9", "Ville Voix\nBrest 12\nMetz 9"),
        ("- un pain de mie\n- un litre de lait", "- un pain de mie\n- un litre de lait"),
        ("Première ligne\n\nseconde ligne", "Première ligne\n\nseconde ligne"),
        ("Le port ferme.\nla suite demain.", "Le port ferme.\nla suite demain."),
        ("市议会昨晚投票决定\n关闭港口直到三月底", "市议会昨晚投票决定\n关闭港口直到三月底"),
    ],
)
def test_lines_are_joined_only_if_they_go_on(source: str, text: str) -> None:
    assert from_plain(source).text == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Le gouver-\nnement a déci-\ndé seul.", "Le gouvernement a décidé seul."),
        ("La biblio\u00ad\nthèque ferme.", "La bibliothèque ferme."),
        ("Il viendra peut-\nêtre, dit-\nil.", "Il viendra peut-être, dit-il."),
        ("Est-ce-\nque tu viens ?", "Est-ce-que tu viens ?"),
        ("La Franche-\nComté et Jean-\nPierre.", "La Franche-Comté et Jean-Pierre."),
        ("Le porte-avions et le porte-\navions.", "Le porte-avions et le porte-avions."),
        ("Un mot tram-\nbus. Le tram-bus part.", "Un mot tram-bus. Le tram-bus part."),
        ("A well-\nknown gov-\nernment.", "A well-known government."),
        ("La moi-\ntié du tra-\nvail.", "La moitié du travail."),
        ("Le servi-\nce de poli-\nce.", "Le service de police."),
        ("Dit-\nil la vérité ? Est-\nce sûr ?", "Dit-il la vérité ? Est-ce sûr ?"),
        ("Le porte-pa-\nrole a parlé.", "Le porte-parole a parlé."),
        ("Quatre-vingt-\ndouze élus.", "Quatre-vingt-douze élus."),
        ("It pre-\nvents nine-\nteen cases.", "It prevents nineteen cases."),
        ("A two-\nyear, well-\nknown plan.", "A two-year, well-known plan."),
        ("Sur la ligne 3-\n4 mai", "Sur la ligne 3-\n4 mai"),
    ],
)
def test_a_word_divided_at_a_line_end_is_one_word(source: str, text: str) -> None:
    assert from_plain(source).text == text
