"""Made-up examples, and a reader small enough to train in a test."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers

from eval.reader.batches import Encoder
from eval.reader.items import Corpus
from eval.reader.sets import Example, Judged
from eval.reader.windows import Cutter
from index.model.words import WordEmbeddings
from tests.fakes import HashEmbedder, identifier

SIZES: Mapping[str, float] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 128,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}

POOL = "The municipal pool closes in June. Mayor Ana Silva signed the order on 3 May 2019. Swimmers protested at once."
BRIDGE = "Le pont rouvre lundi. La maire Léa Morel a coupé le ruban en 2021 devant la foule. Il avait fermé en 2018."
BUDGET = "The council doubled its budget. Half of it goes to schools. The rest pays for two new tram lines."
JAPANESE = "市営プールは六月に閉鎖される。市長が命令に署名した。利用者は抗議した。"


def example(question: str, passage: str, answer: str | None, **fields: Any) -> Example:
    """Return an example whose answer is every occurrence of `answer`."""
    spans = tuple(match.span() for match in re.finditer(re.escape(answer), passage)) if answer else ()
    values: dict[str, Any] = {
        "id": question,
        "source": "piaf_dev",
        "language": "en",
        "article": "City",
        "title": "City",
        "question": question,
        "passage": passage,
        "answers": spans,
    }
    return Example(**{**values, **fields})


EXAMPLES = (
    example("When does the pool close?", POOL, "June"),
    example("Who signed the order on 3 May 2019?", POOL, "Ana Silva"),
    example("Where did Ana Silva sign the order?", POOL, None),
    example("Where does half of the budget go?", BUDGET, "schools"),
    example("Quand rouvre le pont ?", BRIDGE, "lundi", language="fr", article="Pont", title="Pont"),
    example("Qui a coupé le ruban en 2021 ?", BRIDGE, "Léa Morel", language="fr", article="Pont", title="Pont"),
    example("プールはいつ閉鎖されるか", JAPANESE, "六月", language="ja", article="プール", title="プール"),
)
JUDGED = (
    Judged("j", "nomiracl", "en", "What is a tram?", (("Tram", "Trams run on rails in many cities."),), relevant=False),
)


def cutter() -> Cutter:
    """Return a cutter that counts words."""
    return Cutter(identifier(), HashEmbedder().token_spans)


def corpus(examples: Sequence[Example] = EXAMPLES, neighbors: Mapping[str, Sequence[str]] | None = None) -> Corpus:
    """Return a corpus of examples."""
    return Corpus(examples, JUDGED, cutter(), neighbors)


def encoder(examples: Sequence[Example] = EXAMPLES) -> Encoder:
    """Return an encoder whose vocabulary has the words of examples; prompts are words, too."""
    texts = " ".join(f"{each.title} {each.question} {each.passage}" for each in examples)
    words = dict.fromkeys(re.findall(r"\w+|[^\w\s]", texts + " query : passage"))
    vocabulary = {token: number for number, token in enumerate(["<s>", "<unk>", "</s>", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106 - no password
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return Encoder(tokenizer)


def table(vocabulary: int = 200) -> WordEmbeddings:
    """Return random word embeddings."""
    codes = np.random.default_rng(0).integers(0, 256, (vocabulary, int(SIZES["hidden_size"])), dtype=np.uint8)
    return WordEmbeddings(codes, 1 / 64, 128)
