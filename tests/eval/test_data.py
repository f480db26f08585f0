"""Data sets are read correctly, and errors in them are reported with file and line."""

import itertools
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from eval.data import load
from eval.dev_test import half_by_passage, half_of
from eval.errors import EvaluationError
from eval.types import DataSet, Expected, Half
from tests.eval.fakes import CASE, QRELS, write_beir, write_rows
from tests.fakes import SHARED


def _refused(path: Path, **options: Any) -> str:
    with pytest.raises(EvaluationError) as refused:
        load(path, **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def _case(**fields: Any) -> dict[str, Any]:
    return CASE | fields


def _ids(data: DataSet) -> list[str]:
    return [question.id for question in data.questions]


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CASE.items() if key != name}


def _query(**fields: Any) -> dict[str, Any]:
    return {"_id": "q2", "text": "why?"} | fields


# --- cases


def test_a_case_is_read_whole(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", [CASE])
    data = load(file)
    (question,) = data.questions
    assert (data.name, data.level, data.documents) == ("cases", "passages", None)
    assert data.question_ids == {"pool-closes.en"}
    assert (question.id, question.group, question.language) == ("pool-closes.en", "pool-closes", "en")
    assert (question.text, question.kind, question.answers) == ("When does the pool close?", "when", ("June",))
    assert question.expected == (Expected("pool", "The city pool closes in June."),)
    assert question.answerable
    assert question.location == f"{file}:1"


def test_a_case_that_expects_nothing_is_unanswerable(tmp_path: Path) -> None:
    (question,) = load(write_rows(tmp_path / "c.jsonl", [_case(expected=[], answers=[])])).questions
    assert not question.answerable


def test_a_mark_at_the_start_blank_lines_and_crlf_mean_nothing(tmp_path: Path) -> None:
    other = _case(id="泳池.zh", language="zh", question="泳池\u2028何时🏊\u0085关闭？")
    plain = write_rows(tmp_path / "plain.jsonl", [CASE, other])
    marked = tmp_path / "marked.jsonl"
    first, second = (json.dumps(row, ensure_ascii=False) for row in (CASE, other))
    marked.write_text(f"\ufeff{first}\r\n\r\n   \r\n{second}", encoding="utf-8", newline="")
    one, two = load(plain), load(marked)
    assert _ids(one) == _ids(two) == ["pool-closes.en", "泳池.zh"]
    assert [question.text for question in one.questions] == [question.text for question in two.questions]
    assert two.questions[1].location == f"{marked}:4"


def _test_id(value: object) -> str:
    """Return the difference between a row and a valid one, as the id of a test."""
    if isinstance(value, dict):
        value = {key: given for key, given in value.items() if CASE.get(key) != given} or "a missing field"
    return json.dumps(value)[:60]


@pytest.mark.parametrize(
    ("row", "fragment"),
    [
        ("{", "not JSON"),
        ("", "not JSON"),
        ("null", "NoneType"),
        ("[]", "list"),
        ("[" * 100_000, "not JSON"),
        ('{"id": ' + "1" * 5000 + "}", "not JSON"),
        *((_without(name), f"'{name}'") for name in CASE),
        *((_case(**{name: None}), f"'{name}'") for name in CASE),
        *((_case(**{name: "  "}), f"'{name}'") for name in ("id", "language", "kind", "question")),
        (_case(question=["why?"]), "'question'"),
        (_case(expected={}), "'expected'"),
        (_case(expected=["pool"]), "'expected'"),
        (_case(expected=[{"article": "pool"}]), "'expected'"),
        (_case(expected=[{"article": "pool", "quote": ""}]), "'expected'"),
        (_case(expected=[{"article": 3, "quote": "June"}]), "'expected'"),
        (_case(expected=[{"article": "pool", "quote": "June", "grade": 1}]), "'expected'"),
        (_case(answers=[""]), "'answers'"),
        (_case(answers=[3]), "'answers'"),
        (_case(expect=[]), "'expect'"),
        (_case(id="pool-closes"), ".en"),
        (_case(id="pool-closes.fr"), ".en"),
        (_case(id=".en"), ".en"),
        (_case(expected=CASE["expected"] * 2), "twice"),
        (_case(expected=[], answers=["June"]), "answers"),
        (json.dumps(_case(question="why \ud800?")), "question"),
        (json.dumps(_case(id="pool\ud800.en")), "id"),
    ],
    ids=_test_id,
)
def test_a_malformed_case_is_named_by_file_and_line(
    tmp_path: Path, row: Mapping[str, Any] | str, fragment: str
) -> None:
    rows: list[Mapping[str, Any] | str] = [_case(id="first.en"), "", row or "{]"]
    file = write_rows(tmp_path / "cases.jsonl", rows)
    message = _refused(file)
    assert message.startswith(f"{file}:3: ")
    assert fragment in message


def test_two_cases_with_one_id_are_both_named(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", [CASE, _case(id="other.en"), CASE])
    message = _refused(file)
    assert message.startswith(f"{file}:3: ")
    assert f"{file}:1" in message


def test_bytes_that_are_not_utf_8_are_named_by_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_bytes(json.dumps(CASE).encode() + b'\n{"id": "\xe9t\xe9"}\n')
    assert _refused(file).startswith(f"{file}:2: not UTF-8")


@pytest.mark.parametrize("content", ["", "\n\r\n", "\ufeff"])
def test_a_file_without_cases_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "cases.jsonl").write_text(content, encoding="utf-8")
    assert "no questions" in _refused(tmp_path / "cases.jsonl")


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "nowhere") in _refused(tmp_path / "nowhere")


