"""A model behind an address: what is sent, what is made of the answer, and what comes of every kind of fault."""

import base64
import logging

import pytest
from stub_server import answers, chunk, completion, drops, event, half_a_body, hangs, refuses, serving, streams

from cxr_auditor.chat.errors import BrokenReply, ChatError, RateLimited, ServerRefused, ServerTimeout, ServerUnavailable
from cxr_auditor.chat.records import Decoding, ImagePart, Reply, Request, assistant, user
from cxr_auditor.chat.server import PAUSES, ServerModel
from cxr_auditor.errors import InputError

SCHEMA = {"type": "array", "items": {"type": "null"}, "maxItems": 1}
PNG = b"\x89PNG not really"
REQUEST = Request((user(ImagePart(PNG), "What is seen?"), assistant("Nothing."), user("Sure?")), Decoding(max_new_tokens=33), SCHEMA)
SECRET = "sk-secret-of-the-user"


@pytest.fixture
def naps():
    return []


@pytest.fixture
def ask(naps):
    """A model on a stub, impatient and without real pauses."""

    def model(stub, name="stub-model", timeout=5.0):
        return ServerModel(stub.address, name, timeout=timeout, sleep=naps.append)

    return model


def test_what_is_sent(ask):
    with serving(answers(completion('["x"]'))) as stub:
        reply = ask(stub).reply(REQUEST)
    (body,) = stub.bodies
    assert body["model"] == "stub-model" and body["max_tokens"] == 33 and body["temperature"] == 0
    first, second, third = body["messages"]
    url = first["content"][0]["image_url"]["url"]
    assert base64.b64decode(url.removeprefix("data:image/png;base64,")) == PNG  # the picture's very bytes
    assert first["content"][1] == {"type": "text", "text": "What is seen?"}
    assert (second, third) == ({"role": "assistant", "content": "Nothing."}, {"role": "user", "content": "Sure?"})
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert (reply.text, reply.finish_reason, reply.prompt_tokens, reply.completion_tokens) == ('["x"]', "stop", 11, 7)
    assert not reply.constrained and reply.seconds > 0


def test_sampling_and_the_thinking_switch(ask):
    request = Request((user("?"),), Decoding(max_new_tokens=5, temperature=0.4, top_p=0.9, seed=3, thinking=True, thinking_tokens=20))
    with serving(answers(completion())) as stub:
        ask(stub).reply(request)
    body = stub.bodies[0]
    assert (body["temperature"], body["top_p"], body["seed"], body["max_tokens"]) == (0.4, 0.9, 3, 25)
    assert body["chat_template_kwargs"] == {"enable_thinking": True}
    assert "response_format" not in body


def test_two_visitors_share_nothing(ask):
    with serving(answers(completion())) as stub:
        model = ask(stub)
        model.reply(Request((user("the first draft"),)))
        model.reply(Request((user("the second draft"),)))
    assert "first" not in str(stub.bodies[1])


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_names_the_schema_as_what_it_does_not_take_is_asked_without_from_then_on(ask, status):
    with serving(refuses(status, "unknown field: response_format"), answers(completion("[]"))) as stub:
        model = ask(stub)
        assert model.reply(REQUEST).text == "[]"
        model.reply(REQUEST)
    assert ["response_format" in body for body in stub.bodies] == [True, False, False]


def test_a_refusal_that_names_nothing_costs_one_request_its_schema_and_no_other(ask):
    with serving(refuses(400), answers(completion("[]"))) as stub:
        model = ask(stub)
        assert model.reply(REQUEST).text == "[]"
        model.reply(REQUEST)
    assert ["response_format" in body for body in stub.bodies] == [True, False, True]


def test_the_option_that_a_refusal_names_is_the_one_left_out(ask):
    request = Request(REQUEST.messages, Decoding(thinking=False), SCHEMA)
    with serving(refuses(400, "chat_template_kwargs is not allowed"), answers(completion("[]"))) as stub:
        assert ask(stub).reply(request).text == "[]"
    assert "response_format" in stub.bodies[1] and "chat_template_kwargs" not in stub.bodies[1]


def test_a_servers_folders_are_not_repeated(ask):
    with serving(answers(completion())) as stub:
        assert ask(stub, name="/home/somebody/models/tiny").revision == "server:tiny"
        assert ask(stub, name="owner/name").revision == "server:owner/name"


def test_the_name_is_asked_of_the_server_where_nobody_said(ask):
    with serving(answers(completion())) as stub:
        stub.models = ["google/medgemma-1.5-4b-it"]
        model = ask(stub, name="")
        assert model.revision == "server" and model.name == "google/medgemma-1.5-4b-it"
    with pytest.raises(ServerUnavailable):
        ServerModel("http://127.0.0.1:9/v1", timeout=1, sleep=lambda _: None).name  # noqa: B018 - asking is the test


def test_the_only_model_of_a_server_needs_no_name(ask):
    with serving(answers(completion())) as stub:
        model = ask(stub, name="")
        model.reply(REQUEST)
        assert stub.bodies[0]["model"] == "stub-model" and model.revision == "server:stub-model"
        stub.models = ["a", "b"]
        with pytest.raises(ServerRefused, match="serves 2 models"):
            ask(stub, name="").reply(REQUEST)


