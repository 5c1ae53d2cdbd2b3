"""What the servers host: our router and middleware around applications of Rust and of Python."""

import json
import os
import threading

import flask
import hosted
from wsgi_rs import Router
from wsgi_rs.middleware import AccessLog, ContentLength, ProxyFix, Recover, ResponseHeader, StaticFiles
from wsgi_rs.routing import BaseConverter

TEXT = [("Content-Type", "text/plain")]
closed = 0
closing = threading.Condition()


class Blocks:
    """An iterable that counts how often its like was closed."""

    def __init__(self, blocks):
        self.blocks = iter(blocks)

    def __iter__(self):
        return self.blocks

    def close(self):
        global closed
        with closing:
            closed += 1
            closing.notify_all()


def python(environ, start_response):
    """One answer for each corner of PEP 3333, chosen by the path."""
    path = environ["PATH_INFO"]
    if path == "/environ":
        start_response("200 OK", TEXT)
        seen = {key: value for key, value in environ.items() if isinstance(value, (str, bool))}
        seen["is a dict"] = type(environ) is dict
        return [json.dumps(seen).encode()]
    if path == "/blocks":
        start_response("200 Fine", TEXT)
        return Blocks([b"one,", b"", b"two"])
    if path == "/closed":
        # A server with threads may close a body only after its client has asked again.
        with closing:
            closing.wait_for(lambda: closed >= int(environ["QUERY_STRING"]), timeout=30)
        start_response("200 OK", TEXT)
        return [str(closed).encode()]
    if path == "/write":
        write = start_response("200 OK", TEXT)
        write(b"one,")
        write(b"two,")
        return [b"three"]
    if path == "/late":
        def late():
            start_response("201 Created", TEXT)
            yield b"late"
        return late()
    if path == "/file" and "wsgi.file_wrapper" in environ:
        start_response("200 OK", TEXT)
        return environ["wsgi.file_wrapper"](open(__file__, "rb"))
    if path == "/file":
        start_response("200 OK", TEXT)
        return open(__file__, "rb")
    if path == "/user":
        start_response("200 OK", TEXT)
        return [environ["wsgiorg.routing_args"][1]["id"].encode("latin-1")]
    if path == "/echo":
        start_response("200 OK", TEXT)
        return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))]
    if path == "/broken":
        raise RuntimeError("the secret of the application")
    start_response("404 Not Found", TEXT)
    return []


def user(environ, start_response):
    environ["PATH_INFO"] = "/user"
    return python(environ, start_response)


framework = flask.Flask(__name__)


@framework.get("/hello/<name>")
def hello(name):
    return f"Hello, {name}, at {flask.url_for('hello', name=name)}\n"




class Pair(BaseConverter):
    """Two numbers with a comma between them."""

    regex = r"\d+,\d+"

    def to_python(self, value):
        return tuple(map(int, value.split(",")))


def values(environ, start_response):
    start_response("200 OK", TEXT)
    return [repr(environ["wsgiorg.routing_args"]).encode("latin-1")]


router = Router(converters={"pair": Pair})
router.route("/users/{id}", user, methods=["GET"])
router.route("/numbers/<int:n>/<pair:p>/<s>", values)
router.mount("/rust", hosted.app)
router.mount("/python", python)
router.mount("/flask", ContentLength(framework))
router.mount("/stamped", hosted.stamped(python))  # by another extension module than the router's
router = StaticFiles(router, root=os.environ["STATIC_ROOT"])
app = AccessLog(ProxyFix(Recover(ResponseHeader(router, set={"X-Outer": "yes"})), trusted=["127.0.0.0/8"]))
