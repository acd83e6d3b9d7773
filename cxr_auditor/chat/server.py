"""A model behind an OpenAI-compatible address: vLLM, SGLang, llama.cpp, Ollama, transformers serve, or several replicas behind one.

Nothing that a server sends back is put into an error's message: it may repeat the key or the draft.
"""

import base64
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import PurePath
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ..errors import InputError
from .errors import BrokenReply, ChatError, ModelMissing, RateLimited, ServerRefused, ServerTimeout, ServerUnavailable
from .records import Message, Reply, Request

KEY_VARIABLE = "CXR_AUDITOR_SERVER_KEY"
TIMEOUT_VARIABLE = "CXR_AUDITOR_SERVER_TIMEOUT"
DEFAULT_TIMEOUT = 120.0  # seconds
PAUSES = (0.5, 2.0)  # seconds before the second and the third attempt
_REFUSABLE = {"response_format": ("response_format", "json_schema"), "extra_body": ("chat_template_kwargs", "extra_body")}
"""Options that can be left out, and the words by which an error names them."""

_MISREAD = (AttributeError, TypeError, LookupError, ValueError, RecursionError)
"""What reading an answer of another form ends in: the client checks no types. Bytes that are no UTF-8 are a ValueError."""
_WHERE = "Check the address: it is the server's own and usually ends in /v1."

T = TypeVar("T")


