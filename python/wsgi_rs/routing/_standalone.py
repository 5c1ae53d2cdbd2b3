"""The exceptions of routing where Werkzeug is not installed. Those with a status are WSGI applications that answer."""

from __future__ import annotations

import difflib
from html import escape
from http import HTTPStatus


class HTTPException(Exception):
    """A response to be sent instead of what the application would have answered."""

    code: int | None = None
    description: str | None = None

    def __init__(self, description=None, response=None):
        super().__init__()
        if description is not None:
            self.description = description
        self.response = response

    @property
    def name(self):
        """The reason phrase of the status."""
        try:
            return HTTPStatus(self.code).phrase
        except ValueError:
            return "Unknown Error"

    def get_description(self, environ=None, scope=None):
        """The description as HTML."""
        return f"<p>{escape(self.description or '')}</p>"

    def get_headers(self, environ=None, scope=None):
        """The header fields of the response."""
        return [("Content-Type", "text/html; charset=utf-8")]

    def get_body(self, environ=None, scope=None):
        """The response's document."""
        title = f"{self.code} {escape(self.name)}"
        return (
            f"<!doctype html>\n<html lang=en>\n<title>{title}</title>\n<h1>{escape(self.name)}</h1>\n"
            f"{self.get_description(environ)}\n"
        )

    def get_response(self, environ=None, scope=None):
        """A WSGI application that sends the response."""
        return self if self.response is None else self.response

    def __call__(self, environ, start_response):
        if self.response is not None:
            return self.response(environ, start_response)
        body = self.get_body(environ).encode()
        headers = [*self.get_headers(environ), ("Content-Length", str(len(body)))]
        start_response(f"{self.code} {self.name}", headers)
        return [body]

    def __str__(self):
        return f"{self.code} {self.name}: {self.description}"

    def __repr__(self):
        return f"<{type(self).__name__} '{self.code}: {self.name}'>"


class BadRequest(HTTPException):
    """400: the request cannot be understood."""

    code = 400
    description = "The request cannot be understood."


class BadHost(BadRequest):
    """400: the host that the request names is none."""


class NotFound(HTTPException):
    """404: no rule matches the path."""

    code = 404
    description = "There is nothing at this URL."


class MethodNotAllowed(HTTPException):
    """405: rules match the path, for other methods, which are in `valid_methods`."""

    code = 405
    description = "This URL does not answer this method."

    def __init__(self, valid_methods=None, description=None, response=None):
        super().__init__(description, response)
        self.valid_methods = valid_methods

    def get_headers(self, environ=None, scope=None):
        headers = super().get_headers(environ, scope)
        if self.valid_methods:
            headers.append(("Allow", ", ".join(self.valid_methods)))
        return headers


class RoutingException(Exception):
    """What the routing itself raises."""


class RequestRedirect(HTTPException, RoutingException):
    """308: the client is to ask for `new_url` instead, an absolute URL, with the same method."""

    code = 308

    def __init__(self, new_url):
        super().__init__(new_url)
        self.new_url = new_url

    def get_description(self, environ=None, scope=None):
        url = escape(self.new_url)
        return f'<p>It is at <a href="{url}">{url}</a>.</p>'

    def get_headers(self, environ=None, scope=None):
        return [*super().get_headers(environ, scope), ("Location", self.new_url)]


class RequestPath(RoutingException):
    """The path is to be another one; never leaves the routing."""

    def __init__(self, path_info):
        super().__init__()
        self.path_info = path_info


class RequestAliasRedirect(RoutingException):
    """The rule stands for another one; never leaves the routing."""

    def __init__(self, matched_values, endpoint):
        super().__init__()
        self.matched_values = matched_values
        self.endpoint = endpoint


class WebsocketMismatch(BadRequest):
    """400: the only rule of the path is for WebSocket requests and this is none, or the other way round."""


class NoMatch(Exception):
    """No rule matches; never leaves the routing."""

    def __init__(self, have_match_for, websocket_mismatch):
        super().__init__(have_match_for, websocket_mismatch)
        self.have_match_for = have_match_for
        self.websocket_mismatch = websocket_mismatch


class ValidationError(ValueError):
    """Raised by a converter: the text, or the value, is none of its own, so that no rule matches."""


class BuildError(RoutingException, LookupError):
    """No URL can be built for the endpoint and the values; the message names the nearest rule and what is missing."""

    def __init__(self, endpoint, values, method, adapter=None):
        super().__init__(endpoint, values, method)
        self.endpoint = endpoint
        self.values = values
        self.method = method
        self.adapter = adapter

    @property
    def suggested(self):
        """The rule that was probably meant; `None` if the map has none."""
        return self.closest_rule(self.adapter)

    def closest_rule(self, adapter):
        """The rule of the adapter's map whose endpoint is most alike; of several, one that takes the values."""
        given = set(self.values or ())

        def likeness(rule):
            names = difflib.SequenceMatcher(None, str(rule.endpoint), str(self.endpoint)).ratio()
            answers = rule.methods is not None and self.method in rule.methods
            return (round(names, 6), given <= rule.arguments, answers)

        return max(adapter.map.iter_rules(), key=likeness, default=None) if adapter else None

    def __str__(self):
        words = [f"Could not build url for endpoint {self.endpoint!r}"]
        if self.method:
            words.append(f" ({self.method!r})")
        if self.values:
            words.append(f" with values {sorted(self.values)!r}")
        words.append(".")
        rule = self.suggested
        if rule is None:
            return "".join(words)
        if rule.endpoint != self.endpoint:
            words.append(f" Did you mean {rule.endpoint!r} instead?")
            return "".join(words)
        if self.method and rule.methods is not None and self.method not in rule.methods:
            words.append(f" Did you mean to use methods {sorted(rule.methods)!r}?")
        missing = (rule.arguments | set(rule.defaults or ())) - set(self.values or ())
        if missing:
            words.append(f" Did you forget to specify values {sorted(missing)!r}?")
        return "".join(words)
