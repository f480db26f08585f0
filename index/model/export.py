"""A sentence-transformers model becomes an int8 ONNX graph that gives nearly the same vectors.

The only module that imports torch; `index.model` calls it when the cache lacks a model.
"""

import contextlib
import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError
from index.files import sha256
from index.model import bundled, quantize
from index.model.cache import BUNDLED, Model, Progress, write
from index.model.embed import Embedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LEAST_COSINE = 0.99  # mean, between the exported model and the original

_OPSET = 17
_FORBIDDEN = {
    ".py": "code",
    ".bin": "a pickle",
    ".pt": "a pickle",
    ".pth": "a pickle",
    ".pkl": "a pickle",
    ".ckpt": "a pickle",
}
_FETCHED = ["*.json", "*.safetensors", "*.model", "*.txt"]
# Words of our own in the languages that archives and questions are in; what an export gets wrong shows in some of them.
_SAMPLE = (
    "why did she resign?",
    "The minister signed the agreement on Friday, hours before the vote, and declined to answer questions.",
    "Pourquoi la directrice a-t-elle quitté l’entreprise ?",
    "« Nous avons besoin de garde-fous », a déclaré la chercheuse devant une salle comble, le 9 mars 2026.",
    "¿Cuántas solicitudes se presentaron este año?",
    "La empresa anunció que invertirá 350 millones de euros en su nueva planta de Valencia.",
    "Warum wurde die Abteilung aufgelöst?",
    "Nach Angaben des Unternehmens verließen im vergangenen Jahr zwölf Forscherinnen und Forscher das Institut.",
    "Chi ha fondato la società?",
    "Il tribunale ha respinto il ricorso perché presentato oltre i termini previsti dalla legge.",
    "Quem dirige agora o laboratório?",
    "O relatório conclui que o número de pedidos quase quintuplicou em apenas um ano.",
    "她为什么离开公司？",
    "该公司周一宣布，将在未来两年内关闭三座工厂，并裁减约两千个职位。",
    "لماذا استقالت المديرة؟",
    "أعلنت الشركة يوم الاثنين أنها ستغلق ثلاثة مصانع خلال العامين المقبلين.",
    "Почему он ушёл из компании?",
    "По данным министерства, за год число заявок выросло более чем вдвое.",
    "Η επιτροπή ενέκρινε τον νέο κανονισμό με μεγάλη πλειοψηφία.",
    "Bakanlık, yeni düzenlemenin yıl sonunda yürürlüğe gireceğini açıkladı.",
    "समिति ने नए नियमों को भारी बहुमत से मंजूरी दी।",
    "Ủy ban đã thông qua quy định mới với đa số phiếu áp đảo.",
    "คณะกรรมการอนุมัติกฎระเบียบใหม่ด้วยคะแนนเสียงข้างมาก",
    "Comisia a adoptat noul regulament cu o largă majoritate.",
)


def export(name: str, identity: str, folder: Path, progress: Progress) -> Model:
    """Load the model with sentence-transformers, export it, compare it with the original and publish it as `folder`.

    Raises:
        ModelError: it cannot be loaded or exported, or strays from the original.
    """
    steps = ("loading the model", "exporting it", "quantising it", "comparing it with the original")
    prefix = f".preparing-{folder.name}-"
    for left in folder.parent.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)  # of a preparation that was killed; ours alone hold the lock
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder.parent) as scratch, _quiet():
        made = Path(scratch, "made")
        made.mkdir()
        progress(steps[0], 0, len(steps))
        original = _load(name, Path(scratch, "source"))
        progress(steps[1], 1, len(steps))
        try:
            _to_onnx(original, Path(scratch, "float32.onnx"))
            progress(steps[2], 2, len(steps))
            _quantise(Path(scratch, "float32.onnx"), made / "model.onnx")
        except Exception as error:
            raise ModelError(
                f"model {name} cannot be exported to ONNX: {str(error).strip().splitlines()[0]}"
            ) from error
        original.tokenizer.backend_tokenizer.save(str(made / "tokenizer.json"))
        np.save(made / "information.npy", _information(made / "tokenizer.json"), allow_pickle=False)
        progress(steps[3], 3, len(steps))
        model = _described(name, identity, original, made)
        model = _compared(model, made, original)
        write(model, made)
        shutil.rmtree(folder, ignore_errors=True)  # what was there is damaged, or we would not be here
        made.rename(folder)
        progress("model prepared", len(steps), len(steps))
    return model


def checked_files(folder: Path) -> list[Path]:
    """Return the files of a local model, sorted.

    Raises:
        ModelError: the folder is not a model of sentence-transformers, or holds what could run code.
    """
    if not (folder / "modules.json").is_file():
        raise ModelError(f"{folder}: not a sentence-transformers model: it has no modules.json")
    # The hub's client keeps a folder .cache inside.
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    files = [file for file in files if ".cache" not in file.relative_to(folder).parts]
    for file in files:
        if kind := _FORBIDDEN.get(file.suffix.lower()):
            raise ModelError(f"{file} is {kind}, which could run anything: save the model as safetensors, without code")
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        kinds = [str(module["type"]) for module in modules]
        foreign = [kind for kind in kinds if not kind.startswith("sentence_transformers.")]
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{folder}/modules.json: not a list of modules: {error}") from error
    if foreign:
        raise ModelError(f"{folder}/modules.json: module {foreign[0]} is not one of sentence-transformers' own")
    return files


