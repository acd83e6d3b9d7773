"""The Train tab's handlers: who sees what, and when; what is kept; what can be taken home or deleted."""

import asyncio
import base64
import csv
import io
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, update

from cxr_auditor.errors import InputError
from cxr_auditor.examples import example_cases
from cxr_auditor.schema import ImageReading, ReadingStatus
from cxr_auditor.teaching import keeping, plan
from cxr_auditor.teaching.accounts import Accounts
from cxr_auditor.teaching.errors import AccessError
from cxr_auditor.teaching.people import person_named
from cxr_auditor.teaching.records import Role, Sitting, Turn, Wish
from cxr_auditor.teaching.store.engine import open_store
from cxr_auditor.teaching.store.tables import PersonRow
from cxr_auditor.web import who
from cxr_auditor.web.train import files as train_files
from cxr_auditor.web.train import forms as train_forms
from cxr_auditor.web.train import render as train_render
from cxr_auditor.web.train import saves as train_saves
from cxr_auditor.web.train.actions import TrainActions
from cxr_auditor.web.train.desk import trainee
from cxr_auditor.web.who import Door, Login

SEED = 26
FIELDS = {"size": ["5"], "normals": ["30"], "seed": [str(SEED)], "reader": [""]}
NAMES = plan.choose(example_cases(), Wish(seed=SEED, again=False))
DRAFT = "Left pneumothorax, aardvark <b>."


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('train') / 'teaching.sqlite3'}")
    yield store
    store.close()


@pytest.fixture
def people(store, monkeypatch):
    """Two trainees of a page with accounts. In these tests a request is the person who sends it."""
    monkeypatch.setattr(who, "_opened", [Door(Login.ACCOUNTS, store)])
    monkeypatch.setattr(who, "person_of", lambda request: request)
    with store.begin() as session:
        session.execute(delete(PersonRow))
        for name in ("ada", "ben"):
            session.add(PersonRow(name=name, role=Role.TRAINEE.value, made=datetime.now(UTC)))
    return person_named(store, "ada"), person_named(store, "ben")


@pytest.fixture
def actions():
    return TrainActions((("Lite", "lite"),), "rules")


NOTHING_YET = {"draft": "", "marks": []}


def sent(room, draft=DRAFT, marks=(), seconds=3.0, over=(NOTHING_YET,)):
    """What the browser sends of the case on show."""
    work = {"draft": draft, "marks": list(marks), "seconds": seconds, "over": list(over)}
    return {"key": room["key"], "number": room["number"]} | work


def commit(actions, person, room, draft=DRAFT, **more):
    async def all_screens():
        return [screen async for screen in actions.commit(person, sent(room, draft, **more))]

    return asyncio.run(all_screens())[-1]


def address(room, number=None):
    return {"key": room["key"], "number": number}


# Before the commit


def told_of(case):
    """All that the browser gets of a case before its draft is committed, but for the film's pixels."""
    turn = Turn(number=1, case=case.name, truth=case.reading)
    sitting = Sitting(key="k", person=1, name="ada", wish=Wish(), reader=None, parser="rules", started=datetime.now(UTC), turns=(turn,))
    return train_render.reading(sitting, turn) | {"serial": 0}


def test_before_the_commit_every_case_looks_the_same_but_for_its_pixels():
    first, *rest = [told_of(case) for case in example_cases()]
    assert all(other == first for other in rest)


def test_before_the_commit_no_answer_of_the_server_names_anything_of_the_case(people, actions):
    ada, _ = people
    case = next(case for case in example_cases() if case.name == NAMES[0])
    begun = actions.begin(ada, FIELDS)
    again = actions.open(ada, address(begun.room))
    peeked = actions.open(ada, address(begun.room, 1))  # an address that asks for the reveal of a case that is not committed
    kept = train_saves.keep(sent(begun.room), ada)
    for screen in (begun, again, peeked):
        text = json.dumps([screen.notice, screen.room, screen.viewer["key"]])
        assert screen.room["view"] == "read" and screen.room["marks"] == []
        assert screen.viewer["src"].startswith("data:image/png;base64,")
        assert screen.viewer["key"] == f"{begun.room['key']}/1"  # a film's checksum would tell a known film
        for secret in (case.name, case.title, case.teaches, "MISSING", "0.1357", '"truth"'):
            assert secret not in text
    assert kept == {"stored": True}


