"""Calls start_response twice, without exc_info."""


def app(environ, start_response):
    start_response("200 OK", [("X-Call", "1")])
    start_response("200 OK", [("X-Call", "2")])
    return [b"answered"]
