"""Articles written over HTTP, in process."""

import asyncio
import json
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from index.archive import ANYTHING
from index.ingest import Ingest
from index.limits import MAX_LENGTHS
from index.local.archive import LocalArchive
from index.local.catalog import Catalog
from index.local.publish import publish
from index.local.publisher import Publisher
from index.model.embed import Embedding
from index.read.article import without_file
from qa.ask import Asker
from qa.encode import encode
from qa.service.admission import Worker
from qa.service.app import create_app
from tests.fakes import TESTED, HashEmbedder, app_of, build_archive, identifier, index_paths, write_files, writer_of

_FILES = {"pont.md": "---\ntitle: Le pont\nurl: https://example.org/pont\n---\nLe pont rouvre lundi matin."}
_SNOW = {"text": "La neige bloque le col depuis mardi.", "date": "2026-02-01", "source": "Courrier"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, _FILES)


@pytest.fixture
def client(data: Path) -> Iterator[TestClient]:
    with LocalArchive(data) as archive, TestClient(app_of(archive)) as client:
        yield client


def _found(client: TestClient, question: str, **fields: Any) -> list[str]:
    """Return the texts of the passages found."""
    found = client.post("/search", json={"question": question} | fields).json()
    return [passage["text"] for passage in found["passages"]]


def _revision(data: Path) -> int:
    with Catalog.open(data) as catalog:
        return catalog.revision


def _outcomes(response: Any) -> list[str]:
    return [article["outcome"] for article in response.json()["articles"]]


def test_what_is_written_is_found_by_the_next_question(client: TestClient) -> None:
    written = client.post("/articles", json=_SNOW)
    assert (written.status_code, _outcomes(written)) == (201, ["created"])
    assert _found(client, "la neige bloque le col")[0] == _SNOW["text"]
    article = client.get(written.headers["location"]).json()
    assert (article["text"], article["published"], article["source"]) == (_SNOW["text"], "2026-02-01", "Courrier")
    assert article["id"] == written.json()["articles"][0]["id"]


def test_every_citation_of_what_was_just_written_is_exact(client: TestClient) -> None:
    client.post("/articles", json={"text": "L’été 🏊 commence.\n\nLa neige bloque le col. Il gèle.", "title": "Météo"})
    answer = client.post("/ask", json={"question": "la neige bloque le col"}).json()
    assert answer["citations"]
    for citation in answer["citations"]:
        text = client.get(f"/articles/{citation['article_id']}").json()["text"]
        assert text[citation["start_char_index"] : citation["end_char_index"]] == citation["cited_text"]


def test_text_is_read_as_the_format_says(client: TestClient) -> None:
    cols = "- Iseran\n- Galibier"
    for format_, stored in (("markdown", "La neige\n\nIseran\nGalibier"), ("plain", f"La neige\n\n{cols}")):
        written = client.post("/articles", json={"text": f"# La neige\n\n{cols}", "format": format_}).json()
        assert client.get(f"/articles/{written['articles'][0]['id']}").json()["text"] == stored
    assert client.post("/articles", json={"text": cols, "format": "docx"}).status_code == 422


def test_an_article_without_an_outlet_has_the_name_of_its_file(client: TestClient) -> None:
    outlets = [client.get("/articles").json()["articles"][0]]
    outlets += client.post("/search", json={"question": "le pont rouvre lundi"}).json()["passages"]
    assert [(each["source"], each["outlet"]) for each in outlets] == [(None, "pont.md")] * 2


def test_the_same_article_twice_changes_nothing(client: TestClient, data: Path) -> None:
    first = client.post("/articles", json=_SNOW)
    before = _revision(data)
    again = client.post("/articles", json=_SNOW)
    assert (again.status_code, _outcomes(again)) == (200, ["unchanged"])
    assert again.json()["articles"][0]["id"] == first.json()["articles"][0]["id"]
    assert _revision(data) == before


