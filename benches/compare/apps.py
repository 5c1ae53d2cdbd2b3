"""WSGI applications that every server hosts unchanged; each is named for its scenario."""

import hashlib
import json
import time
from functools import cache

HELLO = b"Hello, World!"
CHUNK = b"x" * 1024
LARGE = b"x" * (1 << 20)


def hello(environ, start_response):
    """The smallest useful answer: 13 bytes of a known length."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [HELLO]


def headers(environ, start_response):
    """Looks at ten variables and answers ten headers, as a framework does."""
    seen = [environ.get(key, "") for key in (
        "REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL", "HTTP_HOST",
        "HTTP_USER_AGENT", "HTTP_ACCEPT", "HTTP_COOKIE", "REMOTE_ADDR", "wsgi.url_scheme")]
    body = "\n".join(seen).encode("latin-1")
    start_response("200 OK", [
        ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"), ("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"), ("Vary", "Accept-Encoding"), ("X-Request-Id", "0123456789abcdef"),
        ("Set-Cookie", "a=1; Path=/; HttpOnly"), ("Set-Cookie", "b=2; Path=/; HttpOnly")])
    return [body]


def document(environ, start_response):
    """Encodes a small JSON document."""
    body = json.dumps({"message": "Hello, World!", "items": list(range(20))}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def post(environ, start_response):
    """Reads the whole body of the request and answers its digest."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    digest = hashlib.md5(body).hexdigest().encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(digest)))])
    return [digest]


def large(environ, start_response):
    """One MiB in one piece."""
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(LARGE)))])
    return [LARGE]


def stream(environ, start_response):
    """Sixty-four KiB in sixty-four pieces, no length told."""
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return (CHUNK for _ in range(64))


def blocking(environ, start_response):
    """Waits ten milliseconds without the GIL, as a query of a database does."""
    time.sleep(0.010)
    return hello(environ, start_response)


def mixed(environ, start_response):
    """Fast, but for /slow, which waits fifty milliseconds."""
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.050)
    return hello(environ, start_response)


def cpu_bound(environ, start_response):
    """Fast, but for /cpu, which computes for about twenty milliseconds, holding the GIL."""
    if environ["PATH_INFO"] == "/cpu":
        total = 0
        for number in range(400_000):
            total += number
    return hello(environ, start_response)


def slow_clients(environ, start_response):
    """What clients may be slow with: reading /large, sending to /post, and others that are not slow at all."""
    by_path = {"/large": large, "/post": post}
    return by_path.get(environ["PATH_INFO"], hello)(environ, start_response)


@cache
def flask_app():
    """Made by the first request, so that the other scenarios need no Flask."""
    from flask import Flask, jsonify

    app = Flask(__name__)

    @app.get("/")
    def index():
        return "ready"

    @app.get("/user/<int:ident>")
    def user(ident):
        return jsonify(id=ident)

    return app


def flask(environ, start_response):
    """A framework: routing, a converter, a JSON answer."""
    return flask_app()(environ, start_response)
