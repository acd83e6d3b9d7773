"""The cases that are taught with: the examples and the operator's library, without a name twice."""

import json
import os
import re
import sys
from types import SimpleNamespace

import pytest
from case_films import case_data, put_case
from typer.testing import CliRunner

from cxr_auditor import cli
from cxr_auditor.errors import InputError
from cxr_auditor.examples import example_cases
from cxr_auditor.teaching.shelf import LIBRARY_VARIABLE, case_libraries, case_named, shelf, shelf_problems


@pytest.fixture
def library(tmp_path, monkeypatch):
    folder = tmp_path / "chest"
    put_case(folder, "one", seed=1)
    put_case(folder, "two", seed=2)
    monkeypatch.setenv(LIBRARY_VARIABLE, str(folder))
    return folder


def test_without_a_library_the_examples_alone(monkeypatch):
    monkeypatch.delenv(LIBRARY_VARIABLE, raising=False)
    assert [library.title for library in case_libraries()] == ["Examples"]
    assert shelf() == example_cases()


def test_the_library_stands_beside_the_examples(library):
    assert [(one.title, len(one.cases)) for one in case_libraries()] == [("Examples", len(example_cases())), ("Library chest", 2)]
    assert len({case.name for case in shelf()}) == len(shelf())
    assert case_named("two").folder.name == "two"


def test_a_case_that_was_changed_or_came_later_is_read(library):
    assert case_named("one").title == "A case"
    file = library / "one" / "case.json"
    file.write_text(json.dumps(case_data(title="Another title")))
    os.utime(file, ns=(1, 1))  # a clock need not have moved on between the two writes
    assert case_named("one").title == "Another title"
    put_case(library, "three", seed=3)
    assert case_named("three").title == "A case"


def test_what_has_not_changed_is_not_read_again(library):
    assert all(one is two for one, two in zip(shelf(), shelf(), strict=True))


@pytest.mark.parametrize(
    ("break_it", "left", "told"),
    [
        # an example's name
        (lambda folder: put_case(folder, "06-wrong-side", seed=3), {"one", "two"}, "06-wrong-side: the name 06-wrong-side is an example's"),
        # a case file that can't be read
        (
            lambda folder: (folder / "one" / "case.json").write_text("{"),
            {"two"},
            "one/case.json: must be one JSON object, but EOF.* line 1",
        ),
        # a field that is wrong
        (lambda folder: put_case(folder, "one", difficulty="brutal"), {"two"}, "one/case.json: difficulty: must be"),
        # a film that is gone
        (lambda folder: (folder / "two" / "film.png").unlink(), {"one"}, "two/case.json: film: 'film.png' is not beside it"),
        # the whole library
        (lambda folder: folder.rename(folder.parent / "away"), set(), "The library folder chest does not exist"),
    ],
)
def test_a_case_that_can_not_be_used_is_missing_alone_and_told(library, caplog, break_it, left, told):
    shelf()  # as a page that runs: what was read before must not hide the problem
    break_it(library)
    assert {case.name for case in shelf()} - {case.name for case in example_cases()} == left
    (problem,) = shelf_problems()
    assert re.search(told, problem) and str(library.parent) not in problem
    shelf()
    assert [record.getMessage() for record in caplog.records] == [f"a teaching case is left out: {library}: {problem}"]  # told once


def test_a_case_that_was_mended_is_back_and_told_anew_when_it_breaks_again(library, caplog):
    film = library / "two" / "film.png"
    shelf()  # forgets what another test was told
    for _ in range(2):
        film.rename(library / "away.png")
        assert len(shelf_problems()) == 1 and "two" not in {case.name for case in shelf()}
        (library / "away.png").rename(film)
        assert shelf_problems() == () and case_named("two")
    assert len(caplog.records) == 2


def test_a_library_that_is_not_there_is_refused_at_the_start(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cxr_auditor.web.app", SimpleNamespace(serve=lambda *_: pytest.fail("it was served")))
    done = CliRunner().invoke(cli.app, ["serve", "--library", str(tmp_path / "nowhere")])
    assert isinstance(done.exception, InputError) and "does not exist" in str(done.exception)


def test_a_name_that_is_not_there_is_told(library):
    with pytest.raises(InputError, match="no case named 'four'"):
        case_named("four")


def test_serve_takes_a_library(library, monkeypatch):
    seen = []
    monkeypatch.delenv(LIBRARY_VARIABLE)
    page = SimpleNamespace(serve=lambda *_, **__: seen.extend(one.title for one in case_libraries()))
    monkeypatch.setitem(sys.modules, "cxr_auditor.web.app", page)
    done = CliRunner().invoke(cli.app, ["serve", "--library", str(library)])
    assert done.exit_code == 0, done.output
    assert seen == ["Examples", "Library chest"]
