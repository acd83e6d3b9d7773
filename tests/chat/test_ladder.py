"""Asking again: what is asked at each step, what comes out, and what never does."""

import pytest

from cxr_auditor.chat.errors import KINDS, ServerUnavailable
from cxr_auditor.chat.ladder import SAMPLED, ask
from cxr_auditor.chat.records import Decoding, ImagePart, Reply, Request, user
from cxr_auditor.chat.repair import Unreadable
from cxr_auditor.errors import AuditorError, ReaderError


class Script:
    """A model that answers from a list and keeps what it was asked."""

    name, revision = "script", "1"

    def __init__(self, *replies):
        self.replies, self.asked = list(replies), []

    def reply(self, request):
        self.asked.append(request)
        answer = self.replies.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Reply(answer)


def only_good(reply):
    if reply.text != "good":
        raise Unreadable(f"it says {reply.text}")
    return reply.text


REQUEST = Request((user(ImagePart(b"png"), "Look."),), Decoding(max_new_tokens=9))


def test_the_first_good_reply_ends_it():
    model = Script("good", "never asked for")
    answer = ask(model, REQUEST, only_good)
    assert (answer.value, answer.notes, len(answer.replies)) == ("good", (), 1)
    assert model.asked == [REQUEST]


def test_the_three_steps():
    model = Script("bad", "worse", "good")
    answer = ask(model, REQUEST, only_good)
    first, second, third = model.asked
    assert first == REQUEST
    assert second.decoding == REQUEST.decoding and third.decoding.temperature == SAMPLED["temperature"] > 0
    assert third.decoding.seed == SAMPLED["seed"] and third.decoding.max_new_tokens == 9
    for corrected, reason in ((second, "it says bad"), (third, "it says worse")):
        (turn,) = corrected.messages
        assert turn.parts[:2] == (ImagePart(b"png"), "Look.")  # picture and question stay
        assert reason in turn.parts[2]
    assert answer.value == "good" and "3 times" in answer.notes[0]


def test_nothing_usable_is_no_value_and_a_sentence():
    answer = ask(Script("a", "b", "c"), REQUEST, only_good)
    assert answer.value is None and answer.notes == ()
    assert "3 times" in answer.message and "it says c" in answer.message
    assert len(answer.replies) == 3


def test_a_value_that_is_empty_is_still_a_value():
    answer = ask(Script("good"), REQUEST, lambda reply: [])
    assert answer.value == [] and answer.message is None


def test_an_error_of_the_model_is_not_asked_away():
    with pytest.raises(ServerUnavailable):
        ask(Script("bad", ServerUnavailable("gone")), REQUEST, only_good)


def test_a_mistake_of_the_programmer_is_not_asked_away():
    def broken(reply):
        raise KeyError("oops")

    with pytest.raises(KeyError):
        ask(Script("bad"), REQUEST, broken)


@pytest.mark.parametrize("attempts", [0, 4])
def test_the_number_of_attempts_is_bounded(attempts):
    with pytest.raises(ValueError, match="1 to 3"):
        ask(Script(), REQUEST, only_good, attempts)


@pytest.mark.parametrize("kind", KINDS.values())
def test_every_error_of_a_model_is_a_readers_error_and_travels_whole(kind):
    import pickle

    error = pickle.loads(pickle.dumps(kind("what", "do this")))
    assert isinstance(error, ReaderError) and isinstance(error, AuditorError)
    assert (error.message, error.hint, type(error)) == ("what", "do this", kind)


def test_a_request_travels_as_plain_data():
    request = Request((user(ImagePart(b"\x89"), "Look."), user("more")), Decoding(thinking=True), {"type": "null"})
    plain = request.to_plain()
    assert Request.from_plain(plain) == request

    def plain_types(value):
        if isinstance(value, dict):
            return all(plain_types(inner) for inner in value.values())
        if isinstance(value, list):
            return all(plain_types(inner) for inner in value)
        return value is None or type(value) in (str, bytes, int, float, bool)

    assert plain_types(plain)


@pytest.mark.parametrize(
    "wrong",
    [{"max_new_tokens": 0}, {"temperature": -1}, {"top_p": 0}, {"top_p": 1.5}, {"thinking_tokens": 0}],
)
def test_impossible_decoding_can_not_be_built(wrong):
    with pytest.raises(ValueError, match="but got"):
        Decoding(**wrong)
