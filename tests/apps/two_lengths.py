"""Gives two lengths."""


def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "8"), ("Content-Length", "9")])
    return [b"answered"]