def test_a_correction_takes_effect_at_once(client: TestClient) -> None:
    url = {"url": "https://example.org/pont"}
    written = client.post("/articles", json=url | {"text": "Le pont reste fermé lundi."})
    assert (written.status_code, _outcomes(written)) == (200, ["updated"])
    assert _found(client, "le pont rouvre lundi matin") == ["Le pont reste fermé lundi."]


def test_a_deletion_takes_effect_at_once(client: TestClient) -> None:
    (article,) = client.get("/articles").json()["articles"]
    deleted = client.delete(f"/articles/{article['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert _found(client, "le pont rouvre lundi") == []
    gone = client.delete(f"/articles/{article['id']}")
    assert (gone.status_code, gone.headers["content-type"]) == (404, "application/problem+json")


def test_an_article_is_put_under_its_id_and_replaced_there(client: TestClient) -> None:
    first = client.put("/articles/neige-1", json=_SNOW)
    assert (first.status_code, first.headers["location"], _outcomes(first)) == (201, "/articles/neige-1", ["created"])
    second = client.put("/articles/neige-1", json=_SNOW | {"text": "Le col est ouvert."})
    assert (second.status_code, _outcomes(second)) == (200, ["updated"])
    assert client.get("/articles/neige-1").json()["text"] == "Le col est ouvert."
    third = client.put("/articles/neige-1", json=_SNOW | {"text": "Le col est ouvert.", "id": "neige-1"})
    assert (third.status_code, _outcomes(third)) == (200, ["unchanged"])


@pytest.mark.parametrize("article_id", ["-a", ".a", "a%20b", "é", "a" * 65, "a%0a", "a%2fb"])
def test_an_invalid_id_is_refused(client: TestClient, article_id: str) -> None:
    assert client.put(f"/articles/{article_id}", json=_SNOW).status_code in (404, 405, 422)
    assert client.get("/articles").json()["total"] == 1


def test_many_articles_are_written_at_once(client: TestClient) -> None:
    many = [{"text": f"Le village {number} vote.", "url": f"https://example.org/{number}"} for number in range(100)]
    written = client.post("/articles", json=many)
    assert (written.status_code, set(_outcomes(written))) == (201, {"created"})
    assert client.get("/articles").json()["total"] == 101
    assert _found(client, "le village 42 vote", top_k=1) == ["Le village 42 vote."]
    assert client.post("/articles", json=[*many, {"text": "Un de trop."}]).status_code == 422


def test_outcomes_are_listed_in_order(client: TestClient) -> None:
    client.post("/articles", json=_SNOW)
    changed = {"text": "Le pont reste fermé.", "url": "https://example.org/pont"}
    written = client.post("/articles", json=[_SNOW, changed, {"text": "Il pleut."}, {"text": "Il pleut."}])
    assert (written.status_code, _outcomes(written)) == (201, ["unchanged", "updated", "created", "unchanged"])


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"text": " … "}, "#/1/text"),
        ({"text": 7}, "#/1/text"),
        ({"title": "Sans texte"}, "#/1/text"),
        ({"text": "x", "date": "2026-02-30"}, "#/1/date"),
        ({"text": "x", "published": "hier"}, "#/1/published"),
        ({"text": "x", "published": "2026-02-01", "date": "2026-02-02"}, "#/1/published"),
        ({"text": "x", "language": "klingon"}, "#/1/language"),
        ({"text": "x", "id": "../x"}, "#/1/id"),
        ({"text": "x", "color": "red"}, "#/1/color"),
        ({"text": "y", "id": "first"}, "#/1/id"),
        ("text", "#/1"),
    ],
)
def test_with_one_bad_article_none_is_written(client: TestClient, wrong: object, pointer: str) -> None:
    refused = client.post("/articles", json=[{"text": "Il neige.", "id": "first"}, wrong])
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert client.get("/articles").json()["total"] == 1


def test_a_bad_field_of_a_single_article_is_pointed_at(client: TestClient) -> None:
    refused = client.post("/articles", json={"text": "x", "date": "never"})
    assert refused.json()["errors"] == [
        {"pointer": "#/date", "detail": "date 'never' is not a date: write YYYY-MM-DD"},
    ]
    assert client.put("/articles/a", json={"text": "x", "id": "b"}).json()["errors"][0]["pointer"] == "#/id"


