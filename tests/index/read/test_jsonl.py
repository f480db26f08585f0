"""Articles in JSON as other programs write them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.read.article import Problem
from tests.index.read.reading import article, articles, items

_TEXT = "La halle de Vernes rouvre en mai."
_DAY = date(2026, 4, 5)


def _read(folder: Path, **record: Any) -> Any:
    return article(folder, json.dumps(record), "a.jsonl")


@pytest.mark.parametrize(
    "name",
    "text content body articleBody article_body fullText full_text maintext content_text content:encoded Body".split(),
)
def test_a_text_has_many_names(tmp_path: Path, name: str) -> None:
    assert _read(tmp_path, **{name: _TEXT, "description": "Un résumé."}).text == _TEXT


@pytest.mark.parametrize(
    "name",
    "date published published_at publishedAt datePublished date_published pubDate pub_date publication_date "
    "publish_date date_publish webPublicationDate seendate article:published_time dc:date DATE".split(),
)
def test_a_date_of_publication_has_many_names(tmp_path: Path, name: str) -> None:
    read_as = _read(tmp_path, text=_TEXT, **{name: "2026-04-05T08:00:00Z", "updated_at": "2026-05-01"})
    assert (read_as.published, read_as.warnings, read_as.unknown) == (_DAY, (), ())


@pytest.mark.parametrize(
    "name", "event_date indexed_at crawled_at scrapedAt date_download dateModified updated lastmod start_date".split()
)
def test_another_date_is_not_that_of_publication(tmp_path: Path, name: str) -> None:
    assert _read(tmp_path, text=_TEXT, **{name: "2026-04-05"}).published is None


def test_a_date_of_creation_is_a_last_resort_and_named(tmp_path: Path) -> None:
    read_as = _read(tmp_path, text=_TEXT, created_at="2026-04-05")
    assert read_as.published == _DAY
    assert read_as.warnings == (f"{tmp_path}/a.jsonl: no date of publication: 'createdat' was taken for it",)


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        ({"headline": "La halle"}, "title", "La halle"),
        ({"title": {"rendered": "La <em>halle</em>"}}, "title", "La halle"),
        ({"headline": {"main": "La halle", "kicker": None}}, "title", "La halle"),
        ({"title": 2026}, "title", "2026"),
        ({"link": "https://a.test/1"}, "url", "https://a.test/1"),
        ({"mainEntityOfPage": {"@id": "https://a.test/1"}}, "url", "https://a.test/1"),
        ({"id": "https://a.test/1"}, "url", "https://a.test/1"),
        ({"id": 17}, "url", None),
        ({"author": {"name": "Ada L."}}, "author", "Ada L."),
        ({"authors": [{"name": "Ada L."}, {"name": "Bo M."}]}, "author", "Ada L., Bo M."),
        ({"author": ["Ada L.", None, "Bo M."]}, "author", "Ada L., Bo M."),
        ({"byline": {"original": "By Ada L."}}, "author", "Ada L."),
        ({"publisher": {"@type": "Organization", "name": "Le Phare"}}, "source", "Le Phare"),
        ({"source": {"id": None, "name": "Le Phare"}}, "source", "Le Phare"),
        ({"source": "null", "site_name": "Le Phare"}, "source", "Le Phare"),
        ({"source": "https://a.test/1", "hostname": "a.test"}, "source", "a.test"),
        ({"source": "https://a.test/1", "hostname": "a.test"}, "url", "https://a.test/1"),
        ({"inLanguage": "fr-FR"}, "language", "fr"),
        ({"lang": "French"}, "language", "fr"),
        ({"date": {"$date": "2026-04-05T08:00:00Z"}}, "published", _DAY),
        ({"date": {"$date": {"$numberLong": "1775376000000"}}}, "published", _DAY),
        ({"date": 1775376000}, "published", _DAY),
        ({"date": 20260405}, "published", _DAY),
        ({"date": "05/04/2026", "language": "fr"}, "published", _DAY),
        ({"date": "04/05/2026", "language": "en-US"}, "published", _DAY),
        ({"published": "2026-04-05", "date": None}, "published", _DAY),
        ({"title": "", "headline": "La halle"}, "title", "La halle"),
        ({"author": "N/A"}, "author", None),
        ({"author": []}, "author", None),
        ({"author": 7}, "author", None),
    ],
)
def test_fields_of_other_programs_are_understood(tmp_path: Path, record: Any, field: str, value: object) -> None:
    read_as = _read(tmp_path, text=_TEXT, **record)
    assert getattr(read_as, field) == value
    assert read_as.warnings == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (["Un.", "Deux."], "Un.\n\nDeux."),
        ([{"type": "p", "text": "Un."}, {"text": "Deux."}], "Un.\n\nDeux."),
        ({"rendered": "<p>Un.</p>\n<p>Deux.</p>\n"}, "Un.\n\nDeux."),
        ([{"type": "text/html", "value": "<p>Un.</p><p>Deux.</p>"}], "Un.\n\nDeux."),
        ("Un.\tDeux.", "Un. Deux."),
    ],
)
def test_a_text_may_be_a_list_or_an_object(tmp_path: Path, text: object, expected: str) -> None:
    assert _read(tmp_path, text=text).text == expected


@pytest.mark.parametrize(
    "record",
    [
        {
            "response": {
                "results": [{"webTitle": "H", "webPublicationDate": "2026-04-05", "fields": {"bodyText": "Un."}}]
            }
        },
        {"page_content": "Un.", "metadata": {"title": "H", "date": "2026-04-05"}},
        {"article": {"title": "H", "text": "Un.", "date": "2026-04-05"}},
        {
            "feed": {
                "entry": [{"title": {"#text": "H"}, "content": {"#text": "Un."}, "published": {"$t": "2026-04-05"}}]
            }
        },
        {"title": "H", "blocks": [{"text": "Un."}], "published": {"date": "2026-04-05", "time": "10:00"}},
        {"title": "H", "article": "Un.", "year": 2026, "month": 4, "day": 5},
        {"标题": "H", "正文": "Un.", "日期": "2026-04-05"},
        {"Überschrift": "H", "Text": "Un.", "Erscheinungsdatum": "5. April 2026"},
    ],
)
def test_fields_within_other_objects_are_found(tmp_path: Path, record: Any) -> None:
    read_as = article(tmp_path, json.dumps(record), "a.json")
    assert (read_as.title, read_as.text, str(read_as.published)) == ("H", "Un.", "2026-04-05")
    assert (read_as.warnings, read_as.unknown) == ((), ())


def test_a_description_is_the_text_if_there_is_no_other(tmp_path: Path) -> None:
    assert _read(tmp_path, title="La halle", description=_TEXT, content=None).text == _TEXT


def test_a_text_that_was_cut_off_is_named(tmp_path: Path) -> None:
    read_as = _read(tmp_path, content=f"{_TEXT} Le maire… [+2345 chars]")
    assert read_as.text == f"{_TEXT} Le maire"
    assert read_as.warnings == (f"{tmp_path}/a.jsonl: texts are cut off: '[+… chars]' at their end was removed",)


def test_an_article_of_newsqa_is_read_again(tmp_path: Path) -> None:
    record: dict[str, Any] = {
        "id": "8c87e97f427e4982",
        "title": "La halle",
        "language": "fr",
        "published": "2026-04-05",
        "source": None,
        "outlet": "halle.md",
        "author": None,
        "url": None,
        "characters": 33,
        "version": "ab12",
        "versions": [],
        "provenance": {},
        "text": _TEXT,
        "passages": ["a:0-33"],
    }
    read_as = _read(tmp_path, **record)
    assert (read_as.title, read_as.published, read_as.source, read_as.language) == ("La halle", _DAY, None, "fr")
    assert (read_as.warnings, read_as.unknown) == ((), ())


def test_unknown_fields_are_listed_and_common_ones_are_not(tmp_path: Path) -> None:
    assert _read(tmp_path, text=_TEXT, tags=["a"], id=3, ville="Vernes", image="a.png").unknown == ("ville",)


@pytest.mark.parametrize(
    ("record", "warning"),
    [
        ({"title": True}, "'title' is not a string"),
        ({"author": {"mail": "a@b.test"}}, "'author' is not a string"),
        ({"date": "demain"}, "date 'demain' is not a date: write YYYY-MM-DD"),
        ({"language": "x"}, "language 'x' is not a code such as fr or pt-BR, or a name such as French"),
    ],
)
def test_a_field_that_is_not_understood_is_left_out_with_a_warning(tmp_path: Path, record: Any, warning: str) -> None:
    read_as = _read(tmp_path, text=_TEXT, **record)
    assert (read_as.text, read_as.warnings) == (_TEXT, (f"{tmp_path}/a.jsonl:1: {warning}",))


# --- the form of the file

_TWO = [{"text": "Un."}, {"text": "Deux."}]


@pytest.mark.parametrize(
    "content",
    [
        '{"text": "Un."}\n{"text": "Deux."}\n',
        '\ufeff{"text": "Un."}\r\n\r\n{"text": "Deux."}',
        '{"text": "Un."},\n{"text": "Deux."},\n',
        '{"text": "Un.", }\n{"text": "Deux.", "n": [1, ], "score": NaN}\n',
        json.dumps(_TWO),
        json.dumps(_TWO, indent=1),
        json.dumps({"articles": _TWO}),
        json.dumps({"status": "ok", "totalResults": 2, "articles": _TWO}, indent=2),
        json.dumps({"response": {"status": "ok", "results": _TWO}}),
        json.dumps({"title": "Le Phare", "description": "Un fil", "items": _TWO}),
        json.dumps({"data": {"items": _TWO}}),
        json.dumps({"hits": {"total": 2, "hits": [{"_id": 1, "_source": each} for each in _TWO]}}),
        json.dumps({"@context": "https://schema.org", "@graph": _TWO}),
        "\n".join(json.dumps(each, indent=2) for each in _TWO),
        "[\n" + ",\n".join(map(json.dumps, _TWO)) + ",\n]",
        "[\n" + json.dumps(_TWO[0]) + "\n,\n" + json.dumps(_TWO[1]) + "\n]\n",
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "A.JSON"])
def test_articles_are_lines_or_items(tmp_path: Path, content: str, name: str) -> None:
    assert [item.text for item in articles(tmp_path, content, name)] == ["Un.", "Deux."]


def test_items_of_a_list_have_names_of_their_own(tmp_path: Path) -> None:
    assert [item.name for item in articles(tmp_path, json.dumps(_TWO), "a.json")] == ["a.json:1", "a.json:2"]


def test_one_object_is_an_article(tmp_path: Path) -> None:
    assert article(tmp_path, json.dumps({"title": "La halle", "text": _TEXT}, indent=1), "a.json").title == "La halle"


def test_articles_may_be_named_by_their_ids(tmp_path: Path) -> None:
    read_as = articles(tmp_path, '{"a1": {"text": "Un."}, "a2": {"text": "Deux."}}', "a.json")
    assert [each.text for each in read_as] == ["Un.", "Deux."]


def test_a_damaged_item_is_named_with_its_line_and_the_others_are_read(tmp_path: Path) -> None:
    content = '{\n "text": "Un."\n}\n{\n "text": "Deux"\n "n": 1\n}\n{\n "text": "Trois."\n}'
    first, second, third = items(tmp_path, content, "a.json")
    assert isinstance(second, Problem)
    assert second.message == f"{tmp_path}/a.json:6: not JSON: Expecting ',' delimiter"
    assert [item.text for item in (first, third) if not isinstance(item, Problem)] == ["Un.", "Trois."]


def test_a_file_that_ends_in_a_string_is_named_with_a_whole_reason(tmp_path: Path) -> None:
    (problem,) = items(tmp_path, '{"text": "Un', "a.jsonl")
    assert isinstance(problem, Problem)
    assert problem.message == f"{tmp_path}/a.jsonl:1: not JSON: Unterminated string"


def test_an_item_without_text_is_named_by_its_number(tmp_path: Path) -> None:
    _, problem = items(tmp_path, json.dumps([{"text": "Un."}, {"title": "Deux"}]), "a.json")
    assert isinstance(problem, Problem)
    assert problem.message == f"{tmp_path}/a.json: article 2: no text: name the field 'text', 'content' or 'body'"


@pytest.mark.parametrize("content", ['{"name": "paquet", "description": "Un outil"}', '{"a": {"b": 1}}', '[{"a": 1}]'])
def test_an_object_without_articles_is_one_problem(tmp_path: Path, content: str) -> None:
    (problem,) = items(tmp_path, content, "a.json")
    assert isinstance(problem, Problem)
    assert problem.message == (
        f"{tmp_path}/a.json: no articles: no object has a text: name the field 'text', 'content' or 'body'"
    )


@pytest.mark.parametrize("content", ["[" * 100_000, '[{"text": "' + "é" * 10, "nul", "[[[[[[[[1]]]]]]]]"])
def test_json_that_is_damaged_or_too_deep_is_a_problem(tmp_path: Path, content: str) -> None:
    (problem,) = items(tmp_path, content, "a.json")
    assert isinstance(problem, Problem)


@pytest.mark.parametrize(
    ("others", "published"),
    [
        (["13/02/2026", "28/02/2026"], "2026-04-03"),
        (["02/13/2026"], "2026-03-04"),
        (["13/02/2026", "02/13/2026"], "None"),
    ],
)
def test_other_dates_of_the_file_decide_between_day_and_month(
    tmp_path: Path, others: list[str], published: str
) -> None:
    lines = [json.dumps({"text": _TEXT, "date": day}) for day in ["03/04/2026", *others]]
    first, *_ = articles(tmp_path, "\n".join(lines), "a.jsonl")
    assert str(first.published) == published


def test_a_date_with_two_readings_is_not_guessed(tmp_path: Path) -> None:
    read_as = _read(tmp_path, text=_TEXT, date="03/04/2026")
    assert read_as.published is None
    assert read_as.unclear_date.warning == (
        f"{tmp_path}/a.jsonl:1: date '03/04/2026' is ambiguous: 2026-04-03 or 2026-03-04: write YYYY-MM-DD"
    )


def test_a_date_at_the_head_of_a_text_is_used_if_there_is_no_other(tmp_path: Path) -> None:
    head = f"Publié le 05/04/2026 à 18h05\n{_TEXT}"
    assert (_read(tmp_path, text=head).published, _read(tmp_path, text=head).text) == (_DAY, _TEXT)
    assert str(_read(tmp_path, text=head, date="2026-04-06").published) == "2026-04-06"
