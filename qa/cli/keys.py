"""The commands `newsqa keys`: create, list and revoke API keys."""

import dataclasses
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from qa.cli import terminal
from qa.cli.options import Data, Json, load_settings, print_json
from qa.service.keys import Key, Keys, Scope

app = typer.Typer(name="keys", help="Create, list and revoke API keys of the service.", no_args_is_help=True)


@app.command(epilog="Examples: `newsqa keys create page --scope read` · `newsqa keys create feed --scope ingest`")
def create(
    name: Annotated[str, typer.Argument(help="A label, such as the client's name.")],
    *,
    scope: Annotated[
        Scope, typer.Option(help="`read`: ask and fetch; `ingest`: also write articles; `admin`: everything.")
    ],
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Expiry date, inclusive (UTC).")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Create an API key and print its secret, which is shown only once; only a hash is stored.

    As soon as the first key exists, the service requires keys, also if it is already running.
    """
    key, secret = _keys(data).create(name, scope, expires.date() if expires else None)
    if as_json:
        print_json(_public(key) | {"key": secret})
    else:
        typer.echo(secret)


@app.command(name="list", epilog="Examples: `newsqa keys list` · `newsqa keys list --json`")
def list_command(*, data: Data = None, as_json: Json = False) -> None:
    """List API keys; secrets are never shown."""
    keys = _keys(data).all()
    if as_json:
        print_json([_public(key) for key in keys])
    else:
        terminal.show_keys(terminal.console(), keys)


@app.command(epilog="Examples: `newsqa keys revoke 5f0c2a91`")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the key, see `newsqa keys list`.")],
    *,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Revoke a key, effective immediately, also in a running service."""
    key = _keys(data).revoke(key_id)
    if as_json:
        print_json(_public(key))


def _keys(data: Path | None) -> Keys:
    return Keys(load_settings(data).data)


def _public(key: Key) -> dict[str, str | None]:
    fields: dict[str, str | date | None] = dataclasses.asdict(key)
    del fields["sha256"]
    return {name: None if value is None else str(value) for name, value in fields.items()}
