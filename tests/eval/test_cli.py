"""The commands of `newsqa eval`, mostly in this process and on systems without a model."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ir_measures import AP, RR, nDCG
from typer.testing import CliRunner

from eval.errors import EvaluationError
from eval.report import render_page
from eval.result import read_result
from eval.types import Question, SystemAnswer
from index.errors import NewsqaError
from index.model.cache import Model
from qa.cli.main import app
from tests.eval.fakes import (
    ARTICLES,
    CASE,
    QUERIES,
    by_ir_measures,
    citing,
    data_set,
    evaluate,
    passage,
    question,
    quoting,
    whole,
    write_beir,
    write_rows,
)
from tests.eval.web import Website, json_reply, serving

_COMMAND = Path(sys.executable).with_name("newsqa")


class _Command:
    """A command, run in this process, with its exit code and output."""

    def __init__(self, *arguments: str | Path) -> None:
        runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"})
        result = runner.invoke(app, ["eval", *map(str, arguments)])
        self.code = result.exit_code
        self.out = result.stdout
        self.error = result.stderr
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception


def _process(*arguments: str | Path, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    command = [str(_COMMAND), "eval", *map(str, arguments)]
    environment = dict(os.environ) | extra
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)


def _refused(*arguments: str | Path) -> str:
    with pytest.raises(NewsqaError) as refused:
        _Command(*arguments)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A BEIR folder of four questions, of which BM25 finds two at once and one second, and knows no word of one."""
    corpus = [
        {"_id": "d1", "title": "", "text": "the pool closes in June"},
        {"_id": "d2", "title": "", "text": "the works last eight months"},
        {"_id": "d3", "title": "", "text": "tickets tickets tickets"},
        {"_id": "d4", "title": "Tickets", "text": "a long text about what one pays for at the entrance"},
    ]
    queries = [
        {"_id": "q1", "text": "pool closes", "lang": "en"},
        {"_id": "q2", "text": "works last", "lang": "en"},
        {"_id": "q3", "text": "tickets", "lang": "en"},
        {"_id": "q4", "text": "泳池何时关闭", "lang": "zh"},
    ]
    qrels = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\nq3\td4\t1\nq4\td1\t1\n"
    return write_beir(tmp_path / "small", corpus=corpus, queries=queries, qrels={"test": qrels})


_NDCG = (1 + 1 + 1 / 1.584962500721156 + 0) / 4


# --- run


def test_bm25_is_run_on_a_beir_folder_without_a_model(folder: Path, tmp_path: Path) -> None:
    command = _Command("run", folder, "--system", "bm25", "-o", tmp_path / "r.json")
    assert command.code == 0
    assert "bm25 on small, articles" in command.out
    assert f"{_NDCG:.3f}" in command.out
    assert str(tmp_path / "r.json") in command.error
    result = read_result(tmp_path / "r.json")
    assert result.figures["articles nDCG@10"].value == pytest.approx(_NDCG)
    assert (result.system.name, result.data.name, result.data.path) == ("bm25", "small", str(folder))
    assert (result.data.half, result.data.limit, result.top_k, result.failures) == (None, None, 100, 0)


def test_the_table_shows_languages(folder: Path, tmp_path: Path) -> None:
    lines = _Command("run", folder, "--system", "bm25", "-o", tmp_path / "r.json").out.split("\n")
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.split()}
    assert rows["en"][:2] == ["3", f"{_NDCG * 4 / 3:.3f}"]
    assert rows["zh"][:2] == ["1", "0.000"]


def test_json_has_the_figures_and_not_the_questions(folder: Path, tmp_path: Path) -> None:
    command = _Command("run", folder, "--system", "bm25", "-o", tmp_path / "r.json", "--json")
    shown = json.loads(command.out)
    assert shown["figures"]["articles nDCG@10"]["value"] == pytest.approx(_NDCG)
    assert "questions" not in shown


