"""A generation with a delta, compared with a generation of all passages."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.local.catalog import Catalog
from index.local.delta import LiveSelection
from index.local.publish import publish
from index.read.article import RawArticle, without_file
from index.terms import terms
from index.types import Filter
from tests.fakes import HashEmbedder, build_archive, identifier, writer_of

_PLACES = "port pont quai gare col phare marché musée théâtre hôpital".split()
_EVENTS = "ferme rouvre brûle vote déménage double gèle".split()
_DAYS = "lundi mardi mercredi jeudi vendredi".split()
_OLD = {
    f"{place}{day}.md": f"---\ntitle: Le {place}\ndate: 2026-01-0{number % 9 + 1}\n---\n"
    f"Le {place} rouvre {day} matin. Les habitants de la ville l’attendent depuis {number} mois."
    for number, (place, day) in enumerate((place, day) for place in _PLACES for day in _DAYS[:3])
}
_NEW = [
    f"Le {place} {event} {day}, dit Kalinowski à Brest, et cela pendant {number} jours."
    for number, (place, event, day) in enumerate(
        (place, event, day) for place in _PLACES for event in _EVENTS[2:4] for day in _DAYS[::2]
    )
]
_QUESTIONS = [
    "le port ferme lundi",
    "quand rouvre le musée ?",
    "Kalinowski",
    "Kalinowsky à Brest",
    "le théatre vote 42 jours",
    "phare",
    "港口",
]


def written(text: str) -> RawArticle:
    """Return an article with a title, so that it is as long as those of the generation."""
    return without_file({"text": text, "title": "Ville et port", "date": "2026-02-01"})


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[LocalArchive]:
    """An archive with a delta larger than its generation, and with replaced and deleted articles."""
    data = build_archive(tmp_path, _OLD)
    with LocalArchive(data) as archive, Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        new = [(f"n{number}", written(text)) for number, text in enumerate(_NEW)]
        for start in range(0, len(new), 7):
            ingest.put(new[start : start + 7])
            archive.refresh()
        ingest.put([("n3", written("Le pont est à vendre pour un franc, et il y a des amateurs."))])
        ingest.delete("n5")
        old = [article.id for article in archive.catalog.page(100, 0) if article.title == "Le quai"]
        ingest.delete(old[0])
        archive.refresh()
        assert len(archive.live) > len(archive.generation.segments)
        yield archive


@pytest.fixture
def published(archive: LocalArchive) -> Iterator[LocalArchive]:
    """The same archive with a generation of all passages."""
    with Catalog.open(archive.data) as catalog:
        publish(catalog, archive.data)
    with LocalArchive(archive.data) as reopened:
        assert len(reopened.live) == 0
        assert len(reopened.generation.segments) == archive.catalog.counts()["passages"]
        yield reopened


def alive(archive: LocalArchive, hits: list[tuple[int, float]]) -> dict[int, float]:
    """Return the hits that have not been deleted since the generation."""
    there = archive.catalog.candidates(number for number, _ in hits)
    return {number: score for number, score in hits if number in there}


def selected(archive: LocalArchive, among: Filter) -> LiveSelection | None:
    """Apply a filter."""
    return archive.live.select(among) if among else None


_FILTERS = [
    Filter(),
    Filter(languages=("fr",)),
    Filter(as_of=date(2026, 1, 5)),
    Filter(published_from=date(2026, 1, 8)),
    Filter(sources=("pontlundi.md", "n2", "n7")),
]


@pytest.mark.parametrize("among", _FILTERS[1:])
def test_a_filter_admits_the_passages_that_the_catalog_admits(archive: LocalArchive, among: Filter) -> None:
    every = archive.catalog.numbers(Filter())
    selection = archive.live.select(among)
    admitted = every[selection.older.admits(every) | selection.recent.admits(every)]
    assert sorted(admitted.tolist()) == sorted(archive.catalog.numbers(among).tolist())
    assert 0 < len(admitted) <= selection.count


@pytest.mark.parametrize("question", _QUESTIONS)
def test_the_nearest_passages_are_those_of_a_generation_of_all(
    archive: LocalArchive, published: LocalArchive, question: str
) -> None:
    vector = HashEmbedder().question(question).vector
    for among in _FILTERS:
        found = archive.live.search_dense(vector, 1000, selected(archive, among))
        expected = published.live.search_dense(vector, 1000, selected(published, among))
        assert alive(archive, found) == pytest.approx(dict(expected), abs=0.02)
        best = archive.live.search_dense(vector, 10, selected(archive, among))
        assert best == found[:10]


def test_a_passage_has_the_cosine_that_it_is_found_with(archive: LocalArchive) -> None:
    vector = HashEmbedder().question(_QUESTIONS[0]).vector
    found = alive(archive, archive.live.search_dense(vector, 1000))
    assert archive.live.cosines(vector, [*found]) == pytest.approx(found, abs=1e-6)
    assert archive.live.cosines(vector, []) == {}


@pytest.mark.parametrize("question", _QUESTIONS)
def test_coverage_is_close_to_that_of_a_generation_of_all(
    archive: LocalArchive, published: LocalArchive, question: str
) -> None:
    every = archive.catalog.numbers(Filter()).tolist()
    found = archive.live.coverage(terms(question), every)
    assert found == pytest.approx(published.live.coverage(terms(question), every), abs=0.05)
    assert set(found) == set(every)


@pytest.mark.parametrize("question", _QUESTIONS)
def test_passages_with_the_words_are_found_wherever_they_are(
    archive: LocalArchive, published: LocalArchive, question: str
) -> None:
    for among in _FILTERS:
        found = archive.live.search_lexical(terms(question), 1000, selected(archive, among))
        expected = dict(published.live.search_lexical(terms(question), 1000, selected(published, among)))
        assert set(alive(archive, found)) == set(expected)
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        assert archive.live.search_lexical(terms(question), 5, selected(archive, among)) == found[:5]


def test_exhaustive_search_finds_what_faiss_finds(archive: LocalArchive, published: LocalArchive) -> None:
    for vector in archive.catalog.content().vectors[:20]:
        ((best, score),) = archive.live.search_dense(vector, 1)
        ((same, other),) = published.live.search_dense(vector, 1)
        assert best == same
        assert score == pytest.approx(other, abs=0.02)


def test_deleted_passages_are_removed_from_the_delta(archive: LocalArchive) -> None:
    everything = archive.live.search_dense(HashEmbedder().question("le pont").vector, 10_000)
    recent = [number for number, _ in everything if number > archive.generation.last]
    assert sorted(recent) == archive.catalog.numbers_after(archive.generation.last).tolist()


def test_a_filter_that_lets_nothing_through_finds_nothing(archive: LocalArchive) -> None:
    nothing = archive.live.select(Filter(languages=("de",)))
    assert nothing.count == 0
    assert archive.live.search_dense(HashEmbedder().question("le pont").vector, 5, nothing) == []
    assert archive.live.search_lexical(["pont"], 5, nothing) == []


def test_an_empty_archive_finds_what_is_written_first(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"a.md": ""})
    with LocalArchive(data) as archive, Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        ingest.put([("a", without_file({"text": "Il neige."})), ("b", without_file({"text": "Il pleut fort."}))])
        archive.refresh()
        assert len(archive.generation.segments) == 0
        assert len(archive.live.search_dense(HashEmbedder().question("il neige").vector, 9)) == 2
        ((_, score),) = archive.live.search_lexical(["neige"], 9)
        assert score > 0
