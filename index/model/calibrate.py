"""Compute the constants of a model from its vectors and its vocabulary."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError
from index.model import quantize
from index.model.cache import Model
from index.model.embed import Embedder

# In the languages of archives and questions, so that the sample reveals an export that is wrong for one of them.
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


def sample(embedder: Embedder) -> list[str]:
    """Return the sample sentences, in many languages, that are within the token limit of the model.

    Raises:
        ModelError: every sentence exceeds the limit.
    """
    fitting = [text for text in _SAMPLE if len(embedder.token_spans(text)) <= embedder.max_passage_tokens]
    if not fitting:
        model = embedder.model
        raise ModelError(
            f"model {model.name} has a limit of {model.max_tokens} tokens, too few for a sentence: use another model"
        )
    return fitting


def with_tokens(model: Model, embedder: Embedder) -> Model:
    """Return `model` with the constants for its token vectors, see `index.model.quantize.fit`.

    All components are kept: the sample is too small to learn which ones the vectors of other texts can do without.
    """
    tokens = np.concatenate([passage.tokens for passage in embedder.passages(sample(embedder))])
    projection, means, step = quantize.fit(tokens, tokens.shape[1])
    return replace(model, projection=projection, component_means=means, level_step=step)


def information(tokenizer: Path) -> NDArray[np.float16]:
    """Return the self-information of each token, in nats; a constant if the tokenizer is not a unigram model."""
    described = json.loads(tokenizer.read_text(encoding="utf-8"))
    model, vocabulary = described["model"], described["model"]["vocab"]
    if model["type"] != "Unigram":
        ids = [*vocabulary.values(), *(added["id"] for added in described["added_tokens"])]
        return np.full(max(ids) + 1, quantize.MIN_SURPRISAL, dtype=np.float16)
    return np.array([-score for _, score in vocabulary], dtype=np.float16)
