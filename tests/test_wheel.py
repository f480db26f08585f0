"""The wheel is whole: installed without the repository, it answers."""

import os
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from index.model.cache import Model
from tests.fakes import write_files

_ROOT = Path(__file__).parents[1]
_PACKAGES = ("index", "qa", "eval")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=_ROOT, capture_output=True, timeout=60, check=True)
    (built,) = folder.glob("newsqa-*.whl")
    return built


def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    files = [file for package in _PACKAGES for file in (_ROOT / package).rglob("*") if file.is_file()]
    expected = {str(file.relative_to(_ROOT)) for file in files if "__pycache__" not in file.parts}
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == expected
    assert expected >= {f"{package}/py.typed" for package in _PACKAGES}


def test_only_extras_of_the_wheel_need_torch(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        needed = message_from_bytes(archive.read(name)).get_all("Requires-Dist", [])
    heavy = [need for need in needed if need.startswith(("torch", "transformers", "sentence-transformers"))]
    assert any(need.endswith("extra == 'models'") for need in heavy)
    assert all("; extra == " in need for need in heavy)


def test_what_the_wheel_installs_indexes_and_answers(wheel: Path, model: Model, cache: Path, tmp_path: Path) -> None:
    installed, news = tmp_path / "installed", tmp_path / "news"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "--target",
        str(installed),
        str(wheel),
    ]
    subprocess.run(install, capture_output=True, timeout=60, check=True)
    write_files(news, {"pool.md": "The municipal pool closes in June.\n"})

    def run(*arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSQA_")}
        return subprocess.run(
            [sys.executable, *arguments],
            env=environment | {"PYTHONPATH": str(installed), "NEWSQA_CACHE": str(model.folder(cache).parents[1])},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout

    assert (
        run("-c", "import qa, index, eval; print(qa.__file__, index.__file__, eval.__file__)").count(str(installed))
        == 3
    )
    run("-m", "qa.cli.main", "index", "news")
    assert "The municipal pool closes in June." in run("-m", "qa.cli.main", "ask", "Quand ferme la piscine ?")
