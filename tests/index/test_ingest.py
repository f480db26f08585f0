"""Articles without files."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import ArchiveDamaged, FieldError, NoArchive, OtherModel
from index.ingest import Ingest, Outcome
from index.local.archive import LocalArchive
from index.local.catalog import FILE, Catalog
from index.local.writer import CatalogWriter
from index.model.embed import Embedding
from index.process import ArticleProcessor
from index.read.article import NO_FILE, RawArticle, without_file
from index.types import Span
from tests.fakes import HashEmbedder, build_archive, fake_model, identifier, index_paths, write_files, writer_of


def posted(text: str, **fields: str) -> RawArticle:
    """Return an article without a file."""
    return without_file({"text": text, **fields})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, {"pont.md": "---\nurl: https://example.org/pont\n---\nLe pont rouvre lundi."})


@pytest.fixture
def ingest(data: Path) -> Iterator[Ingest]:
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        yield ingest


def texts(data: Path) -> dict[str, str]:
    """Return the text of every article by its id."""
    with Catalog.open(data) as catalog:
        return {article.id: article.text for article in catalog.page(10_000, 0)}


def test_an_article_is_known_by_its_url_or_else_by_what_it_says() -> None:
    assert posted("a").id == posted("a", source="x").id != posted("b").id
    assert posted("a", title="x").id != posted("a").id
    assert posted("a", url="https://example.org").id == posted("b", url="https://example.org").id


def test_an_invalid_field_is_named() -> None:
    for fields in ({"text": "…"}, {"text": "a", "date": "never"}, {"text": "a", "language": "?"}):
        with pytest.raises(FieldError) as caught:
            without_file(fields)
        assert caught.value.field == [*fields][-1]


def test_of_a_batch_that_cannot_be_written_whole_nothing_is_written(data: Path, ingest: Ingest) -> None:
    bridge = posted("Le pont rouvre lundi.", url="https://example.org/pont")
    with closing(sqlite3.connect(data / FILE)) as connection, connection:
        # The fingerprint is unchanged, so that the article counts as unchanged and is then damaged.
        connection.execute("UPDATE articles SET author = 'another'")
    with pytest.raises(ArchiveDamaged):
        ingest.put([("snow", posted("La neige tombe.")), (bridge.id, bridge)])
    with Catalog.open(data) as catalog:
        assert catalog.counts()["articles"] == 1


def test_only_what_changed_is_embedded(data: Path) -> None:
    embedder = HashEmbedder()
    long = "\n\n".join(f"Le point {number} a été voté. " * 30 for number in range(5))
    with Ingest(writer_of(data), embedder, identifier()) as ingest:
        ingest.put([("a", posted(long, title="Le conseil"))])
        before = len(embedder.embedded)
        ingest.put([("a", posted(f"{long}\n\nLa séance est levée. " + "Elle fut longue. " * 40, title="Le conseil"))])
    assert before > 3
    assert 1 <= len(embedder.embedded) - before <= 2


def test_an_unchanged_article_changes_nothing(data: Path, ingest: Ingest) -> None:
    assert ingest.put([("a", posted("Il neige."))]) == [Outcome("a", "created")]
    with Catalog.open(data) as catalog:
        before = catalog.state
    assert ingest.put([("a", posted("Il neige.")), ("a", posted("Il neige."))]) == [Outcome("a", "unchanged")] * 2
    assert ingest.delete("b") is False
    with Catalog.open(data) as catalog:
        assert catalog.state == before


def test_a_posted_article_is_that_of_the_file_with_its_url(data: Path, ingest: Ingest, tmp_path: Path) -> None:
    raw = posted("Le pont reste fermé.", url="https://example.org/pont")
    assert ingest.put([(raw.id, raw)]) == [Outcome(raw.id, "updated")]
    assert list(texts(data).values()) == ["Le pont reste fermé."]
    (tmp_path / "articles/pont.md").unlink()
    assert index_paths(tmp_path / "articles", data=data, prune=True).pruned == 0


def test_a_file_may_have_the_name_of_an_article_that_was_put(data: Path, ingest: Ingest, tmp_path: Path) -> None:
    articles = write_files(tmp_path / "articles", {"neige.md": "Il neige."})
    index_paths(articles, data=data)
    (article_id,) = [key for key, text in texts(data).items() if text == "Il neige."]
    ingest.put([(article_id, posted("Il neige fort."))])
    assert index_paths(articles, data=data).problems == []
    assert texts(data)[article_id] == "Il neige."  # the file replaces the article


def test_of_two_versions_of_a_url_the_newer_stands_and_the_older_is_kept(data: Path, ingest: Ingest) -> None:
    url = "https://a.test/feu"
    newer = posted("Sept blessés.", url=url, date="2026-02-02")
    older = posted("Trois blessés.", url=url, date="2026-02-01")
    assert ingest.put([(newer.id, newer)])[0].change == "created"
    assert [ingest.put([(older.id, older)])[0].change for _ in range(2)] == ["unchanged", "unchanged"]
    with Catalog.open(data) as catalog:
        assert catalog.articles([newer.id])[newer.id].text == "Sept blessés."
        assert [version.article.text for version in catalog.versions(newer.id)] == ["Trois blessés."]
    assert ingest.put([(older.id, older)], replacing=[older.id])[0].change == "updated"


def test_another_archive_in_the_same_place_is_written_instead(data: Path, ingest: Ingest, tmp_path: Path) -> None:
    ingest.put([("a", posted("Il neige."))])
    for file in data.glob(f"{FILE}*"):
        file.unlink()
    with pytest.raises(NoArchive):
        ingest.put([("b", posted("Il pleut."))])
    index_paths(write_files(tmp_path / "other", {"c.md": "Il vente."}), data=data)
    ingest.put([("b", posted("Il pleut."))])
    assert sorted(texts(data).values()) == ["Il pleut.", "Il vente."]


def test_an_archive_of_another_model_is_not_written(data: Path) -> None:
    other = HashEmbedder(fake_model("other@1"))
    with (
        Ingest(writer_of(data, other), other, identifier()) as ingest,
        pytest.raises(OtherModel),
    ):
        ingest.put([("a", posted("Il neige."))])


class _Concurrent(HashEmbedder):
    """Does something else before it embeds."""

    def __init__(self, other: Callable[[], object]) -> None:
        super().__init__()
        self._other = other

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        """Embed passages, after something else."""
        self._other()
        return super().passages(texts)


def test_vectors_that_are_deleted_concurrently_are_stored_again(data: Path, ingest: Ingest) -> None:
    def delete_all() -> None:
        for article_id in texts(data):
            ingest.delete(article_id)
        with CatalogWriter.open(data, fake_model()) as catalog:
            catalog.delete_unused_vectors()
            assert catalog.counts()["embeddings"] == 0

    ingest.put([("a", posted("Il neige.", title="Météo"))])
    with Ingest(writer_of(data), _Concurrent(delete_all), identifier()) as other:
        other.put([("b", posted("Il neige.", title="Météo")), ("c", posted("Il pleut.", title="Météo"))])
    assert texts(data) == {"b": "Il neige.", "c": "Il pleut."}
    with LocalArchive(data) as archive:
        assert archive.catalog.counts()["embeddings"] == 2


def test_an_article_written_while_an_update_prunes_is_not_deleted(data: Path, ingest: Ingest, tmp_path: Path) -> None:
    raw = posted("Le pont reste fermé.", url="https://example.org/pont")
    (tmp_path / "articles/pont.md").unlink()
    write_files(tmp_path / "articles", {"neige.md": "Il neige."})
    embedder = _Concurrent(lambda: ingest.put([(raw.id, raw)]))
    assert index_paths(tmp_path / "articles", data=data, embedder=embedder, prune=True).pruned == 0
    assert sorted(texts(data).values()) == ["Il neige.", "Le pont reste fermé."]


def test_an_article_deleted_while_an_update_runs_is_no_problem(data: Path, ingest: Ingest, tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    (articles / "pont.md").rename(articles / "viaduc.md")  # to be recorded by the update
    write_files(articles, {"neige.md": "Il neige."})
    (article_id,) = texts(data)
    index_paths(articles, data=data, embedder=_Concurrent(lambda: ingest.delete(article_id)))
    assert list(texts(data).values()) == ["Il neige."]


def test_concurrent_writers_lose_nothing(data: Path, tmp_path: Path) -> None:
    articles = write_files(tmp_path / "articles", {f"f{n}.md": f"Le port {n} ouvre." for n in range(100)})

    def write(writer: int) -> None:
        with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
            for number in range(30):
                ingest.put([(f"w{writer}.{number}", posted(f"Le village {number} vote."))])
                if number % 3 == 0:
                    ingest.delete(f"w{writer}.{number}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(3)]
    threads.append(threading.Thread(target=lambda: index_paths(articles, data=data)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts(data)) == 1 + 3 * 20 + 100
    with LocalArchive(data) as archive:
        assert len(archive.generation.segments) + len(archive.live) >= archive.catalog.counts()["passages"]


_KILLED = """
import os, signal, sys, threading
from pathlib import Path
from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.local.publisher import Publisher
from index.read.article import without_file
from tests.fakes import HashEmbedder, identifier, writer_of

