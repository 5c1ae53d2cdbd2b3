"""Sends one block, then waits until the named pipe of the query is written to, then sends another."""

import os


def app(environ, start_response):
    pipe = environ["QUERY_STRING"]
    os.mkfifo(pipe)
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first,"
    with open(pipe) as opened:
        yield opened.read().encode()
