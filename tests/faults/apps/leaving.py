"""Answers of all kinds, for clients that leave in the middle of them.

`/wait` waits at the gate that `/open` opens; `/arrived?3` returns when three requests wait there.
"""

import itertools
import tempfile
import threading

from account import Tracked, account, answer

BLOCK = b"x" * 65536
LARGE = b"x" * (32 << 20)
gate = threading.Event()
arrived = threading.Semaphore(0)

file = tempfile.NamedTemporaryFile(prefix="wsgi-tests-")
file.truncate(32 << 20)


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/account":
        return account(start_response)
    if path == "/arrived":
        for _ in range(int(environ["QUERY_STRING"])):
            arrived.acquire()
        return answer(start_response, b"arrived")
    if path == "/open":
        gate.set()
        return answer(start_response, b"open")
    if path == "/wait":
        arrived.release()
        gate.wait()
        start_response("200 OK", [])
        return Tracked([b"waited"])
    if path == "/read":
        length = len(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return Tracked([b"%d" % length])
    if path == "/pieces":
        while environ["wsgi.input"].read(1 << 20):
            pass
    if path == "/large":
        return answer(start_response, LARGE)
    if path == "/write":
        write = start_response("200 OK", [])
        body = Tracked()
        try:
            for _ in range(512):
                write(BLOCK)
        except BaseException as error:
            print("write failed:", type(error).__name__, flush=True)
            body.close()
            raise
        return body
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/file":
        return environ["wsgi.file_wrapper"](open(file.name, "rb"))
    if path == "/filelike":
        return environ["wsgi.file_wrapper"](Filelike())
    if path == "/endless":
        return Tracked(itertools.repeat(BLOCK))
    if path == "/slices":
        return Tracked(itertools.repeat(b"slice", 2_000_000))
    return Tracked([path.encode()])


class Filelike(Tracked):
    """What is no plain file is read block by block; closed by its wrapper."""

    def read(self, size):
        return BLOCK[:size]
