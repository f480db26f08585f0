"""A complete run, on a data set so small that its figures were worked by hand."""

import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.errors import EvaluationError
from eval.result import Result, read_result
from eval.types import Citation, DataSet, Document, Expected, Passage, Question, SystemAnswer, SystemFailed
from tests.eval.fakes import ARTICLES, citing, data_set, evaluate, passage, question, whole

_EN = Expected("pool", "The city pool closes in June.")
_FR = Expected("piscine", "La piscine ferme en juin.")
_LONG = Expected("pool", "The works last eight months.")


def _asked(id_: str, *expected: Expected, kind: str = "when", answers: tuple[str, ...] = ()) -> Question:
    group, _, language = id_.partition(".")
    location = f"cases.jsonl:{len(id_)}"
    return Question(id_, f"{id_}?", expected, answers, group, language, kind, location)


_DATA = data_set(
    _asked("closes.en", _EN, answers=("June",)),
    _asked("closes.fr", _FR, answers=("juin",)),
    _asked("lasts.en", _LONG, kind="how-many"),
    _asked("mayor.en", kind="near-miss"),
    _asked("moon.fr", kind="off-topic"),
)


def _small(asked: Question, k: int) -> SystemAnswer:
    """Answer the first two questions, the second at rank 2; fail at the third; abstain from the fourth only."""
    assert k == 100
    if asked.id == "lasts.en":
        raise SystemFailed("503: gone")
    if asked.id == "closes.en":
        quotes = (citing("pool", "The city pool closes in June."), citing("pool", "eight months"))
        return SystemAnswer(
            (whole("pool", 0.9), whole("piscine", 0.8)), quotes, "The city pool closes in June. Eight months."
        )
    if asked.id == "closes.fr":
        wrong = Citation("pool", 0, 3, "the")
        return SystemAnswer((whole("pool", 0.7), whole("piscine", 0.6)), (wrong,), "the")
    if asked.id == "mayor.en":
        return SystemAnswer((whole("泳池", 0.5),), (), "", abstained=True)
    return SystemAnswer((whole("泳池", 0.8),), (citing("泳池", "六月"),), "六月")


@pytest.fixture(scope="module")
def result() -> Result:
    return evaluate(_DATA, _small)


def _values(result: Result) -> dict[str, float]:
    return {name: figure.value for name, figure in result.figures.items()}


# --- figures


def test_figures_are_as_computed_by_hand(result: Result) -> None:
    values = _values(result)
    assert {name: value for name, value in values.items() if name != "risk-coverage area"} == pytest.approx(
        {
            "articles nDCG@10": (1 + 1 / math.log2(3) + 0) / 3,
            "articles RR@10": (1 + 1 / 2 + 0) / 3,
            "articles Success@1": 1 / 3,
            "articles Success@5": 2 / 3,
            "articles R@10": 2 / 3,
            "articles R@100": 2 / 3,
            "articles AP": (1 + 1 / 2 + 0) / 3,
            **{
                f"passages {name}": values[f"articles {name}"]
                for name in ("nDCG@10", "RR@10", "Success@1", "Success@5", "R@10", "R@100", "AP")
            },
            "citation exactness": (1 + 0 + 1) / 3,
            "citation precision": (1 / 2 + 0 + 0) / 3,
            "citation recall": (1 + 0 + 0) / 3,
            "first quote accuracy": (1 + 0 + 0) / 3,
            "answer containment": 1 / 2,
            "refused": 1 / 3,  # a failure
            # 0.9 and 0.7, and a failure below all, against 0.5 and 0.8.
            "abstention AUROC": 3 / 6,
            "abstention AUROC near-miss": 2 / 3,
            "abstention AUROC off-topic": 1 / 3,
            # All three answerable questions are accepted, the failure too, so nothing is refused.
            "refusal at 95 %": 0.0,
            "refusal at 95 % near-miss": 0.0,
            "refusal at 95 % off-topic": 0.0,
            "abstention precision": 1.0,
            "abstention recall": 1 / 2,
        }
    )


