"""`cxr-auditor users ...`, as somebody at a terminal and another program see it."""

import io
import json
import stat
import sys

import pytest
import typer
from cheap import CHEAP, RIGHT, WRONG, Clock
from test_keeping import everything_of, put_session

from cxr_auditor import cli
from cxr_auditor.teaching import accounts as accounts_module
from cxr_auditor.teaching.accounts import Accounts
from cxr_auditor.teaching.people import local_person
from cxr_auditor.teaching.records import Person, Role
from cxr_auditor.teaching.sign_ins import SignIns
from cxr_auditor.teaching.store.engine import open_store


@pytest.fixture
def backend():
    return "sqlite"


@pytest.fixture
def accounts(store):
    return Accounts(store, CHEAP)


class Terminal(io.TextIOWrapper):
    """Standard input with a person in front of it."""

    def isatty(self):
        return True


@pytest.fixture
def users(monkeypatch, capfd, store, store_url):
    """Calls `cxr-auditor users ... --database ...` in this process: (exit code, stdout, stderr)."""
    monkeypatch.setattr(accounts_module, "Passwords", lambda: CHEAP)
    monkeypatch.delenv("CXR_AUDITOR_KEEP_DAYS", raising=False)

    def call(*arguments, stdin: bytes = b"", terminal: bool = False):
        monkeypatch.setattr(sys, "argv", ["cxr-auditor", "users", *arguments, "--database", store_url])
        monkeypatch.setattr(sys, "stdin", (Terminal if terminal else io.TextIOWrapper)(io.BytesIO(stdin), encoding="utf-8"))
        with pytest.raises(SystemExit) as done:
            cli.main()
        return done.value.code, *capfd.readouterr()

    return call


def one_line(error: str) -> bool:
    return error.endswith("\n") and error.count("\n") == 1


def test_a_password_comes_from_standard_input(users, accounts):
    code, out, err = users("add", "Ada", "--role", "teacher", "--group", "Ward 7", "--password-stdin", stdin=f"{RIGHT}\r\nmore\n".encode())
    assert (code, out, err) == (0, "Added ada (teacher, group Ward 7).\n", "")
    assert SignIns(accounts.store, CHEAP, Clock()).sign_in("ada", RIGHT, "")


def test_a_password_is_asked_for_twice_and_not_shown(users, accounts, monkeypatch):
    asked = []

    def typed(text, **options):
        asked.append((text, options["hide_input"], options["confirmation_prompt"]))
        return RIGHT

    monkeypatch.setattr(typer, "prompt", typed)
    assert users("add", "ada", terminal=True)[:2] == (0, "Added ada (trainee).\n")
    assert users("password", "ada", terminal=True)[:2] == (0, "ada has a new password and is signed out everywhere.\n")
    assert asked == [("Password", True, True)] * 2


def test_no_option_takes_a_password():
    """Arguments can be read by every program on the machine."""
    options = {name for command in ("add", "password") for name in _options(command)}
    assert {name for name in options if "password" in name} == {"--password-stdin"}


def _options(command: str) -> set[str]:
    group = typer.main.get_command(cli.app).commands["users"]
    return {name for parameter in group.commands[command].params for name in parameter.opts if name.startswith("-")}


@pytest.mark.parametrize(
    "arguments, stdin, told",
    [
        (("add", "ada", "--password-stdin"), b"", "No password came"),
        (("add", "ada", "--password-stdin"), b"\n", "The password has 0 characters"),
        (("add", "ada", "--password-stdin"), b"short\n", "at least 10 characters"),
        (("add", "ada", "--password-stdin"), b"\xff\xfe three quiet herons\n", "not UTF-8"),
        (("add", "ada"), b"three quiet herons\n", "--password-stdin"),  # nobody is there to be asked
        (("add", "a b", "--password-stdin"), b"three quiet herons\n", "can't be the name"),
        (("add", "bo", "--password-stdin"), b"three quiet herons\n", "already"),
        (("add", "ada", "--role", "boss", "--password-stdin"), b"three quiet herons\n", "'trainee', 'teacher'"),
        (("add", "ada", "--group", "", "--password-stdin"), b"three quiet herons\n", "can't be the name of a group"),
        (("password", "zoe", "--password-stdin"), b"three quiet herons\n", "Nobody is called 'zoe'"),
        (("password", "local", "--password-stdin"), b"three quiet herons\n", "without a password"),
        (("group", "bo"), b"", "--none"),
        (("group", "bo", "a", "--none"), b"", "--none"),
        (("role", "bo", "boss"), b"", "'trainee', 'teacher'"),
        (("remove", "zoe"), b"", "Nobody is called 'zoe'"),
        (("export", "zoe", "--out", "x.json"), b"", "Nobody is called 'zoe'"),
        (("export", "bo", "--out", "nowhere/x.json"), b"", "can't be written"),
        (("sweep",), b"", "CXR_AUDITOR_KEEP_DAYS"),
        (("sweep", "--days", "0"), b"", "--days"),
    ],
)
def test_what_can_not_be_done_is_told_in_one_line(users, accounts, monkeypatch, tmp_path, arguments, stdin, told):
    monkeypatch.chdir(tmp_path)
    local_person(accounts.store)
    before = [accounts.add("bo", RIGHT), *accounts.everybody()]
    code, out, err = users(*arguments, stdin=stdin)
    assert (code, out) == (2, "") and told in err and one_line(err) and "heron" not in err
    assert {p.name for p in before} == {p.name for p in accounts.everybody()}


