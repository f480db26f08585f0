"""The HTTP service, in process."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.errors import ArchiveFull
from index.local.archive import LocalArchive
from index.local.catalog import FILE
from index.local.lock import write_lock
from index.local.writer import CatalogWriter
from qa.ask import Asker
from qa.service.problems import refusal
from tests.fakes import HashEmbedder, PhraseReader, app_of, build_archive, identifier, index_paths, write_files

_ARTICLES = {
    "piscine.md": "---\ntitle: La piscine\ndate: 2026-02-10\nsource: Courrier\nauthor: Rédaction\n"
    "url: https://example.org/piscine\n---\n# La piscine\n\nL’été 🏊 commence mal. La piscine municipale ferme en "
    "juin. Les travaux durent huit mois.\n",
    "pool.md": "---\ntitle: The pool\ndate: 2026-03-15\nsource: Courier\nlanguage: en\n---\n"
    "The city pool closes in June for eight months. Swimmers will have to travel to the next town.\n",
}
_ASKED = {"question": "quand ferme la piscine ?"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, _ARTICLES)


@pytest.fixture
def client(data: Path) -> Iterator[TestClient]:
    with LocalArchive(data) as archive, TestClient(app_of(archive), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def reading(data: Path) -> Iterator[TestClient]:
    """The service with a reader."""
    with LocalArchive(data) as archive, TestClient(app_of(archive, reader=PhraseReader("en juin"))) as client:
        yield client


def _ask(client: TestClient, **fields: Any) -> dict[str, Any]:
    response = client.post("/ask", json=_ASKED | fields)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_an_answer_has_the_documented_fields(client: TestClient) -> None:
    answer = _ask(client)
    assert {"id", "question", "language", "status", "confidence", "answer", "citations", "passages"} <= set(answer)
    assert {"notes", "statements", "sides"} <= set(answer)
    assert {"generation", "took_ms"} <= set(answer)
    assert set(answer["citations"][0]) == {
        *("type", "index", "cited_text", "article_id", "title", "url", "source", "author", "published", "version"),
        *("start_char_index", "end_char_index", "answer_span", "other_sources", "start_index", "end_index"),
        *("start_utf16", "end_utf16", "start_in_answer_utf16", "end_in_answer_utf16"),
    }
    assert set(answer["statements"][0]) == {
        *("citation", "quote", "answer", "source", "published", "language", "article_id", "title", "side"),
        "superseded_by",
    }
    assert set(answer["passages"][0]) == {
        *("rank", "id", "article_id", "title", "url", "source", "outlet", "published", "language", "text"),
        *("start_char_index", "end_char_index", "score", "scores", "highlights", "also_in"),
        *("copies", "story", "changed"),
    }


_FIRE = (
    "Un incendie a fait {toll} morts dimanche à Lyon, selon la préfecture. Le feu a pris vers 5 heures dans un "
    "entrepôt de la rue Garibaldi. Le préfet Paul Martin s’est rendu sur place."
)
_REPORTS = [("Le Fil", "2026-02-01", "3"), ("Ouest", "2026-02-01", "3"), ("Le Fil", "2026-02-03", "27")]


def fire(folder: Path) -> Path:
    """Return the data folder of an archive with two versions of a story and a copy of the first."""
    rows = [
        {"title": f"Incendie {n}", "source": source, "date": day, "text": _FIRE.format(toll=toll)}
        for n, (source, day, toll) in enumerate(_REPORTS)
    ]
    return build_archive(folder, {"fire.jsonl": "\n".join(map(json.dumps, rows))})


def test_versions_of_a_story_are_grouped_and_copies_listed_with_their_outlets(tmp_path: Path) -> None:
    with LocalArchive(fire(tmp_path)) as archive, TestClient(app_of(archive, reader=PhraseReader("3", "27"))) as client:
        answer = client.post("/ask", json={"question": "Combien de morts à Lyon ?"}).json()
    newest, oldest = sorted(answer["passages"], key=lambda passage: passage["published"], reverse=True)
    assert newest["story"] == oldest["story"] == 1
    assert [newest["text"][start:end] for start, end in newest["changed"]] == ["27"]
    assert oldest["changed"] == []
    assert {oldest["outlet"], *(copy["outlet"] for copy in oldest["copies"])} == {"Le Fil", "Ouest"}
    assert [copy["article_id"] for copy in oldest["copies"]] == oldest["also_in"]
    assert [(each["answer"], each["superseded_by"]) for each in answer["statements"]] == [("27", None), ("3", 1)]
    assert (answer["status"], answer["sides"]) == ("answered", [])
    assert answer["notes"] == ["La réponse a changé avec le temps : comparez les dates."]


def test_a_dispute_lists_the_sides_with_the_number_of_their_outlets(tmp_path: Path) -> None:
    texts = {"Le Fil": "Le feu à Lyon a fait 3 morts.", "Ouest": "À Lyon, on compte 8 morts après le feu."}
    rows = [{"title": "Feu", "source": source, "date": "2026-02-01", "text": text} for source, text in texts.items()]
    data = build_archive(tmp_path, {"fire.jsonl": "\n".join(map(json.dumps, rows))})
    with LocalArchive(data) as archive, TestClient(app_of(archive, reader=PhraseReader("3", "8"))) as client:
        answer = client.post("/ask", json={"question": "Combien de morts à Lyon ?"}).json()
    assert answer["status"] == "disputed"
    assert [(side["side"], side["citations"], side["independent"]) for side in answer["sides"]] == [
        (1, [1], 1),
        (2, [2], 1),
    ]
    assert {side["answer"] for side in answer["sides"]} == {"3", "8"}


def test_offsets_for_javascript_are_exact_after_an_emoji(tmp_path: Path) -> None:
    articles = {
        "piscine.md": "---\ntitle: La piscine\n---\nL’été 🏊🏽 commence mal. La piscine 🏊 ferme en juin à Brest.",
        "bassin.md": "---\ntitle: Le bassin\n---\nÀ Lyon 🏔️ aussi. La piscine 🌊 ferme en mai, dit la ville de Lyon.",
    }
    with LocalArchive(build_archive(tmp_path, articles)) as archive, TestClient(app_of(archive)) as client:
        answer = _ask(client)
        first, second = answer["citations"]
        for citation in (first, second):
            text = client.get(f"/articles/{citation['article_id']}").json()["text"]
            assert _utf16(text, citation["start_utf16"], citation["end_utf16"]) == citation["cited_text"]
            span = (citation["start_in_answer_utf16"], citation["end_in_answer_utf16"])
            assert _utf16(answer["answer"], *span) == citation["cited_text"]
    assert first["start_utf16"] > first["start_char_index"]
    assert second["start_in_answer_utf16"] == second["start_index"] + 1


def _utf16(text: str, start: int, end: int) -> str:
    """Return the slice of a text that JavaScript would return."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def test_every_offset_of_an_answer_is_exact(client: TestClient) -> None:
    answer = _ask(client)
    assert answer["citations"]
    for citation in answer["citations"]:
        text = client.get(f"/articles/{citation['article_id']}").json()["text"]
        assert text[citation["start_char_index"] : citation["end_char_index"]] == citation["cited_text"]
        assert answer["answer"][citation["start_index"] : citation["end_index"]] == citation["cited_text"]
    for passage in answer["passages"]:
        text = client.get(f"/articles/{passage['article_id']}").json()["text"]
        assert text[passage["start_char_index"] : passage["end_char_index"]] == passage["text"]
        assert all(
            passage["text"][start:end].casefold() in {"piscine", "quand", "ferme"}
            for start, end in passage["highlights"]
        )