def test_the_first_visit_opens_no_database(tmp_path, monkeypatch, actions):
    monkeypatch.setattr(who, "_opened", [Door(Login.NONE)])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("CXR_AUDITOR_DATABASE", raising=False)
    room = actions.open(object(), {"key": None, "number": None}).room
    assert "Nothing is stored yet" in room["html"] and "My sessions" not in room["html"]
    assert list(tmp_path.iterdir()) == []


# A session


def test_a_draft_is_kept_and_found_again(people, actions):
    ada, _ = people
    room = actions.begin(ada, FIELDS).room
    mark = {"finding": "pneumothorax", "box": [0.1, 0.6, 0.5, 0.9]}
    assert train_saves.keep(sent(room, marks=[mark], seconds=41), ada) == {"stored": True}
    again = actions.open(ada, address(room)).room
    assert "Left pneumothorax, aardvark &lt;b&gt;." in again["html"] and "<b>" not in again["html"]
    assert (again["own"], again["seconds"], again["number"]) == ([mark], 41, 1)


def test_a_draft_never_goes_over_one_that_its_page_has_not_seen(people, actions):
    ada, _ = people
    room = actions.begin(ada, FIELDS).room
    mark = {"finding": "pneumothorax", "box": [0.1, 0.6, 0.5, 0.9]}
    here, there = {"draft": "here", "marks": []}, {"draft": "there", "marks": [mark]}
    assert train_saves.keep(sent(room, **there), ada) == {"stored": True}
    reply = train_saves.keep(sent(room, **here), ada)  # it knows of nothing yet
    assert not reply["stored"] and reply["theirs"] == there and "elsewhere" in reply["problem"]
    screen = commit(actions, ada, room, **here)
    assert (screen.room["view"], screen.room["own"]) == ("read", [mark]) and "there" in screen.room["html"]
    assert "elsewhere" in screen.notice["html"]
    assert train_saves.keep(sent(room, **there), ada) == {"stored": True}  # the same once more: its first answer was lost
    assert train_saves.keep(sent(room, **here, over=[NOTHING_YET, there]), ada) == {"stored": True}
    assert commit(actions, ada, room, over=[here]).room["view"] == "reveal"


def test_after_the_commit_the_truth_is_told_and_stays_told(people, actions):
    ada, _ = people
    room = actions.begin(ada, FIELDS).room
    mark = {"finding": "pneumothorax", "box": [0.13, 0.14, 0.6, 0.42]}
    revealed = commit(actions, ada, room, marks=[mark])
    html = revealed.room["html"]
    assert revealed.room["view"] == "reveal"
    assert "Wrong side" in html and "Pneumothorax" in html and "well placed" in html
    assert "aardvark &lt;b&gt;" in html and "<b>" not in html
    assert {mark["kind"] for mark in revealed.room["marks"]} == {"mine", "wrong_side"}
    again = actions.open(ada, address(room, 1)).room
    assert again["html"] == html
    assert actions.open(ada, address(room)).room["number"] == 2


def test_an_answer_to_a_flag_is_kept(people, actions):
    ada, _ = people
    room = actions.begin(ada, FIELDS).room
    answer = {"key": room["key"], "number": 1, "against": "truth", "ref": "f1", "stance": "disagree", "why": 'the film is "rotated"'}
    assert "stored" in train_saves.answer(answer, ada) and not train_saves.answer(answer, ada)["stored"]  # nothing to answer yet
    commit(actions, ada, room)
    assert train_saves.answer(answer, ada) == {"stored": True}
    html = actions.open(ada, address(room, 1)).room["html"]
    assert 'value="disagree" checked' in html and "the film is &#34;rotated&#34;" in html


