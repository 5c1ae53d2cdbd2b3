"""Gives text where bytes belong."""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["text"]
