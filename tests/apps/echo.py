"""Answers with what it was given: the text variables of the environ and the body, as JSON."""

import json


def app(environ, start_response):
    seen = {key: value for key, value in environ.items() if isinstance(value, (str, bool))}
    seen["body"] = environ["wsgi.input"].read().decode("latin-1")
    answer = json.dumps(seen).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