def test_a_repeated_run_gives_the_same_result(folder: Path, tmp_path: Path) -> None:
    results = []
    for name, concurrency in (("one", "1"), ("two", "4")):
        file = tmp_path / f"{name}.json"
        _Command("run", folder, "--system", "bm25", "-o", file, "--seed", "5", "--concurrency", concurrency)
        results.append(read_result(file))
    one, two = results
    assert one.figures == two.figures
    assert [asked.rankings for asked in one.questions] == [asked.rankings for asked in two.questions]
    assert one.circumstances.seed == 5


def test_a_run_on_kept_articles_is_named_and_recorded_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = [{"_id": f"d{number}", "title": title, "text": "x"} for number, title in ((1, "Force"), (2, "Warsaw"))]
    folder = write_beir(tmp_path / "small", corpus=corpus)
    monkeypatch.chdir(tmp_path)
    command = _Command("run", folder, "--system", "bm25", "--kept")
    assert "var/eval/small-kept-bm25.json" in command.error
    result = read_result(tmp_path / "var/eval/small-kept-bm25.json")
    assert result.data.kept
    assert [question.id for question in result.questions] == ["q1"]
    page = render_page([result])
    assert "those that no training saw" in page


def test_a_result_records_sample_half_and_depth(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    _Command("run", folder, "--system", "bm25", "-o", file, "--limit", "2", "--top-k", "1")
    result = read_result(file)
    assert (len(result.questions), result.data.limit, result.top_k) == (2, 2, 1)
    assert all(len(asked.rankings["articles"].ids) <= 1 for asked in result.questions)
    halves = []
    for half in ("development", "report"):
        _Command("run", folder, "--system", "bm25", "-o", file, "--half", half)
        assert read_result(file).data.half == half
        halves.append({asked.id for asked in read_result(file).questions})
    assert sorted(halves[0] | halves[1]) == ["q1", "q2", "q3", "q4"]
    assert halves[0] & halves[1] == set()


def test_the_result_is_below_var_by_default(folder: Path, tmp_path: Path) -> None:
    done = _process("run", folder, "--system", "bm25", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert read_result(tmp_path / "var" / "eval" / "small-bm25.json").system.name == "bm25"


# --- requirements


@pytest.mark.parametrize(
    ("requirements", "code", "message"),
    [
        (["nDCG@10=0.6"], 0, ""),
        (["articles nDCG@10=0.6", "Success@1=0.5", "R@100=.75"], 0, ""),
        (["nDCG@10=0.9"], 1, "nDCG@10 is 0.65773, at least 0.9 is required"),
        (["nDCG@10=0.6", "RR@10=1"], 1, "RR@10 is 0.62500, at least 1.0 is required"),
        (["nDCG@10=0.9", "RR@10=1"], 1, "RR@10 is 0.625"),
        (["nDCG@20=0.1"], 1, "nDCG@20 was not measured: the measures are articles nDCG@10"),
        (["refused=0"], 0, ""),
        (["refused=0.5"], 0, ""),
        (["risk-coverage area=0.1"], 1, "at most 0.1 is required"),
    ],
)
def test_missed_requirements_are_reported_and_exit_with_1(
    folder: Path, tmp_path: Path, requirements: list[str], code: int, message: str
) -> None:
    options = [part for requirement in requirements for part in ("--require", requirement)]
    command = _Command("run", folder, "--system", "bm25", "-o", tmp_path / "r.json", *options)
    assert command.code == code
    assert message in " ".join(command.error.split())
    assert ("missed:" in command.error) == bool(code)
    assert read_result(tmp_path / "r.json")


def test_a_narrowly_missed_figure_differs_from_the_requirement(folder: Path, tmp_path: Path) -> None:
    command = _Command("run", folder, "--system", "bm25", "-o", tmp_path / "r.json", "--require", "nDCG@10=0.6578")
    assert command.code == 1
    shown = command.error.partition("missed: nDCG@10 is ")[2].partition(",")[0]
    assert float(shown) < 0.6578


@pytest.mark.parametrize("requirement", ["nDCG@10", "nDCG@10=", "=0.5", "nDCG@10=high", "nDCG@10=-1", ""])
def test_an_invalid_requirement_is_wrong_usage(folder: Path, tmp_path: Path, requirement: str) -> None:
    command = _Command("run", folder, "--system", "bm25", "-o", tmp_path / "r.json", "--require", requirement)
    assert command.code == 2
    assert "--require" in command.error
    assert not (tmp_path / "r.json").exists()


# --- a service


_ABOUT = {"version": "1", "model": "fake@0", "articles": 1, "generation": 1}
_ANSWER: dict[str, Any] = {"passages": [], "citations": [], "answer": "", "status": "abstained", "confidence": None}


def test_a_service_is_asked_over_http(folder: Path, tmp_path: Path) -> None:
    site = Website({"GET /readyz": lambda: json_reply(_ABOUT), "POST /ask": lambda: json_reply(_ANSWER)})
    with serving(site) as (address, _):
        command = _Command("run", folder, "--url", address, "-o", tmp_path / "r.json", "--top-k", "7")
    assert command.code == 0
    result = read_result(tmp_path / "r.json")
    assert (result.system.name, result.system.url, result.system.model) == ("newsqa", address, "fake@0")
    assert result.figures["refused"].value == 1.0
    assert [json.loads(asked)["top_k"] for asked in site.asked if asked] == [7] * 4


def test_failures_are_reported_and_exit_with_1(folder: Path, tmp_path: Path) -> None:
    turn = iter(range(100))

    def answer() -> tuple[int, bytes]:
        return json_reply(_ANSWER) if next(turn) % 2 else json_reply({"detail": "it [bold]is[/] on fire"}, 500)

    site = Website({"GET /readyz": lambda: json_reply(_ABOUT), "POST /ask": answer})
    with serving(site) as (address, _):
        command = _Command("run", folder, "--url", address, "-o", tmp_path / "r.json", "--require", "refused=1")
    assert command.code == 1
    assert "2 of 4 questions failed" in command.out
    assert "500: it [bold]is[/] on fire" in command.out
    assert "missed" not in command.error
    assert read_result(tmp_path / "r.json").failures == 2


def test_a_service_that_fails_always_is_reported(folder: Path, tmp_path: Path) -> None:
    site = Website({"GET /readyz": lambda: json_reply(_ABOUT)})
    with serving(site) as (address, _):
        command = _Command("run", folder, "--url", address, "-o", tmp_path / "r.json")
    assert command.code == 1
    assert "4 of 4 questions failed" in command.out
    assert read_result(tmp_path / "r.json").latency is None


def test_a_wrong_url_is_one_line(folder: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = _process("run", folder, "--url", url, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"newsqa: {url}: no newsqa service responds")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_cases_are_checked_against_the_articles_of_the_service(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", [CASE])
    article = {"title": "The pool", "text": "The pool shuts."}
    site = Website({"GET /readyz": lambda: json_reply(_ABOUT), "POST /ask": lambda: json_reply(_ANSWER)})
    site.replies["GET /articles"] = lambda: json_reply({"total": 1, "articles": [{"id": "pool", "url": None}]})
    with serving(site) as (address, _):
        arguments = ("run", file, "--url", address, "-o", tmp_path / "r.json")
        assert f"{file}:1: article pool is not in the archive" in _refused(*arguments)
        site.replies["GET /articles/pool"] = lambda: json_reply(article)
        assert f"{file}:1: the quote occurs 0 times in article pool" in _refused(*arguments)
        article["text"] = "Well. The city pool closes in June."
        assert _Command(*arguments).code == 0
        site.replies["GET /articles/pool"] = lambda: json_reply({"detail": "the archive has gone"}, 503)
        assert "503" in _refused(*arguments)


# --- other systems


def test_a_trec_run_is_scored(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.run").write_text("q1 Q0 d1 1 2 t\nq1 Q0 d2 2 1 t\nq2 Q0 d2 1 1 t\n", encoding="utf-8")
    command = _Command("run", folder, "--trec-run", tmp_path / "other.run", "-o", tmp_path / "r.json")
    assert command.code == 0
    result = read_result(tmp_path / "r.json")
    assert result.system.name == "other"
    assert result.figures["articles nDCG@10"].value == 0.5
    assert result.figures["articles nDCG@10"].count == 4


def test_a_trec_run_of_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "other.run"
    for line, fragment in (
        ("q9 Q0 d1 1 1 t", "q9"),
        ("q1 Q0 d9 1 1 t", "d9"),
        ("q1 d1", "2 columns"),
        ("", "no rankings"),
    ):
        run.write_text(line, encoding="utf-8")
        message = _refused("run", folder, "--trec-run", run, "-o", tmp_path / "r.json")
        assert message.startswith(str(run))
        assert fragment in message
    assert str(tmp_path / "none.run") in _refused("run", folder, "--trec-run", tmp_path / "none.run")


def test_a_trec_run_on_cases_says_why_it_cannot_be(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", [CASE])
    (tmp_path / "other.run").write_text("pool-closes.en Q0 pool 1 1 t\n", encoding="utf-8")
    message = _refused("run", file, "--trec-run", tmp_path / "other.run", "-o", tmp_path / "r.json")
    assert "--trec-run" in message


def test_trec_qrels_take_the_place_of_the_folders_own(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("q1 0 d2 1\n", encoding="utf-8")
    _Command("run", folder, "--system", "bm25", "--qrels", tmp_path / "mine", "-o", tmp_path / "r.json")
    assert read_result(tmp_path / "r.json").figures["articles nDCG@10"].value == 0.0


# --- wrong usage and wrong data


@pytest.mark.parametrize(
    "options",
    [
        ["--system", "elastic"],
        ["--limit", "0"],
        ["--limit", "many"],
        ["--top-k", "0"],
        ["--top-k", "101"],
        ["--concurrency", "0"],
        ["--half", "third"],
        ["--seed", "x"],
        ["--fast"],
        ["--url", "http://localhost:1", "--system", "bm25"],
        ["--url", "http://localhost:1", "--trec-run", "x"],
        ["--trec-run", "x", "--system", "bm25"],
    ],
)
def test_wrong_usage_ends_with_2(folder: Path, options: list[str]) -> None:
    assert _Command("run", folder, *options).code == 2


@pytest.mark.parametrize(
    "arguments", [["run"], ["ablate"], ["compare", "a"], ["report"], ["export", "a"], ["articles", "a"], ["x"]]
)
def test_missing_arguments_end_with_2(arguments: list[str]) -> None:
    assert _Command(*arguments).code == 2


@pytest.mark.parametrize("name", ["run", "ablate", "compare", "report", "export", "articles"])
def test_help_shows_an_example(name: str) -> None:
    command = _Command(name, "--help")
    assert command.code == 0
    assert f"newsqa eval {name}" in command.out


def test_malformed_data_is_reported_in_one_line(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", [CASE, "{"])
    done = _process("run", file, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"newsqa: {file}:2: not JSON")
    assert done.stderr.count("\n") == 1


def test_data_is_checked_before_anything_is_indexed_or_asked(tmp_path: Path) -> None:
    assert "nowhere" in _refused("run", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "not a BEIR folder" in _refused("run", tmp_path / "empty") or "cannot be read" in _refused(
        "run", tmp_path / "empty"
    )
    write_rows(tmp_path / "none.jsonl", [])
    assert "no questions" in _refused("run", tmp_path / "none.jsonl")


def test_a_folder_of_articles_that_is_not_there_is_named(tmp_path: Path, model: Model, cache: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", [CASE])
    done = _process("run", file, "--articles", tmp_path / "nowhere", cwd=tmp_path, NEWSQA_CACHE=str(cache))
    assert done.returncode == 1
    assert str(tmp_path / "nowhere") in done.stderr
    assert done.stderr.count("\n") == 1


def test_newsqa_is_asked_in_this_process_whatever_proxy_is_set(
    folder: Path, tmp_path: Path, model: Model, cache: Path
) -> None:
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9")
    arguments = ("run", folder, "-o", tmp_path / "r.json", "--require", "nDCG@10=0.4")
    done = _process(*arguments, cwd=tmp_path, NEWSQA_CACHE=str(cache), NO_PROXY="", no_proxy="", **proxies)
    assert done.returncode == 0, done.stderr
    result = read_result(tmp_path / "r.json")
    assert (result.system.name, result.failures, result.figures["citation exactness"].value) == ("newsqa", 0, 1.0)


def test_documents_that_cannot_be_indexed_are_reported(tmp_path: Path, model: Model, cache: Path) -> None:
    corpus = [{"_id": "d1", "title": "The pool", "text": ""}, {"_id": "d2", "text": "the works last eight months"}]
    folder = write_beir(tmp_path / "small", corpus=corpus)
    done = _process("run", folder, "-o", tmp_path / "r.json", cwd=tmp_path, NEWSQA_CACHE=str(cache))
    assert "d1" in done.stderr or "not read" in done.stderr


def test_a_result_that_cannot_be_written_is_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = _process("run", folder, "--system", "bm25", "-o", tmp_path / "file" / "r.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "file" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


# --- ablate


def test_newsqa_is_scored_without_each_part(folder: Path, tmp_path: Path, model: Model, cache: Path) -> None:
    options = ("--json", tmp_path / "below" / "a.json", "--limit", "3", "--top-k", "10")
    done = _process("ablate", folder, *options, cwd=tmp_path, NEWSQA_CACHE=str(cache))
    assert done.returncode == 0, done.stderr
    assert "small, articles, 3 questions" in done.stdout
    full, *others = json.loads((tmp_path / "below" / "a.json").read_text(encoding="utf-8"))
    run = _process(*("run", folder, "--limit", "3", "-o", tmp_path / "r.json"), cwd=tmp_path, NEWSQA_CACHE=str(cache))
    assert run.returncode == 0, run.stderr
    assert full["name"] == "full"
    assert full["figures"]["nDCG@10"] == read_result(tmp_path / "r.json").figures["articles nDCG@10"].value
    for other in others:
        lost = other["differences"]["RR@10"]
        assert lost["before"] == full["figures"]["RR@10"]
        assert lost["after"] == other["figures"]["RR@10"]
        assert lost["questions"] == 3


# --- export


def test_ir_measures_gives_the_same_figures_from_the_exported_files(folder: Path, tmp_path: Path) -> None:
    _Command("run", folder, "--system", "bm25", "-o", tmp_path / "r.json")
    command = _Command("export", tmp_path / "r.json", "--trec", tmp_path / "trec")
    assert command.code == 0
    assert str(tmp_path / "trec") in command.error
    files = (tmp_path / "trec" / "articles.run", tmp_path / "trec" / "articles.qrels")
    figures = read_result(tmp_path / "r.json").figures
    for measure, value in by_ir_measures(*files, nDCG @ 10, RR @ 10, AP).items():
        assert figures[f"articles {measure}"].value == pytest.approx(value, abs=1e-12)


def test_an_exported_run_is_scored_alike(folder: Path, tmp_path: Path) -> None:
    _Command("run", folder, "--system", "bm25", "-o", tmp_path / "r.json")
    _Command("export", tmp_path / "r.json", "--trec", tmp_path / "trec")
    files = ("--trec-run", tmp_path / "trec" / "articles.run", "--qrels", tmp_path / "trec" / "articles.qrels")
    _Command("run", folder, *files, "-o", tmp_path / "again.json")
    one, two = read_result(tmp_path / "r.json"), read_result(tmp_path / "again.json")
    assert [asked.scores for asked in one.questions] == [asked.scores for asked in two.questions]


def test_passages_and_articles_are_exported_with_what_was_missed(tmp_path: Path) -> None:
    data = data_set(question("q 1", quoting("pool", "June"), quoting("pool", "months")), question("none"))

    def half(asked: Question, k: int) -> SystemAnswer:
        start = ARTICLES["pool"].text.index("June")
        return SystemAnswer((whole("piscine"), whole("泳池"), passage("p x", "pool", (start, start + 9))))

    result = evaluate(data, half)
    result.write(tmp_path / "r.json")
    _Command("export", tmp_path / "r.json", "--trec", tmp_path / "trec")
    assert sorted(file.name for file in (tmp_path / "trec").iterdir()) == [
        "articles.qrels",
        "articles.run",
        "passages.qrels",
        "passages.run",
    ]
    run, qrels = tmp_path / "trec" / "passages.run", tmp_path / "trec" / "passages.qrels"
    assert len(qrels.read_text(encoding="utf-8").splitlines()) == 2
    assert [line.split()[2] for line in run.read_text(encoding="utf-8").splitlines()] == [
        "piscine.0",
        "泳池.0",
        "p%20x",
    ]
    found = by_ir_measures(run, qrels, nDCG @ 10, AP)
    assert found["AP"] == pytest.approx(result.figures["passages AP"].value)
    assert found["nDCG@10"] == pytest.approx(result.figures["passages nDCG@10"].value)


# --- articles


def test_the_corpus_is_written_as_articles(folder: Path, tmp_path: Path) -> None:
    command = _Command("articles", folder, "-o", tmp_path / "articles.jsonl")
    assert command.code == 0
    assert "4 articles" in command.error
    rows = [json.loads(line) for line in (tmp_path / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["url"] for row in rows] == [f"https://corpus.invalid/d{n}" for n in (1, 2, 3, 4)]
    assert rows[3]["title"] == "Tickets"


def test_cases_bring_no_articles(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "cases.jsonl", [CASE])
    assert str(file) in _refused("articles", file, "-o", tmp_path / "articles.jsonl")


# --- compare


@pytest.fixture
def results(tmp_path: Path) -> tuple[Path, Path]:
    """Results of a system that answers and of one that finds little; the questions look like markup of a terminal."""
    data = data_set(
        *(question(f"q{number}", quoting("pool", "June"), text=f"why [red]{number}[/]?") for number in range(12))
    )

    def good(asked: Question, k: int) -> SystemAnswer:
        return SystemAnswer((whole("pool"),), (citing("pool", "June"),), "June")

    def poor(asked: Question, k: int) -> SystemAnswer:
        return good(asked, k) if asked.id == "q3" else SystemAnswer((whole("piscine"), whole("pool")), (), "no")

    for name, system in (("good", good), ("poor", poor)):
        evaluate(data, system, name=name).write(tmp_path / f"{name}.json")
    return tmp_path / "good.json", tmp_path / "poor.json"


def test_a_comparison_shows_differences_and_the_questions_that_changed(results: tuple[Path, Path]) -> None:
    command = _Command("compare", *results)
    assert command.code == 0
    line = next(line for line in command.out.split("\n") if line.startswith("passages nDCG@10"))
    assert line.split()[2:5] == ["1.000", "0.662", "-0.338"]
    assert "0 better by passages nDCG@10" in command.out
    assert "11 worse by passages nDCG@10" in command.out
    assert "why [red]0[/]?" in command.out
    assert "La piscine: La piscine ferme en juin." in command.out


def test_a_system_does_not_differ_from_itself(results: tuple[Path, Path]) -> None:
    shown: dict[str, Any] = json.loads(_Command("compare", results[0], results[0], "--json").out)
    assert {one["p"] for one in shown["differences"]} == {one["corrected"] for one in shown["differences"]} == {1.0}
    assert {one["low"] for one in shown["differences"]} == {one["high"] for one in shown["differences"]} == {0.0}
    assert shown["better"] == shown["worse"] == []


def test_the_same_seed_gives_the_same_comparison(results: tuple[Path, Path]) -> None:
    one, two = (_Command("compare", *results, "--seed", "4", "--json").out for _ in range(2))
    assert one == two


def test_what_cannot_be_compared_is_refused(results: tuple[Path, Path], folder: Path, tmp_path: Path) -> None:
    _Command("run", folder, "--system", "bm25", "-o", tmp_path / "r.json")
    assert "not the same data set" in _refused("compare", results[0], tmp_path / "r.json")
    assert str(tmp_path / "none.json") in _refused("compare", results[0], tmp_path / "none.json")
    write_rows(tmp_path / "odd.json", [QUERIES])
    assert str(tmp_path / "odd.json") in _refused("compare", tmp_path / "odd.json", results[0])
    with pytest.raises(EvaluationError, match="not a result"):
        _Command("export", tmp_path / "odd.json", "--trec", tmp_path / "trec")
