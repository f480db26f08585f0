"""Find passages of other articles that the embedder places near a question."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from eval.reader.items import contains
from eval.reader.sets import Example
from index.model.centering import LanguageMeans
from index.model.embed import TextEmbedder

_MAX_PASSAGES = 120  # of each language: embedding takes a second for about 30
_MAX_QUESTIONS = 120  # of each language
_MAX_LENGTH = 900  # code points of a passage, about a passage of the product
_NEAREST = 3


def neighbors(examples: Sequence[Example], embedder: TextEmbedder, means: LanguageMeans) -> dict[str, list[str]]:
    """Return the nearest passages by the id of an example, of some examples and passages of each language.

    The passages are of other articles, in the language of the example's passage, and contain none of its answers.
    """
    by_language: dict[str, list[Example]] = defaultdict(list)
    for example in sorted(examples, key=lambda each: _hash(each.id)):
        if example.answers:
            by_language[example.language].append(example)
    found = {}
    for language, of_language in by_language.items():
        asked = of_language[:_MAX_QUESTIONS]
        owners: dict[str, Example] = {}
        for each in of_language:
            if len(owners) < _MAX_PASSAGES:
                owners.setdefault(_fitting(each.passage[:_MAX_LENGTH], embedder), each)
        passages = list(owners)
        vectors = np.stack([embedding.vector for embedding in embedder.passages(passages)])
        vectors = means.center(vectors, [language] * len(passages))
        for example in asked:
            vector = means.center(embedder.question(example.question).vector[None], [example.language])[0]
            order = np.argsort(-(vectors @ vector), kind="stable").tolist()
            near = [passages[index] for index in order if owners[passages[index]].article != example.article]
            near = [passage for passage in near[: 4 * _NEAREST] if not contains(passage, example.texts)]
            if near:
                found[example.id] = near[:_NEAREST]
    return found


def _fitting(text: str, embedder: TextEmbedder) -> str:
    """Return as much of a text as the embedder takes."""
    spans = embedder.token_spans(text)[: embedder.max_passage_tokens]
    return text[: spans[-1][1]] if spans else text


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def cached(
    examples: Sequence[Example], embedder: TextEmbedder, means: LanguageMeans, folder: Path
) -> Mapping[str, Sequence[str]]:
    """Return `neighbors`, stored in `folder` by model and examples."""
    key = _hash("\0".join([embedder.model.identity, *(example.id for example in examples)]))[:16]
    path = folder / f"neighbors-{key}.json"
    if path.is_file():
        stored: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
        return stored
    found = neighbors(examples, embedder, means)
    folder.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(".making")
    making.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    making.replace(path)
    return found
