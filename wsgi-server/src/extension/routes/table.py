"""What tells the routes of an application, in plain data.

A *line* is a route as `Report::from_json` reads it. A *mount* is a line with the routes of another application in it:
``{"mount": line, "routes": [...]}``. An *answer* is what becomes of a request: see `answer`.
"""

import re
from math import isfinite
from urllib.parse import quote, unquote_to_bytes

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"]


class Request:
    """What is asked of the routes: a method, a host and the path of a request target."""

    def __init__(self, method, host, target, script_name=""):
        self.method = method
        self.host = host
        path, _, self.query = target.partition("?")
        # As it was written: only there `%2F` is no slash.
        self.raw = path
        self.path = unquote_to_bytes(path).decode("utf-8", "replace")
        self.script_name = script_name

    def below(self, prefix):
        """The same for an application that is mounted at this prefix of the path."""
        inner = Request(self.method, self.host, "", self.script_name + prefix)
        inner.path, inner.query = self.path[len(prefix) :], self.query
        written = literal(prefix)
        known = self.raw.startswith(written) and self.raw[len(written) :].startswith("/")
        inner.raw = self.raw[len(written) :] if known else literal(inner.path) or "/"
        return inner

    def target(self):
        """The path, percent-encoded, and the query."""
        return self.raw + ("?" + self.query if self.query else "")

    def environ(self):
        """An environ for the parts of frameworks that want one; nobody reads a body."""
        from wsgiref.util import setup_testing_defaults

        name, _, port = self.host.partition(":")
        environ = {
            "REQUEST_METHOD": self.method,
            "HTTP_HOST": self.host,
            "SERVER_NAME": name,
            "SERVER_PORT": port or "80",
            "SCRIPT_NAME": self.script_name.encode().decode("latin-1"),
            "PATH_INFO": self.path.encode().decode("latin-1"),
            "QUERY_STRING": self.query,
        }
        setup_testing_defaults(environ)
        return environ


def line(path, template, endpoint, methods=(), parameters=(), defaults=None, notes=(), **domain):
    """A route; `template` may be None, and no methods are all."""
    names = sorted(methods, key=lambda method: (METHODS.index(method) if method in METHODS else len(METHODS), method))
    return {
        "path": path,
        "template": template,
        "endpoint": endpoint,
        "methods": names,
        "parameters": list(parameters),
        "defaults": {str(name): plain(value) for name, value in (defaults or {}).items()},
        "notes": list(notes),
        **{kind: text for kind, text in domain.items() if text},
    }


def parameter(name, schema, converter="", args=(), kwargs=None, slashes=False, place="path"):
    """A parameter; the schema's pattern is a regular expression of Python that matches the whole."""
    arguments = [{"value": plain(value)} for value in args]
    arguments += [{"name": key, "value": plain(value)} for key, value in (kwargs or {}).items()]
    return {
        "name": name,
        "in": place,
        "converter": converter,
        "arguments": arguments,
        # Bounds that JSON cannot have are not told.
        "schema": {key: value for key, value in schema.items() if value is not None and type(plain(value)) is type(value)},
        "slashes": slashes,
    }


def answer(route=None, values=None, status=None, why="", allow=(), location=None, mounts=()):
    """Without a status the route answers the request; with one nobody does, or the client is sent elsewhere."""
    return {
        "route": route,
        "values": {str(name): plain(value) for name, value in (values or {}).items()},
        "status": status,
        "why": why,
        "allow": list(allow),
        "location": location,
        "mounts": list(mounts),
    }


def mount(prefix, **domain):
    """The line of a mount at a prefix without parameters."""
    prefix = prefix.rstrip("/")
    return line(prefix + "/*", literal(prefix), "", **domain)


def literal(text):
    """Text as it stands in a template."""
    return quote(text, safe="/-._~!$&'()*+,:;=@")


def text(minimum=1, maximum=None):
    """The schema of text."""
    return {"type": "string", "minLength": minimum or None, "maxLength": maximum}


def expression(regex):
    """The schema of what a regular expression matches."""
    return {"type": "string", "pattern": regex}


def plain(value):
    """A value as JSON can have it."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63 or isinstance(value, float) and not isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return str(value)


def name_of(thing):
    """What a view, a handler or an endpoint is called."""
    if isinstance(thing, str):
        return thing
    if not hasattr(thing, "__qualname__"):
        thing = getattr(thing, "func", type(thing))
    return f"{thing.__module__}.{getattr(thing, '__qualname__', thing)}"


def group_end(regex, start):
    """Where the group that begins here ends, behind its parenthesis; None if it does not."""
    depth, at, in_class = 0, start, False
    while at < len(regex):
        char = regex[at]
        if char == "\\":
            at += 1
        elif in_class:
            # A bracket that comes first in a class is one of its characters.
            in_class = char != "]" or regex[at - 1] == "[" or regex[at - 2 : at] == "[^"
        elif char == "[":
            in_class = True
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return None


def regex_pieces(regex):
    """What a regular expression of literal text and groups consists of: texts and (name, regex), the name None where the
    group has none; None if it is more than that."""
    pieces, at = [], 0
    while at < len(regex):
        char = regex[at]
        if char == "(":
            end = group_end(regex, at)
            if end is None or regex[end : end + 1] in ("*", "+", "?", "{"):
                return None
            named = re.match(r"\(\?P<(\w+)>", regex[at:])
            if named:
                pieces.append((named[1], regex[at + named.end() : end - 1]))
            elif regex.startswith("(?", at):
                return None
            else:
                pieces.append((None, regex[at + 1 : end - 1]))
            at = end
            continue
        if char == "\\" and at + 1 < len(regex) and not regex[at + 1].isalnum():
            at += 1
        elif char in "\\[].*+?{}|^$)":
            return None
        if regex[at + 1 : at + 2] in ("*", "+", "?", "{") and regex[at + 1 : at + 2]:
            return None
        pieces.append(regex[at])
        at += 1
    return pieces
