"""Fields at the head of a document."""

from datetime import date
from pathlib import Path

import pytest

from tests.index.read.reading import article

_BODY = "La halle de Vernes rouvre en mai."
_DATE = date(2026, 4, 5)


def _written(fields: str) -> str:
    return f"---\n{fields}\ndate: 2026-04-05\n---\n{_BODY}"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title: Vernes : la halle rouvre", "Vernes : la halle rouvre"),
        ("title: « Enfin » : Vernes: la halle", "« Enfin » : Vernes: la halle"),
        ('title: "Vernes" rouvre', '"Vernes" rouvre'),
        ('title: "Vernes : la halle"', "Vernes : la halle"),
        ("title: 'L''halle'", "L'halle"),
        ("title: L'halle 'neuve'", "L'halle 'neuve'"),
        ("title: 12 % de plus", "12 % de plus"),
        ("title: % de hausse", "% de hausse"),
        ("title: @vernes répond", "@vernes répond"),
        ("title: *enfin* ouverte", "*enfin* ouverte"),
        ("title: [Vidéo] La halle", "[Vidéo] La halle"),
        ("title: {urgent} La halle", "{urgent} La halle"),
        ("title: La halle #1", "La halle #1"),
        ("title: La halle # à relire", "La halle"),
        ("title:\tLa halle", "La halle"),
        ("Title: La halle", "La halle"),
        ("TITRE: La halle", "La halle"),
        ("headline: La halle", "La halle"),
        ("title: >\n  La halle\n  rouvre", "La halle rouvre"),
        ("title: La halle\n  rouvre", "La halle rouvre"),
        ("# du CMS\n\ntitle: La halle", "La halle"),
        ("tags:\n\t- halle\n\t- ville\ntitle: La halle", "La halle"),
        ("tags:\n- halle\n- ville\ntitle: La halle", "La halle"),
        ("seo:\n  title: Autre\ntitle: La halle", "La halle"),
        ("title: Un\ntitle: Deux", "Deux"),
        ("title:La halle", "La halle"),
        ("title: !!str La halle", "La halle"),
        ("title:", None),
        ("title: ~", None),
        ("title: null", None),
        ('title: "\\"Enfin\\" : la halle"', '"Enfin" : la halle'),
    ],
)
def test_a_title_is_read_as_its_author_meant_it(tmp_path: Path, line: str, title: str | None) -> None:
    read_as = article(tmp_path, _written(line), "a.md")
    assert (read_as.title, read_as.published, read_as.text) == (title, _DATE, _BODY)
    assert read_as.warnings == ()


@pytest.mark.parametrize(
    "fields",
    [
        '---json\n{"title": "La halle", "date": "2026-04-05"}\n---',
        ';;;\n{"title": "La halle", "date": "2026-04-05"}\n;;;',
        "---yaml\ntitle: La halle\ndate: 5 avril 2026\n---",
        '---toml\ntitle = "La halle"\ndate = 2026-04-05\n---',
        "**Titre :** La halle\n**Date :** 5 avril 2026\n",
        "# La halle\n\n*Publié le 5 avril 2026 à 10h par Ana Mora*\n",
        "# La halle\n\nPar Ana Mora | 5 avril 2026\n",
        "# La halle\n\n5 avril 2026\n",
    ],
)
def test_fields_have_many_forms(tmp_path: Path, fields: str) -> None:
    read_as = article(tmp_path, f"{fields}\n{_BODY}", "a.md")
    assert (read_as.title, read_as.published, read_as.text.split("\n")[-1]) == ("La halle", _DATE, _BODY)


def test_a_chronology_has_no_date_of_publication(tmp_path: Path) -> None:
    source = f"5 avril 2026\n{_BODY}\n6 avril 2026\nLa place suit."
    read_as = article(tmp_path, source, "a.txt")
    assert (read_as.published, read_as.text) == (None, source)


