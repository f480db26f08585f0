"""Conversion of markup to readable text."""

import re
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.read.html import Readable, clean, from_markdown
from index.read.plain import from_plain


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        (" \n\n\t\n", ""),
        ("Le pont rouvre lundi.", "Le pont rouvre lundi."),
        ("Le **pont** *rouvre* ~~mardi~~ __lundi__.", "Le pont rouvre lundi."),
        ("Un [accord](https://exemple.test/a_b) signé.", "Un accord signé."),
        ("Un [accord][1] signé.\n\n[1]: https://exemple.test", "Un accord signé."),
        ("Avant ![une photo](photo.jpg) après", "Avant après"),
        ("Voir <https://exemple.test/a?b=1&c=2>.", "Voir https://exemple.test/a?b=1&c=2."),
        ("Écrire à <redaction@exemple.test>.", "Écrire à redaction@exemple.test."),
        ("La commande `git  log` suffit.", "La commande git log suffit."),
        ("snake_case reste entier", "snake_case reste entier"),
        ("Une ligne\nqui continue", "Une ligne qui continue"),
        ("Une ligne  \ncoupée\\\ndeux fois", "Une ligne\ncoupée\ndeux fois"),
        ("Un.\n\n---\n\nDeux.", "Un.\n\nDeux."),
        ("> Une citation\n> longue\n\nsuite", "Une citation longue\n\nsuite"),
        ("```\nx = 1\n  y = 2\n```", "x = 1\ny = 2"),
        ("Prix &lt; 5 &amp; &eacute;t&eacute;", "Prix < 5 & été"),
        ("a < b et c > d", "a < b et c > d"),
        ("Titre\n=====\n\nTexte", "Titre\n\nTexte"),
        ("他说：「明天见」。", "他说：「明天见」。"),
        ("قال الوزير: **نعم**.", "قال الوزير: نعم."),
        ("Bravo 🎉🎉 !", "Bravo 🎉🎉 !"),
        ("l’été « chaud » “warm” ‘dry’", "l’été « chaud » “warm” ‘dry’"),
    ],
)
def test_markdown_becomes_its_words(source: str, expected: str) -> None:
    assert from_markdown(source).text == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("- pommes\n- poires", "pommes\npoires"),
        ("* pommes\n\n  vertes\n* poires", "pommes\n\nvertes\n\npoires"),
        ("1. lever\n2. manger", "1. lever\n2. manger"),
        ("7. sept\n8. huit", "7. sept\n8. huit"),
        ("- fruits\n  1. pomme\n  2. poire\n- pain", "fruits\n\n1. pomme\n2. poire\n\npain"),
    ],
)
def test_a_list_item_is_a_line_with_its_number_if_it_has_one(source: str, expected: str) -> None:
    assert from_markdown(source).text == expected


def test_a_table_row_is_a_line_that_names_the_columns() -> None:
    source = "| Ville | Habitants |\n|---|---:|\n| Brest | 139 619 |\n| Metz | **121 695** |"
    assert from_markdown(source).text == "Ville: Brest; Habitants: 139 619\nVille: Metz; Habitants: 121 695"


def test_an_html_table_reads_like_a_markdown_table() -> None:
    source = "<table><tr><th>Ville</th><th>Maire</th></tr><tr><td>Brest</td><td>A. B.</td></tr></table>"
    assert from_plain(source).text == from_markdown(source).text == "Ville: Brest; Maire: A. B."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<table><tr><td>Ville<td>Maire<tr><td>Brest<td>A. B.</table>", "Ville · Maire\nBrest · A. B."),
        ("| | |\n|---|---|\n| Ville | Maire |\n| Brest | A. B. |", "Ville · Maire\nBrest · A. B."),
        ("| Ville | Maire |\n|---|---|", "Ville · Maire"),
        ("<table><thead><tr><td>Ville<td>Maire<tbody><tr><td>Brest<td>A.</table>", "Ville: Brest; Maire: A."),
        (
            "<table><caption>Élus</caption><tr><th>Ville<th>Maire<tr><td>Brest<td>A.</table>",
            "Élus\n\nVille: Brest; Maire: A.",
        ),
        ("<table><tr><th>Maire<td>A.<tr><th>Adjoints<td>B<br>C</table>", "Maire: A.\nAdjoints: B, C"),
        (
            "<table><tr><th>Jour<th>Note<tr><td>Lundi<td><p>Fermé.</p><p>Relâche</p></table>",
            "Jour: Lundi; Note: Fermé. Relâche",
        ),
        ("<table><tr><th>Jour<th>Bus<tr><td>Lundi<td>8 h</table> Fin.", "Jour: Lundi; Bus: 8 h\n\nFin."),
        # layout
        (
            "<table><tr><th>Menu<th>Texte<tr><td>Accueil<td><table><tr><td>Le port</table></table>",
            "Menu · Texte\nAccueil ·\n\nLe port",
        ),
        ("<table><tr><th>Jour<th>Bus</tr>Avis<tr><td>Lundi<td>8 h</table>", "Jour · BusAvis\nLundi · 8 h"),
        # damaged
        ("<table><tr><th>Jour<th>Bus<tr><td>Lundi<td>8 h", "Jour · Bus\nLundi · 8 h"),
        ("<td>Lundi</td></tr></table>Fin.", "Lundi\n\nFin."),
    ],
)
def test_tables_of_all_kinds_read_well(source: str, text: str) -> None:
    assert from_markdown(source).text == text


