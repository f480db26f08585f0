"""The commands for the articles of an archive: articles, show, export and delete."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from index.archive import ArchiveReader
from index.errors import ArchiveError, SettingsError
from index.types import Article
from qa import archive, maintenance
from qa.cli import terminal
from qa.cli.options import Data, Json, load_settings, print_json
from qa.cli.progress import progress_bar

_PAGE = 500  # articles that are read at once

app = typer.Typer()

_Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of articles, see `newsqa articles`.")]


@app.command(epilog="Examples: `newsqa articles` · `newsqa articles --limit 500 --json`")
def articles(
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number of articles to list.")] = 50,
    offset: Annotated[int, typer.Option(min=0, max=2**31, help="Number of articles to skip.")] = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List the articles of the archive, newest first."""
    with archive.open_reader(load_settings(data)) as reader:
        page = reader.listed(limit, offset)
        total = reader.sizes()["articles"]
    if as_json:
        # imported here: pydantic loads slowly
        from qa.service.schemas.articles import ArticleList, ArticleSummary

        summaries = [ArticleSummary.of(article) for article in page]
        typer.echo(ArticleList(total=total, articles=summaries).model_dump_json(indent=1))
    else:
        terminal.show_articles(terminal.console(), page, total)


@app.command(epilog="Examples: `newsqa show 9f86d081884c7d65` · `newsqa show 9f86d081884c7d65 --json`")
def show(ids: _Ids, *, data: Data = None, as_json: Json = False) -> None:
    """Print articles: title, outlet, date, author, URL, where these were found, text, and what changed before.

    With `--json`, each is one line with the fields of `GET /articles/{id}`.
    """
    with archive.open_reader(load_settings(data)) as reader:
        stored = _existing(reader, ids)
        details = [
            (
                [passage.id for passage in reader.passages_of(each.id)],
                reader.versions(each.id),
                reader.provenance(each.id),
            )
            for each in stored
        ]
    for article, (passages, older, provenance) in zip(stored, details, strict=True):
        if as_json:
            from qa.service.schemas.articles import ArticleModel

            typer.echo(ArticleModel.of_article(article, passages, older, provenance).model_dump_json())
        else:
            terminal.show_article(terminal.console(), article, older, provenance)


class Format(StrEnum):
    """The forms of an export."""

    JSONL = "jsonl"
    PARQUET = "parquet"


@app.command(
    epilog="Examples: `newsqa export > articles.jsonl` · `newsqa export --output backup/articles.jsonl` · "
    "`newsqa export --format parquet backup/archive`"
)
def export(
    folder: Annotated[
        Path | None, typer.Argument(help="New folder to write, with `--format parquet`.", show_default=False)
    ] = None,
    *,
    form: Annotated[
        Format, typer.Option("--format", help="`jsonl`: the articles; `parquet`: everything, for `newsqa import`.")
    ] = Format.JSONL,
    output: Annotated[Path | None, typer.Option(help="File to write. Default: standard output.")] = None,
    data: Data = None,
) -> None:
    """Write all articles as JSON Lines, or the whole archive as Parquet.

    In JSON Lines, they are newest first, in the form that `newsqa index` reads. Indexing the file gives articles
    without a url other ids, so beside the original files they are there twice.

    `--format parquet` writes articles, their older versions, passages and vectors to a folder, also while a service
    is running. `newsqa import` makes an archive of it without embedding, and other programs can read it. It needs the
    extra `newsqa[parquet]`. `newsqa snapshot` copies the archive to one file.
    """
    settings = load_settings(data)
    if (form is Format.PARQUET) != (folder is not None):
        raise typer.BadParameter("name a folder with --format parquet, and only with it", param_hint="FOLDER")
    if form is Format.PARQUET and output is not None:
        raise typer.BadParameter("name a folder instead, with --format parquet", param_hint="--output")
    target = folder or output
    if target is not None and target.resolve().is_relative_to(settings.data.resolve()):
        raise SettingsError(
            f"{target}: inside the data folder, whose files it could overwrite: choose a name outside it"
        )
    if folder is not None:
        with progress_bar(terminal.console(stderr=True)) as progress:
            manifest = maintenance.export(settings, folder, progress)
        terminal.show_table(terminal.console(), dict(manifest.rows))
        return
    with archive.open_reader(settings) as reader:
        lines = map(_line, _all(reader))
        if output is None:
            for line in lines:
                typer.echo(line)
            return
        with _replaced(output) as file:
            file.writelines(f"{line}\n" for line in lines)


@app.command(epilog="Examples: `newsqa delete 9f86d081884c7d65`")
def delete(ids: _Ids, *, data: Data = None, as_json: Json = False) -> None:
    """Delete articles, also while a service is running: all of IDS, or none if one of them is unknown.

    An article that came from a file returns when that file is indexed again.
    """
    with archive.open_archive(load_settings(data)) as opened:
        with opened.reader() as reader:
            _existing(reader, ids)
        with closing(opened.writer()) as writer:
            deleted = writer.delete(dict.fromkeys(ids))
    if as_json:
        print_json({"deleted": deleted})
    else:
        terminal.console(stderr=True).print(f"{deleted} deleted")


@contextmanager
def _replaced(file: Path) -> Iterator[TextIO]:
    """Yield a file that takes the place of `file` at the end: after an error that has its old content."""
    if file.exists() and not file.is_file():  # such as /dev/stdout
        with file.open("w", encoding="utf-8") as stream:
            yield stream
        return
    target = file.resolve()
    making = target.with_name(f"{target.name}.making")
    making.unlink(missing_ok=True)
    try:
        with making.open("x", encoding="utf-8") as stream:
            yield stream
        making.replace(target)
    except OSError as error:
        if error.filename == str(making):
            error.filename = str(file)  # for the message
        raise
    finally:
        making.unlink(missing_ok=True)


def _existing(reader: ArchiveReader, ids: list[str]) -> list[Article]:
    """Return the articles with these ids, each once.

    Raises:
        ArchiveError: one does not exist.
    """
    found = reader.articles(ids)
    for article_id in ids:
        if article_id not in found:
            raise ArchiveError(f"no article has the id {article_id}: list the articles with newsqa articles")
    return [found[article_id] for article_id in dict.fromkeys(ids)]


def _all(reader: ArchiveReader) -> Iterator[Article]:
    offset = 0
    while page := reader.page(_PAGE, offset):
        yield from page
        offset += len(page)


def _line(article: Article) -> str:
    """Return an article as a line of JSON that `newsqa index` reads, without empty fields."""
    fields = {
        "title": article.title,
        "date": str(article.published) if article.published else None,
        "author": article.author,
        "source": article.source,
        "url": article.url,
        "language": article.language,
        "text": article.text,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None}, ensure_ascii=False)
