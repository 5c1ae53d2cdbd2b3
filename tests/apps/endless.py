"""Blocks without an end; tells when it is closed."""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        while True:
            yield b"x" * 65536
    finally:
        environ["wsgi.errors"].write("no more blocks\n")
