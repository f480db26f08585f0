"""The lexical index."""

import math
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tantivy import Query

from index.errors import ArchiveDamaged
from index.local import lexical
from index.local.columns import Columns, Selection
from index.local.lexical import LexicalIndex
from index.terms import terms
from index.types import Filter
from tests.index.local.contents import content_of, words_of

# --- searching


_RANDOM = np.random.default_rng(7)
_VOCABULARY = [f"mot{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(200)]


def texts_of(count: int) -> dict[int, str]:
    """Return texts of up to 39 words, whose lengths BM25 does not round, under numbers with holes."""
    texts = {}
    for number in (_RANDOM.permutation(count * 3)[:count] + 1).tolist():
        ranks = np.minimum(_RANDOM.zipf(1.3, _RANDOM.integers(1, 40)) - 1, len(_VOCABULARY) - 1)
        texts[number] = " ".join(_VOCABULARY[rank] for rank in ranks)
    return texts


def idf(term: str) -> float:
    """Return the weight of a term."""
    frequency = sum(term in text.split() for text in TEXTS.values())
    return math.log(1 + (len(TEXTS) - frequency + 0.5) / (frequency + 0.5))


def brute_force(question: Sequence[str]) -> dict[int, float]:
    """Return the BM25 of the texts that have a term of the question."""
    counts = {number: Counter(text.split()) for number, text in TEXTS.items()}
    mean = sum(count.total() for count in counts.values()) / len(TEXTS)
    weights = {term: idf(term) for term in set(question)}
    return {
        number: sum(
            weight * 2.2 * count[term] / (count[term] + 1.2 * (0.25 + 0.75 * count.total() / mean))
            for term, weight in weights.items()
        )
        for number, count in counts.items()
        if any(term in count for term in weights)
    }


def assert_best(found: list[tuple[int, float]], scores: dict[int, float], k: int) -> None:
    """Compare hits with the scores of all."""
    best = sorted(((number, round(score, 3)) for number, score in scores.items()), key=lambda hit: (-hit[1], hit[0]))
    assert [score for _, score in found] == pytest.approx([score for _, score in best[:k]], abs=2e-3)
    assert all(score == pytest.approx(scores[number], abs=1e-3) for number, score in found)
    assert len({number for number, _ in found}) == len(found)
    assert found == sorted(found, key=lambda hit: (-hit[1], hit[0]))


TEXTS = texts_of(1000)
INDEX = words_of(TEXTS)
COLUMNS = Columns.of([content_of(TEXTS)])
QUESTIONS = [[str(word) for word in _RANDOM.choice(_VOCABULARY, size)] for size in (1, 2, 3, 5, 9, 20)]


@pytest.mark.parametrize("k", [1, 10, 100, 1000, 10**9])
@pytest.mark.parametrize("question", QUESTIONS, ids=len)
def test_scores_are_bm25(question: list[str], k: int) -> None:
    assert_best(INDEX.search(question, k), brute_force(question), k)


@pytest.mark.parametrize("k", [1, 10, 100, 1000])
@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("question", QUESTIONS, ids=len)
def test_search_among_some_finds_all_of_them(question: list[str], share: float, k: int) -> None:
    day = date.fromordinal(sorted(TEXTS)[int(share * len(TEXTS)) - 1] + 1)
    selection = Selection.of([COLUMNS], Filter(published_to=day))
    assert selection.count == int(share * len(TEXTS))
    scores = {number: score for number, score in brute_force(question).items() if number < day.toordinal()}
    assert_best(INDEX.search(question, k, selection), scores, k)


@pytest.mark.parametrize(
    "filters",
    [
        Filter(published_from=date(1, 2, 1), as_of=date(2, 1, 1)),
        Filter(published_to=date(3, 1, 1), as_of=date(2, 1, 1)),
        Filter(languages=("fr", "de")),
        Filter(languages=("de",)),
        Filter(sources=("1.md", "' OR 1 --")),
        Filter(sources=("0.md", "2.md"), languages=("fr",), published_from=date(4, 1, 1)),
    ],
)
def test_filters_of_tantivy_admit_what_columns_admit(filters: Filter, monkeypatch: pytest.MonkeyPatch) -> None:
    selection = Selection.of([COLUMNS], filters)
    by_columns = [INDEX.search(question, 1000, selection) for question in QUESTIONS]
    monkeypatch.setattr("index.local.lexical._MAX_FILTERED_HITS", -1)
    for question, expected in zip(QUESTIONS, by_columns, strict=True):
        for k in (1, 1000):
            assert INDEX.search(question, k, selection) == expected[:k]


def test_the_worst_of_many_are_found_when_only_they_are_allowed() -> None:
    texts = {number: "port" if number < 4000 else "port " + "quai " * 30 for number in range(5000)}
    late = Selection.of([Columns.of([content_of(texts)])], Filter(published_from=date.fromordinal(4001)))
    found = words_of(texts).search(["port"], 3, late)
    assert [number for number, _ in found] == [4000, 4001, 4002]


@pytest.mark.parametrize("k", [1, 3, 7, 60])
def test_equal_scores_come_in_the_order_of_their_numbers(k: int) -> None:
    numbers = [int(number) for number in np.random.default_rng(3).permutation(60)]
    index = words_of(dict.fromkeys(numbers, "le port du nord et le phare"))
    assert [number for number, _ in index.search(["phare", "port", "le"], k, None)] == list(range(k))


def test_thousands_of_equal_scores_are_not_all_ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[int] = []
    hits = LexicalIndex._hits

    def counted(index: LexicalIndex, query: Query, limit: int) -> list[tuple[int, float]]:
        fetched.append(limit)
        return hits(index, query, limit)

    monkeypatch.setattr(LexicalIndex, "_hits", counted)
    index = words_of(dict.fromkeys(range(5000), "le phare de Cordouan"))
    found = index.search(["phares"], 20)
    assert ([number for number, _ in found], {score for _, score in found}) == (list(range(20)), {found[0][1]})
    assert max(fetched) < 1000


def test_nothing_is_found_for_nothing() -> None:
    index = words_of({1: "le port"})
    assert index.search([], 5) == []
    assert index.search(["grue"], 5) == []
    assert index.search(["port"], 0, None) == []
    nothing = Selection.of([Columns.of([content_of({1: "le port"})])], Filter(languages=("de",)))
    assert index.search(["port"], 5, nothing) == []


def test_an_empty_index_finds_nothing() -> None:
    index = words_of({})
    assert len(index) == 0
    assert index.search(["port", "grenouille"], 5) == []
    assert index.coverage(["port", "grenouille"], [1, 2]) == {1: 0.0, 2: 0.0}


@pytest.mark.parametrize(
    "question",
    [
        '"port',
        "port AND (quai",
        "number:1",
        "+port -quai",
        "port~9 por*",
        "[a TO b]",
        "a^2 \\ /x/",
        "' OR 1 --",
        "IN [1 2]",
    ],
)
def test_operators_and_quotes_are_no_more_than_their_words(question: str) -> None:
    index = words_of({1: "le port", 2: "un quai"})
    found = index.search(terms(question), 5)
    assert {number for number, _ in found} == {
        number for number, text in ((1, "port"), (2, "quai")) if text in terms(question)
    }


@given(st.text(), st.lists(st.text()))
@settings(max_examples=100, deadline=None)
def test_no_question_raises(question: str, words: list[str]) -> None:
    index = words_of({1: "le port", 2: "港口星期一", 3: question})
    assert len(index.search([*terms(question), *(term for word in words for term in terms(word))], 5)) <= 3


def test_threads_may_share_an_index() -> None:
    alone = [INDEX.search(question, 20) for question in QUESTIONS]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            assert list(pool.map(lambda question: INDEX.search(question, 20), QUESTIONS)) == alone


# --- coverage


@pytest.mark.parametrize("scanned", [10, 50_000])
@pytest.mark.parametrize("count", [1, 50, 1000])
def test_coverage_is_bm25_divided_by_the_weight_of_the_question(
    count: int, scanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical, "_MAX_SCANNED", scanned)
    numbers = [*TEXTS][:count]
    for question in QUESTIONS:
        scores, total = brute_force(question), sum(idf(term) for term in set(question))
        found = INDEX.coverage(question, numbers)
        assert list(found) == numbers
        for number in numbers:
            assert found[number] == pytest.approx(scores.get(number, 0) / total, abs=1e-3)


def test_frequent_terms_are_not_searched_if_others_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    index = words_of({number: "le pont" if number % 20 else "le pont rouvre" for number in range(40)})
    assert index.rare(["le", "pont", "rouvre", "kalinowski"]) == ("le", "pont", "rouvre", "kalinowski")
    monkeypatch.setattr("index.bm25._MIN_FREQUENT", 10)
    assert index.rare(["le", "pont", "rouvre", "kalinowski"]) == ("rouvre", "kalinowski")
    assert index.rare(["le", "pont"]) == ("le", "pont")


def test_a_passage_with_all_terms_has_a_coverage_of_about_one() -> None:
    texts = {number: f"passage numéro {number}" for number in range(50)} | {99: "la grue rouge"}
    found = words_of(texts).coverage(terms("La grue rouge ?"), [99, 1])
    assert 0.9 < found[99] < 1.1
    assert found[1] == 0


def test_words_that_no_passage_has_weigh_most() -> None:
    index = words_of(dict.fromkeys(range(50), "la grue rouge"))
    highest, common = math.log(1 + 50.5 / 0.5), math.log(1 + 0.5 / 50.5)
    found = index.coverage(["grue", "kalin"], [3])
    assert found[3] == pytest.approx(common / (common + highest), abs=1e-3)


def test_a_word_said_twice_in_a_question_counts_once() -> None:
    question = QUESTIONS[2]
    assert INDEX.coverage(question * 2, TEXTS) == INDEX.coverage(question, TEXTS)
    assert INDEX.search(question * 2, 9) == INDEX.search(question, 9)


def test_numbers_that_are_not_indexed_have_no_coverage() -> None:
    assert words_of({1: "le port"}).coverage(["port"], [7, 1, 7])[7] == 0


# --- misspelt words


NAMES = {1: "Zelensky arrive à Paris", 2: "Kalinowski part", 3: "la grue du port", 4: "GPT54321 code"}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Zelenskyy", 1),
        ("Zelenskiy", 1),
        ("Kalinovski", 2),
        ("Kailnowski", 2),
        ("Kalinowsk", 2),
        ("Kalin", None),  # no beginning
        ("Kalynovski", None),  # two letters
        ("grues", None),  # short
        ("GPT54322", None),  # a code
    ],
)
def test_a_misspelt_name_is_found(written: str, found: int | None) -> None:
    hits = words_of(NAMES).search(terms(written), 5)
    assert [number for number, _ in hits] == ([] if found is None else [found])


