"""Reading of web pages."""

import json
import time
from datetime import date
from pathlib import Path

import pytest

from index.errors import ArticleError
from index.local.catalog import Catalog
from index.read.article import Problem, RawArticle
from index.read.files import file_of, origin, read
from index.read.page import MAX_BYTES, Page, extract
from tests.fakes import build_archive

BODY = (
    "<p>Le phare de Kerlouan reste allumé après la tempête, a confirmé la commune dimanche soir.</p>"
    "<p>Deux techniciens dorment sur place. Ils changent la lanterne, qui date de 1954, avant les grandes marées.</p>"
)
LD = '<script type="application/ld+json">%s</script>'


def page(body: str = BODY, head: str = "", before: str = "", after: str = "") -> bytes:
    """Return a page of a news site around an article."""
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8">{head}</head><body>'
        '<nav><ul><li><a href="/">Accueil</a></li><li><a href="/sport">Sport</a></li></ul></nav>'
        f"{before}<main><article><h1>Le phare tient bon</h1>{body}</article>{after}</main>"
        "<footer>Mentions légales</footer></body></html>"
    ).encode()


def items(folder: Path, content: bytes, name: str = "a.html") -> list[RawArticle | Problem]:
    """Read one file of `content`."""
    file = folder / name
    file.write_bytes(content)
    return list(read(file, f"presse/{name}"))


# --- text


def test_the_text_is_that_of_the_article() -> None:
    assert extract(page()).text == (
        "Le phare tient bon\n\nLe phare de Kerlouan reste allumé après la tempête, a confirmé la commune dimanche soir."
        "\n\nDeux techniciens dorment sur place. Ils changent la lanterne, qui date de 1954, avant les grandes marées."
    )


@pytest.mark.parametrize(
    "surrounding",
    [
        '<div id="cookie-banner"><p>Nous utilisons des cookies pour mesurer notre audience.</p></div>',
        "<p><strong>Lire aussi :</strong> <a href='/x'>Une digue cède à Brignogan</a></p>",
        "<p>À lire aussi : une digue cède à Brignogan</p>",
        "<p>Read also: a dyke breaks in Brignogan</p>",
        "<p>Inscrivez-vous à notre lettre du soir pour tout savoir.</p>",
        '<div class="newsletter-box"><p>Chaque soir, le résumé de la journée dans votre boîte.</p></div>',
        "<figure><img src='a.jpg'><figcaption>Le phare vu du port. Zoé Riou / Presse</figcaption></figure>",
        '<p class="wp-caption-text">Le phare vu du port</p>',
        "<p>Crédit photo : Zoé Riou / Presse</p>",
        '<p class="byline">Par Zoé Riou, à Kerlouan</p>',
        "<p>Par Zoé Riou et Ali Kerbrat</p>",
        '<div class="share-bar"><a href="#">Facebook</a> <a href="#">Envoyer à un ami</a></div>',
        "<p>Partager sur Facebook</p>",
        "<p>Publié le 3 février 2026 à 8 h 12</p>",
    ],
)
def test_lines_around_an_article_are_left_out(surrounding: str) -> None:
    plain = extract(page()).text
    assert extract(page(surrounding + BODY)).text == plain
    assert extract(page(BODY + surrounding)).text == plain


def test_comments_are_left_out() -> None:
    comments = '<section id="comments"><h3>3 commentaires</h3><div class="comment"><p>%s</p></div></section>'
    assert extract(page(after=comments % "Bravo aux techniciens, quel courage par ce temps de chien !")).text == (
        extract(page()).text
    )


def test_a_paragraph_that_mentions_a_newsletter_stays() -> None:
    sentence = "La mairie ferme sa newsletter, que 300 habitants recevaient."
    assert sentence in extract(page(f"{BODY}<p>{sentence}</p>")).text


