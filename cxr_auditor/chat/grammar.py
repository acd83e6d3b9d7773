"""Constrained decoding: only tokens that can still lead to a reply of the schema get through (llguidance computes the masks).

A reasoning model may think first: its tokens are free, but for the end of the reply, until it closes its trace or its allowance is
spent; then the trace is closed for it and the schema takes over.
"""

import json
from functools import lru_cache
from typing import Any

import llguidance
import llguidance.hf
import torch
from transformers import LogitsProcessor

from .errors import ModelUnfit

CLOSE_TRACE = "</think>"

# Both ways of writing JSON that models were tuned on, `{"a":1}` and `{"a": 1}`, and no white space beyond that.
_LAYOUT = {"whitespace_flexible": False, "item_separator": ", ?", "key_separator": ": ?"}


def prepare_tokenizer(tokenizer, vocabulary: int, end_tokens: list[int]) -> llguidance.LLTokenizer:
    """The tokenizer in llguidance's form (about a second for a large vocabulary: keep it). ModelUnfit for a slow tokenizer."""
    try:
        return llguidance.hf.from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=end_tokens)
    except ValueError as error:
        raise ModelUnfit(
            "This model's tokenizer can't be used for constrained replies.", "Use a model with a fast tokenizer (tokenizer.json)."
        ) from error


@lru_cache(maxsize=32)
def _compiled(schema: str) -> str:
    return llguidance.LLMatcher.grammar_from_json_schema(schema, defaults=_LAYOUT)


class GrammarMask(LogitsProcessor):
    """Masks the scores of one reply. One instance per reply, batch of one; `scores` is (1, vocabulary)."""

    def __init__(self, tokenizer: llguidance.LLTokenizer, schema: dict[str, Any], trace: "Trace | None" = None):
        self._matcher = llguidance.LLMatcher(tokenizer, _compiled(json.dumps(schema)))
        if self._matcher.is_error():
            raise ValueError(f"the schema can't be compiled: {self._matcher.get_error()}")
        words = (tokenizer.vocab_size + 31) // 32
        self._mask = torch.zeros((1, words), dtype=torch.int32)
        self._bits = torch.arange(32, dtype=torch.int32)
        self._trace = trace
        self._started = False

    def __call__(self, ids, scores):
        if self._trace is not None and not self._trace.closed:
            if self._started:
                self._trace.take(int(ids[0, -1]))
            self._started = True
            if not self._trace.closed:
                return self._trace.mask(scores)
            self._started = False  # the schema starts with the next token
        if self._started and not self._matcher.is_stopped():
            self._matcher.consume_token(int(ids[0, -1]))
        self._started = True
        self._matcher.unsafe_compute_mask_ptr(self._mask.data_ptr(), self._mask.numel() * self._mask.element_size())
        mask, bits = self._mask.to(scores.device), self._bits.to(scores.device)
        allowed = ((mask[:, :, None] >> bits) & 1).flatten(1)[:, : scores.shape[-1]].bool()
        return scores.masked_fill(~allowed, float("-inf"))


class Trace:
    """A reasoning trace with an allowance of tokens. `close` are the tokens that end it, `end_tokens` must not come inside it."""

    def __init__(self, close: list[int], end_tokens: list[int], allowance: int):
        self._close, self._end, self._left = close, end_tokens, allowance
        self._tail: list[int] = []

    @property
    def closed(self) -> bool:
        return self._tail[-len(self._close) :] == self._close

    def take(self, token: int) -> None:
        self._tail = [*self._tail[-len(self._close) :], token]
        self._left -= 1

    def mask(self, scores):
        """Free, but for the end of the reply; the closing tokens one by one once the allowance is spent."""
        masked = scores.clone()
        if self._left > 0:
            masked[:, self._end] = float("-inf")
            return masked
        done = next(n for n in range(len(self._close), -1, -1) if self._tail[len(self._tail) - n :] == self._close[:n])
        keep = masked[:, self._close[done]].clone()
        masked[:] = float("-inf")
        masked[:, self._close[done]] = keep
        return masked
