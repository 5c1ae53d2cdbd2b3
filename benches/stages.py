"""Applications of the stages that call Python: each does as little as its lesson allows."""

import platform
import sysconfig

HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "13")]
BODY = [b"Hello, World!"]


def hello(environ, start_response):
    """Looks at nothing and answers constants: what is left is the bridge."""
    start_response("200 OK", HEADERS)
    return BODY


def fields(environ, start_response):
    """Ten headers, made anew as a framework makes them."""
    start_response("200 OK", [
        ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(BODY[0]))),
        ("Cache-Control", "no-store"), ("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"), ("Vary", "Accept-Encoding"), ("X-Request-Id", "0123456789abcdef"),
        ("Set-Cookie", "a=1; Path=/; HttpOnly"), ("Set-Cookie", "b=2; Path=/; HttpOnly")])
    return BODY


def blocks(environ, start_response):
    """A generator: stepped block by block, and closed."""
    start_response("200 OK", HEADERS)
    yield b"Hello, "
    yield b"World!"


def build(environ, start_response):
    """Which build of CPython this is, as far as the number of its instructions depends on it."""
    optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    text = f"{platform.python_version()}{', optimised' if optimised else ''}, {platform.python_compiler()}"
    text += f", {' '.join(platform.libc_ver())}"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]
