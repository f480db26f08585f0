"""Grow archives and print what they cost: `make growth`, or `python -m eval.growth FOLDER SIZE... --source DATA`."""

import argparse
import json
import random
from itertools import cycle, islice
from pathlib import Path

from eval.growth.measure import FILTERS, serving
from eval.growth.plot import plot
from eval.growth.recall import recall
from eval.growth.recipe import grow
from qa.archive import open_reader
from qa.settings import Settings

_WARM_UP = 100  # questions
_PLOTTED = {"language, few": "by language", "dates, 20 %": "by date"}  # filters, with their names in the plot


def main() -> None:
    """Print a Markdown table with a column for each size."""
    parser = argparse.ArgumentParser(prog="python -m eval.growth", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the archives are made; those that are there are used again")
    parser.add_argument("sizes", type=int, nargs="+", metavar="SIZE", help="passages")
    parser.add_argument("--source", type=Path, action="append", required=True, help="a data folder to grow from")
    parser.add_argument("--questions", type=Path, default=Path("eval/cases/seeds.jsonl"), help="a file of cases")
    parser.add_argument("--number", type=int, default=200, help="questions to ask for a figure, 200 unless set")
    parser.add_argument("--plot", type=Path, help="an SVG to write: costs compared with those of the first size")
    options = parser.parse_args()
    cases = options.questions.read_text(encoding="utf-8").splitlines()
    questions = [str(json.loads(case)["question"]) for case in cases]
    random.Random(0).shuffle(questions)  # noqa: S311 - no secret
    costs: dict[str, list[float]] = {}
    columns = [
        _column(_grown(options.source, options.folder, size), questions, options.number, costs)
        for size in options.sizes
    ]
    print("| | " + " | ".join(f"{size:,}" for size in options.sizes) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")
    if options.plot:
        options.plot.write_text(plot(options.sizes, costs), encoding="utf-8")


def _grown(sources: list[Path], folder: Path, size: int) -> Path:
    data: Path = folder / str(size)
    if not (data / "generations").exists():
        grow(sources, data, size)
    return data


def _column(data: Path, questions: list[str], number: int, costs: dict[str, list[float]]) -> dict[str, str]:
    """Return the cells of a column by row; append its figures to the lists of `costs`."""
    # In turn, so that a question comes again when its embedding is no longer kept.
    turn = cycle(questions)
    with open_reader(Settings(data=data)) as catalog:
        passages = catalog.counts()["passages"]
        text = next(iter(catalog.page(1, 0))).text[:600]
    catalog_bytes, index_bytes = (_size(data / name) / passages for name in ("catalog.sqlite", "generations"))
    column = {"bytes a passage: catalog + indexes": f"{catalog_bytes:,.0f} + {index_bytes:,.0f}"}
    column["candidates by vector: recall@50"] = f"{recall(data, questions[:number]):.3f}"
    with serving(data) as service:
        service.ask([*islice(turn, _WARM_UP)])
        column["ready, s"] = f"{service.ready:.1f}"
        cost, stages = service.ask([*islice(turn, number)])
        column["**question, ms: p50 / p99 / CPU**"] = f"**{cost}**"
        column["stages, ms p50"] = ", ".join(f"{name} {value:.1f}" for name, value in stages.items() if name != "total")
        costs.setdefault("a question", []).append(cost.cpu)
        for name, filters in FILTERS.items():
            filtered, _ = service.ask([*islice(turn, number)], filters)
            column[f"filter {name}"] = f"{filtered}"
            if name in _PLOTTED:
                costs.setdefault(_PLOTTED[name], []).append(filtered.cpu)
        memory = service.memory()
        column["memory, MB: all / without mapped files"] = "{:.0f} / {:.0f}".format(*memory)
        costs.setdefault("memory", []).append(memory[0])
        cpu, seconds, meanwhile = service.publish(text, turn)
        column["one article: CPU s / s until published"] = f"{cpu:.1f} / {seconds:.0f}"
        column["questions meanwhile"] = f"{meanwhile}"
        column["memory after publishing, MB"] = "{:.0f} / {:.0f}".format(*service.memory())
    return column


def _size(path: Path) -> int:
    files = {file.stat().st_ino: file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file()}
    return sum(files.values())


if __name__ == "__main__":
    main()