def test_who_there_is(users, accounts):
    assert users("list") == (0, "", "Nobody yet. Add somebody: cxr-auditor users add NAME --role teacher\n")
    accounts.add("tess", RIGHT, Role.TEACHER, "Ward 7")
    accounts.of_hugging_face("Ada", Role.TRAINEE)
    local_person(accounts.store)
    code, out, err = users("list")
    assert (code, err) == (0, "") and [line.split() for line in out.splitlines()] == [
        ["name", "role", "group", "comes", "in"],
        ["hf.co/Ada", "trainee", "-", "Hugging", "Face"],
        ["local", "teacher", "-", "at", "this", "machine,", "without", "login"],
        ["tess", "teacher", "Ward", "7", "password"],
    ]


def test_groups_and_roles_change(users, accounts):
    accounts.add("ada", RIGHT)
    assert users("group", "ada", "Ward 7")[1] == "ada (trainee, group Ward 7).\n"
    assert users("group", "ada", "--none")[1] == "ada (trainee).\n"
    assert users("role", "ada", "teacher")[1] == "ada (teacher).\n"
    assert accounts.named("ada") == Person(id=1, name="ada", role=Role.TEACHER)


def test_a_new_password_signs_out(users, accounts):
    accounts.add("ada", RIGHT)
    sign_ins = SignIns(accounts.store, CHEAP, Clock())
    token = sign_ins.sign_in("ada", RIGHT, "")
    assert users("password", "ada", "--password-stdin", stdin=WRONG.encode())[0] == 0
    assert sign_ins.person(token) is None and sign_ins.sign_in("ada", WRONG, "")


@pytest.mark.parametrize("answer, goes", [(b"y\n", True), (b"n\n", False), (b"\n", False), (b"", False)])
def test_removing_tells_what_goes_and_asks(users, accounts, answer, goes):
    everything_of(accounts.store, accounts)
    code, out, err = users("remove", "ada", stdin=answer)
    theirs = "ada (teacher, group Ward 7): 1 session, 1 committed draft, 1 answer."
    assert out.startswith(f"{theirs} What stays: 1 correction of a case's truth.\n")
    assert "can't be brought back" in err
    assert (code, "Removed ada." in out, accounts.everybody() == ()) == ((0, True, True) if goes else (1, False, False))


def test_removing_asks_nothing_where_that_is_said(users, accounts):
    everything_of(accounts.store, accounts)
    code, out, err = users("remove", "ada", "--yes")
    assert (code, err) == (0, "") and out.endswith("Removed ada.\n") and accounts.everybody() == ()


def test_an_export_is_a_file_that_only_its_owner_may_read(users, accounts, tmp_path):
    everything_of(accounts.store, accounts)
    assert users("export", "ada", "--out", str(tmp_path / "ada.json")) == (0, f"Wrote {tmp_path / 'ada.json'}.\n", "")
    data = json.loads((tmp_path / "ada.json").read_text(encoding="utf-8"))
    assert data["sessions"][0]["cases"][0]["draft"].startswith("Left pleural effusion")
    assert stat.S_IMODE((tmp_path / "ada.json").stat().st_mode) == 0o600


def test_an_export_to_a_file_that_others_may_read_leaves_it_to_its_owner(users, accounts, tmp_path):
    accounts.add("ada", RIGHT)
    old = tmp_path / "ada.json"
    old.write_text("old")
    old.chmod(0o666)
    with old.open() as others:  # whoever has the old file open reads nothing of the new one
        assert users("export", "ada", "--out", str(old))[0] == 0
        assert others.read() == "old"
    assert stat.S_IMODE(old.stat().st_mode) == 0o600 and json.loads(old.read_text(encoding="utf-8"))["person"]["name"] == "ada"
    assert list(tmp_path.iterdir()) == [old]


def test_an_export_to_what_is_no_file_is_refused(users, accounts, tmp_path):
    accounts.add("ada", RIGHT)
    code, out, err = users("export", "ada", "--out", str(tmp_path))
    assert (code, out) == (2, "") and "is no file" in err and list(tmp_path.iterdir()) == []


def test_sweeping_by_hand(users, accounts, monkeypatch):
    put_session(accounts.store, accounts.add("ada", RIGHT))  # long ago, by the clock of this machine
    assert users("sweep", "--days", "36500")[1] == "Deleted 0 sessions.\n"
    monkeypatch.setenv("CXR_AUDITOR_KEEP_DAYS", "1")
    assert users("sweep")[1] == "Deleted 1 session.\n"


@pytest.mark.parametrize("variable", [True, False])
def test_the_database_is_the_one_named(tmp_path, monkeypatch, capfd, variable):
    url = f"sqlite:///{tmp_path / 'mine.sqlite3'}"
    monkeypatch.setenv("CXR_AUDITOR_DATABASE", url if variable else f"sqlite:///{tmp_path / 'other.sqlite3'}")
    store = open_store(url)
    Accounts(store, CHEAP).add("ada", RIGHT)
    store.close()
    monkeypatch.setattr(sys, "argv", ["cxr-auditor", "users", "list", *(() if variable else ("--database", url))])
    with pytest.raises(SystemExit):
        cli.main()
    assert "ada" in capfd.readouterr().out
