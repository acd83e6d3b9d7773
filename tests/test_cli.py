"""The command line's contract, as another program sees it."""

import hashlib
import io
import json
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cxr_auditor import cli
from cxr_auditor.version import __version__

READING = {
    "findings": [
        {"finding": "pleural_effusion", "status": "present", "sides": ["right"], "box": [0.6, 0.1, 0.9, 0.4]},
        {"finding": "pneumothorax", "status": "present", "sides": ["left"], "box": [0.1, 0.6, 0.4, 0.9]},
    ]
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli")
    pixels = np.random.default_rng(0).integers(30, 220, (16, 16)).repeat(16, 0).repeat(16, 1).astype("uint8")
    Image.fromarray(pixels).save(path / "film.png")
    (path / "reading.json").write_text(json.dumps(READING))
    (path / "not-an-image.png").write_text("just words")
    (path / "draft.txt").write_text("Small right pleural effusion. No pneumothorax.\n", encoding="utf-8")
    return path


@pytest.fixture
def run(folder, monkeypatch, capfd):
    """Calls the command line in this process: (exit code, stdout, stderr)."""

    def call(*arguments, stdin=None):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["cxr-auditor", *arguments])
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        with pytest.raises(SystemExit) as done:
            cli.main()
        return done.value.code, *capfd.readouterr()

    return call


def test_audit_against_a_reading(run, folder):
    code, out, err = run("audit", "film.png", "--draft-file", "draft.txt", "--reading", "reading.json", "--json", "--overlay", "over.png")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert report["outcome"] == "urgent_review"
    assert report["audit"] == {"missing_findings": ["pneumothorax"], "unsupported_claims": [], "urgent_review_flags": ["pneumothorax"]}
    assert Image.open(folder / "over.png").format == "PNG"


@pytest.mark.parametrize(
    "before, text",
    [
        (b"", "Small right pleural effusion.\r\nNo pneumothorax.\r\n"),  # line ends of Windows
        (b"\xef\xbb\xbf", "Small right pleural effusion.\nNo pneumothorax.\n"),  # a byte order mark, which is no part of the text
        (b"\xef\xbb\xbf", "Small right pleural effusion.\rNo pneumothorax."),  # and line ends of old
    ],
)
def test_spans_are_places_in_the_drafts_own_text(run, folder, before, text):
    (folder / "own.txt").write_bytes(before + text.encode())
    code, out, _ = run("audit", "film.png", "--draft-file", "own.txt", "--reading", "reading.json", "--json")
    report = json.loads(out)
    assert code == 0 and len(report["draft"]["findings"]) == 2
    assert all(text[m["start"] : m["end"]] == m["span"] for m in report["draft"]["findings"])
    assert report["provenance"]["draft_sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_the_plain_report_says_it_in_words(run):
    code, out, _ = run("audit", "film.png", "--draft", "Right effusion. No pneumothorax.", "--reading", "reading.json")
    assert code == 0 and "URGENT MISSING: Pneumothorax (left) is on the film; the draft denies it." in out and "Not a medical device" in out


def test_no_draft_is_audited(run):
    code, out, _ = run("audit", "film.png", "--reading", "reading.json", "--json")
    report = json.loads(out)
    assert code == 0 and report["outcome"] == "urgent_review" and report["flags"] == [] and report["draft"]["status"] == "none"


BAD_INPUT = [
    # arguments, a word of the sentence
    (["audit", "missing.png"], "image"),
    (["audit", "not-an-image.png"], "image"),
    (["audit", "film.png", "--reader", "nobody"], "lite"),
    (["audit", "film.png", "--draft", "x", "--parser", "nobody"], "rules"),
    (["audit", "film.png", "--parser", "nobody"], "rules"),  # also without a draft
    (["audit", "film.png", "--reader", "nobody", "--reading", "reading.json"], "lite"),  # also where it would not run
    (["audit", "film.png", "--reading", "missing.json"], "missing.json"),
    (["serve", "--port", "99999"], "65535"),
    (["audit", "film.png", "--reading", "draft.txt"], "draft.txt"),
    (["audit", "film.png", "--draft", "x", "--draft-file", "draft.txt"], "both"),
    (["audit", "film.png", "--draft-file", "missing.txt"], "draft file"),
    (["audit", "film.png", "--draft-file", "film.png"], "UTF-8"),
    (["audit"], "image"),
    (["audit", "film.png", "--no-such-option"], "--no-such-option"),
    (["no-such-command"], "no-such-command"),
    (["read", "not-an-image.png"], "image"),
    (["parse", "missing.jsonl"], "drafts"),
]


@pytest.mark.parametrize("arguments, word", BAD_INPUT, ids=[" ".join(row[0]) for row in BAD_INPUT])
def test_bad_input_is_one_line_and_exit_code_2(run, arguments, word):
    code, _, err = run(*arguments)
    assert code == 2
    assert err.count("\n") == 1 and word in err


def test_an_unwritable_overlay_never_loses_the_audit(run):
    code, out, err = run("audit", "film.png", "--reading", "reading.json", "--json", "--overlay", "no-such-folder/over.png")
    assert code == 0 and json.loads(out)["outcome"] == "urgent_review" and "overlay" in err


def test_not_audited_is_exit_code_1(run, folder):
    Image.new("L", (300, 300), 128).save(folder / "blank.png")
    code, out, _ = run("audit", "blank.png", "--draft", "Normal chest.", "--json")
    report = json.loads(out)
    assert code == 1 and report["outcome"] == "not_audited" and report["reading"]["status"] == "not_a_frontal_chest_xray"


def test_parse_keeps_the_order_and_the_words(run):
    lines = b'{"id": 7, "text": "No pneumothorax. Left effusion."}\n\n{"id": "b", "text": ""}\n{"id": "c", "text": "Rib fracture."}\n'
    code, out, err = run("parse", stdin=lines)
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, err, [row["id"] for row in rows]) == (0, "", [7, "b", "c"])
    text = "No pneumothorax. Left effusion."
    found = {(f["label"], f["status"], tuple(f["sides"])) for f in rows[0]["findings"]}
    assert found == {("pneumothorax", "absent", ()), ("pleural_effusion", "present", ("left",))}
    assert all(text[f["start"] : f["end"]] == f["span"] for f in rows[0]["findings"])
    assert rows[1] == {"id": "b", "findings": [], "other": [], "contradictions": [], "status": "none"}
    assert list(rows[0])[:4] == ["id", "findings", "other", "contradictions"]
    assert rows[2]["findings"] == [] and rows[2]["other"][0]["status"] == "present"


