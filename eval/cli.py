"""The command `newsqa eval`."""

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

if TYPE_CHECKING:  # `newsqa ask` passes here, too, and evaluates nothing
    from eval.ask import Progress
    from eval.result import Result, Tested
    from eval.types import DataSet, System, Texts
    from qa.ask import Asker

app = typer.Typer(
    name="eval",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

_RESULTS = Path("var/eval")
_DEPTH = 100  # passages asked for, so that R@100 is what it says
_NEEDED = re.compile(r"([^=]+)=(\d*\.?\d+)")

_Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.callback()
def evaluate() -> None:
    """Score retrieval, citations and abstention against what is expected."""
    if find_spec("ir_measures") is None:
        raise EvaluationError("evaluating takes libraries of its own: pip install 'newsqa[eval]'")


@app.command(
    epilog="Examples: `newsqa eval run eval/cases/seeds.jsonl --require nDCG@10=0.8` · "
    "`newsqa eval run xquad_mixed --split crosslingual_only --limit 500` · `newsqa eval run piaf_dev --system bm25`"
)
def run(
    data: Annotated[Path, typer.Argument(help="A file of cases, or a BEIR folder.")],
    *,
    system: Annotated[Literal["newsqa", "bm25"], typer.Option(help="What is tested.")] = "newsqa",
    url: Annotated[str | None, typer.Option(help="A running service, instead of newsqa in this process.")] = None,
    trec_run: Annotated[Path | None, typer.Option(help="Rankings of another system, a TREC run.")] = None,
    articles: Annotated[Path, typer.Option(help="What cases are about; BEIR folders have their own.")] = Path("seeds"),
    split: Annotated[str | None, typer.Option(help="Which qrels of a BEIR folder.")] = None,
    qrels: Annotated[Path | None, typer.Option(help="TREC qrels to use instead of a BEIR folder's own.")] = None,
    half: Annotated[Literal["development", "report"] | None, typer.Option(help="One half of the questions.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask a random sample of so many questions.")] = None,
    seed: Annotated[int, typer.Option(help="Of the sample and of the intervals.")] = 0,
    top_k: Annotated[int, typer.Option(min=1, max=_DEPTH, help="Passages to ask for.")] = _DEPTH,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Questions asked at a time.")] = 1,
    require: Annotated[
        list[str] | None, typer.Option(help="MEASURE=VALUE: exit with 1 if it is worse; repeat it for several.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The result. [default: var/eval/DATA-SYSTEM.json]")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Ask the questions of a data set and measure the answers.

    Needs no running service: newsqa is served from this process on an archive of the data set's articles, kept in the
    cache. A question that fails counts as one for which nothing was found, and the exit code is 1.
    """
    from eval import data as reading
    from eval.result import Source
    from eval.run import run as measure
    from qa.cli import terminal

    _one_system(url, trec_run, system)
    needed = [_needed(text) for text in require or ()]
    asked = reading.load(data, split=split, half=half, limit=limit, seed=seed, qrels=qrels)
    console = terminal.console(stderr=True)
    with terminal.progress(console) as progress, ExitStack() as stack:
        tested, ask, article = stack.enter_context(
            _tested(asked, system, url=url, trec_run=trec_run, articles=articles, progress=progress)
        )
        result = measure(
            asked,
            Source(name=asked.name, path=str(data), sha256=asked.sha256, level=asked.level, half=half, limit=limit),
            ask,
            tested,
            article,
            top_k=top_k,
            concurrency=concurrency,
            seed=seed,
            progress=progress,
        )
    file = output or _RESULTS / f"{asked.name}{f'-{half}' if half else ''}-{tested.name}.json"
    result.write(file)
    if as_json:
        typer.echo(result.model_dump_json(indent=1, exclude={"questions"}))
    else:
        from eval import table

        table.show(terminal.console(), result)
    console.print(f"the result is in {file}", soft_wrap=True)
    missed = [message for name, least in needed if (message := _missed(result, name, least))]
    for message in missed:
        console.print(f"[red]missed:[/] {message}")
    if missed or result.failures:
        raise typer.Exit(1)


@app.command(epilog="Example: `newsqa eval ablate eval/cases/seeds.jsonl --half report`")
def ablate(
    data: Annotated[Path, typer.Argument(help="A file of cases, or a BEIR folder.")],
    *,
    articles: Annotated[Path, typer.Option(help="What cases are about; BEIR folders have their own.")] = Path("seeds"),
    split: Annotated[str | None, typer.Option(help="Which qrels of a BEIR folder.")] = None,
    half: Annotated[Literal["development", "report"] | None, typer.Option(help="One half of the questions.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask a random sample of so many questions.")] = None,
    seed: Annotated[int, typer.Option(help="Of the sample, of permutations and intervals.")] = 0,
    top_k: Annotated[int, typer.Option(min=10, max=_DEPTH, help="Passages to ask for.")] = _DEPTH,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write JSON, for programs, to this file.")] = None,
) -> None:
    """Measure newsqa without each part of its ranking, and tell whether that is more than chance."""
    from eval import data as reading
    from eval.ablate import ablate as ablated
    from eval.ablate import show
    from eval.local import archived, serving
    from eval.result import Source, Tested
    from eval.run import run as measure
    from qa.cli import terminal
    from qa.settings import Settings

    asked = reading.load(data, split=split, half=half, limit=limit, seed=seed)
    source = Source(name=asked.name, path=str(data), sha256=asked.sha256, level=asked.level, half=half, limit=limit)
    settings = Settings.from_environment(os.environ)
    with (
        terminal.progress(terminal.console(stderr=True)) as progress,
        archived(asked, articles, settings, progress, _unread) as asker,
    ):

        def measured(name: str, variant: "Asker") -> "Result":
            with serving(variant, settings) as service:
                return measure(
                    *(asked, source, service.ask, Tested(name=name), service.document),
                    top_k=top_k,
                    concurrency=1,
                    seed=seed,
                    progress=lambda _, done, total: progress(name, done, total),
                )

        rows = ablated(asker, measured, seed)
    console = terminal.console()
    console.print(f"[bold]{escape(asked.name)}[/], {asked.level}, {len(asked.questions)} questions")
    show(console, rows)
    if json_file:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(_json([asdict(row) for row in rows]) + "\n", encoding="utf-8")


@app.command(epilog="Example: `newsqa eval compare before.json after.json`")
def compare(
    before: Annotated[Path, typer.Argument(help="A result of `newsqa eval run`.")],
    after: Annotated[Path, typer.Argument(help="Another on the same data set.")],
    *,
    seed: Annotated[int, typer.Option(help="Of permutations and intervals.")] = 0,
    as_json: _Json = False,
) -> None:
    """Tell whether two results differ by more than chance, and which questions changed."""
    from eval import table
    from eval.compare import compare as compared
    from eval.result import read
    from qa.cli import terminal

    comparison = compared(read(before), read(after), seed)
    if as_json:
        typer.echo(_json(asdict(comparison)))
    else:
        table.show_comparison(terminal.console(), comparison)


@app.command(epilog="Example: `newsqa eval report var/eval/seeds-newsqa.json -o report.html`")
def report(
    results: Annotated[list[Path], typer.Argument(help="Results of `newsqa eval run`.")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The page.")] = Path("report.html"),
) -> None:
    """Write one self-contained page about results."""
    from eval.report import page
    from eval.result import read

    output.write_text(page([read(file) for file in results]), encoding="utf-8")
    typer.echo(f"the report is in {output}", err=True)


@app.command(epilog="Example: `newsqa eval export var/eval/piaf_dev-newsqa.json --trec var/eval/trec`")
def export(
    result: Annotated[Path, typer.Argument(help="A result of `newsqa eval run`.")],
    *,
    trec: Annotated[Path, typer.Option("--trec", help="Folder for TREC files that ir_measures and trec_eval read.")],
) -> None:
    """Write the rankings of a result, and what was expected, as TREC runs and qrels."""
    from eval.result import read
    from eval.trec import write_qrels, write_run

    read_result = read(result)
    trec.mkdir(parents=True, exist_ok=True)
    for level in read_result.questions[0].rankings:
        judged = {one.id: one.rankings[level] for one in read_result.questions if one.answerable}
        write_run(trec / f"{level}.run", {id_: of.ids for id_, of in judged.items()}, read_result.system.name)
        write_qrels(trec / f"{level}.qrels", {id_: of.relevant for id_, of in judged.items()})
    typer.echo(f"runs and qrels are in {trec}", err=True)


@app.command(epilog="Example: `newsqa eval articles piaf_dev -o piaf.jsonl && newsqa index piaf.jsonl`")
def articles(
    data: Annotated[Path, typer.Argument(help="A BEIR folder.")],
    *,
    split: Annotated[str | None, typer.Option(help="Any of its qrels.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file for `newsqa index`.")],
) -> None:
    """Write the corpus of a BEIR folder as articles, so that a running service can be tested on it with `--url`."""
    from eval import data as reading
    from eval.systems import write_articles

    documents = reading.load(data, split=split).documents
    if documents is None:
        raise EvaluationError(f"{data}: a file of cases brings no articles: index the ones it is about")
    write_articles(documents, output)
    typer.echo(f"{len(documents)} articles are in {output}", err=True)


# --- systems


def _one_system(url: str | None, trec_run: Path | None, system: str) -> None:
    if (url is not None) + (trec_run is not None) + (system != "newsqa") > 1:
        raise typer.BadParameter("only one of them can be tested in a run", param_hint="--url, --trec-run, --system")


@contextmanager
def _tested(
    data: "DataSet", system: str, *, url: str | None, trec_run: Path | None, articles: Path, progress: "Progress"
) -> "Iterator[tuple[Tested, System, Texts]]":
    """Give the system with what it is called, and where to look articles up."""
    from eval.local import served_locally
    from eval.result import Tested
    from eval.systems import Bm25, Service, TrecRun
    from qa.settings import Settings

    if trec_run and data.documents is None:
        raise EvaluationError(f"{trec_run}: --trec-run ranks the documents of a BEIR folder, and cases have none")
    own = {document.id: document for document in data.documents or ()}
    if trec_run:
        yield Tested(name=trec_run.stem), TrecRun(trec_run, data).ask, own.get
        return
    if system == "bm25" and own:
        yield Tested(name="bm25"), Bm25(own.values()).ask, own.get
        return
    settings = Settings.from_environment(os.environ)
    with Service(url) if url else served_locally(data, articles, settings, progress, _unread) as service:
        if system == "bm25":
            yield Tested(name="bm25"), Bm25(service.documents()).ask, service.document
        else:
            tested = Tested(name="newsqa", url=url, model=service.about.model, version=service.about.version)
            yield tested, service.ask, service.document


def _unread(problem: str) -> None:
    from qa.cli import terminal

    terminal.console(stderr=True).print(f"[red]not read:[/] {escape(problem)}", soft_wrap=True)


# --- requirements


def _needed(text: str) -> tuple[str, float]:
    match = _NEEDED.fullmatch(text.strip())
    if not match:
        raise typer.BadParameter(f"'{text}' is not MEASURE=VALUE, such as nDCG@10=0.9", param_hint="--require")
    return match[1].strip(), float(match[2])


def _missed(result: "Result", name: str, value: float) -> str | None:
    """Say by how much a requirement is missed, or None if it is met."""
    from eval.score import LOWER_IS_BETTER

    figure = result.figures.get(name) or result.figures.get(f"{result.data.level} {name}")
    if figure is None:
        return f"{name} was not measured: measured were {', '.join(result.figures)}"
    if name.startswith(LOWER_IS_BETTER):
        return None if figure.value <= value else f"{name} is {figure.value:.5f}, at most {value} is required"
    return None if figure.value >= value else f"{name} is {figure.value:.5f}, at least {value} is required"


def _json(value: object) -> str:
    import json

    return json.dumps(value, indent=1, ensure_ascii=False)
