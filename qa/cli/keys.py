"""The commands `newsqa keys`."""

import dataclasses
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from qa.cli import terminal
from qa.cli.options import Data, Json, print_json, settings
from qa.service.keys import Key, Keys, Scope

app = typer.Typer(name="keys", help="Keys that let others ask the service, or write to it.", no_args_is_help=True)


@app.command(epilog="Examples: `newsqa keys create page --scope read` · `newsqa keys create feed --scope ingest`")
def create(
    name: Annotated[str, typer.Argument(help="Whose it is, for the list of keys.")],
    *,
    scope: Annotated[
        Scope, typer.Option(help="`read` asks and fetches, `ingest` writes articles, too, `admin` may do everything.")
    ],
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day on which it opens (UTC).")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a key and print it: it is shown this once, and only a hash is kept.

    With the first key, a service asks for keys from then on.
    """
    key, secret = _keys(data).create(name, scope, expires.date() if expires else None)
    if as_json:
        print_json(_shown(key) | {"key": secret})
    else:
        typer.echo(secret)


@app.command(name="list", epilog="Examples: `newsqa keys list` · `newsqa keys list --json`")
def list_command(*, data: Data = None, as_json: Json = False) -> None:
    """List the keys, without what opens."""
    keys = _keys(data).all()
    if as_json:
        print_json([_shown(key) for key in keys])
    else:
        terminal.show_keys(terminal.console(), keys)


@app.command(epilog="Examples: `newsqa keys revoke 5f0c2a91`")
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `newsqa keys list` shows it.")],
    *,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take a key out of force, at once and in a running service, too."""
    key = _keys(data).revoke(id_)
    if as_json:
        print_json(_shown(key))


def _keys(data: Path | None) -> Keys:
    return Keys(settings(data).data)


def _shown(key: Key) -> dict[str, str | None]:
    fields: dict[str, str | date | None] = dataclasses.asdict(key)
    del fields["sha256"]
    return {name: None if value is None else str(value) for name, value in fields.items()}
