"""What can go wrong between a question and a reply. A provider's own error is translated at the edge with `raise ... from`."""

from ..errors import ReaderError


class ChatError(ReaderError):
    """Root of everything that keeps a model from replying. A reply that can't be used is no error: see `ladder`."""


class ModelMissing(ChatError):
    """The model can't be loaded: a package, the weights, or the right to have them is missing."""


class ModelUnfit(ChatError):
    """The model is there but can't take this request: no image input, a prompt beyond its context, no tokenizer for a schema."""


class OutOfMemory(ChatError):
    """The device has too little memory for the model or for this request."""


class ServerUnavailable(ChatError):
    """The server can't be reached, broke off, or failed inside."""

    retryable = True


class ServerTimeout(ServerUnavailable):
    """The server did not answer in the time allowed."""


class RateLimited(ServerUnavailable):
    """The server or the GPU platform asks to come back later."""


class ServerRefused(ChatError):
    """The server understood and refused: a wrong key, an unknown model, a request that it does not take."""


class BrokenReply(ServerUnavailable):
    """Something arrived that is no complete reply of the protocol."""


_ALL = (ChatError, ModelMissing, ModelUnfit, OutOfMemory, ServerUnavailable, ServerTimeout, RateLimited, ServerRefused, BrokenReply)
KINDS = {kind.__name__: kind for kind in _ALL}
"""By name: an error that crosses from a GPU worker travels as plain data (name, message, hint) and is built again on this side."""
