"""Reading of web pages whose markup does not say where the article is, or what is around it."""

import json
import time
from datetime import date

import pytest

from index.read.page import Page, extract

FIRST = "La criée de Loctudy rouvre lundi après neuf mois de travaux, a confirmé le directeur du port samedi matin."
SECOND = "Trente bateaux y vendront leur pêche. Les mareyeurs de Quimper, eux, attendent encore leurs nouvelles places."
BODY = f"<p>{FIRST}</p><p>{SECOND}</p>"
TITLE = "La criée rouvre"


def read(body: str, head: str = "", language: str = "fr", url: str | None = None) -> Page:
    """Read a page without any element that says where its article is."""
    source = f'<html lang="{language}"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    return extract(source.encode(), url=url)


def lines(found: Page) -> list[str]:
    return [line for line in found.text.split("\n") if line]


# --- paragraphs


def test_a_block_with_nothing_but_text_is_a_paragraph() -> None:
    body = f"<h1>{TITLE}</h1>" + "".join(f'<div class="x"><div>{text}</div></div>' for text in (FIRST, SECOND))
    assert lines(read(f'<div><div class="y">{body}</div></div>')) == [TITLE, FIRST, SECOND]


def test_double_line_breaks_divide_paragraphs() -> None:
    body = f"<table><tr><td><font size=4><b>{TITLE}</b></font><br><br>{FIRST}<br><br>{SECOND}</td></tr></table>"
    assert lines(read(body, f"<title>{TITLE}</title>")) == [TITLE, FIRST, SECOND]


def test_a_heading_between_paragraphs_stays_in_a_page_without_an_article() -> None:
    assert lines(read(f"<h1>{TITLE}</h1><p>{FIRST}</p><h2>Neuf mois</h2><p>{SECOND}</p>")) == [
        TITLE,
        FIRST,
        "Neuf mois",
        SECOND,
    ]


def test_a_lead_between_title_and_article_is_part_of_the_text() -> None:
    lead = "Les pêcheurs retrouvent leur halle, avec une chaîne de froid neuve et deux fois plus de bacs."
    body = f'<main><h1>{TITLE}</h1><p class="chapo">{lead}</p><div class="article-body">{BODY}</div></main>'
    assert lines(read(body))[-3:] == [lead, FIRST, SECOND]


def test_a_question_that_opens_its_answer_stays() -> None:
    body = f"<article><h1>{TITLE}</h1><p>{FIRST}</p><h2><button>Qui vendra ?</button></h2><p>{SECOND}</p></article>"
    assert lines(read(body)) == [TITLE, FIRST, "Qui vendra ?", SECOND]


def test_captions_are_the_text_of_a_gallery() -> None:
    captions = (
        "La halle compte soixante bacs, tous numérotés.",
        "Un mareyeur essaie la balance sous l’œil du maire.",
        "Le premier turbot pesait six kilos.",
    )
    pictures = "".join(f"<li><figure><img src=1.jpg><figcaption>{text}</figcaption></figure></li>" for text in captions)
    found = read(f"<main><h1>{TITLE}</h1><p>La halle, en images.</p><ul>{pictures}</ul></main>")
    assert lines(found)[-3:] == list(captions)


def test_a_short_page_is_read_without_what_is_around_it() -> None:
    body = (
        '<header><div class="logo">Le Goéland</div></header><div class="flash"><h1>Voile</h1><p>Mis en ligne le '
        '<time datetime="2026-02-03">3 février 2026</time></p><p>Une course réunira dix bateaux dimanche à Loctudy, '
        "devant le môle.</p></div><div><h3><a href=/b>Le cinéma de quartier cherche un second souffle</a></h3></div>"
    )
    found = read(body, '<meta property="og:site_name" content="Le Goéland">')
    assert lines(found) == ["Une course réunira dix bateaux dimanche à Loctudy, devant le môle."]


# --- what is around an article


