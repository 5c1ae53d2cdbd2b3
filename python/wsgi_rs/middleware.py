"""Middleware: each class wraps a WSGI application and is one.

They stack: ``Recover(ContentLength(app))``. Outermost comes what should see the whole request and the final
response, such as `AccessLog`.
"""

from ._native import (
    AccessLog,
    Cascade,
    ConcurrencyLimit,
    ContentLength,
    Deadline,
    Dispatcher,
    ErrorPages,
    ExceptionPage,
    LoadShed,
    MapResponse,
    MethodOverride,
    Metrics,
    NormalizePath,
    Prefix,
    ProxyFix,
    Recover,
    Redirect,
    ResponseHeader,
    Rewrite,
    ServerTiming,
    SlowLog,
    StaticFiles,
    Trace,
    When,
)

__all__ = [
    "AccessLog",
    "Cascade",
    "ConcurrencyLimit",
    "ContentLength",
    "Deadline",
    "Dispatcher",
    "ErrorPages",
    "ExceptionPage",
    "LoadShed",
    "MapResponse",
    "MethodOverride",
    "Metrics",
    "NormalizePath",
    "Prefix",
    "ProxyFix",
    "Recover",
    "Redirect",
    "ResponseHeader",
    "Rewrite",
    "ServerTiming",
    "SlowLog",
    "StaticFiles",
    "Trace",
    "When",
]
