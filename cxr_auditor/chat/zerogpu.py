"""Hugging Face ZeroGPU: a GPU is lent for the length of one decorated call, which runs in another process.

Where the package `spaces` is not installed, nothing here does anything. Only plain data may cross (arguments and results are pickled),
and errors cross as plain data too, because the platform replaces a worker's exceptions by its own.
"""

from importlib.util import find_spec

LONGEST_LOAN = 120  # seconds
_SET_UP = 20  # seconds of a loan that go into moving the weights
_SLOWEST = 25  # tokens per second that a 4B model reaches on the slowest card of the platform


def present() -> bool:
    return find_spec("spaces") is not None


def loan(source: dict, request: dict, stream: bool) -> int:
    """Seconds of GPU to ask for; a shorter loan is granted sooner."""
    decoding = request["decoding"]
    tokens = decoding["max_new_tokens"] + (decoding["thinking_tokens"] if decoding["thinking"] else 0)
    return min(_SET_UP + tokens // _SLOWEST, LONGEST_LOAN)


def on_gpu(function):
    """The function, decorated for ZeroGPU where `spaces` is installed."""
    if not present():
        return function
    import spaces

    return spaces.GPU(duration=loan)(function)


def platform_errors() -> tuple[type[Exception], ...]:
    """What the platform raises about quota, scheduling and aborted loans."""
    if not present():
        return ()
    from gradio.exceptions import Error

    return (Error,)
