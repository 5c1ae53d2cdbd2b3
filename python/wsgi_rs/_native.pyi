from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Protocol, TypedDict, TypeVar, Union, final, overload

from typing_extensions import Unpack

import sys

if sys.version_info >= (3, 11):
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
else:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

from .routing import Map, Rule

__all__ = [
    "AccessLog",
    "Cascade",
    "ConcurrencyLimit",
    "ContentLength",
    "Cors",
    "Csrf",
    "Deadline",
    "Dispatcher",
    "ErrorPages",
    "ExceptionPage",
    "HttpsRedirect",
    "LoadShed",
    "MapAdapter",
    "MapBase",
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
    "Router",
    "SecurityHeaders",
    "Server",
    "ServerTiming",
    "SlowLog",
    "StaticFiles",
    "Table",
    "Trace",
    "TrustedHosts",
    "Validator",
    "When",
    "__version__",
    "check_expression",
    "main",
    "serve",
]

__version__: str

class _Writer(Protocol):
    def write(self, text: str, /) -> object: ...

_Fields = Union[Mapping[str, str], Iterable[tuple[str, str]]]

def main(arguments: Sequence[str]) -> int:
    """Run the command `wsgi-server` with these arguments, the program's name first, and return its exit code."""
class _Options(TypedDict, total=False):
    """Options of `Server` and `serve`; `None` stands for the default of each."""

    threads: int | None
    """How many threads may be in the application at once; they are started when calls take long. Default: 64."""
    loops: int | None
    """How many event loops share the connections. Default: one for each processor where several threads run at a time
    (Python without GIL), else one."""
    queue_limit: int | None
    """How many requests may wait for a thread when all are busy; further ones are answered with 503. Default: no
    limit."""
    queue_timeout: float | None
    """How long a request may wait for a thread, in seconds; then it is answered with 503. Default: no limit."""
    request_timeout: float | None
    """How long the application has until its response begins, in seconds; then the client is answered with 504. 0: no
    limit. Default: 300."""
    answer_half_closed: bool | None
    """Whether to run requests that had to wait even if their clients have closed their own side of the connection.
    Default: False."""
    switch_interval: float | None
    """`sys.setswitchinterval` while the server runs, in seconds. 0: left alone. Default: 0.0005."""
    request_line_limit: int | None
    """How long the first line of a request may be, in bytes; longer ones are refused with 414. Default: 8190."""
    field_size_limit: int | None
    """How large one header field may be, name and value, in bytes; requests with larger ones are refused with 431.
    Default: 8190."""
    field_count_limit: int | None
    """How many header fields a request may have; those with more are refused with 431. Default: 100."""
    head_limit: int | None
    """How large a request's line and header fields may be together, in bytes; larger ones are refused with 431. A
    higher limit holds for the line and each field, too. Default: 65536."""
    body_limit: int | None
    """How large a request's body may be, in bytes; larger ones are refused with 413. Default: 1 GiB."""
    head_timeout: float | None
    """How long a request's line and header fields may take to come, in seconds; then it is refused with 408. Default:
    30."""
    body_timeout: float | None
    """How long a client may pause while it sends a body, in seconds; then the request is refused with 408. Default:
    30."""
    body_rate: int | None
    """How many bytes of a body have to come each second in the long run; 0 takes any pace. A slower client uses up the
    time of `body_timeout` for its pauses. Default: 500."""
    write_timeout: float | None
    """How long a client may pause while it takes a response, in seconds; then its connection is closed. Default: 60."""
    write_rate: int | None
    """How many bytes of a response have to be taken each second in the long run; 0 takes any pace. A slower client uses
    up the time of `write_timeout` for its pauses. Default: 500."""
    keep_alive: float | None
    """How long an idle connection is kept for the client's next request, in seconds; 0 keeps none. Default: 75."""
    graceful_timeout: float | None
    """How long requests in flight may take to end once the server is asked to stop, in seconds. Default: 30."""
    connection_limit: int | None
    """How many connections there may be at once. Where there are as many, those that have been idle for longest are
    closed, and while there are none further clients wait to be accepted. Default: three quarters of the files that may
    be open (`ulimit -n`), at most 10000."""
    connection_limit_per_peer: int | None
    """How many connections of one address there may be at once (of IPv6, of one /64 network); further ones are closed.
    Behind a proxy all clients have its address. Unix sockets are exempt. Default: no limit."""
    requests_per_connection: int | None
    """How many requests a connection may have; the last response says `Connection: close`. Default: no limit."""
    backlog: int | None
    """How many connections may wait to be accepted, at each address; the system may have a lower limit (Linux:
    `net.core.somaxconn`). Default: 2048."""
    forwarded_allow: str | Iterable[str] | None
    """The proxies: addresses and networks, `unix` for peers on unix sockets, `*` for all. What only proxies have reason
    to send is removed from requests of others. Default: 127.0.0.0/8, ::1 and unix."""
    forwarded_headers: str | Iterable[str] | None
    """What they are believed: `forwarded`, or some of `x-forwarded-for`, `x-forwarded-proto`, `x-forwarded-host`,
    `x-forwarded-port` and `x-forwarded-prefix`. Default: `x-forwarded-for` and `x-forwarded-proto` where one of the
    other two is given, else none."""
    forwarded_hops: int | None
    """How many proxies each request passes, where their addresses are not known. Default: the client is the first from
    the right that is none of the proxies named."""
    ledger: bool | None
    """Whether to note where the time of each request goes, for `AccessLog(timing=True)` and `ServerTiming`. Default:
    False."""
    log_level: Literal["off", "error", "warn", "info", "debug", "trace"] | None
    """The least important messages of the server that there are. As all of `log_…`, it is that of the process, which
    the server that ran last has set. Default: warn."""
    log_format: Literal["auto", "text", "json", "none"] | None
    """How messages are written to standard error: auto is text, with colours on a terminal; none: they are not.
    Default: auto."""
    log_to_python: bool | None
    """Whether the logger `wsgi_rs.server` of Python's `logging` gets the messages, too. Its handlers may be slow: a
    thread calls them. Default: False."""

def serve(
    app: WSGIApplication,
    bind: str | Iterable[str] | None = None,
    **options: Unpack[_Options],
) -> None:
    """Serve a WSGI application until the server is told to stop; see `Server` for the options."""
