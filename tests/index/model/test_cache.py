"""Models of sentence-transformers are prepared once and found again."""

import json
import re
import shutil
import string
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.errors import ModelError
from index.model import cache as models
from index.model import export
from index.model import prepare as preparing
from index.model.cache import Model, find
from index.model.embed import Embedder
from index.model.prepare import prepare
from tests.fakes import no_progress

_MAX_TOKENS = 128


def write_tiny(folder: Path, seed: int, max_tokens: int = _MAX_TOKENS) -> Path:
    """Write a random model of one layer, which reads text letter by letter, as sentence-transformers would save it."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = string.ascii_letters + string.digits + string.punctuation
    vocabulary = {token: at for at, token in enumerate([*special, *letters, *(f"##{letter}" for letter in letters)])}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    torch.manual_seed(seed)
    configuration = BertConfig(
        vocab_size=len(vocabulary),
        max_position_embeddings=max_tokens,
        initializer_range=0.5,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )
    BertModel(configuration).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {name: f"[{name[:3].upper()}]" for name in ("pad_token", "unk_token", "cls_token", "sep_token")}
    modules = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")
    for name, content in {
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": max_tokens,
            **names,
        },
        "sentence_bert_config.json": {"max_seq_length": max_tokens, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": {"query": "q: ", "document": "d: "}},
        "1_Pooling/config.json": {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True},
        "modules.json": [
            {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for at, (kind, path) in enumerate(modules)
        ],
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model. Copy it before changing it."""
    with export.quiet():
        return write_tiny(tmp_path_factory.mktemp("tiny") / "tiny", seed=1)


@pytest.fixture(scope="module")
def tiny_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for the tiny model. Copy it before harming it."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def prepared(tiny: Path, tiny_cache: Path) -> Model:
    """The tiny model, prepared in the tiny cache."""
    return prepare(str(tiny), tiny_cache, no_progress)


# --- a model of one's own


def test_a_folder_becomes_a_model(prepared: Model, tiny: Path) -> None:
    assert prepared.name == str(tiny)
    assert re.fullmatch(rf"{re.escape(str(tiny))}@[0-9a-f]{{16}}", prepared.identity)
    assert (prepared.dimension, prepared.max_tokens) == (32, _MAX_TOKENS)
    assert (prepared.question_prompt, prepared.passage_prompt) == ("q: ", "d: ")
    assert prepared.cosine >= export.MIN_COSINE
    assert set(prepared.files) == {"information.npy", "model.onnx", "tokenizer.json"}


def test_a_prepared_model_gives_nearly_the_vectors_of_the_original(
    prepared: Model, tiny: Path, tiny_cache: Path
) -> None:
    texts = ["The bridge reopens on Monday.", "Le pont rouvre.", "12 km!"]
    with export.quiet():
        original = export.load(str(tiny))
        theirs = original.encode_document(texts, show_progress_bar=False)
    with Embedder(prepared, prepared.folder(tiny_cache)) as embedder:
        ours = np.stack([embedding.vector for embedding in embedder.passages(texts)])
    assert ((ours * np.asarray(theirs)).sum(axis=1) > 0.98).all()


def test_the_room_leaves_place_for_prompt_and_special_tokens(prepared: Model, tiny_cache: Path) -> None:
    with Embedder(prepared, prepared.folder(tiny_cache)) as embedder:
        assert embedder.max_passage_tokens == _MAX_TOKENS - len("[CLS] d : [SEP]".split())
        (embedding,) = embedder.passages(["a " * embedder.max_passage_tokens])
        assert len(embedding.tokens) == embedder.max_passage_tokens
        with pytest.raises(ValueError, match="tokens"):
            list(embedder.passages(["a " * (embedder.max_passage_tokens + 1)]))