@pytest.mark.parametrize(
    "source", ["1. Envoyer\n\n2. Attendre", "<ol><li><p>Envoyer</p></li><li><p>Attendre</p></li></ol>"]
)
def test_a_numbered_step_keeps_its_number_on_its_line(source: str) -> None:
    assert from_markdown(source).text == "1. Envoyer\n\n2. Attendre"


def test_a_list_item_may_have_a_number_of_its_own() -> None:
    assert from_markdown("<ol><li>un<li value=7>sept<li>huit</ol>").text == "1. un\n7. sept\n8. huit"


def test_the_number_of_a_step_in_a_heading_stays() -> None:
    assert from_markdown("## 2. Envoyer\n\nLe dossier part.").text == "2. Envoyer\n\nLe dossier part."


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Un<br>deux</p><p>trois</p>", "Un\ndeux\n\ntrois"),
        ("<h2>Titre</h2>Texte <b>gras</b> <em>penché</em>", "Titre\n\nTexte gras penché"),
        ("Avant<script>alert('x < y')</script> après", "Avant après"),
        ("Avant<style>p { color: red }</style> après", "Avant après"),
        ("<figure><img src=a.png alt=rien><figcaption>Le port</figcaption></figure>", "Le port"),
        ("<!-- à relire -->Texte", "Texte"),
        ("<my-widget>Texte</my-widget>", "Texte"),
        ("<ul><li>un</li><li>deux</li></ul>", "un\ndeux"),
        ("H<sub>2</sub>O et 3<sup>e</sup>", "H2O et 3e"),
    ],
)
def test_html_becomes_its_words(source: str, expected: str) -> None:
    assert from_markdown(source).text == expected


@pytest.mark.parametrize("read", [from_markdown, from_plain])
@pytest.mark.parametrize(
    "source",
    ["Écrivez <prénom> ici", "Le type List<String> est générique", "si x<y alors", "3 < 4", "un < b", "<3", "a <> b"],
)
def test_words_in_angle_brackets_that_are_no_html_are_kept(read: Callable[[str], Readable], source: str) -> None:
    assert read(source).text == source


def test_an_end_tag_that_is_no_html_is_kept_as_it_was_written() -> None:
    assert from_plain("Écrivez <Nom>Zoé</Nom> ici").text == "Écrivez <Nom>Zoé</Nom> ici"


@pytest.mark.parametrize("read", [from_markdown, from_plain])
@pytest.mark.parametrize(
    "tag",
    [
        "select",
        "textarea",
        "object",
        "head",
        "svg",
        "script",
        "style",
    ],
)
def test_an_element_left_open_does_not_swallow_the_article(read: Callable[[str], Readable], tag: str) -> None:
    assert "Le reste compte." in read(f"La balise <{tag}> sert peu.\n\nLe reste compte.").text


@pytest.mark.parametrize("mark", ["> ", "- "])
def test_words_are_read_at_any_depth(mark: str) -> None:
    assert from_markdown(mark * 25 + "Le pont").text == "Le pont"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Enfin libre [pic.twitter.com/Ab12](http://pic.twitter.com/Ab12) — léa (@lea)", "Enfin libre — léa (@lea)"),
        ("Enfin libre [https://t.co/Ab12](https://t.co/Ab12) — léa", "Enfin libre — léa"),
        ("Enfin libre [pic.x.com/Ab12](https://pic.x.com/Ab12)", "Enfin libre"),
        ("Lire [https://t.co/Ab12 en entier](https://t.co/Ab12)", "Lire https://t.co/Ab12 en entier"),
        ("Lire [exemple.test/page](https://exemple.test/page)", "Lire exemple.test/page"),
        ("Lire https://t.co/Ab12", "Lire https://t.co/Ab12"),
    ],
)
def test_the_link_of_a_post_to_its_own_picture_is_left_out(source: str, expected: str) -> None:
    assert from_plain(source).text == from_markdown(source).text == expected


@pytest.mark.parametrize("read", [from_markdown, from_plain])
@pytest.mark.parametrize(
    "invisible",
    ["\u00ad", "\u200b", "\u200e", "\u200f", "\u202a", "\u202e", "\u2060", "\u2066", "\ufeff", "\x00", "\x07", "\x7f"],
)
def test_invisible_characters_go(read: Callable[[str], Readable], invisible: str) -> None:
    assert read(f"anti{invisible}gel {invisible}fin").text == "antigel fin"


