"""What routing raises: Werkzeug's own exceptions where it is installed, else classes of the same names."""

from __future__ import annotations

try:
    from werkzeug.exceptions import BadHost, HTTPException, MethodNotAllowed, NotFound
    from werkzeug.routing import (
        BuildError,
        NoMatch,
        RequestAliasRedirect,
        RequestPath,
        RequestRedirect,
        RoutingException,
        ValidationError,
        WebsocketMismatch,
    )
except ImportError:
    from ._standalone import (
        BadHost,
        BuildError,
        HTTPException,
        MethodNotAllowed,
        NoMatch,
        NotFound,
        RequestAliasRedirect,
        RequestPath,
        RequestRedirect,
        RoutingException,
        ValidationError,
        WebsocketMismatch,
    )

__all__ = [
    "BadHost",
    "BuildError",
    "HTTPException",
    "MethodNotAllowed",
    "NoMatch",
    "NotFound",
    "RequestAliasRedirect",
    "RequestPath",
    "RequestRedirect",
    "RoutingException",
    "ValidationError",
    "WebsocketMismatch",
]
