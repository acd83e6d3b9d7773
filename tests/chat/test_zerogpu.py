"""ZeroGPU with a stand-in for the platform's package: the one decorated function, plain data across, errors across, loans of a sane length.

The stand-in does what the platform does: it pickles arguments and results (a generator's results one by one) and replaces a worker's
exceptions by an error of its own. It runs in a process of its own, since the decoration happens on import.
"""

import json
import os
import subprocess
import sys

import pytest
import tiny_models

from cxr_auditor.chat import zerogpu

STAND_IN = """
import functools, inspect, pickle

DECORATED, CROSSED = [], []

def plain(value):
    if isinstance(value, dict):
        return all(type(key) is str and plain(inner) for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(plain, value))
    return value is None or type(value) in (str, bytes, int, float, bool)

def across(value):
    assert plain(value), f"not plain data: {value!r}"
    CROSSED.append(value)
    return pickle.loads(pickle.dumps(value))

def GPU(function=None, duration=60):
    if function is None:
        return lambda function: GPU(function, duration)
    assert inspect.isgeneratorfunction(function)
    DECORATED.append(function.__qualname__)
    @functools.wraps(function)
    def call(*args, **kwargs):
        from gradio.exceptions import Error
        seconds = duration(*args, **kwargs)
        assert 0 < seconds <= 120, seconds
        args = across(args)
        if FAIL:
            raise Error(FAIL)
        try:
            for item in function(*args, **across(kwargs)):
                yield across(item)
        except AssertionError:
            raise
        except Exception as error:
            raise Error(type(error).__name__)
    return call

FAIL = None
"""

PROGRAM = """
import spaces
from cxr_auditor.chat import generation
from cxr_auditor.chat.local import LocalModel
from cxr_auditor.chat.records import Decoding, ImagePart, Request, user
from cxr_auditor.chat.settings import Settings, Source
from PIL import Image

model = LocalModel(Source({folder!r}, settings=Settings(device="cpu")))
picture = ImagePart.of(Image.new("L", (80, 70), 99))
request = Request((user(picture, "What is seen?"),), Decoding(max_new_tokens=12))
"""


CHECKS = """
import json
from cxr_auditor.chat.errors import ModelUnfit, RateLimited

said = {"reply": model.reply(request).text, "stream": "".join(model.stream(request)).strip(), "decorated": spaces.DECORATED}
asked = [args[1] for args in spaces.CROSSED if isinstance(args, tuple) and args]
said["pictures"] = sum(part["png"] == picture.png for one in asked for part in one["messages"][0]["parts"] if isinstance(part, dict))
try:
    model.reply(Request((user(picture, "lung " * 9000),), Decoding(max_new_tokens=12)))
except ModelUnfit as error:
    said["unfit"] = str(error)
spaces.FAIL = "You have exceeded your GPU quota"
try:
    model.reply(request)
except RateLimited as error:
    said["quota"] = [error.retryable, str(error)]
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory, root) -> dict:
    """What a process in which the platform's package is installed has to say."""
    folder = tmp_path_factory.mktemp("platform")
    (folder / "spaces.py").write_text(STAND_IN)
    code = PROGRAM.format(folder=tiny_models.folder("gemma3")) + CHECKS
    environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{root}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=180)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_one_function_is_decorated_and_only_plain_data_crosses(said):
    """The stand-in refuses anything else, so an answer at all means that it was plain."""
    assert said["decorated"] == ["generate_here"]
    assert said["reply"] == said["stream"] != ""
    assert said["pictures"] == 2


def test_a_workers_error_arrives_as_what_it_was(said):
    assert "too long" in said["unfit"] and "Shorten" in said["unfit"]


def test_quota_is_the_platforms_and_says_come_back(said):
    retryable, sentence = said["quota"]
    assert retryable and "quota" in sentence and "minutes" in sentence


def test_without_the_platform_nothing_is_decorated():
    if zerogpu.present():
        pytest.skip("the platform's package is installed here")

    def function():
        return 1

    assert zerogpu.on_gpu(function) is function
    assert zerogpu.platform_errors() == ()


@pytest.mark.parametrize(
    ("tokens", "thinking", "seconds"),
    [
        (25, None, 21),  # one second of tokens
        (500, None, 40),
        (500, True, 80),  # and what it may think
        (100_000, True, 120),  # never longer than the platform lends
    ],
)
def test_a_loan_is_as_long_as_the_reply_can_get(tokens, thinking, seconds):
    decoding = {"max_new_tokens": tokens, "thinking": thinking, "thinking_tokens": 1000}
    assert zerogpu.loan({}, {"decoding": decoding}, False) == seconds
