"""The command `newsqa`."""

import dataclasses
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

# Set where the process of newsqa starts, before numpy is loaded; programs that import parts of newsqa keep their own.
# Products of the size that ranking needs gain nothing from threads, which wait for each other where cores are busy: a
# question took a fifth longer.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import typer

from eval.cli import app as eval_app
from index import memory
from index.errors import NewsqaError
from index.read.formats import SUFFIXES
from index.types import Filter, Summary
from index.web import extra
from index.web.urls import is_url
from qa import archive
from qa.cli import terminal
from qa.cli.articles import app as articles_app
from qa.cli.feeds import app as feeds_app
from qa.cli.keys import app as keys_app
from qa.cli.maintenance import app as maintenance_app
from qa.cli.options import Data, DeviceOption, Json, Model, load_settings, print_error, print_json
from qa.cli.progress import progress_bar
from qa.cli.watching import Backoff, keep_updated
from qa.question import HITS, MAX_HITS, MAX_QUESTION, check
from qa.settings import Settings
from qa.sort import Sort
from qa.store import place

if TYPE_CHECKING:
    from qa.ask import Asker

_WRONG_USE = 2  # exit code of wrong options and arguments, as in other commands
_MAX_BYTES = 16  # read for each allowed character of a question; `check` refuses longer ones
_MAX_LISTED = 50  # languages and outlets
_INTERRUPTED = 130  # exit code after Ctrl-C, 128 + SIGINT as in shells

