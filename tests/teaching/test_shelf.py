"""The cases that are taught with: the examples and the operator's library, without a name twice."""

import json
import os
import sys
from types import SimpleNamespace

import pytest
from case_films import case_data, put_case
from typer.testing import CliRunner

from cxr_auditor import cli
from cxr_auditor.errors import InputError
from cxr_auditor.examples import example_cases
from cxr_auditor.teaching.shelf import LIBRARY_VARIABLE, case_libraries, case_named, shelf


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
    ("break_it", "told"),
    [
        # an example's name
        (lambda folder: put_case(folder, "06-wrong-side", seed=3), "the name 06-wrong-side is an example's.*another name"),
        # a case file that can't be read
        (lambda folder: (folder / "one" / "case.json").write_text("{"), "one.*must be one JSON object"),
        # a film that is gone
        (lambda folder: (folder / "two" / "film.png").unlink(), "two.*film.*is not beside it"),
    ],
)
def test_a_library_that_can_not_be_used_is_told(library, break_it, told):
    break_it(library)
    with pytest.raises(InputError, match=told):
        shelf()


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
