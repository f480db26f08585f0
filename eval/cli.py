"""The commands of `newsqa eval`."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from eval.errors import EvaluationError
from eval.race.command import race

if TYPE_CHECKING:  # this module is imported by every command of newsqa
    from eval.ask import Progress
    from eval.result import DataSetInfo, Result, SystemInfo
    from eval.types import ArticleLookup, DataSet, Half, System
    from qa.ask import Asker

app = typer.Typer(
    name="eval",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

_RESULTS = Path("var/eval")
_MAX_TOP_K = 100  # the depth of R@100
_REQUIREMENT = re.compile(r"([^=]+)=(\d*\.?\d+)")

_Json = Annotated[bool, typer.Option("--json", help="Print JSON, for use by programs.")]


@app.callback()
def evaluate() -> None:
    """Score retrieval, citations and abstention against expected answers."""
    if find_spec("ir_measures") is None:
        raise EvaluationError("newsqa eval needs additional libraries: pip install 'newsqa[eval]'")


@app.command(
    epilog="Examples: `newsqa eval run eval/cases/seeds.jsonl --require nDCG@10=0.8` · "
    "`newsqa eval run xquad_mixed --split crosslingual_only --limit 500` · `newsqa eval run piaf_dev --system bm25`"
)
def run(
    data: Annotated[Path, typer.Argument(help="A file of cases, or a BEIR folder.")],
    *,
    system: Annotated[Literal["newsqa", "bm25"], typer.Option(help="The system to evaluate.")] = "newsqa",
    url: Annotated[str | None, typer.Option(help="A running service, instead of newsqa in this process.")] = None,
    trec_run: Annotated[Path | None, typer.Option(help="A TREC run with the rankings of another system.")] = None,
    articles: Annotated[Path, typer.Option(help="The articles of the cases; BEIR folders have their own.")] = Path(
        "seeds"
    ),
    split: Annotated[str | None, typer.Option(help="The split of a BEIR folder: one of its qrels.")] = None,
    qrels: Annotated[Path | None, typer.Option(help="TREC qrels that replace those of a BEIR folder.")] = None,
    half: Annotated[
        Literal["development", "report"] | None,
        typer.Option(help="The development or the report half of the questions."),
    ] = None,
    kept: Annotated[
        bool, typer.Option("--kept", help="Only questions on articles that no training saw (squad2_half has eight).")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Size of a random sample of the questions.")] = None,
    seed: Annotated[int, typer.Option(help="Random seed of the sample and the intervals.")] = 0,
    top_k: Annotated[int, typer.Option(min=1, max=_MAX_TOP_K, help="Passages to request.")] = _MAX_TOP_K,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Questions sent in parallel.")] = 1,
    require: Annotated[
        list[str] | None, typer.Option(help="MEASURE=VALUE: exit with 1 if the measure is worse; repeatable.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The result file. [default: var/eval/DATA-SYSTEM.json]")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Ask the questions of a data set and score the answers.

    No running service is needed: by default newsqa is served from this process, on an archive of the data set's
    articles that is stored in the cache. A failed question scores like an empty answer, and the exit code is 1.
    """
    from eval.data import load
    from eval.run import run_evaluation
    from qa.cli import terminal
    from qa.cli.progress import progress_bar

    _check_one_system(url, trec_run, system)
    requirements = [_parse_requirement(text) for text in require or ()]
    data_set = load(data, split=split, half=half, kept=kept, limit=limit, seed=seed, qrels=qrels)
    console = terminal.console(stderr=True)
    with progress_bar(console) as progress, ExitStack() as stack:
        system_info, ask, lookup = stack.enter_context(
            _open_system(data_set, system, url=url, trec_run=trec_run, articles=articles, progress=progress)
        )
        result = run_evaluation(
            data_set,
            _data_info(data_set, data, half, limit, kept=kept),
            ask,
            system_info,
            lookup,
            top_k=top_k,
            concurrency=concurrency,
            seed=seed,
            progress=progress,
        )
    parts = (data_set.name, half, "kept" if kept else None, system_info.name)
    file = output or _RESULTS / f"{'-'.join(part for part in parts if part)}.json"
    result.write(file)
    if as_json:
        typer.echo(result.model_dump_json(indent=1, exclude={"questions"}))
    else:
        from eval import table

        table.show(terminal.console(), result)
    console.print(f"result: {file}", soft_wrap=True)
    missed = [message for name, value in requirements if (message := _missed(result, name, value))]
    for message in missed:
        console.print(f"[red]missed:[/] {message}")
    if missed or result.failures:
        raise typer.Exit(1)