app = typer.Typer(
    name="newsqa",
    help="Ask a news archive a question in any language; the answer consists of exact quotes from its articles.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"newsqa {version('newsqa')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Ask a news archive a question in any language; the answer consists of exact quotes from its articles."""


app.add_typer(eval_app, name="eval")
app.add_typer(keys_app, name="keys")
app.add_typer(feeds_app, name="feeds")
app.add_typer(articles_app)
app.add_typer(maintenance_app)


@app.command(
    name="index",
    epilog="Examples: `newsqa index seeds` · `newsqa index news/ dump.jsonl --prune` · "
    "`newsqa index https://news.example/story`",
)
def index_command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help=f"Files and folders to index: {', '.join(SUFFIXES)}; web addresses of pages, feeds, sitemaps or PDFs.",
            show_default=False,
        ),
    ] = None,
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete articles whose files under PATHS no longer exist.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Also fetch the web addresses again that could not be fetched before.")
    ] = False,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="ray[://HEAD[:PORT]]",
            help="Embed passages on the hosts of a Ray cluster, see docs/scale.md; needs `newsqa[ray]`.",
            show_default=False,
        ),
    ] = None,
    reuse: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA",
            help="Take the vectors of texts that another data folder already has from there, instead of embedding.",
            show_default=False,
        ),
    ] = None,
    model: Model = None,
    device: DeviceOption = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Index new and changed files.

    Only new and changed passages are embedded. An interrupted run keeps its finished work; run the same command again
    to continue. Files that cannot be read and addresses that cannot be fetched are reported; the rest is indexed, and
    the exit code is 1.
    """
    console, settings = terminal.console(stderr=True), load_settings(data, model, device)
    addresses = [path for path in paths or [] if is_url(path)]
    files = [Path(path) for path in paths or [] if not is_url(path)]
    if not (paths or retry):
        raise typer.BadParameter("name files, folders or web addresses", param_hint="PATHS")
    for option, value in (("--engine", engine), ("--reuse", reuse)):
        if value and (addresses or retry):
            raise typer.BadParameter("it is for files: index web addresses without it", param_hint=option)
    with progress_bar(console) as progress:
        summary = Summary()
        if files:
            summary = archive.update(files, settings, prune=prune, progress=progress, engine=engine, reuse=reuse)
        if addresses or retry:
            from qa import web  # imported here: the HTTP client loads slowly

            addresses += web.refused(settings) if retry else []
            web.index(addresses, settings, progress, summary)
    if as_json:
        print_json(dataclasses.asdict(summary))
    else:
        terminal.show_summary(console, summary)
    if summary.problems:
        raise typer.Exit(1)


@app.command(epilog="Examples: `newsqa watch news/` · `newsqa watch news/ --prune`")
def watch(
    folders: Annotated[list[Path], typer.Argument(help=f"Folders to watch for files: {', '.join(SUFFIXES)}.")],
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete articles whose files under FOLDERS no longer exist.")
    ] = False,
    model: Model = None,
    device: DeviceOption = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Index folders, and update the archive whenever files in them change. Stop it with Ctrl-C.

    After an error, such as a locked archive or a full disk, it retries until it works.
    """
    from index.read.watch import change_events  # imported here: other commands do not need its library

    console, settings = terminal.console(stderr=True), load_settings(data, model, device)
    backoff = Backoff()

    def show(summary: Summary) -> None:
        if as_json:
            print_json(dataclasses.asdict(summary), indent=None)
        else:
            terminal.show_summary(console, summary)

    # Ctrl-C is the normal way to stop.
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        updates: list[Callable[..., Summary]] = []

        def update() -> Summary:
            with progress_bar(console) as progress:
                if not updates:
                    updates.append(stack.enter_context(archive.updater(settings, progress, wait=-1)))
                return updates[0](folders, prune=prune, progress=progress)

        events = change_events(folders, settings.data, due=backoff.is_due)
        keep_updated(events, update, backoff, show, lambda message: print_error(message, as_json))


@app.command(
    epilog='Examples: `newsqa ask "why did Kalinowski leave?"` · `newsqa ask "Qui dirige xAI ?" --from 2026-02-01`'
)
def ask(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUESTION", help="The question, in any language; standard input if it is missing."),
    ] = None,
    *,
    top_k: Annotated[int, typer.Option(min=1, max=MAX_HITS, help="Number of passages to retrieve.")] = HITS,
    published_from: Annotated[str | None, typer.Option("--from", help="Earliest publication date, YYYY-MM-DD.")] = None,
    published_to: Annotated[str | None, typer.Option("--to", help="Latest publication date, YYYY-MM-DD.")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Ignore undated articles and those published after this date, YYYY-MM-DD.")
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(help="Language of passages, such as `en` or `French`; separate several by commas."),
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Outlet, or file of articles without one; separate several by commas.")
    ] = None,
    languages_first: Annotated[
        list[str] | None,
        typer.Option(
            help="Language of quotes that come first among similar ones; separate several by commas. "
            "[default: that of the question]"
        ),
    ] = None,
    sort: Annotated[Sort, typer.Option(help="Order of the passages; the answer does not change.")] = "relevance",
    model: Model = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Answer a question with quotes and show their sources.

    If the archive does not answer the question, the nearest passages are shown instead.
    """
    question = check(" ".join(words) if words else _from_standard_input())
    filters = _filter(published_from, published_to, as_of, language or [], source or [])
    with _open_asker(load_settings(data, model)) as asker:
        answer = asker.ask(question, top_k, filters, languages_first or [])
    if as_json:
        from qa.service.schemas.answers import AskResponse  # imported here: pydantic and fastapi load slowly

        typer.echo(AskResponse.of(answer, sort).model_dump_json(indent=1))
    else:
        terminal.show_answer(terminal.console(), answer, sort)


@app.command(name="serve", epilog="Examples: `newsqa serve` · `NEWSQA_PORT=8080 newsqa serve --data /srv/archive`")
def serve_command(
    *,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on. [env: NEWSQA_HOST; default: 127.0.0.1]", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on. [env: NEWSQA_PORT; default: 8000]", show_default=False),
    ] = None,
    model: Model = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Start the HTTP service: the web page at /, the API, and its documentation at /docs. Stop it with Ctrl-C.

    If the data folder has no archive, an empty one is created.
    """
    memory.limit_arenas()
    from qa.service.serve import bind, serve  # imported here: fastapi loads slowly

    settings = load_settings(data, model)
    settings = dataclasses.replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    if settings.feeds_interval:
        extra.require()

    def ready(address: str) -> None:
        if as_json:
            print_json({"ready": address}, indent=None)
        else:
            message = f"newsqa is running on {address} (API documentation: {address}/docs); stop it with Ctrl-C"
            terminal.console(stderr=True).print(message, soft_wrap=True)

    # Ctrl-C is the normal way to stop.
    with bind(settings) as bound, _open_asker(settings, create=True) as asker, suppress(KeyboardInterrupt):
        serve(asker, settings, bound, ready)


@app.command(
    name="mcp", epilog="Examples: `newsqa mcp --data /srv/archive`, as the command of a server in an agent's settings"
)
def mcp_command(*, model: Model = None, data: Data = None) -> None:
    """Serve the archive as tools for agents: Model Context Protocol over standard input and output.

    The tools are `search`, `fetch` and `ask`. `newsqa serve` provides the same tools over HTTP at /mcp.
    """
    from qa.service import logs
    from qa.service.routes import mcp  # imported here: it loads slowly

    logs.start(sys.stderr, "text")
    with _open_asker(load_settings(data, model)) as asker:
        # Ctrl-C ends the process at once: the thread that reads input cannot be interrupted, and no state is lost.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        mcp.run(asker)


@app.command(epilog="Examples: `newsqa stats` · `newsqa stats --json`")
def stats(*, data: Data = None, as_json: Json = False) -> None:
    """Show the size of the archive, its languages, sources and model."""
    settings = load_settings(data)
    folder = settings.data
    with archive.open_archive(settings) as stored, stored.reader() as reader:
        facets = reader.facets()
        rows: dict[str, Any] = {
            "data": place(settings),
            **reader.counts(),
            "languages": facets.languages,
            "sources": facets.outlets,
            "model": stored.model.identity,
            "generation": stored.revision,
        }
        if settings.store is None:
            rows["bytes"] = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    if as_json:
        print_json(rows)
    else:
        for name in ("languages", "sources"):
            shown = [f"{value} {count}" for value, count in islice(rows[name].items(), _MAX_LISTED)]
            more = len(rows[name]) - len(shown)
            rows[name] = ", ".join(shown) + (f" and {more} more" if more else "")
        terminal.show_table(terminal.console(), rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process; a `NewsqaError` is one line on standard error and exit code 1.

    With `--json` the line is an object with the message as `error`, also for a wrong use of the command.
    """
    code: object = 0
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(arguments, standalone_mode=not as_json)
    except SystemExit as error:
        code = error.code
    except typer.TyperException as error:  # only with --json; typer prints it otherwise
        code = _WRONG_USE
        print_error(error.format_message(), as_json)
    except NewsqaError as error:
        code = 1
        print_error(str(error), as_json)
    except OSError as error:  # such as a file name that is too long, a closed terminal, a full disk
        code = 1
        print_error(f"{error.filename or 'output'}: {error.strerror or error}", as_json)
    if code == _INTERRUPTED:
        print_error("interrupted: finished work is kept, run the same command to continue", as_json)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):  # closed, or full
            stream.flush()
    # Not sys.exit: freeing the tokenizer's vocabulary of 250,000 pieces takes longer than answering.
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


