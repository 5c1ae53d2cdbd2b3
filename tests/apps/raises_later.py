"""Fails after its first block."""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begun"
    raise RuntimeError("the secret of the application")