@pytest.mark.parametrize("head", ["date 5 avril 2026 ", "date 05.04.2026 ", "Date : 5 avril 2026\n"])
def test_a_date_before_a_text_is_its_date(tmp_path: Path, head: str) -> None:
    read_as = article(tmp_path, head + _BODY, "a.txt")
    assert (read_as.published, read_as.text) == (_DATE, _BODY)


def test_a_date_before_a_text_that_is_none_is_a_warning(tmp_path: Path) -> None:
    read_as = article(tmp_path, f"Date: 31/02/2026\n{_BODY}", "a.txt")
    assert (read_as.published, read_as.text, len(read_as.warnings)) == (None, _BODY, 1)


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("author: @vernes", "@vernes"),
        ("authors: [Ada L., Bo M.]", "Ada L., Bo M."),
        ("authors:\n  - Ada L.\n  - Bo M.", "Ada L., Bo M."),
        ("author:\n  name: Ada L.\n  mail: a@b.test", "Ada L."),
        ("author: {name: Ada L.}", "Ada L."),
        ("authors:\n  - name: Ada L.\n  - name: Bo M.", "Ada L., Bo M."),
        ("byline: Par Ada L.", "Ada L."),
        ("author: null", None),
    ],
)
def test_an_author_is_a_name_a_list_or_an_object(tmp_path: Path, line: str, author: str | None) -> None:
    assert article(tmp_path, _written(line), "a.md").author == author


