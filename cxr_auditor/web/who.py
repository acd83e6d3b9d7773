"""Who is at the page: decided on the server, from a cookie that scripts can't read, and never from what the browser says."""

import ipaddress
import math
import os
import re
import threading
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from starlette.requests import Request

from ..errors import AuditorError, InputError
from ..teaching.accounts import Accounts
from ..teaching.passwords import Passwords
from ..teaching.people import local_person
from ..teaching.records import Person, Role
from ..teaching.sign_ins import SignIns
from ..teaching.store.engine import Store, open_store

ACCOUNTS_VARIABLE = "CXR_AUDITOR_ACCOUNTS"
TEACHERS_VARIABLE = "CXR_AUDITOR_TEACHERS"
COOKIE = "cxr_auditor_sign_in"

_SPACE_OAUTH = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_PORT = re.compile(r":\d+$")
_SWITCH = {"": False, "0": False, "false": False, "no": False, "off": False, "1": True, "true": True, "yes": True, "on": True}


class SignInNeeded(AuditorError):
    """Nobody is signed in, or this page may not be used without it. `link`: whether the sign-in page would help."""

    def __init__(self, message: str, hint: str = "", link: bool = False):
        super().__init__(message, hint)
        self.link = link


class Login(StrEnum):
    """How people come in."""

    NONE = "none"
    ACCOUNTS = "accounts"
    HUGGING_FACE = "hugging face"


def in_a_space(environment: Mapping[str, str] = os.environ) -> bool:
    return environment.get("SYSTEM") == "spaces" and bool(environment.get("SPACE_ID"))


def login_for(host: str | None, environment: Mapping[str, str] = os.environ) -> Login:
    """How people come in at a server that listens on `host` (None: as Gradio takes it, from GRADIO_SERVER_NAME, else this machine).

    Without login only where nobody but this machine can reach the page. Raises InputError for a CXR_AUDITOR_ACCOUNTS that is neither
    yes nor no.
    """
    # without its secret, Gradio would sign the cookie with a key that everybody knows
    if in_a_space(environment) and all(environment.get(name) for name in _SPACE_OAUTH):
        return Login.HUGGING_FACE
    asked = environment.get(ACCOUNTS_VARIABLE, "").strip().lower()
    if asked not in _SWITCH:
        raise InputError(f"{ACCOUNTS_VARIABLE}={asked!r} is neither yes nor no.", "Set it to 1 for accounts, or leave it out.")
    listens = host or environment.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    return Login.ACCOUNTS if _SWITCH[asked] or not is_loopback(listens) else Login.NONE


class _Inside(NamedTuple):
    store: Store
    accounts: Accounts
    sign_ins: SignIns


class Door:
    """Knows who comes in. One for a server. The store is opened when somebody comes, unless one is given."""

    def __init__(self, login: Login, store: Store | None = None):
        self.login = login
        self._given = store
        self._lock = threading.Lock()
        self._inside: _Inside | None = None

    @property
    def store(self) -> Store:
        return self._open().store

    @property
    def accounts(self) -> Accounts:
        return self._open().accounts

    @property
    def sign_ins(self) -> SignIns:
        return self._open().sign_ins

    def _open(self) -> "_Inside":
        with self._lock:  # two first visitors at once
            if self._inside is None:
                store, passwords = self._given or open_store(), Passwords()
                self._inside = _Inside(store, Accounts(store, passwords), SignIns(store, passwords))
            return self._inside

    def person_of(self, request) -> Person:
        """The person at the other end of a gr.Request or a Starlette request. Raises SignInNeeded."""
        request = getattr(request, "request", None) or request  # Gradio's own wrapper lets a cookie's name hide a method
        if not same_origin(request.headers):
            raise SignInNeeded("This request came from another page.", "Open this page in a tab of its own and try again.")
        match self.login:
            case Login.NONE:
                return self._alone(request)
            case Login.ACCOUNTS:
                return self._signed_in(request)
            case Login.HUGGING_FACE:
                return self._of_hugging_face(request)

    def _alone(self, request: Request) -> Person:
        """Whoever sits at this machine. A proxy or a tunnel that brings others here is noticed by what it or the browser says."""
        host = request.headers.get("host", "")
        named = [host, _host_of(request.headers.get("origin", f"//{host}"))]
        near = request.client is not None and is_loopback(request.client.host)
        if not (near and all(is_loopback(_PORT.sub("", name)) for name in named)) or any(name in request.headers for name in _FORWARDED):
            hint = "Who runs it starts it with 'cxr-auditor serve --accounts' and adds people with 'cxr-auditor users add NAME'."
            raise SignInNeeded("This page is reached from elsewhere, and it was started without accounts.", hint)
        return local_person(self.store)

    def _signed_in(self, request: Request) -> Person:
        token = request.cookies.get(COOKIE)
        person = self.sign_ins.person(token) if token else None
        if person is not None:
            return person
        if not self.accounts.any():
            raise self.nobody_yet()
        raise not_signed_in()

    def nobody_yet(self) -> SignInNeeded:
        """What is told where nobody can sign in."""
        hint = "Who runs this page adds the first one: cxr-auditor users add NAME --role teacher"
        if in_a_space():
            hint = "Who runs this Space writes 'hf_oauth: true' at the top of its README: people then sign in with Hugging Face."
        return SignInNeeded("Nobody has an account here yet.", hint)

    def _of_hugging_face(self, request: Request) -> Person:
        """From the cookie that Gradio signed after Hugging Face told it who this is."""
        told = request.session.get("oauth_info") or {}
        name = told.get("userinfo", {}).get("preferred_username")
        if not name or told.get("expires_at", math.inf) < time.time():
            raise SignInNeeded("You are not signed in.", "Sign in with Hugging Face; the button is at the top of the page.")
        return self.accounts.of_hugging_face(name, Role.TEACHER if name.lower() in teachers() else Role.TRAINEE)


def not_signed_in() -> SignInNeeded:
    """What is told where signing in helps."""
    return SignInNeeded(
        "You are not signed in.", "Sign in to train, to teach or to be walked through the cases of this page's library.", link=True
    )


def teachers(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """Names at Hugging Face of those who are teachers here, in small letters: case makes no other name there."""
    return frozenset(filter(None, (name.strip().lower() for name in environment.get(TEACHERS_VARIABLE, "").split(","))))


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this page itself, or from no page at all. `Sec-Fetch-Site` can't be set by a page's script; browsers
    leave it out where a page is neither encrypted nor on this machine, and there `Origin` must name the host that was asked.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or _host_of(origin) == headers.get("host", "").lower()


def _host_of(origin: str) -> str:
    """Host and port of an `Origin`."""
    return origin.partition("//")[2].lower()


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own, reached by nobody else."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_opened: list[Door] = []


def open_door(door: Door) -> None:
    """From now on people come in here."""
    _opened[:] = [door]


def door() -> Door:
    """The server's door. Where none was opened (a page that was launched without `app.serve`): that of the environment."""
    if not _opened:
        open_door(Door(login_for(None)))
    return _opened[0]


def person_of(request) -> Person:
    """Who sends this gr.Request. Every handler that shows or keeps anything of a person asks this first. Raises SignInNeeded."""
    return door().person_of(request)
