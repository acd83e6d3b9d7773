"""The real loading and generating code on tiny models of every family's architecture: text in, picture in, reply out, on this CPU."""

import io
import threading

import numpy as np
import pytest
import tiny_models
from PIL import Image

from cxr_auditor.chat import generation, weights
from cxr_auditor.chat.errors import ModelMissing, ModelUnfit, OutOfMemory
from cxr_auditor.chat.local import LocalModel
from cxr_auditor.chat.records import Decoding, ImagePart, Request, assistant, user
from cxr_auditor.chat.settings import Settings, Source
from cxr_auditor.errors import InputError

VISION = ("gemma3", "qwen2_5_vl", "llava_onevision")
SCHEMA = {"type": "array", "minItems": 1, "maxItems": 2, "items": {"enum": ["yes", "no"]}}


def picture(seed=0) -> ImagePart:
    return ImagePart.of(Image.fromarray(np.random.default_rng(seed).integers(0, 256, (90, 70), dtype=np.uint8)))


def local(name, **settings) -> LocalModel:
    return LocalModel(Source(tiny_models.folder(name), settings=Settings(device="cpu", **settings)))


def question(name, text="What is on this film?") -> tuple:
    return (user(picture(), text),) if name in VISION else (user(text),)


@pytest.mark.parametrize("name", tiny_models.NAMES)
def test_every_architecture_replies(name):
    model = local(name)
    reply = model.reply(Request(question(name), Decoding(max_new_tokens=8)))
    assert reply.completion_tokens == 8 and reply.finish_reason == "length"
    assert reply.prompt_tokens > 5  # words
    assert reply.seconds > 0
    assert model.revision.startswith("folder:")


@pytest.mark.parametrize("name", tiny_models.NAMES)
def test_greedy_and_seeded_replies_repeat(name):
    model = local(name)
    greedy = Request(question(name), Decoding(max_new_tokens=12))
    sampled = greedy.with_decoding(temperature=1.0, seed=5)
    assert model.reply(greedy).text == model.reply(greedy).text
    assert model.reply(sampled).text == model.reply(sampled).text
    assert len({model.reply(greedy.with_decoding(temperature=2.0, seed=seed)).text for seed in range(4)}) > 1


@pytest.mark.parametrize("name", VISION)
def test_the_pixels_reach_the_model(name, monkeypatch):
    model = local(name)
    loaded = weights.get(model.source)
    seen = []
    generate = loaded.model.generate
    monkeypatch.setattr(loaded.model, "generate", lambda **inputs: seen.append(inputs["pixel_values"].clone()) or generate(**inputs))
    for seed in (0, 0, 1):
        model.reply(Request((user(picture(seed), "?"),), Decoding(max_new_tokens=2)))
    assert seen[0].std() > 0.1
    assert (seen[0] == seen[1]).all() and not (seen[0] == seen[2]).all()


def test_a_picture_is_packed_without_loss():
    pixels = np.random.default_rng(3).integers(0, 256, (40, 30), dtype=np.uint8)
    part = ImagePart.of(Image.fromarray(pixels))
    assert (np.asarray(part.open())[..., 1] == pixels).all()
    assert Image.open(io.BytesIO(part.png)).format == "PNG"


@pytest.mark.parametrize("name", tiny_models.NAMES)
def test_the_whole_conversation_reaches_the_model(name, monkeypatch):
    model = local(name)
    loaded = weights.get(model.source)
    prompts = []
    generate = loaded.model.generate
    monkeypatch.setattr(
        loaded.model, "generate", lambda **inputs: prompts.append(loaded.tokenizer.decode(inputs["input_ids"][0])) or generate(**inputs)
    )
    draft = "Small effusion; größer als zuvor. " * 20 + "END OF DRAFT"
    turns = (*question(name, "first question"), assistant("first answer"), user(draft))
    model.reply(Request(turns, Decoding(max_new_tokens=2)))
    model.reply(Request(question(name, "another visitor"), Decoding(max_new_tokens=2)))
    assert draft in prompts[0]
    assert prompts[0].index("first question") < prompts[0].index("first answer") < prompts[0].index(draft)
    assert "another visitor" in prompts[1] and "first" not in prompts[1] and "DRAFT" not in prompts[1]


@pytest.mark.parametrize("name", ["gemma3", "nemotron_h"])
def test_a_streamed_reply_is_the_same_reply(name):
    model = local(name)
    request = Request(question(name), Decoding(max_new_tokens=20, temperature=1.0, seed=2))
    assert "".join(model.stream(request)).strip() == model.reply(request).text


def test_a_stream_that_is_left_stops_the_model():
    model = local("gemma3")
    stream = model.stream(Request(question("gemma3"), Decoding(max_new_tokens=4000, temperature=1.5)))
    next(stream)
    stream.close()
    assert not weights.get(model.source).lock.locked()


def test_reasoning_tags_survive_and_control_tokens_do_not():
    loaded = weights.get(local("nemotron_h").source)
    hidden = generation._hidden_tokens(loaded)
    tokens = loaded.tokenizer.encode("<think>a</think>b<|im_end|>", add_special_tokens=False)
    assert loaded.tokenizer.decode([token for token in tokens if token not in hidden]) == "<think>a</think>b"