def fetch(name: str) -> Path:
    """Return the folder of a model of the Hugging Face hub, fetching what is not there yet.

    Raises:
        ModelError: there is no such folder or hub id, or the hub cannot be reached.
    """
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=_FETCHED))
    except Exception as error:
        raise ModelError(
            f"model {name}: neither a folder nor a model that the hub gives us ({type(error).__name__})"
        ) from error


def _load(name: str, source: Path) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer  # seconds to import

    if name == BUNDLED:
        source.mkdir()
        bundled.write(source)
    else:
        source = Path(name).resolve() if Path(name).is_dir() else fetch(name)
    try:
        # Eager attention, the only kind that the exporter can trace.
        return SentenceTransformer(
            str(source), device="cpu", local_files_only=True, model_kwargs={"attn_implementation": "eager"}
        ).eval()
    except Exception as error:
        raise ModelError(f"model {name} cannot be loaded: {str(error).strip().splitlines()[0]}") from error


def _to_onnx(original: "SentenceTransformer", file: Path) -> None:
    import torch

    class OneText(torch.nn.Module):
        """All modules in a row, for one text at a time: no padding, so no mask."""

        def __init__(self) -> None:
            super().__init__()
            self.modules_in_a_row = original

        def forward(self, input_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            features = self.modules_in_a_row({"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)})
            return features["token_embeddings"][0], torch.nn.functional.normalize(
                features["sentence_embedding"][0], dim=0
            )

    example = torch.arange(5, 21)[None]
    with torch.no_grad():
        torch.onnx.export(
            OneText(),
            (example,),
            str(file),
            dynamo=False,
            opset_version=_OPSET,
            input_names=["input_ids"],
            output_names=["tokens", "vector"],
            dynamic_axes={"input_ids": {1: "length"}, "tokens": {0: "length"}},
        )


def _quantise(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # 7 bits of weight: without VNNI instructions 8 would overflow, and machines would disagree.
    quantize_dynamic(source, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


def _described(name: str, identity: str, original: "SentenceTransformer", made: Path) -> Model:
    prompts: dict[str, Any] = original.prompts or {}
    passage = next((prompts[key] for key in ("document", "passage", "corpus") if prompts.get(key)), "")
    limit = original.max_seq_length
    if not isinstance(limit, int):
        raise ModelError(f"model {name} does not say how many tokens it takes: set max_seq_length")
    return Model(
        name=name,
        identity=identity,
        dimension=original.get_embedding_dimension() or 0,
        max_tokens=limit,
        question_prompt=prompts.get("query") or "",
        passage_prompt=passage,
        cosine=0.0,
        files={file.name: sha256(file) for file in sorted(made.iterdir())},
        grid=[],
    )


def _information(tokenizer: Path) -> NDArray[np.float16]:
    """Return how much each token of a vocabulary says, in nats: unigram tokenizers know how probable it is.

    Tokens of other tokenizers all say the same.
    """
    described = json.loads(tokenizer.read_text(encoding="utf-8"))
    model, vocabulary = described["model"], described["model"]["vocab"]
    if model["type"] != "Unigram":
        ids = [*vocabulary.values(), *(added["id"] for added in described["added_tokens"])]
        return np.full(max(ids) + 1, quantize.MIN_SURPRISAL, dtype=np.float16)
    return np.array([-score for _, score in vocabulary], dtype=np.float16)


def _compared(model: Model, folder: Path, original: "SentenceTransformer") -> Model:
    with Embedder(model, folder) as embedder:
        sample = [text for text in _SAMPLE if len(embedder.token_spans(text)) <= embedder.max_passage_tokens]
        if not sample:
            raise ModelError(f"model {model.name} takes only {model.max_tokens} tokens: use one that takes a sentence")
        questions, passages = [embedder.question(text) for text in sample], list(embedder.passages(sample))
    ours = [embedding.vector for embedding in questions + passages]
    theirs = [*original.encode_query(sample, batch_size=1, show_progress_bar=False)]
    theirs += [*original.encode_document(sample, batch_size=1, show_progress_bar=False)]
    unit = np.stack(theirs) / np.linalg.norm(np.stack(theirs), axis=1, keepdims=True)
    cosines = (np.stack(ours) * unit).sum(axis=1)
    mean = float(cosines.mean())
    if not mean >= LEAST_COSINE:  # so that NaN fails too
        worst = (sample * 2)[int(np.argmin(cosines))]
        raise ModelError(
            f"model {model.name}: its int8 export strays from the original (mean cosine {mean:.4f}, "
            f"at least {LEAST_COSINE} is needed; worst on {worst!r}): use another model"
        )
    return replace(model, cosine=round(mean, 5), grid=quantize.fit_grid(np.concatenate([p.tokens for p in passages])))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the libraries say while exporting; it is about their internals, not about the user's model."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
