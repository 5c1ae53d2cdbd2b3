"""Gives a body with the status that its path names, whether that status allows one or not."""


def app(environ, start_response):
    start_response(environ["PATH_INFO"][1:] + " Status", [("Content-Type", "text/plain")])
    return [b"a body that nobody asked for"]