@pytest.mark.parametrize(
    "around",
    [
        '<div><input type="email"><a class="z">Envoyer</a><h4>La lettre du vendredi, cinq histoires</h4></div>',
        "<div><button>Partager</button><span>Facebook</span><span>WhatsApp</span></div>",
        '<div class="bandeau"><p>Toute la pêche, chaque semaine.</p><a class="btn" href="/abo">J’en profite</a></div>',
        "<section><h3>Pour lire la suite, abonnez-vous dès 1 euro</h3><ul><li>9 € par mois</li></ul></section>",
        '<div><span>À découvrir aussi</span><a href="/b">Le cinéma de quartier cherche un second souffle</a></div>',
        '<p>&gt;&gt; <a href="/b">Le cinéma de quartier cherche un second souffle</a></p>',
        "<p><b>À voir :</b></p><ul><li><a href=/b>Trois communes</a></li><li><a href=/c>Le musée</a></li></ul>",
        '<div><img src="a.jpg"><div>La halle vue du môle, lundi.</div></div>',
        '<blockquote class="image-caption"><p>La halle vue du môle.</p></blockquote>',
        "<blockquote><p>Trente bateaux y vendront leur pêche</p></blockquote>",
        "<div>Werbung</div>",
    ],
)
def test_what_interrupts_an_article_is_left_out(around: str) -> None:
    body = f"<article><h1>{TITLE}</h1><p>{FIRST}</p>{around}<p>{SECOND}</p></article>"
    assert lines(read(body)) == [TITLE, FIRST, SECOND]


@pytest.mark.parametrize("heading", ["2 commentaires", "Réagir à cet article", "Have your say", "Kommentare (12)"])
def test_the_discussion_below_an_article_is_left_out(heading: str) -> None:
    said = "Bravo, mais les petits ports attendent toujours."
    body = f"<div><h1>{TITLE}</h1>{BODY}<div><h3>{heading}</h3><div><p>{said}</p></div></div></div>"
    assert lines(read(body)) == [TITLE, FIRST, SECOND]


def test_a_paragraph_with_a_link_and_a_list_of_facts_stay() -> None:
    body = (
        f'<article>{BODY}<p><a href="/r">Le rapport</a> compte trente bateaux.</p><ul><li>dix bacs</li></ul></article>'
    )
    assert lines(read(body))[-2:] == ["Le rapport compte trente bateaux.", "dix bacs"]


def test_a_heading_above_a_box_stays() -> None:
    box = '<div><h4>Le port dans votre boîte, chaque matin</h4><input type="email"></div>'
    body = f"<article><p>{FIRST}</p><h2>Neuf mois</h2>{box}<p>{SECOND}</p></article>"
    assert lines(read(body)) == [FIRST, "Neuf mois", SECOND]


@pytest.mark.parametrize("line", ["Zoé Riou | 3 février 2026 | 4 réactions", "Par Zoé Riou · 3 min de lecture"])
def test_a_line_of_fields_above_the_text_is_left_out(line: str) -> None:
    found = read(
        f"<article><h1>{TITLE}</h1><div>{line}</div>{BODY}</article>", '<meta name="author" content="Zoé Riou">'
    )
    assert lines(found) == [TITLE, FIRST, SECOND]


def test_a_day_between_paragraphs_is_a_heading_of_the_text() -> None:
    body = f"<article><p>{FIRST}</p><h2>3 février 2026</h2><p>{SECOND}</p></article>"
    assert "3 février 2026" in lines(read(body))


@pytest.mark.parametrize(
    "part",
    [
        "<h2>Commentaires</h2><p>Le port rouvre.</p>",
        "<div><input type=email><h2>Partager</h2></div>",
        "<figure><img src=a><figcaption>Le port rouvre lundi.</figcaption></figure>",
        "<table><tr><td><p>Le port rouvre.</p>",
    ],
)
def test_many_parts_around_an_article_take_no_quadratic_time(part: str) -> None:
    start = time.process_time()
    read(f"<main>{part * 3000}</main>")
    assert time.process_time() - start < 5


# --- fields that a page only shows