@final
class Server:
    """A server that is bound to its addresses.

    `bind` is an address or several: `host:port`, `:port`, `[::1]:port`, `unix:path`; port 0 takes a free one; the
    default is `127.0.0.1:8000`. Where `app` is an `AccessLog`, requests that the server refuses are in it, too.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        bind: str | Iterable[str] | None = None,
        **options: Unpack[_Options],
    ) -> Server: ...
    @property
    def addresses(self) -> list[str]:
        """Where it listens, with the port that 0 became: `["http://127.0.0.1:8000"]`."""
    def run(self) -> None:
        """Serve until told to stop, by `shutdown()`, `abort()` or a signal. Can be called once.

        The application is called on other threads. Called on the main thread, signal handlers of the program go on
        working; when one raises, as that of Ctrl-C does, the server stops gracefully and what was raised is raised
        here. So does SIGTERM, quietly, unless the program handles it. A second one ends this call at once; an
        application that is being called then goes on by itself.
        """
    def shutdown(self) -> None:
        """Stop gracefully, from any thread: requests in flight are answered."""
    def abort(self) -> None:
        """Stop at once, from any thread: requests in flight are cut off."""

class _Application:
    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]: ...

_App = TypeVar("_App", bound=WSGIApplication)

class _RouteOptions(TypedDict, total=False):
    """What `Router.route` can be told of a rule; `None` stands for the default of each, or for what the rule says."""

    endpoint: str | None
    """The name of the route, for `url_for`. Default: the text of the rule."""
    defaults: Mapping[str, object] | None
    """Values that come with every match, as if they had been in the path."""
    strict_slashes: bool | None
    """Whether a missing final slash is added by a redirect. Default: the router's."""
    merge_slashes: bool | None
    """Whether several slashes in a row are redirected to one. Default: the router's."""
    host: str | None
    """The host that the route is for, which may have parameters. Default: any."""
    subdomain: str | None
    """The same, in front of the router's `server_name`."""
    redirect_to: str | None
    """Where to redirect instead, with the parameters as `<name>`; no application is needed then."""
    alias: bool | None
    """Whether to redirect to the other rule of the endpoint; no application is needed then."""
    build_only: bool | None
    """Whether the rule is there only to build URLs; no application is needed then."""
    websocket: bool | None
    """Whether the route is for WebSocket requests, and for no others."""

@final
class Router(_Application):
    """Hands each request to another application, chosen by host, path and method.

    A route's rule matches the whole path, in Werkzeug's syntax, `"/users/<int:id>"`, or without angles in braces,
    `"/users/{id}"`, `"/files/{*path}"`. What matched is in `environ["wsgiorg.routing_args"]`: numbers, UUIDs and what a
    converter of one's own makes as objects, text as a native string, which is Latin-1, as `PATH_INFO` is. A mount has
    everything below its prefix, which moves from `PATH_INFO` to `SCRIPT_NAME`. What nothing matches goes to the
    fallback, or is answered with 404.

    What is wrong with a rule by itself is raised as `ValueError` where it is added, and changes nothing. The router is
    built at the first request after a change, so that adding many routes is cheap; rules that are in each other's way
    are raised then, by every request, or by `build`, `url_for` and `report`, whichever comes first.
    """

    def __new__(
        cls,
        *,
        strict_slashes: bool = True,
        merge_slashes: bool = True,
        server_name: str | None = None,
        redirect_status: int = 308,
        converters: Mapping[str, Callable[..., object]] | None = None,
    ) -> Router:
        """`converters` are classes, like `wsgi_rs.routing.BaseConverter`, by the names that rules give them; they are
        called with `None` in place of a map, and the arguments in the rule."""
    @overload
    def route(
        self, rule: object, app: _App, *, methods: Sequence[str] | None = None, **options: Unpack[_RouteOptions]
    ) -> _App:
        """Answers the paths that the whole rule matches; all methods, or those given. The rule is text, or an object
        like the `Rule` of `wsgi_rs.routing` or of Werkzeug, whose options count where no keyword says otherwise."""
    @overload
    def route(
        self, rule: object, *, methods: Sequence[str] | None = None, **options: Unpack[_RouteOptions]
    ) -> Callable[[_App], _App]:
        """The same as a decorator; `None` where `redirect_to`, `alias` or `build_only` make an application needless."""
    @overload
    def mount(self, prefix: str, app: _App) -> _App:
        """Gives all paths at and below the prefix, which may have parameters, to an application."""
    @overload
    def mount(self, prefix: str) -> Callable[[_App], _App]:
        """The same as a decorator."""
    def nest(self, prefix: str, router: Router) -> None:
        """Adds the routes that another router has now, below a prefix; `SCRIPT_NAME` is not moved."""
    @overload
    def host(self, host: str, app: _App) -> _App:
        """Gives all requests for a host to an application: `"api.example.com"`, `"<tenant>.example.com"`,
        `"*.example.com"`."""
    @overload
    def host(self, host: str) -> Callable[[_App], _App]:
        """The same as a decorator."""
    def fallback(self, app: _App) -> _App:
        """Answers what nothing else answers. Returns the application, and so is a decorator."""
    def build(self) -> None:
        """Builds the router now, so that rules in each other's way are raised here, as `ValueError`."""
    def url_for(
        self,
        endpoint: str,
        /,
        *,
        _environ: dict[str, object] | None = None,
        _external: bool = False,
        **values: object,
    ) -> str:
        """The URL of the endpoint, of this router or of one mounted in it, with further values as the query; below
        `SCRIPT_NAME` if `_environ` is given, and if that is wished for with its scheme and host. `LookupError` tells
        what is missing."""
    def report(self) -> str:
        """All routes as a table to be read, those of mounted routers among them."""
    @property
    def routes(self) -> list[dict[str, object]]:
        """All routes as plain data, a dict each, with `path`, `methods`, `endpoint`, `parameters` and more."""

@final
class BodyLimit(_Application):
    """Refuses requests whose body is longer than `limit` bytes with 413.

    One that does not say how long it is can be read so far; then `read()` raises `ClientDisconnected`, which is an
    `OSError`. If the application lets that through, the answer is the 413 as well.
    """

    def __new__(cls, app: WSGIApplication, *, limit: int = 2_097_152) -> BodyLimit: ...

