"""The layout of the code: imports go one way, and only one module imports the store."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_CODE = ("index", "qa", "eval")
_ENGINES = ("sqlite3", "faiss", "tantivy", "pymilvus", "index.local", "index.cluster")
_STORE_IMPORTERS = {
    "qa/archive.py",
    "qa/maintenance.py",
    "qa/store.py",
    "eval/bench.py",
    "eval/growth/recipe.py",
    "eval/hosts/__main__.py",
    "eval/growth/recall.py",
    "eval/race/sources.py",
}
_ALLOWED = {
    "eval": ("eval", "qa", "index"),
    "qa": ("qa", "index"),
    "index": ("index",),
}
_FORMATS = {
    "trafilatura": "index/read/page_body.py",
    "htmldate": "index/read/page_date.py",
    "pypdfium2": "index/read/pdf.py",
    "mammoth": "index/read/docx.py",
    "python_calamine": "index/read/workbook.py",
    "striprtf": "index/read/rtf.py",
    "warcio": "index/read/warc.py",
    "feedparser": "index/web/feed.py",
    "pyarrow": "index/parquet/tables.py",
    "protego": "index/web/robots.py",
}
_PEERS = "eval/race/adapters/llama_index.py"  # runs in the environment of the peers, with an engine of its own
_STAGES = ("index.read", "index.model", "index.web", "index.local", "index.cluster")


def _modules(*folders: str) -> list[str]:
    files = sorted(str(file.relative_to(_ROOT)) for folder in folders for file in (_ROOT / folder).rglob("*.py"))
    return [file for file in files if file != _PEERS]


def _imports(module: str) -> Iterator[str]:
    """Yield the names that a module imports, at any depth; `from a import b` is `a.b`."""
    for node in ast.walk(ast.parse((_ROOT / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("module", sorted(set(_modules("qa", "eval")) - _STORE_IMPORTERS))
def test_no_module_of_qa_or_eval_imports_an_engine(module: str) -> None:
    assert [name for name in _imports(module) if any(_is_in(name, engine) for engine in _ENGINES)] == []


@pytest.mark.parametrize("module", [each for each in _modules(*_CODE) if each != "qa/cli/main.py"])
def test_imports_go_from_eval_to_qa_to_index(module: str) -> None:
    allowed = _ALLOWED[module.split("/", maxsplit=1)[0]]
    internal = [name for name in _imports(module) if name.split(".")[0] in _CODE]
    assert [name for name in internal if name.split(".")[0] not in allowed] == []


@pytest.mark.parametrize("module", _modules("index"))
def test_a_stage_of_index_imports_no_later_one(module: str) -> None:
    """The readers and the model are independent; the root may import both, and the store all of them."""
    stage = next((each for each in _STAGES if module.startswith(f"{each.replace('.', '/')}/")), None)
    stores = ("index.local", "index.cluster")
    # A store has its own code; both lock the data folder in the same way.
    engines = tuple(
        each.removesuffix(".py").replace("/", ".") for each in _modules("index/local") if each != "index/local/lock.py"
    )
    later = {
        None: ("index.web", *stores),
        "index.read": ("index.model", "index.web", *stores),
        "index.model": ("index.read", "index.web", *stores),
        "index.web": stores,
        "index.local": ("index.web", "index.cluster"),
        "index.cluster": ("index.web", *engines),
    }
    forbidden = later.get(stage, ())
    assert [name for name in _imports(module) if any(_is_in(name, each) for each in forbidden)] == []


def test_each_engine_has_one_importer() -> None:
    importers = {
        engine: [module for module in _modules(*_CODE) if any(_is_in(name, engine) for name in _imports(module))]
        for engine in ("sqlite3", "faiss", "tantivy", "pymilvus", "watchfiles", "torch", "eldc", "ray", *_FORMATS)
    }
    assert importers == {
        "sqlite3": ["index/local/database.py"],
        "faiss": ["index/local/dense.py"],
        "tantivy": ["index/local/lexical.py"],
        "pymilvus": ["index/cluster/milvus.py"],
        "watchfiles": ["index/read/watch.py"],
        "torch": [
            *(
                f"eval/reader/{name}.py"
                for name in ("__main__", "checkpoint", "export", "model", "run", "scores", "train")
            ),
            "index/model/export.py",
            "index/model/gpu.py",
            "index/model/vocabulary.py",
        ],
        "eldc": ["index/language.py"],
        "ray": ["index/ray.py"],
        **{name: [module] for name, module in _FORMATS.items()},
    }


@pytest.mark.parametrize("module", _modules("qa", "eval"))
def test_no_catalog_is_opened_outside_index(module: str) -> None:
    assert "Catalog.open" not in (_ROOT / module).read_text(encoding="utf-8")
