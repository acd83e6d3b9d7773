"""`cxr-auditor cases ...` as another program sees it."""

import json
import os
import signal
import sys
import time

import pytest
import typer
from case_films import TRUTH, everything, put_case, put_film

from cxr_auditor import cli
from cxr_auditor.findings import Finding
from cxr_auditor.phantom import starter_library
from cxr_auditor.phantom.cases import redraw
from cxr_auditor.teaching import cli as cases_cli
from cxr_auditor.teaching import own_films
from cxr_auditor.teaching.cases import load_library
from cxr_auditor.teaching.own_films import table_cases


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Calls the command line in this process, in a folder of its own: (exit code, stdout, stderr)."""

    def call(*arguments):
        root = typer.Typer()
        root.add_typer(cases_cli.app, name="cases")
        monkeypatch.setattr(cli, "app", root)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["cxr-auditor", "cases", *arguments])
        with pytest.raises(SystemExit) as done:
            cli.main()
        return done.value.code, *capfd.readouterr()

    return call


@pytest.fixture
def own(tmp_path):
    """A folder of two films with a table."""
    put_film(tmp_path / "mine" / "a.png", 1)
    put_film(tmp_path / "mine" / "b.png", 2)
    rows = "file,finding,side,x0,y0,x1,y1\na.png,pneumothorax,right,0.1,0.1,0.4,0.4\nb.png,no_finding,,,,,\n"
    (tmp_path / "mine" / "boxes.csv").write_text(rows, encoding="utf-8")
    return ["--films", "mine", "--table", "mine/boxes.csv", "--boxes", "fractions", "--source", "Mine", "--licence", "CC0"]


def test_own_films_from_import_to_list(run, own):
    code, out, err = run("add", *own, "--out", "library")
    assert (code, out) == (0, "Added 2 cases: case-0001 to case-0002.\n") and "burnt into the pixels" in err
    assert run("check", "library") == (0, "2 cases, no problems.\n", "")
    code, out, err = run("list", "library", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and [line["name"] for line in lines] == ["case-0001", "case-0002"]
    assert lines[0]["findings"] == [{"finding": "pneumothorax", "status": "present", "sides": ["right"]}]
    assert run("list", "library")[1].splitlines()[1].split()[:3] == ["case-0001", "pneumothorax", "right"]


def test_films_that_the_table_does_not_list_are_counted_and_named(run, own, tmp_path):
    for number in range(12):
        put_film(tmp_path / "mine" / "more" / f"c{number:02}.png", 10 + number)
    code, out, err = run("add", *own, "--out", "library")
    names = ", ".join(f"more/c{number:02}.png" for number in range(10))
    assert code == 0 and f"Left out: 12 films that boxes.csv does not list: {names} and 2 more.\n" in err
    assert out == "Added 2 cases: case-0001 to case-0002.\n"


def test_a_film_of_the_table_that_is_not_there_is_named(run, own, tmp_path):
    (tmp_path / "mine" / "b.png").unlink()
    code, _, err = run("add", *own, "--out", "library")
    assert code == 2 and err.startswith("boxes.csv, line 3, column 'file': mine/b.png: There is no image file")


def test_whoever_reads_along_gets_a_sign_of_life_every_ten_films(run, own, tmp_path):
    rows = "file,finding\n" + "".join(f"{number}.png,no_finding\n" for number in range(25))
    (tmp_path / "mine" / "boxes.csv").write_text(rows, encoding="utf-8")
    for number in range(25):
        put_film(tmp_path / "mine" / f"{number}.png", number + 100)
    code, out, err = run("add", *own, "--out", "library")
    assert (code, out) == (0, "Added 25 cases: case-0001 to case-0025.\n")
    assert err.startswith("copying: 10 of 25\ncopying: 20 of 25\nLeft out: 2 films that boxes.csv does not list: a.png, b.png.\n")


def test_an_import_that_is_terminated_leaves_nothing(run, own, tmp_path, monkeypatch):
    def terminated(*given):
        yield next(table_cases(*given))
        assert list((tmp_path / "library").glob(".adding-*/case-0001"))
        os.kill(os.getpid(), signal.SIGTERM)
        yield from ()

    monkeypatch.setattr(own_films, "table_cases", terminated)
    before = signal.getsignal(signal.SIGTERM)
    code, out, _ = run("add", *own, "--out", "library")
    assert (code, out) == (143, "") and not (tmp_path / "library").exists()
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_a_killed_import_left_is_taken_away_by_the_next_one(run, own, tmp_path):
    for name, age in ((".adding-killed", 7200), (".adding-at-work", 60)):
        put_case(tmp_path / "library" / name, "case-0001")
        os.utime(tmp_path / "library" / name, (time.time() - age,) * 2)
    assert run("add", *own, "--out", "library")[0] == 0
    assert sorted(path.name for path in (tmp_path / "library").iterdir()) == [".adding-at-work", "case-0001", "case-0002"]


def test_the_same_import_again_adds_nothing(run, own, tmp_path):
    run("add", *own, "--out", "library")
    was = everything(tmp_path)
    code, _, err = run("add", *own, "--out", "library")
    assert code == 2 and "Left out: 2 films that the library has already." in err and "Nothing was added" in err
    assert everything(tmp_path) == was


def test_a_dataset_says_what_it_leaves_out(run, tmp_path):
    put_film(tmp_path / "set" / "images" / "00000001_000.png", 3)
    (tmp_path / "set" / "Data_Entry_2017.csv").write_text(
        "Image Index,Finding Labels,Patient ID\n00000001_000.png,No Finding,1\n00000002_000.png,No Finding,2\n", encoding="utf-8"
    )
    given = ["--dataset", "nih", "--data", "set", "--licence", "CC0", "--out", "library"]
    code, out, err = run("add", *given)
    assert (code, out) == (0, "Added 1 case: case-0001.\n") and "Left out: 1 film without an image in the folder." in err
    assert load_library(tmp_path / "library")[0].source == "NIH ChestX-ray14"
    code, _, err = run("add", *given[:-1], "other", "--normals", "0")  # a share that no film of the set can give
    assert code == 2 and "Of 1 usable films none is left" in err and not (tmp_path / "other").exists()


# arguments, what the one line on stderr must say
WRONG = [
    (["add", "--out", "l"], "Say what to add"),
    (["add", "--out", "l", "--starter", "--films", "mine"], "Say what to add"),
    (["add", "--out", "l", "--starter", "--licence", "CC0"], "--licence does nothing with --starter"),
    (["add", "--out", "l", "--films", "mine", "--limit", "3"], "--limit does nothing with --films"),
    (["add", "--out", "l", "--films", "mine", "--source", "me"], "--licence is missing"),
    (["add", "--out", "l", "--films", "mine", "--licence", "CC0"], "--source is missing"),
    (["add", "--out", "l", "--films", "mine", "--licence", " ", "--source", "me"], "--licence is missing"),  # blank is nothing
    (["add", "--out", "l", "--films", "gone", "--licence", "CC0", "--source", "me"], "gone does not exist"),
    (["add", "--out", "l", "--films", ".", "--licence", "CC0", "--source", "me", "--boxes", "pixels"], "Give the table"),
    (["add", "--out", "l", "--films", ".", "--licence", "CC0", "--source", "me", "--table", "no.csv"], "no.csv can't be opened"),
    (["add", "--out", "l", "--dataset", "vindr", "--licence", "CC0"], "--data is missing"),
    (["add", "--out", "l", "--dataset", "mimic", "--data", ".", "--licence", "CC0"], "Known: films"),
    (["add", "--out", "l", "--dataset", "nih", "--data", ".", "--licence", "CC0", "--votes", "most"], "--votes 'most' is not known"),
    (["list", "gone"], "gone does not exist"),
    (["check", "gone"], "gone does not exist"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_bad_input_is_one_line_and_leaves_nothing(run, tmp_path, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "") and message in err and err.count("\n") == 1
    assert not (tmp_path / "l").exists()


def test_a_bad_table_is_one_line(run, own, tmp_path):
    (tmp_path / "mine" / "boxes.csv").write_text("file,finding\na.png,lump\n", encoding="utf-8")
    code, out, err = run("add", *own, "--out", "library")
    assert (code, out) == (2, "") and err.startswith("boxes.csv, line 2, column 'finding': must be one of") and err.count("\n") == 1


def test_check_prints_each_problem_and_exits_with_2(run, tmp_path):
    put_case(tmp_path / "library", "good", seed=1)
    put_case(tmp_path / "library", "worse", seed=2, licence=None, teaches="")
    code, out, err = run("check", "library")
    assert (code, err) == (2, "")
    assert out.splitlines() == [
        "worse/case.json: teaches: must not be empty.",
        "worse/case.json: licence: must be given.",
        "2 cases, 2 problems.",
    ]


def test_a_broken_case_is_not_listed_as_if_it_were_whole(run, tmp_path):
    put_case(tmp_path / "library", "worse", licence=None)
    code, out, err = run("list", "library")
    assert (code, out) == (2, "") and "licence: must be given" in err and "cxr-auditor cases check" in err


def test_the_starter_library_is_drawn_once(run, tmp_path, monkeypatch):
    few = tuple(case.model_copy(update={"size": 256}) for case in starter_library()[8:50:20])  # the geometry is the same at any size
    monkeypatch.setattr("cxr_auditor.teaching.starter.starter_library", lambda: few)
    code, out, err = run("add", "--starter", "--out", "library")
    assert (code, err) == (0, "") and out == "Added 3 cases: synthetic-109 to synthetic-149.\n"
    assert run("check", "library") == (0, "3 cases, no problems.\n", "")
    last = load_library(tmp_path / "library")[-1]
    assert last.synthetic and last.reading.scope == tuple(Finding) and len(last.reading.findings) == 2
    assert last.teaches == few[-1].teaches and last.difficulty is few[-1].difficulty
    assert redraw(last.seed, last.generator).findings == last.reading.findings
    code, _, err = run("add", "--starter", "--out", "library")
    assert code == 2 and "library already holds synthetic-109; nothing is overwritten" in err


def test_films_with_readings_beside_them(run, tmp_path):
    put_film(tmp_path / "mine" / "a.png")
    (tmp_path / "mine" / "a.json").write_text(json.dumps(TRUTH), encoding="utf-8")
    code, out, err = run(
        "add", "--films", "mine", "--source", "Mine", "--licence", "CC0", "--synthetic", "--difficulty", "hard", "--out", "l"
    )
    assert (code, out, err) == (0, "Added 1 case: case-0001.\n", "")
    (case,) = load_library(tmp_path / "l")
    assert (case.synthetic, case.difficulty) == (True, "hard")
