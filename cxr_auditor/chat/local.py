"""A model on this machine, as something that can be asked."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from . import hub, weights, zerogpu
from .errors import KINDS, BrokenReply, RateLimited
from .records import Reply, Request
from .settings import Source


class LocalModel:
    """A transformers model in this process (on ZeroGPU: in the platform's worker). Loaded at the first question, shared between all."""

    constrains = True

    def __init__(self, source: Source):
        self.source = source
        self.name = source.model

    @property
    def revision(self) -> str:
        """The weights' commit or fingerprint; where they are not on this machine yet, the pin or nothing."""
        loaded = weights.peek(self.source)
        if loaded:
            return loaded.revision
        there = hub.there(self.source.model, self.source.revision)
        return hub.revision_of(self.source.model, there) if there else self.source.revision or ""

    def reply(self, request: Request) -> Reply:
        (event,) = self._events(request, stream=False)
        return Reply(**event["reply"])

    def stream(self, request: Request) -> Iterator[str]:
        for event in self._events(request, stream=True):
            if "text" in event:
                yield event["text"]

    def release(self) -> None:
        weights.release(self.source)

    def _events(self, request: Request, stream: bool) -> Iterator[dict[str, Any]]:
        from .generation import generate

        weights.get(self.source)  # in this process: a ZeroGPU worker is forked from it and finds the weights there
        try:
            with closing(generate(self.source.to_plain(), request.to_plain(), stream)) as events:
                for event in events:
                    if "error" in event:
                        kind, message, hint = event["error"]
                        raise KINDS[kind](message, hint)
                    yield event
                    if "reply" in event:
                        return
        except zerogpu.platform_errors() as error:
            raise RateLimited(f"The GPU platform did not finish this request: {error}", "Try again in a few minutes.") from error
        raise BrokenReply("The model's process ended without a reply.", "Try again.")
