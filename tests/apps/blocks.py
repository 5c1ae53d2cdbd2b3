"""Two blocks, of a length that nobody knows beforehand."""


def app(environ, start_response):
    start_response("200 Fine", [("Content-Type", "text/plain")])
    yield b"one,"
    yield b""
    yield b"two"