# step of the server, error, word of its sentence, number of requests sent
FAULTS = [
    (refuses(500), ServerUnavailable, "HTTP 500", 3),  # fails inside, for ever
    (refuses(503), ServerUnavailable, "HTTP 503", 3),  # not ready
    (refuses(429), RateLimited, "too much", 3),  # asked too much
    (drops(), ServerUnavailable, "broke off", 3),  # the line is dropped at once
    (half_a_body(), ServerUnavailable, "broke off", 3),  # the line is dropped in mid-reply
    (answers(b'{"id": "1", "choices": [{"mess'), BrokenReply, "no reply", 3),  # half a JSON, whole by its length
    (answers(b"<html>proxy</html>", content_type="text/html"), BrokenReply, "no reply", 3),  # a proxy's page
    (answers({"hello": "world"}), BrokenReply, "no reply", 3),  # JSON of another protocol
    (answers({**completion(), "choices": []}), BrokenReply, "no reply", 3),  # no choice
    (refuses(401), ServerRefused, "wants a key", 1),  # a wrong key is not tried again
    (refuses(403), ServerRefused, "wants a key", 1),
    (refuses(404), ServerRefused, "no such model", 1),
    (refuses(413), ServerRefused, "HTTP 413", 1),  # too large
]


@pytest.mark.parametrize(("step", "kind", "word", "requests"), FAULTS)
def test_faults(ask, naps, step, kind, word, requests, monkeypatch, caplog):
    monkeypatch.setenv("CXR_AUDITOR_SERVER_KEY", SECRET)
    caplog.set_level(logging.DEBUG, logger="cxr_auditor")
    with serving(step) as stub, pytest.raises(kind, match=word) as caught:
        ask(stub).reply(REQUEST)
    assert len(stub.bodies) == requests
    assert naps == list(PAUSES[: requests - 1])
    assert caught.value.hint and caught.value.retryable == (requests > 1)
    assert stub.headers[0]["authorization"] == f"Bearer {SECRET}"
    said = str(caught.value) + caplog.text
    assert SECRET not in said and "sk-secret" not in said and "What is seen" not in said


def odd_choice(**fields):
    return answers({**completion(), "choices": [{"index": 0, "finish_reason": "stop", **fields}]})


ODD_ANSWERS = [
    answers(b"<html>home</html>", content_type="text/html"),  # /v1 was forgotten, and a page stands there
    answers(b"null"),
    answers(b"[]"),
    answers(b"5"),
    answers({**completion(), "choices": {"a": 1}}),  # an object in place of the list
    answers({**completion(), "choices": "abc"}),
    odd_choice(message="hi"),  # a text in place of the message
    odd_choice(message=None),
    odd_choice(),
    answers(completion(["a"])),  # the content is a list
    answers(completion(5)),
    answers(completion("x", reasoning=5)),
    answers(b'{"choices": "\xff\xfe"}'),  # no UTF-8
    answers(b"[" * 100_000),  # deeper than can be read
    answers(b'{"choices": ' + b"1" * 5000 + b"}"),  # a number longer than can be read
]


@pytest.mark.parametrize("step", ODD_ANSWERS)
def test_an_answer_of_another_form_is_a_broken_reply_that_asks_for_the_address(ask, step):
    with serving(step) as stub, pytest.raises(BrokenReply, match="no reply") as caught:
        ask(stub).reply(REQUEST)
    assert "/v1" in caught.value.hint


@pytest.mark.parametrize("step", ODD_ANSWERS)
def test_an_answer_of_another_form_in_place_of_a_stream(ask, step):
    with serving(step) as stub, pytest.raises(BrokenReply) as caught:
        list(ask(stub).stream(REQUEST))
    assert "/v1" in caught.value.hint


ODD_LISTS = [
    answers(b"<html>home</html>", content_type="text/html"),
    answers(b"[]"),
    answers(b"null"),
    answers({"object": "list", "data": [{"object": "model"}]}),  # a model without a name
    answers({"object": "list", "data": [{"id": 5, "object": "model"}]}),  # its name is a number
    answers({"object": "list", "data": "abc"}),
    answers(b"\xff"),
]


@pytest.mark.parametrize("listing", ODD_LISTS)
def test_a_list_of_models_of_another_form_is_a_broken_reply(ask, listing):
    with serving(answers(completion())) as stub:
        stub.listing = listing
        with pytest.raises(BrokenReply, match="no reply") as caught:
            ask(stub, name="").reply(REQUEST)
    assert "/v1" in caught.value.hint and stub.bodies == []