@pytest.mark.parametrize(
    "content",
    [
        "\n \n---\ntitle: La halle\ndate: 2026-04-05\n---\n" + _BODY,
        "---\ntitle: La halle\ndate: 2026-04-05\n...\n" + _BODY,
        "\ufeff---\r\ntitle: La halle\r\ndate: 2026-04-05\r\n---\r\n" + _BODY,
        '+++\ntitle = "La halle"\ndate = 2026-04-05T08:00:00+02:00\n[params]\na = 1\n+++\n\n' + _BODY,
        "+++\ntitle = 'La halle'\ndate = 2026-04-05\ntags = ['a']\n+++\n" + _BODY,
        '{\n "title": "La halle",\n "date": "2026-04-05"\n}\n\n' + _BODY,
        "Title: La halle\nDate: 2026-04-05\n\n" + _BODY,
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_front_matter_has_several_forms(tmp_path: Path, content: str, name: str) -> None:
    read_as = article(tmp_path, content, name)
    assert (read_as.title, read_as.published, read_as.text) == ("La halle", _DATE, _BODY)


@pytest.mark.parametrize(
    ("content", "warning", "title"),
    [
        ("---\ntitle: La halle\nTexte", "1: front matter is not closed: end it with a line of ---", "La halle"),
        ("---\ntitle: La halle\n--- fin", "1: front matter is not closed: end it with a line of ---", "La halle"),
        ("+++\ntitle = La halle\n+++\nTexte", "2: front matter is not TOML: ", "La halle"),
        ("---\ntitle: La halle\ntags:\n  - a\n b: [\n---\nTexte", "3: 'tags' is not YAML: read as it is", "La halle"),
        ("---\ntitle: La halle\ndate: 2026-13-01\n---\nTexte", "3: date '2026-13-01' is not a date", "La halle"),
        ("---\ntitle: La halle\nDatum: hier\n---\nTexte", "3: date 'hier' is not a date: write YYYY-MM-DD", "La halle"),
        ("---\ntitle: {a: b}\n---\nTexte", "2: 'title' is not a string", None),
        ("---\ntitle: La halle\nlang: klingonais\n---\nTexte", "3: language 'klingonais' is not a code", "La halle"),
        ("date 2026-02-30 Texte", "1: date '2026-02-30' is not a date: there is no such day", None),
        (
            "---\ntitle: La halle\ndate: 2026-02\n---\nTexte",
            "3: date '2026-02' has no day: read as 2026-02-01",
            "La halle",
        ),
    ],
)
def test_what_is_not_understood_is_named_with_its_line_and_the_rest_is_read(
    tmp_path: Path, content: str, warning: str, title: str | None
) -> None:
    read_as = article(tmp_path, content, "a.md")
    (message,) = read_as.warnings
    assert message.startswith(f"{tmp_path}/a.md:{warning}")
    assert read_as.title == title
    assert read_as.text in ("Texte", "--- fin")


@pytest.mark.parametrize("content", ["---\nLa halle rouvre.\n---\nFin.", "---\n- un\n- deux\n---\nFin.", "---\n\nFin."])
def test_text_between_lines_is_text(tmp_path: Path, content: str) -> None:
    read_as = article(tmp_path, content, "a.txt")
    assert "Fin." in read_as.text
    assert ("halle" in read_as.text) == ("halle" in content)


@pytest.mark.parametrize("fields", [f"a: {'[' * 3000}", f"a: {'[' * 3000}{']' * 3000}", "a: &x [*x]", "!!python/x: 1"])
def test_hostile_front_matter_does_not_stop_the_article(tmp_path: Path, fields: str) -> None:
    read_as = article(tmp_path, f"---\n{fields}\ntitle: La halle\n---\n{_BODY}", "a.md")
    assert (read_as.title, read_as.text) == ("La halle", _BODY)


@pytest.mark.parametrize(
    "head",
    [
        "date 2026-04-05 ",
        "Date: 2026-04-05\n",
        "date 5 avril 2026\n",
        "Publié le 05/04/2026 à 18h05\n\n",
        "Published on April 5, 2026\n",
        "Veröffentlicht am 5. April 2026\n",
        "Publicado el 5 de abril de 2026\n",
    ],
)
def test_a_date_at_the_head_of_a_text_is_its_date(tmp_path: Path, head: str) -> None:
    read_as = article(tmp_path, head + _BODY, "a.txt")
    assert (read_as.title, read_as.published, read_as.text) == (None, _DATE, _BODY)


@pytest.mark.parametrize(
    ("content", "title", "text"),
    [
        ("# La halle\n\n*Publié le 5 avril 2026*\n\nElle rouvre.", "La halle", "La halle\n\nElle rouvre."),
        ("Par Ada L.\nPublié le 05/04/2026 à 9h\n\nElle rouvre.", None, "Par Ada L.\n\nElle rouvre."),
        ("---\ntitle: La halle\n---\nPublié le 5 avril 2026\n\nElle rouvre.", "La halle", "Elle rouvre."),
    ],
)
def test_a_line_that_says_when_a_text_was_published_may_follow_its_title(
    tmp_path: Path, content: str, title: str | None, text: str
) -> None:
    read_as = article(tmp_path, content, "a.md" if title else "a.txt")
    assert (read_as.title, read_as.published, read_as.text) == (title, _DATE, text)


def test_the_date_of_a_change_is_not_that_of_publication(tmp_path: Path) -> None:
    assert article(tmp_path, "Mis à jour le 5 avril 2026\nLa halle rouvre.", "a.txt").published is None


@pytest.mark.parametrize(
    "text",
    ["Date clé : la halle rouvre en mai.", "Publié le mois dernier, le livre plaît.", "Titre : champion de France"],
)
def test_a_sentence_at_the_head_of_a_text_is_text(tmp_path: Path, text: str) -> None:
    assert article(tmp_path, text, "a.txt").text == text


@pytest.mark.parametrize("number", ["9" * 5000, "0x" + "f" * 5000])
def test_a_number_of_thousands_of_digits_does_not_hide_an_article(tmp_path: Path, number: str) -> None:
    found = article(tmp_path, f"+++\ntitle = {number}\ndate = 2026-04-05\n+++\n{_BODY}", "a.md")
    assert (found.text, found.published) == (_BODY, _DATE)