def test_a_name_that_is_there_is_not_taken_for_another() -> None:
    index = words_of({1: "Martine parle", 2: "Martina parle"})
    assert [number for number, _ in index.search(["martine"], 5)] == [1]


def test_a_misspelt_name_weighs_as_the_rarest_word() -> None:
    index = words_of(NAMES)
    ((_, score),) = index.search(["zelenskyy"], 5)
    assert score == pytest.approx(math.log(1 + 3.5 / 1.5), abs=1e-3)


def test_a_question_of_nothing_but_unknown_words_is_quick() -> None:
    start = time.process_time()
    INDEX.search([f"inconnu{chr(97 + a)}{chr(97 + b)}" for a in range(26) for b in range(26)], 5)
    assert time.process_time() - start < 1


# --- folders


def write(folder: Path, texts: Mapping[int, str]) -> None:
    """Write an index of texts."""
    LexicalIndex.write(folder, [content_of(texts)])


def test_passages_are_added_and_deleted_without_writing_the_others_again(tmp_path: Path) -> None:
    numbers = sorted(TEXTS)
    first, later = ({number: TEXTS[number] for number in part} for part in (numbers[:900], numbers[900:]))
    write(tmp_path / "a", first)
    before = {file.name: file.read_bytes() for file in (tmp_path / "a").iterdir()}
    LexicalIndex.write(tmp_path / "b", [content_of(later)], tmp_path / "a", dead=numbers[:100])
    grown = LexicalIndex.read(tmp_path / "b")
    assert sorted(grown.numbers.tolist()) == numbers[100:]
    assert {file.name: file.read_bytes() for file in (tmp_path / "a").iterdir()} == before
    shared = {file.name for file in (tmp_path / "b").iterdir() if file.stat().st_nlink > 1}
    assert any(name.endswith((".store", ".term")) for name in shared)
    for question in QUESTIONS:
        found, expected = grown.search(question, 1000), INDEX.search(question, 1000)
        alive = {number for number, _ in expected if number in numbers[100:]}
        assert {number for number, _ in found} == alive  # scores differ a little: weights count deleted passages


