"""Options and helpers shared by the commands."""

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from qa.cli import terminal
from qa.settings import Device, Settings

Data = Annotated[
    Path | None, typer.Option(help="Data folder. [env: NEWSQA_DATA; default: var/newsqa]", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for use by programs.")]
Model = Annotated[
    str | None,
    typer.Option(
        help="Embedding model: `bundled`, a sentence-transformers folder, or a Hugging Face hub id. "
        "[env: NEWSQA_MODEL; default: the archive's own]",
        show_default=False,
    ),
]
DeviceOption = Annotated[
    Device | None,
    typer.Option(
        "--device",
        help="Where passages are embedded: `cpu`, or `cuda` for an NVIDIA GPU, which needs `newsqa[models]`. "
        "[env: NEWSQA_DEVICE; default: cpu]",
        show_default=False,
    ),
]


def load_settings(data: Path | None, model: str | None = None, device: Device | None = None) -> Settings:
    """Return the settings of the environment, overridden by options of the command line."""
    settings = Settings.from_environment(os.environ)
    return dataclasses.replace(
        settings, data=data or settings.data, model=model or settings.model, device=device or settings.device
    )


def print_json(value: object, indent: int | None = 1) -> None:
    """Print a value as JSON."""
    typer.echo(json.dumps(value, indent=indent, ensure_ascii=False))


def print_error(message: str, as_json: bool) -> None:
    """Print a message as one line on standard error."""
    line = " ".join(message.split())
    if as_json:
        sys.stderr.write(f"{json.dumps({'error': line}, ensure_ascii=False)}\n")
    else:
        sys.stderr.write(f"newsqa: {terminal.printable(line)}\n")
