"""Milvus as a store: connections, versions, restarts and what is refused."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from index.cluster.archive import ClusterStore
from index.cluster.candidates import candidates
from index.cluster.doctor import examine
from index.cluster.milvus import PASSAGES, RECORDS, Milvus, check_version
from index.cluster.words import Words
from index.cluster.writer import ClusterWriter
from index.errors import ArchiveDamaged, NoArchive, OtherModel, SettingsError, StoreUnavailable
from index.types import EncodedQuestion, Filter
from qa.encode import encode
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from tests.fakes import fake_model
from tests.index.contract.conftest import FILES, Place
from tests.index.contract.milvus_lite import MilvusLite


@pytest.fixture
def milvus(server: MilvusLite, request: pytest.FixtureRequest) -> Milvus:
    """A connection to an archive with the name of the test."""
    return Milvus(server.address(request.node.name[:80]))


@pytest.mark.parametrize("version", ["v2.2.16", "milvus_lite-2.5.1", "unknown"])
def test_a_version_that_is_too_old_is_one_clear_message(version: str) -> None:
    with pytest.raises(SettingsError, match=r"^milvus\+http://m:1/n: is milvus.* or later$"):
        check_version("milvus+http://m:1/n", version)


@pytest.mark.parametrize(
    ("version", "bm25"),
    [("v2.5.0", True), ("2.6.4-dev", True), ("milvus_lite-3.2.2", True), ("v2.3.5-lite", False), ("2.4.15", False)],
)
def test_a_version_without_bm25_is_recognized(version: str, bm25: bool) -> None:
    assert check_version("milvus+http://m:1/n", version) == bm25


def test_no_connection_is_one_clear_message_without_the_password() -> None:
    pytest.importorskip("pymilvus")
    with pytest.raises(StoreUnavailable) as caught:
        Milvus("milvus+http://root:secret@127.0.0.1:9/news")
    assert str(caught.value) == "milvus+http://127.0.0.1:9/news: does not answer: start Milvus, or check NEWSQA_STORE"


def test_a_user_and_password_are_decoded_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymilvus", reason="pymilvus is not installed: pip install pymilvus")
    called: list[tuple[str, str]] = []

    def connect(uri: str, *, token: str, **_: object) -> SimpleNamespace:
        called.append((uri, token))
        return SimpleNamespace(get_server_version=lambda **_: "v2.6.4")

    monkeypatch.setattr("pymilvus.MilvusClient", connect)
    assert Milvus("milvus+https://user:a%2Fb%40c@host:443/press").place == "milvus+https://host:443/press"
    assert called == [("https://host:443", "user:a/b@c")]


def test_a_service_answers_503_without_its_database_and_recovers(server: MilvusLite, tmp_path: Path) -> None:
    place = Place(ClusterStore(server.address("restarted")), tmp_path / "data")
    place.index(FILES)
    question = {"question": "Quand le pont rouvre-t-il ?"}
    with (
        serve_in_thread(place.asker(), Settings(data=tmp_path)) as address,
        httpx2.Client(base_url=address, timeout=30, trust_env=False) as client,
    ):
        before = client.post("/ask", json=question)
        server.stop()
        without = client.post("/ask", json=question)
        server.start()
        retry = httpx2.Response(503)
        for _ in range(100):  # the connection waits longer after each failure
            retry = client.post("/ask", json=question)
            if retry.status_code == 200:
                break
            time.sleep(0.2)
    assert (without.status_code, without.headers["retry-after"]) == (503, "5")
    assert without.json()["detail"].startswith("the database of the archive does not answer")
    assert str(server.port) not in without.text
    assert retry.json()["citations"] == before.json()["citations"] != []


def test_an_archive_whose_creation_was_interrupted_is_finished_by_the_next_update(
    milvus: Milvus, tmp_path: Path
) -> None:
    milvus.create(32)
    store = ClusterStore(milvus.place)
    with pytest.raises(NoArchive, match="is incomplete: run newsqa index PATH, or repeat an import with --force"):
        store.model_of(tmp_path)
    place = Place(store, tmp_path / "data")
    assert place.index(FILES).added == 4


def test_collections_of_another_dimension_are_refused(milvus: Milvus, tmp_path: Path) -> None:
    milvus.create(8)
    store = ClusterStore(milvus.place)
    with pytest.raises(OtherModel, match="its vectors have 8 components, and those of fake@0 have 32"):
        Place(store, tmp_path / "data").index(FILES)


def test_an_article_that_was_not_written_completely_is_written_again(milvus: Milvus, tmp_path: Path) -> None:
    place = Place(ClusterStore(milvus.place), tmp_path / "data")
    place.index(FILES)
    writer = place.store.writer(place.data, fake_model())
    writer.milvus.upsert = _failing(writer.milvus, PASSAGES)  # type: ignore[attr-defined]
    changed = {"pont.md": FILES["pont.md"].replace("lundi", "jeudi")}
    with pytest.raises(StoreUnavailable):
        place.index(changed)
    del writer.milvus.upsert  # type: ignore[attr-defined]
    (problem,) = examine(milvus, None, share=0).problems
    assert problem.endswith("not written completely: index its file again")
    assert place.index(changed).updated == 1
    assert "jeudi" in place.asker().search("le pont rouvre").hits[0].text


def _failing(milvus: Milvus, collection: str) -> object:
    """Return `milvus.upsert`, which fails for a collection."""
    write = milvus.upsert

    def upsert(name: str, rows: list[dict[str, object]]) -> None:
        if name == collection:
            raise StoreUnavailable("gone")
        write(name, rows)

    return upsert


def test_a_changed_text_is_never_quoted(milvus: Milvus, tmp_path: Path) -> None:
    place = Place(ClusterStore(milvus.place), tmp_path / "data")
    place.index({"pont.md": FILES["pont.md"]})
    asker = place.asker()
    for collection in (PASSAGES, RECORDS):
        condition = 'kind == "article"' if collection == RECORDS else ""
        fields = ["pk", "kind", "owner", "body", "text"] if collection == RECORDS else _ALL
        rows = [*milvus.iterate(collection, condition, fields)]
        milvus.upsert(collection, [row | {"text": row["text"].replace("lundi", "mardi")} for row in rows])
        with pytest.raises(ArchiveDamaged, match="is damaged: index its file again"):
            asker.search("Quand le pont rouvre-t-il ?")
        milvus.upsert(collection, rows)
    assert asker.search("Quand le pont rouvre-t-il ?").hits


_ALL = ["pk", "number", "owner", "day", "language", "outlet", "key", "body", "text", "terms"]
_ALL += ["codes", "raw", "words", "vector"]


def test_a_passage_with_more_copies_than_one_answer_of_milvus_has_rows_is_found_with_all(
    milvus: Milvus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(ClusterStore(milvus.place), tmp_path / "data")
    place.index({f"{number}.md": "# Le tarif\n\nLe tarif du bac reste de deux euros." for number in range(4)} | FILES)
    monkeypatch.setattr("index.cluster.milvus._MAX_ROWS", 3)
    hit, *_ = place.asker().search("le tarif du bac", 8).hits
    assert len({hit.article.id, *hit.also_in}) == 4
    assert place.index({"4.md": "# Le tarif\n\nLe tarif du bac reste de deux euros."}).embedded == 0


def test_an_article_replaced_during_an_answer_is_an_error(milvus: Milvus, tmp_path: Path) -> None:
    place = Place(ClusterStore(milvus.place), tmp_path / "data")
    place.index({"pont.md": FILES["pont.md"]})
    archive = place.asker().archive
    with archive.reading():
        question = _encoded(place)
        passages = [each.passage for each in archive.candidates(question, 5, Filter())]
        place.index({"pont.md": FILES["pont.md"].replace("lundi", "jeudi")})
        with pytest.raises(StoreUnavailable, match="the archive changed during the answer: ask again"):
            archive.articles([passage.article_id for passage in passages])


def test_a_question_during_a_replacement_waits_for_its_end(milvus: Milvus, tmp_path: Path) -> None:
    place = Place(ClusterStore(milvus.place), tmp_path / "data")
    place.index(FILES)
    asker = Place(ClusterStore(milvus.place), tmp_path / "other").asker()
    writer = place.store.writer(place.data, fake_model())
    assert isinstance(writer, ClusterWriter)
    connection = writer.milvus
    write, asked = connection.upsert, []

    def upsert(name: str, rows: list[dict[str, object]]) -> None:
        if name == PASSAGES:  # the old passages are gone
            asked.append(pool.submit(asker.search, "Quand le pont rouvre-t-il ?"))
            with pytest.raises(TimeoutError):
                asked[0].result(0.3)
        write(name, rows)

    connection.upsert = upsert  # type: ignore[method-assign, assignment]
    with ThreadPoolExecutor() as pool:
        place.index({"pont.md": FILES["pont.md"].replace("lundi", "jeudi")})
    assert asked[0].result().hits[0].text == "Le pont rouvre jeudi après les travaux."


def test_a_search_during_which_an_article_was_replaced_is_repeated(
    milvus: Milvus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(ClusterStore(milvus.place), tmp_path / "data")
    place.index(FILES)
    asker = place.asker()
    changes = [FILES["pont.md"].replace("lundi", "jeudi")]

    def interrupted(*arguments: Any, **options: Any) -> Any:
        if changes:
            place.index({"pont.md": changes.pop()})
            return {}
        return candidates(*arguments, **options)

    monkeypatch.setattr("index.cluster.archive.candidates", interrupted)
    assert asker.search("Quand le pont rouvre-t-il ?").hits[0].text == "Le pont rouvre jeudi après les travaux."


def test_an_interrupted_replacement_delays_one_question(
    milvus: Milvus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(ClusterStore(milvus.place), tmp_path / "data")
    place.index(FILES)
    asker = place.asker()
    writer = place.store.writer(place.data, fake_model())
    writer.milvus.upsert = _failing(writer.milvus, PASSAGES)  # type: ignore[attr-defined]
    with pytest.raises(StoreUnavailable):
        place.index({"pont.md": FILES["pont.md"].replace("lundi", "jeudi")})
    del writer.milvus.upsert  # type: ignore[attr-defined]
    slept: list[float] = []
    monkeypatch.setattr("index.cluster.archive.sleep", slept.append)
    monkeypatch.setattr("index.cluster.archive._REPLACING", 0.1)
    assert asker.search("la grue du port").hits[0].article.title == "La grue"
    waits = len(slept)
    assert asker.search("la grue du port").hits[0].article.title == "La grue"
    assert waits == len(slept) > 0
    place.index({"pont.md": FILES["pont.md"].replace("lundi", "jeudi")})
    assert asker.search("Quand le pont rouvre-t-il ?").hits[0].text == "Le pont rouvre jeudi après les travaux."


def _encoded(place: Place) -> EncodedQuestion:
    asker = place.asker()
    return encode("le pont", asker.embedder, asker.archive.quantizer, asker.identifier, asker.archive.means)


def test_a_misspelled_word_is_found_by_the_words_of_the_archive() -> None:
    words = Words()
    words.add(["kalinowski", "ministre"])
    assert words.similar("kalinovski") == ["kalinowski"]
    assert words.similar("alinowski") == ["kalinowski"]
    assert words.similar("ministere") == ["ministre"]
    assert words.similar("maire") == []