def test_the_readers_own_errors_are_told_as_such(people, actions, monkeypatch):
    ada, _ = people
    false = ImageReading.model_validate({"reader": "lite", "findings": [{"finding": "cardiomegaly", "box": [0.4, 0.3, 0.8, 0.8]}]})
    monkeypatch.setattr("cxr_auditor.teaching.sittings.read_film", lambda film, reader: false)
    room = actions.begin(ada, FIELDS | {"reader": ["lite"]}).room
    html = commit(actions, ada, room, "Right pneumothorax.").room["html"]
    assert "The reader is wrong here" in html
    assert "missed: Pneumothorax, right" in html and "called falsely, not on the film: Cardiomegaly" in html
    html = actions.finish(ada, room).room["html"]
    assert "lite missed 1, put 0 on the wrong side, called 1 falsely and left 0 open, on 1 film." in " ".join(html.split())


def test_a_reader_that_fails_is_no_reader_that_saw_nothing(people, actions, monkeypatch):
    ada, _ = people
    failed = ImageReading(reader="lite", status=ReadingStatus.FAILED, message="out of memory")
    monkeypatch.setattr("cxr_auditor.teaching.sittings.read_film", lambda film, reader: failed)
    html = commit(actions, ada, actions.begin(ada, FIELDS | {"reader": ["lite"]}).room, "Right pneumothorax.").room["html"]
    assert "the reader failed" in html and "out of memory" in html
    assert "It sees" not in html and "nothing wrong" not in html


def test_an_operators_server_is_known_by_its_readers_name_alone(people, monkeypatch, store):
    ada, _ = people
    monkeypatch.setenv("CXR_AUDITOR_READER", "medgemma@http://op:hunter2@127.0.0.1:1/v1")
    asked = []

    def read_film(film, reader):
        asked.append(reader)
        return ImageReading(reader="medgemma")

    monkeypatch.setattr("cxr_auditor.teaching.sittings.read_film", read_film)
    offered = TrainActions((("MedGemma (on a server)", "medgemma"),), "rules")
    room = offered.begin(ada, FIELDS | {"reader": ["medgemma"]}).room
    said = [room, commit(offered, ada, room).room, offered.open(ada, {"key": None, "number": None}).room]
    assert asked == ["medgemma@http://op:hunter2@127.0.0.1:1/v1"]
    assert all("medgemma" in json.dumps(view).lower() and "hunter2" not in json.dumps(view) for view in said)
    assert "hunter2" not in keeping.export_json(store, ada)


def test_the_last_case_leads_to_the_summary_and_the_session_is_over(people, actions):
    ada, _ = people
    room = actions.begin(ada, FIELDS | {"size": ["2"]}).room
    key = address(room)
    for _ in range(2):
        commit(actions, ada, actions.open(ada, key).room, "Normal chest.")
    screen = actions.open(ada, key)
    assert screen.room["view"] == "summary" and "2 of 2" in screen.room["html"]
    assert "Summary<" in actions.open(ada, {"key": None, "number": None}).room["html"]
    assert not train_saves.keep(sent(room), ada)["stored"]


# Who may see what


def test_anothers_session_is_refused_in_the_words_of_one_that_is_not_there(people, actions):
    ada, ben = people
    room = actions.begin(ada, FIELDS).room
    commit(actions, ada, room)
    texts = set()
    for key in (room["key"], "not-there"):
        for try_it in (
            lambda key=key: actions.open(ben, {"key": key, "number": None}),
            lambda key=key: actions.open(ben, {"key": key, "number": 1}),
            lambda key=key: actions.finish(ben, {"key": key}),
            lambda key=key: commit(actions, ben, room | {"key": key}),
            lambda key=key: train_files.download(trainee(ben), {"what": "session_csv", "key": key}),
        ):
            with pytest.raises(AccessError) as refused:
                try_it()
            texts.add(str(refused.value))
    assert len(texts) == 1
    assert not train_saves.keep(sent(room), ben)["stored"]
    told = actions.problem(ben, refused.value)
    assert "no such session of yours" in told.notice["html"] and told.room["view"] == "start"
    assert "aardvark" not in json.dumps(told.room)


def test_a_visitor_chooses_a_reader_of_the_list_and_writes_none(people, actions):
    with pytest.raises(InputError, match="no such reader"):
        actions.begin(people[0], FIELDS | {"reader": ["medgemma@http://169.254.169.254/v1"]})


