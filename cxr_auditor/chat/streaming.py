"""A reply in pieces, while a local model writes it."""

from transformers import StoppingCriteria, TextIteratorStreamer


class PieceStreamer(TextIteratorStreamer):
    """Puts {"text": piece} on a queue, at word ends, without the tokens of `hidden`."""

    def __init__(self, tokenizer, hidden: frozenset[int], pieces):
        super().__init__(tokenizer, skip_prompt=True, skip_special_tokens=False)
        self._hidden, self._pieces = hidden, pieces

    def put(self, value):
        if not self.next_tokens_are_prompt:
            value = value[[int(token) not in self._hidden for token in value]]
            if not len(value):
                return
        super().put(value)

    def on_finalized_text(self, text: str, stream_end: bool = False):
        if text:
            self._pieces.put({"text": text})


class StopWhen(StoppingCriteria):
    """Stops after the current token once the event is set."""

    def __init__(self, event):
        self._event = event

    def __call__(self, input_ids, scores, **kwargs):
        import torch

        return torch.full((input_ids.shape[0],), self._event.is_set(), dtype=torch.bool, device=input_ids.device)
