"""Compute the language means for `index.model.centering`, and the projection of token vectors of the bundled model.

`make means SHARED=../shared` writes `index/model/means` and `index/model/bundled.tokens.npz`.

Twelve languages come from `SHARED/eval/language_means`, French from the development half of `SHARED/eval/piaf_dev`,
Italian and Portuguese from `seeds/`.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.dev_test import half_of
from index.files import sha256
from index.model.assemble import TOKENS
from index.model.cache import BUNDLED
from index.model.centering import FOLDER, TOKENS_SUFFIX, LanguageMeans
from index.model.embed import Embedder, Embedding, TextEmbedder
from index.model.prepare import prepare
from index.model.quantize import fit, unpacked
from index.read import files
from index.read.article import RawArticle
from index.types import Vectors, unit
from qa.settings import Settings

_MAX_PARAGRAPH = 800  # code points, about a passage
_MAX_FRENCH_PARAGRAPHS = 120


def main() -> None:
    """Embed the paragraphs of every language and write the means."""
    shared = Path(sys.argv[1])
    cache = Settings.from_environment(os.environ).cache
    model = prepare(BUNDLED, cache, lambda *_: None)
    with Embedder(model, model.folder(cache)) as embedder:
        embedded = embed(paragraphs(shared), embedder)
    means = means_of(embedded)
    arrays = means.vectors | {language + TOKENS_SUFFIX: mean for language, mean in means.tokens.items()}
    stored: dict[str, Any] = {name: mean.astype(np.float16) for name, mean in sorted(arrays.items())}
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / f"{model.identity}.npz", **stored)
    write_tokens([embedding.tokens for embeddings in embedded.values() for embedding in embeddings])
    print(f"{TOKENS.name}: {sha256(TOKENS)}, for _SHA256 of index/model/bundled.py")


def embed(texts: Mapping[str, Sequence[str]], embedder: TextEmbedder) -> dict[str, list[Embedding]]:
    """Embed the texts of each language as passages."""
    return {language: list(embedder.passages(passages)) for language, passages in texts.items()}


def write_tokens(tokens: Sequence[Vectors]) -> None:
    """Learn the projection of token vectors and write it to `TOKENS` with its levels."""
    projection, means, step = fit(np.concatenate(tokens))
    matrix = unpacked(projection, len(means)).astype(np.float16)
    np.savez_compressed(TOKENS, projection=matrix, means=means, step=step)


def means_of(embedded: Mapping[str, Sequence[Embedding]]) -> LanguageMeans:
    """Return the means of the passage vectors and of the token vectors of each language."""
    means, token_means = {}, {}
    for language, embeddings in embedded.items():
        means[language] = np.mean([embedding.vector for embedding in embeddings], axis=0)
        tokens = unit(np.concatenate([embedding.tokens for embedding in embeddings]))
        token_means[language] = tokens.mean(axis=0)
    return LanguageMeans(means, token_means)


def paragraphs(shared: Path) -> dict[str, list[str]]:
    """Return the paragraphs by language, those of XQuAD in the order of the file."""
    paragraphs_of = {file.stem: _texts(file) for file in sorted((shared / "eval/language_means").glob("*.jsonl"))}
    french = [text for text in _texts(shared / "eval/piaf_dev/corpus.jsonl") if half_of(text) == "development"]
    paragraphs_of["fr"] = french[:_MAX_FRENCH_PARAGRAPHS]
    for file, name in files.find([Path("seeds")]):
        for article in files.read(file, name):
            if isinstance(article, RawArticle) and article.language in ("it", "pt"):
                paragraphs_of.setdefault(article.language, []).extend(article.text.split("\n\n"))
    return {language: [text[:_MAX_PARAGRAPH] for text in texts] for language, texts in paragraphs_of.items()}


def _texts(file: Path) -> list[str]:
    return [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
