"""The Teacher tab's handlers, on a real store with a real session behind them."""

import base64
import csv

import pytest
from argon2 import PasswordHasher

from cxr_auditor.case_file import load_case
from cxr_auditor.errors import InputError
from cxr_auditor.examples import example_cases
from cxr_auditor.findings import Finding, Side
from cxr_auditor.teaching import rulings
from cxr_auditor.teaching.accounts import Accounts
from cxr_auditor.teaching.check import check_library
from cxr_auditor.teaching.errors import AccessError
from cxr_auditor.teaching.passwords import Passwords
from cxr_auditor.teaching.people import local_person
from cxr_auditor.teaching.records import Against, Role, Stance, Wish
from cxr_auditor.teaching.shelf import shelf
from cxr_auditor.teaching.sittings import Sittings
from cxr_auditor.teaching.store.engine import open_store
from cxr_auditor.web import who
from cxr_auditor.web.teach import actions as teach_actions
from cxr_auditor.web.teach import new as teach_new


@pytest.fixture
def people(tmp_path, monkeypatch):
    """A store with a teacher and two trainees, of whom only the first is in the teacher's group; `request` is whose turn it is."""
    store = open_store(f"sqlite:///{tmp_path / 'teaching.sqlite'}")
    monkeypatch.setattr(who, "_opened", [who.Door(who.Login.ACCOUNTS, store)])
    monkeypatch.setattr(who, "person_of", lambda request: request)
    accounts = Accounts(store, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    yield {
        "teacher": accounts.add("tess", "a long password", Role.TEACHER, "spring"),
        "ada": accounts.add("ada", "a long password", Role.TRAINEE, "spring"),
        "bo": accounts.add("bo", "a long password", Role.TRAINEE),
    }
    store.close()


def read_wrongly(person, case_with: Finding = Finding.PNEUMOTHORAX, stance: Stance = Stance.DISAGREE):
    """A session in which the person calls every film normal, and doubts the first flag about the case; the case's name."""
    sittings = Sittings(who.door().store, shelf)
    sitting = sittings.begin(person, Wish(size=1, findings=(case_with,), normals=0), None)
    turn = sittings.commit(person, sitting.key, 1, "Normal chest.")
    sittings.answer(person, sitting.key, 1, Against.TRUTH, "f1", stance, "It is a <skin fold>.")
    return turn.case


BOX = [0.2, 0.1, 0.4, 0.3]  # in the image's left half: the patient's right


def ruling(person, name: str, **change):
    """What the browser sends to rule on the case on show, with every entry kept unless `change` says otherwise."""
    room = teach_actions.pick(person, {"case": name}).room
    keep = list(range(room["html"].count('name="keep"')))
    return {"case": name, "seen": room["seen"], "keep": keep, "entries": [], "why": "I looked again.", "uphold": False} | change


def true_now(name: str):
    with who.door().store.look() as session:
        return rulings.truth(session, next(case for case in shelf() if case.name == name))


def test_a_teacher_sees_the_group_and_nobody_else(people):
    read_wrongly(people["ada"])
    read_wrongly(people["bo"])
    html = teach_actions.show(people["teacher"]).room["html"]
    assert "Sessions of ada" in html and "Sessions of bo" not in html and "spring" in html
    assert "ada disagrees" in html and "Pneumothorax" in html


def test_a_trainee_is_refused(people, tmp_path, monkeypatch):
    ada = people["ada"]
    read_wrongly(ada)
    monkeypatch.setenv("CXR_AUDITOR_LIBRARY", str(tmp_path))
    for handler in (
        lambda: teach_actions.show(ada),
        lambda: teach_actions.pick(ada, {"case": "x"}),
        lambda: teach_actions.find(ada, {"case": "x"}),
        lambda: teach_actions.rule(ada, {}),
        lambda: teach_actions.open_sitting(ada, {"key": "x"}),
        lambda: teach_actions.download(ada, {"what": "group_csv"}),
        lambda: teach_new.start(ada),
        lambda: teach_new.take(ada, "", 0),
        lambda: teach_new.save(ada, {}, None),
    ):
        with pytest.raises(AccessError, match="for teachers"):
            handler()


def test_a_teacher_without_a_group_is_told_so(people):
    Accounts(who.door().store).set_group("tess", None)
    screen = teach_actions.show(people["teacher"].model_copy(update={"group": None}))
    assert "in no group" in screen.notice["html"] and "No session yet" in screen.room["html"]


def test_a_case_that_is_left_out_is_told_to_the_teacher_without_the_servers_path(people, tmp_path, monkeypatch):
    (tmp_path / "mine" / "bent").mkdir(parents=True)
    (tmp_path / "mine" / "bent" / "case.json").write_text("{")
    monkeypatch.setenv("CXR_AUDITOR_LIBRARY", str(tmp_path / "mine"))
    read_wrongly(people["ada"])  # of the examples: training goes on
    told = teach_actions.show(people["teacher"]).notice["html"]
    assert "A case of the library is left out: bent/case.json: must be one JSON object" in told and str(tmp_path) not in told


def test_the_one_user_of_a_computer_sees_the_own_sessions(people, monkeypatch):
    person = local_person(who.door().store)
    read_wrongly(person)
    monkeypatch.setattr(who, "_opened", [who.Door(who.Login.NONE, who.door().store)])
    monkeypatch.setattr("cxr_auditor.web.train.desk.nothing_stored", lambda: False)
    assert "Sessions of local" in teach_actions.show(person).room["html"]


def test_a_doubted_case_is_put_on_show_with_its_true_boxes_and_what_was_written(people):
    name = read_wrongly(people["ada"])
    screen = teach_actions.pick(people["teacher"], {"case": name})
    assert screen.room["case"] == name and screen.viewer["src"].startswith("data:image/png")
    assert "&lt;skin fold&gt;" in screen.room["html"] and "Normal chest." in screen.room["html"]
    assert screen.room["marks"]


def test_a_drawn_box_corrects_the_truth_on_its_side_and_settles_the_doubt(people):
    name = read_wrongly(people["ada"])
    sent = ruling(people["teacher"], name, entries=[{"finding": "nodule_mass", "box": BOX}])
    screen = teach_actions.rule(people["teacher"], sent)
    assert "Nodule / mass, right" in screen.notice["html"] and "No flag is doubted" in screen.room["html"]
    assert "tess" in screen.room["html"] and "I looked again." in screen.room["html"]
    added = next(found for found in true_now(name).findings if found.finding is Finding.NODULE_MASS)
    assert added.sides == (Side.RIGHT,) and added.box.as_list() == BOX


def test_an_entry_that_is_not_kept_goes_and_one_without_a_box_comes(people):
    name = read_wrongly(people["ada"])
    sent = ruling(people["teacher"], name, keep=[], entries=[{"finding": "pleural_effusion", "side": "both sides", "status": "uncertain"}])
    teach_actions.rule(people["teacher"], sent)
    (found,) = true_now(name).findings
    assert (found.finding, found.status, len(found.sides), found.box) == (Finding.PLEURAL_EFFUSION, "uncertain", 2, None)


def test_an_upheld_truth_settles_the_doubt_too(people):
    name = read_wrongly(people["ada"], stance=Stance.UNSURE)
    assert "ada is unsure" in teach_actions.show(people["teacher"]).room["html"]
    screen = teach_actions.rule(people["teacher"], ruling(people["teacher"], name, uphold=True))
    assert "The truth stands" in screen.notice["html"] and "upheld" in screen.room["html"]
    assert "No flag is doubted" in screen.room["html"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"case": ""}, "No case is on show"),  # pressed before a case was chosen
        ({"case": "nowhere"}, "no case named"),  # a case that has left the library
        ({}, "truth as it stands"),  # nothing changed
        ({"seen": "another"}, "in the meantime"),  # another teacher was faster
        ({"uphold": True, "keep": []}, "can't stand and be changed"),  # upheld with an entry taken out
        ({"entries": [{"finding": "pneumothorax"}]}, "a box, or at least a side"),  # neither drawn nor a side
        ({"entries": [{"finding": "pneumothorax", "box": [0, 0, 0, 9]}]}, "did not arrive"),  # no box of this frame
        ({"entries": [{"finding": "mouse", "side": "left"}]}, "no such finding"),  # outside the vocabulary
        ({"keep": [], "why": " "}, "needs a reason"),  # no reason
    ],
)
def test_what_can_not_be_ruled_is_told(people, change, words):
    sent = ruling(people["teacher"], read_wrongly(people["ada"]))
    with pytest.raises(InputError, match=words):
        teach_actions.rule(people["teacher"], sent | change)