def test_lists_and_quotes_survive() -> None:
    body = (
        f"{BODY}<ul><li>lampe neuve</li><li>vitre neuve</li></ul><ol><li>monter</li><li>visser</li></ol>"
        "<blockquote><p>« On tiendra », dit le gardien.</p></blockquote>"
    )
    text = extract(page(body)).text
    assert "lampe neuve\nvitre neuve\n\n1. monter\n2. visser\n\n« On tiendra », dit le gardien." in text


def test_an_embedded_post_survives() -> None:
    post = (
        '<blockquote class="twitter-tweet"><p lang="fr">Le phare brille, merci.</p>&mdash; Commune (@kerlouan_test) '
        '<a href="https://twitter.com/a/status/1">1 février 2026</a></blockquote>'
    )
    assert "Le phare brille, merci. — Commune (@kerlouan_test) 1 février 2026" in extract(page(BODY + post)).text


def test_a_row_of_a_table_names_its_columns() -> None:
    table = (
        '<table><tr><th rowspan="2">Phare</th><th colspan="2">Portée</th></tr><tr><th>1954</th><th>2026</th></tr>'
        "<tr><td>Kerlouan</td><td>20 milles</td><td>24 milles</td></tr>"
        "<tr><td>Pontusval</td><td>10 milles</td><td>11 milles</td></tr></table>"
    )
    assert (
        "Phare: Kerlouan; Portée 1954: 20 milles; Portée 2026: 24 milles\n"
        "Phare: Pontusval; Portée 1954: 10 milles; Portée 2026: 11 milles"
    ) in extract(page(BODY + table)).text


@pytest.mark.parametrize("content", [b"", b" \n", b"<html><body><div id=root></div><script>x()</script></body></html>"])
def test_a_page_without_text_is_empty(content: bytes) -> None:
    assert extract(content).empty


# --- encodings


@pytest.mark.parametrize(
    ("encoding", "declared", "charset"),
    [
        ("utf-8", "", None),
        ("utf-8-sig", "", None),
        ("cp1252", '<meta charset="iso-8859-1">', None),
        ("cp1252", "", "ISO-8859-1"),
        ("cp1252", "", None),
        ("utf-8", '<meta charset="iso-8859-1">', "utf-8"),
        ("utf-8", "", "no-such-charset"),
        ("cp1252", '<meta charset="utf-8">', None),
        ("iso-8859-15", '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15">', None),
        ("utf-16", "", None),
    ],
)
def test_a_page_is_decoded_as_browsers_do(encoding: str, declared: str, charset: str | None) -> None:
    content = page().decode().replace('<meta charset="utf-8">', declared).encode(encoding)
    assert "allumé après la tempête" in extract(content, charset=charset).text


def test_cyrillic_in_an_encoding_that_is_not_named_is_guessed() -> None:
    body = "<p>Маяк горит после бури, сообщила мэрия в воскресенье вечером. Два техника живут на месте.</p>"
    content = page(body * 2).decode().replace('<meta charset="utf-8">', "").replace("Mentions légales", "")
    assert "Маяк горит после бури" in extract(content.encode("cp1251", "ignore")).text


@pytest.mark.parametrize("control", ["\0", "\x01", "&#1;", "&#x1F;", "&#xFFFE;", "&#xD800;", "&#99999999;", "\ufffe"])
def test_control_characters_are_left_out(control: str) -> None:
    body = f"{BODY}<aside>{control}</aside>{control}<p>Le <b>gardien{control}</b> dort.</p><aside>x</aside>{control}"
    assert extract(page(body)).text == extract(page(body.replace(control, ""))).text


# --- fields