def test_figures_say_over_how_many_questions_they_are(result: Result) -> None:
    counts = {name: figure.count for name, figure in result.figures.items()}
    assert counts["passages nDCG@10"] == counts["articles AP"] == counts["citation precision"] == 3
    assert counts["answer containment"] == 2
    assert counts["refused"] == 3
    assert counts["abstention recall"] == 2
    assert counts["abstention precision"] == 1
    assert counts["abstention AUROC"] == 5
    assert counts["abstention AUROC near-miss"] == 4


def test_all_figures_but_those_of_risk_and_calibration_have_intervals(result: Result) -> None:
    for name, figure in result.figures.items():
        if name in ("risk-coverage area", "calibration error"):
            assert (figure.low, figure.high) == (None, None)
        else:
            assert figure.low is not None
            assert figure.high is not None
            assert figure.low <= figure.value <= figure.high


def test_languages_and_kinds_have_figures_of_their_own(result: Result) -> None:
    assert list(result.by["language"]) == ["en", "fr"]
    assert list(result.by["kind"]) == ["when", "how-many", "near-miss", "off-topic"]
    english, french = result.by["language"]["en"], result.by["language"]["fr"]
    assert (english["passages RR@10"].value, english["passages RR@10"].count) == (0.5, 2)
    assert (french["passages RR@10"].value, french["passages RR@10"].count) == (0.5, 1)
    assert result.by["kind"]["how-many"]["passages RR@10"].value == 0.0
    assert "passages RR@10" not in result.by["kind"]["off-topic"]
    for name in ("passages nDCG@10", "citation precision", "refused"):
        parts = [of[name] for of in result.by["language"].values()]
        total = sum(part.value * part.count for part in parts)
        assert total / sum(part.count for part in parts) == pytest.approx(result.figures[name].value)


def test_certainties_of_a_language_are_compared_within_it_and_those_of_a_kind_with_all_others(result: Result) -> None:
    english, french = result.by["language"]["en"], result.by["language"]["fr"]
    assert (english["abstention AUROC near-miss"].value, english["abstention AUROC near-miss"].count) == (0.5, 3)
    assert (french["abstention AUROC off-topic"].value, french["abstention AUROC off-topic"].count) == (0.0, 2)
    assert "abstention AUROC near-miss" not in french
    kinds = result.by["kind"]
    # 0.9 and 0.7, the certainties of this kind, against 0.5 and against 0.8.
    assert kinds["when"]["abstention AUROC near-miss"].value == 1.0
    assert kinds["when"]["refusal at 95 % near-miss"].value == 1.0
    assert kinds["when"]["abstention AUROC off-topic"].value == 0.5
    assert kinds["how-many"]["abstention AUROC"].value == 0.0
    for kind in ("near-miss", "off-topic"):
        assert kinds[kind][f"abstention AUROC {kind}"] == result.figures[f"abstention AUROC {kind}"]
        assert kinds[kind][f"refusal at 95 % {kind}"] == result.figures[f"refusal at 95 % {kind}"]
    assert kinds["near-miss"]["abstention recall"].value == 1.0
    assert kinds["off-topic"]["abstention recall"].value == 0.0
    assert "refused" not in kinds["near-miss"]


def test_near_misses_are_refused_below_the_certainty_that_nearly_all_answerable_questions_reach() -> None:
    data = data_set(
        *(_asked(f"closes{number}.en", _EN) for number in range(20)),
        *(_asked(f"mayor{number}.en", kind="near-miss") for number in range(4)),
    )
    certainties = {"closes0.en": 0.1, "mayor0.en": 0.3, "mayor1.en": 0.4, "mayor2.en": 0.6}

    def ask(asked: Question, k: int) -> SystemAnswer:
        if asked.id == "mayor3.en":
            raise SystemFailed("503: gone")  # counts as certain
        return SystemAnswer((whole("pool"),), confidence=certainties.get(asked.id, 0.5))

    result = evaluate(data, ask)
    refusal = result.figures["refusal at 95 % near-miss"]
    assert (refusal.value, refusal.count) == (2 / 4, 24)
    assert result.figures["abstention AUROC near-miss"].value == pytest.approx((19 * 2) / (20 * 4))


