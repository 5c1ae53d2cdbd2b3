"""Fails before it has begun a response."""


def app(environ, start_response):
    raise RuntimeError("the secret of the application")