@pytest.mark.parametrize("character", [r"\u0000", r"\ud83d"])
@pytest.mark.parametrize("field", ["text", "title", "source", "url", "date", "language"])
def test_a_character_that_cannot_be_stored_is_refused(client: TestClient, field: str, character: str) -> None:
    body = json.dumps({"text": "Il neige."} | {field: "Il neige ?"}).replace("?", character)
    refused = client.post("/articles", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == f"#/{field}"
    assert client.get("/articles").json()["total"] == 1


def test_an_id_with_a_null_character_stands_for_no_other_article(client: TestClient) -> None:
    client.put("/articles/vic", json={"text": "Il neige."})
    for method in ("GET", "DELETE"):
        assert client.request(method, "/articles/vic%00anything").status_code == 422
    assert client.get("/passages/vic%00").status_code == 422
    assert client.get("/articles/vic", params={"version": "a\0"}).status_code == 422
    for filters in ({"sources": "Courrier\0"}, {"languages": "fr\0x"}):
        assert client.get("/articles", params=filters).status_code == 422
        lists = {name: [value] for name, value in filters.items()}
        assert client.post("/ask", json={"question": "neige ?", "filters": lists}).status_code == 422
    assert client.get("/articles/vic").json()["text"] == "Il neige."


@pytest.mark.parametrize("field", ["title", "source", "author", "url", "language", "date", "text"])
def test_a_field_beyond_its_limit_is_refused(client: TestClient, field: str) -> None:
    refused = client.post("/articles", json={"text": "Il neige."} | {field: "x" * (MAX_LENGTHS[field] + 1)})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"#/{field}")


def test_no_article_makes_an_answer_large(client: TestClient) -> None:
    fields = {name: "x" * MAX_LENGTHS[name] for name in ("title", "source", "author")}
    text = "\n\n".join(f"La neige bloque le col {number}. " + "x" * 5000 for number in range(100))
    client.post("/articles", json=fields | {"text": text})
    answer = client.post("/ask", json={"question": "Que bloque la neige au col ?", "top_k": 100})
    assert answer.status_code == 200
    assert len(answer.content) < 1_000_000


def test_filters_apply_to_articles_just_written(client: TestClient) -> None:
    client.post("/articles", json=_SNOW)
    client.post("/articles", json=_SNOW | {"text": "La neige bloque la gare.", "date": "2026-03-01"})
    among = {"published_from": "2026-02-15"}
    assert _found(client, "la neige bloque", filters=among) == ["La neige bloque la gare."]
    assert _found(client, "la neige bloque", filters={"published_from": "2100-01-01"}) == []


def test_the_generation_follows_while_answers_stay_the_same(data: Path) -> None:
    question = {"question": "la neige bloque le col"}
    with LocalArchive(data) as archive:
        first = archive.generation.revision
        with TestClient(app_of(archive, publisher=Publisher(archive, quiet=0.2, poll=0.02))) as client:
            client.post("/articles", json=_SNOW)
            before = client.post("/search", json=question).json()
            for _ in range(1200):
                after = client.post("/search", json=question).json()
                if after["generation"] > first:
                    break
                threading.Event().wait(0.05)
    assert after["generation"] > first
    assert [passage["id"] for passage in after["passages"]] == [passage["id"] for passage in before["passages"]]


def test_what_was_posted_survives_an_index_with_and_without_pruning(
    client: TestClient, data: Path, tmp_path: Path
) -> None:
    client.post("/articles", json=_SNOW)
    unchanged = {"text": "Le pont rouvre lundi matin.", "title": "Le pont", "url": "https://example.org/pont"}
    assert _outcomes(client.post("/articles", json=unchanged)) == ["unchanged"]
    index_paths(tmp_path / "articles", data=data)
    (tmp_path / "articles/pont.md").unlink()
    assert index_paths(tmp_path / "articles", data=data, prune=True).pruned == 0
    assert client.get("/articles").json()["total"] == 2