def test_unanswerable_questions_of_a_beir_folder_have_one_figure() -> None:
    data = data_set(_asked("a.en", Expected("pool"), kind="answerable"), _asked("b.en", kind="unanswerable"))
    result = evaluate(data, lambda asked, k: SystemAnswer((whole("pool"),), confidence=len(asked.expected) / 2))
    assert [name for name in result.figures if "AUROC" in name] == ["abstention AUROC"]
    assert result.figures["abstention AUROC"].value == 1.0


def test_translations_of_a_question_are_resampled_together() -> None:
    def ask(asked: Question, k: int) -> SystemAnswer:
        return SystemAnswer((whole("pool"),), confidence=0.9 if asked.group in ("closes", "mayor0") else 0.1)

    languages = [f"l{number}" for number in range(8)]
    together = [_asked(f"{group}.{language}", _EN) for group in ("closes", "lasts") for language in languages]
    misses = [
        _asked(f"mayor{number}.{language}", kind="near-miss") for number in range(2) for language in languages[:2]
    ]
    figures = evaluate(data_set(*together, *misses), ask).figures
    auroc = figures["abstention AUROC near-miss"]
    # Four groups: resamples without the certain question or with nothing else are as likely as others.
    assert (auroc.value, auroc.low, auroc.high) == (0.5, 0.0, 1.0)


# --- quotes


@pytest.mark.parametrize(
    ("quotes", "first", "contained", "precision"),
    [
        ([citing("pool", "The city pool closes in June."), citing("泳池", "六月")], 1, 1, 1 / 2),
        ([citing("pool", "closes in June")], 1, 1, 1),  # overlaps
        ([citing("piscine", "La piscine ferme en juin."), citing("pool", "closes in June")], 0, 1, 1 / 2),
        ([citing("泳池", "六月"), citing("piscine", "ferme en juin")], 1, 1, 0),  # answers without being expected
        ([citing("piscine", "Les travaux durent huit mois.")], 0, 0, 0),
        ([], 0, 0, 0),
    ],
)
def test_the_first_quote_is_right_if_it_is_expected_or_contains_the_answer(
    quotes: list[Citation], first: int, contained: int, precision: float
) -> None:
    data = data_set(_asked("closes.en", _EN, answers=("June", "六月")))
    # The marker of a quote, [1], and the other words of an answer contain nothing.
    result = evaluate(data, lambda asked, k: SystemAnswer((), tuple(quotes), "June [1]"))
    values = _values(result)
    assert (values["first quote accuracy"], values["answer containment"]) == (first, contained)
    assert values["citation precision"] == precision


def test_the_first_quote_of_a_question_without_answers_must_be_expected() -> None:
    quoted = citing("pool", "The works last eight months.")
    result = evaluate(data_set(_asked("closes.en", _EN)), lambda asked, k: SystemAnswer((), (quoted,), "x"))
    assert _values(result)["first quote accuracy"] == 0.0
    assert "answer containment" not in result.figures


# --- failures


def test_failures_are_counted_and_shown(result: Result) -> None:
    assert result.failures == 1
    failed = result.questions[2]
    assert (failed.failure, failed.ms, failed.certainty, failed.first) == ("503: gone", None, None, [])
    assert set(failed.scores.values()) == {0.0}
    assert {"passages nDCG@10", "articles AP", "citation precision", "citation recall"} <= set(failed.scores)