@pytest.mark.parametrize(
    ("above", "language", "author", "day"),
    [
        ("<p>Par Zoé Riou</p><p>Publié le 3 février 2026</p>", "fr", "Zoé Riou", date(2026, 2, 3)),
        (
            "<p>Publié le 03/02/2026 à 8h10 - Par Zoé Riou et Ali Kerbrat</p>",
            "fr",
            "Zoé Riou, Ali Kerbrat",
            date(2026, 2, 3),
        ),
        ("<p>Words: Ann Lee, 3 February 2026</p>", "en", "Ann Lee", date(2026, 2, 3)),
        ("<p>Von Jens von der Heide | 3. Februar 2026</p>", "de", "Jens von der Heide", date(2026, 2, 3)),
        ("<p>بقلم ليلى حداد</p><p>نشر في 3 فبراير 2026</p>", "ar", "ليلى حداد", date(2026, 2, 3)),
        ("<p>文 高梨千尋</p><p>公開日 2026年2月3日</p>", "ja", "高梨千尋", date(2026, 2, 3)),
        ("<p>記者：高梨千尋</p>", "ja", "高梨千尋", None),
        ("<p>Par la rédaction</p>", "fr", "la rédaction", None),
        ('<p class="auteur">Zoé Riou</p>', "fr", "Zoé Riou", None),
        ("<p>Par temps de brouillard</p>", "fr", None, None),
        ("<p>By 2030</p>", "en", None, None),
    ],
)
def test_a_by_line_and_a_day_above_the_text_are_read(
    above: str, language: str, author: str | None, day: date | None
) -> None:
    found = read(f"<h1>{TITLE}</h1>{above}{BODY}", language=language)
    assert (found.author, found.published) == (author, day)


def test_the_day_of_reading_above_the_title_is_not_the_date_of_a_page() -> None:
    assert read(f"<div>mardi 3 mars 2026</div><h1>{TITLE}</h1>{BODY}").published is None


def test_the_outlet_in_the_title_counts_if_the_page_shows_it() -> None:
    head = f"<title>{TITLE} - Le Goéland</title>"
    assert read(f"<h1>{TITLE}</h1>{BODY}<p>Le Goéland</p>", head).source == "Le Goéland"
    assert read(f"<h1>{TITLE}</h1>{BODY}", head, url="https://www.legoéland.test/a").source == "Le Goéland"
    assert (
        read(f"<h1>{TITLE}</h1>{BODY}", f"<title>{TITLE} - en images</title>", url="https://a.test/b").source
        == "a.test"
    )


def test_the_title_in_the_title_of_a_site_is_a_line_of_the_page() -> None:
    head = "<title>Le Goéland - Le chalutier revient à quai</title>"
    found = read(f"<div><b>Le Goéland</b></div><div><b>Le chalutier revient à quai</b></div>{BODY}", head)
    assert (found.title, found.source) == ("Le chalutier revient à quai", "Le Goéland")


def test_author_and_outlet_are_found_by_their_ids_in_json_ld() -> None:
    graph = [
        {"@type": "NewsArticle", "headline": TITLE, "author": [{"@id": "#z"}], "publisher": {"@id": "#o"}},
        {"@type": "Person", "@id": "#z", "name": "Zoé Riou"},
        {"@type": "Organization", "@id": "#o", "name": "Le Goéland"},
    ]
    found = read(BODY, f'<script type="application/ld+json">{json.dumps({"@graph": graph})}</script>')
    assert (found.author, found.source) == ("Zoé Riou", "Le Goéland")


def test_an_id_without_an_object_is_no_author() -> None:
    data = {"@type": "NewsArticle", "headline": TITLE, "author": {"@id": "#z"}}
    assert read(BODY, f'<script type="application/ld+json">{json.dumps(data)}</script>').author is None


def test_the_outlet_is_the_publisher_of_microdata() -> None:
    publisher = '<div itemprop="publisher" itemscope><meta itemprop="name" content="Le Goéland"></div>'
    assert read(f"<h1>{TITLE}</h1>{publisher}{BODY}").source == "Le Goéland"


# --- encodings


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "shift_jis"])
def test_a_page_in_utf_8_is_read_as_that_whatever_the_header_says(charset: str) -> None:
    source = f"<html><body><article><h1>{TITLE}</h1>{BODY}</article></body></html>"
    assert FIRST in extract(source.encode(), charset=charset).text


def test_a_page_in_iso_2022_jp_is_not_taken_for_utf_8() -> None:
    body = "<p>青羽市交通局は二十日、路面電車の夜間運行を二十年ぶりに再開した。最終電車は港町を出る。</p>"
    source = f'<html><head><meta charset="iso-2022-jp"></head><body><article>{body}</article></body></html>'
    assert "路面電車の夜間運行" in extract(source.encode("iso-2022-jp")).text
