"""The reader's network: the body of the bundled model with a head for the answer's span and one for answerability.

Question and window are one input, as in BERT for SQuAD 2 (Devlin et al. 2019): `<s>` represents no answer. The input is
rows of the word embeddings, which stay frozen, so that the reader shares the retriever's table.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from index.model.bundled import Weight

if TYPE_CHECKING:
    import torch

Tensors = Mapping[str, Weight]
Logits = tuple["torch.Tensor", "torch.Tensor", "torch.Tensor"]
"""Start and end logits, shape (items, tokens), and the logit that the window answers, shape (items,)."""

_WORDS = "embeddings.word_embeddings.weight"
_TYPES = "embeddings.token_type_embeddings.weight"
_DEVIATION = 0.02  # of the heads at first, as in BERT
_DROPOUT = 0.0  # the texts are seen about once, and without it a step takes 0.7 of the time
_NO_LOGIT = -1e4  # of tokens that are no answer


def build(
    sizes: Mapping[str, float], tensors: Tensors | None, layers: int, *, exported: bool = False
) -> "torch.nn.ModuleDict":
    """Return a reader with the lowest `layers` layers of a body, with random weights if `tensors` is None.

    `exported` chooses attention that the ONNX exporter can trace.
    """
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig.from_dict(
        {
            **{name: int(value) for name, value in sizes.items()},
            "layer_norm_eps": sizes["layer_norm_eps"],
            "num_hidden_layers": layers,
            "vocab_size": 1,  # without the table of word embeddings
            "hidden_dropout_prob": _DROPOUT,
            "attention_probs_dropout_prob": _DROPOUT,
            "attn_implementation": "eager" if exported else "sdpa",
        }
    )
    width = int(sizes["hidden_size"])
    heads = {
        "span": torch.nn.Linear(width, 2),
        "inner": torch.nn.Linear(width, width),
        "answerable": torch.nn.Linear(width, 1),
    }
    for head in heads.values():
        torch.nn.init.normal_(head.weight, std=_DEVIATION)
        torch.nn.init.zeros_(head.bias)
    reader = torch.nn.ModuleDict({"body": BertModel(config, add_pooling_layer=False), **heads})
    if tensors is not None:
        state = reader["body"].state_dict()
        names = [name for name in state if name in tensors and name != _WORDS]
        state |= {name: torch.from_numpy(tensors[name].values().copy()) for name in names}
        state[_TYPES][1] = state[_TYPES][0]  # the second was never trained
        reader["body"].load_state_dict(state)
    reader["body"].get_parameter(_WORDS).requires_grad_(False)
    return reader


def logits(reader: "torch.nn.ModuleDict", rows: "torch.Tensor", types: "torch.Tensor", mask: "torch.Tensor") -> Logits:
    """Return the logits for embeddings of tokens, shape (items, tokens, width)."""
    import torch

    hidden = reader["body"](inputs_embeds=rows, token_type_ids=types, attention_mask=mask.long()).last_hidden_state
    span = reader["span"](hidden)
    answerable = reader["answerable"](torch.tanh(reader["inner"](hidden[:, 0])))
    return span[..., 0], span[..., 1], answerable[:, 0]


def loss(
    outputs: Logits, allowed: "torch.Tensor", starts: "torch.Tensor", ends: "torch.Tensor", answerable: "torch.Tensor"
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return the loss of the span and that of answerability.

    The first is -log of the probability of all golds together (marginal likelihood, Clark and Gardner 2018), as a mean
    of start and end; the second is binary cross-entropy.
    """
    import torch

    total = torch.zeros((), device=allowed.device)
    for logit, gold in zip(outputs[:2], (starts, ends), strict=True):
        logs = torch.log_softmax(logit.float().masked_fill(~allowed, _NO_LOGIT), dim=1)
        total = total - torch.logsumexp(logs.masked_fill(~gold, _NO_LOGIT), dim=1).mean() / 2
    return total, torch.nn.functional.binary_cross_entropy_with_logits(outputs[2].float(), answerable)
