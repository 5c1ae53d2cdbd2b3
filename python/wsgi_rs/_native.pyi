from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Literal, Protocol, Union, final

import sys

if sys.version_info >= (3, 11):
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
else:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = [
    "AccessLog",
    "ContentLength",
    "Prefix",
    "ProxyFix",
    "Recover",
    "ResponseHeader",
    "Router",
    "Server",
    "Validator",
    "__version__",
    "main",
    "serve",
]

__version__: str

class _Writer(Protocol):
    def write(self, text: str, /) -> object: ...

_Fields = Union[Mapping[str, str], Iterable[tuple[str, str]]]

def main(arguments: Sequence[str]) -> int: ...
def serve(
    app: WSGIApplication,
    bind: str | Iterable[str] | None = None,
    *,
    threads: int = 1,
    head_limit: int | None = None,
    body_limit: int | None = None,
    keep_alive: float | None = None,
    graceful_timeout: float | None = None,
) -> None: ...
@final
class Server:
    def __new__(
        cls,
        app: WSGIApplication,
        bind: str | Iterable[str] | None = None,
        *,
        threads: int = 1,
        head_limit: int | None = None,
        body_limit: int | None = None,
        keep_alive: float | None = None,
        graceful_timeout: float | None = None,
    ) -> Server: ...
    @property
    def addresses(self) -> list[str]: ...
    def run(self) -> None: ...
    def shutdown(self) -> None: ...
    def abort(self) -> None: ...

class _Application:
    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]: ...

@final
class Router(_Application):
    def __new__(cls) -> Router: ...
    def route(self, pattern: str, app: WSGIApplication, *, methods: Sequence[str] | None = None) -> None: ...
    def mount(self, prefix: str, app: WSGIApplication) -> None: ...
    def host(self, host: str, app: WSGIApplication) -> None: ...
    def fallback(self, app: WSGIApplication) -> None: ...

@final
class ContentLength(_Application):
    def __new__(cls, app: WSGIApplication) -> ContentLength: ...

@final
class Recover(_Application):
    def __new__(cls, app: WSGIApplication) -> Recover: ...

@final
class Prefix(_Application):
    def __new__(cls, app: WSGIApplication, prefix: str) -> Prefix: ...

@final
class Validator(_Application):
    def __new__(cls, app: WSGIApplication) -> Validator: ...

@final
class AccessLog(_Application):
    def __new__(
        cls,
        app: WSGIApplication,
        *,
        format: Literal["common", "combined", "json"] = "combined",
        file: str | PathLike[str] | _Writer | None = None,
    ) -> AccessLog: ...

@final
class ProxyFix(_Application):
    def __new__(
        cls,
        app: WSGIApplication,
        *,
        trusted: Sequence[str] | None = None,
        believe: Sequence[Literal["for", "proto", "host", "port", "prefix"]] | None = None,
        forwarded: bool = False,
        hops: int | None = None,
        remove_untrusted: bool = False,
    ) -> ProxyFix: ...

@final
class ResponseHeader(_Application):
    def __new__(
        cls,
        app: WSGIApplication,
        *,
        set: _Fields | None = None,
        append: _Fields | None = None,
        set_if_missing: _Fields | None = None,
        remove: Sequence[str] | None = None,
    ) -> ResponseHeader: ...