def test_a_teacher_of_the_group_looks_on_and_changes_nothing(people, store, actions):
    accounts = Accounts(store)
    with store.begin() as session:
        session.execute(update(PersonRow).where(PersonRow.name == "ben").values(role=Role.TEACHER.value))
    ada, ben = (accounts.set_group(person.name, "year 3") for person in people)
    room = actions.begin(ada, FIELDS).room
    commit(actions, ada, room)
    train_saves.answer({"key": room["key"], "number": 1, "against": "truth", "ref": "f1", "stance": "unsure", "why": "rotated"}, ada)
    summary, case = actions.open(ben, address(room)).room, actions.open(ben, address(room, 1)).room
    unread = actions.open(ben, address(room, 2)).room
    assert (summary["view"], case["view"], unread["view"]) == ("summary", "reveal", "summary")
    assert "Unsure" in case["html"] and "rotated" in case["html"] and "<form" not in case["html"]
    assert not train_saves.keep(sent(room | {"number": 2}), ben)["stored"]


def test_a_case_that_has_left_the_library_leaves_its_result_behind(people, actions, monkeypatch):
    ada, _ = people
    room = actions.begin(ada, FIELDS).room
    commit(actions, ada, room)
    monkeypatch.setattr("cxr_auditor.web.train.desk.shelf", lambda: ())
    screen = actions.open(ada, address(room, 1))
    assert "no longer in the library" in screen.room["html"] and "Wrong side" in screen.room["html"]
    assert screen.viewer["src"] == ""
    screen = actions.open(ada, address(room))  # all other cases are gone too: the session can still be ended
    assert (screen.room["view"], screen.viewer["src"]) == ("read", "") and "no longer in the library" in screen.notice["html"]
    summary = actions.finish(ada, room).room["html"]
    assert "Pneumothorax, right" in summary and "<img" not in summary


def test_a_session_goes_on_without_a_case_that_has_left_the_library(people, actions, monkeypatch):
    ada, _ = people
    key = address(actions.begin(ada, FIELDS | {"size": ["2"]}).room)
    first = next(turn.case for turn in trainee(ada).sittings.open(ada, key["key"]).turns)
    with monkeypatch.context() as without:
        without.setattr("cxr_auditor.web.train.desk.shelf", lambda: tuple(case for case in example_cases() if case.name != first))
        screen = actions.open(ada, key)
        assert (screen.room["view"], screen.room["number"]) == ("read", 2) and screen.viewer["src"]
        assert "No longer in the library: case 1" in screen.notice["html"] and first not in json.dumps([screen.notice, screen.room])
        assert "Next case" in commit(actions, ada, screen.room).room["html"]
        assert actions.open(ada, key).room["number"] == 1  # gone, and the session is not over: it may come back
    screen = actions.open(ada, key)
    assert (screen.room["number"], screen.notice["html"]) == (1, "") and screen.viewer["src"]
    with monkeypatch.context() as without:
        without.setattr("cxr_auditor.web.train.desk.shelf", lambda: tuple(case for case in example_cases() if case.name != first))
        summary = actions.finish(ada, key).room["html"]
    assert "1 of 2" in summary and "Not read, because it is no longer in the library: case 1." in summary


# What comes in


@pytest.mark.parametrize(
    "change, words",
    [
        ({"size": ["0"]}, "number of cases can't be 0"),  # below the least
        ({"size": ["51"]}, "number of cases can't be 51"),  # above the most
        ({"size": ["five"]}, "must be a whole number"),  # no number
        ({"size": []}, "must be a whole number"),  # left empty
        ({"normals": ["101"]}, "share of normal films can't be 101"),  # no share
        ({"seed": ["-1"]}, "seed must be a whole number"),  # no seed
        ({"findings": ["fracture"]}, "no such finding"),  # outside the vocabulary
        ({"difficulties": ["brutal"]}, "no such finding or difficulty"),  # not a difficulty
    ],
)
def test_a_wish_that_cannot_be_met_says_what_is_accepted(change, words):
    with pytest.raises(InputError, match=words) as refused:
        train_forms.wish_of(FIELDS | change)
    assert refused.value.hint


