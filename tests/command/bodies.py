"""Layers over bodies around frameworks that trap what reading raises: Flask and Django answer it with 500."""

import gzip
import io
import logging
import unittest

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path
from flask import Flask, request

from wsgi_rs.middleware import BodyLimit, Decompress

flask = Flask(__name__)


@flask.post("/")
def flask_length():
    return str(len(request.get_data()))


@flask.post("/caught")
def flask_caught():
    try:
        return str(len(request.get_data()))
    except OSError as error:
        return str(error), 409


def django_length(request):
    return HttpResponse(str(len(request.read())))


def django_caught(request):
    try:
        return HttpResponse(str(len(request.read())))
    except OSError as error:
        return HttpResponse(str(error), status=409)


settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="for tests",
    LOGGING_CONFIG=None,
    DATA_UPLOAD_MAX_MEMORY_SIZE=None,
)
urlpatterns = [path("", django_length), path("caught", django_caught)]
django.setup()


def post(app, body, *, path="/", length=True, **variables):
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **variables,
    }
    if length:
        environ["CONTENT_LENGTH"] = str(len(body))
    started = []

    def start_response(status, headers, exc_info=None):
        assert exc_info is not None or not started
        started[:] = [status]

    answer = app(environ, start_response)
    try:
        return started[0], b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()


class Unreadable(unittest.TestCase):
    """A body that cannot be read is its sender's fault, whoever traps what reading raises."""

    def setUp(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def test_a_coded_body(self):
        hello = gzip.compress(b"hello" * 1000)
        coded = {"HTTP_CONTENT_ENCODING": "gzip"}
        self.assertEqual(post(Decompress(flask), hello, **coded), ("200 OK", b"5000"))
        large = ("413 Content Too Large", b"Content Too Large\n")
        self.assertEqual(post(Decompress(flask, size_limit=10), hello, **coded), large)
        for body in (hello[:-9], b"no gzip"):
            self.assertEqual(post(Decompress(flask), body, **coded), ("400 Bad Request", b"Bad Request\n"))
            status, text = post(Decompress(flask), body, path="/caught", **coded)
            self.assertEqual(status, "409 CONFLICT")
            self.assertIn(b"gzip", text)

    def test_a_body_that_does_not_say_how_long_it_is(self):
        self.assertEqual(post(BodyLimit(flask, limit=10), b"x" * 10, length=False), ("200 OK", b"10"))
        large = ("413 Content Too Large", b"Content Too Large\n")
        self.assertEqual(post(BodyLimit(flask, limit=10), b"x" * 11, length=False), large)
        status, text = post(BodyLimit(flask, limit=10), b"x" * 11, path="/caught", length=False)
        self.assertEqual(status, "409 CONFLICT")
        self.assertIn(b"longer than 10 bytes", text)

    def test_django(self):
        # Django reads what CONTENT_LENGTH says; a client that lies about its coding sends one.
        app = Decompress(LengthAgain(WSGIHandler()))
        coded = {"HTTP_CONTENT_ENCODING": "gzip"}
        self.assertEqual(post(app, gzip.compress(b"hello"), **coded), ("200 OK", b"5"))
        self.assertEqual(post(app, b"no gzip", **coded), ("400 Bad Request", b"Bad Request\n"))
        self.assertEqual(post(app, b"no gzip", path="/caught", **coded)[0], "409 Conflict")


class LengthAgain:
    """As a layer that knows how long the plain body is to be."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["CONTENT_LENGTH"] = "5"
        return self.app(environ, start_response)


if __name__ == "__main__":
    unittest.main()