@final
class Buffer(_Application):
    """Takes the body of a request whole before the application runs: `CONTENT_LENGTH` is known then, and after
    `environ["wsgi.input"].seek(0)` it can be read again.

    Up to `request_memory` bytes are kept in memory, more in a temporary file; a body of more than `request_limit` bytes is
    refused with 413. `response` has the blocks of a response put together, up to `response_limit` bytes, so that its
    length is known; the client then waits for all of them, except for `text/event-stream`.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        request: bool = True,
        request_memory: int = 1_048_576,
        request_limit: int = 67_108_864,
        response: bool = False,
        response_limit: int = 1_048_576,
    ) -> Buffer: ...

@final
class Compress(_Application):
    """Compresses response bodies by the content coding that the client likes best: zstd, br, gzip or deflate.

    A complete body becomes one coded block; blocks and what is written are coded and flushed one by one, unless `flush` is
    false. `codings` are those that are offered; of those that the client likes alike, the first. `levels` maps codings to
    how hard they try: up to 9 for gzip and deflate (4 by default), 11 for br (4), 19 for zstd (3). `minimum_size` is in
    bytes. `content_types` are media types such as `text/html`, `text/*`, `+json`, `*/*`; by default text, JSON and the
    like. `only_if` is a function of the status and the list of header fields that has the last word; what it raises fails
    the request.

    Raises `ValueError` for codings, levels and media types that there are not, `TypeError` if `only_if` is no function.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        codings: Sequence[Literal["zstd", "br", "gzip", "deflate"]] | None = None,
        levels: Mapping[Literal["zstd", "br", "gzip", "deflate"], int] | None = None,
        minimum_size: int = 1024,
        content_types: Sequence[str] | None = None,
        only_if: Callable[[str, list[tuple[str, str]]], object] | None = None,
        flush: bool = True,
    ) -> Compress: ...

@final
class ConditionalGet(_Application):
    """Answers 304 where the client has what the application would send, by its `ETag` and `Last-Modified`, and 412 where
    `If-Match` or `If-Unmodified-Since` fails."""

    def __new__(cls, app: WSGIApplication) -> ConditionalGet: ...

@final
class ContentType(_Application):
    """Adds a `Content-Type`, `fallback`, to responses that lack one, and `charset` to texts that name none.

    Raises `ValueError` for what is no media type or charset.
    """

    def __new__(
        cls, app: WSGIApplication, *, fallback: str = "application/octet-stream", charset: str | None = None
    ) -> ContentType: ...

@final
class ETag(_Application):
    """Adds an `ETag` made of the body to responses that have none and whose body is complete, of up to `limit` bytes.

    It is weak, unless `strong` says that nothing outside of this layer changes the body.
    """

    def __new__(cls, app: WSGIApplication, *, strong: bool = False, limit: int = 1_048_576) -> ETag: ...

@final
class Head(_Application):
    """Answers `HEAD` without the body; with `as_get` the application is shown `GET`."""

    def __new__(cls, app: WSGIApplication, *, as_get: bool = False) -> Head: ...

@final
class RangeSlice(_Application):
    """Answers requests for ranges with those parts of what the application sends, where its length is known.

    A request for more than `range_limit` ranges gets all of it. `advertise` adds `Accept-Ranges: bytes`.
    """

    def __new__(cls, app: WSGIApplication, *, range_limit: int = 16, advertise: bool = True) -> RangeSlice: ...

@final
class ContentLength(_Application):
    """Adds `Content-Length` when the body's size is known before its first block."""

    def __new__(cls, app: WSGIApplication) -> ContentLength: ...

@final
class Dispatcher(_Application):
    """Hands each request to the application mounted at its host and path; to `app` where there is none.

    `mounts` maps prefixes of the path, such as `"/shop"`, to applications. `hosts` maps hosts (`"api.example.org"`,
    `"*.example.org"`, `"example.org:8080"`) to an application, or to such a mapping. The prefix moves from `PATH_INFO` to
    `SCRIPT_NAME`; of several the longest counts. Exact hosts come before wildcards before `mounts`. Without `app`, what
    nothing is mounted for is answered with 404.

    Raises `ValueError` for what is no prefix or host, and for two applications in one place.
    """

    def __new__(
        cls,
        app: WSGIApplication | None = None,
        mounts: Mapping[str, WSGIApplication] | None = None,
        *,
        hosts: Mapping[str, WSGIApplication | Mapping[str, WSGIApplication]] | None = None,
    ) -> Dispatcher: ...

@final
class Cascade(_Application):
    """Tries `app` and then `others`: the response is that of the first which does not answer with one of `statuses`
    (404, 405), or that of the last.

    Of a response that is dropped nothing goes out. The next application gets the environ as it was before, and the
    request's body from its beginning, of which up to `replay_limit` bytes are kept; where more was read, the response
    stands.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *others: WSGIApplication,
        statuses: Sequence[int] | None = None,
        replay_limit: int = 65_536,
    ) -> Cascade: ...

@final
class When(_Application):
    """Puts a layer around `app` for those requests of which `condition` is true; all others go to `app` as it is.

    `condition` is called with a copy of the environ, without `wsgi.input`, once for each request. `layer` is called with an
    application, once, and returns the one that is to be called instead: a class of `wsgi_rs.middleware`, or a `lambda`
    that gives it options.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        condition: Callable[[WSGIEnvironment], object],
        layer: Callable[[WSGIApplication], WSGIApplication],
    ) -> When: ...

@final
class NormalizePath(_Application):
    """Redirects requests for paths with several slashes in a row or dot segments to the plain path.

    `redirect` is the status; with `None` the application gets the plain path as `PATH_INFO` instead, and the former one as
    `wsgi_rs.normalize_path.orig.path_info`. `trailing_slash` says what becomes of a slash at the end.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        merge_slashes: bool = True,
        dot_segments: bool = True,
        trailing_slash: Literal["leave", "trim", "append"] = "leave",
        redirect: Literal[301, 302, 303, 307, 308] | None = 308,
    ) -> NormalizePath: ...

@final
class MethodOverride(_Application):
    """Takes the method from a header field or a form field of a `POST`.

    `methods` are those that it may become, by default `PUT`, `PATCH` and `DELETE`. `header` and `field` are the names;
    `None` looks at none. Forms of more than `body_limit` bytes are not looked at. The former method is in
    `wsgi_rs.method_override.orig.request_method`.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        methods: Sequence[str] | None = None,
        header: str | None = "X-HTTP-Method-Override",
        field: str | None = "_method",
        body_limit: int = 65_536,
    ) -> MethodOverride: ...

