"""Hangs in the call, in a step, in `close()`, until `/open` or SIGUSR1 lets all go on."""

import signal
import threading

from account import Tracked, account, answer

gate = threading.Event()
arrived = threading.Semaphore(0)
signal.signal(signal.SIGUSR1, lambda *_: gate.set())


def hang():
    print("hangs\n", end="", flush=True)  # in one piece
    arrived.release()
    gate.wait()


def spin():
    print("hangs\n", end="", flush=True)  # in one piece
    arrived.release()
    while not gate.is_set():
        pass


def steps(first=True):
    if first:
        yield b"first,"
    hang()
    yield b"second"


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/account":
        return account(start_response)
    if path == "/open":
        gate.set()
    if path == "/arrived":
        for _ in range(int(environ["QUERY_STRING"])):
            arrived.acquire()
    if path == "/call":
        hang()
    if path == "/spin":
        spin()
    if path == "/write":
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        hang()
        try:
            write(b"too late")
        finally:
            Tracked().close()
    if path in ("/first", "/second", "/close"):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return {
            "/first": lambda: Tracked(steps(first=False)),
            "/second": lambda: Tracked(steps()),
            "/close": lambda: Tracked([b"whole"], hang),
        }[path]()
    return answer(start_response, path.encode())
