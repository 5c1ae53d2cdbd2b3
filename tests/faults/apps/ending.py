"""Ends its own process, or would like to; `/stream` has another client wait for the rest of its answer meanwhile."""

import ctypes
import os
import signal
import sys
import threading

from account import account, answer

never = threading.Event()


def kill(number):
    os.kill(os.getpid(), number)
    never.wait()  # a signal may take a moment to arrive


ENDS = {
    "os._exit": lambda: os._exit(7),
    "os._exit(0)": lambda: os._exit(0),
    "os.abort": os.abort,
    "SIGKILL": lambda: kill(signal.SIGKILL),
    "null": lambda: ctypes.string_at(0),
    "SIGTERM": lambda: os.kill(os.getpid(), signal.SIGTERM),
}


def stream():
    yield b"begun"
    never.wait()


def end_later(name):
    yield b"begun"
    ENDS[name]()
    yield b"not reached"


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/account":
        return account(start_response)
    _, what, *name = path.split("/")
    if what == "thread":
        # A thread that exits ends itself alone.
        thread = threading.Thread(target=sys.exit, args=(3,))
        thread.start()
        thread.join()
    if what in ("daemon", "stays"):
        threading.Thread(target=never.wait, daemon=what == "daemon").start()
    if what == "now":
        ENDS[name[0]]()
    if what in ("stream", "later"):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return stream() if what == "stream" else end_later(name[0])
    return answer(start_response, path.encode())
