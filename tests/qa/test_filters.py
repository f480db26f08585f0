"""Values of a filter are matched as people write them; one that matches nothing is an error."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index import facets
from index.errors import FilterError
from index.local.archive import LocalArchive
from index.types import Facets, Filter
from qa.ask import Asker
from qa.filters import resolve
from tests.fakes import HashEmbedder, app_of, build_archive, identifier, index_paths, write_files

_FACETS = Facets(
    articles=9,
    published_from=None,
    published_to=None,
    languages={"fr": 5, "en": 2, "zh": 1, "no": 1},
    sources={"L’Écho": 3, "Le Monde": 2, "Saint-Nazaire Info": 1, "Œuvres, le journal": 1, "L'Echo": 1, "新闻报": 1},
)
_ARTICLES = {
    "piscine.md": "---\nsource: L’Écho\nlanguage: fr\n---\nLa piscine municipale ferme en juin.\n",
    "pool.md": "---\nsource: The Courier\nlanguage: en\n---\nThe municipal pool closes in June.\n",
}


def _sources(*values: str) -> tuple[str, ...]:
    return resolve(Filter(sources=values), _FACETS).sources


def _languages(*values: str) -> tuple[str, ...]:
    return resolve(Filter(languages=values), _FACETS).languages


@pytest.mark.parametrize("value", ["l'écho", "L’ÉCHO", "  L` echo ", "L'E\u0301cho", "l‑echo"])
def test_an_outlet_is_found_whatever_its_case_accents_apostrophes_and_spaces(value: str) -> None:
    assert _sources(value) == ("L’Écho", "L'Echo")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("saint – nazaire info", "Saint-Nazaire Info"),
        ("oeuvres, le JOURNAL", "Œuvres, le journal"),
        ("新闻报", "新闻报"),
    ],
)
def test_dashes_ligatures_and_a_comma_in_a_name_do_not_matter(value: str, name: str) -> None:
    assert _sources(value) == (name,)


@pytest.mark.parametrize("value", ["fr", "FR", "fr-FR", "fr_CA", "French", "français", "francais", " Français "])
def test_a_language_is_found_by_code_region_and_name(value: str) -> None:
    assert _languages(value) == ("fr",)


@pytest.mark.parametrize(("value", "code"), [("中文", "zh"), ("zh-Hans-CN", "zh"), ("nb", "no"), ("Bokmål", "no")])
def test_a_language_is_found_by_its_own_name_and_its_other_codes(value: str, code: str) -> None:
    assert _languages(value) == (code,)


def test_a_value_may_be_a_list_with_commas() -> None:
    assert _languages("fr, English") == ("fr", "en")
    assert _languages("fr", "en,fr") == ("fr", "en")
    assert _sources("Le Monde, Saint-Nazaire Info") == ("Le Monde", "Saint-Nazaire Info")


def test_blank_values_are_ignored() -> None:
    assert resolve(Filter(languages=("", "fr,"), sources=(" ",)), _FACETS) == Filter(languages=("fr",))


@pytest.mark.parametrize(
    ("filters", "field", "message"),
    [
        (Filter(languages=("de",)), "languages", "no article has the language 'de': the archive has fr, en, zh, no"),
        (Filter(languages=("fr,xx",)), "languages", "no article has the language 'xx'"),
        (
            Filter(sources=("Le Globe",)),
            "sources",
            "no article has the outlet 'Le Globe': the archive has L’Écho, Le M",
        ),
        (Filter(sources=("Le Monde, Le Globe",)), "sources", "no article has the outlet 'Le Globe'"),
        (Filter(sources=("!",)), "sources", "no article has the outlet '!'"),
    ],
)
def test_a_value_that_matches_nothing_is_an_error_that_says_which_there_are(
    filters: Filter, field: str, message: str
) -> None:
    with pytest.raises(FilterError, match="no article has") as error:
        resolve(filters, _FACETS)
    assert (error.value.field, str(error.value)[: len(message)]) == (field, message)


def test_an_error_lists_the_most_frequent_values_and_is_bounded() -> None:
    outlets = {f"Outlet {number}": 500 - number for number in range(400)}
    with pytest.raises(FilterError) as error:
        resolve(Filter(sources=("é" * 5000,)), Facets(9, None, None, {}, outlets))
    assert str(error.value).endswith("Outlet 10, Outlet 11 and 388 more")
    assert len(str(error.value)) < 400


def test_in_an_archive_without_outlets_the_error_says_so() -> None:
    with pytest.raises(FilterError, match="the archive has none: leave the filter out"):
        resolve(Filter(sources=("Le Monde",)), Facets(9, None, None, {"fr": 9}, {}))


def test_in_an_empty_archive_every_value_is_accepted() -> None:
    filters = Filter(languages=("fr",), sources=("Le Monde",))
    assert resolve(filters, Facets(0, None, None, {}, {})) == filters


def test_a_file_of_articles_without_an_outlet_is_named_like_an_outlet() -> None:
    facets = Facets(
        9, None, None, {"fr": 9}, {"L’Écho": 3, "pont.md": 1}, {"pont.md": 1, "Été, 2.txt": 1, "a.jsonl": 4}
    )
    assert [*facets.outlets.items()] == [("a.jsonl", 4), ("L’Écho", 3), ("pont.md", 2), ("Été, 2.txt", 1)]
    for value, name in (("PONT.md", "pont.md"), ("été, 2.TXT", "Été, 2.txt"), ("l'echo", "L’Écho")):
        assert resolve(Filter(sources=(value,)), facets).sources == (name,)
    with pytest.raises(FilterError, match=r"'ete': the archive has a\.jsonl, L’Écho, pont\.md, Été"):
        resolve(Filter(sources=("ete",)), facets)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, _ARTICLES)


@pytest.fixture
def client(data: Path) -> Iterator[TestClient]:
    with LocalArchive(data) as archive, TestClient(app_of(archive)) as opened:
        yield opened


def test_a_value_is_resolved_before_the_search(data: Path) -> None:
    with LocalArchive(data) as archive:
        asker = Asker(archive, HashEmbedder(), identifier())
        found = asker.search("pool", filters=Filter(languages=("English",), sources=("the courier",)))
    assert [hit.article.source for hit in found.hits] == ["The Courier"]


@pytest.mark.parametrize("quick", [0.05, -1])
def test_an_outlet_that_is_new_since_the_last_question_can_be_named(
    data: Path, tmp_path: Path, quick: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "_QUICK", quick)
    monkeypatch.setattr(facets, "_SHARE", 1_000_000)  # with a negative limit as in an archive where counting takes long
    with LocalArchive(data) as archive:
        asker = Asker(archive, HashEmbedder(), identifier())
        with pytest.raises(FilterError):
            asker.search("gare", filters=Filter(sources=("le globe",)))
        article = "---\nsource: Le Globe\n---\nLa gare ouvre lundi.\n"
        index_paths(write_files(tmp_path / "new", {"gare.md": article}), data=data)
        assert len(asker.search("gare", filters=Filter(sources=("le globe",))).hits) == 1


def test_over_http_an_unknown_value_is_a_problem_with_its_place(client: TestClient) -> None:
    asked = {"question": "piscine", "filters": {"sources": ["Le Globe"]}}
    message = "no article has the outlet 'Le Globe': the archive has L’Écho, The Courier"
    for path in ("/ask", "/search"):
        response = client.post(path, json=asked)
        assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
        assert response.json()["detail"] == message
        assert response.json()["errors"] == [{"pointer": "#/filters/sources", "detail": message}]
    by_address = client.get("/ask", params={"q": "piscine", "languages": "xx"}).json()
    assert by_address["errors"][0]["pointer"] == "query/languages"
    stream = client.post("/ask", json=asked | {"stream": True}).text
    assert "event: error" in stream
    assert "#/filters/sources" in stream


def test_over_http_values_may_be_written_as_a_list_in_one_parameter(client: TestClient) -> None:
    found = client.get("/ask", params={"q": "piscine pool", "languages": "fr-FR,English"}).json()
    assert {passage["language"] for passage in found["passages"]} == {"fr", "en"}


def test_over_http_articles_without_an_outlet_are_counted_and_found_by_their_file(tmp_path: Path) -> None:
    lines = '{"text": "La gare ouvre lundi."}\n{"text": "La gare ferme mardi."}\n'
    data = build_archive(tmp_path, _ARTICLES | {"gare.md": "La gare ouvre samedi.\n", "gares.jsonl": lines})
    with LocalArchive(data) as archive, TestClient(app_of(archive)) as client:
        facets = client.get("/facets").json()
        assert facets["sources"] == {"gares.jsonl": 2, "L’Écho": 1, "The Courier": 1, "gare.md": 1}
        assert facets["outlets"] == 2
        for name, count in facets["sources"].items():
            listed = client.get("/articles", params={"sources": name}).json()
            assert (listed["total"], {each["outlet"] for each in listed["articles"]}) == (count, {name})
            found = client.get("/ask", params={"q": "la gare ?", "sources": name}).json()["passages"]
            assert {passage["outlet"] for passage in found} == {name}
