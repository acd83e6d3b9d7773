"""A model that answers from a list, and a small film, for tests of readers and parsers."""

import numpy as np

from cxr_auditor.chat.records import Reply
from cxr_auditor.images import Radiograph


class Scripted:
    """Gives its replies one after the other, the last one for ever; keeps what it was asked. A reply may be a text, a Reply or an error."""

    revision = "scripted-1"
    constrains = False

    def __init__(self, *replies, name="scripted"):
        self.replies, self.asked, self.name = list(replies), [], name

    def reply(self, request):
        self.asked.append(request)
        answer = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Reply) else Reply(answer)

    def stream(self, request):
        yield from self.reply(request).text.split(" ")

    def release(self):
        self.replies = []


def cut(text) -> Reply:
    """A reply whose token budget ran out."""
    return Reply(text, finish_reason="length")


def small_film(height=120, width=100, seed=0) -> Radiograph:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    return Radiograph(pixels, sha256=f"{height}x{width}-{seed}")
