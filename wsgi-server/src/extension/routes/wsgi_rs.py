"""Our own router."""

from .table import answer, line, literal, mount, name_of, parameter, text


def of(application, find):
    """The routes of `wsgi_rs.Router`."""
    return None
