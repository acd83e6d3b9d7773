"""Batches: the served model's own inputs for each question, the reply behind them, and labels on the reply alone."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import pad

from ...chat.errors import ModelUnfit
from ...chat.generation import model_inputs
from ...chat.weights import Loaded
from .lessons import Lesson

IGNORED = -100
"""The label of a token that carries no loss, as torch's cross entropy has it."""


class ReplyBatches:
    """Lessons by number -> one batch of tensors: input_ids, attention_mask, labels (batch, tokens), and what the processor adds.

    The tokens of the prompt come from the code that asks the served model; the reply is appended as that model would have to write it,
    and ended with the token that ends its turn. Rows are padded on the right.
    """

    def __init__(self, lessons: Sequence[Lesson], loaded: Loaded):
        """`loaded` must have the device "cpu": lessons are prepared there, in processes of their own where the settings say so."""
        self._lessons, self._loaded = lessons, loaded
        self._end = end_of_turn(loaded)

    def __call__(self, rows: Sequence[dict[str, int]]) -> dict[str, torch.Tensor]:
        return joined([self.row(self._lessons[row["number"]]) for row in rows], self._loaded.tokenizer.pad_token_id or 0)

    def row(self, lesson: Lesson) -> dict[str, torch.Tensor]:
        """One lesson's tensors, a batch of one. Raises InputError for its image, ModelUnfit where it is longer than the context."""
        inputs = dict(model_inputs(self._loaded, lesson.request))
        asked = inputs["input_ids"]
        reply = torch.tensor([[*self._loaded.tokenizer.encode(lesson.target, add_special_tokens=False), self._end]])
        length = asked.shape[1] + reply.shape[1]
        if self._loaded.context is not None and length > self._loaded.context:
            raise ModelUnfit(
                f"A question and its reply take {length} tokens; the model takes {self._loaded.context}.", "Use another model."
            )
        for name, value in inputs.items():
            if value.shape == asked.shape:  # one number a token: the reply holds words, no picture
                tail = {"input_ids": reply, "attention_mask": torch.ones_like(reply)}.get(name, torch.zeros_like(reply))
                inputs[name] = torch.cat([value, tail.to(value.dtype)], dim=1)
        inputs["labels"] = torch.cat([torch.full_like(asked, IGNORED), reply], dim=1)
        return inputs


def end_of_turn(loaded: Loaded) -> int:
    """The token that the model's own chat template writes behind a reply and that ends a served reply; else the tokenizer's end token."""
    mark = "here-it-replies"
    turns = [("user", "question"), ("assistant", mark)]
    if loaded.takes_images:
        turns = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns]
    else:
        turns = [{"role": role, "content": text} for role, text in turns]
    behind = loaded.processor.apply_chat_template(turns, tokenize=False).rpartition(mark)[2]
    written = [token for token in loaded.tokenizer.encode(behind, add_special_tokens=False) if token in loaded.end_tokens]
    end = written[0] if written else loaded.tokenizer.eos_token_id
    if end is None:
        raise ModelUnfit("The model has no token that ends a reply.", "Use an instruction-tuned model with a chat template.")
    return end


def joined(rows: Sequence[dict[str, torch.Tensor]], padding: int) -> dict[str, torch.Tensor]:
    """Rows of one lesson each -> one batch. `padding` is the token behind a shorter row; it is not attended to and carries no loss."""
    tokens = [row["input_ids"].shape for row in rows]
    longest = max(length for _, length in tokens)
    fill = {"input_ids": padding, "labels": IGNORED}
    batch: dict[str, Any] = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        if all(value.shape == shape for value, shape in zip(values, tokens, strict=True)):
            values = [pad(value, (0, longest - value.shape[1]), value=fill.get(name, 0)) for value in values]
        else:  # pictures; families that cut a film into tiles give a film as many as it needs
            values = _same_tiles(values)
        batch[name] = torch.cat(values)
    return batch


def _same_tiles(values: list[torch.Tensor]) -> list[torch.Tensor]:
    """(1, tiles, ...) of each film with empty tiles behind them, where the films differ; the model goes by the film's size."""
    if values[0].dim() != 5 or len({value.shape[1] for value in values}) == 1:
        return values
    most = max(value.shape[1] for value in values)
    return [torch.cat([value, value.new_zeros(1, most - value.shape[1], *value.shape[2:])], dim=1) for value in values]


def check_masking(batch: dict[str, torch.Tensor], targets: Sequence[str], loaded: Loaded) -> str:
    """Holds a real batch against what was to be learnt: each row's loss is on its reply, to the letter, and on nothing else.

    Returns a sentence with the counts. Raises ModelUnfit where the tokenizer does not give the reply back.
    """
    pictures = getattr(loaded.model.config, "image_token_id", getattr(loaded.model.config, "image_token_index", None))
    for ids, labels, target in zip(batch["input_ids"], batch["labels"], targets, strict=True):
        carrying = labels != IGNORED
        if not torch.equal(ids[carrying], labels[carrying]) or (pictures is not None and (labels == pictures).any()):
            raise ModelUnfit("The loss does not lie on the reply's own tokens.", "Use another model, and report this one.")
        *reply, end = labels[carrying].tolist()
        if end not in loaded.end_tokens or loaded.tokenizer.decode(reply).strip() != target:
            raise ModelUnfit("The model's tokenizer does not give a reply back as it was written.", "Use another model.")
    loss, every = int((batch["labels"] != IGNORED).sum()), int(batch["attention_mask"].sum())
    return f"The loss lies on {loss} of {every} tokens of the first batch: on each reply and its end."
