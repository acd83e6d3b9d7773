"""Constrained decoding: every finished reply of a random model follows its schema, within the budget computed for it."""

import json

import pytest
import tiny_models
import torch

from cxr_auditor.chat.budget import PLAIN, longest_reply
from cxr_auditor.chat.grammar import Trace
from cxr_auditor.chat.local import LocalModel
from cxr_auditor.chat.records import Decoding, Request, user
from cxr_auditor.chat.repair import split_reasoning
from cxr_auditor.chat.settings import Settings, Source

NUMBER = {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.001}
QUOTE = {"type": "string", "pattern": PLAIN, "maxLength": 12}
INTEGER = {"type": "integer", "minimum": 0, "maximum": 1000}


def array(items, least=0, most=3):
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def record(**properties):
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def nullable(schema):
    return {"anyOf": [{"type": "null"}, schema]}


def follows(value, schema) -> bool:
    """A validator of its own for the part of JSON Schema that is used here."""
    if "enum" in schema:
        return value in schema["enum"]
    if "anyOf" in schema:
        return any(follows(value, choice) for choice in schema["anyOf"])
    kind = schema["type"]
    if kind == "null":
        return value is None
    if kind == "array":
        return schema["minItems"] <= len(value) <= schema["maxItems"] and all(follows(item, schema["items"]) for item in value)
    if kind == "object":
        return list(value) == schema["required"] and all(follows(value[name], inner) for name, inner in schema["properties"].items())
    if kind == "string":
        return 1 <= len(value) <= schema["maxLength"] and not set('"\\\n\t\r') & set(value)
    number = isinstance(value, int) or (kind == "number" and isinstance(value, float))
    decimals = len(str(value).partition(".")[2]) <= 3
    return number and not isinstance(value, bool) and schema["minimum"] <= value <= schema["maximum"] and decimals


FINDINGS = array(record(label={"enum": ["pneumothorax", "no_finding"]}, box_2d=nullable(array(NUMBER, 4, 4))), 1, 2)


def model(name) -> LocalModel:
    return LocalModel(Source(tiny_models.folder(name), settings=Settings(device="cpu")))


def sampled(schema, seed, **options) -> Request:
    decoding = Decoding(max_new_tokens=longest_reply(schema), temperature=1.0, seed=seed, **options)
    return Request((user("List the findings."),), decoding, schema)


@pytest.mark.slow
def test_200_seeded_replies_200_valid():
    asked = model("llava_onevision")
    replies = [asked.reply(sampled(FINDINGS, seed)) for seed in range(200)]
    assert all(reply.finish_reason == "stop" and reply.constrained for reply in replies)
    assert sum(follows(json.loads(reply.text), FINDINGS) for reply in replies) == 200
    assert len({reply.text for reply in replies}) > 80  # they do differ


def test_without_the_mask_the_same_model_writes_no_json():
    reply = model("llava_onevision").reply(Request((user("List the findings."),), Decoding(max_new_tokens=200, temperature=1.0)))
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.text)


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param(array(record(box=array(INTEGER, 4, 4)), 1, 2), marks=pytest.mark.slow),  # boxes in thousandths
        pytest.param(array(record(quote=QUOTE), 1, 2), marks=pytest.mark.slow),  # quotations
        nullable(record(a={"enum": ["x", "y"]})),  # nothing or an object
    ],
)
def test_other_schemas(schema):
    asked = model("gemma3")
    for seed in range(10):
        reply = asked.reply(sampled(schema, seed))
        assert reply.finish_reason == "stop"
        assert follows(json.loads(reply.text), schema)


@pytest.mark.parametrize("name", tiny_models.NAMES)
def test_every_architecture_can_be_constrained(name):
    reply = model(name).reply(sampled(FINDINGS, 7))
    assert follows(json.loads(reply.text), FINDINGS)


@pytest.mark.parametrize("allowance", [5, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 40))])
def test_a_reasoning_model_thinks_within_its_allowance_and_then_follows_the_schema(allowance):
    asked = model("nemotron_h")
    for seed in range(5):
        reply = asked.reply(sampled(FINDINGS, seed, thinking=True, thinking_tokens=allowance))
        trace, answer = split_reasoning(reply.text)
        assert follows(json.loads(answer), FINDINGS)
        assert trace is not None
        assert reply.completion_tokens <= allowance + 1 + longest_reply(FINDINGS)


@pytest.mark.parametrize(
    ("allowance", "drawn", "closed_after"),
    [
        (5, [7, 7, 1, 2, 3], 5),  # the model closes it itself
        (3, [7, 7, 7], 6),  # the allowance is spent: the three closing tokens are forced
        (3, [7, 7, 1], 5),  # spent with the closing begun: only the rest is forced
        (4, [1, 1, 2, 7], 7),  # a false start of the closing
    ],
)
def test_a_trace_is_closed_in_time(allowance, drawn, closed_after):
    trace, tokens = Trace([1, 2, 3], [9], allowance), list(drawn)
    count = 0
    while not trace.closed:
        scores = trace.mask(torch.zeros((1, 10)))
        allowed = {token for token in range(10) if scores[0, token] > float("-inf")}
        assert 9 not in allowed  # the reply can't end inside the trace
        token = tokens.pop(0) if tokens else min(allowed)
        assert token in allowed
        trace.take(token)
        count += 1
    assert count == closed_after


@pytest.mark.parametrize(
    ("schema", "longest"),
    [
        (INTEGER, "1000"),  # digits of the widest bound
        ({"type": "integer", "minimum": -100, "maximum": 9}, "-100"),  # the sign counts
        (NUMBER, "0.123"),  # three decimals
        ({"type": "null"}, "null"),
        ({"type": "boolean"}, "false"),
        ({"enum": ["a", "pneumothorax"]}, '"pneumothorax"'),
        ({"const": 5}, "5"),
        (array(INTEGER, 0, 2), "[1000, 1000]"),  # with the space after the comma
        (array(INTEGER, 0, 0), "[]"),
        (record(a=INTEGER, b=nullable(NUMBER)), '{"a": 1000, "b": 0.123}'),
        (QUOTE, '"' + "😀" * 12 + '"'),  # four bytes a character
        ({"type": "string", "maxLength": 2}, '"\\u0000\\u0000"'),  # six where escapes are allowed
    ],
)
def test_the_budget_is_the_longest_legal_reply(schema, longest):
    assert longest_reply(schema) == len(longest.encode())


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": INTEGER},  # no maxItems
        {"type": "string"},  # no maxLength
        {"type": "number", "minimum": 0, "maximum": 1},  # no step
        {"type": "object", "properties": {}},  # open to further members
        {},  # anything
    ],
)
def test_a_schema_without_an_end_is_refused(schema):
    with pytest.raises(ValueError, match="bounded|must have"):
        longest_reply(schema)