def test_preparing_tells_its_steps(tiny: Path, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    prepare(str(tiny), tmp_path, lambda step, done, total: steps.append((step, done, total)))
    assert [done for _, done, _ in steps] == [0, 1, 2, 3, 4]
    assert {total for _, _, total in steps} == {4}


def test_preparing_leaves_nothing_but_the_model(tiny: Path, tmp_path: Path) -> None:
    model = prepare(str(tiny), tmp_path, no_progress)
    left = sorted(path.name for path in (tmp_path / "models").iterdir() if path.suffix != ".lock")
    assert left == [model.folder(tmp_path).name]
    assert sorted(path.name for path in model.folder(tmp_path).iterdir()) == [
        "information.npy",
        "model.json",
        "model.onnx",
        "tokenizer.json",
    ]


def test_the_same_folder_elsewhere_is_prepared_once(
    prepared: Model, tiny: Path, tiny_cache: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    assert prepared.folder(tiny_cache) == tiny_cache / "models" / f"{prepared.identity.rpartition('@')[2]}-2"
    assert preparing._content_hash(export.checked_files(copy), copy) == prepared.identity.rpartition("@")[2]


def test_a_model_may_be_prepared_under_two_names(prepared: Model, tiny: Path, tiny_cache: Path, tmp_path: Path) -> None:
    cache = shutil.copytree(tiny_cache, tmp_path / "cache")
    copy = shutil.copytree(tiny, tmp_path / "copy")
    second = prepare(str(copy), cache, no_progress)
    assert find(second.identity, cache) == second
    assert find(prepared.identity, cache) == prepared


def test_another_content_is_another_identity(prepared: Model, tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    configuration = copy / "config_sentence_transformers.json"
    configuration.write_text(configuration.read_text().replace("d: ", "e: "))
    assert preparing._content_hash(export.checked_files(copy), copy) != prepared.identity.rpartition("@")[2]


def test_an_export_that_strays_from_the_original_is_refused(
    prepared: Model, tiny: Path, tiny_cache: Path, tmp_path: Path
) -> None:
    with export.quiet():
        other = write_tiny(tmp_path / "other", seed=2)
        foreign = prepare(str(other), tmp_path / "cache", no_progress)
    with export.quiet(), pytest.raises(ModelError) as caught:
        export._compared(prepared, foreign.folder(tmp_path / "cache"))
    message = str(caught.value)
    assert message.startswith(f"model {tiny}: its int8 export differs too much from the original (mean cosine ")
    assert message.endswith("use another model")
    assert "\n" not in message


def test_a_model_that_takes_few_tokens_is_prepared_or_refused(tmp_path: Path) -> None:
    with export.quiet():
        short = write_tiny(tmp_path / "short", seed=1, max_tokens=24)
    try:
        assert prepare(str(short), tmp_path / "cache", no_progress).max_tokens == 24
    except ModelError as error:
        assert str(short) in str(error)  # noqa: PT017


# --- found again


def test_a_prepared_model_is_found(prepared: Model, tiny_cache: Path) -> None:
    assert find(prepared.identity, tiny_cache) == prepared


def test_preparing_again_exports_nothing(prepared: Model, tiny: Path, tiny_cache: Path) -> None:
    steps: list[str] = []
    assert prepare(str(tiny), tiny_cache, lambda step, _done, _total: steps.append(step)) == prepared
    assert steps == []


def test_the_bundled_model_is_prepared_once(model: Model, cache: Path) -> None:
    steps: list[str] = []
    assert prepare("bundled", cache, lambda step, _done, _total: steps.append(step)) == model
    assert steps == []


def test_the_bundled_model_is_close_to_its_original(model: Model) -> None:
    assert model.name == "bundled"
    assert model.cosine >= export.MIN_COSINE
    assert (model.dimension, model.max_tokens) == (384, 512)
    assert (model.question_prompt, model.passage_prompt) == ("query: ", "passage: ")


def test_a_model_that_was_not_prepared_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        find("tiny@0123456789abcdef", tmp_path)
    assert str(caught.value) == f"model tiny@0123456789abcdef has not been prepared in {tmp_path}: run newsqa index"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "information.npy", "model.json"])
def test_a_damaged_file_is_found_out_and_made_again(
    prepared: Model, tiny: Path, tiny_cache: Path, tmp_path: Path, name: str
) -> None:
    cache = shutil.copytree(tiny_cache, tmp_path / "cache")
    file = prepared.folder(cache) / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 128
    file.write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        find(prepared.identity, cache)
    assert prepare(str(tiny), cache, no_progress).files == prepared.files
    assert find(prepared.identity, cache).files == prepared.files


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "information.npy", "model.json"])
def test_a_model_with_a_missing_file_is_not_found(prepared: Model, tiny_cache: Path, tmp_path: Path, name: str) -> None:
    cache = shutil.copytree(tiny_cache, tmp_path / "cache")
    (prepared.folder(cache) / name).unlink()
    with pytest.raises(ModelError, match="run newsqa index"):
        find(prepared.identity, cache)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": "x"}', "null"])
