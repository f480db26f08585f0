"""The command `newsqa`."""

import dataclasses
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from eval.cli import app as eval_app
from index.errors import ArticleError, NewsqaError
from index.read.formats import SUFFIXES
from index.types import Filter
from qa import archive
from qa.ask import Asker
from qa.cli import terminal
from qa.cli.keys import app as keys_app
from qa.cli.maintenance import app as upkeep_app
from qa.cli.options import Data, Json, Model, print_json, settings
from qa.question import HITS, MAX_HITS, check
from qa.settings import Settings

_INTERRUPTED = 130  # as shells have it

app = typer.Typer(
    name="newsqa",
    help="Ask an archive of news articles, in any language, and get quotes exact to the character.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(eval_app, name="eval")
app.add_typer(keys_app, name="keys")
app.add_typer(upkeep_app)


@app.command(name="index", epilog="Examples: `newsqa index seeds` · `newsqa index news/ dump.jsonl --prune`")
def index_command(
    paths: Annotated[list[Path], typer.Argument(help=f"Files and folders: {', '.join(SUFFIXES)}")],
    *,
    prune: Annotated[bool, typer.Option("--prune", help="Remove articles whose files under PATHS are gone.")] = False,
    model: Model = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Bring the archive up to date with files.

    Only what changed is embedded. Interrupt it at any time: what is done is kept, and the same command goes on. Files
    that cannot be read are named, the rest is indexed, and the exit code is 1.
    """
    console = terminal.console(stderr=True)
    with terminal.progress(console) as progress:
        summary = archive.update(paths, settings(data, model), prune=prune, progress=progress)
    if as_json:
        print_json(dataclasses.asdict(summary))
    else:
        terminal.show_summary(console, summary)
    if summary.problems:
        raise typer.Exit(1)


@app.command(epilog="Examples: `newsqa watch news/` · `newsqa watch news/ --prune`")
def watch(
    folders: Annotated[list[Path], typer.Argument(help=f"Folders with files that end in {', '.join(SUFFIXES)}.")],
    *,
    prune: Annotated[bool, typer.Option("--prune", help="Remove articles whose files under FOLDERS are gone.")] = False,
    model: Model = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Bring the archive up to date with folders whenever files in them change, until Ctrl-C."""
    from index.read.watch import change_events  # takes a library that asking does without

    console, found = terminal.console(stderr=True), settings(data, model)
    # Ctrl-C is how it is meant to end.
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        update = None
        for _ in change_events(folders, found.data):
            with terminal.progress(console) as progress:
                update = update or stack.enter_context(archive.updates(found, progress, wait=-1))
                try:
                    summary = update(folders, prune=prune, progress=progress)
                except ArticleError as error:  # no articles yet
                    _told(str(error), 1)
                    continue
            if as_json:
                print_json(dataclasses.asdict(summary), indent=None)
            else:
                terminal.show_summary(console, summary)


@app.command(
    epilog='Examples: `newsqa ask "why did Kalinowski leave?"` · `newsqa ask "Qui dirige xAI ?" --from 2026-02-01`'
)
def ask(
    question: Annotated[str, typer.Argument(help="In any language.")],
    *,
    top_k: Annotated[int, typer.Option(min=1, max=MAX_HITS, help="Passages to find.")] = HITS,
    published_from: Annotated[str | None, typer.Option("--from", help="Earliest date, YYYY-MM-DD.")] = None,
    published_to: Annotated[str | None, typer.Option("--to", help="Latest date, YYYY-MM-DD.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Answer as on that day, YYYY-MM-DD.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Language of passages; repeat it for several.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Outlet; repeat it for several.")] = None,
    model: Model = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Answer a question with quotes and say where they stand."""
    asked = check(question)
    among = _filter(published_from, published_to, as_of, language or [], source or [])
    with _opened(settings(data, model)) as asker:
        answer = asker.ask(asked, top_k, among)
    if as_json:
        from qa.service.schemas import AskResponse  # pydantic and fastapi are for programs

        typer.echo(AskResponse.of(answer).model_dump_json(indent=1))
    else:
        terminal.show_answer(terminal.console(), answer)


@app.command(epilog="Examples: `newsqa serve` · `NEWSQA_PORT=8080 newsqa serve --data /srv/archive`")
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="[env: NEWSQA_HOST; default: 127.0.0.1]", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="[env: NEWSQA_PORT; default: 8000]", show_default=False)
    ] = None,
    model: Model = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Answer over HTTP; see /docs there."""
    from qa.service import serve as serving  # fastapi takes its time

    found = settings(data, model)
    found = dataclasses.replace(found, host=host or found.host, port=found.port if port is None else port)

    def ready(address: str) -> None:
        if as_json:
            print_json({"ready": address}, indent=None)
        else:
            told = f"newsqa answers on {address} (see {address}/docs); stop it with Ctrl-C"
            terminal.console(stderr=True).print(told, soft_wrap=True)

    # Ctrl-C is how it is meant to end.
    with serving.bind(found) as bound, _opened(found, create=True) as asker, suppress(KeyboardInterrupt):
        with asker.archive.reader() as reader:
            empty = not reader.counts()["articles"]
        if empty:
            _told(f"{found.data}: the archive is empty: add articles with newsqa index or POST /articles", 0)
        serving.serve(asker, found, bound, ready)


@app.command(
    name="mcp", epilog="Examples: `newsqa mcp --data /srv/archive`, as the command of a server in an agent's settings"
)
def mcp_command(*, model: Model = None, data: Data = None) -> None:
    """Give an agent the archive as tools: the Model Context Protocol over standard input and output.

    The tools are `search`, `fetch` and `ask`. A service has them, too, at /mcp.
    """
    from qa.service import logs
    from qa.service.routes import mcp  # which takes its time

    logs.start(sys.stderr, "text")
    with _opened(settings(data, model)) as asker:
        # Ctrl-C just ends it: a thread that waits for input hears of nothing else, and there is nothing to put away.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        mcp.run(asker)


@app.command(epilog="Examples: `newsqa articles` · `newsqa articles --limit 500 --json`")
def articles(
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Articles to list.")] = 50,
    offset: Annotated[int, typer.Option(min=0, max=2**31, help="Articles to skip.")] = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List the articles of the archive, newest first."""
    with archive.reader(settings(data)) as reader:
        page = reader.page(limit, offset)
        total = reader.counts()["articles"]
    if as_json:
        from qa.service.schemas import ArticleList, ArticleSummary

        listed = [ArticleSummary.of(article) for article in page]
        typer.echo(ArticleList(total=total, articles=listed).model_dump_json(indent=1))
    else:
        terminal.show_articles(terminal.console(), page, total)


@app.command(epilog="Examples: `newsqa stats` · `newsqa stats --json`")
def stats(*, data: Data = None, as_json: Json = False) -> None:
    """Say what the archive holds."""
    folder = settings(data).data
    with archive.searchable(settings(data)) as opened, opened.reader() as reader:
        facets = reader.facets()
        rows: dict[str, Any] = {
            "data": str(folder),
            **reader.counts(),
            "languages": facets.languages,
            "sources": facets.sources,
            "model": opened.model.identity,
            "generation": opened.revision,
            "bytes": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
        }
    if as_json:
        print_json(rows)
    else:
        for name in ("languages", "sources"):
            rows[name] = ", ".join(f"{value} {count}" for value, count in rows[name].items())
        terminal.show_table(terminal.console(), rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process; our errors are one line on standard error and exit code 1."""
    code: object = 0
    try:
        app(arguments)
    except SystemExit as error:
        code = error.code
        if code == _INTERRUPTED:
            _told("interrupted: what is done is kept, run the same command to go on", _INTERRUPTED)
    except NewsqaError as error:
        code = _told(str(error), 1)
    except OSError as error:  # a name that is too long, a terminal that has gone, a full disk
        code = _told(f"{error.filename or 'output'}: {error.strerror or error}", 1)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):  # closed, or full
            stream.flush()
    # Not sys.exit: to take the tokenizer's 250,000 pieces apart takes longer than to answer.
    os._exit(code if isinstance(code, int) else 1)


def _told(message: str, code: int) -> int:
    sys.stderr.write(f"newsqa: {terminal.printable(' '.join(message.split()))}\n")
    return code


@contextmanager
def _opened(settings: Settings, *, create: bool = False) -> Iterator[Asker]:
    with ExitStack() as stack:
        with terminal.progress(terminal.console(stderr=True)) as progress:
            asker = stack.enter_context(archive.opened(settings, progress, create=create))
        yield asker


def _filter(
    published_from: str | None,
    published_to: str | None,
    as_of: str | None,
    languages: Sequence[str],
    sources: Sequence[str],
) -> Filter:
    from datetime import date

    try:
        first, last, day = (date.fromisoformat(on) if on else None for on in (published_from, published_to, as_of))
    except ValueError as error:
        raise typer.BadParameter(f"{error}: write YYYY-MM-DD", param_hint="--from, --to, --as-of") from error
    if first and last and first > last:
        raise typer.BadParameter(f"{first} is after {last}: swap them", param_hint="--from, --to")
    return Filter(first, last, day, tuple(code.lower() for code in languages), tuple(sources))


if __name__ == "__main__":
    main()
