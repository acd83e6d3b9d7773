"""One reply of a local model. `generate` is the only function that touches a GPU and the only one decorated for ZeroGPU."""

import queue
import threading
import time
from collections.abc import Iterator

from . import weights, zerogpu
from .errors import ChatError, ModelUnfit
from .records import Request
from .settings import Source

REASONING_TOKENS = frozenset({"<think>", "</think>", "<thinking>", "</thinking>", "<answer>", "</answer>", "<unused94>", "<unused95>"})
"""Special tokens that carry structure; all other special tokens are left out of a reply's text."""


def generate_here(source: dict, request: dict, stream: bool) -> Iterator[dict]:
    """Plain data in and out: {"text": piece} while it streams, at last {"reply": {...}} or {"error": [kind, message, hint]}."""
    asked = Request.from_plain(request)
    try:
        origin = Source.from_plain(source)
        if stream:
            yield from _streamed(origin, asked)
        else:
            yield {"reply": _reply(origin, asked)}
    except ChatError as error:
        yield {"error": [type(error).__name__, error.message, error.hint]}


generate = zerogpu.on_gpu(generate_here)


def _streamed(source: Source, request: Request) -> Iterator[dict]:
    """Generates in a thread of its own and hands the pieces on; leaving the iteration stops the model after the current token."""
    pieces: queue.SimpleQueue = queue.SimpleQueue()
    stop = threading.Event()

    def work():
        try:
            pieces.put({"reply": _reply(source, request, pieces, stop)})
        except BaseException as error:  # carried over to the thread that iterates, and raised there
            pieces.put({"raise": error})

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        while True:
            piece = pieces.get()
            if "raise" in piece:
                raise piece["raise"]
            yield piece
            if "reply" in piece:
                return
    finally:
        stop.set()
        worker.join()


def _reply(source: Source, request: Request, pieces=None, stop: threading.Event | None = None) -> dict:
    loaded = weights.get(source)
    while True:
        with loaded.lock:
            if loaded.model is not None:
                return _generate(loaded, request, pieces, stop)
        loaded = weights.get(source)  # released between asking and its turn


def _generate(loaded: weights.Loaded, request: Request, pieces, stop) -> dict:
    import torch
    from transformers import GenerationConfig

    start = time.perf_counter()
    inputs = model_inputs(loaded, request)
    prompt = inputs["input_ids"].shape[1]
    decoding = request.decoding
    config = GenerationConfig(
        max_new_tokens=_budget(loaded, request, prompt),
        do_sample=decoding.temperature > 0,
        eos_token_id=loaded.end_tokens,
        pad_token_id=loaded.tokenizer.pad_token_id if loaded.tokenizer.pad_token_id is not None else loaded.end_tokens[0],
        **({"temperature": decoding.temperature, "top_p": decoding.top_p, "top_k": 0} if decoding.temperature > 0 else {}),
    )
    options = {"logits_processor": [_mask(loaded, request)]} if request.schema is not None else {}
    hidden = _hidden_tokens(loaded)
    if pieces is not None:
        from .streaming import PieceStreamer, StopWhen

        options |= {"streamer": PieceStreamer(loaded.tokenizer, hidden, pieces), "stopping_criteria": [StopWhen(stop)]}
    try:
        with torch.inference_mode(), torch.random.fork_rng(devices=[0] if loaded.device == "cuda" else []):
            torch.manual_seed(decoding.seed)
            output = loaded.model.generate(**inputs, generation_config=config, **options)
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise weights.out_of_memory(loaded.device, "This request") from error
    tokens = output[0, prompt:].tolist()
    return {
        "text": loaded.tokenizer.decode([token for token in tokens if token not in hidden], skip_special_tokens=False).strip(),
        "finish_reason": "stop" if tokens and tokens[-1] in loaded.end_tokens else "length",
        "prompt_tokens": prompt,
        "completion_tokens": len(tokens),
        "seconds": time.perf_counter() - start,
        "constrained": request.schema is not None,
    }


def model_inputs(loaded: weights.Loaded, request: Request):
    """What the model gets for a request, up to where its reply begins: one row of tokens, and the pictures. Raises ModelUnfit."""
    options = {}
    if loaded.takes_images:
        turns = [{"role": m.role, "content": [_content(part) for part in m.parts]} for m in request.messages]
    elif any(m.images for m in request.messages):
        raise ModelUnfit("This model takes no image.", "Choose a vision-language model for a film, or use this one as a draft parser.")
    else:
        turns = [{"role": m.role, "content": m.text} for m in request.messages]
        if request.decoding.thinking is not None:  # the switch that templates of reasoning models know; others ignore it
            options["enable_thinking"] = request.decoding.thinking
    inputs = loaded.processor.apply_chat_template(
        turns, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt", **options
    ).to(loaded.device)
    for name, value in inputs.items():
        if value.is_floating_point():
            inputs[name] = value.to(loaded.model.dtype)
    return inputs


def _content(part) -> dict:
    return {"type": "text", "text": part} if isinstance(part, str) else {"type": "image", "image": part.open()}


def _budget(loaded: weights.Loaded, request: Request, prompt: int) -> int:
    """Tokens that the reply may take: what was asked for, within what the model's context leaves."""
    decoding = request.decoding
    wanted = decoding.max_new_tokens + (decoding.thinking_tokens if decoding.thinking and request.schema is not None else 0)
    room = wanted if loaded.context is None else loaded.context - prompt
    if room < 1:
        raise ModelUnfit(
            f"The text is too long for this model: {prompt} of at most {loaded.context} tokens.", "Shorten the draft or the conversation."
        )
    return min(wanted, room)


def _mask(loaded: weights.Loaded, request: Request):
    from .grammar import CLOSE_TRACE, GrammarMask, Trace, prepare_tokenizer

    if loaded.grammar_tokenizer is None:
        vocabulary = loaded.model.get_output_embeddings().weight.shape[0]
        loaded.grammar_tokenizer = prepare_tokenizer(loaded.tokenizer, vocabulary, loaded.end_tokens)
    trace = None
    if request.decoding.thinking:
        close = loaded.tokenizer.encode(CLOSE_TRACE, add_special_tokens=False)
        trace = Trace(close, loaded.end_tokens, request.decoding.thinking_tokens)
    return GrammarMask(loaded.grammar_tokenizer, request.schema, trace)


def _hidden_tokens(loaded: weights.Loaded) -> frozenset[int]:
    """What a reply's text leaves out: special tokens, but those that carry structure, and the tokens that end the reply."""
    structure = set(loaded.tokenizer.convert_tokens_to_ids(sorted(REASONING_TOKENS)))
    return frozenset(loaded.tokenizer.all_special_ids) - structure | frozenset(loaded.end_tokens)