class _RedirectRule(TypedDict, total=False):
    exact: str
    prefix: str
    pattern: str
    to: str
    status: Literal[301, 302, 303, 307, 308]
    keep_query: bool
    host: str | Sequence[str]

@final
class Redirect(_Application):
    """Sends requests for some paths elsewhere, by rules, of which the first that fits counts.

    `rules` maps paths to targets, or is a list of dicts. Each has one of `exact`, `prefix` (what follows it is put behind
    the target) and `pattern` (a regular expression, whose groups are `$1` or `${name}` in the target), and `to`: a path, or
    a URL with a host. `status` is 307 unless it is given; the query is kept unless `keep_query` is false; `host` names
    the hosts that a rule is for.

    Raises `ValueError` for rules that cannot be, among them those whose captures would decide on the host.
    """

    def __new__(
        cls, app: WSGIApplication, rules: Mapping[str, str] | Iterable[_RedirectRule]
    ) -> Redirect: ...

class _RewriteRule(TypedDict, total=False):
    pattern: str
    to: str
    keep_query: bool
    then: Literal["next", "stop", "restart"]
    methods: str | Sequence[str]
    host: str | Sequence[str]
    headers: Mapping[str, str]
    unless_headers: Mapping[str, str]

@final
class Rewrite(_Application):
    """Changes the path of requests by rules, before the application sees it.

    `rules` maps regular expressions to texts that replace the path, in which `$1` and `${name}` are what was captured; or
    it is a list of dicts. Each has `pattern` and `to`; `then` says whether the next rule follows, none, or the first again;
    `methods`, `host`, `headers` and `unless_headers` (names and regular expressions) are conditions, all of which have to
    be met. A request that goes through the rules more than `pass_limit` times fails.

    Raises `ValueError` for rules that cannot be.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        rules: Mapping[str, str] | Iterable[_RewriteRule],
        *,
        pass_limit: int = 10,
    ) -> Rewrite: ...

@final
class ConcurrencyLimit(_Application):
    """Lets `limit` requests into the application at a time; others wait for a place.

    `limit` is the number of processors by default. Up to `queue` further requests wait, first come, first served, for up to
    `wait` seconds; others get 503, with `retry_after` seconds in `Retry-After`. A permit is held until the body is closed.
    Each request that waits holds a thread of the server; where that has one thread, nobody waits.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        limit: int | None = None,
        *,
        queue: int = 32,
        wait: float = 1.0,
        retry_after: float = 1.0,
    ) -> ConcurrencyLimit: ...
    @property
    def in_use(self) -> int:
        """How many requests are in the application."""
    @property
    def waiting(self) -> int:
        """How many requests wait."""

@final
class Deadline(_Application):
    """Gives each request a time in `seconds`, and answers 504 when it is over and nothing was sent.

    The application finds the deadline as `environ["wsgi_rs.deadline"]`, in seconds of `time.monotonic()`. A body breaks
    off between two blocks when the time is over, unless `until_start` is set. `header` names a field of requests that may
    shorten the time, in seconds. No layer can stop a call that is running; the server's `request_timeout` answers for it.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        seconds: float = 30.0,
        *,
        header: str | None = None,
        until_start: bool = False,
    ) -> Deadline: ...
    @staticmethod
    def remaining(environ: WSGIEnvironment) -> float | None:
        """How many seconds are left of the request's time; 0 when it is over, None where it has no deadline."""

@final
class ErrorPages(_Application):
    """Gives responses of the statuses 400 to 599 a body, where the application has left it empty.

    Without `pages` that is the status in words, as plain text, HTML or JSON, as `Accept` likes it. `pages` maps statuses
    (`404`, `"4xx"`, `"500-503"`) to HTML as text, to the path of a file, to a mapping of media types to text or bytes, or
    to an application, which finds the status as `environ["wsgi_rs.error_pages.status"]`. `replace_complete` replaces
    complete bodies that are not empty, `replace_streams` also those that come in blocks.

    Raises `OSError` for a file that cannot be read, `ValueError` for what is no error or no media type.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        pages: Mapping[int | str, str | PathLike[str] | Mapping[str, str | bytes] | WSGIApplication] | None = None,
        *,
        replace_complete: bool = False,
        replace_streams: bool = False,
    ) -> ErrorPages: ...

@final
class ExceptionPage(_Application):
    """Shows why the application failed: the traceback, and the request without its secrets. For development only.

    Nothing is shown unless `enable_for_development` is set, and then only to requests from this machine, by a name of this
    machine, that came through no proxy.
    """

    def __new__(cls, app: WSGIApplication, *, enable_for_development: bool = False) -> ExceptionPage: ...

@final
class LoadShed(_Application):
    """Refuses requests that have waited for too long while the server is overloaded: 503, with `Retry-After`.

    It is when for `interval` seconds no request has waited for less than `target` seconds; refused are then those that have
    waited for twice that. How long a request has waited is told by the server's ledger (`serve(app, ledger=True)`), or by
    `request_start`, a field in which a proxy tells when it came. `exempt` is a function of the environ, and says who is
    never refused.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        target: float = 0.1,
        interval: float = 1.0,
        retry_after: float = 1.0,
        exempt: Callable[[WSGIEnvironment], object] | None = None,
        request_start: str | None = None,
    ) -> LoadShed: ...
    @property
    def is_overloaded(self) -> bool:
        """Whether the server counts as overloaded, as of the last request."""