def test_a_citation_marks_the_answering_words_in_the_text_of_the_article(reading: TestClient) -> None:
    answer = _ask(reading)
    citation = answer["citations"][0]
    text = reading.get(f"/articles/{citation['article_id']}").json()["text"]
    start, end = citation["answer_span"]
    assert text[start:end] == "en juin"
    assert citation["start_char_index"] <= start < end <= citation["end_char_index"]
    assert reading.get("/ask", params={"q": _ASKED["question"]}).json()["citations"] == answer["citations"]


def test_without_a_reader_the_answering_words_are_null(client: TestClient) -> None:
    assert {citation["answer_span"] for citation in _ask(client)["citations"]} == {None}


def test_reading_is_a_stage_of_an_answer_of_a_search_and_of_the_metrics(
    client: TestClient, reading: TestClient
) -> None:
    stage = 'newsqa_question_seconds_count{stage="read"}'
    assert "read" not in _ask(client)["took_ms"]
    assert stage not in client.get("/metrics").text
    assert [*_ask(reading)["took_ms"]] == ["embed", "search", "rank", "read", "answer", "total"]
    found = reading.post("/search", json=_ASKED).json()
    assert [*found["took_ms"]] == ["embed", "search", "rank", "read", "total"]
    assert set(found["passages"][0]["scores"]) == {"dense", "maxsim", "lexical", "reader"}
    assert f"{stage} 2.0" in reading.get("/metrics").text


