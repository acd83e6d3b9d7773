"""Who is at the page, and the pages on which people sign in and out."""

import logging
import re

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from cxr_auditor.errors import InputError
from cxr_auditor.teaching import sign_in_limit
from cxr_auditor.teaching.errors import StoreError
from cxr_auditor.teaching.passwords import LONGEST, Passwords
from cxr_auditor.teaching.people import LOCAL
from cxr_auditor.teaching.records import Role
from cxr_auditor.teaching.store.engine import open_store
from cxr_auditor.teaching.store.tables import FailedSignInRow, SignInRow
from cxr_auditor.web import sign_in, who
from cxr_auditor.web.app import build
from cxr_auditor.web.who import COOKIE, Door, Login, SignInNeeded, is_loopback, login_for, same_origin, teachers

RIGHT, WRONG = "three quiet herons", "three loud herons"
SPACE = {
    "SYSTEM": "spaces",
    "SPACE_ID": "somebody/cxr",
    "OAUTH_CLIENT_ID": "an id",
    "OAUTH_CLIENT_SECRET": "a secret",
    "OAUTH_SCOPES": "openid profile",
    "OPENID_PROVIDER_URL": "http://127.0.0.1:1",
}


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'teaching.sqlite3'}")
    yield store
    store.close()


@pytest.fixture(scope="module")
def _door(tmp_path_factory):
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('door') / 'teaching.sqlite3'}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(who, "Passwords", lambda: Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
        door = Door(Login.ACCOUNTS, store)
        door.accounts.add("ada", RIGHT, Role.TEACHER)
    yield door
    store.close()


@pytest.fixture
def door(_door):
    """A server with accounts and one of them, a teacher's; nobody is signed in and nobody has failed to."""
    with _door.store.begin() as session:
        session.execute(delete(SignInRow))
        session.execute(delete(FailedSignInRow))
    return _door


@pytest.fixture(autouse=True)
def nowhere_special(monkeypatch):
    for name in (*SPACE, who.ACCOUNTS_VARIABLE, who.TEACHERS_VARIABLE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def browser(door):
    """The sign-in pages and one visitor, who does not follow redirects."""
    return visitor(door)


def visitor(door, address="10.0.0.1", scheme="http"):
    app = Starlette(routes=sign_in.routes(door))
    return TestClient(app, f"{scheme}://reading.room", follow_redirects=False, client=(address, 1), raise_server_exceptions=False)


def request(cookies=None, headers=None, host="reading.room", client="10.0.0.1", session=None):
    """A request as Gradio hands it on."""
    sent = {"host": host} | (headers or {})
    if cookies:
        sent["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "session": session or {}}
    scope |= {"headers": [(name.encode(), value.encode()) for name, value in sent.items()], "client": client and (client, 50000)}
    return Request(scope)


# How people come in


@pytest.mark.parametrize(
    "host, environment, login",
    [
        (None, {}, Login.NONE),  # Gradio then listens on 127.0.0.1
        ("127.0.0.1", {}, Login.NONE),
        ("localhost", {}, Login.NONE),
        ("::1", {}, Login.NONE),
        ("0.0.0.0", {}, Login.ACCOUNTS),
        ("::", {}, Login.ACCOUNTS),
        ("192.168.1.5", {}, Login.ACCOUNTS),
        ("reading.room", {}, Login.ACCOUNTS),
        (None, {"GRADIO_SERVER_NAME": "0.0.0.0"}, Login.ACCOUNTS),
        ("127.0.0.1", {"GRADIO_SERVER_NAME": "0.0.0.0"}, Login.NONE),  # what is said to the function holds
        (None, {"CXR_AUDITOR_ACCOUNTS": "1"}, Login.ACCOUNTS),
        (None, {"CXR_AUDITOR_ACCOUNTS": "Yes"}, Login.ACCOUNTS),
        (None, {"CXR_AUDITOR_ACCOUNTS": "0"}, Login.NONE),
        ("0.0.0.0", {"CXR_AUDITOR_ACCOUNTS": "0"}, Login.ACCOUNTS),  # nobody opens a public page to all by a setting
        ("0.0.0.0", SPACE, Login.HUGGING_FACE),
        ("0.0.0.0", SPACE | {"OAUTH_CLIENT_SECRET": ""}, Login.ACCOUNTS),  # Gradio would sign with a key that everybody knows
        ("0.0.0.0", SPACE | {"SYSTEM": ""}, Login.ACCOUNTS),  # Gradio would let everybody in as whoever runs it
    ],
)
def test_how_people_come_in(host, environment, login):
    assert login_for(host, environment) is login


def test_a_setting_that_is_neither_yes_nor_no_is_refused():
    with pytest.raises(InputError, match="neither yes nor no"):
        login_for(None, {"CXR_AUDITOR_ACCOUNTS": "maybe"})


@pytest.mark.parametrize(
    "host, own",
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("LOCALHOST", True),
        ("app.localhost", True),
        ("", False),
        ("0.0.0.0", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_what_is_this_machine(host, own):
    assert is_loopback(host) is own


@pytest.mark.parametrize(
    "headers, own",
    [
        ({}, True),  # no browser: nobody's cookies are sent along behind their back
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),  # typed into the address bar
        ({"sec-fetch-site": "same-site"}, False),  # another subdomain
        ({"sec-fetch-site": "cross-site", "origin": "https://reading.room"}, False),
        ({"origin": "http://reading.room"}, True),
        ({"origin": "http://reading.room:81"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),  # a frame without an origin
        ({"sec-fetch-site": "same-origin", "origin": "https://public.example"}, True),  # behind a proxy that changes the host
    ],
)
def test_requests_of_other_pages_are_told_apart(headers, own):
    assert same_origin({"host": "reading.room"} | headers) is own


# Without login


def test_who_sits_at_this_machine_is_the_one_user(store):
    door = Door(Login.NONE, store)
    for host, client in (("127.0.0.1:7860", "127.0.0.1"), ("localhost", "127.0.0.1"), ("[::1]:7860", "::1")):
        for headers in ({}, {"origin": f"http://{host}"}, {"origin": f"http://{host}", "sec-fetch-site": "same-origin"}):
            person = door.person_of(request(host=host, client=client, headers=headers))
            assert (person.name, person.role) == (LOCAL, Role.TEACHER)


@pytest.mark.parametrize(
    "odd",
    [
        {"client": "10.0.0.1"},  # somebody else's machine
        {"client": None},
        {"host": "public.gradio.live"},  # a tunnel, or a name that was made to point here
        {"host": ""},
        {"headers": {"x-forwarded-for": "10.0.0.1"}},  # a proxy on this machine
        {"headers": {"forwarded": "for=10.0.0.1"}},
        {"headers": {"x-real-ip": "10.0.0.1"}},
        {"headers": {"origin": "https://public.example", "sec-fetch-site": "same-origin"}},  # a proxy that hides the name that was asked
        {"host": "["},
        {"headers": {"origin": "http://["}},
        {"headers": {"origin": "http://evil.example"}},
        {"headers": {"origin": "http://localhost:9999"}},  # another program's page on this machine
    ],
)
def test_nobody_else_is_the_one_user(monkeypatch, odd):
    monkeypatch.setattr(who, "open_store", lambda: pytest.fail("the database was opened"))
    with pytest.raises(SignInNeeded) as refused:
        Door(Login.NONE).person_of(request(**({"host": "127.0.0.1:7860", "client": "127.0.0.1"} | odd)))
    assert refused.value.hint and not refused.value.link


def test_a_page_without_login_has_no_sign_in_page_and_opens_no_database(monkeypatch):
    monkeypatch.setattr(who, "open_store", lambda: pytest.fail("the database was opened"))
    door = Door(Login.NONE)
    monkeypatch.setattr(who, "_opened", [door])
    assert sign_in.routes(door) == []
    assert [b for b in build().blocks.values() if b.elem_id == "who"] == []


# With accounts


def test_signing_in_and_out(browser, door):
    assert door.login is Login.ACCOUNTS
    page = browser.get("/sign-in")
    assert page.status_code == 200 and 'type="password"' in page.text
    done = browser.post("/sign-in", data={"name": "Ada", "password": RIGHT, "back": ""})
    assert (done.status_code, done.headers["location"]) == (303, "./")
    token = browser.cookies[COOKIE]
    assert door.person_of(request({COOKIE: token})).name == "ada"
    assert browser.get("/sign-out").status_code == 200 and door.person_of(request({COOKIE: token}))  # looking signs nobody out
    out = browser.post("/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "./") and COOKIE not in browser.cookies
    with pytest.raises(SignInNeeded, match="not signed in"):
        door.person_of(request({COOKIE: token}))


def test_what_gradio_hands_on_is_understood(browser, door):
    import gradio as gr

    browser.post("/sign-in", data={"name": "ada", "password": RIGHT})
    cookies = {"get": "x", "cookies": "y", COOKIE: browser.cookies[COOKIE]}  # names of methods: Gradio's own view of them would break
    assert door.person_of(gr.Request(request(cookies))).name == "ada"


@pytest.mark.parametrize("cookies", [{}, {COOKIE: ""}, {COOKIE: "x" * 43}, {COOKIE: "\u00e4"}, {"other": "ada"}, {"name": "ada"}])
def test_what_the_browser_says_is_not_believed(door, cookies):
    with pytest.raises(SignInNeeded) as refused:
        door.person_of(request(cookies, headers={"x-user": "ada", "authorization": "Bearer ada"}))
    assert refused.value.link


def test_a_request_of_another_page_gets_nobodys_rights(browser, door):
    browser.post("/sign-in", data={"name": "ada", "password": RIGHT})
    with pytest.raises(SignInNeeded, match="another page"):
        door.person_of(request(dict(browser.cookies), headers={"origin": "http://evil.example"}))


def test_a_new_sign_in_ends_the_one_before_in_this_browser(browser, door):
    browser.post("/sign-in", data={"name": "ada", "password": RIGHT})
    first = browser.cookies[COOKIE]
    browser.post("/sign-in", data={"name": "ada", "password": RIGHT})
    assert door.sign_ins.person(first) is None and door.sign_ins.person(browser.cookies[COOKIE])


@pytest.mark.parametrize(
    "scheme, space, rules",
    [
        ("http", False, {"HttpOnly", "Path=/", "SameSite=lax"}),
        ("https", False, {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}),
        ("http", True, {"HttpOnly", "Path=/", "SameSite=none", "Secure"}),  # a Space shows the page in a frame of another site
    ],
)
def test_no_script_and_no_other_site_gets_the_cookie(door, monkeypatch, scheme, space, rules):
    if space:
        monkeypatch.setenv("SYSTEM", "spaces")
        monkeypatch.setenv("SPACE_ID", "somebody/cxr")
    done = visitor(door, scheme=scheme).post("/sign-in", data={"name": "ada", "password": RIGHT})
    name, *given = done.headers["set-cookie"].split("; ")
    assert name.startswith(f"{COOKIE}=") and len(name) > 50 and set(given) == rules


def test_an_unknown_name_and_a_wrong_password_look_the_same(browser):
    def answer(name):
        page = browser.post("/sign-in", data={"name": name, "password": WRONG})
        return page.status_code, dict(page.headers), page.text.replace(f'value="{name}"', "")

    assert answer("ada") == answer("bob") and answer("ada")[0] == 401


def test_too_many_tries_have_to_wait(browser, door):
    for _ in range(sign_in_limit.PER_NAME):
        assert browser.post("/sign-in", data={"name": "ada", "password": WRONG}).status_code == 401
    page = browser.post("/sign-in", data={"name": "ada", "password": RIGHT})
    assert page.status_code == 429 and "Wait 15 minutes" in page.text and COOKIE not in browser.cookies
    assert 890 < int(page.headers["retry-after"]) <= 900


@pytest.mark.parametrize(
    "back, place",
    [
        ("?case=3", "./?case=3"),
        ("#session=abc", "./#session=abc"),
        ("?a=1#session=abc", "./?a=1#session=abc"),
        ("", "./"),
        ("//evil.example", "./"),
        ("https://evil.example", "./"),
        ("/../x", "./"),
        ("\\evil.example", "./"),
        ("?\r\nSet-Cookie: a=b", "./?%0D%0ASet-Cookie:%20a=b"),  # no header of its own
    ],
)
def test_one_comes_back_to_where_one_was_and_nowhere_else(browser, back, place):
    page = browser.get("/sign-in", params={"back": back})
    kept = re.search(r'name="back" value="([^"]*)"', page.text).group(1)
    assert "<" not in kept
    done = browser.post("/sign-in", data={"name": "ada", "password": RIGHT, "back": back})
    assert done.headers["location"] == place and "a=b" not in done.headers["set-cookie"]


def test_what_was_typed_is_shown_as_text(browser):
    page = browser.post("/sign-in", data={"name": '"><script>alert(1)</script>', "password": "<b>", "back": '"><b>'})
    assert page.status_code == 401 and "<script" not in page.text and "<b>" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    "content, headers, status",
    [
        (b"name=ada&password=three+quiet+herons", {"origin": "http://evil.example"}, 403),
        (b"name=ada&password=three+quiet+herons", {"sec-fetch-site": "cross-site"}, 403),
        (b"name=ada&password=" + b"x" * 20_000, {}, 413),
        (b"name=ada&password=\xff\xfe", {}, 400),
        (b"&".join(b"a=%d" % n for n in range(50)), {}, 400),
        (b"", {}, 401),
        (b"name=ada&password=" + b"%E2%98%BA" * LONGEST, {}, 401),  # as long as a password may be
        (b"name=a%00da&password=a%00", {}, 401),
        (b"name=%ff%fe&password=%ff", {}, 401),
        (b'{"name": "ada"}', {"content-type": "application/json"}, 401),
    ],
)
def test_odd_forms_let_nobody_in(browser, content, headers, status):
    page = browser.post("/sign-in", content=content, headers={"content-type": "application/x-www-form-urlencoded"} | headers)
    assert page.status_code == status and 'role="alert"' in page.text and "set-cookie" not in page.headers


def test_a_look_at_the_head_of_the_page_is_no_try(browser, door):
    assert browser.head("/sign-in").status_code == browser.head("/sign-out").status_code == 200
    with door.store.look() as session:
        assert session.scalars(select(FailedSignInRow)).all() == []


def test_another_page_can_sign_nobody_out(browser, door):
    browser.post("/sign-in", data={"name": "ada", "password": RIGHT})
    refused = browser.post("/sign-out", headers={"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403 and door.sign_ins.person(browser.cookies[COOKIE])


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_the_pages_load_nothing_and_stand_in_no_frame(browser, path, monkeypatch):
    page = browser.get(path)
    rules = page.headers["content-security-policy"]
    assert "default-src 'none'" in rules and "form-action 'self'" in rules and "frame-ancestors 'none'" in rules
    assert page.headers["cache-control"] == "no-store" and "<script" not in page.text
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page.text)
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "somebody/cxr")
    assert "frame-ancestors 'self' https://huggingface.co" in browser.get(path).headers["content-security-policy"]


def test_without_any_account_the_page_says_how_to_add_one(store, monkeypatch):
    door = Door(Login.ACCOUNTS, store)
    with pytest.raises(SignInNeeded, match="Nobody has an account here yet.*users add NAME --role teacher") as refused:
        door.person_of(request())
    assert not refused.value.link and "users add NAME" in sign_in.needed(refused.value)
    page = visitor(door).get("/sign-in")
    assert "users add NAME --role teacher" in page.text and "password" not in page.text.split("</style>")[1].replace("users", "")
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "somebody/cxr")
    with pytest.raises(SignInNeeded, match="hf_oauth: true"):
        door.person_of(request())


def test_a_store_that_is_away_is_told_and_its_words_stay_out(browser, door, monkeypatch, caplog):
    def away(*_):
        raise StoreError("The database can't be used.")

    monkeypatch.setattr(door.sign_ins, "sign_in", away)
    page = browser.post("/sign-in", data={"name": "ada", "password": RIGHT})
    assert page.status_code == 503 and "The database can&#39;t be used." in page.text and RIGHT not in page.text
    monkeypatch.setattr(door.sign_ins, "sign_in", lambda *sent: 1 / 0 if sent else None)
    page = browser.post("/sign-in", data={"name": "ada", "password": RIGHT})
    assert page.status_code == 503 and "ZeroDivisionError" in page.text and "unexpected ZeroDivisionError" in caplog.text


def test_no_log_tells_who_signs_in(browser, caplog):
    caplog.set_level(logging.DEBUG)
    browser.post("/sign-in", data={"name": "ada", "password": WRONG})
    browser.post("/sign-in", data={"name": "ada", "password": RIGHT})
    token = browser.cookies[COOKIE]
    browser.post("/sign-out")
    ours = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore", "asyncio")))
    assert not any(secret in ours for secret in (RIGHT, WRONG, token, "ada", "10.0.0.1"))


def test_the_top_of_the_page_says_who_is_signed_in(browser, door, monkeypatch):
    import gradio as gr

    monkeypatch.setattr(who, "_opened", [door])
    page = build()
    (line,) = [b for b in page.blocks.values() if b.elem_id == "who"]
    (shown,) = [fn.fn for fn in page.fns.values() if line in fn.outputs]
    assert 'href="sign-in"' in shown(gr.Request(request())) and "Not signed in" in shown(gr.Request(request()))
    browser.post("/sign-in", data={"name": "ada", "password": RIGHT})
    told = shown(gr.Request(request(dict(browser.cookies))))
    assert "<strong>ada</strong> (teacher)" in told and 'action="sign-out"' in told


# Hugging Face


def told_by_hugging_face(name="Grace", **more):
    return {"oauth_info": {"userinfo": {"preferred_username": name}, "expires_at": 4e9} | more}


def test_hugging_face_says_who_it_is_and_the_list_who_teaches(store, monkeypatch):
    monkeypatch.setenv(who.TEACHERS_VARIABLE, " bo, grace ,")
    door = Door(Login.HUGGING_FACE, store)
    grace, tess = (door.person_of(request(session=told_by_hugging_face(name))) for name in ("Grace", "tess"))
    assert (grace.name, grace.role, tess.role) == ("hf.co/Grace", Role.TEACHER, Role.TRAINEE)
    monkeypatch.setenv(who.TEACHERS_VARIABLE, "")
    assert door.person_of(request(session=told_by_hugging_face())).role is Role.TRAINEE
    assert teachers({}) == frozenset()


@pytest.mark.parametrize(
    "session",
    [{}, {"oauth_info": None}, {"oauth_info": {}}, told_by_hugging_face(""), told_by_hugging_face(expires_at=1)],
)
def test_without_word_from_hugging_face_nobody_is_in(session):
    door = Door(Login.HUGGING_FACE)
    with pytest.raises(SignInNeeded, match="Hugging Face"):
        door.person_of(request({COOKIE: "x", "session": "x"}, session=session))


def test_on_a_space_there_is_no_password_to_guess():
    assert sign_in.routes(Door(Login.HUGGING_FACE)) == []