def test_a_model_is_loaded_once_for_all(monkeypatch):
    source = Source(tiny_models.folder("gemma3"), revision="once", settings=Settings(device="cpu"))
    loads, load = [], weights.load
    monkeypatch.setattr(weights, "load", lambda asked: loads.append(asked) or load(asked))
    threads = [threading.Thread(target=weights.get, args=(source,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == [source]
    assert weights.release(source) and weights.peek(source) is None
    assert not weights.release(source)


def test_a_released_model_comes_back_with_the_next_question():
    model = local("nemotron_h")
    request = Request((user("?"),), Decoding(max_new_tokens=4))
    before = model.reply(request).text
    model.release()
    assert weights.peek(model.source) is None
    assert model.reply(request).text == before


@pytest.mark.parametrize("name", tiny_models.NAMES)
def test_four_bits_take_less_memory_and_still_reply(name):
    full, small = local(name), local(name, quantization="4bit")
    reply = small.reply(Request(question(name), Decoding(max_new_tokens=4)))
    assert reply.completion_tokens == 4
    linear = [module for module in weights.get(small.source).model.modules() if type(module).__name__ == "Linear4bit"]
    assert len(linear) >= 10
    weights.get(full.source)
    assert weights.peek(small.source).model.get_memory_footprint() < 0.75 * weights.peek(full.source).model.get_memory_footprint()
    small.release()


def test_eight_bits():
    model = local("gemma3", quantization="8bit")
    assert model.reply(Request(question("gemma3"), Decoding(max_new_tokens=4))).completion_tokens == 4
    assert any(type(module).__name__ == "Linear8bitLt" for module in weights.peek(model.source).model.modules())
    model.release()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision(dtype):
    model = local("qwen2_5_vl", dtype=dtype)
    assert model.reply(Request(question("qwen2_5_vl"), Decoding(max_new_tokens=4))).completion_tokens == 4
    assert str(weights.peek(model.source).model.dtype) == f"torch.{dtype}"
    model.release()


def test_a_text_model_says_that_it_takes_no_image():
    with pytest.raises(ModelUnfit, match="takes no image"):
        local("nemotron_h").reply(Request((user(picture(), "?"),)))


def test_a_prompt_beyond_the_context_is_refused_and_a_long_reply_fitted():
    model = local("nemotron_h")
    with pytest.raises(ModelUnfit, match="too long"):
        model.reply(Request((user("lung " * 9000),)))
    loaded = weights.peek(model.source)
    assert generation._budget(loaded, Request((user("?"),), Decoding(max_new_tokens=10**6)), prompt=100) == loaded.context - 100


@pytest.mark.parametrize(
    ("model", "word"),
    [
        ("{empty}", "files can't be loaded"),  # a folder without a config
        ("nobody/no-such-model", "'nobody/no-such-model' are not on this machine"),  # no folder, and the hub can't be asked
        ("{broken}", "files can't be loaded"),  # weights that are no safetensors file
        ("{foreign}", "code of its own"),  # an architecture that only its own code knows
    ],
)
def test_weights_that_are_not_there_say_so(model, word, tmp_path):
    import json
    import shutil

    (tmp_path / "empty").mkdir()
    shutil.copytree(tiny_models.folder("nemotron_h"), tmp_path / "broken")
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"not weights")
    (tmp_path / "foreign").mkdir()
    foreign = {"model_type": "unheard_of", "auto_map": {"AutoConfig": "code.Config", "AutoModel": "code.Model"}}
    (tmp_path / "foreign" / "config.json").write_text(json.dumps(foreign))
    source = Source(model.format(empty=tmp_path / "empty", broken=tmp_path / "broken", foreign=tmp_path / "foreign"))
    with pytest.raises(ModelMissing, match=word) as caught:
        LocalModel(source).reply(Request((user("?"),)))
    assert caught.value.hint and not caught.value.retryable
    assert str(tmp_path) not in str(caught.value)


def test_memory_that_runs_out_is_said_so(monkeypatch):
    import torch

    model = local("gemma3")
    loaded = weights.get(model.source)

    def full(**inputs):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(loaded.model, "generate", full)
    with pytest.raises(OutOfMemory, match="does not fit") as caught:
        model.reply(Request(question("gemma3")))
    assert "4bit" in caught.value.hint
    assert not loaded.lock.locked()


@pytest.mark.parametrize("variable", ["CXR_AUDITOR_DEVICE", "CXR_AUDITOR_DTYPE", "CXR_AUDITOR_QUANTIZATION"])
def test_an_unknown_setting_names_the_variable(variable, monkeypatch):
    monkeypatch.setenv(variable, "fastest")
    with pytest.raises(InputError, match=variable):
        Source.named("some/model")


def test_a_device_that_is_not_there():
    if weights.placement(Settings())[0] == "cuda":
        pytest.skip("this machine has the device")
    with pytest.raises(ModelMissing, match="no device 'cuda'"):
        weights.placement(Settings(device="cuda"))


@pytest.mark.parametrize(
    ("text", "model", "revision"),
    [
        ("owner/name", "owner/name", "pin"),  # the project's pin
        ("owner/name#abc123", "owner/name", "abc123"),  # the user's pin goes first
        ("./folder", "./folder", "pin"),  # a folder has none, and the pin does no harm
    ],
)
def test_a_revision_can_be_pinned(text, model, revision):
    source = Source.named(text, "pin")
    assert (source.model, source.revision) == (model, revision)
    assert Source.from_plain(source.to_plain()) == source