def test_a_question_as_query_parameters_gets_the_same_answer(client: TestClient) -> None:
    by_parameters = client.get("/ask", params={"q": _ASKED["question"], "top_k": 1, "languages": "fr"}).json()
    by_body = _ask(client, top_k=1, filters={"languages": ["fr"]})
    assert (by_parameters["answer"], len(by_parameters["passages"])) == (by_body["answer"], 1)


def test_search_gives_passages_without_an_answer(client: TestClient) -> None:
    found = client.post("/search", json=_ASKED).json()
    assert "answer" not in found
    assert [passage["rank"] for passage in found["passages"]] == [1, 2]


def test_filters_restrict_the_passages(client: TestClient) -> None:
    answer = _ask(
        client, filters={"published_from": "2026-03-01", "published_to": "2026-03-31", "sources": ["Courier"]}
    )
    assert [passage["title"] for passage in answer["passages"]] == ["The pool"]


def test_a_question_without_passages_abstains(client: TestClient) -> None:
    answer = _ask(client, filters={"published_from": "2100-01-01"})
    assert (answer["status"], answer["citations"], answer["passages"]) == ("abstained", [], [])


def test_articles_are_listed_newest_first_and_by_page(client: TestClient) -> None:
    listed = client.get("/articles").json()
    assert (listed["total"], [article["title"] for article in listed["articles"]]) == (2, ["The pool", "La piscine"])
    assert [article["title"] for article in client.get("/articles?limit=1&offset=1").json()["articles"]] == [
        "La piscine"
    ]


def test_the_list_of_articles_takes_the_filters_of_a_question(client: TestClient) -> None:
    listed = client.get("/articles?languages=French&published_to=2026-03-01").json()
    assert (listed["total"], [article["title"] for article in listed["articles"]]) == (1, ["La piscine"])
    assert client.get("/articles?sources=Courier&as_of=2026-01-01").json() == {"total": 0, "articles": []}
    refused = client.get("/articles?published_from=2026-03-02&published_to=2026-03-01")
    assert (refused.status_code, "swap them" in refused.json()["detail"]) == (422, True)
    unknown = client.get("/articles?sources=Nowhere")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "query/sources")


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/ask", 422, "q: field required"),
        ("GET", "/ask?q=", 422, "the question is empty: enter a question"),
        ("GET", "/nowhere", 404, "nothing is at /nowhere: see /docs for the routes"),
        ("DELETE", "/search", 405, "DELETE is not allowed here: use GET, HEAD, POST"),
    ],
)
def test_an_error_names_the_field_or_the_path(
    client: TestClient, method: str, path: str, status: int, detail: str
) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.json()["detail"]) == (status, detail)


def test_facets_list_the_values_to_filter_by(client: TestClient) -> None:
    assert client.get("/facets").json() == {
        "articles": 2,
        "published_from": "2026-02-10",
        "published_to": "2026-03-15",
        "languages": {"en": 1, "fr": 1},
        "sources": {"Courier": 1, "Courrier": 1},
        "outlets": 2,
        "writable": True,
    }


def test_facets_of_an_archive_without_dates_and_outlets_have_its_files(tmp_path: Path) -> None:
    with (
        LocalArchive(build_archive(tmp_path, {"neige.md": "La neige tombe."})) as archive,
        TestClient(app_of(archive)) as client,
    ):
        facets = client.get("/facets").json()
    assert (facets["articles"], facets["published_from"], facets["published_to"], facets["sources"]) == (
        1,
        None,
        None,
        {"neige.md": 1},
    )


