"""The commands `newsqa feeds`: subscribed feeds and their updates."""

import dataclasses
import time
from contextlib import suppress
from typing import Annotated

import typer

from index.errors import NewsqaError
from qa.cli import terminal
from qa.cli.options import Data, Json, Model, load_settings, print_error, print_json
from qa.cli.progress import progress_bar
from qa.settings import Settings, duration

app = typer.Typer(name="feeds", help="Subscribe to RSS, Atom and JSON feeds.", no_args_is_help=True)

_Addresses = Annotated[list[str], typer.Argument(metavar="URL...", help="Addresses of feeds.")]


@app.command(epilog="Examples: `newsqa feeds add https://news.example/feed.xml`")
def add(addresses: _Addresses, *, data: Data = None, as_json: Json = False) -> None:
    """Subscribe to feeds. Their articles are fetched by `newsqa feeds update`."""
    from index.web.feeds import Feeds  # imported here: the HTTP client loads slowly

    new = Feeds(load_settings(data).data).add(addresses)
    if as_json:
        print_json({"added": [feed.url for feed in new]})
    else:
        terminal.console(stderr=True).print(f"{len(new)} added; fetch their articles with newsqa feeds update")


@app.command(name="list", epilog="Examples: `newsqa feeds list` · `newsqa feeds list --json`")
def list_command(*, data: Data = None, as_json: Json = False) -> None:
    """List the feeds, when each was last read, and why its last update failed."""
    from index.web.feeds import Feeds

    feeds = Feeds(load_settings(data).data).all()
    if as_json:
        fields = ("url", "title", "updated", "failures", "error")
        print_json([{name: getattr(feed, name) for name in fields} for feed in feeds])
    else:
        rows = [(feed.url, feed.title or "", feed.updated or "never", feed.error or "") for feed in feeds]
        terminal.show_rows(terminal.console(), ("address", "title", "updated", "error"), rows)


@app.command(epilog="Examples: `newsqa feeds remove https://news.example/feed.xml`")
def remove(addresses: _Addresses, *, data: Data = None, as_json: Json = False) -> None:
    """End subscriptions; the articles stay in the archive."""
    from index.web.feeds import Feeds

    feeds = Feeds(load_settings(data).data)
    for address in addresses:
        feeds.remove(address)
    if as_json:
        print_json({"removed": addresses})
    else:
        terminal.console(stderr=True).print(f"{len(addresses)} removed")


@app.command(epilog="Examples: `newsqa feeds update` · `newsqa feeds update --schedule 15m`")
def update(
    *,
    schedule: Annotated[
        str | None, typer.Option(metavar="TIME", help="Update again and again, such as every `15m` or `2h`.")
    ] = None,
    model: Model = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Fetch the new and changed articles of all feeds. Stop it with Ctrl-C; the next update continues.

    Feeds and articles that cannot be fetched are reported; the rest is indexed, and the exit code is 1. With
    `--schedule`, feeds that fail are tried less often, and nothing but Ctrl-C ends the command.
    """
    interval = duration(schedule) if schedule else 0
    if interval is None:
        raise typer.BadParameter("write a time of a minute or more, such as 15m or 2h", param_hint="--schedule")
    settings = load_settings(data, model)
    if not interval:
        if _update(settings, 0.0, as_json):
            raise typer.Exit(1)
        return
    with suppress(KeyboardInterrupt):  # the normal way to stop
        while True:
            try:
                _update(settings, interval, as_json)
            except NewsqaError as error:  # such as another process that is indexing
                print_error(str(error), as_json)
            time.sleep(interval)


def _update(settings: Settings, interval: float, as_json: bool) -> bool:
    """Update the feeds that are due; return whether there were problems."""
    from qa import web  # imported here: the HTTP client loads slowly

    console = terminal.console(stderr=True)
    with progress_bar(console) as progress:
        summary = web.update_feeds(settings, progress, interval)
    if as_json:
        print_json(dataclasses.asdict(summary), indent=None if interval else 1)
    else:
        terminal.show_summary(console, summary)
    return bool(summary.problems)
