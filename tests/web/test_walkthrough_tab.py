"""The Walkthrough tab without a browser: what the server sends, what it escapes, whom it shows the operator's library."""

import asyncio
import json
import re
from html import unescape

import pytest
from scripted_model import small_film

from cxr_auditor.case_file import CaseFile, Difficulty
from cxr_auditor.errors import InputError
from cxr_auditor.examples import example_cases
from cxr_auditor.findings import Finding, Side
from cxr_auditor.phantom.cases import encode
from cxr_auditor.phantom.draw import draw
from cxr_auditor.reading_data import ReadingData
from cxr_auditor.schema import ImageFinding, ImageReading, ReadingStatus
from cxr_auditor.teaching.accounts import Accounts
from cxr_auditor.teaching.errors import AccessError
from cxr_auditor.teaching.people import local_person
from cxr_auditor.teaching.records import Role, Wish
from cxr_auditor.teaching.rulings import rule
from cxr_auditor.teaching.shelf import LIBRARY_VARIABLE, case_named
from cxr_auditor.teaching.sittings import Sittings
from cxr_auditor.teaching.store.address import DATABASE_VARIABLE
from cxr_auditor.teaching.store.engine import open_store
from cxr_auditor.web import who
from cxr_auditor.web.static_files import static
from cxr_auditor.web.walkthrough import actions
from cxr_auditor.web.walkthrough import tab as walkthrough_tab

LOAD = actions.load
BAD = "<img src=x onerror=alert(1)>&\"' ${alert(2)} {{alert(3)}}"


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch, tmp_path):
    """No library, no database and no door but a test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (LIBRARY_VARIABLE, DATABASE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(who, "_opened", [])


@pytest.fixture(autouse=True)
def small_films(monkeypatch):
    """Every case's film is a small one, which is drawn and sent in no time."""
    monkeypatch.setattr(actions, "load", lambda path: small_film())