def test_a_passage_can_be_fetched_by_its_id(client: TestClient) -> None:
    article = client.get(f"/articles/{_ask(client)['passages'][0]['article_id']}").json()
    passage = client.get(f"/passages/{article['passages'][0]}").json()
    assert passage["text"] == article["text"][passage["start_char_index"] : passage["end_char_index"]]
    assert all(
        passage["start_char_index"] <= start < end <= passage["end_char_index"] for start, end in passage["sentences"]
    )


def test_the_service_reports_liveness_and_readiness(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {
        "status": "ready",
        "articles": 2,
        "generation": 1,
        "model": "fake@0",
        "version": version("newsqa"),
    }


def test_documentation_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "https://" not in page
    for path in ("/static-offline-docs/swagger-ui-bundle.js", "/static-offline-docs/swagger-ui.css", "/openapi.json"):
        assert path in page
        assert client.get(path).status_code == 200


def test_documentation_shows_examples_and_errors(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    question = described["components"]["schemas"]["AskRequest"]["properties"]["question"]
    assert question["examples"]
    assert question["maxLength"] == 2000
    assert {"413", "415", "422", "429", "503"} <= set(described["paths"]["/ask"]["post"]["responses"])


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"question": ""}, "question is empty"),
        ({"question": " \n\t"}, "question is empty"),
        ({"question": "a" * 2001}, "2001 characters"),
        ({"question": "a\x07b"}, "U+0007"),
        ({"question": 7}, "string"),
        ({}, "required"),
        (_ASKED | {"top_k": 0}, "top_k"),
        (_ASKED | {"top_k": 101}, "top_k"),
        (_ASKED | {"top_k": "ten"}, "top_k"),
        (_ASKED | {"color": "red"}, "color: unknown field"),
        (_ASKED | {"filters": {"outlet": "x"}}, "filters/outlet: unknown field"),
        (_ASKED | {"filters": {"published_from": "yesterday"}}, "published_from"),
        (_ASKED | {"filters": {"published_from": "2026-02-30"}}, "published_from"),
        (_ASKED | {"filters": {"published_from": "2026-03-02", "published_to": "2026-03-01"}}, "swap them"),
        (_ASKED | {"stream": 7}, "stream"),
        ([], "object"),
    ],
)
def test_a_bad_body_is_refused_by_one_clear_problem(client: TestClient, body: object, named: str) -> None:
    response = client.post("/ask", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["type"]) == (422, "about:blank")
    assert named in problem["detail"]
    assert problem["errors"]


@pytest.mark.parametrize(
    "query", ["", "q=", "q=%20", "q=a&top_k=0", "q=a&color=red", "q=a&published_to=never", "q=%00"]
)
def test_bad_query_parameters_are_refused(client: TestClient, query: str) -> None:
    response = client.get(f"/ask?{query}")
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("body", [b'{"top_k": ' + b"9" * 5000 + b"}", b"[" * 100_000, b'{"question": "\xff"}'])
def test_a_body_that_cannot_be_parsed_is_refused_with_a_remedy(client: TestClient, body: bytes) -> None:
    response = client.post("/ask", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert "send UTF-8" in response.json()["detail"]


def test_names_of_fields_are_cut_in_errors(client: TestClient) -> None:
    response = client.post("/ask", json={"question": "a", "x" * 100_000: 1})
    assert response.status_code == 422
    assert len(response.content) < 1000


def test_a_body_that_is_not_json_is_refused_with_the_place(client: TestClient) -> None:
    response = client.post("/ask", content=b'{"question": ', headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert "not JSON" in response.json()["detail"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b'{"question": "\xff"}'])
def test_a_body_that_is_not_utf_8_is_refused(client: TestClient, content: bytes) -> None:
    response = client.post("/ask", content=content, headers={"content-type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("path", ["/articles/none", "/passages/none", "/nowhere"])
def test_an_unknown_path_is_a_problem(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "allowed"), [("/ask", "GET, HEAD, POST"), ("/articles/a", "DELETE, GET, HEAD, PUT"), ("/mcp", "POST")]
)
def test_another_method_is_a_problem_that_names_those_of_the_path(client: TestClient, path: str, allowed: str) -> None:
    response = client.patch(path, json={})
    assert (response.status_code, response.headers["allow"]) == (405, allowed)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/", "/ask?q=piscine", "/articles", "/articles/none", "/v1/models", "/livez", "/docs"]
)
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]


