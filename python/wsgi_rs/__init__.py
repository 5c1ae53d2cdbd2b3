"""A WSGI server, router and middleware, written in Rust.

Serve an application::

    import wsgi_rs

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"Hello, World!\\n"]

    wsgi_rs.serve(app, bind="127.0.0.1:8000")

The command ``wsgi-server module:app`` does the same, with more options.

`Router`, the classes of `wsgi_rs.middleware` and `wsgi_rs.validate.Validator` are WSGI applications like any
other: every WSGI server can host them. Where several of them are stacked, a request passes from Python to Rust
once, not once for each.
"""

from . import middleware, validate
from ._native import Router, Server, __version__, serve

__all__ = ["Router", "Server", "__version__", "middleware", "serve", "validate"]