@pytest.mark.parametrize("line", [b"not json", b"[]", b'{"id": 1}', b'{"text": "x"}', b'{"id": 1, "text": 5}'])
def test_a_malformed_line_is_named(run, line):
    code, out, err = run("parse", "-", stdin=b'{"id": 0, "text": "ok"}\n' + line)
    assert code == 2 and "ine 2" in err and err.count("\n") == 1 and len(out.splitlines()) == 1


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": ' + b"1" * 5000 + b', "text": "x"}',  # a number of more digits than Python reads
        b"[" * 100_000,  # deeper than Python reads
    ],
)
def test_a_line_beyond_what_can_be_read_is_named(run, line):
    code, _, err = run("parse", stdin=b'{"id": 0, "text": "Clear."}\n' + line + b"\n")
    assert code == 2 and err.startswith("Line 2 ") and err.count("\n") == 1 and len(err) < 300


@pytest.mark.parametrize("source", ["-", "marked.jsonl"])
def test_a_byte_order_mark_before_the_lines_is_no_part_of_them(run, folder, source):
    lines = b'\xef\xbb\xbf{"id": 0, "text": "No effusion."}\r\n{"id": 1, "text": "Clear."}\r\n'
    (folder / "marked.jsonl").write_bytes(lines)
    code, out, _ = run("parse", source, stdin=lines)
    assert code == 0 and [json.loads(line)["id"] for line in out.splitlines()] == [0, 1]


def test_a_film_that_can_not_be_read_claims_no_more_than_its_reader_does(run):
    code, out, _ = run("read", "not-an-image.png", "film.png")
    bad, good = map(json.loads, out.splitlines())
    assert code == 2 and (bad["scope"], bad["silence_means_absent"]) == (good["scope"], good["silence_means_absent"])


def test_a_line_stays_one_line_whatever_it_quotes(run):
    code, out, _ = run("parse", stdin='{"id": "x\u2028y", "text": "Left\u0085effusion."}'.encode())
    assert code == 0 and len(out.splitlines()) == 1


def test_it_tells_its_version(run):
    assert run("--version") == (0, f"cxr-draft-auditor {__version__}\n", "")


def test_without_a_command_it_shows_its_help(run):
    code, _, err = run()
    assert code == 2 and "audit" in err and err.count("\n") > 5


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_can_not_be_written_is_told_in_one_line(root):
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "cxr_auditor", "models"], stdout=full, stderr=subprocess.PIPE, text=True, cwd=root)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "could not be written" in done.stderr


def test_a_taken_port_is_told_in_one_line(root):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "cxr_auditor", "serve", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert done.returncode == 2 and "in use" in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr


def test_read_goes_on_after_a_bad_film(run):
    code, out, err = run("read", "not-an-image.png", "film.png", "--reader", "reference=reading.json")
    bad, good = map(json.loads, out.splitlines())
    assert code == 2 and "not-an-image.png" in err and bad["status"] == "failed"
    assert good["image"] == "film.png" and good["status"] == "ok"
    assert {"finding", "status", "sides", "box", "score"} == set(good["findings"][0])


def test_a_printed_reading_can_be_audited_against(run, folder):
    _, out, _ = run("read", "film.png", "--reader", "reference=reading.json")
    (folder / "printed.json").write_text(out)
    code, out, _ = run("audit", "film.png", "--reading", "printed.json", "--json")
    assert code == 0 and len(json.loads(out)["reading"]["findings"]) == 2


def test_the_environment_sets_defaults(run, monkeypatch):
    monkeypatch.setenv("CXR_AUDITOR_READER", "reference=reading.json")
    code, out, _ = run("audit", "film.png", "--json")
    assert code == 0 and json.loads(out)["reading"]["reader"] == "reference"


def test_it_runs_as_a_module(folder, root):
    command = [
        sys.executable,
        "-m",
        "cxr_auditor",
        "audit",
        folder / "film.png",
        "--reading",
        folder / "reading.json",
        "--draft",
        "Normal.",
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert done.returncode == 0 and json.loads(done.stdout)["schema_version"] == "1.0"