class _Gated(HashEmbedder):
    """Waits before it embeds until `go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = threading.Event(), threading.Event()

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        """Embed passages when it is time."""
        self.begun.set()
        self.go.wait(30)
        return super().passages(texts)


def test_an_article_is_written_in_the_middle_of_an_index(client: TestClient, data: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "articles", {f"{n}.md": f"Le village {n} vote le budget." for n in range(200)})
    embedder = _Gated()
    indexing = threading.Thread(target=lambda: index_paths(tmp_path / "articles", data=data, embedder=embedder))
    indexing.start()
    try:
        assert embedder.begun.wait(30)
        assert client.post("/articles", json=_SNOW).status_code == 201
        assert client.delete(f"/articles/{client.get('/articles').json()['articles'][-1]['id']}").status_code == 204
        assert _found(client, "la neige bloque le col")[0] == _SNOW["text"]
        assert indexing.is_alive()
    finally:
        embedder.go.set()
        indexing.join()
    assert client.get("/articles").json()["total"] == 201
    assert _found(client, "la neige bloque le col", top_k=1) == [_SNOW["text"]]
    assert _found(client, "le village 42 vote le budget", top_k=1) == ["Le village 42 vote le budget."]


def test_writes_beyond_the_queue_are_refused_while_questions_are_answered(data: Path) -> None:
    embedder = _Gated()

    async def crowd() -> list[httpx.Response]:
        with LocalArchive(data) as archive:
            app = create_app(Asker(archive, embedder, identifier()), TESTED, Worker(8, 10))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:
                posts = [client.post("/articles", json={"text": f"Le village {n} vote."}) for n in range(24)]
                writing = [asyncio.ensure_future(post) for post in posts]
                try:
                    done, _ = await asyncio.wait(writing, timeout=30, return_when=asyncio.FIRST_COMPLETED)
                    assert {task.result().status_code for task in done} == {429}
                    asked = await client.post("/ask", json={"question": "quand rouvre le pont ?"})
                finally:
                    embedder.go.set()
                return [asked, *await asyncio.gather(*writing)]

    asked, *written = asyncio.run(crowd())
    assert asked.status_code == 200
    assert {response.status_code for response in written} == {201, 429}
    assert all(int(response.headers["retry-after"]) > 0 for response in written if response.status_code == 429)


_QUESTIONS = ["la neige bloque le col", "quand rouvre le pont ?", "le village 17 vote", "le vilage 12 vote le budjet"]


def test_lists_beyond_the_queue_are_refused_while_questions_are_answered(data: Path) -> None:
    go_on = threading.Event()

    class Slow(LocalArchive):
        def reader(self) -> AbstractContextManager[Catalog]:
            if threading.current_thread().name.startswith("read"):
                go_on.wait(60)
            return super().reader()

    with Slow(data) as archive, TestClient(app_of(archive)) as client, ThreadPoolExecutor(80) as threads:
        lists = [
            threads.submit(client.get, path) for path in ("/articles", "/facets", "/articles/a", "/passages/a") * 20
        ]
        refused = next(as_completed(lists, timeout=60)).result()
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert client.get("/livez").status_code == 200
        assert _found(client, "le pont rouvre lundi")
        go_on.set()
        assert {each.result().status_code for each in lists} == {200, 404, 429}


def test_answers_are_the_same_before_and_after_publication(data: Path) -> None:
    with LocalArchive(data) as archive, Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        asker = Asker(archive, HashEmbedder(), identifier())
        ingest.put(
            [(f"v{n}", without_file({"text": f"Le village {n} vote le budget de {n} villes."})) for n in range(60)]
        )
        ingest.put([("neige", without_file(_SNOW)), ("v30", without_file({"text": "Le village 30 ne vote pas."}))])
        before = [asker.ask(question) for question in _QUESTIONS]
        assert len(archive.live) == 61
        with Catalog.open(data) as catalog:
            archive.newer = publish(catalog, data)
        after = [asker.ask(question) for question in _QUESTIONS]
        assert len(archive.live) == 0
    for one, other in zip(before, after, strict=True):
        assert (one.text, one.generation < other.generation) == (other.text, True)
        assert [hit.passage for hit in one.hits] == [hit.passage for hit in other.hits]
        assert [hit.score for hit in one.hits] == pytest.approx([hit.score for hit in other.hits], abs=0.02)


def test_candidates_are_the_same_before_and_after_deletions_are_published(tmp_path: Path) -> None:
    """Also if more of the best candidates were deleted than the search returns."""
    data = build_archive(tmp_path, {f"{n}.md": f"Le village {n} vote le budget de {n} écoles." for n in range(250)})
    with LocalArchive(data) as archive, Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        question = encode("le village vote le budget", HashEmbedder(), archive.quantizer, identifier(), archive.means)

        def candidates() -> dict[int, float]:
            with archive.reading():
                found = archive.candidates(question, 10, ANYTHING)
                return {candidate.passage.number: candidate.dense for candidate in found}

        best = archive.live.search_dense(question.vector, 150)
        for passage, _ in archive.catalog.candidates(number for number, _ in best).values():
            ingest.delete(passage.article_id)
        before, generation = candidates(), archive.generation
        with Catalog.open(data) as catalog:
            archive.newer = publish(catalog, data)
        after = candidates()
    assert archive.generation is not generation
    assert len(before) >= 50
    # Vectors are rounded to eight bits anew, so of equally near passages others may be found.
    shared = before.keys() & after.keys()
    assert len(shared) >= 0.95 * max(len(before), len(after))
    assert [before[number] for number in shared] == pytest.approx([after[number] for number in shared], abs=0.02)


# --- versions


def test_an_article_has_its_older_versions_and_what_changed(client: TestClient) -> None:
    first = {"id": "fire", "title": "Incendie", "text": "Un incendie a fait trois morts à Lyon."}
    client.post("/articles", json=first)
    before = client.get("/articles/fire").json()
    assert before["versions"] == []
    client.post("/articles", json=first | {"text": "Un incendie a fait onze morts à Lyon."})
    now = client.get("/articles/fire").json()
    (older,) = now["versions"]
    assert older["version"] == before["version"] != now["version"]
    assert older["changes"] == [["trois", "onze"]]
    shown = client.get("/articles/fire", params={"version": before["version"]}).json()
    assert (shown["text"], shown["passages"], shown["versions"]) == (first["text"], [], [])
    assert client.get("/articles/fire", params={"version": now["version"]}).json() == now
    missing = client.get("/articles/fire", params={"version": "0" * 16})
    assert (missing.status_code, missing.json()["current_version"]) == (404, now["version"])
    assert "current_version" not in client.get("/articles/none", params={"version": "0" * 16}).json()


def test_a_posted_article_of_an_earlier_day_does_not_replace_a_later_one(client: TestClient) -> None:
    newer = {"url": "https://a.test/feu", "date": "2026-02-02", "text": "Sept blessés à Lyon."}
    older = newer | {"date": "2026-02-01", "text": "Trois blessés à Lyon."}
    article_id = client.post("/articles", json=newer).json()["articles"][0]["id"]
    response = client.post("/articles", json=older)
    assert (response.status_code, response.json()["articles"]) == (200, [{"id": article_id, "outcome": "unchanged"}])
    stored = client.get(f"/articles/{article_id}").json()
    assert (stored["text"], len(stored["versions"])) == (newer["text"], 1)
    assert client.put(f"/articles/{article_id}", json=older).json()["articles"][0]["outcome"] == "updated"
    assert client.get(f"/articles/{article_id}").json()["text"] == older["text"]


def test_a_deleted_article_has_no_versions(client: TestClient) -> None:
    for text in ("Un incendie.", "Un grand incendie."):
        client.post("/articles", json={"id": "fire", "text": text})
    client.delete("/articles/fire")
    client.post("/articles", json={"id": "fire", "text": "Un incendie."})
    assert client.get("/articles/fire").json()["versions"] == []
