"""Make the mean vectors that `index.means` subtracts: `python -m eval.means SHARED`.

`SHARED/eval/language_means` gives twelve languages; French comes from the articles of `SHARED/eval/piaf_dev` that are
in the development half, Italian and Portuguese from `seeds/`.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.dev_test import half_of
from index.model.cache import BUNDLED
from index.model.centering import FOLDER, TOKENS_SUFFIX, LanguageMeans
from index.model.embed import Embedder, TextEmbedder
from index.model.prepare import prepare
from index.read import files
from index.read.article import RawArticle
from index.types import unit
from qa.settings import Settings

_LONGEST = 800  # code points, about a passage
_PARAGRAPHS = 120


def main() -> None:
    """Embed the paragraphs of every language and write their means."""
    shared = Path(sys.argv[1])
    cache = Settings.from_environment(os.environ).cache
    model = prepare(BUNDLED, cache, lambda *_: None)
    with Embedder(model, model.folder(cache)) as embedder:
        means = means_of(paragraphs(shared), embedder)
    named = means.vectors | {language + TOKENS_SUFFIX: mean for language, mean in means.tokens.items()}
    stored: dict[str, Any] = {name: mean.astype(np.float16) for name, mean in sorted(named.items())}
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / f"{model.identity}.npz", **stored)


def means_of(texts: Mapping[str, Sequence[str]], embedder: TextEmbedder) -> LanguageMeans:
    """Return the means of texts by language."""
    means, token_means = {}, {}
    for language, of_language in texts.items():
        embeddings = list(embedder.passages(of_language))
        means[language] = np.mean([embedding.vector for embedding in embeddings], axis=0)
        tokens = unit(np.concatenate([embedding.tokens for embedding in embeddings]))
        token_means[language] = tokens.mean(axis=0)
    return LanguageMeans(means, token_means)


def paragraphs(shared: Path) -> dict[str, list[str]]:
    """Return texts in every language, those of XQuAD in their order."""
    found = {file.stem: _texts(file) for file in sorted((shared / "eval/language_means").glob("*.jsonl"))}
    french = [text for text in _texts(shared / "eval/piaf_dev/corpus.jsonl") if half_of(text) == "development"]
    found["fr"] = french[:_PARAGRAPHS]
    for file, name in files.find([Path("seeds")]):
        for article in files.read(file, name):
            if isinstance(article, RawArticle) and article.language in ("it", "pt"):
                found.setdefault(article.language, []).extend(article.text.split("\n\n"))
    return {language: [text[:_LONGEST] for text in texts] for language, texts in found.items()}


def _texts(file: Path) -> list[str]:
    return [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