def test_fields_are_from_json_ld_first() -> None:
    data = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "Site"},
            {
                "@type": ["NewsArticle"],
                "headline": "Le phare &amp; la tempête",
                "datePublished": "2026-02-01T23:40:00+01:00",
                "dateModified": "2026-02-05T10:00:00+01:00",
                "author": [{"@type": "Person", "name": "Zoé Riou"}, {"name": "Ali Kerbrat"}],
                "publisher": {"@type": "Organization", "name": "Le Goéland"},
                "inLanguage": "br",
            },
        ],
    }
    head = (
        LD % json.dumps(data) + '<meta property="og:title" content="Autre titre"><meta name="author" content="X">'
        '<meta property="article:published_time" content="2026-01-01"><meta property="og:site_name" content="Autre">'
        '<link rel="canonical" href="/phare?utm_source=rss">'
    )
    found = extract(page(head=head), url="http://www.goeland.test/phare?fbclid=3")
    assert (found.title, found.author, found.published) == (
        "Le phare & la tempête",
        "Zoé Riou, Ali Kerbrat",
        date(2026, 2, 1),
    )
    assert (found.source, found.language, found.url) == ("Le Goéland", "fr", "https://goeland.test/phare")
    assert found.provenance == {
        "title": "JSON-LD",
        "author": "JSON-LD",
        "date": "JSON-LD",
        "source": "JSON-LD",
        "language": "<html lang>",
        "url": "rel=canonical",
    }


def test_meta_elements_are_next() -> None:
    head = (
        '<meta property="og:title" content="Le phare tient | Le Goéland"><meta name="author" content="Par Zoé Riou">'
        '<meta property="article:published_time" content="2026-02-01T08:00:00Z">'
        '<meta property="og:site_name" content="Le Goéland"><meta property="og:url" content="https://goeland.test/p/">'
    )
    found = extract(page(head=head))
    assert (found.title, found.author, found.published) == ("Le phare tient", "Zoé Riou", date(2026, 2, 1))
    assert (found.source, found.url) == ("Le Goéland", "https://goeland.test/p")
    assert (found.provenance["date"], found.provenance["source"]) == ("article:published_time", "og:site_name")


def test_the_time_of_an_article_is_its_date() -> None:
    found = extract(page('<p>Publié <time datetime="2026-02-01T08:00">hier</time></p>' + BODY))
    assert (found.published, found.provenance["date"]) == (date(2026, 2, 1), "<time>")


@pytest.mark.parametrize(
    "written",
    [
        "<p>Publié le 3 février 2026 à 10h - Mis à jour le 5 février 2026</p>",
        "<p>Par Zoé Riou · Publié le mardi 3 février 2026 · 4 min</p>",
        '<div class="article-date">3 février 2026</div>',
        "<div><time>3 février 2026, 10 h 05</time></div>",
        '<span class="pubDate">03/02/2026</span>',
        "<p>Par Zoé Riou | 3 février 2026 | 4 min</p>",
    ],
)
def test_a_date_that_a_page_writes_for_its_readers_is_read(written: str) -> None:
    found = extract(page(written + BODY))
    assert (found.published, found.provenance["date"]) == (date(2026, 2, 3), "text")


@pytest.mark.parametrize(
    ("head", "written"),
    [
        ('<meta property="article:modified_time" content="2026-02-05">', ""),
        ("", '<p class="event-date">12 mars 2026</p>'),
        ("", "<p>Mis à jour le 5 février 2026</p>"),
    ],
)
def test_the_date_of_an_update_or_an_event_is_not_that_of_a_page(head: str, written: str) -> None:
    assert extract(page(written + BODY, head=head)).published is None


@pytest.mark.parametrize("words", ["hier à 8 h", "il y a 2 jours", "yesterday", "2 days ago"])
def test_a_relative_date_is_not_the_date_of_a_page(words: str) -> None:
    body = f'<p class="date"><time>{words}</time></p><p class="published">{words}</p>{BODY}'
    assert extract(page(body)).published is None


def test_a_day_in_the_text_is_not_the_date_of_a_page() -> None:
    assert (
        extract(page(f"{BODY}<p>Le 3 mars 2019, la lanterne était tombée. On l'a su le 12/04/2019.</p>")).published
        is None
    )