@final
class MapResponse(_Application):
    """Runs functions over responses: over the status, over the header fields, over each block of the body.

    `status` gets the status, the method and the path, and returns another status, or None; `headers` gets the list of
    fields, the method and the path, and returns another list, or None after changing the one that it got. `blocks` gets
    status, fields, method and path, and returns a function of a block of bytes, which returns another, or None for a body
    that is to pass untouched. What they raise is the failure of the application. `Content-Length` and other fields that
    describe the old bytes are removed; `keeps_length` keeps `Content-Length`.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        status: Callable[[str, str, str], str | None] | None = None,
        headers: Callable[[list[tuple[str, str]], str, str], _Fields | None] | None = None,
        blocks: Callable[[str, list[tuple[str, str]], str, str], Callable[[bytes], bytes] | None] | None = None,
        keeps_length: bool = False,
    ) -> MapResponse: ...

@final
class Decompress(_Application):
    """Takes the content codings off request bodies: zstd, br, gzip and deflate, and several of them in a row.

    `CONTENT_LENGTH` is gone then; applications that need it (Django's) have a `Buffer` inside of this. Reading a body that
    is malformed or too large raises `ClientDisconnected`; if the application lets that pass, the answer is 400 or 413. What
    has an unknown coding is answered by 415, unless `pass_unknown` is true.

    `size_limit` is in bytes of the decoded body, `ratio_limit` how many times the bytes that came it may have beyond its
    first MiB; `None` is no limit. `codings_limit` is how many codings a body may have. `raw_deflate` accepts deflate without
    the wrapping of zlib.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        size_limit: int | None = 16_777_216,
        ratio_limit: int | None = 200,
        codings_limit: int = 2,
        raw_deflate: bool = False,
        pass_unknown: bool = False,
    ) -> Decompress: ...

@final
class Recover(_Application):
    """Answers 500 when the application fails, and reports why in `wsgi.errors`."""

    def __new__(cls, app: WSGIApplication) -> Recover: ...

@final
class Prefix(_Application):
    """Mounts the application below a path, which moves from `PATH_INFO` to `SCRIPT_NAME`; 404 elsewhere."""

    def __new__(cls, app: WSGIApplication, prefix: str) -> Prefix: ...

@final
class Validator(_Application):
    """Checks the server's side and the application's against PEP 3333."""

    def __new__(cls, app: WSGIApplication) -> Validator: ...

@final
class AccessLog(_Application):
    """Writes one line when a response has ended.

    `format` is `"common"`, `"combined"`, `"json"`, or a format string of Gunicorn (`'%(h)s "%(r)s" %(s)s %(L)s'`) or
    Apache (`'%h "%r" %>s'`). `file` is a path, which is appended to, or an object with `write(str)`; `log_to_python`
    gives the lines to the logger `wsgi_rs.access` of `logging`, whose handlers a thread calls; without either they go to
    the request's `wsgi.errors`. `timing` ends each line with where the time of the request went; `write` may then be
    called by any thread. A `Server` around it writes requests that it refuses to the same place.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        format: str = "combined",
        file: str | PathLike[str] | _Writer | None = None,
        timing: bool = False,
        log_to_python: bool = False,
    ) -> AccessLog: ...
    def reopen(self) -> None:
        """Opens the file anew, for whoever moved it away (`logrotate`); does nothing where there is none.

        Where that fails, the old file goes on being written to, and the server's log tells why.
        """

@final
class SlowLog(_Application):
    """Writes one line for each request that took `threshold` seconds or longer, with where the time went.

    What counts is the time from the call to the end of the body, and under `serve(..., ledger=True)` what the request
    waited for a thread and for the interpreter before. `limit` is how many lines there may be in a minute; of further
    ones the next line has the number. `format`, `file` and `log_to_python` are as those of `AccessLog`, but for the
    logger, which is `wsgi_rs.slow`, and the level, `WARNING`.

    Raises `ValueError` for a threshold or a format that cannot be used, and `OSError` for a file that cannot be opened.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        threshold: float = 1.0,
        limit: int = 60,
        format: str | None = None,
        file: str | PathLike[str] | _Writer | None = None,
        log_to_python: bool = False,
    ) -> SlowLog: ...
    def reopen(self) -> None:
        """Opens the file anew, for whoever moved it away (`logrotate`); does nothing where there is none.

        Where that fails, the old file goes on being written to, and the server's log tells why.
        """

@final
class Metrics(_Application):
    """Counts requests, and measures durations and sizes by method, route and status, for Prometheus to collect.

    `path` answers requests for that path with the metrics; so does the application `exporter()`, wherever you put it.
    `duration_buckets` are upper bounds in seconds, `size_buckets` in bytes, both in growing order; the defaults are
    those of OpenTelemetry from 0.005 to 10, and 256 to 67108864. Beyond `series_limit` sets of labels all else is one
    set. `status` is the code, or its class (`2xx`). Routes are those of our routers, or what the application puts into
    `environ["wsgi_rs.route"]`; never the path. Each process counts for itself.

    Raises `ValueError` for a path without a slash, and for buckets that do not grow.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        path: str | None = None,
        duration_buckets: Sequence[float] | None = None,
        size_buckets: Sequence[int] | None = None,
        series_limit: int = 2000,
        status: Literal["code", "class"] = "code",
    ) -> Metrics: ...
    def render(self) -> str:
        """The metrics in Prometheus' text format."""
    def exporter(self) -> WSGIApplication:
        """An application that answers with the metrics, whatever the path."""