def test_a_failure_counts_as_a_question_that_came_back_empty() -> None:
    def failing(asked: Question, k: int) -> SystemAnswer:
        if asked.id == "closes.en":
            raise SystemFailed("503: gone")
        return _small(asked, k)

    def empty(asked: Question, k: int) -> SystemAnswer:
        return SystemAnswer((), text="") if asked.id == "closes.en" else _small(asked, k)

    failed, nothing = _values(evaluate(_DATA, failing)), _values(evaluate(_DATA, empty))
    means = {name for name in nothing if name.startswith(("passages", "articles", "citation", "first", "answer"))}
    assert {name: failed[name] for name in means} == {name: nothing[name] for name in means}


def test_risks_are_as_computed_by_hand() -> None:
    data = data_set(_asked("closes.en", _EN), _asked("closes.fr", _FR), _asked("lasts.en", _LONG), _asked("moon.fr"))
    certainties = {"closes.en": 0.9, "closes.fr": 0.7, "lasts.en": 0.5, "moon.fr": 0.8}
    result = evaluate(data, lambda asked, k: SystemAnswer((whole("pool", certainties[asked.id]),)))
    # Right, wrong as there is no answer, wrong, right.
    assert _values(result)["risk-coverage area"] == pytest.approx((0 + 1 / 2 + 2 / 3 + 2 / 4) / 4)
    assert result.figures["risk-coverage area"].count == 4


def test_what_failed_is_a_risk() -> None:
    def failing(asked: Question, k: int) -> SystemAnswer:
        if asked.id != "closes.en":
            raise SystemFailed("503: gone")
        return SystemAnswer((whole("pool"),), confidence=1.0)

    values = _values(evaluate(data_set(_asked("closes.en", _EN), _asked("closes.fr", _FR)), failing))
    assert values["risk-coverage area"] > 0


def test_a_system_that_always_fails_has_all_figures_and_they_are_the_worst() -> None:
    def failing(asked: Question, k: int) -> SystemAnswer:
        raise SystemFailed("503: gone")

    result = evaluate(_DATA, failing)
    assert result.failures == 5
    assert result.latency is None
    values = _values(result)
    assert {value for name, value in values.items() if name.startswith(("passages", "articles"))} == {0.0}
    assert values["abstention AUROC"] == 0.0
    assert values["abstention recall"] == 0.0


def test_a_question_that_came_back_empty_counts_nothing() -> None:
    result = evaluate(_DATA, lambda asked, k: SystemAnswer(()))
    assert result.failures == 0
    values = _values(result)
    assert {value for name, value in values.items() if name.startswith(("passages", "articles"))} == {0.0}
    assert values["abstention AUROC"] == 0.5


def test_a_system_that_only_ranks_has_no_figures_of_answers() -> None:
    values = _values(evaluate(_DATA, lambda asked, k: SystemAnswer((whole("pool"),))))
    assert not any(name.startswith(("citation", "first", "answer")) for name in values)
    assert values["refused"] == 0.0


def test_a_perfect_system_has_perfect_figures() -> None:
    def perfect(asked: Question, k: int) -> SystemAnswer:
        if not asked.answerable:
            return SystemAnswer((whole("泳池", 0.1),), (), "", abstained=True, confidence=0.0)
        (expected,) = asked.expected
        assert expected.quote is not None
        quote = citing(expected.article, expected.quote)
        return SystemAnswer((whole(expected.article),), (quote,), expected.quote, confidence=1.0)

    values = _values(evaluate(_DATA, perfect))
    assert {name for name, value in values.items() if value != 1.0} == {
        "refused",
        "risk-coverage area",
        "calibration error",
    }
    assert values["refused"] == values["calibration error"] == 0.0
    assert values["risk-coverage area"] == pytest.approx((1 / 4 + 2 / 5) / 5)


def test_a_citation_of_an_article_that_does_not_exist_is_not_exact() -> None:
    invented = Citation("invented", 0, 4, "June")
    result = evaluate(_DATA, lambda asked, k: SystemAnswer((), (citing("pool", "June"), invented), "June"))
    assert _values(result)["citation exactness"] == 0.5


