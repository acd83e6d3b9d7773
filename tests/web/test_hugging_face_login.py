"""Hugging Face login from the click to the person, with Gradio's own routes and a stand-in for the hub on this machine."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import gradio as gr
import gradio.oauth
import pytest
from gradio.routes import App
from joserfc import jwk, jwt
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from cxr_auditor.teaching.store.engine import open_store
from cxr_auditor.web import who
from cxr_auditor.web.app import build
from cxr_auditor.web.who import Door, Login, SignInNeeded, login_for

KEY = jwk.RSAKey.generate_key(2048, {"kid": "k", "use": "sig", "alg": "RS256"})


class Hub(ThreadingHTTPServer):
    """An OpenID provider with one user, who is asked nothing and always agrees."""

    user = "Grace"

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answers)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.nonce = ""


class _Answers(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self):
        hub, address = self.server, self.server.address
        asked = urlsplit(self.path)
        if asked.path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            hub.nonce = query["nonce"]
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}&code=c&state={query['state']}")
            self.end_headers()
        elif asked.path == "/jwks":
            self._json({"keys": [KEY.as_dict(private=False)]})
        else:
            ends = {f"{name}_endpoint": f"{address}/{name}" for name in ("token", "userinfo")}
            signed = {"id_token_signing_alg_values_supported": ["RS256"], "jwks_uri": f"{address}/jwks"}
            self._json({"issuer": address, "authorization_endpoint": f"{address}/authorize"} | ends | signed)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        hub = self.server
        about = {"sub": "1", "name": "Grace H", "preferred_username": hub.user, "profile": "p", "picture": "p"}
        claims = {"iss": hub.address, "aud": "an id", "exp": 4_000_000_000, "iat": 1_700_000_000, "nonce": hub.nonce} | about
        token = jwt.encode({"alg": "RS256", "kid": "k"}, claims, KEY)
        self._json({"access_token": "t", "token_type": "bearer", "expires_in": 3600, "id_token": token})

    def _json(self, answer):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def hub():
    hub = Hub()
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    yield hub
    hub.shutdown()
    hub.server_close()


@pytest.fixture
def space(hub, tmp_path, monkeypatch):
    """The page as a Space serves it, and one visitor."""
    settings = {"OAUTH_CLIENT_ID": "an id", "OAUTH_CLIENT_SECRET": "a secret", "OAUTH_SCOPES": "openid profile"}
    settings |= {"OPENID_PROVIDER_URL": hub.address}
    for name, value in ({"SYSTEM": "spaces", "SPACE_ID": "somebody/cxr", "SPACE_HOST": "cxr.hf.space"} | settings).items():
        monkeypatch.setenv(name, value)
    for name, value in settings.items():
        monkeypatch.setattr(gradio.oauth, name, value)  # read when Gradio is imported
    store = open_store(f"sqlite:///{tmp_path / 'teaching.sqlite3'}")
    door = Door(login_for("0.0.0.0"), store)
    assert door.login is Login.HUGGING_FACE
    monkeypatch.setattr(who, "_opened", [door])

    def me(request: Request):
        try:
            person = who.person_of(gr.Request(request))
        except SignInNeeded as problem:
            return JSONResponse({"problem": str(problem)}, 401)
        return JSONResponse({"name": person.name, "role": person.role})

    page = build()
    public = {getattr(fn.fn, "__qualname__", None) for fn in page.fns.values() if fn.api_visibility != "private"}
    assert public == {"LoginButton._check_login_status"}  # Gradio's own, for the button's label
    app = App.create_app(page, app_kwargs={"routes": [Route("/me", me)]})
    yield TestClient(app, "https://cxr.hf.space", follow_redirects=False)
    store.close()


@pytest.mark.slow
def test_from_the_click_to_the_person_and_out_again(space, hub, monkeypatch):
    import httpx

    assert space.get("/me").status_code == 401
    to_hub = space.get("/login/huggingface?_target_url=/").headers["location"]
    assert to_hub.startswith(hub.address)
    back = httpx.get(to_hub).headers["location"]
    assert back.startswith("https://cxr.hf.space/login/callback")
    assert space.get(back.removeprefix("https://cxr.hf.space")).headers["location"] == "/"
    assert space.get("/me").json() == {"name": "hf.co/Grace", "role": "trainee"}
    monkeypatch.setenv(who.TEACHERS_VARIABLE, "grace")
    assert space.get("/me").json() == {"name": "hf.co/Grace", "role": "teacher"}
    assert space.get("/me", headers={"sec-fetch-site": "cross-site"}).status_code == 401  # another site, with this cookie
    assert space.get("/sign-in").status_code == 404
    space.get("/logout")
    assert space.get("/me").status_code == 401


@pytest.mark.slow
def test_a_cookie_that_gradio_did_not_sign_is_nobodys(space):
    import base64
    import hashlib

    from itsdangerous import TimestampSigner

    told = {"oauth_info": {"userinfo": {"preferred_username": "Grace"}, "expires_at": 4e9}}
    for secret in ("", "-v4", "another secret-v4"):
        signer = TimestampSigner(hashlib.sha256(secret.encode()).hexdigest())
        space.cookies.set("session", signer.sign(base64.b64encode(json.dumps(told).encode())).decode())
        assert space.get("/me").status_code == 401
    signer = TimestampSigner(hashlib.sha256(b"a secret-v4").hexdigest())  # the right one: the test could fail
    space.cookies.set("session", signer.sign(base64.b64encode(json.dumps(told).encode())).decode())
    assert space.get("/me").json()["name"] == "hf.co/Grace"