data, seconds = Path(sys.argv[1]), float(sys.argv[2])
identifier()
writer = writer_of(data)
with LocalArchive(data) as archive, Publisher(archive, quiet=0), Ingest(writer, HashEmbedder(), identifier()) as ingest:
    threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
    for number in range(10**6):
        ingest.put([(f"a{number}", without_file({"text": f"Le village {number} vote.", "title": "Vote"}))])
        print(number, flush=True)
"""


@pytest.mark.parametrize("seconds", [0.05, 0.3, 0.7, 1.1])
def test_what_was_acknowledged_survives_a_kill(data: Path, seconds: float) -> None:
    root = Path(__file__).parents[2]
    died = subprocess.run(
        [sys.executable, "-c", _KILLED, str(data), str(seconds)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    acknowledged = died.stdout.split()
    kept = texts(data)
    for number in map(int, acknowledged):
        assert kept[f"a{number}"] == f"Le village {number} vote."
    assert len(kept) - 1 - len(acknowledged) in (0, 1)
    with LocalArchive(data) as archive, archive.reading():
        question = HashEmbedder().question("Le village vote").vector
        found = {number for number, _ in archive.live.search_dense(question, 10**6)}
        assert len(archive.catalog.candidates(found)) == len(kept)


def test_a_write_that_is_given_up_before_its_last_step_writes_nothing(data: Path) -> None:
    embedder = HashEmbedder()
    with Ingest(writer_of(data), embedder, identifier()) as ingest:
        long = "\n\n".join(f"Le pont {number} ferme pour les travaux de cet été. " * 20 for number in range(100))
        steps = ingest.steps([("long", posted(long))])
        before, number = texts(data), 0
        for number, _ in enumerate(steps, start=1):  # noqa: B007
            assert texts(data) == before
            if len(embedder.embedded) > 50:
                break
        assert number > 10
        steps.close()
        assert texts(data) == before
        assert ingest.put([("long", posted(long))]) == [Outcome("long", "created")]


def test_the_splitting_of_a_long_article_ends_with_its_write(data: Path) -> None:
    began = threading.Event()

    class Slow(HashEmbedder):
        def token_spans(self, text: str) -> list[Span]:
            began.set()
            time.sleep(0.01)
            return super().token_spans(text)

    with Ingest(writer_of(data), Slow(), identifier()) as ingest:
        steps = ingest.steps([("long", posted("Le pont ferme en juin. " * 10_000))])
        next(steps)
        assert began.wait(10)
        start = time.monotonic()
        steps.close()
        assert time.monotonic() - start < 5  # all of it takes more than 100 seconds


def test_writes_between_the_steps_of_another_are_kept(data: Path, ingest: Ingest) -> None:
    steps = ingest.steps([("a", posted("Le pont ferme. " * 2000)), ("b", posted("La gare ouvre."))])
    next(steps)
    assert ingest.put([("b", posted("La gare ouvre.")), ("c", posted("Le col rouvre."))])
    assert ingest.put([("a", posted("Le pont est fermé."))])
    for _ in steps:
        pass
    stored = texts(data)
    assert (stored["b"], stored["c"]) == ("La gare ouvre.", "Le col rouvre.")
    assert stored["a"].startswith("Le pont ferme. Le pont")


def test_the_title_of_an_endless_line_is_found_at_once() -> None:
    raw = RawArticle(NO_FILE, "a", "M. Le Pont et Mme. La Gare. " * 70_000, language="fr")
    processor = ArticleProcessor(HashEmbedder(), identifier())
    began = time.perf_counter()
    title = processor.article("a", raw).title
    assert time.perf_counter() - began < 0.5  # the sentences of all of it take 5 s
    assert title == "M. Le Pont et Mme. La Gare."
