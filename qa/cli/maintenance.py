"""The commands that maintain an archive: doctor, snapshot, restore and import."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from index.types import Report
from qa import archive, maintenance
from qa.cli import terminal
from qa.cli.options import Data, Json, load_settings, print_json
from qa.cli.progress import progress_bar

app = typer.Typer()

_File = Annotated[Path, typer.Argument(help="Snapshot file.")]


@app.command(epilog="Examples: `newsqa doctor` · `newsqa doctor --repair` · `newsqa doctor --sample 1 --json`")
def doctor(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Rebuild passages, vectors and indexes from the stored articles.")
    ] = False,
    sample: Annotated[float, typer.Option(min=0, max=1, help="Fraction of passages to re-embed and compare.")] = 0.01,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Random seed of the sample, to check the same passages as before.")
    ] = None,
    no_embed: Annotated[
        bool, typer.Option("--no-embed", help="Skip the re-embedding check; do not load the model.")
    ] = False,
    vacuum: Annotated[
        bool, typer.Option("--vacuum", help="Also free the space of deleted articles and erase what is left of them.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Check that articles, passages, vectors and indexes are consistent.

    It can run while a service is running. Without options it changes nothing. `--repair` never changes an article: a
    damaged article is reported and kept. It also converts an archive of an earlier version, whose service must have
    stopped. `--vacuum` needs free space for a copy, and an archive without problems. The exit code is 1 if there are
    problems, with `--repair` if problems remain.
    """
    settings = load_settings(data)
    maintenance.check_available(settings, repair=repair, vacuum=vacuum)
    with ExitStack() as stack:
        if repair:
            stack.enter_context(maintenance.repairing())
        with progress_bar(terminal.console(stderr=True)) as progress:
            converted = maintenance.convert(settings, progress) if repair else None
            embedder = None if no_embed else stack.enter_context(archive.embedder(settings, progress))
        report = maintenance.examine(settings, embedder, repair=repair, sample=sample, seed=seed)
    if converted:
        report.notes.append(converted)
    if vacuum and not report.problems:
        before, after = maintenance.vacuum(settings)
        report.notes.append(f"vacuum: {before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after")
    _print_report(report, as_json)
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
    """Write the archive to one file, also while a service is running.

    The file is verified before it appears under its name. Restore it with `newsqa restore`.
    """
    _print_report(maintenance.snapshot(load_settings(data), file, force=force), as_json)


@app.command(epilog="Examples: `newsqa restore /backup/news.sqlite --data var/copy` · `newsqa restore FILE --force`")
def restore(
    file: _File,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the archive in the data folder.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Restore an archive from a snapshot into the data folder.

    The snapshot is verified first, and converted if it has an earlier format. A running service uses the restored
    archive from the next question on.
    """
    with progress_bar(terminal.console(stderr=True)) as progress:
        report = maintenance.restore(load_settings(data), file, force=force, progress=progress)
    _print_report(report, as_json)


@app.command(
    name="import",
    epilog="Examples: `newsqa import /backup/archive --data var/copy` · `newsqa import FOLDER --force`",
)
def import_command(
    folder: Annotated[Path, typer.Argument(help="Folder that `newsqa export --format parquet` has written.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the archive in the data folder.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make an archive of an export in Parquet, without embedding.

    Each file is compared with its SHA-256 first, and ids, spans and keys are verified. An interrupted import leaves the
    data folder as it was; run the same command again. It needs the extra `newsqa[parquet]`. A running service uses an
    archive that was replaced with `--force` from the next question on.
    """
    with progress_bar(terminal.console(stderr=True)) as progress:
        report = maintenance.import_export(load_settings(data), folder, force=force, progress=progress)
    _print_report(report, as_json)


def _print_report(report: Report, as_json: bool) -> None:
    if as_json:
        print_json({"checked": report.checked, "problems": report.problems, "notes": report.notes, "seed": report.seed})
    else:
        terminal.show_report(terminal.console(), report)
