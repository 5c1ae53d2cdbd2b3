"""Recursion as deep as large templates and schemas have it, through Python alone and through C."""

import json
import sys

DEPTH = 4000
sys.setrecursionlimit(5000)


def python(depth):
    return 0 if depth == 0 else 1 + python(depth - 1)


def callback(depth):
    return 0 if depth == 0 else 1 + max(map(callback, [depth - 1]))


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return json.dumps(value).count("[") - 1


def app(environ, start_response):
    work = {"/python": python, "/callback": callback, "/nested": nested}[environ["PATH_INFO"]]
    try:
        answer = str(work(DEPTH))
    except RecursionError:
        answer = "RecursionError"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer.encode()]