def test_cases_have_no_splits_and_no_qrels(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", [CASE])
    assert "--split" in _refused(file, split="test")
    assert "--qrels" in _refused(file, qrels=tmp_path / "qrels")


def test_the_hash_depends_on_the_content_and_not_on_the_name(tmp_path: Path) -> None:
    one = load(write_rows(tmp_path / "one.jsonl", [CASE]))
    same = load(write_rows(tmp_path / "same.jsonl", [CASE]))
    other = load(write_rows(tmp_path / "other.jsonl", [_case(kind="what")]))
    assert one.sha256 == same.sha256 != other.sha256


# --- BEIR folders


def test_a_beir_folder_is_read_whole(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "small", answers=[{"_id": "q1", "answers": ["June"]}])
    data = load(folder)
    assert (data.name, data.level, data.question_ids) == ("small", "articles", frozenset({"q1", "q2"}))
    assert data.documents is not None
    assert [document.id for document in data.documents] == ["d1", "d2", "d3"]
    one, two = data.questions
    assert (one.expected, one.answers, one.location) == ((Expected("d1"),), ("June",), f"{folder / 'queries.jsonl'}:1")
    assert (two.expected, two.answers, two.group) == ((Expected("d2"),), (), "q2")


def test_grades_are_kept_and_what_is_not_relevant_is_not_expected(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "small", qrels={"test": "q1 0 d1 3\nq1 0 d2 0\nq1 0 d3 -1\nq2 0 d1 0\n"})
    (question,) = load(folder).questions
    assert question.expected == (Expected("d1", grade=3),)


def test_questions_that_a_split_does_not_judge_are_left_out_but_known(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "small", qrels={"one": "q1 0 d1 1\n", "two": "q2 0 d2 1\n"})
    assert _ids(load(folder, split="one")) == ["q1"]
    assert load(folder, split="one").question_ids == {"q1", "q2"}
    assert load(folder, split="one").name == "small-one"
    assert load(folder, split="one").sha256 != load(folder, split="two").sha256


def test_a_folder_with_several_splits_says_which(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "small", qrels={"one": "q1 0 d1 1\n", "two": "q2 0 d2 1\n"})
    assert "one, two" in _refused(folder)
    assert "'three'" in _refused(folder, split="three")
    assert "one, two" in _refused(folder, split="three")


def test_a_folder_without_qrels_is_no_beir_folder(tmp_path: Path) -> None:
    assert "not a BEIR folder" in _refused(write_beir(tmp_path / "small", qrels={}))
    (tmp_path / "empty").mkdir()
    assert str(tmp_path / "empty") in _refused(tmp_path / "empty")


def test_trec_qrels_take_the_place_of_the_folders_own(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "small")
    (tmp_path / "mine.qrels").write_text("q1 0 d3 2\n", encoding="utf-8")
    (question,) = load(folder, qrels=tmp_path / "mine.qrels").questions
    assert question.expected == (Expected("d3", grade=2),)


def test_questions_marked_unanswerable_are_asked_and_expect_nothing(tmp_path: Path) -> None:
    queries = [_query(_id="q1", answerable=True), _query(answerable=False)]
    folder = write_beir(tmp_path / "small", queries=queries, qrels={"test": "q1 0 d1 1\nq2 0 d2 1\n"})
    one, two = load(folder).questions
    assert (one.answerable, one.kind) == (True, "answerable")
    assert (two.answerable, two.kind, two.expected) == (False, "unanswerable", ())


def test_languages_and_groups_come_from_the_questions(tmp_path: Path) -> None:
    queries = [{"_id": "fr:5", "text": "pourquoi ?", "lang": "fr"}, {"_id": "en:5", "text": "why?", "language": "en"}]
    folder = write_beir(tmp_path / "small", queries=queries, qrels={"test": "fr:5 0 d1 1\nen:5 0 d1 1\n"})
    assert [(one.group, one.language) for one in load(folder).questions] == [("5", "fr"), ("5", "en")]


def test_marks_blank_lines_and_crlf_mean_nothing_in_a_beir_folder(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "small")
    for file in (folder / "corpus.jsonl", folder / "queries.jsonl", folder / "qrels" / "test.tsv"):
        content = file.read_text(encoding="utf-8").replace("\n", "\r\n\r\n")
        file.write_text(f"\ufeff{content}", encoding="utf-8", newline="")
    assert _ids(load(folder)) == ["q1", "q2"]


@pytest.mark.parametrize(
    ("row", "fragment"),
    [
        ("{", "not JSON"),
        ("7", "int"),
        ({"text": "why?"}, "'_id'"),
        ({"_id": "q2"}, "'text'"),
        (_query(_id=2), "'_id'"),
        (_query(_id=" "), "'_id'"),
        (_query(text=None), "'text'"),
        (_query(_id="q1"), "q1"),
        (_query(answerable="yes"), "'answerable'"),
        (_query(answerable=1), "'answerable'"),
        (_query(answerable=0), "'answerable'"),
        (_query(lang=5), "lang"),
        (_query(language=["fr"]), "language"),
        (json.dumps(_query(text="why \ud800?")), "text"),
    ],
    ids=_test_id,
)
def test_a_malformed_question_is_named_by_file_and_line(
    tmp_path: Path, row: Mapping[str, Any] | str, fragment: str
) -> None:
    folder = write_beir(tmp_path / "small", queries=[{"_id": "q1", "text": "when?"}, row])
    message = _refused(folder)
    assert message.startswith(f"{folder / 'queries.jsonl'}:2: ")
    assert fragment in message


@pytest.mark.parametrize("text", ["", " \t"])
def test_a_question_of_nothing_is_named_by_file_and_line(tmp_path: Path, text: str) -> None:
    folder = write_beir(tmp_path / "small", queries=[{"_id": "q1", "text": "when?"}, _query(text=text)])
    assert _refused(folder).startswith(f"{folder / 'queries.jsonl'}:2: ")


@pytest.mark.parametrize(
    "row",
    [
        "{",
        "[]",
        {"text": "x"},
        {"_id": "d2"},
        {"_id": 2, "text": "x"},
        {"_id": "d2", "text": 2},
        {"_id": "d2", "text": "x", "title": 2},
        {"_id": "d2", "text": "x", "title": ["t"]},
        {"_id": "d1", "text": "again"},
        '{"_id": "d2", "text": "\\ud800"}',
    ],
    ids=_test_id,
)
def test_a_malformed_document_is_named_by_file_and_line(tmp_path: Path, row: Mapping[str, Any] | str) -> None:
    folder = write_beir(tmp_path / "small", corpus=[{"_id": "d1", "text": "x"}, row], qrels={"test": "q1 0 d1 1\n"})
    assert _refused(folder).startswith(f"{folder / 'corpus.jsonl'}:2: ")


@pytest.mark.parametrize(
    "row",
    [
        "{",
        {"answers": ["x"]},
        {"_id": "q2"},
        {"_id": "q2", "answers": "x"},
        {"_id": "q2", "answers": [""]},
        {"_id": "q2", "answers": [2]},
        {"_id": "q1", "answers": ["again"]},
        {"_id": "q9", "answers": ["of no question"]},
        {"_id": "q2", "answers": ["x"], "answerable": "yes"},
        {"_id": "q2", "answers": ["x"], "passage": 2},
    ],
    ids=_test_id,
)
def test_a_malformed_answer_is_named_by_file_and_line(tmp_path: Path, row: Mapping[str, Any] | str) -> None:
    folder = write_beir(tmp_path / "small", answers=[{"_id": "q1", "answers": ["June"]}, row])
    assert _refused(folder).startswith(f"{folder / 'answers.jsonl'}:2: ")


def test_questions_on_kept_articles_are_those_about_a_passage_with_a_kept_title(tmp_path: Path) -> None:
    titles = {"d1": "Immune system", "d2": "Force", "d3": "Warsaw"}
    queries = [{"_id": f"q{number}", "text": "why?", "answerable": number < 3} for number in range(5)]
    answers = [
        {"_id": "q2", "passage": "d3", "answerable": True, "answers": ["x"]},
        {"_id": "q3", "passage": "d2", "answerable": False, "answers": []},
        {"_id": "q4", "passage": "d3", "answerable": False, "answers": []},
    ]
    folder = write_beir(
        tmp_path / "small",
        corpus=[{"_id": id_, "title": title, "text": "x"} for id_, title in titles.items()],
        queries=queries,
        qrels={"test": "q0\td1\t1\nq1\td3\t1\nq2\td3\t1\n"},
        answers=answers,
    )
    assert _ids(load(folder)) == ["q0", "q1", "q2", "q3", "q4"]
    assert [question.about for question in load(folder).questions] == ["d1", "d3", "d3", "d2", "d3"]
    assert _ids(load(folder, kept=True)) == ["q0", "q3"]
    cases = write_rows(tmp_path / "cases.jsonl", [CASE])
    assert _refused(cases, kept=True).startswith(f"{cases}: no questions on articles that no training saw: ")


def test_answers_of_unanswerable_questions_are_only_plausible(tmp_path: Path) -> None:
    plausible: dict[str, Any] = {"_id": "q2", "answers": ["plausible"], "answerable": False}
    folder = write_beir(tmp_path / "small", answers=[{"_id": "q1", "answers": ["June"]}, plausible])
    assert [question.answers for question in load(folder).questions] == [("June",), ()]


def test_a_judged_document_that_is_not_in_the_corpus_is_named_by_file_and_line(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "small", qrels={"test": QRELS.replace("d2", "d9")})
    message = _refused(folder)
    assert "d9" in message
    assert message.startswith(f"{folder / 'qrels' / 'test.tsv'}:3: ")


def test_a_judged_question_that_is_not_asked_is_named_by_file_and_line(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "small", qrels={"test": QRELS.replace("q2", "q9")})
    message = _refused(folder)
    assert "q9" in message
    assert message.startswith(f"{folder / 'qrels' / 'test.tsv'}:3: ")


def test_malformed_judgments_are_named_by_file_and_line(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "small", qrels={"test": f"{QRELS}q1\td3\n"})
    assert _refused(folder).startswith(f"{folder / 'qrels' / 'test.tsv'}:4: ")


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_file_that_is_empty_or_missing_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_beir(tmp_path / "small")
    (folder / name).write_text("", encoding="utf-8")
    assert str(folder) in _refused(folder)
    (folder / name).unlink()
    assert str(folder) in _refused(folder)


# --- halves and samples


def _many(count: int) -> list[dict[str, Any]]:
    return [
        _case(id=f"case-{number}.{language}", language=language) for number in range(count) for language in ("fr", "en")
    ]


def test_the_halves_share_nothing_and_miss_nothing(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", _many(100))
    development, report = (set(_ids(load(file, half=half))) for half in ("development", "report"))
    assert development & report == set()
    assert development | report == set(_ids(load(file)))
    assert min(len(development), len(report)) >= 70


def test_translations_of_a_question_are_in_the_same_half(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", _many(100))
    halves: tuple[Half, Half] = ("development", "report")
    for half in halves:
        languages = defaultdict(set)
        for question in load(file, half=half).questions:
            languages[question.group].add(question.language)
        assert set(map(frozenset, languages.values())) == {frozenset({"fr", "en"})}


def test_a_half_stays_when_cases_are_added(tmp_path: Path) -> None:
    few = load(write_rows(tmp_path / "few.jsonl", _many(20)), half="report")
    many = load(write_rows(tmp_path / "many.jsonl", _many(60)), half="report")
    assert set(_ids(few)) == set(_ids(many)) & {row["id"] for row in _many(20)}


def test_the_language_means_were_made_of_the_development_half_of_xquad() -> None:
    halves = {number: half_by_passage(f"de:p{number:03}", "whatever") for number in (0, 119, 120, 239)}
    assert halves == {0: "development", 119: "development", 120: "report", 239: "report"}
    assert half_by_passage("ar:p119", "a") == half_by_passage("zh:p119", "b") == "development"
    assert half_by_passage("p120", "text") == half_of("text")
    assert half_by_passage("de:p1200", "text") == half_of("text")


def test_questions_about_one_passage_are_in_the_same_half(tmp_path: Path) -> None:
    queries = [_query(_id=f"q{number}") for number in range(30)]
    corpus = [{"_id": f"d{number}", "text": f"text {number}"} for number in range(10)]
    qrels = "".join(f"q{number} 0 d{number % 10} 1\n" for number in range(30))
    folder = write_beir(tmp_path / "small", corpus=corpus, queries=queries, qrels={"test": qrels})
    halves: tuple[Half, Half] = ("development", "report")
    passages = [{place.article for q in load(folder, half=half).questions for place in q.expected} for half in halves]
    assert passages[0] & passages[1] == set()
    assert len(passages[0] | passages[1]) == 10


def test_questions_about_several_passages_do_not_leak_from_one_half_to_the_other(tmp_path: Path) -> None:
    queries = [_query(_id=f"q{number}") for number in range(9)]
    corpus = [{"_id": f"d{number}", "text": f"text {number}"} for number in range(10)]
    qrels = "".join(f"q{number} 0 d{number} 1\nq{number} 0 d{number + 1} 1\n" for number in range(9))
    folder = write_beir(tmp_path / "small", corpus=corpus, queries=queries, qrels={"test": qrels})
    halves = {}
    for half in ("development", "report"):
        try:
            halves[half] = load(folder, half=half).questions
        except EvaluationError:
            halves[half] = ()
    passages = [{place.article for q in questions for place in q.expected} for questions in halves.values()]
    assert passages[0] & passages[1] == set()


def test_a_half_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", [CASE])
    other = {"development": "report", "report": "development"}[half_of("pool-closes")]
    assert f"{other} half" in _refused(file, half=other)


def test_a_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", _many(100))
    samples = [_ids(load(file, limit=30, seed=seed)) for seed in (1, 1, 2)]
    assert samples[0] == samples[1] != samples[2]
    assert [len(sample) for sample in samples] == [30, 30, 30]


def test_a_sample_does_not_depend_on_the_order_of_lines_and_keeps_it(tmp_path: Path) -> None:
    rows = _many(100)
    ids = _ids(load(write_rows(tmp_path / "cases.jsonl", rows), limit=30, seed=1))
    turned = _ids(load(write_rows(tmp_path / "turned.jsonl", rows[::-1]), limit=30, seed=1))
    assert ids == turned[::-1]
    assert ids == [row["id"] for row in rows if row["id"] in set(ids)]


def test_a_limit_above_the_number_of_questions_takes_all(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", _many(3))
    assert len(load(file, limit=6).questions) == len(load(file, limit=100).questions) == 6


def test_a_sample_of_a_half_is_of_that_half(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", _many(100))
    assert set(_ids(load(file, half="report", limit=30))) <= set(_ids(load(file, half="report")))


# --- the data sets beside the repository


@pytest.mark.parametrize(
    ("name", "split", "questions"),
    [
        ("xquad_mixed", "test", 7140),
        ("piaf_dev", None, 1875),
        ("squad2_half", "test", 6078),
        ("nomiracl_fr", None, 500),
    ],
)
def test_the_data_sets_beside_the_repository_are_read(name: str, split: str | None, questions: int) -> None:
    folder = SHARED / "eval" / name
    if not folder.is_dir():
        pytest.skip(f"{folder} does not exist: it is not read")
    data = load(folder, split=split)
    assert len(data.questions) == questions
    assert len({question.id for question in data.questions}) == len(data.questions)
    assert sum(question.answerable for question in data.questions) >= 250


def test_translations_in_xquad_are_in_the_same_half_and_group() -> None:
    folder = SHARED / "eval" / "xquad_mixed"
    if not folder.is_dir():
        pytest.skip(f"{folder} does not exist: it is not read")
    groups: defaultdict[str, set[str]] = defaultdict(set)
    halves: tuple[Half, Half] = ("development", "report")
    for half, split in itertools.product(halves, ("monolingual_only", "crosslingual_only")):
        for question in load(folder, split=split, half=half).questions:
            groups[question.group].add(half)
    assert len(groups) == 1190
    assert all(len(halves) == 1 for halves in groups.values())
