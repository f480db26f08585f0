"""Train the reader and export it to the cache: `make reader SHARED=../shared`."""

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from eval.reader import checkpoint, export, model
from eval.reader.batches import Encoder
from eval.reader.data import Data, prepare
from eval.reader.scores import readings, score
from eval.reader.sets import SETS
from eval.reader.train import Plan, train
from index.errors import NewsqaError
from index.model import bundled, words
from index.model.cache import BUNDLED
from index.model.centering import LanguageMeans
from index.model.embed import Embedder, cores
from index.model.prepare import prepare as prepare_model
from qa.settings import Settings

_COMPARED = 200  # development items that the export is compared on
_SMOKE = {"most": 150, "development": 40}


def main() -> None:
    """Train, report on the terminal, and write reader.onnx and reader.json."""
    parser = argparse.ArgumentParser(prog="python -m eval.reader", description=__doc__)
    parser.add_argument("shared", type=Path, help="the folder with the training sets in train/")
    parser.add_argument("--minutes", type=float, default=150, help="time of training (default 150)")
    parser.add_argument("--items", type=int, help="train on this many items; with --minutes inf exactly repeatable")
    parser.add_argument("--layers", type=int, choices=(2, 6, 8, 12), default=12, help="layers of the network")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="start with the weights of this checkpoint of another training")
    parser.add_argument("--unclear", action="store_true", help="include the sets whose license is not clear")
    parser.add_argument("--smoke", action="store_true", help="a minute with little data, to test the whole way")
    arguments = parser.parse_args()
    try:
        run(arguments)
    except NewsqaError as error:
        sys.exit(f"newsqa: {error}")


def run(arguments: argparse.Namespace) -> None:
    """Train and export as the arguments say."""
    import torch

    cache = Settings.from_environment(os.environ).cache
    folder = cache / "reader"
    name = f"layers-{arguments.layers}-seed-{arguments.seed}" + ("-unclear" if arguments.unclear else "")
    place = folder / ("smoke" if arguments.smoke else name)
    place.mkdir(parents=True, exist_ok=True)
    described = prepare_model(BUNDLED, cache, lambda *_: None)
    table = words.read(described.folder(cache) / "model.onnx")
    tokenizer = Tokenizer.from_file(str(described.folder(cache) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    encoder = Encoder(tokenizer)
    for each in SETS:
        if not each.clear and not arguments.unclear:
            _report(f"left out: {each.name}, {each.license}")
    with Embedder(described, described.folder(cache)) as embedder:
        means = LanguageMeans.of(described)
        options: dict[str, Any] = _SMOKE if arguments.smoke else {}
        data = prepare(
            arguments.shared,
            encoder,
            embedder,
            means,
            folder=folder,
            seed=arguments.seed,
            report=_report,
            unclear=arguments.unclear,
            **options,
        )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu":
        torch.set_num_threads(min(2, cores()))
    sizes, tensors = bundled.read_weights(bundled.files()[0])
    torch.manual_seed(arguments.seed)
    reader = model.build(sizes, tensors, arguments.layers).to(device)
    del tensors
    if arguments.start:
        checkpoint.load_weights(arguments.start, reader)
    embeddings = torch.from_numpy(table.rows(_all_ids(table))).to(device)
    minutes = min(arguments.minutes, 1.0) if arguments.smoke else arguments.minutes
    plan = Plan(minutes=minutes, items=arguments.items, seed=arguments.seed)
    corpus = f"{described.identity} {data.identity} layers {arguments.layers}"
    progress = train(
        reader,
        embeddings,
        data.training,
        encoder,
        plan,
        development=data.development,
        checkpoint=place / "checkpoint.pt",
        corpus=corpus,
        report=_report,
    )
    reader.cpu()
    onnx = place / "reader.onnx"
    export.export(reader, sizes, arguments.layers, onnx)
    compared = data.development[:_COMPARED]
    exported = export.read(onnx, table, data.development)
    original = readings(reader, embeddings.cpu(), compared, plan.tokens)
    difference = export.compare(compared, original, exported[: len(compared)])
    _report(f"{onnx}: {onnx.stat().st_size / 1e6:.1f} MB, {difference}")
    figures = {"development": asdict(score(data.development, exported)), "export": asdict(difference)}
    description = _description(described.identity, data, arguments, progress, device.type) | figures
    (place / "reader.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def _all_ids(table: words.WordEmbeddings) -> Any:
    import numpy as np

    return np.arange(len(table.codes))


def _description(
    identity: str, data: Data, arguments: argparse.Namespace, progress: checkpoint.Progress, device: str
) -> dict[str, Any]:
    """Return what a reader was made of; of a training that was continued, all of its minutes."""
    sets = {each.name: {"license": each.license, "examples": data.counts.get(each.name, 0)} for each in data.sets}
    return {
        "model": identity,
        "layers": arguments.layers,
        "seed": arguments.seed,
        "command": f"python -m eval.reader SHARED {' '.join(sys.argv[2:])}".strip(),
        "hardware": f"{device}, {platform.machine()}, {cores()} cores",
        "minutes": round(progress.seconds / 60, 1),
        "items": progress.seen,
        "sets": sets,
        "points": [asdict(point) for point in progress.points],
    }


def _report(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