@pytest.fixture
def whole_films(monkeypatch):
    monkeypatch.setattr(actions, "load", LOAD)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library of one case whose every text is hostile."""
    folder = tmp_path / "mine" / "first"
    folder.mkdir(parents=True)
    (folder / "film.jpg").write_bytes(encode(draw(2, [], 96)))
    reading = ReadingData.model_validate({"findings": [{"finding": "pneumothorax", "box": [0.1, 0.1, 0.4, 0.4]}]})
    file = CaseFile(
        title=f"title {BAD}",
        teaches=f"lesson {BAD}",
        difficulty=Difficulty.HARD,
        film="film.jpg",
        draft=f"No pneumothorax. {BAD}",
        source=f"source {BAD}",
        licence=f"licence {BAD}",
        synthetic=False,
        reading=reading,
    )
    (folder / "case.json").write_text(file.to_json(), encoding="utf-8")
    monkeypatch.setenv(LIBRARY_VARIABLE, str(tmp_path / "mine"))
    return folder


@pytest.fixture
def nobody(monkeypatch):
    """A page with accounts, and a visitor without one."""

    def refuse(request):
        raise who.SignInNeeded("You are not signed in.", "Sign in.")

    monkeypatch.setattr(who, "person_of", refuse)


@pytest.fixture
def somebody(monkeypatch):
    monkeypatch.setattr(who, "person_of", lambda request: None)


def begin(name="06-wrong-side", number=1, live=False, request=None) -> dict:
    return asyncio.run(actions.begin(name, number, live, request))


def test_all_steps_come_at_once_with_the_film_and_their_boxes(whole_films):
    answer = begin(number=7)
    walk = answer["walk"]
    assert (answer["number"], answer["problem"], walk["case"], walk["name"]) == (7, None, "06-wrong-side", "Examples, case 6 of 11")
    assert walk["film"].startswith("data:image/png;base64,") and walk["ratio"] == 1
    assert [step["kind"] for step in walk["steps"]] == ["film", *["area"] * 7, "draft", "parsed", "seen", "flag", "lesson"]
    assert all(step["html"].strip() for step in walk["steps"])
    lit = [lit for step in walk["steps"] for lit in step["lit"]]
    assert all(len(one["box"]) == 4 and 0 <= min(one["box"]) <= max(one["box"]) <= 1 for one in lit)
    json.dumps(answer)  # as it travels


@pytest.mark.parametrize("case", example_cases(), ids=lambda case: case.name)
def test_what_a_room_reads(case):
    """The last step has the lesson and the corrected draft; what is struck and what is added is told in words too."""
    html = {step["kind"]: unescape(step["html"]) for step in begin(case.name)["walk"]["steps"]}
    assert case.teaches in html["lesson"]
    assert ("struck: " in html["lesson"]) == ("<del>−" in html["lesson"]) and ("added: " in html["lesson"]) == ("<ins>+" in html["lesson"])
    assert ("flag" in html) == ("No flag" not in html["lesson"])
    assert "Heart" in html["parsed"] or "heart" in html["parsed"] or "silhouette" in html["parsed"]


def test_a_side_is_struck_and_the_other_added():
    lesson = begin()["walk"]["steps"][-1]["html"]
    assert '<del><span class="sr">struck: </span>left</del><ins><span class="sr">added: </span>right</ins>' in lesson


def test_what_is_missing_is_said_in_words_where_neither_box_nor_word_can_be_marked():
    flags = {name: begin(name)["walk"]["steps"][-2] for name in ("03-omitted-pneumothorax", "11-urgent-claim")}
    assert "No words are marked" in flags["03-omitted-pneumothorax"]["html"] and flags["03-omitted-pneumothorax"]["lit"]
    assert "No box" in flags["11-urgent-claim"]["html"] and not flags["11-urgent-claim"]["lit"]


def test_no_text_of_a_case_is_run(library, somebody):
    answer = begin("first")
    markup = "".join(step["html"] for step in answer["walk"]["steps"])
    assert "<img" not in markup and "onerror=alert(1)&gt;" in markup
    assert "A film of a patient" in markup and "standard frontal film" in markup
    for step in answer["walk"]["steps"]:
        tags = re.sub(r">[^<]*<", "><", f">{step['html']}<")
        assert "alert" not in tags  # in no tag and no attribute


def test_templates_hold_nothing_that_gradio_would_run():
    assert not re.search(r"\$\{|\{\{|`|\\", static("walkthrough.html"))


def test_no_film_is_written(tmp_path, whole_films):
    before = {path for path in tmp_path.rglob("*")}
    begin(live=False)
    assert {path for path in tmp_path.rglob("*")} == before


# What is not there


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nope", "no case named 'nope'"),
        ("../06-wrong-side", "no case named '../06-wrong-side'"),
        ("", "no case named ''"),
        (None, "no case named None"),
        (["06-wrong-side"], "no case named"),
    ],
)
def test_a_case_that_is_not_there_is_told(name, told):
    with pytest.raises(InputError, match=re.escape(told)):
        begin(name)


def test_an_error_becomes_an_answer_to_its_question():
    answer = actions.told(InputError("No such case.", "Choose one."), 4)
    assert answer == {"number": 4, "shelf": None, "walk": None, "problem": "No such case. Choose one."}


def test_an_unexpected_error_keeps_its_words_to_itself():
    try:
        raise RuntimeError("quietword")
    except RuntimeError as error:
        problem = actions.told(error, 1)["problem"]
    assert "RuntimeError" in problem and "quietword" not in problem


def test_a_film_that_is_broken_is_told(library, somebody, whole_films):
    (library / "film.jpg").write_bytes(b"no film")
    with pytest.raises(InputError):
        begin("first")


# The library


def titles(answer: dict) -> list[str]:
    return [library["title"] for library in answer["shelf"]]


def test_the_operators_library_is_shown_to_people_of_this_page_alone(library, nobody):
    """Its films may be patients'; the examples are everybody's."""
    assert titles(actions.public_shelf()) == titles(actions.shelf(None)) == ["Examples"]
    assert begin("01-normal")["walk"]
    with pytest.raises(who.SignInNeeded):
        begin("first")


def test_whoever_is_signed_in_may_choose_from_the_library(library, somebody):
    assert titles(actions.shelf(None)) == ["Examples", "Library mine"]
    assert begin("first")["walk"]["name"] == "Library mine, case 1 of 1"


def test_a_case_that_broke_is_left_out_and_no_path_is_shown(library, somebody):
    (library / "case.json").write_text("{")
    answer = walkthrough_tab._shelf(None)
    assert titles(answer) == ["Examples"] and answer["problem"] is None


@pytest.fixture
def class_room(tmp_path, monkeypatch):
    """A page with accounts; its store, and a way to come in: the request is the person."""
    store = open_store(f"sqlite:///{tmp_path / 'teaching.sqlite'}")
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{tmp_path / 'teaching.sqlite'}")
    who.open_door(who.Door(who.Login.ACCOUNTS, store))

    def known(request):
        if request is None:
            raise who.SignInNeeded("You are not signed in.", "Sign in.")
        return request

    monkeypatch.setattr(who, "person_of", known)
    yield Accounts(store)
    store.close()


def test_a_trainee_is_not_shown_a_case_before_the_own_draft_of_it_is_committed(class_room, whole_films):
    ada, bo = class_room.add("ada", "a long password"), class_room.add("bo", "a long password")
    tess = class_room.add("tess", "a long password", Role.TEACHER)
    sittings = Sittings(class_room.store, example_cases)
    waiting = {person.name: sittings.begin(person, Wish(size=1), None) for person in (ada, tess)}
    name = waiting["ada"].turns[0].case
    assert waiting["tess"].turns[0].case == name
    with pytest.raises(AccessError, match="waits to be read in a session of yours.*Commit your draft"):
        begin(name, request=ada)
    other = next(case.name for case in example_cases() if case.name != name)
    assert begin(other, request=ada)["walk"]
    for person in (bo, tess, None):  # who has no such session, who teaches, who is not signed in
        assert begin(name, request=person)["walk"]
    sittings.commit(ada, waiting["ada"].key, 1, "Normal chest.")
    assert begin(name, request=ada)["walk"]


# A reader, and a teacher


def test_a_reader_that_is_asked_is_shown_with_its_errors(monkeypatch):
    seen = ImageReading(reader="lite", findings=(ImageFinding(finding=Finding.PLEURAL_EFFUSION, sides=(Side.LEFT,)),))
    monkeypatch.setattr(actions, "read_film", lambda film, reader: seen)
    html = {step["kind"]: step["html"] for step in begin(live=True)["walk"]["steps"]}["seen"]
    assert "wrong: called, but not there" in html and "wrong: missed" in html
    assert "lite saw" in html and "lite saw" not in begin()["walk"]["steps"][10]["html"]


def test_a_reader_that_fails_is_shown_as_failed(monkeypatch):
    failed = ImageReading(reader="lite", status=ReadingStatus.FAILED, message="The weights are gone <now>.")
    monkeypatch.setattr(actions, "read_film", lambda film, reader: failed)
    html = {step["kind"]: step["html"] for step in begin(live=True)["walk"]["steps"]}["seen"]
    assert "the reader failed." in html and "The weights are gone &lt;now&gt;." in html and "wrong:" not in html


def test_the_lite_reader_itself_is_asked(whole_films):
    html = {step["kind"]: step["html"] for step in begin("02-faithful", live=True)["walk"]["steps"]}["seen"]
    assert "How lite did" in html and "the reader failed" not in html


def test_a_teachers_ruling_is_the_truth_that_is_shown(tmp_path, monkeypatch):
    address = f"sqlite:///{tmp_path / 'teaching.sqlite'}"
    monkeypatch.setenv(DATABASE_VARIABLE, address)
    store = open_store(address)
    who.open_door(who.Door(who.Login.NONE, store))
    case = case_named("06-wrong-side")
    after = ImageReading(reader="reference", findings=(ImageFinding(finding=Finding.LUNG_OPACITY_CONSOLIDATION, sides=(Side.LEFT,)),))
    before = begin(case.name)["walk"]["steps"]
    rule(store, local_person(store), case, after, "The film was mirrored.")
    steps = begin(case.name)["walk"]["steps"]
    store.close()
    assert [step["kind"] for step in before].count("flag") == 1 and "flag" not in [step["kind"] for step in steps]
    assert "corrected here by a teacher" in steps[10]["html"]