@app.command(epilog="Example: `newsqa eval ablate eval/cases/seeds.jsonl --half report`")
def ablate(
    data: Annotated[Path, typer.Argument(help="A file of cases, or a BEIR folder.")],
    *,
    articles: Annotated[Path, typer.Option(help="The articles of the cases; BEIR folders have their own.")] = Path(
        "seeds"
    ),
    split: Annotated[str | None, typer.Option(help="The split of a BEIR folder: one of its qrels.")] = None,
    half: Annotated[
        Literal["development", "report"] | None,
        typer.Option(help="The development or the report half of the questions."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Size of a random sample of the questions.")] = None,
    seed: Annotated[int, typer.Option(help="Random seed of the sample, the permutations and the intervals.")] = 0,
    top_k: Annotated[int, typer.Option(min=10, max=_MAX_TOP_K, help="Passages to request.")] = _MAX_TOP_K,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write JSON, for use by programs, to this file.")
    ] = None,
) -> None:
    """Score newsqa without each of its parts, with significance tests."""
    from eval.ablate import run_ablation, show
    from eval.data import load
    from eval.local import asker_service, local_asker
    from eval.result import SystemInfo
    from eval.run import run_evaluation
    from qa.cli import terminal
    from qa.cli.progress import progress_bar
    from qa.settings import Settings

    data_set = load(data, split=split, half=half, limit=limit, seed=seed)
    data_info = _data_info(data_set, data, half, limit)
    settings = Settings.from_environment(os.environ)
    with (
        progress_bar(terminal.console(stderr=True)) as progress,
        local_asker(data_set, articles, settings, progress, _print_problem) as asker,
    ):

        def measure_variant(name: str, variant: "Asker") -> "Result":
            with asker_service(variant, settings) as service:
                return run_evaluation(
                    *(data_set, data_info, service.ask, SystemInfo(name=name), service.document),
                    top_k=top_k,
                    concurrency=1,
                    seed=seed,
                    progress=lambda _, done, total: progress(name, done, total),
                )

        rows = run_ablation(asker, measure_variant, seed)
    console = terminal.console()
    console.print(f"[bold]{escape(data_set.name)}[/], {data_set.level}, {len(data_set.questions)} questions")
    show(console, rows)
    if json_file:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(_to_json([asdict(row) for row in rows]) + "\n", encoding="utf-8")


@app.command(epilog="Example: `newsqa eval compare before.json after.json`")
def compare(
    before: Annotated[Path, typer.Argument(help="A result of `newsqa eval run`.")],
    after: Annotated[Path, typer.Argument(help="Another result on the same data set.")],
    *,
    seed: Annotated[int, typer.Option(help="Random seed of the permutations and the intervals.")] = 0,
    as_json: _Json = False,
) -> None:
    """Compare two results: differences with significance tests, and the questions that changed most."""
    from eval import table
    from eval.compare import compare_results
    from eval.result import read_result
    from qa.cli import terminal

    comparison = compare_results(read_result(before), read_result(after), seed)
    if as_json:
        typer.echo(_to_json(asdict(comparison)))
    else:
        table.show_comparison(terminal.console(), comparison)


@app.command(epilog="Example: `newsqa eval report var/eval/seeds-newsqa.json -o report.html`")
def report(
    results: Annotated[list[Path], typer.Argument(help="Results of `newsqa eval run`.")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path("report.html"),
) -> None:
    """Write a self-contained HTML report on one or more results."""
    from eval.report import render_page
    from eval.result import read_result

    output.write_text(render_page([read_result(file) for file in results]), encoding="utf-8")
    typer.echo(f"report: {output}", err=True)


@app.command(epilog="Example: `newsqa eval export var/eval/piaf_dev-newsqa.json --trec var/eval/trec`")
def export(
    result: Annotated[Path, typer.Argument(help="A result of `newsqa eval run`.")],
    *,
    trec: Annotated[Path, typer.Option("--trec", help="Folder for TREC files that ir_measures and trec_eval read.")],
) -> None:
    """Write the rankings and the relevance judgments of a result as TREC runs and qrels."""
    from eval.result import read_result
    from eval.trec import write_qrels, write_run

    content = read_result(result)
    trec.mkdir(parents=True, exist_ok=True)
    for level in content.questions[0].rankings:
        rankings = {question.id: question.rankings[level] for question in content.questions if question.answerable}
        write_run(trec / f"{level}.run", {key: ranking.ids for key, ranking in rankings.items()}, content.system.name)
        write_qrels(trec / f"{level}.qrels", {key: ranking.relevant for key, ranking in rankings.items()})
    typer.echo(f"runs and qrels: {trec}", err=True)


@app.command(epilog="Example: `newsqa eval articles piaf_dev -o piaf.jsonl && newsqa index piaf.jsonl`")
def articles(
    data: Annotated[Path, typer.Argument(help="A BEIR folder.")],
    *,
    split: Annotated[
        str | None, typer.Option(help="Any split of the folder; the articles are the same in all.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The JSON Lines file to write, for `newsqa index`.")],
) -> None:
    """Write the corpus of a BEIR folder as articles, to evaluate a running service on it with `run --url`."""
    from eval.data import load
    from eval.systems import write_articles

    documents = load(data, split=split).documents
    if documents is None:
        raise EvaluationError(f"{data}: a file of cases has no articles: run newsqa index on the articles of the cases")
    write_articles(documents, output)
    typer.echo(f"{len(documents)} articles: {output}", err=True)


app.command(epilog="Example: `newsqa eval race ../shared --archive var/grown/10000 --cores 1`")(race)


# --- systems


def _check_one_system(url: str | None, trec_run: Path | None, system: str) -> None:
    if (url is not None) + (trec_run is not None) + (system != "newsqa") > 1:
        raise typer.BadParameter("choose one of them", param_hint="--url, --trec-run, --system")


def _data_info(
    data_set: "DataSet", path: Path, half: "Half | None", limit: int | None, *, kept: bool = False
) -> "DataSetInfo":
    from eval.result import DataSetInfo

    return DataSetInfo(
        name=data_set.name,
        path=str(path),
        sha256=data_set.sha256,
        level=data_set.level,
        half=half,
        limit=limit,
        kept=kept,
    )


@contextmanager
def _open_system(
    data: "DataSet", system: str, *, url: str | None, trec_run: Path | None, articles: Path, progress: "Progress"
) -> "Iterator[tuple[SystemInfo, System, ArticleLookup]]":
    """Yield the description of the system, the system, and the lookup of its articles."""
    from eval.local import local_service
    from eval.result import SystemInfo
    from eval.systems import Bm25, Service, TrecRun
    from qa.settings import Settings

    if trec_run and data.documents is None:
        raise EvaluationError(f"{trec_run}: --trec-run ranks the documents of a BEIR folder, and cases have none")
    documents = {document.id: document for document in data.documents or ()}
    if trec_run:
        yield SystemInfo(name=trec_run.stem), TrecRun(trec_run, data).ask, documents.get
        return
    if system == "bm25" and documents:
        yield SystemInfo(name="bm25"), Bm25(documents.values()).ask, documents.get
        return
    settings = Settings.from_environment(os.environ)
    with Service(url) if url else local_service(data, articles, settings, progress, _print_problem) as service:
        if system == "bm25":
            yield SystemInfo(name="bm25"), Bm25(service.documents()).ask, service.document
        else:
            info = SystemInfo(name="newsqa", url=url, model=service.about.model, version=service.about.version)
            yield info, service.ask, service.document


def _print_problem(problem: str) -> None:
    from qa.cli import terminal

    terminal.console(stderr=True).print(f"[red]not read:[/] {escape(problem)}", soft_wrap=True)


# --- requirements


def _parse_requirement(text: str) -> tuple[str, float]:
    match = _REQUIREMENT.fullmatch(text.strip())
    if not match:
        raise typer.BadParameter(f"'{text}' is not MEASURE=VALUE, such as nDCG@10=0.9", param_hint="--require")
    return match[1].strip(), float(match[2])


def _missed(result: "Result", name: str, value: float) -> str | None:
    """Return the message about a missed requirement, or None if it is met."""
    from eval.score import LOWER_IS_BETTER

    figure = result.figures.get(result.level_name(name))
    if figure is None:
        return f"{name} was not measured: the measures are {', '.join(result.figures)}"
    if name.startswith(LOWER_IS_BETTER):
        return None if figure.value <= value else f"{name} is {figure.value:.5f}, at most {value} is required"
    return None if figure.value >= value else f"{name} is {figure.value:.5f}, at least {value} is required"


def _to_json(value: object) -> str:
    import json

    return json.dumps(value, indent=1, ensure_ascii=False)
