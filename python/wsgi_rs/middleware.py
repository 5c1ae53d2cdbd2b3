"""Middleware: each class wraps a WSGI application and is one.

They stack: ``Recover(ContentLength(app))``. Outermost comes what should see the whole request and the final
response, such as `AccessLog`.
"""

from ._native import (
    AccessLog,
    ContentLength,
    Dispatcher,
    Metrics,
    Prefix,
    ProxyFix,
    Recover,
    ResponseHeader,
    ServerTiming,
    SlowLog,
    StaticFiles,
    Trace,
)

__all__ = [
    "AccessLog",
    "ContentLength",
    "Dispatcher",
    "Metrics",
    "Prefix",
    "ProxyFix",
    "Recover",
    "ResponseHeader",
    "ServerTiming",
    "SlowLog",
    "StaticFiles",
    "Trace",
]
