"""Never calls start_response."""


def app(environ, start_response):
    return [b"body without a head"]
