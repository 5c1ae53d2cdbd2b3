"""Werkzeug's side of the comparison: one map, told in the first line; then times, as often as they are asked for."""

import json
import sys
import time
from importlib.metadata import version

from werkzeug.routing import Map, Rule
from werkzeug.test import EnvironBuilder

given = json.loads(sys.stdin.readline())
urls = Map([Rule(**rule) for rule in given["rules"]])
adapter = urls.bind("example.org")
requests = [tuple(request) for request in given["requests"]]
environs = [
    EnvironBuilder(path=path, method=method, base_url="http://example.org/").get_environ()
    for path, method in requests
]


def match():
    for path, method in requests:
        adapter.match(path, method)


def request():
    for environ in environs:
        urls.bind_to_environ(environ).match()


def say(*words):
    print(*words, flush=True)


found = [adapter.match(path, method)[0] for path, method in requests]  # sorts the rules, too
say(version("werkzeug"), sys.version.split()[0])
say(json.dumps(found))
for line in sys.stdin:
    what = {"match": match, "request": request}[line.strip()]
    repeats = max(1, 2000 // len(requests))
    start = time.perf_counter_ns()
    for _ in range(repeats):
        what()
    say((time.perf_counter_ns() - start) / repeats / len(requests))