def odd_event(**fields) -> bytes:
    return event({"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "stub", **fields})


@pytest.mark.parametrize(
    "piece",
    [
        odd_event(choices=[{"index": 0, "delta": None, "finish_reason": None}]),
        odd_event(choices=[{"index": 0, "delta": "x", "finish_reason": None}]),
        odd_event(choices="abc"),
        odd_event(choices={"a": 1}),
        chunk(5),  # the content is a number
        chunk(["a"]),
        event([]),
        event(5),
        event(b"\xff\xfe"),  # no UTF-8
        event(b"[" * 100_000),
    ],
)
def test_a_piece_of_another_form_breaks_a_stream_off(ask, piece):
    came = []
    with serving(streams(chunk("The "), piece, chunk(finish="stop"))) as stub, pytest.raises(BrokenReply, match="no reply"):
        for text in ask(stub).stream(REQUEST):
            came.append(text)
    assert came == ["The "]


def test_what_goes_wrong_with_the_listener_is_not_the_servers(ask):
    with serving(streams(chunk("The "), chunk(finish="stop"))) as stub, pytest.raises(TypeError, match="mine"):
        for _ in ask(stub).stream(REQUEST):
            raise TypeError("mine")


@pytest.mark.parametrize("address", ["http://[::1/v1", "http://op:hunter2@host:port/v1", "http://host:99999/v1"])
def test_an_address_that_is_none_is_told_without_repeating_it(address):
    with pytest.raises(ServerRefused, match="address") as caught:
        ServerModel(address, "x", timeout=1, sleep=lambda _: None).reply(REQUEST)
    assert "hunter2" not in str(caught.value)


def test_a_server_that_hangs_is_left_in_time(ask, naps):
    with serving(hangs(1.0)) as stub, pytest.raises(ServerTimeout, match="in time"):
        ask(stub, timeout=0.1).reply(REQUEST)
    assert len(stub.bodies) == 3


def test_a_server_that_is_not_there(naps):
    model = ServerModel("http://127.0.0.1:9/v1", "x", timeout=2, sleep=naps.append)
    with pytest.raises(ServerUnavailable, match="can't be reached"):
        model.reply(REQUEST)


@pytest.mark.parametrize("fault", [refuses(500), refuses(429), drops(), half_a_body(), answers(b"{")])
def test_a_fault_that_passes_is_not_noticed(ask, naps, fault):
    with serving(fault, answers(completion("[]"))) as stub:
        assert ask(stub).reply(REQUEST).text == "[]"
    assert naps == [PAUSES[0]]


def test_a_reply_that_ran_out_of_tokens(ask):
    with serving(answers(completion("[{", finish="length"))) as stub:
        assert ask(stub).reply(REQUEST).truncated


@pytest.mark.parametrize("channel", ["reasoning_content", "reasoning"])
def test_a_reasoning_channel_becomes_a_trace(ask, channel):
    with serving(answers(completion("[]", **{channel: "hm"}))) as stub:
        assert ask(stub).reply(REQUEST).text == "<think>hm</think>[]"
    pieces = streams(chunk(**{channel: "h"}), chunk(**{channel: "m"}), chunk("[]"), chunk(finish="stop"))
    with serving(pieces) as stub:
        assert "".join(ask(stub).stream(REQUEST)) == "<think>hm</think>[]"


def test_no_text_at_all_is_an_empty_reply(ask):
    with serving(answers(completion(None))) as stub:
        assert ask(stub).reply(REQUEST) == Reply("", "stop", 11, 7, pytest.approx(0, abs=60))


def test_streaming(ask):
    with serving(streams(chunk("The "), chunk("lungs"), chunk(finish="stop"), b"data: [DONE]\n\n")) as stub:
        assert list(ask(stub).stream(REQUEST)) == ["The ", "lungs"]
    assert stub.bodies[0]["stream"] is True


@pytest.mark.parametrize(
    "step",
    [
        streams(chunk("The "), then_drop=True),  # the line is cut
        streams(chunk("The ")),  # it ends without saying that it is finished
        streams(chunk("The "), b'data: {"error": "boom"}\n\n'),  # the server reports an error in the stream
        streams(chunk("The "), b"data: {half\n\n"),  # half an event
    ],
)
def test_a_stream_that_breaks_off_says_so_after_what_came(ask, naps, step):
    came = []
    with serving(step) as stub, pytest.raises(ServerUnavailable):
        for piece in ask(stub).stream(REQUEST):
            came.append(piece)
    assert came == ["The "]
    assert naps == [] and len(stub.bodies) == 1  # half a reply is not asked for again


def test_the_start_of_a_stream_is_tried_again(ask, naps):
    with serving(refuses(503), streams(chunk("ok"), chunk(finish="stop"))) as stub:
        assert list(ask(stub).stream(REQUEST)) == ["ok"]


def test_a_released_client_works_again(ask):
    with serving(answers(completion("[]"))) as stub:
        model = ask(stub)
        model.reply(REQUEST)
        model.release()
        model.release()
        assert model.reply(REQUEST).text == "[]"


@pytest.mark.parametrize("value", ["soon", "0", "-1", "inf", "nan"])
def test_an_impossible_timeout_is_refused(monkeypatch, value):
    monkeypatch.setenv("CXR_AUDITOR_SERVER_TIMEOUT", value)
    with pytest.raises(InputError, match="SERVER_TIMEOUT"):
        ServerModel("http://localhost/v1")


def test_the_root_of_all_faults():
    assert all(issubclass(kind, ChatError) for _, kind, _, _ in FAULTS)