def test_deleted_passages_never_give_a_term_a_negative_weight(tmp_path: Path) -> None:
    write(tmp_path / "a", dict.fromkeys(range(1, 101), "le port"))
    LexicalIndex.write(tmp_path / "b", [], tmp_path / "a", dead=range(1, 100))
    index = LexicalIndex.read(tmp_path / "b")
    assert len(index) == 1
    ((number, score),) = index.search(["port"], 5)
    assert number == 100
    assert score > 0


@pytest.mark.parametrize("texts", [{}, {1: ""}, {1: "港口", 2: "🎉"}])
def test_hardly_any_words_are_written_and_read(tmp_path: Path, texts: dict[int, str]) -> None:
    write(tmp_path / "a", texts)
    assert len(LexicalIndex.read(tmp_path / "a")) == len(texts)


def test_what_is_written_has_no_locks_and_reading_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a", TEXTS)
    before = {file.name: file.read_bytes() for file in (tmp_path / "a").iterdir()}
    touched = (tmp_path / "a").stat().st_mtime_ns
    index = LexicalIndex.read(tmp_path / "a")
    index.search(QUESTIONS[3], 5)
    assert {file.name: file.read_bytes() for file in (tmp_path / "a").iterdir()} == before
    assert (tmp_path / "a").stat().st_mtime_ns == touched
    assert not [name for name in before if name.endswith(".lock")]