def test_a_damaged_description_is_named(prepared: Model, tiny_cache: Path, tmp_path: Path, content: str) -> None:
    cache = shutil.copytree(tiny_cache, tmp_path / "cache")
    (prepared.folder(cache) / "model.json").write_text(content)
    with pytest.raises(ModelError, match=r"model\.json is damaged"):
        find(prepared.identity, cache)


def test_the_description_of_another_model_is_refused(prepared: Model, tiny_cache: Path, tmp_path: Path) -> None:
    cache = shutil.copytree(tiny_cache, tmp_path / "cache")
    models.write(replace(prepared, identity="other@1"), prepared.folder(cache))
    with pytest.raises(ModelError, match=r"model\.json is damaged"):
        find(prepared.identity, cache)


def test_a_cache_that_cannot_be_written_is_named(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelError, match=f"^{tmp_path}/file/cache: not writable .*: set NEWSQA_CACHE"):
        prepare(str(tiny), tmp_path / "file" / "cache", no_progress)


# --- refused


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("modeling.py", "code"),
        ("1_Pooling/pooling.PY", "code"),
        ("pytorch_model.bin", "a pickle"),
        ("optimizer.pt", "a pickle"),
        ("model.pth", "a pickle"),
        ("data.pkl", "a pickle"),
        ("last.ckpt", "a pickle"),
    ],
)
def test_a_folder_with_what_could_run_is_refused(tiny: Path, tmp_path: Path, name: str, kind: str) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"x")
    with pytest.raises(ModelError) as caught:
        prepare(str(folder), tmp_path / "cache", no_progress)
    assert str(caught.value).startswith(f"{folder / name} is {kind}, which can run any code")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "kind", ["custom.Pooling", "os.system", "sentence_transformers_evil.Pooling", "torch.nn.Linear", ""]
)
def test_a_foreign_module_is_refused(tiny: Path, tmp_path: Path, kind: str) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = kind
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match=re.escape(f"module {kind} is not one of sentence-transformers' own")):
        prepare(str(folder), tmp_path / "cache", no_progress)


def test_a_folder_without_modules_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(ModelError, match=f"^{tmp_path}/model: not a sentence-transformers model: it has no modules"):
        prepare(str(tmp_path / "model"), tmp_path / "cache", no_progress)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[1]",
        "null",
        '[{"name": "0"}]',
        '[{"type": 1}]',
    ],
)
def test_modules_that_are_no_list_of_modules_are_refused(tiny: Path, tmp_path: Path, content: str) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    (folder / "modules.json").write_text(content)
    with pytest.raises(ModelError, match="modules"):
        prepare(str(folder), tmp_path / "cache", no_progress)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_model_that_cannot_be_loaded_is_named_in_one_line(tiny: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    (folder / name).write_bytes(b"{")
    with pytest.raises(ModelError) as caught:
        prepare(str(folder), tmp_path / "cache", no_progress)
    assert str(caught.value).startswith(f"model {folder} cannot be loaded: ")
    assert "\n" not in str(caught.value)
    assert [path.name for path in (tmp_path / "cache" / "models").iterdir() if path.suffix != ".lock"] == []


def test_a_model_below_a_folder_called_cache_is_looked_at_all_the_same(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / ".cache" / "hub" / "model")
    assert export.checked_files(folder)
    (folder / "evil.py").write_text("print()")
    with pytest.raises(ModelError, match="code"):
        export.checked_files(folder)


@pytest.mark.parametrize("identity", ["a@../../../tmp/evil", "a@/tmp/evil", "a@", "a@" + "b" * 65])
def test_an_identity_from_elsewhere_names_no_folder_outside_the_cache(identity: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not the identity of a model"):
        find(identity, tmp_path)
