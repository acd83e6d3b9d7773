"""`models`, `ask`, `write-report` and `where`: a model behind a stub of a server, a tiny one in this process, and what goes wrong."""

import json
import sys

import pytest
import tiny_models
from image_files import film, saved
from stub_server import answers, chunk, completion, refuses, serving, streams

from cxr_auditor import cli
from cxr_auditor.models import CATALOGUE


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Calls the command line beside a film.png: (exit code, stdout, stderr)."""
    (tmp_path / "film.png").write_bytes(saved(film(300, 256)))
    (tmp_path / "words.png").write_text("no picture")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CXR_AUDITOR_READER", raising=False)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["cxr-auditor", *arguments])
        with pytest.raises(SystemExit) as done:
            cli.main()
        return done.value.code, *capfd.readouterr()

    return call


def says(*words):
    return streams(*(chunk(word) for word in words), chunk("", finish="stop"))


def test_models_lists_every_model_with_its_licence_and_what_keeps_it_from_running(run):
    code, out, err = run("models")
    assert (code, err) == (0, "")
    for card in CATALOGUE:
        assert f"{card.spec}  [" in out and card.licence in out and card.command in out
    assert "PhysioNet" in out and "CXR_AUDITOR_TRUST_REMOTE_CODE" in out


def test_questions_are_one_conversation_and_the_film_is_sent_once(run):
    with serving(says("Fluid", " there."), says("On the left.")) as stub:
        code, out, err = run("ask", "film.png", "What is white?", "Which side?", "--reader", f"medgemma=stub@{stub.address}")
    assert (code, out, err) == (0, "Fluid there.\nOn the left.\n", "")
    messages = stub.bodies[-1]["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert messages[1]["content"] == "Fluid there." and messages[2]["content"] == "Which side?"
    assert [str(body).count("data:image/png;base64,") for body in stub.bodies] == [1, 1]


@pytest.mark.parametrize("command", [["ask", "film.png", "What?"], ["write-report", "film.png"], ["where", "film.png", "Opacity."]])
def test_an_address_that_answers_with_a_page_is_told_in_one_line(run, command, monkeypatch):
    monkeypatch.setattr("cxr_auditor.chat.server.PAUSES", ())
    with serving(answers(b"<html>home</html>", content_type="text/html")) as stub:
        stub.listing = answers(b"<html>home</html>", content_type="text/html")
        for reader in ("medgemma", "medgemma=stub"):  # asked for its models first, and not
            code, out, err = run(*command, "--reader", f"{reader}@{stub.address}")
            assert (code, out) == (1, "") and err.count("\n") == 1 and "/v1" in err


def test_a_report_says_on_stderr_that_nobody_checked_it(run):
    with serving(answers(completion("<think>bases</think>The heart is normal."))) as stub:
        code, out, err = run("write-report", "film.png", "--reader", f"medgemma=stub@{stub.address}")
    assert (code, out) == (0, "The heart is normal.\n")
    assert "nobody checked it" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("reader", "reply", "boxes"),
    [
        # thousandths of the film padded to a square, 300 high and 256 wide
        ("medgemma", '[{"box_2d": [500, 500, 1000, 1000]}]', [{"box": [0.5, 0.5, 1.0, 1.0], "sides": ["left"]}]),
        ("medgemma", "[]", []),  # the model says nowhere
        ("radvlm", "It lies at [0.1, 0.5, 0.4, 1.0].", [{"box": [0.5, 0.1, 1.0, 0.4], "sides": ["right"]}]),
    ],
)
def test_where_a_sentence_points(run, reader, reply, boxes):
    with serving(answers(completion(reply))) as stub:
        code, out, err = run("where", "film.png", "Opacity at the base.", "--reader", f"{reader}=stub@{stub.address}")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"box_format": "normalized_y0x0y1x1", "boxes": boxes}
    assert "Opacity at the base." in str(stub.bodies[0]["messages"])


def test_where_with_a_model_in_this_process(run):
    code, out, _ = run("where", "film.png", "Opacity.", "--reader", f"medgemma={tiny_models.folder('gemma3')}")
    assert code == 0
    assert all(0 <= value <= 1 for place in json.loads(out)["boxes"] for value in place["box"])


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["ask", "film.png", "What?", "--reader", "lite"], "can't answer questions"),  # a reader without the ability
        (["write-report", "film.png", "--reader", "lite"], "can't write reports"),
        (["where", "film.png", "mass", "--reader", "nv_reason@http://127.0.0.1:9/v1"], "can't locate"),
        (["ask", "film.png", "What?", "--reader", "nobody"], "nobody"),  # an unknown one
        (["ask", "words.png", "What?", "--reader", "medgemma@http://127.0.0.1:9/v1"], "image"),  # no film
        (["ask", "film.png"], "question"),  # nothing asked
    ],
)
def test_what_cannot_be_asked_is_one_line_and_exit_code_2(run, arguments, word):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "") and word in err.lower() and err.count("\n") == 1


def test_a_server_that_refuses_is_one_line_and_exit_code_1(run):
    with serving(refuses(401)) as stub:
        code, out, err = run("ask", "film.png", "What?", "--reader", f"medgemma=stub@{stub.address}")
    assert (code, out) == (1, "") and "wants a key" in err and err.count("\n") == 1 and "sk-secret" not in err


def test_an_answer_that_breaks_off_keeps_what_came(run):
    with serving(streams(chunk("The heart"), then_drop=True)) as stub:
        code, out, err = run("ask", "film.png", "What?", "--reader", f"medgemma=stub@{stub.address}")
    assert code == 1 and out.startswith("The heart") and err.count("\n") == 1


def test_the_environment_names_the_reader(run, monkeypatch):
    with serving(says("Yes.")) as stub:
        monkeypatch.setenv("CXR_AUDITOR_READER", f"medgemma=stub@{stub.address}")
        assert run("ask", "film.png", "What?")[:2] == (0, "Yes.\n")
