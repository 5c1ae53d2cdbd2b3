"""Fails with the exception and at the place that the path names: `/second/SystemExit`."""

import asyncio
import sys

from account import Tracked, account, answer

sys.setrecursionlimit(500)


class Nasty(Exception):
    """Cannot even be shown."""

    def __str__(self):
        raise ValueError("of Nasty")

    __repr__ = __str__


def recurse():
    return recurse()


def fail(name):
    if name == "RecursionError":
        recurse()
    if name == "MemoryError":
        bytearray(1 << 62)
    kinds = {"Nasty": Nasty, "CancelledError": asyncio.CancelledError}
    raise kinds.get(name) or getattr(__import__("builtins"), name)("the secret of the application")


def steps(before, name):
    yield from before
    fail(name)


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/account":
        return account(start_response)
    _, place, *name = path.split("/")
    if not name:
        return answer(start_response, path.encode())
    name = name[0]
    if place == "before":
        fail(name)
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    if place == "called":
        fail(name)
    if place == "written":
        write(b"begun")
        fail(name)
    if place == "handler":
        # What a framework does: the error page replaces what has not gone out.
        try:
            fail(name)
        except BaseException:
            start_response("503 Handled", [("Content-Type", "text/plain")], sys.exc_info())
            return Tracked([b"handled"])
    if place == "late-handler":
        write(b"begun")
        try:
            fail(name)
        except BaseException:
            start_response("503 Handled", [("Content-Type", "text/plain")], sys.exc_info())
    return {
        "first": lambda: Tracked(steps([], name)),
        "empty": lambda: Tracked(steps([b"", b""], name)),
        "second": lambda: Tracked(steps([b"begun"], name)),
        "last": lambda: Tracked(steps([b"begun"] * 1000, name)),
        "close": lambda: Tracked([b"whole"], lambda: fail(name)),
        "both": lambda: Tracked(steps([], name), lambda: fail("ValueError")),
    }[place]()