def test_a_teacher_looks_into_a_session_of_the_group_and_into_no_other(people):
    read_wrongly(people["ada"])
    read_wrongly(people["bo"])
    sittings = Sittings(who.door().store, shelf)
    ada, bo = (sittings.of(people[name])[0].key for name in ("ada", "bo"))
    figures = teach_actions.open_sitting(people["teacher"], {"key": ada, "number": None}).room
    assert figures["view"] == "session" and "Back to the group" in figures["html"]
    case = teach_actions.open_sitting(people["teacher"], {"key": ada, "number": 1})
    assert "Disagree" in case.room["html"] and "&lt;skin fold&gt;" in case.room["html"] and case.room["marks"]
    assert "<input" not in case.room["html"]  # she looks on
    assert "ada spent" in case.room["html"] and "You " not in figures["html"]
    with pytest.raises(AccessError, match="no such session"):
        teach_actions.open_sitting(people["teacher"], {"key": bo, "number": 1})


def test_an_address_leads_to_what_it_names_else_to_the_group_with_the_reason(people):
    name, teacher = read_wrongly(people["ada"]), people["teacher"]
    key = Sittings(who.door().store, shelf).of(people["ada"])[0].key
    nothing = {"case": None, "key": None, "number": None}
    views = {"case": {"case": name}, "session": {"key": key}, "turn": {"key": key, "number": 1}, "group": {}}
    assert [teach_actions.find(teacher, nothing | named).room["view"] for named in views.values()] == list(views)
    turn = teach_actions.find(teacher, nothing | views["turn"]).room
    assert (turn["key"], turn["number"]) == (key, 1)  # what the page makes the address of
    for gone, words in (({"case": "nowhere"}, "no case named"), ({"key": "x"}, "no such session")):
        screen = teach_actions.find(teacher, nothing | gone)
        assert screen.room["view"] == "group" and words in screen.notice["html"]