def test_a_day_in_the_address_is_the_date_of_a_page_without_another() -> None:
    found = extract(page(), url="https://goeland.test/2026/02/03/phare.html")
    assert (found.published, found.provenance["date"]) == (date(2026, 2, 3), "address")


def test_the_time_of_another_article_is_not_the_date_of_a_page() -> None:
    aside = '<aside><ul><li><a href="/b">Autre</a> <time datetime="2026-01-15">15 janvier</time></li></ul></aside>'
    assert extract(page(before=aside)).published is None


def test_of_several_articles_in_json_ld_the_one_of_the_page_counts() -> None:
    data = [
        {"@type": "NewsArticle", "headline": "Autre", "datePublished": "2020-01-01", "url": "https://goeland.test/b"},
        {"@type": "NewsArticle", "headline": "Phare", "datePublished": "2026-02-01", "url": "https://goeland.test/a"},
    ]
    found = extract(page(head=LD % json.dumps(data)), url="https://goeland.test/a")
    assert (found.title, found.published) == ("Phare", date(2026, 2, 1))


@pytest.mark.parametrize(
    "script", ["{", "[1, 2, null]", '{"@graph": {"@type": 3}}', "[" * 5000, '{"@type": "Article"}']
)
def test_a_bad_script_is_skipped(script: str) -> None:
    assert extract(page(head=LD % script)).title == "Le phare tient bon"


def test_a_wrong_canonical_link_to_the_front_page_is_not_followed() -> None:
    head = '<link rel="canonical" href="https://goeland.test/">'
    assert extract(page(head=head), url="https://goeland.test/a/b").url == "https://goeland.test/a/b"


def test_a_page_that_a_browser_saved_names_its_address() -> None:
    saved = page().replace(b"<html", b"<!-- saved from url=(0031)https://www.goeland.test/phare/ --><html", 1)
    assert extract(saved).url == "https://goeland.test/phare"


def test_a_page_for_subscribers_says_so() -> None:
    data = {"@type": "NewsArticle", "headline": "x", "isAccessibleForFree": "False"}
    assert extract(page(head=LD % json.dumps(data))).paywalled
    assert not extract(page()).paywalled


# --- live blogs

UPDATES = "".join(
    f'<article id="m{hour}"><time datetime="2026-02-0{day}T{hour}:05:00+01:00">{hour} h 05</time><h3>Point {hour}</h3>'
    f"<p>Le vent souffle à {hour}0 km/h sur la pointe, selon la préfecture.</p>"
    '<div class="share">Partager</div></article>'
    for day, hour in ((3, 10), (3, 12), (4, 11))
)
LIVE = f'<html lang="fr"><head><link rel="canonical" href="https://goeland.test/direct"></head><body><main>{UPDATES}</main>'


def test_an_entry_of_a_live_blog_is_an_article() -> None:
    entries = extract(LIVE.encode()).entries
    assert [(entry.title, entry.published, entry.url) for entry in entries] == [
        ("Point 10", date(2026, 2, 3), "https://goeland.test/direct#m10"),
        ("Point 12", date(2026, 2, 3), "https://goeland.test/direct#m12"),
        ("Point 11", date(2026, 2, 4), "https://goeland.test/direct#m11"),
    ]
    assert entries[0].text == "Point 10\n\nLe vent souffle à 100 km/h sur la pointe, selon la préfecture."
    assert entries[0].provenance["date"] == "<time>"


def test_the_data_of_a_live_blog_gives_its_entries() -> None:
    updates = [
        {
            "@type": "BlogPosting",
            "headline": "Pont fermé",
            "datePublished": "2026-02-04T09:00:00Z",
            "articleBody": "<p>Le pont ferme.</p><p>Il rouvrira mardi.</p>",
            "url": "https://goeland.test/direct#u1",
        },
        {
            "@type": "BlogPosting",
            "datePublished": "2026-02-04T10:30:00Z",
            "articleBody": "Le bac &amp; le train aussi.",
        },
        {"@type": "BlogPosting", "articleBody": ""},
    ]
    data = {"@type": "LiveBlogPosting", "headline": "Tempête", "liveBlogUpdate": updates}
    entries = extract(page("", head=LD % json.dumps(data)), url="https://goeland.test/direct").entries
    assert [(entry.title, entry.text, entry.url) for entry in entries] == [
        ("Pont fermé", "Le pont ferme.\n\nIl rouvrira mardi.", "https://goeland.test/direct#u1"),
        ("Tempête (10:30)", "Le bac & le train aussi.", "https://goeland.test/direct#20260204T103000Z"),
    ]