class ServerModel:
    """A model on a server. `model` is what the server calls it; empty: the only one that it serves.

    A server that honours `response_format` gets the schema; one that refuses it is asked without, and one that ignores it is not
    noticed here: replies of a server are never trusted to follow the schema.
    """

    constrains = False

    def __init__(self, address: str, model: str = "", *, timeout: float | None = None, sleep: Callable[[float], None] = time.sleep):
        self.address = address
        self._model = model
        self._timeout = _timeout() if timeout is None else timeout
        self._sleep = sleep
        self._client = None
        self._refused: set[str] = set()  # options that this server has refused by name

    @property
    def name(self) -> str:
        """What the server calls its model; asks it where nobody said. Raises ChatError."""
        return self._model or self._patiently(self._served)

    @property
    def revision(self) -> str:
        """The model's name, as far as it is known: which weights these are, only the server knows. A folder's path is not repeated."""
        name = PurePath(self._model).name if self._model.startswith(("/", ".", "~")) else self._model
        return f"server:{name}" if name else "server"

    def reply(self, request: Request) -> Reply:
        start = time.perf_counter()
        reply = self._patiently(lambda: _reply(self._create(request, stream=False)))
        return replace(reply, seconds=time.perf_counter() - start)

    def stream(self, request: Request) -> Iterator[str]:
        """The start is retried, a reply that breaks off in the middle is not: its first half is already read.

        Leaving the iteration hangs up, so that the server can stop writing.
        """
        with closing(self._patiently(lambda: self._create(request, stream=True))) as chunks, _translated():
            yield from _pieces(chunks)

    def release(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _create(self, request: Request, stream: bool):
        """One attempt. An option that may be what the server refuses is left out; from then on where its error names it, else only now."""
        options = {name: value for name, value in _options(request).items() if name not in self._refused}
        ask = self._connected().chat.completions.with_raw_response.create
        while True:
            try:
                raw = ask(model=self._served(), messages=[_message(m) for m in request.messages], stream=stream, **options)
            except _openai().APIStatusError as error:
                refusable = [name for name in _REFUSABLE if name in options]
                if error.status_code not in (400, 422) or not refusable:
                    raise
                named = [name for name in refusable if any(word in error.response.text for word in _REFUSABLE[name])]
                self._refused.update(named[:1])
                del options[(named or refusable)[0]]
            else:
                with _reading_answer():
                    return raw.parse()

    def _connected(self):
        if self._client is None:
            key = os.environ.get(KEY_VARIABLE) or "none"
            openai, address = _openai(), _url(self.address)
            self._client = openai.OpenAI(base_url=address, api_key=key, timeout=self._timeout, max_retries=0)
        return self._client

    def _served(self) -> str:
        if not self._model:
            served = _ids(self._connected().models.with_raw_response.list())
            if len(served) != 1:
                names = ", ".join(served[:5]) or "none"
                raise ServerRefused(f"The server serves {len(served)} models ({names}).", "Name one: NAME=MODEL@SERVER.")
            self._model = served[0]
        return self._model

    def _patiently(self, attempt: Callable[[], T]) -> T:
        """Up to three attempts with pauses between them, at what is retryable only."""
        for pause in PAUSES:
            try:
                with _translated():
                    return attempt()
            except ChatError as error:
                if not error.retryable:
                    raise
            self._sleep(pause)
        with _translated():
            return attempt()


def _openai():
    try:
        import openai
    except ImportError as error:
        raise ModelMissing("A model on a server needs the package 'openai'.", "pip install 'cxr-draft-auditor[models]'") from error
    return openai


def _url(address: str) -> str:
    """The address, if it has a host and what may be a port. The error does not repeat it: a password may stand in it."""
    try:
        parts = urlsplit(address)
        readable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        readable = False
    if not readable:
        raise ServerRefused("The address of the model's server can't be read.", "Write it as http://HOST:PORT/v1.")
    return address


def _timeout() -> float:
    text = os.environ.get(TIMEOUT_VARIABLE, str(DEFAULT_TIMEOUT))
    try:
        seconds = float(text)
    except ValueError as error:
        raise InputError(f"{TIMEOUT_VARIABLE} must be a number of seconds, but is {text!r}.", "Example: 120") from error
    if not 0 < seconds < float("inf"):
        raise InputError(f"{TIMEOUT_VARIABLE} must be a positive number of seconds, but is {text!r}.", "Example: 120")
    return seconds


@contextmanager
def _translated():
    """The openai client's errors as this project's."""
    openai = _openai()
    try:
        yield
    except openai.APITimeoutError as error:
        raise ServerTimeout("The model's server did not answer in time.", f"Try again, or allow more: {TIMEOUT_VARIABLE}.") from error
    except openai.APIConnectionError as error:
        raise ServerUnavailable("The model's server can't be reached or broke off.", "Check that it runs, then try again.") from error
    except openai.RateLimitError as error:
        raise RateLimited("The model's server is asked too much.", "Try again in a minute.") from error
    except openai.APIStatusError as error:
        raise _status(error.status_code) from error
    except openai.APIError as error:
        raise BrokenReply("The model's server sent something that is no reply.", _WHERE) from error


def _status(code: int) -> ChatError:
    if code >= 500:
        return ServerUnavailable(f"The model's server failed (HTTP {code}).", "Try again; its own log says why.")
    if code in (401, 403):
        return ServerRefused(f"The model's server wants a key (HTTP {code}).", f"Set it in the environment: {KEY_VARIABLE}.")
    if code == 404:
        return ServerRefused("The model's server has no such model or address (HTTP 404).", "Check both; the address ends in /v1.")
    return ServerRefused(
        f"The model's server refused the request (HTTP {code}).", "Its log says why: often too long a prompt, or no image input."
    )


def _options(request: Request) -> dict[str, Any]:
    decoding = request.decoding
    thinking = decoding.thinking_tokens if decoding.thinking else 0
    options: dict[str, Any] = {"max_tokens": decoding.max_new_tokens + thinking, "temperature": decoding.temperature}
    if decoding.temperature > 0:
        options |= {"top_p": decoding.top_p, "seed": decoding.seed}
    if request.schema is not None:
        schema = {"name": "reply", "schema": request.schema, "strict": True}
        options["response_format"] = {"type": "json_schema", "json_schema": schema}
    if decoding.thinking is not None:
        options["extra_body"] = {"chat_template_kwargs": {"enable_thinking": decoding.thinking}}
    return options


def _message(message: Message) -> dict[str, Any]:
    if not message.images:
        return {"role": message.role, "content": message.text}
    return {"role": message.role, "content": [_part(part) for part in message.parts]}


def _part(part) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    return {"type": "image_url", "image_url": {"url": "data:image/png;base64," + base64.b64encode(part.png).decode()}}


@contextmanager
def _reading_answer():
    """For the lines that take a server's answer apart, and no others: a fault there is the answer's."""
    try:
        yield
    except _MISREAD as error:
        raise BrokenReply("The model's server sent something that is no reply.", _WHERE) from error


def _ids(raw) -> list[str]:
    """The names of the models that a server lists."""
    with _reading_answer():
        ids = [model.id for model in raw.parse()]
        if not all(isinstance(name, str) and name for name in ids):
            raise TypeError("a model's id must be a text")
    return ids


def _reply(completion) -> Reply:
    with _reading_answer():
        choice = completion.choices[0]
        text, reasoning = _text(choice.message.content), _reasoning(choice.message)
        finish, usage = choice.finish_reason, getattr(completion, "usage", None)
    return Reply(
        text=(f"<think>{reasoning}</think>{text}" if reasoning else text).strip(),
        finish_reason="length" if finish == "length" else "stop",
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
    )


def _text(content: object) -> str:
    if content is not None and not isinstance(content, str):
        raise TypeError(f"a message's content must be a text, but is {type(content).__name__}")
    return content or ""


def _reasoning(message) -> str:
    """The reasoning of a message or of a piece of one: servers give it one of two names."""
    return _text(getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None))


def _count(usage: object, name: str) -> int | None:
    count = getattr(usage, name, None)
    return count if isinstance(count, int) else None


def _pieces(chunks) -> Iterator[str]:
    """Text as it comes, a reasoning channel in <think> tags; BrokenReply where the stream ends without saying that it is finished."""
    thinking = finished = came = False
    for reasoning, text, ends in _deltas(chunks):
        came = True
        if reasoning:
            yield reasoning if thinking else "<think>" + reasoning
            thinking = True
        if text:
            yield "</think>" + text if thinking else text
            thinking = False
        finished = finished or ends
    if not came:
        raise BrokenReply("The model's server sent no reply.", _WHERE)
    if not finished:
        raise BrokenReply("The model's server broke off in the middle of its reply.", "Ask again.")


def _deltas(chunks) -> Iterator[tuple[str, str, bool]]:
    """(reasoning, text, whether it is the last) of every choice in a stream."""
    events = iter(chunks)
    while True:
        with _reading_answer():
            event = next(events, None)
            found = [] if event is None else [_delta(choice) for choice in event.choices or ()]
        if event is None:
            return
        yield from found  # outside: what the caller does with them is its own


def _delta(choice) -> tuple[str, str, bool]:
    return _reasoning(choice.delta), _text(choice.delta.content), choice.finish_reason is not None