def test_a_catalog_damaged_under_the_service_makes_it_unready_and_quotes_nothing(
    client: TestClient, data: Path
) -> None:
    content = bytearray((data / FILE).read_bytes())
    position = content.index(b"piscine municipale")
    content[position] ^= 1
    (data / FILE).write_bytes(content)
    response = client.post("/ask", json=_ASKED)
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert "damaged" in response.json()["detail"]
    assert response.headers["retry-after"] == "30"
    assert str(data) not in response.text


def test_a_full_disk_is_507_and_shows_no_path(data: Path) -> None:
    response = refusal(ArchiveFull(f"{data}/catalog.sqlite: the disk is full: free space"))
    assert response.status_code == 507
    assert str(data).encode() not in bytes(response.body)


class _FullArchive(LocalArchive):
    """An archive whose catalog cannot grow."""

    def writer(self) -> CatalogWriter:
        writer = super().writer()
        writer._database.run("PRAGMA max_page_count = 1")  # SQLite takes the present size instead
        return writer


def test_on_a_full_disk_writes_are_507_nothing_is_stored_and_reads_still_work(data: Path) -> None:
    with _FullArchive(data) as archive, TestClient(app_of(archive)) as client:
        refused = client.put("/articles/neige", json={"text": "Il neige sur le col. " * 5000})
        assert (refused.status_code, refused.headers["content-type"]) == (507, "application/problem+json")
        assert client.get("/articles/neige").status_code == 404
        assert client.post("/ask", json=_ASKED).json()["status"] == "answered"
        assert 'newsqa_refusals_total{reason="disk_full"} 1.0' in client.get("/metrics").text


def test_the_service_applies_changes_of_other_processes(client: TestClient, data: Path, tmp_path: Path) -> None:
    write_files(
        tmp_path / "articles", {"neige.md": "---\ntitle: La neige\n---\nLa neige bloque le col. La neige tombe."}
    )
    index_paths(tmp_path / "articles", data=data)
    answer = _ask(client, question="la neige tombe")
    assert answer["passages"][0]["title"] == "La neige"


def test_an_article_deleted_by_another_process_is_not_found(client: TestClient, data: Path, tmp_path: Path) -> None:
    (tmp_path / "articles/piscine.md").unlink()
    index_paths(tmp_path / "articles", data=data, prune=True)
    assert [passage["title"] for passage in _ask(client)["passages"]] == ["The pool"]


def test_deletions_by_another_process_do_not_shorten_the_list(tmp_path: Path) -> None:
    snow = "La neige tombe sur le col de {0} depuis {0} jours, dit la station {0} du réseau {0}, où la route {0} ferme."
    data = build_archive(tmp_path, {f"{n}.md": snow.format(f"n{n}") for n in range(20)})
    with LocalArchive(data) as archive:
        asker = Asker(archive, HashEmbedder(), identifier())
        best = asker.ask("La neige tombe sur le col", top_k=8).hits
        with (
            CatalogWriter.create(data, archive.model) as catalog,
            write_lock(data),
        ):  # a writer that has not published yet
            catalog.delete([hit.article.id for hit in best])
            found = asker.ask("La neige tombe sur le col", top_k=8).hits
    assert len(found) == 8
    assert not {hit.article.id for hit in best} & {hit.article.id for hit in found}


def test_a_question_that_grows_when_it_is_composed_is_refused_not_failed(client: TestClient) -> None:
    assert client.post("/ask", json={"question": "\u0958" * 1500}).status_code == 422


def test_a_body_of_a_thousand_unknown_fields_gets_a_short_refusal(client: TestClient) -> None:
    for many in ({str(number): 1 for number in range(1000)}, {"q": "?", **{str(number): 1 for number in range(90)}}):
        answer = client.post("/ask", json=many)
        assert answer.status_code == 422
        assert len(answer.content) < 4000


def test_a_lone_surrogate_is_refused(client: TestClient) -> None:
    for path, body in (
        ("/v1/chat/completions", r'{"model": "\ud800", "messages": [{"role": "user", "content": "x"}]}'),
        ("/ask", r'{"question": "\ud800"}'),
    ):
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert 400 <= answer.status_code < 500
