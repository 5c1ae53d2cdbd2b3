"""Uses what the environ has beyond PEP 3333, and tells what it saw of it."""

import json
import threading

gate = threading.Event()
seen = {"polls": 0, "left": 0, "closed": 0}


def kind(value):
    if isinstance(value, type):
        return "class"
    return "callable" if callable(value) else type(value).__name__


class Ticks:
    """Blocks until the client has left; each goes out at once."""

    def __init__(self, has_left):
        self.has_left = has_left

    def __iter__(self):
        while not self.has_left():
            seen["polls"] += 1
            yield b"tick\n"
        seen["left"] += 1

    def close(self):
        seen["closed"] += 1


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/hints":
        hint = environ["wsgi.early_hints"]
        hint([("Link", "</a.css>; rel=preload"), ("Link", "</b.css>; rel=preload")])
        hint([("X-Second", "1")])
        gate.wait(60)
    if path == "/wrong-hints":
        try:
            environ["wsgi.early_hints"]([("Connection", "close")])
        except Exception as error:
            seen["error"] = str(error)
    if path == "/waits":
        # Asks until the client has left, before it answers at all.
        while not environ["wsgi_rs.client_disconnected"]():
            seen["polls"] += 1
        seen["left"] += 1
    if path == "/open":
        gate.set()
    if path == "/ticks":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Ticks(environ["waitress.client_disconnected"])
    known = {key: kind(value) for key, value in environ.items()} if path == "/keys" else seen
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(known).encode()]
