"""Fixtures of the commands, which run on the real model."""

import shutil
from pathlib import Path

import pytest

from index.model.cache import Model


@pytest.fixture(autouse=True)
def _prepared(model: Model) -> None:
    """Prepare the model before commands are run."""


@pytest.fixture
def data(seeds: Path, tmp_path: Path) -> Path:
    """A copy of the archive of seeds/."""
    return shutil.copytree(seeds, tmp_path / "data")