def test_a_citation_is_exact_to_the_code_point() -> None:
    exact = citing("泳池", "🏊。")
    shifted = replace(exact, start=exact.start - 1, end=exact.end - 1)
    result = evaluate(_DATA, lambda asked, k: SystemAnswer((), (exact, shifted), "🏊。"))
    assert _values(result)["citation exactness"] == 0.5
    assert [cited.exact for cited in result.questions[0].citations] == [True, False]


def test_documents_are_judged_where_no_quotes_are_expected() -> None:
    data = data_set(question("q", Expected("pool", grade=2)), documents=tuple(ARTICLES.values()))
    result = evaluate(
        data, lambda asked, k: SystemAnswer((passage("a", "x"), passage("b", "pool"), passage("c", "pool")))
    )
    assert result.data.level == "articles"
    assert not any(name.startswith("passages") for name in result.figures)
    (judged,) = result.questions[0].rankings.values()
    assert (judged.ids, judged.relevant) == (["x", "pool"], {"pool": 2})
    assert [shown.right for shown in result.questions[0].first] == [False, True, True]


def test_a_data_set_of_unanswerable_questions_has_no_figures_of_rankings() -> None:
    result = evaluate(data_set(_asked("moon.fr")), lambda asked, k: SystemAnswer((), (), "", abstained=True))
    assert not any(name.startswith(("passages", "articles", "citation")) for name in result.figures)
    assert result.failures == 0


def test_a_gap_between_languages_is_measured_over_five_questions_at_least() -> None:
    def data(count: int) -> DataSet:
        pairs = (
            (_asked(f"c{number}.en", _EN), _asked(f"c{number}.fr", _FR), _asked(f"only{number}.en", _LONG))
            for number in range(count)
        )
        return data_set(*(one for three in pairs for one in three))

    def english(asked: Question, k: int) -> SystemAnswer:
        return SystemAnswer((whole("pool"), whole("piscine")))

    result = evaluate(data(5), english)
    assert (result.figures["parity gap en-fr"].value, result.figures["parity gap en-fr"].count) == (0.5, 5)
    assert "parity gap en-fr" not in evaluate(data(4), english).figures


# --- expected quotes


def _refused(data: DataSet) -> str:
    def never(asked: Question, k: int) -> SystemAnswer:
        raise AssertionError("asked all the same")

    with pytest.raises(EvaluationError) as refused:
        evaluate(data, never)
    return str(refused.value)


def test_a_quote_that_is_not_in_its_article_is_named_by_file_and_line() -> None:
    for words in ("The pool shuts.", "the city pool closes in june.", "The city  pool"):
        message = _refused(data_set(_asked("closes.en", _EN, Expected("pool", words))))
        assert message.startswith("cases.jsonl:9: ")
        assert "occurs 0 times in article pool" in message
        assert words in message


def test_a_quote_that_occurs_twice_is_named_by_file_and_line() -> None:
    message = _refused(data_set(_asked("closes.en", Expected("pool", "The"))))
    assert message.startswith("cases.jsonl:9: the quote occurs 2 times")


def test_an_expected_article_that_is_not_there_is_named_by_file_and_line() -> None:
    message = _refused(data_set(_asked("closes.en", Expected("nowhere", "o"))))
    assert message == "cases.jsonl:9: article nowhere is not in the archive"


def test_articles_that_cannot_be_read_before_the_first_question_end_the_run_with_a_reason() -> None:
    def gone(article: str) -> Document | None:
        raise SystemFailed(f"article {article}: 503")

    with pytest.raises(EvaluationError, match="503"):
        evaluate(_DATA, _small, lookup=gone)