@pytest.mark.parametrize("reference", ["&shy;", "&#8203;", "&#x202e;", "&#8288;"])
def test_invisible_characters_go_that_are_written_as_references(reference: str) -> None:
    assert from_markdown(f"anti{reference}gel").text == "antigel"


@pytest.mark.parametrize(
    "kept", ["👩‍👩‍👧", "🏳️‍🌈", "می‌خواهم", "क्‍ष", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "❤️"]
)
def test_joiners_stay_where_a_script_or_an_emoji_needs_them(kept: str) -> None:
    assert from_plain(f"a {kept} b").text == f"a {kept} b"


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
def test_joiners_go_beside_latin_letters(joiner: str) -> None:
    assert from_plain(f"an{joiner}ti {joiner} gel{joiner}").text.split() == ["anti", "gel"]


@pytest.mark.parametrize("source", ["e\u0301te\u0301", "A\u030angstro\u0308m", "\u1112\u1161\u11ab"])
def test_text_is_composed(source: str) -> None:
    assert from_markdown(source).text == unicodedata.normalize("NFC", source) != source


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028", "\u0085", "\x0b", "\x0c"])
def test_every_line_end_is_one(end: str) -> None:
    assert from_plain(f"Un.{end}Deux.").text == "Un.\nDeux."


@pytest.mark.parametrize("space", ["\t", "\u00a0", "\u202f", "\u3000", "   "])
def test_every_run_of_spaces_is_one_space(space: str) -> None:
    assert from_plain(f"12{space}500").text == "12 500"


@pytest.mark.parametrize(
    ("source", "heading"),
    [
        ("# Le port *rouvre*\n\n## Suite\n\nTexte", "Le port rouvre"),
        ("Texte\n\n## Suite", "Suite"),
        ("<h1>Le  port</h1>Texte", "Le port"),
        ("Texte seul", None),
        ("#\n\n## Suite", "Suite"),
    ],
)
def test_the_first_heading_with_words_is_the_heading(source: str, heading: str | None) -> None:
    assert from_markdown(source).heading == heading


def test_plain_text_has_no_heading() -> None:
    assert from_plain("# Titre\n\nTexte").heading is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [("", ""), ("  Le\u200b  port\n rouvre ", "Le port rouvre"), ("e\u0301te\u0301", "été"), ("港口", "港口")],
)
def test_a_clean_line_is_one_line(line: str, expected: str) -> None:
    assert clean(line) == expected


_ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)


@given(_ANY_TEXT)
def test_readable_text_is_tidy_whatever_was_read(source: str) -> None:
    for text in (from_markdown(source).text, from_plain(source).text):
        assert text == text.strip()
        assert unicodedata.is_normalized("NFC", text)
        assert not re.search(r"\n{3}|  | \n|\n |\r|\t", text)


@given(st.lists(st.sampled_from(["Le port", "rouvre", "12", "été", "港口", "نعم", "🎉", ",", "?"]), max_size=20))
def test_text_without_markup_is_kept_as_it_is(words: list[str]) -> None:
    source = " ".join(words)
    assert from_markdown(source).text == from_plain(source).text == source


@pytest.mark.parametrize("read", [from_markdown, from_plain])
def test_footnotes_keep_their_words(read: Callable[[str], Readable]) -> None:
    assert read("Le pont[^1] rouvre.\n\n[^1]: Fermé en mai.").text == "Le pont rouvre.\n\nFermé en mai."


def test_a_list_may_begin_with_any_number_that_is_one() -> None:
    assert from_markdown('<ol start="12"><li>Un</li></ol>').text == "12. Un"
    assert from_markdown(f'<ol start="{"9" * 5000}"><li>Un</li></ol>').text == "1. Un"


def test_an_unread_element_inside_another_does_not_swallow_what_follows() -> None:
    source = '<p>Un.</p><noscript><iframe src="x"></noscript><p>Deux.</p><iframe src="y"></iframe><p>Trois.</p>'
    assert from_markdown(source).text == "Un.\n\nDeux.\n\nTrois."


@pytest.mark.parametrize("read", [from_markdown, from_plain])
@pytest.mark.parametrize("part", ["[", "![", "[^", "<!--", "<?", "<![CDATA[", "<a", "</", "<script>", "*", "&#", "> "])
def test_hostile_markup_is_read_in_linear_time(read: Callable[[str], Readable], part: str) -> None:
    began = time.process_time()
    read(part * 20_000)
    assert time.process_time() - began < 5  # it took minutes where time grew with the square


def test_a_long_run_of_marks_is_read_quickly_and_truncated_to_thirty() -> None:
    marks = "e" + "\u0301\u0323" * 60_000
    began = time.process_time()
    text = from_plain(f"Le caf{marks} ouvre.").text
    title = clean(marks)
    assert time.process_time() - began < 1
    assert text.startswith("Le caf")
    assert sum(map(bool, map(unicodedata.combining, unicodedata.normalize("NFD", text)))) == 30
    assert title in text
    assert from_plain("Sage —————————————————————————————————— assis").text.count("—") == 34