def test_many_indexes_are_written_and_read_while_tantivy_looks_for_changes(tmp_path: Path) -> None:
    for number in range(150):
        folder = tmp_path / str(number)
        write(folder, {1: "le port", 2: "la grue"})
        assert len(LexicalIndex.read(folder)) == 2
    assert not list(tmp_path.rglob("*.lock"))
    assert len(list(tmp_path.iterdir())) == 150


def test_an_index_answers_after_its_folder_was_replaced_by_another(tmp_path: Path) -> None:
    write(tmp_path / "a", TEXTS)
    index = LexicalIndex.read(tmp_path / "a")
    before = index.search(QUESTIONS[4], 20)
    shutil.rmtree(tmp_path / "a")
    write(tmp_path / "a", {1: "autre chose"})
    time.sleep(0.7)  # longer than tantivy takes to look for changes
    assert index.search(QUESTIONS[4], 20) == before
    assert len(index) == len(TEXTS)


def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "a", tmp_path / "absent" / "a"):
        with pytest.raises(OSError, match=str(tmp_path)):
            write(place, TEXTS)


def _one(folder: Path, suffix: str) -> Path:
    (file,) = folder.glob(f"*{suffix}")
    return file


_DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": shutil.rmtree,
    "empty": lambda folder: [*map(Path.unlink, folder.iterdir())],
    "no list": lambda folder: _one(folder, "meta.json").unlink(),
    "a list of nothing": lambda folder: _one(folder, "meta.json").write_text("["),
    "no terms": lambda folder: _one(folder, ".term").unlink(),
    "terms empty": lambda folder: _one(folder, ".term").write_bytes(b""),
    "terms cut off": lambda folder: _one(folder, ".term").write_bytes(_one(folder, ".term").read_bytes()[:-7]),
    "numbers are zeros": lambda folder: _one(folder, ".fast").write_bytes(bytes(1000)),
}


@pytest.mark.parametrize("damage", _DAMAGE.values(), ids=_DAMAGE)
def test_a_folder_that_is_no_index_is_damaged(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    write(tmp_path / "a", {1: "le port", 2: "la grue"})
    damage(tmp_path / "a")
    with pytest.raises(ArchiveDamaged, match="not a lexical index"):
        LexicalIndex.read(tmp_path / "a")
