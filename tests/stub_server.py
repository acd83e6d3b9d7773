"""An OpenAI-compatible server made of a script: each request is answered by the next step, good or faulty. It keeps what it received."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def completion(text="[]", finish="stop", **message) -> dict:
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "stub",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


def event(body) -> bytes:
    """One server-sent event of any content."""
    return b"data: " + (body if isinstance(body, bytes) else json.dumps(body).encode()) + b"\n\n"


def chunk(text=None, finish=None, **delta) -> bytes:
    choice = {"index": 0, "finish_reason": finish, "delta": delta if text is None else {"content": text, **delta}}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "stub", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


class Stub:
    """`steps`: what to do with the next requests, the last one for ever. A step is a handler's method call, made by the functions below."""

    def __init__(self, *steps):
        self.steps, self.bodies, self.headers, self.address = list(steps), [], [], ""
        self.models = ["stub-model"]
        self.listing = None  # a step that answers for the list of models

    def next_step(self):
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


def answers(body, status=200, content_type="application/json"):
    """A whole answer: a dict as JSON, or bytes as they are."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()

    def act(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)

    return act


def refuses(status, about=""):
    return answers({"error": {"message": f"the key sk-secret and the draft are repeated here {about}", "code": status}}, status)


def hangs(seconds):
    """Answers too late."""

    def act(handler):
        time.sleep(seconds)
        handler.close_connection = True

    return act


def half_a_body(payload=b'{"id": "1", "choices": [{"mess'):
    """Promises more than it sends, then drops the connection."""

    def act(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(10 * len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)
        _drop(handler)

    return act


def drops():
    """Drops the connection without a word."""
    return _drop


def streams(*pieces, then_drop=False):
    """Server-sent events; `then_drop` cuts the line instead of ending."""

    def act(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        for piece in pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()
        if then_drop:
            _drop(handler)
        handler.close_connection = True

    return act


def _drop(handler):
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()
    handler.close_connection = True


@contextmanager
def serving(*steps):
    """A Stub on a free port, with `address` set."""
    stub = Stub(*steps)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            cards = [{"id": m, "object": "model", "created": 0, "owned_by": "x"} for m in stub.models]
            (stub.listing or answers({"object": "list", "data": cards}))(self)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stub.bodies.append(json.loads(body))
            stub.headers.append({name.lower(): value for name, value in self.headers.items()})
            stub.next_step()(self)

        def log_message(self, *_):
            """Tests print nothing."""

        def finish(self):
            try:
                super().finish()
            except OSError:
                return  # the line was dropped on purpose

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    stub.address = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
