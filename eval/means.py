"""Make the mean vectors that `index.centre` subtracts: `python -m eval.means SHARED`.

`SHARED/eval/language_means` gives twelve languages; French comes from the articles of `SHARED/eval/piaf_dev` that are
in the development half, Italian and Portuguese from `seeds/`.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

from eval.halves import half_of
from index import read
from index.centre import FOLDER, TOKENS
from index.embed import Embedder
from index.model import BUNDLED
from index.prepare import prepare
from qa.settings import Settings

_LONGEST = 800  # code points, about a passage
_PARAGRAPHS = 120


def main() -> None:
    """Embed the paragraphs of every language and write their means."""
    shared = Path(sys.argv[1])
    cache = Settings.from_environment(os.environ).cache
    model = prepare(BUNDLED, cache, lambda *_: None)
    with Embedder(model, model.folder(cache)) as embedder:
        means = {}
        for language, texts in sorted(_paragraphs(shared).items()):
            embeddings = list(embedder.passages(texts))
            tokens = np.concatenate([embedding.tokens for embedding in embeddings])
            tokens /= np.linalg.norm(tokens, axis=1, keepdims=True)
            means[language] = np.mean([embedding.vector for embedding in embeddings], axis=0).astype(np.float16)
            means[language + TOKENS] = tokens.mean(axis=0).astype(np.float16)
            print(f"{language}: {len(texts)} paragraphs")
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / f"{model.identity}.npz", **means)


def _paragraphs(shared: Path) -> dict[str, list[str]]:
    found = {file.stem: _texts(file) for file in sorted((shared / "eval/language_means").glob("*.jsonl"))}
    french = [text for text in _texts(shared / "eval/piaf_dev/corpus.jsonl") if half_of(text) == "development"]
    found["fr"] = french[:_PARAGRAPHS]
    for file, name in read.find([Path("seeds")]):
        for article in read.read(file, name):
            if isinstance(article, read.RawArticle) and article.language in ("it", "pt"):
                found.setdefault(article.language, []).extend(article.text.split("\n\n"))
    return {language: [text[:_LONGEST] for text in texts] for language, texts in found.items()}


def _texts(file: Path) -> list[str]:
    return [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