def test_a_wish_is_what_was_ticked():
    wish = train_forms.wish_of(FIELDS | {"findings": ["nodule_mass"], "difficulties": ["hard", "easy"], "again": ["yes"]})
    assert (wish.size, wish.normals, wish.findings, wish.again) == (5, 0.3, ("nodule_mass",), True)
    assert not train_forms.wish_of(FIELDS).again  # a box that is not ticked is not sent


@pytest.mark.parametrize(
    "change",
    [
        {"key": None},  # no session
        {"key": "k" * 65},  # longer than any key
        {"number": "1"},  # a text
        {"number": True},  # which Python takes for 1
        {"draft": None},  # no text
        {"marks": [{"finding": "fracture", "box": [0, 0, 1, 1]}]},  # outside the vocabulary
        {"marks": [{"finding": "nodule_mass", "box": [0, 0, 2, 1]}]},  # outside the film
        {"seconds": float("nan")},  # no time
        {"seconds": -1},  # before the beginning
        {"over": None},  # nothing about what it goes over
        {"over": [{"draft": "x"}]},  # nor about the boxes
    ],
)
def test_what_no_page_of_ours_sends_is_refused_in_plain_words(people, change):
    good = {"key": "k", "number": 1, "draft": "x", "marks": [], "seconds": 1, "over": []}
    reply = train_saves.keep(good | change, people[0])
    assert not reply["stored"] and reply["problem"] and "Something went wrong" not in reply["problem"]


def test_half_a_character_is_kept_as_a_replacement():
    work = train_forms.work_of({"key": "k", "number": 1, "draft": "a\ud800b\x00c", "marks": [], "seconds": 1, "over": []})
    assert work.draft == "a\ufffdb\ufffdc"


# What can be taken home, and deleted


def content(parcel) -> str:
    return base64.b64decode(parcel["base64"]).decode()


def test_files_hold_the_sessions_figures(people, actions):
    ada, _ = people
    room = actions.begin(ada, FIELDS).room
    commit(actions, ada, room)
    here = trainee(ada)

    def file(what):
        return content(train_files.download(here, {"what": what, "key": room["key"]}))

    rows = list(csv.DictReader(io.StringIO(file("session_csv"))))
    assert [(row["finding"], row["sides"], row["result"], row["urgent"]) for row in rows] == [
        ("pneumothorax", "right", "wrong_side", "yes"),
        ("pneumothorax", "left", "false_call", "yes"),
    ]
    progress = {row["finding"]: row for row in csv.DictReader(io.StringIO(file("progress_csv")))}
    assert (progress["pneumothorax"]["found"], progress["pneumothorax"]["on_films"]) == ("0", "1")
    assert (progress["nodule_mass"]["false_calls"], progress["nodule_mass"]["clean_films"]) == ("0", "1")
    page = file("session_page")
    assert "URGENT" in page and "Pneumothorax, right" in page and page.count("data:image/jpeg") == 1
    assert "<svg" in file("progress_page")
    assert "aardvark" in file("everything") and "aardvark" not in page


@pytest.mark.parametrize("what, people_left", [("sessions", 2), ("account", 1)])
def test_deleting_wants_the_word_and_then_takes_all_of_it(people, actions, what, people_left):
    ada, ben = people
    commit(actions, ada, actions.begin(ada, FIELDS).room)
    kept = actions.begin(ben, FIELDS).room
    for word in ([], [""], ["yes"]):
        with pytest.raises(InputError, match="Nothing was deleted"):
            actions.forget(ada, {"what": [what], "word": word})
    assert len(trainee(ada).sittings.of(ada)) == 1
    room = actions.forget(ada, {"what": [what], "word": [" Delete "]}).room
    if what == "account":
        assert "It is deleted; the account too." in room["html"] and "Not signed in." in room["who"]
    assert trainee(ada).sittings.of(ada) == ()
    assert len(Accounts(trainee(ada).store).everybody()) == people_left
    assert actions.open(ben, address(kept)).room["view"] == "read"
