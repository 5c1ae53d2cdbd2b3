"""Puts a line break into a header value, as an application that repeats user input would."""


def app(environ, start_response):
    start_response("200 OK", [("X-Input", "a\r\nX-Injected: b")])
    return [b"answered"]
