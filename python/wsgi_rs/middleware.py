"""Middleware: each class wraps a WSGI application and is one.

They stack: ``Recover(ContentLength(app))``. Outermost comes what should see the whole request and the final
response, such as `AccessLog`.
"""

from ._native import (
    AccessLog,
    ContentLength,
    Dispatcher,
    Prefix,
    ProxyFix,
    Recover,
    ResponseHeader,
    ServerTiming,
    StaticFiles,
)

__all__ = [
    "AccessLog",
    "ContentLength",
    "Dispatcher",
    "Prefix",
    "ProxyFix",
    "Recover",
    "ResponseHeader",
    "ServerTiming",
    "StaticFiles",
]