def test_a_list_of_articles_is_no_live_blog() -> None:
    teaser = '<article><h2><a href="/%d">Au port</a></h2><time datetime="2026-02-03">3</time><p>%s</p></article>'
    body = "".join(teaser % (n, "Le port rouvre ses quais au public ce samedi matin.") for n in range(4))
    assert extract(f"<html><body><main>{body}</main></body></html>".encode()).entries == ()


# --- files


@pytest.mark.parametrize("name", ["a.html", "a.HTM", "a.xhtml", "a.txt", "a.md", "a.csv", "a.pdf", "dump.jsonl"])
def test_a_page_is_read_whatever_its_name_says(tmp_path: Path, name: str) -> None:
    (item,) = items(tmp_path, page(), name)
    assert isinstance(item, RawArticle)
    assert (item.title, item.name, origin(item)) == ("Le phare tient bon", f"presse/{name}", str(tmp_path / name))


def test_an_entry_of_a_live_blog_keeps_the_name_of_its_file(tmp_path: Path) -> None:
    found = [item for item in items(tmp_path, LIVE.encode()) if isinstance(item, RawArticle)]
    assert [item.name for item in found] == ["presse/a.html:1", "presse/a.html:2", "presse/a.html:3"]
    assert {file_of(origin(item)) for item in found} == {tmp_path / "a.html"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html><body></body></html>", "no text of an article in this page: if scripts load it, save the page from a"),
        (b"<html>" + b"<div>" * 1_000_000, "more than 60000 elements, too many for a page"),
        (b"<html>" + b" " * MAX_BYTES, "more than 10 MB, too large for a page"),
        (b"<html>" + b"<div>" * 50_000 + b"x", "no text of an article"),
    ],
)
def test_a_page_that_cannot_be_read_is_a_problem_within_seconds(tmp_path: Path, content: bytes, message: str) -> None:
    start = time.process_time()
    (item,) = items(tmp_path, content)
    assert isinstance(item, Problem)
    assert item.message.startswith(f"{tmp_path}/a.html: {message}")
    assert time.process_time() - start < 5


def test_a_page_of_many_small_articles_takes_no_quadratic_time() -> None:
    start = time.process_time()
    extract(b"<html><body>" + b"<article><p>un</p>" * 5000)
    assert time.process_time() - start < 5


def test_a_page_over_the_limit_raises_an_error_without_a_place() -> None:
    with pytest.raises(ArticleError, match=r"^more than 10 MB"):
        extract(b" " * (MAX_BYTES + 1))


def test_a_page_has_no_fields_that_it_does_not_state() -> None:
    found = extract(f"<html><body>{BODY}</body></html>".encode())
    assert found == Page(found.text, None, None, None, None, None, None, {})


def test_where_the_fields_of_a_page_were_found_is_kept_in_the_archive(tmp_path: Path) -> None:
    page = (
        "<html lang=fr><head><title>Le port</title><meta property='article:published_time' content='2026-02-01'></head>"
        "<body><article><h1>Le port</h1><p>Le port de Brest rouvre lundi après huit mois de travaux, a dit le maire. "
        "Les pêcheurs reviennent et la criée reprend.</p></article></body></html>"
    )
    with Catalog.open(build_archive(tmp_path, {"port.html": page})) as catalog:
        (article_id,) = catalog.fingerprints()
        assert catalog.provenance(article_id)["date"] == "article:published_time"
