"""The pages /sign-in and /sign-out, which need no script, and the line at the top of the page that says who is signed in."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qsl

import gradio as gr
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ..errors import AuditorError
from ..teaching.passwords import LONGEST
from ..teaching.sign_in_limit import TooManyTries
from ..teaching.sign_ins import WrongPassword
from . import render
from .desk import html
from .screen import problem_of
from .static_files import static
from .who import COOKIE, Door, Login, SignInNeeded, in_a_space, not_signed_in, same_origin

_MOST_BYTES = 16_384
"""Of a form: more than any name and password need."""


def routes(door: Door) -> list[Route]:
    """What the server answers beside Gradio's page; nothing where people come in another way."""
    if door.login is not Login.ACCOUNTS:
        return []
    desk = _FrontDesk(door)
    pages = {"/sign-in": desk.sign_in, "/sign-out": desk.sign_out}
    return [Route(path, _told(door, page), methods=["GET", "POST"]) for path, page in pages.items()]


def build_who(page: gr.Blocks, door: Door) -> None:
    """The line that says who is signed in, with the way in or out; nothing where nobody signs in."""

    def who(request: gr.Request) -> Markup:
        try:
            return render.page_part("sign_in_who.html", person=door.person_of(request), problem=None)
        except SignInNeeded as problem:
            return nobody(problem)
        except Exception as error:  # the page's edge: told to the visitor and logged
            return render.problem(problem_of(error))

    if door.login is Login.ACCOUNTS:
        page.load(who, None, html(elem_id="who"), show_progress="hidden", api_visibility="private")
    elif door.login is Login.HUGGING_FACE:
        gr.LoginButton(logout_value="Sign out ({})", size="sm", elem_id="who")


def nobody(problem: SignInNeeded | None = None) -> Markup:
    """The line at the top for whoever is not signed in."""
    return render.page_part("sign_in_who.html", person=None, problem=problem or not_signed_in())


def needed(problem: SignInNeeded) -> Markup:
    """What stands in place of a part of the page that only people who are signed in may see."""
    return render.page_part("sign_in_needed.html", problem=problem)


class _FrontDesk:
    def __init__(self, door: Door):
        self._door = door

    async def sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return await asyncio.to_thread(_form, self._door, request.query_params.get("back", ""))
        form = await _sent(request)
        return await asyncio.to_thread(self._enter, request, form)

    def _enter(self, request: Request, form: dict[str, str]) -> Response:
        name, back = form.get("name", ""), form.get("back", "")
        try:
            token = self._door.sign_ins.sign_in(name, form.get("password", ""), request.client.host if request.client else "")
        except WrongPassword as problem:
            return _form(self._door, back, name, problem, 401)
        except TooManyTries as problem:
            return _form(self._door, back, name, problem, 429, {"Retry-After": str(problem.seconds)})
        self._leave(request)
        response = _to_the_page(back)
        response.set_cookie(COOKIE, token, **_cookie_rules(request))
        return response

    async def sign_out(self, request: Request) -> Response:
        if request.method != "POST":
            return _page("Sign out", "sign_in_out.html")
        await _sent(request)
        await asyncio.to_thread(self._leave, request)
        response = _to_the_page("")
        response.delete_cookie(COOKIE, **_cookie_rules(request))
        return response

    def _leave(self, request: Request) -> None:
        if token := request.cookies.get(COOKIE):
            self._door.sign_ins.sign_out(token)


class _Refused(AuditorError):
    """A request that no form of these pages makes. `status`: the HTTP status."""

    def __init__(self, status: int, message: str, hint: str):
        super().__init__(message, hint)
        self.status = status


async def _sent(request: Request) -> dict[str, str]:
    """The fields of a form of this page. Raises _Refused for one of another page, or for more than such a form holds."""
    if not same_origin(request.headers):
        raise _Refused(403, "This form was sent from another page.", "Open this page in a tab of its own and try again.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise _Refused(413, "That is longer than any name and password.", f"A password has at most {LONGEST} characters.")
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=8, errors="replace"))
    except ValueError as error:
        raise _Refused(400, "This form can't be read.", "Open the page again and fill it in.") from error


def _told(door: Door, answer: Callable) -> Callable:
    """The page with errors that become a page too."""

    async def told(request: Request) -> Response:
        try:
            return await answer(request)
        except _Refused as problem:
            return _form(door, "", "", problem, problem.status)
        except Exception as error:  # the page's edge: told to the visitor and logged
            problem = problem_of(error)
            hint = problem.hint if isinstance(error, AuditorError) else "Try again; if it happens again, tell whoever runs this page."
            return _page("Sign in", "sign_in_problem.html", 503, problem=render.Problem(problem.message, hint))

    return told


def _form(door: Door, back: str, name: str = "", problem: AuditorError | None = None, status: int = 200, headers=None) -> Response:
    nobody = None if door.accounts.any() else door.nobody_yet()
    values = {"back": back, "name": name, "problem": problem, "nobody": nobody, "longest": LONGEST}
    return _page("Sign in", "sign_in.html", status, headers, **values)


def _page(title: str, template: str, status: int = 200, headers: dict[str, str] | None = None, **values) -> Response:
    """A page of its own, that nothing keeps, that loads nothing and that no other site may show in a frame."""
    style = Markup(static("page.css") + static("report.css") + static("sign_in.css"))  # the project's own files
    text = render.page_part("sign_in_page.html", title=title, style=style, body=render.page_part(template, **values))
    frames = "'self' https://huggingface.co" if in_a_space() else "'none'"
    rules = f"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    fixed = {
        "Content-Security-Policy": rules,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",  # with no-referrer, a browser would not tell the form's origin
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(text, status, fixed | (headers or {}))


def _to_the_page(back: str) -> Response:
    """To the page beside this one, to the place that it was left at (`back`: its query and its fragment). Anything else might lead
    elsewhere and is left out.
    """
    place = back if back.startswith(("?", "#")) else ""
    return RedirectResponse("./" + place, status_code=303, headers={"Cache-Control": "no-store"})


def _cookie_rules(request: Request) -> dict:
    """A cookie that no script reads. It ends with the browser, and on the server sooner. Inside a Space's frame it is another site's."""
    framed = in_a_space()
    return {"httponly": True, "secure": framed or request.url.scheme == "https", "samesite": "none" if framed else "lax", "path": "/"}