@final
class Trace(_Application):
    """Makes each request a part of a trace (W3C Trace Context).

    The application finds the ids in `environ["wsgi_rs.trace_id"]` and `environ["wsgi_rs.span_id"]`, and in
    `environ["HTTP_TRACEPARENT"]`, from which OpenTelemetry's instrumentation goes on; `AccessLog` tells them. A request
    that names a trace continues it, unless `trust_incoming` is false. `sample_ratio` is the share of new traces that
    are sampled. `response` tells the client the ids in a field of its own or in `Server-Timing`.

    Raises `ValueError` for a ratio that is not between 0 and 1, and for words that it does not know.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        trust_incoming: bool = True,
        sample_ratio: float = 1.0,
        response: Literal["traceparent", "server-timing"] | None = None,
    ) -> Trace: ...

@final
class ServerTiming(_Application):
    """Adds `Server-Timing` to responses, so that a browser's developer tools show where the server's time went.

    `only_when_asked` tells only those whose request has `Prefer: server-timing`. Attackers learn from times: not for
    the public.
    """

    def __new__(cls, app: WSGIApplication, *, only_when_asked: bool = False) -> ServerTiming: ...

@final
class ProxyFix(_Application):
    """Client address, scheme, host, port and prefix as a reverse proxy tells them.

    `trusted` are the proxies' networks and addresses, the default is this machine; `"unix"` stands for peers on a
    unix socket, `"*"` for all. `believe` names what is believed, by default `"for"` and `"proto"`. `forwarded` reads
    the `Forwarded` field of RFC 7239 instead of the `X-Forwarded-` ones. `hops` counts proxies instead of looking at
    the addresses in the list. When somebody else sent the fields they are removed, unless `keep_untrusted` is set.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        trusted: Sequence[str] | None = None,
        believe: Sequence[Literal["for", "proto", "host", "port", "prefix"]] | None = None,
        forwarded: bool = False,
        hops: int | None = None,
        keep_untrusted: bool = False,
    ) -> ProxyFix: ...

@final
class BasicAuth(_Application):
    """Lets only those through who tell a right name and password, by the `Basic` scheme; others get a 401.

    Who comes in is in `REMOTE_USER`. `users` maps names to passwords. `check` is asked about all others: a function of
    name and password that returns the user, `True` for the user of that name, or `None`. With neither nobody comes in.
    `realm` is what browsers show. `exempt` are paths that need no credentials, `/health` alone or all below `/public/`;
    `exempt_if` is a function of the environ. `anonymous` lets requests without credentials of the scheme pass, as
    nobody's. `remove_credentials` keeps them from the application.

    Raises `ValueError` for what no client can send.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        users: Mapping[str, str] | None = None,
        *,
        check: Callable[[str, str], str | bool | None] | None = None,
        realm: str = "Restricted",
        exempt: str | Iterable[str] | None = None,
        exempt_if: Callable[[WSGIEnvironment], object] | None = None,
        anonymous: bool = False,
        remove_credentials: bool = False,
    ) -> BasicAuth: ...

@final
class BearerAuth(_Application):
    """Lets only those through who bring a token that is known, by the `Bearer` scheme of RFC 6750.

    Whose it is stands in `REMOTE_USER`, what it is good for in `wsgi_rs.bearer_scope`. `tokens` maps tokens to users, or
    to pairs of user and scopes. `check` is asked about all others: a function of the token that returns a user, such a
    pair, or `None`. With neither nobody comes in. `scopes` are what a token has to be good for, all of them. The other
    options are as in `BasicAuth`.

    Raises `ValueError` for what can be no token and no scope.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        tokens: Mapping[str, str | tuple[str, str | Iterable[str]]] | None = None,
        *,
        check: Callable[[str], str | tuple[str, str | Iterable[str]] | None] | None = None,
        scopes: str | Iterable[str] | None = None,
        realm: str = "Restricted",
        exempt: str | Iterable[str] | None = None,
        exempt_if: Callable[[WSGIEnvironment], object] | None = None,
        anonymous: bool = False,
        remove_credentials: bool = False,
    ) -> BearerAuth: ...

@final
class RequestId(_Application):
    """Gives each request an id, in the field `X-Request-Id` of request and response, and in `wsgi_rs.request_id`.

    It is a new UUID of version 7, or what the function `generate` returns. `accept_incoming` takes the id that a request
    brings, if it is of at most `length_limit` letters, digits and `-_.~+/=:@`: only behind a proxy that sets it.
    `header` is another name of the field.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        header: str = "X-Request-Id",
        accept_incoming: bool = False,
        length_limit: int = 128,
        generate: Callable[[], str] | None = None,
    ) -> RequestId: ...

@final
class SensitiveHeaders(_Application):
    """Keeps the values of header fields out of logs, error pages and debugging output: `***` stands there instead.

    By default those that bear credentials, such as `Authorization` and `Cookie`; `also` names further ones, `only` names
    all. Programs of Python find the names in `environ["wsgi_rs.sensitive_headers"]`, in lower case, with commas between.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        also: str | Iterable[str] | None = None,
        only: str | Iterable[str] | None = None,
    ) -> SensitiveHeaders: ...

@final
class SignedCookies(_Application):
    """Signs the cookies that the application sets, and lets only those come back to it that it has signed.

    `keys` is a secret of at least 32 bytes, or several: the first signs, all verify. All cookies are signed, unless some
    are chosen by `names` or `prefixes`. `max_age`, in seconds, is how long ago a cookie may have been signed.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        keys: str | bytes | Iterable[str | bytes],
        *,
        names: str | Iterable[str] | None = None,
        prefixes: str | Iterable[str] | None = None,
        max_age: float | None = None,
    ) -> SignedCookies: ...

@final
class ResponseHeader(_Application):
    """Sets, adds and removes header fields of every response.

    Fields are mappings, or iterables of pairs. They are applied in the order remove, set, append, set_if_missing.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        set: _Fields | None = None,
        append: _Fields | None = None,
        set_if_missing: _Fields | None = None,
        remove: Sequence[str] | None = None,
    ) -> ResponseHeader: ...

@final
class StaticFiles(_Application):
    """Serves the files of a folder below a prefix of the path; all other requests are the application's.

    Without an application they are answered with 404. For several folders, put one around the other: they are composed
    in Rust. Content types, `ETag` and `Last-Modified`, conditional requests, ranges, and variants beside the files
    (`.br`, `.zst`, `.gz`) need nothing further.

    `scan` reads the folder now, keeps small files in memory (up to `memory_limit` bytes) and does not see files that
    come later; else each request looks. `max_age` is in seconds, `None` for no `Cache-Control`. `immutable` says which
    paths never change, by a regular expression or a function of the path; by default those with a hash, such as
    `app.3f2a9c1b.js`. `headers` is a function that gives further fields for a path. `content_types` maps extensions.
    `listing` shows folders without `index`; `fallback` is a file for pages that are not there. `answer_missing` answers
    404 instead of asking the application. `dotfiles` serves hidden files, too, and `links_to_anywhere` lets symbolic
    links lead out of the folder. Requests with more than `range_limit` ranges get the whole file. `x_sendfile` and
    `x_accel_redirect`, which maps folders to internal locations of nginx, let the server in front send the files.

    Raises `OSError` for a folder that cannot be read and `ValueError` for other options that cannot be used.
    """

    def __new__(
        cls,
        app: WSGIApplication | None = None,
        *,
        root: str | PathLike[str],
        prefix: str = "/static/",
        scan: bool = False,
        max_age: float | None = 60.0,
        immutable: str | Callable[[str], bool] | None = None,
        headers: Callable[[str], _Fields] | None = None,
        content_types: Mapping[str, str] | None = None,
        charset: str | None = "utf-8",
        precompressed: bool = True,
        index: str | None = "index.html",
        listing: bool = False,
        fallback: str | None = None,
        answer_missing: bool = False,
        dotfiles: bool = False,
        links_to_anywhere: bool = False,
        range_limit: int = 16,
        memory_limit: int = 33_554_432,
        x_sendfile: bool = False,
        x_accel_redirect: Mapping[str, str] | None = None,
    ) -> StaticFiles: ...

