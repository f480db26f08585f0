"""TREC files are read and written like trec_eval and ir_measures do it."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest
import pytrec_eval
from ir_measures import RR

from eval import trec
from eval.errors import EvaluationError
from tests.eval.fakes import by_ir_measures


def _written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8", newline="")
    return file


def _reciprocal_ranks(run: Mapping[str, Mapping[str, float]], qrels: Mapping[str, Mapping[str, int]]) -> list[float]:
    found = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(run)
    return [found[id_]["recip_rank"] for id_ in qrels]


# --- there and back


def test_rankings_come_back_in_their_order(tmp_path: Path) -> None:
    rankings = {"q1": ["b", "a", "泳池", "été", "c"], "🏊": ["only"]}
    trec.write_run(tmp_path / "run", rankings, "tag")
    read = trec.read_run(tmp_path / "run")
    assert {id_: [document for document, _ in found] for id_, found in read.items()} == rankings


def test_judgments_come_back(tmp_path: Path) -> None:
    qrels = {"q1": {"a": 1, "b": 3, "c": 0}, "سؤال": {"泳池": 2}}
    trec.write_qrels(tmp_path / "qrels", qrels)
    assert trec.read_qrels(tmp_path / "qrels") == qrels


def test_ir_measures_reads_what_is_written(tmp_path: Path) -> None:
    trec.write_run(tmp_path / "run", {"q": ["b", "a"]}, "tag")
    trec.write_qrels(tmp_path / "qrels", {"q": {"a": 1}})
    assert by_ir_measures(tmp_path / "run", tmp_path / "qrels", RR) == {"RR": 0.5}


def test_every_line_has_six_columns_whatever_the_ids(tmp_path: Path) -> None:
    trec.write_run(tmp_path / "run", {"a question\tof 1": ["a\u3000b", " c\n", "", "d"]}, "my system")
    lines = (tmp_path / "run").read_text(encoding="utf-8").split("\n")[:-1]
    assert [len(line.split(" ")) for line in lines] == [6, 6, 6, 6]
    assert lines[0] == "a%20question%09of%201 Q0 a%E3%80%80b 1 3 my%20system"
    trec.write_qrels(tmp_path / "qrels", {"a question\tof 1": {"a\u3000b": 1}})
    assert (tmp_path / "qrels").read_text(encoding="utf-8") == "a%20question%09of%201 0 a%E3%80%80b 1\n"


def test_ids_that_differ_in_white_space_only_stay_apart(tmp_path: Path) -> None:
    trec.write_run(tmp_path / "run", {"q": ["a b", "a_b", "a  b"]}, "tag")
    assert len(trec.read_run(tmp_path / "run")["q"]) == 3
    trec.write_qrels(tmp_path / "qrels", {"q": {"a b": 1, "a_b": 2}})
    assert sorted(trec.read_qrels(tmp_path / "qrels")["q"].values()) == [1, 2]


# --- order


def test_scores_rank_whatever_the_lines_order_and_ranks_say(tmp_path: Path) -> None:
    file = _written(tmp_path / "run", "q Q0 low 1 0.5 t\nq Q0 high 2 2e1 t\nq Q0 middle 3 1 t\n")
    assert trec.read_run(file) == {"q": [("high", 20.0), ("middle", 1.0), ("low", 0.5)]}


def test_equal_scores_are_ranked_as_trec_eval_ranks_them(tmp_path: Path) -> None:
    draw = random.Random(3)  # noqa: S311
    names = ["a", "B", "b", "aa", "é", "e", "10", "9", "泳", "🏊", "ﬀ", "Z"]
    run = {f"q{number}": {name: draw.choice([1.0, 1.0, 2.0, 0.5]) for name in names} for number in range(50)}
    text = "".join(f"{q} Q0 {d} 1 {score} t\n" for q, found in run.items() for d, score in found.items())
    read = trec.read_run(_written(tmp_path / "run", text))
    for name in names:
        qrels = {id_: {name: 1} for id_ in run}
        ours = [1 / (1 + [document for document, _ in read[id_]].index(name)) for id_ in run]
        assert ours == _reciprocal_ranks(run, qrels)


def test_scores_that_are_equal_for_trec_eval_are_equal(tmp_path: Path) -> None:
    # trec_eval keeps 32 bits of a score.
    file = _written(tmp_path / "run", "q Q0 a 1 0.1234567891 t\nq Q0 b 2 0.1234567890 t\n")
    run = {"q": {"a": 0.1234567891, "b": 0.1234567890}}
    assert _reciprocal_ranks(run, {"q": {"b": 1}}) == [1.0]
    assert [document for document, _ in trec.read_run(file)["q"]] == ["b", "a"]


# --- reading


def test_beir_and_trec_judgments_say_the_same(tmp_path: Path) -> None:
    beir = _written(tmp_path / "beir", "query-id\tcorpus-id\tscore\nq\ta\t2\nq\tb\t0\n")
    plain = _written(tmp_path / "trec", "q 0 a 2\nq 0 b 0\n")
    assert trec.read_qrels(beir) == trec.read_qrels(plain) == {"q": {"a": 2, "b": 0}}


def test_a_mark_at_the_start_blank_lines_and_crlf_mean_nothing(tmp_path: Path) -> None:
    qrels = _written(tmp_path / "qrels", "\ufeffquery-id\tcorpus-id\tscore\r\n\r\nq\ta\t1\r\n  \r\n")
    assert trec.read_qrels(qrels) == {"q": {"a": 1}}
    run = _written(tmp_path / "run", "\ufeffq Q0 a 1 1 t\r\n\r\n")
    assert trec.read_run(run) == {"q": [("a", 1.0)]}


def test_negative_grades_are_read(tmp_path: Path) -> None:
    assert trec.read_qrels(_written(tmp_path / "qrels", "q 0 a -2\n")) == {"q": {"a": -2}}


@pytest.mark.parametrize(
    ("line", "fragment"),
    [
        ("q a", "2 columns"),
        ("q 0 a 1 1", "5 columns"),
        ("q 0 a 1.5", "'1.5'"),
        ("q 0 a high", "'high'"),
        ("q 0 a -", "'-'"),
        ("q 0 a --1", "'--1'"),
        ("q 0 a 1-", "'1-'"),
        ("q 0 a ²", "'²'"),
    ],
)
def test_a_malformed_judgment_is_named_by_file_and_line(tmp_path: Path, line: str, fragment: str) -> None:
    file = _written(tmp_path / "qrels", f"q 0 z 1\n\n{line}\n")
    with pytest.raises(EvaluationError) as refused:
        trec.read_qrels(file)
    assert str(refused.value).startswith(f"{file}:3: ")
    assert fragment in str(refused.value)


def test_a_document_that_is_judged_twice_is_named_by_file_and_line(tmp_path: Path) -> None:
    file = _written(tmp_path / "qrels", "q 0 a 1\nq 0 a 0\n")
    with pytest.raises(EvaluationError, match=":2: "):
        trec.read_qrels(file)


@pytest.mark.parametrize(
    ("line", "fragment"),
    [
        ("q Q0 a 1 1", "5 columns"),
        ("q Q0 a 1 1 my tag", "7 columns"),
        ("q Q0 a 1 high t", "'high'"),
        ("q Q0 a 1 nan t", "'nan'"),
        ("q Q0 a 1 inf t", "'inf'"),
        ("q Q0 z 2 1 t", "z twice"),
    ],
)
def test_a_malformed_ranking_is_named_by_file_and_line(tmp_path: Path, line: str, fragment: str) -> None:
    file = _written(tmp_path / "run", f"q Q0 z 1 1 t\n\n{line}\n")
    with pytest.raises(EvaluationError) as refused:
        trec.read_run(file)
    assert str(refused.value).startswith(f"{file}:3: ")
    assert fragment in str(refused.value)


@pytest.mark.parametrize("content", ["", "\n \r\n", "\ufeff"])
def test_files_with_nothing_in_them_are_refused(tmp_path: Path, content: str) -> None:
    file = _written(tmp_path / "file", content)
    with pytest.raises(EvaluationError, match="no judgments"):
        trec.read_qrels(file)
    with pytest.raises(EvaluationError, match="no rankings"):
        trec.read_run(file)


def test_judgments_of_a_header_alone_are_none(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no judgments"):
        trec.read_qrels(_written(tmp_path / "qrels", "query-id\tcorpus-id\tscore\n"))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"q 0 a 1\nq 0 \xe9t\xe9 1\n")
    with pytest.raises(EvaluationError, match="latin:2: not UTF-8"):
        trec.read_qrels(tmp_path / "latin")
    for file in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(EvaluationError, match="cannot be read"):
            trec.read_run(file)
