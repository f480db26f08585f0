"""The commands that look after an archive."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from index.types import Report
from qa import archive
from qa.cli import terminal
from qa.cli.options import Data, Json, print_json, settings

app = typer.Typer()

_File = Annotated[Path, typer.Argument(help="The snapshot.")]


@app.command(epilog="Examples: `newsqa doctor` · `newsqa doctor --repair` · `newsqa doctor --sample 1 --json`")
def doctor(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Make again what is derived from the articles.")] = False,
    sample: Annotated[float, typer.Option(min=0, max=1, help="Part of the passages to embed again.")] = 0.01,
    seed: Annotated[int | None, typer.Option(min=0, help="Choose the same passages again.")] = None,
    no_embed: Annotated[bool, typer.Option("--no-embed", help="Do without the model: embed nothing.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Prove that articles, passages, vectors, words and the index agree one to one.

    It may run beside a service, and changes nothing without `--repair`, which takes nothing from an article: one that
    is damaged itself is named and left. The exit code is 1 as long as anything is wrong.
    """
    found = settings(data)
    with ExitStack() as stack:
        with terminal.progress(terminal.console(stderr=True)) as progress:
            embedder = None if no_embed else stack.enter_context(archive.embedder(found, progress))
        report = archive.examine(found, embedder, repair=repair, sample=sample, seed=seed)
    _tell(report, as_json)
    if report.problems:
        raise typer.Exit(1)


@app.command(epilog="Examples: `newsqa snapshot /backup/news.sqlite` · `newsqa snapshot /backup/news.sqlite --force`")
def snapshot(
    file: _File,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write the archive of this moment to one file, also while a service runs.

    Everything in it is verified before it gets its name.
    """
    _tell(archive.snapshot(settings(data), file, force=force), as_json)


@app.command(epilog="Examples: `newsqa restore /backup/news.sqlite --data var/copy` · `newsqa restore FILE --force`")
def restore(
    file: _File,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the archive that is there.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Put the archive of a snapshot into the data folder.

    A service that is running there takes it up with its next question.
    """
    _tell(archive.restore(settings(data), file, force=force), as_json)


def _tell(report: Report, as_json: bool) -> None:
    if as_json:
        told = {"checked": report.checked, "problems": report.problems, "notes": report.notes, "seed": report.seed}
        print_json(told)
    else:
        terminal.show_report(terminal.console(), report)
