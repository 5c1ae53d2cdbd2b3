"""Sets a header field that is the server's own."""


def app(environ, start_response):
    start_response("200 OK", [("Transfer-Encoding", "chunked")])
    return [b"0\r\n\r\n"]