def test_the_groups_table_has_a_row_for_each_trainee_case_and_finding(people):
    read_wrongly(people["ada"])
    read_wrongly(people["bo"])
    parcel = teach_actions.download(people["teacher"], {"what": "group_csv"})
    rows = list(csv.DictReader(base64.b64decode(parcel["base64"]).decode().splitlines()))
    assert [(row["trainee"], row["finding"]) for row in rows] == [("ada", finding.value) for finding in Finding]
    missed = {row["finding"]: int(row["missed"]) for row in rows}
    assert missed["pneumothorax"] >= 1 and all(row["on_film"] == row["missed"] for row in rows)  # the draft was "Normal chest."


# A new case


FIELDS = {"title": "A drawn case", "teaches": "Look at the apex.", "source": "Drawn here", "licence": "CC0", "difficulty": "easy"}


@pytest.fixture
def library(tmp_path, monkeypatch):
    folder = tmp_path / "library"
    monkeypatch.setenv("CXR_AUDITOR_LIBRARY", str(folder))
    return folder


@pytest.fixture
def film(people, library):
    """A film as the server holds it after it was dropped."""
    data = example_cases()[2].film_path.read_bytes()
    return teach_new.take(people["teacher"], base64.b64encode(data).decode(), len(data)).film


def test_a_drawn_case_is_in_the_library_and_on_the_shelf(people, library, film):
    sent = FIELDS | {"entries": [{"finding": "pneumothorax", "box": BOX}], "synthetic": "yes"}
    screen = teach_new.save(people["teacher"], sent, film)
    assert "Pneumothorax, right" in screen.notice["html"] and screen.film is None
    assert check_library(library) == (1, [])
    case = load_case(library / "case-0001", "")
    assert (case.title, case.difficulty, case.synthetic) == ("A drawn case", "easy", True)
    assert case.reading.findings[0].box.as_list() == BOX and "case-0001" in {one.name for one in shelf()}
    with pytest.raises(InputError, match="has this film already"):
        teach_new.save(people["teacher"], sent, film)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        *(({name: " "}, name, "is missing") for name in ("title", "teaches", "source", "licence")),
        ({"difficulty": "wild"}, "difficulty", "Choose easy, medium or hard"),
        ({"title": "x" * 121}, "title", "121 characters"),  # too long
        ({"draft": "\x00"}, "draft", "no text can have"),  # what no text holds
        ({"entries": [{"finding": "pneumothorax"}]}, "finding", "at least a side"),  # no place on the film
    ],
)
def test_an_error_names_its_field_and_nothing_is_written(people, library, film, change, field, words):
    with pytest.raises(InputError) as told:
        teach_new.save(people["teacher"], FIELDS | {"entries": []} | change, film)
    assert words in str(told.value) and not library.exists()
    screen = teach_new.problem(told.value)
    assert screen.notice["field"] == field and screen.room is teach_new.NewScreen().room  # what was typed stays


def test_without_a_library_the_page_says_how_to_start_one(people, monkeypatch):
    monkeypatch.delenv("CXR_AUDITOR_LIBRARY", raising=False)
    assert "serve --library" in teach_new.start(people["teacher"]).room["html"]
    with pytest.raises(InputError, match="no library"):
        teach_new.save(people["teacher"], FIELDS, None)


def test_a_film_that_is_missing_is_told(people, library):
    with pytest.raises(InputError, match="film is missing"):
        teach_new.save(people["teacher"], FIELDS | {"entries": []}, None)
