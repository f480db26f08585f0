"""After any sequence of operations, an archive has the same content as a dictionary."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.local.catalog import Catalog
from index.local.doctor import examine
from index.local.publish import publish
from index.local.snapshot import restore, snapshot
from index.process import ArticleProcessor
from index.read.article import without_file
from qa.ask import Asker
from tests.fakes import HashEmbedder, build_archive, identifier, index_paths, write_files, writer_of
from tests.torture.rounds import rounds

_STEPS = 50  # of one archive
_IDS = st.sampled_from([f"a{number}" for number in range(6)])
_FILES = st.sampled_from([f"f{number}" for number in range(4)])
_WORDS = ["pont", "grue", "neige", "mairie", "vote", "train", "港口", "الجسر", "🎉", "été"]
_TEXTS = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=12).map(lambda words: f"Hier {' '.join(words)}.")


class _Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._all = ExitStack()
        self._folder = Path(self._all.enter_context(TemporaryDirectory()))
        self._data = build_archive(self._folder, {"f0.txt": "Hier le pont."})
        self._crashes = 0
        self._files = {"f0": "Hier le pont."}
        self._expected = dict(self._files)
        self._taken: dict[str, str] | None = None
        self._open()

    def _open(self) -> None:
        self._opened = ExitStack()
        self._archive = self._opened.enter_context(LocalArchive(self._data))
        self._ingest = self._opened.enter_context(Ingest(writer_of(self._data), HashEmbedder(), identifier()))

    @rule(articles=st.dictionaries(_IDS, _TEXTS, min_size=1, max_size=4))
    def put(self, articles: dict[str, str]) -> None:
        outcomes = self._ingest.put([(key, without_file({"text": text})) for key, text in articles.items()])
        for outcome in outcomes:
            same = self._expected.get(outcome.id) == articles[outcome.id]
            assert outcome.change == ("unchanged" if same else "updated" if outcome.id in self._expected else "created")
        self._expected |= articles

    @rule(key=_IDS)
    def delete(self, key: str) -> None:
        assert self._ingest.delete(key) == (self._expected.pop(key, None) is not None)

    @rule(name=_FILES, text=st.none() | _TEXTS)
    def change_a_file(self, name: str, text: str | None) -> None:
        (self._folder / "articles" / f"{name}.txt").unlink(missing_ok=True)
        self._files.pop(name, None)
        if text:
            write_files(self._folder / "articles", {f"{name}.txt": text})
            self._files[name] = text

    @rule()
    def index(self) -> None:
        index_paths(self._folder / "articles", data=self._data, prune=True)
        self._expected = {key: text for key, text in self._expected.items() if key.startswith("a")} | self._files

    @rule()
    def publish(self) -> None:
        with Catalog.open(self._data) as catalog:
            self._archive.newer = publish(catalog, self._data)

    @rule()
    def reload(self) -> None:
        self._opened.close()
        self._open()

    @rule()
    def crash(self) -> None:
        before, self._crashes = self._data, self._crashes + 1
        self._data = self._folder / f"data-{self._crashes}"
        shutil.copytree(before, self._data, ignore=shutil.ignore_patterns("*-shm"))  # without closing it
        self._opened.close()
        shutil.rmtree(before)
        self._open()

    @rule()
    def take_a_snapshot(self) -> None:
        snapshot(self._data, self._folder / "news.sqlite", force=True)
        self._taken = dict(self._expected)

    @precondition(lambda self: self._taken is not None)
    @rule()
    def restore(self) -> None:
        restore(self._folder / "news.sqlite", self._data, force=True)
        self._expected = dict(self._taken or {})

    @rule()
    def examine(self) -> None:
        assert examine(self._data, ArticleProcessor(HashEmbedder(), identifier()), share=1).problems == []

    @invariant()
    def has_the_content_of_a_dictionary(self) -> None:
        with self._archive.reading():
            articles = self._archive.catalog.page(100, 0)
        names = {article.id: Path(article.origin).stem if article.origin else article.id for article in articles}
        assert {names[article.id]: article.text for article in articles} == self._expected

    @invariant()
    def finds_every_article_and_cites_exactly(self) -> None:
        answer = Asker(self._archive, HashEmbedder(), identifier()).ask("Hier le pont et la grue", 20)
        texts = set(self._expected.values())
        assert {hit.article.text for hit in answer.hits} <= texts
        with self._archive.reading():
            ids = {article.id for article in self._archive.catalog.page(100, 0)}
        assert {hit.article.id for hit in answer.hits} | {other for hit in answer.hits for other in hit.also_in} == ids
        for citation in answer.citations:
            start, end = citation.span
            assert citation.article.text[start:end] == citation.text

    def teardown(self) -> None:
        self._opened.close()
        self._all.close()


@pytest.mark.timeout(36_000)
def test_an_archive_has_the_content_of_a_dictionary_after_any_operations() -> None:
    run_state_machine_as_test(
        _Machine,
        settings=settings(
            max_examples=rounds(3, 45),  # a little more than 2,000 steps
            stateful_step_count=_STEPS,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
