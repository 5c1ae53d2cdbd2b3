"""What the soak asks for: `/soak/KIND/SEED/SIZE` answers with SIZE bytes that SEED tells, in the manner of KIND.

The client knows all bytes before it asks. The field `X-Seed` and the query say SEED once more, so that an environ which
is mixed from two requests is noticed here, and the answer's `X-Seed` lets the client notice one of another request.
"""

import io
import sys
import tempfile
import time

from account import Tracked, account, answer

LARGEST = 16 << 20


def table():
    """A prime number of bytes: where a pattern begins is told by none of its parts that is a power of two long."""
    x, numbers = 1, bytearray()
    for _ in range(65521):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        numbers.append(x >> 16 & 255)
    return bytes(numbers)


TABLE = table()
LONG = memoryview(TABLE * (LARGEST // len(TABLE) + 2))


def content(seed, size):
    begin = seed % len(TABLE)
    return bytes(LONG[begin : begin + size])


def blocks(seed, size):
    """As [`content`], in blocks of a size that the seed tells, an empty one among them."""
    step = 500 + seed % 30_000
    begin = seed % len(TABLE)
    for at in range(begin, begin + size, step):
        yield bytes(LONG[at : min(at + step, begin + size)])
        yield b""


def failing(steps):
    yield from steps
    raise ValueError("on purpose, in the middle")


def fail():
    raise ValueError("on purpose, in close()")


def received(environ, seed, size):
    """Whether the body is the expected one; read at once, in pieces, or by lines."""
    stream, expected = environ["wsgi.input"], content(seed, size)
    if seed % 3 == 0:
        return stream.read() == expected
    if seed % 3 == 1:
        pieces = iter(lambda: stream.read(50_000), b"")
    else:
        pieces = stream
    at = 0
    for piece in pieces:
        if expected[at : at + len(piece)] != piece:
            return False
        at += len(piece)
    return at == size


def file(data):
    file = tempfile.TemporaryFile()
    file.write(data)
    file.seek(0)
    return file


def app(environ, start_response):
    if environ["PATH_INFO"] == "/account":
        return account(start_response)
    _, kind, seed, size = environ["PATH_INFO"].split("/")
    assert environ["SCRIPT_NAME"] == "/soak" and environ["QUERY_STRING"] == "seed=" + seed, environ
    assert environ["HTTP_X_SEED"] == seed, environ
    headers = [("Content-Type", "application/octet-stream"), ("X-Seed", seed)]
    seed, size = int(seed), int(size)

    def start(status="200 OK", *more):
        return start_response(status, [*headers, *more])

    if kind == "raise":
        raise ValueError("on purpose, in the call")
    if kind == "nothing":
        start(["204 No Content", "304 Not Modified"][seed % 2])
        return []
    if kind == "upload":
        start()
        return [b"whole" if received(environ, seed, size) else b"wrong"]
    if kind == "echo":
        start()
        return Tracked(iter([environ["wsgi.input"].read()]))
    if kind == "write":
        write = start()
        for block in blocks(seed, size):
            write(block)
        return []
    if kind == "handled":
        try:
            start()
            raise ValueError("on purpose, handled")
        except ValueError:
            start_response("503 Handled", headers, sys.exc_info())
        return Tracked([content(seed, size)])
    if kind == "blocking":
        time.sleep(0.001 * (1 + seed % 20))
    length = [("Content-Length", str(size))] if kind in ("length", "ignored") else []
    start("200 OK", *length)
    if kind in ("list", "blocking", "ignored"):
        return [content(seed, size)]
    return {
        "blocks": lambda: Tracked(blocks(seed, size)),
        "length": lambda: Tracked(blocks(seed, size)),
        "file": lambda: environ["wsgi.file_wrapper"](file(content(seed, size))),
        "filelike": lambda: environ["wsgi.file_wrapper"](io.BytesIO(content(seed, size))),
        "cut": lambda: Tracked(failing(blocks(seed, size))),
        "unclosed": lambda: Tracked([content(seed, size)], fail),
    }[kind]()
