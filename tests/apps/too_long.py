"""Promises five bytes and gives more, in one block and in another."""


def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"HTTP/", b"1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]
