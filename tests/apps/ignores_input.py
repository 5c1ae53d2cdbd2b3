"""Answers without reading what the client sends."""


def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "8")])
    return [b"answered"]