@final
class Cors(_Application):
    """Lets pages of other origins read responses, as the Fetch standard has it; by default nobody's.

    `allow_origins` are origins (`"https://shop.example"`), `"*"` for all without credentials, or `"mirror"` for all, each by
    its name. `allow_origin_regex` matches whole origins; `allow_origin_if` is a function of origin and environ;
    `allow_null_origin` lets sandboxed frames and local files. `allow_methods` and `allow_headers` are names, `"*"` or
    `"mirror"`; `expose_headers` are names or `"*"`. `max_age` is for how many seconds browsers do not ask again.

    Raises `ValueError` for what is no origin or name, and for `"*"` together with `allow_credentials`.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        allow_origins: Sequence[str] | Literal["*", "mirror"] | None = None,
        allow_origin_regex: str | None = None,
        allow_origin_if: Callable[[str, WSGIEnvironment], object] | None = None,
        allow_null_origin: bool = False,
        allow_methods: Sequence[str] | Literal["*", "mirror"] | None = None,
        allow_headers: Sequence[str] | Literal["*", "mirror"] | None = None,
        expose_headers: Sequence[str] | Literal["*"] | None = None,
        allow_credentials: bool = False,
        max_age: float | None = None,
        allow_private_network: bool = False,
    ) -> Cors: ...

@final
class Csrf(_Application):
    """Refuses requests that change something and that another site's page made the browser send, with 403.

    It goes by `Sec-Fetch-Site` and `Origin`, without tokens or cookies. `trust` are origins whose pages may
    (`"https://pay.example"`). `exempt` are paths that are not looked at, `"/login/callback"` or, with all below, `"/hooks/"`;
    `exempt_if` is a function of the environ. `require_evidence` refuses what has neither of the two fields, which
    is what no browser sends.

    Raises `ValueError` for what is no origin or path.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        trust: Sequence[str] | None = None,
        exempt: str | Iterable[str] | None = None,
        exempt_if: Callable[[WSGIEnvironment], object] | None = None,
        require_evidence: bool = False,
    ) -> Csrf: ...

@final
class HttpsRedirect(_Application):
    """Redirects requests by `http` to the same URL by `https`.

    `host` is where they are sent to, by default the host that they name; `ports` maps ports of `http` to those of
    `https`, by default all to 443. `GET` and `HEAD` are answered with 301, other methods with 308, which keeps their
    bodies; `temporary` makes that 302 and 307, `refuse_unsafe` answers the others with 403. `hsts` is for how many seconds
    browsers then come by `https` alone, with the hosts below this one if `hsts_include_subdomains`; `hsts_preload`
    consents to the list that browsers are built with. `exempt` are paths that may come by `http`, `"/healthz"` or, with
    all below, `"/.well-known/acme-challenge/"`; `exempt_if` is a function of the environ.

    Raises `ValueError` for what is no host, path or time, and for what the list of browsers refuses.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        host: str | None = None,
        ports: Mapping[int, int] | None = None,
        temporary: bool = False,
        refuse_unsafe: bool = False,
        hsts: float | None = None,
        hsts_include_subdomains: bool = False,
        hsts_preload: bool = False,
        exempt: str | Iterable[str] | None = None,
        exempt_if: Callable[[WSGIEnvironment], object] | None = None,
    ) -> HttpsRedirect: ...

_Policy = Union[Mapping[str, Sequence[str]], Literal["strict"]]

@final
class SecurityHeaders(_Application):
    """Adds the header fields by which browsers protect a site's users, to responses that do not have them.

    `X-Content-Type-Options`, `X-Frame-Options`, `Referrer-Policy`, `Cross-Origin-Opener-Policy`,
    `Cross-Origin-Resource-Policy`, `Origin-Agent-Cluster`, `Permissions-Policy` and `X-Permitted-Cross-Domain-Policies` have
    values by default. `headers` maps names to other values, or to `None` for none. `content_security_policy` maps
    directives to lists of sources, as they stand in the header: `{"default-src": ["'self'"]}`, or is `"strict"`, which
    lets scripts with a nonce run alone; `content_security_policy_report_only` is reported, but not enforced. The source
    `"'nonce'"` is another one for each request, which the application finds as `wsgi_rs.csp_nonce` in its environ.
    `hsts`, for how many seconds browsers come by `https` alone, is sent by `https` alone.

    Raises `ValueError` for values that browsers would ignore.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        *,
        headers: Mapping[str, str | None] | None = None,
        content_security_policy: _Policy | None = None,
        content_security_policy_report_only: _Policy | None = None,
        hsts: float | None = None,
        hsts_include_subdomains: bool = False,
        hsts_preload: bool = False,
    ) -> SecurityHeaders: ...

@final
class TrustedHosts(_Application):
    """Refuses requests whose `Host` is not one of those that the application is there for, with 421; no host at all with 400.

    `hosts` are `"example.org"`, `".example.org"` for that and all names below, `"*.example.org"` for those below, addresses,
    or `"*"`, each with any port unless it names one; by default the names of this machine. `allow_missing` lets requests
    without `Host` pass. `exempt` are paths that are not looked at, `"/healthz"` or, with all below, `"/probes/"`;
    `exempt_if` is a function of the environ.

    Raises `ValueError` for what is no host or path.
    """

    def __new__(
        cls,
        app: WSGIApplication,
        hosts: Sequence[str] | None = None,
        *,
        allow_missing: bool = False,
        exempt: str | Iterable[str] | None = None,
        exempt_if: Callable[[WSGIEnvironment], object] | None = None,
    ) -> TrustedHosts: ...