@contextmanager
def _open_asker(settings: Settings, *, create: bool = False) -> "Iterator[Asker]":
    with ExitStack() as stack:
        with progress_bar(terminal.console(stderr=True)) as progress:
            asker = stack.enter_context(archive.open_asker(settings, progress, create=create))
        yield asker


def _from_standard_input() -> str:
    """Return the text of standard input, if it is not a terminal.

    Raises:
        BadParameter: it is one, or not UTF-8.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise typer.BadParameter("write a question, or pipe one into the command", param_hint="QUESTION")
    try:
        return sys.stdin.buffer.read(_MAX_BYTES * MAX_QUESTION + 1).decode()
    except UnicodeDecodeError as error:
        raise typer.BadParameter("standard input is not UTF-8", param_hint="QUESTION") from error


def _day(option: str, value: str | None) -> date | None:
    """Return the day that an option has.

    Raises:
        BadParameter: it is none.
    """
    try:
        return date.fromisoformat(value) if value is not None else None
    except ValueError as error:
        raise typer.BadParameter(
            f"'{value}' is not a date: write YYYY-MM-DD, such as 2026-02-12", param_hint=option
        ) from error


def _filter(
    published_from: str | None,
    published_to: str | None,
    as_of: str | None,
    languages: Sequence[str],
    sources: Sequence[str],
) -> Filter:
    first, last, day = _day("--from", published_from), _day("--to", published_to), _day("--as-of", as_of)
    if first and last and first > last:
        raise typer.BadParameter(f"{first} is after {last}: swap them", param_hint="--from, --to")
    return Filter(first, last, day, tuple(languages), tuple(sources))


if __name__ == "__main__":
    main()