def test_articles_that_cannot_be_read_after_the_last_question_lose_nothing() -> None:
    looked_up: set[str] = set()

    def going(article: str) -> Document | None:
        if article not in {"pool", "piscine"}:
            looked_up.add(article)
            raise SystemFailed(f"article {article}: 503")
        return ARTICLES.get(article)

    result = evaluate(_DATA, _small, lookup=going)
    assert looked_up == {"泳池"}
    assert result.questions[4].citations[0].exact is None
    assert _values(result)["passages RR@10"] == 0.5


# --- the result


def test_a_result_reads_back_as_it_was_written(result: Result, tmp_path: Path) -> None:
    file = tmp_path / "not" / "there" / "yet.json"
    result.write(file)
    assert read_result(file) == result


def test_a_result_of_a_system_that_found_nothing_reads_back_as_it_was_written(tmp_path: Path) -> None:
    result = evaluate(_DATA, lambda asked, k: SystemAnswer(()))
    result.write(tmp_path / "r.json")
    assert read_result(tmp_path / "r.json") == result


def test_a_result_with_every_kind_of_failure_reads_back(tmp_path: Path) -> None:
    def odd(asked: Question, k: int) -> SystemAnswer:
        if asked.language == "fr":
            raise SystemFailed("été\n🏊 \x00 \u2028")
        return SystemAnswer((replace(whole("pool"), score=-0.0),), (), "é\u0000", confidence=0.0)

    result = evaluate(_DATA, odd)
    result.write(tmp_path / "r.json")
    assert read_result(tmp_path / "r.json") == result


def test_a_result_says_its_format(result: Result, tmp_path: Path) -> None:
    result.write(tmp_path / "r.json")
    assert '"format": 1' in (tmp_path / "r.json").read_text(encoding="utf-8")


def test_a_result_of_another_format_is_refused(result: Result, tmp_path: Path) -> None:
    result.model_copy(update={"format": 2}).write(tmp_path / "r.json")
    with pytest.raises(EvaluationError, match=r"r\.json.*format"):
        read_result(tmp_path / "r.json")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"format": 1, "questions": []}', b"\xff\xfe"])
def test_a_file_that_is_no_result_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.json").write_bytes(content)
    with pytest.raises(EvaluationError, match=r"r\.json: not a result") as refused:
        read_result(tmp_path / "r.json")
    assert "\n" not in str(refused.value)
    with pytest.raises(EvaluationError, match=r"none\.json: cannot be read"):
        read_result(tmp_path / "none.json")


def test_a_result_has_the_conditions_of_its_run(result: Result) -> None:
    run = result.circumstances
    assert run.seed == 0
    assert 1 <= run.cores <= (os.cpu_count() or 1)
    assert run.machine
    assert {"newsqa", "numpy", "ir-measures"} <= set(run.versions)
    assert run.versions["numpy"] == np.__version__
    assert run.made.endswith("+00:00")
    assert result.data.sha256 == _DATA.sha256
    assert result.top_k == 100


def test_times_are_of_the_questions_that_were_answered(result: Result) -> None:
    assert result.latency is not None
    assert 0 <= result.latency.p50 <= result.latency.p90 <= result.latency.p99
    assert result.latency.questions_per_second > 0
    assert [one.ms is None for one in result.questions] == [False, False, True, False, False]


def test_the_same_run_gives_the_same_figures_at_any_concurrency(result: Result) -> None:
    again = evaluate(_DATA, _small, concurrency=4)
    assert again.figures == result.figures
    assert again.by == result.by
    assert [one.id for one in again.questions] == [one.id for one in result.questions]


def test_long_passages_are_shown_short_and_three_of_them() -> None:
    long = Passage("p", "pool", 0, 57, "t", "🏊" * 1000, 1.0)
    result = evaluate(
        _DATA, lambda asked, k: SystemAnswer(tuple(replace(long, id=f"p{number}") for number in range(9)))
    )
    shown = result.questions[0].first
    assert [one.id for one in shown] == ["p0", "p1", "p2"]
    assert shown[0].text == "🏊" * 400
    assert len(result.questions[0].rankings["passages"].ids) == 9