_Query = Union[str, Mapping[str, Any]]

def check_expression(regex: str) -> None:
    """Raise `ValueError`, with a word on what to write instead, if a converter's expression cannot be matched in linear
    time."""

@final
class Table:
    """The compiled rules of a map. Made by `Map.update`; of no use by itself."""

    def __new__(cls, map: Map, rules: list[Rule], groups: list[tuple[Any, list[int]]]) -> Table: ...

class MapBase:
    """What `wsgi_rs.routing.Map` is made of; of no use by itself."""

    def __new__(cls, *_arguments: Any, **_options: Any) -> MapBase: ...
    def touch(self) -> int:
        """Says that rules or settings have changed; returns the number of that change."""
    def changes(self) -> tuple[int, bool]:
        """The number of the last change, and whether the table has it."""
    def install(self, table: Table, changes: int) -> None:
        """Matches and builds by this table from now on, which has the changes up to this number."""
    def bind(
        self,
        server_name: str,
        script_name: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        default_method: str | None = None,
        path_info: str | None = None,
        query_args: _Query | None = None,
    ) -> MapAdapter:
        """An adapter of this map for a host.

        By default it is for `GET` requests by `http`, to the root `/` and the map's `default_subdomain`.
        """
    def bind_to_environ(
        self, environ: WSGIEnvironment | Any, server_name: str | None = None, subdomain: str | None = None
    ) -> MapAdapter:
        """An adapter of this map for a request: a WSGI environ, or an object that has one as its attribute `environ`.

        With a `server_name`, the subdomain is what the request's host has in front of it; where the host is another
        one, no rule matches, and a warning tells.
        """

class MapAdapter:
    """A `Map` bound to a host or a request by `Map.bind` or `Map.bind_to_environ`: what matches paths and builds URLs."""

    server_name: str
    """The name of the host, without the subdomain."""
    script_name: str
    """Where the application is; ends with a slash."""
    subdomain: str | None
    """The subdomain; `None` where the map matches hosts."""
    url_scheme: str
    """`http`, `https`, or, for a WebSocket request, `ws` or `wss`."""
    path_info: str
    """The path that is matched where none is given."""
    default_method: str
    """The method that is matched where none is given."""
    query_args: _Query | None
    """The query that redirects keep, as text or as a dict."""
    websocket: bool
    """Whether it is a WebSocket request."""
    def __new__(
        cls,
        map: MapBase,
        server_name: str,
        script_name: str,
        subdomain: str | None,
        url_scheme: str,
        path_info: str,
        default_method: str,
        query_args: _Query | None = None,
    ) -> MapAdapter: ...
    @property
    def map(self) -> Map:
        """The map."""
    @overload
    def match(
        self,
        path_info: str | None = None,
        method: str | None = None,
        return_rule: Literal[False] = False,
        query_args: _Query | None = None,
        websocket: bool | None = None,
    ) -> tuple[Any, dict[str, Any]]: ...
    @overload
    def match(
        self,
        path_info: str | None = None,
        method: str | None = None,
        *,
        return_rule: Literal[True],
        query_args: _Query | None = None,
        websocket: bool | None = None,
    ) -> tuple[Rule, dict[str, Any]]: ...
    @overload
    def match(
        self,
        path_info: str | None = None,
        method: str | None = None,
        return_rule: bool = False,
        query_args: _Query | None = None,
        websocket: bool | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """The endpoint that the path leads to, and the values of its parameters.

        Without `path_info` and `method`, those that were bound. With `return_rule` the rule comes instead of its
        endpoint. `query_args` is the query that redirects keep, as text or as a dict. `websocket` says whether it is a
        WebSocket request, by default that of the scheme. Raises `NotFound`, `MethodNotAllowed`, `RequestRedirect` or
        `WebsocketMismatch`.
        """
    def build(
        self,
        endpoint: Any,
        values: Mapping[str, Any] | None = None,
        method: str | None = None,
        force_external: bool = False,
        append_unknown: bool = True,
        url_scheme: str | None = None,
    ) -> str:
        """The URL of an endpoint: the path, or, where it leads to another host or `force_external` is set, an absolute
        one.

        Values that the rule has no parameter for become the query, unless `append_unknown` is off. `method` chooses
        between rules; `url_scheme` is that of an absolute URL. Raises `BuildError`, and what a converter raises.
        """
    def dispatch(
        self,
        view_func: Callable[[Any, dict[str, Any]], Any],
        path_info: str | None = None,
        method: str | None = None,
        catch_http_exceptions: bool = False,
    ) -> Any:
        """Calls `view_func(endpoint, values)` for the rule that matches, and returns what it returns.

        A redirect is returned, and so is, with `catch_http_exceptions`, any other exception that is a response.
        """
    def test(self, path_info: str | None = None, method: str | None = None) -> bool:
        """Whether a rule matches, or would at another URL."""
    def allowed_methods(self, path_info: str | None = None) -> list[str]:
        """The methods that rules of this path answer; none if there is a rule for all of them, or none at all."""
    def get_host(self, domain_part: str | None) -> str:
        """The whole host that the host part of a rule stands for; with `None`, that of the adapter."""
    def encode_query_args(self, query_args: _Query) -> str:
        """A query as text."""
    def make_redirect_url(
        self, path_info: str, query_args: _Query | None = None, domain_part: str | None = None
    ) -> str:
        """The absolute URL of a path, which is percent-encoded, with the query."""
    def make_alias_redirect_url(
        self, path: str, endpoint: Any, values: Mapping[str, Any], method: str, query_args: _Query
    ) -> str:
        """The absolute URL of the rule that an alias stands for, with the query."""
    def get_default_redirect(
        self, rule: Rule, method: str, values: dict[str, Any], query_args: _Query | None
    ) -> str | None:
        """The URL of a rule of the same endpoint that has the values as its defaults; `None` if there is none."""
