"""The pipeline: what it needs of an archive, in which order it works, and what a search leaves out."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest

from index.archive import Archive, ArchiveReader, ArchiveWriter
from index.local.archive import LocalArchive
from index.model.cache import Model
from index.model.centering import LanguageMeans
from index.model.quantize import TokenQuantizer
from index.types import Article, Candidate, EncodedQuestion, Facets, Filter, StoredPassage
from qa.ask import Asker
from qa.reading import BUDGETS
from qa.texts import no_answer, texts
from tests.fakes import HashEmbedder, PhraseReader, build_archive, identifier

_FILES = {f"{n}.md": f"# Village {n}\n\nLe village {n} vote le budget de {n} écoles." for n in range(40)}
_QUESTION = "quel village vote le budget ?"


class _Recorder:
    """Another archive: it has the members of the Protocol and no others, and records the calls of questions."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.calls: list[tuple[str, int]] = []

    @property
    def data(self) -> Path:
        return self._archive.data

    @property
    def model(self) -> Model:
        return self._archive.model

    @property
    def means(self) -> LanguageMeans:
        return self._archive.means

    @property
    def quantizer(self) -> TokenQuantizer:
        return self._archive.quantizer

    @property
    def revision(self) -> int:
        return self._archive.revision

    def storage(self) -> dict[str, float]:
        return self._archive.storage()

    def reading(self) -> AbstractContextManager[None]:
        return self._archive.reading()

    def refresh(self) -> None:
        self._archive.refresh()

    def facets(self, *, exact: bool = False) -> Facets:
        return self._archive.facets(exact=exact)

    def candidates(self, question: EncodedQuestion, k: int, filters: Filter) -> list[Candidate]:
        self.calls.append(("candidates", k))
        return self._archive.candidates(question, k, filters)

    def texts(self, passages: Sequence[StoredPassage]) -> list[str]:
        self.calls.append(("texts", len(passages)))
        return self._archive.texts(passages)

    def copies(self, passages: Iterable[StoredPassage], filters: Filter) -> dict[int, list[str]]:
        self.calls.append(("copies", 0))
        return self._archive.copies(passages, filters)

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        self.calls.append(("articles", 0))
        return self._archive.articles(ids)

    def reader(self) -> AbstractContextManager[ArchiveReader]:
        return self._archive.reader()

    def writer(self) -> ArchiveWriter:
        return self._archive.writer()

    def publishing(self) -> AbstractContextManager[object]:
        return self._archive.publishing()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalArchive]:
    with LocalArchive(build_archive(tmp_path_factory.mktemp("archive"), _FILES)) as opened:
        yield opened


def _asker(archive: Archive) -> Asker:
    return Asker(archive, HashEmbedder(), identifier())


def _reading(archive: Archive, reader: PhraseReader) -> Asker:
    return Asker(archive, HashEmbedder(), identifier(), reader=reader)


def test_an_asker_needs_no_more_of_an_archive_than_the_protocol(archive: LocalArchive) -> None:
    answer, same = _asker(archive).ask(_QUESTION), _asker(_Recorder(archive)).ask(_QUESTION)
    assert (answer.text, answer.citations) == (same.text, same.citations)
    assert [(hit.passage, hit.score, hit.also_in) for hit in answer.hits] == [
        (hit.passage, hit.score, hit.also_in) for hit in same.hits
    ]


def test_an_archive_is_asked_for_candidates_once_and_for_texts_once_before_duplicates_are_found(
    archive: LocalArchive,
) -> None:
    recorder = _Recorder(archive)
    _asker(recorder).ask(_QUESTION, 8)
    assert recorder.calls == [("candidates", 8), ("texts", 24), ("copies", 0), ("articles", 0)]


def test_a_search_finds_what_an_answer_is_made_of_and_quotes_nothing(archive: LocalArchive) -> None:
    asker = _asker(archive)
    found, answer = asker.search(_QUESTION), asker.ask(_QUESTION)
    assert [hit.passage for hit in found.hits] == [hit.passage for hit in answer.hits]
    assert (found.question, found.language, found.confidence) == (answer.question, answer.language, answer.confidence)
    assert [*found.took_ms] == ["embed", "search", "rank", "total"]
    assert [*answer.took_ms] == ["embed", "search", "rank", "answer", "total"]


def test_the_total_is_the_sum_of_the_stages(archive: LocalArchive) -> None:
    *stages, total = _asker(archive).ask(_QUESTION).took_ms.values()
    assert total == pytest.approx(sum(stages), abs=0.01)


def test_a_reader_is_a_stage_that_marks_the_answering_words(archive: LocalArchive) -> None:
    answer = _reading(archive, PhraseReader("7 écoles")).ask(_QUESTION)
    assert [*answer.took_ms] == ["embed", "search", "rank", "read", "answer", "total"]
    assert answer.citations
    for citation in answer.citations:
        assert citation.answer_span
        (start, end), (first, last) = citation.span, citation.answer_span
        assert start <= first < last <= end


def test_what_the_reader_finds_below_the_requested_hits_comes_first(archive: LocalArchive) -> None:
    names = [hit.article.title for hit in _asker(archive).search(_QUESTION, BUDGETS["fast"].passages).hits]
    number = names[-1].rpartition(" ")[2]
    found = _reading(archive, PhraseReader(f"{number} écoles")).search(_QUESTION, 1)
    assert [hit.article.title for hit in found.hits] == [names[-1]]


def test_in_a_hurry_the_answer_is_that_without_a_reader(archive: LocalArchive) -> None:
    reader = PhraseReader("écoles")
    hurried = _reading(archive, reader).ask(_QUESTION, hurry=lambda: len(reader.windows) == 1)
    answer = _asker(archive).ask(_QUESTION)
    assert (hurried.text, hurried.citations) == (answer.text, answer.citations)
    assert [(hit.score, hit.scores, hit.reading) for hit in hurried.hits] == [
        (hit.score, hit.scores, None) for hit in answer.hits
    ]
    assert len(reader.windows) == 1


def test_a_message_that_asks_nothing_is_not_searched_and_gets_a_reply_in_its_language(archive: LocalArchive) -> None:
    recorder = _Recorder(archive)
    answer = _asker(recorder).ask("merci !")
    assert recorder.calls == []
    assert (answer.status, answer.language, answer.text) == ("abstained", "fr", texts("fr").thanks)
    assert (answer.hits, answer.citations, answer.confidence, answer.took_ms) == ((), (), None, {"total": 0})


@pytest.mark.parametrize(
    ("question", "language"),
    [("quel village vote le budget ?", "fr"), ("welches Dorf beschließt den Haushalt?", "de"), ("Budget?", None)],
)
def test_a_refusal_is_in_the_language_of_the_question_where_it_is_known(
    archive: LocalArchive, question: str, language: str | None
) -> None:
    answer = _asker(archive).ask(question, filters=Filter(published_from=date(2100, 1, 1)))
    assert (answer.status, answer.language, answer.text) == ("abstained", language, no_answer(language))


def test_a_part_that_nothing_answers_with_words_of_those_before_it_is_asked_alone(archive: LocalArchive) -> None:
    recorder = _Recorder(archive)
    nothing = Filter(published_to=date(1990, 1, 1))
    _asker(recorder).ask("Who is Ada Tarn? When does the pool close?", filters=nothing)
    assert [call for call, _ in recorder.calls].count("candidates") == 3
    recorder.calls.clear()
    _asker(recorder).ask("Who is Ada Tarn? Why did she leave?", filters=nothing)
    assert [call for call, _ in recorder.calls].count("candidates") == 2
