"""What the commands have in common."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Annotated

import typer

from qa.settings import Settings

Data = Annotated[
    Path | None, typer.Option(help="Data folder. [env: NEWSQA_DATA; default: var/newsqa]", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Model = Annotated[
    str | None,
    typer.Option(
        help="`bundled`, a sentence-transformers folder, or a hub id. [env: NEWSQA_MODEL; default: the archive's own]",
        show_default=False,
    ),
]


def settings(data: Path | None, model: str | None = None) -> Settings:
    """Return the settings of the environment with what the command line says instead."""
    read = Settings.from_environment(os.environ)
    return dataclasses.replace(read, data=data or read.data, model=model or read.model)


def print_json(value: object, indent: int | None = 1) -> None:
    """Print a value for programs."""
    typer.echo(json.dumps(value, indent=indent, ensure_ascii=False))
