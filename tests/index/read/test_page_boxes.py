"""Boxes in the text of a page: facts stay, links and calls go; articles that scripts show are read."""

import json

import pytest

from index.read.page import Page, extract

FIRST = "La criée de Loctudy rouvre lundi après neuf mois de travaux, a confirmé le directeur du port samedi matin."
SECOND = "Trente bateaux y vendront leur pêche. Les mareyeurs de Quimper, eux, attendent encore leurs nouvelles places."
TITLE = "La criée rouvre lundi"


def read(between: str, head: str = "") -> Page:
    """Read a page with something between two paragraphs."""
    body = f"<article><h1>{TITLE}</h1><p>{FIRST}</p>{between}<p>{SECOND}</p></article>"
    return extract(f'<html lang="fr"><head><title>{TITLE}</title>{head}</head><body>{body}</body></html>'.encode())


def test_a_box_of_facts_between_paragraphs_stays() -> None:
    facts = "<li>1931 : ouverture de la première criée</li><li>2019 : incendie de la halle</li>"
    box = f"<aside class='encadre'><h3>Repères</h3><ul>{facts}</ul></aside>"
    text = read(box).text
    assert "Repères" in text
    assert "1931 : ouverture de la première criée" in text


@pytest.mark.parametrize(
    "box",
    [
        "<aside><h3>Autre chose</h3><ul><li><a href='/a'>Le port voisin attend toujours sa cale</a></li></ul></aside>",
        "<section><h3>Pour suivre</h3><article><h4><a href='/a'>Autre chose au port</a></h4></article></section>",
        "<div class='q'><h3>Dans la rubrique</h3><ul><li><h4><a href='/a'>Autre chose au port</a></h4></li></ul></div>",
        "<section><a href='/nl'><h4>Autre chose chaque semaine, inscription libre</h4></a></section>",
        "<div data-component='newsletter-block'><p>Autre chose du port, tous les matins.</p></div>",
        "<p>&gt;&gt; À relire : <a href='/a'>Autre chose au port</a></p>",
        "<p>Suivez Autre chose sur Facebook et Instagram.</p>",
        "<p>Vous avez repéré une erreur ? Autre chose à dire ?</p>",
    ],
)
def test_a_box_or_line_that_leads_elsewhere_is_left_out(box: str) -> None:
    text = read(box).text
    assert FIRST in text
    assert SECOND in text
    assert "Autre chose" not in text


@pytest.mark.parametrize("line", ["ab-cd/ef/gh", "J. R.", "SOURCE Port de Loctudy"])
def test_initials_and_sources_below_a_text_are_left_out(line: str) -> None:
    assert line not in read(f"<p>{line}</p>").text


def test_a_place_in_a_span_at_the_beginning_of_a_paragraph_is_no_caption() -> None:
    text = read(
        "<p><span class='legendSpanClass'>LOCTUDY, France</span> -- Le port a rouvert ses quais aux bateaux de "
        "passage, a dit la mairie au conseil municipal.</p>"
    ).text
    assert "LOCTUDY, France -- Le port" in text


def test_words_above_the_title_and_the_line_of_the_day_below_the_lead_are_left_out() -> None:
    page = extract(
        f"<html lang='de'><head><title>{TITLE}</title><meta property='og:title' content='{TITLE}'></head><body>"
        f"<article><h2><span>Hafen</span> <span>{TITLE}</span></h2><p>{FIRST}</p>"
        f"<p>03.03.2026, 11.24 Uhr • aus HEFT 10/2026</p><p>{SECOND}</p></article></body></html>".encode()
    )
    assert "Hafen" not in page.text
    assert "11.24" not in page.text
    assert FIRST in page.text


BLOCKS = [
    {"type": "paragraph", "html": f"<p>{FIRST}</p>"},
    {"type": "image", "caption": "Le quai", "url": "/a.jpg"},
    {"type": "heading", "text": "Les places"},
    {"type": "related", "items": [{"title": "Autre chose"}]},
    {"type": "list", "data": {"items": ["un", "deux"]}},
    {"type": "paragraph", "text": SECOND},
]
FIELDS = {"publishedAt": "2026-01-13T10:00:00Z", "author": {"name": "Zoé Riou"}}
STATE = {"other": {"title": "Autre chose"}, "story": {"title": TITLE, "chapo": "Neuf mois.", "body": BLOCKS, **FIELDS}}


@pytest.mark.parametrize(
    "script",
    [
        f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(STATE)}</script>',
        f"<script>window.__PRELOADED_STATE__ = {json.dumps(STATE)};start();</script>",
    ],
)
def test_an_article_that_scripts_show_is_read_from_their_state(script: str) -> None:
    page = extract(f"<html><head><title>{TITLE}</title></head><body><p>Chargement</p>{script}</body></html>".encode())
    assert page.text.split("\n") == ["Neuf mois.", "", FIRST, "", "Les places", "", "un", "", "deux", "", SECOND]
    assert (str(page.published), page.author) == ("2026-01-13", "Zoé Riou")
    assert page.provenance["author"] == "script"


def test_a_state_about_another_article_or_behind_a_wall_is_not_read() -> None:
    state = f'<script type="application/json">{json.dumps(STATE)}</script>'
    other = f"<html><head><title>Le phare</title></head><body>{state}</body></html>"
    free = json.dumps({"@type": "NewsArticle", "headline": TITLE, "isAccessibleForFree": False})
    wall = f'<html><head><script type="application/ld+json">{free}</script></head><body>{state}</body></html>'
    assert extract(other.encode()).empty
    assert extract(wall.encode()).empty


def test_the_text_in_json_ld_is_taken_if_the_page_has_less() -> None:
    data = json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": f"{FIRST}\n\n{SECOND}"})
    page = extract(
        f'<html><script type="application/ld+json">{data}</script><body><p>Chargement</p></body></html>'.encode()
    )
    assert page.text == f"{FIRST}\n\n{SECOND}"


def test_a_person_is_the_author_before_the_outlet() -> None:
    data = {"@type": "NewsArticle", "headline": TITLE, "author": {"name": "Le Port"}, "publisher": {"name": "Le Port"}}
    head = '<script type="application/ld+json">{}</script>'
    assert read("", head.format(json.dumps(data | {"creator": ["Zoé Riou"]}))).author == "Zoé Riou"
    assert read("", head.format(json.dumps(data))).author == "Le Port"


def test_the_outlet_behind_a_stroke_in_the_title_or_in_the_text_of_a_picture_is_read() -> None:
    body = f"<h1>{TITLE}</h1><p>{FIRST}</p>"
    page = extract(f"<html><head><title>{TITLE} | Ville de Loctudy</title></head><body>{body}</body></html>".encode())
    assert page.source == "Ville de Loctudy"
    logo = f"<a href='/'><img alt='Le Port'></a><h1>{TITLE}</h1><p>{FIRST}</p>"
    assert (
        extract(f"<html><head><title>Le Port : {TITLE}</title></head><body>{logo}</body></html>".encode()).source
        == "Le Port"
    )
