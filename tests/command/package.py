"""What `wsgi_rs` promises to Python programs; run by the test `package` of the suite `command`."""

import ast
import gzip
import http.client
import importlib
import inspect
import io
import logging
import os
import queue
import socket
import sys
import tempfile
import threading
import time
import unittest
import zlib
import uuid
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import wsgi_rs
from wsgi_rs import _native, routing
from wsgi_rs.middleware import (
    AccessLog,
    Compress,
    ContentLength,
    Decompress,
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
from wsgi_rs.validate import Validator


def app(environ, start_response):
    path = environ["SCRIPT_NAME"] + " + " + environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain; charset=latin-1")])
    return [path.encode("latin-1")]


def shown(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=latin-1")])
    return [repr(environ["wsgiorg.routing_args"]).encode("latin-1")]


def failing(environ, start_response):
    raise ValueError("broken")


def call(application, path="/", **variables):
    """Status, headers and body that the application answers a GET with, and what it wrote to wsgi.errors."""
    errors = io.StringIO()
    environ = {"SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "wsgi.errors": errors, **variables}
    setup_testing_defaults(environ)
    answer = []

    def start_response(status, headers, exc_info=None):
        answer[:] = [status, dict(headers)]
        return lambda block: None

    iterable = validator(application)(environ, start_response)
    try:
        body = b"".join(iterable)
    finally:
        iterable.close()
    return answer[0], answer[1], body, errors.getvalue()


class Handler(logging.Handler):
    """Keeps the records of a logger, once it may go on, for as long as a test lasts."""

    def __init__(self, name, test):
        super().__init__()
        self.go_on = threading.Event()
        self.records = queue.Queue()
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.addHandler(self)
        test.addCleanup(logger.removeHandler, self)
        test.addCleanup(self.go_on.set)

    def emit(self, record):
        self.go_on.wait()
        self.records.put(record)


class Routers(unittest.TestCase):
    def setUp(self):
        self.router = wsgi_rs.Router()

    def test_empty_router_finds_nothing(self):
        self.assertEqual(call(self.router, "/")[0], "404 Not Found")

    def test_mount_moves_the_prefix(self):
        self.router.mount("/blog", app)
        self.assertEqual(call(self.router, "/blog/2024")[2], b"/blog + /2024")

    def test_routes_match_whole_paths_and_methods(self):
        def user(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [environ["wsgiorg.routing_args"][1]["id"].encode()]

        self.router.route("/users/{id}", user, methods=["GET", "PUT"])
        self.assertEqual(call(self.router, "/users/7")[2], b"7")
        status, headers, _, _ = call(self.router, "/users/7", REQUEST_METHOD="POST")
        self.assertEqual(status, "405 Method Not Allowed")
        self.assertIn("PUT", headers["Allow"])

    def test_fallback_and_hosts(self):
        self.router.fallback(app)
        self.router.host("api.example.com", Prefix(app, "/api"))
        self.assertEqual(call(self.router, "/x")[2], b" + /x")
        self.assertEqual(call(self.router, "/api/x", HTTP_HOST="api.example.com")[2], b"/api + /x")

    def test_rules_of_both_syntaxes_have_options(self):
        self.router.route("/all/", app, endpoint="all", defaults={"page": 1}, methods=["get"])
        self.router.route("/all/<int:page>", app, endpoint="all")
        self.router.route("/lax/", app, strict_slashes=False)
        self.router.route("/old/<int:page>", redirect_to="/all/<page>")
        self.router.route("/x", Prefix(app, "/x"), host="api.example.com")
        status, headers, _, _ = call(self.router, "/all/1", QUERY_STRING="q=1")
        self.assertEqual((status[:3], headers["Location"]), ("308", "/all/?q=1"))
        self.assertEqual(call(self.router, "/lax")[2], b" + /lax")
        self.assertEqual(call(self.router, "/old/7")[1]["Location"], "/all/7")
        self.assertEqual(call(self.router, "/x", HTTP_HOST="api.example.com")[2], b"/x + ")
        self.assertEqual(call(self.router, "/x")[0], "404 Not Found")
        with self.assertRaisesRegex(TypeError, "no option 'strict'|no option \"strict\""):
            self.router.route("/y", app, strict=True)

    def test_a_rule_may_be_an_object(self):
        class Rule:
            rule, endpoint, methods, defaults = "/<int:id>", "number", {"GET", "HEAD"}, None

        self.router.route(Rule(), app)
        self.assertEqual(call(self.router, "/7")[2], b" + /7")
        self.assertEqual(call(self.router, "/7", REQUEST_METHOD="PUT")[0][:3], "405")
        self.assertEqual(self.router.url_for("number", id=7), "/7")

    def test_a_rule_of_ours_keeps_its_options(self):
        rule = routing.Rule
        self.router.route(rule("/<int:id>", endpoint="number", methods=["GET"], defaults={"kind": "n"}), shown)
        self.router.route(rule("/lax/", strict_slashes=False), app)
        self.router.route(rule("/a//b", merge_slashes=False), app)
        self.router.route(rule("/old/<int:id>", redirect_to="/<id>"))
        self.router.route(rule("/cdn/<path:file>", endpoint="cdn", build_only=True))
        self.router.route(rule("/live", websocket=True), app)
        self.router.route(rule("/x", host="api.example.com"), app)
        self.assertEqual(call(self.router, "/7")[2], b"((), {'id': 7, 'kind': 'n'})")
        self.assertEqual(call(self.router, "/7", REQUEST_METHOD="PUT")[0][:3], "405")
        self.assertEqual(call(self.router, "/lax")[2], b" + /lax")
        self.assertEqual(call(self.router, "/a//b")[2], b" + /a//b")
        self.assertEqual(call(self.router, "/old/7")[1]["Location"], "/7")
        self.assertEqual(call(self.router, "/cdn/x")[0][:3], "404")
        self.assertEqual(self.router.url_for("cdn", file="a/b"), "/cdn/a/b")
        upgrade = {"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket"}
        self.assertEqual([call(self.router, "/live", **more)[0][:3] for more in ({}, upgrade)], ["400", "200"])
        hosts = [call(self.router, "/x", HTTP_HOST=host)[0][:3] for host in ("example.com", "api.example.com")]
        self.assertEqual(hosts, ["404", "200"])

    def test_parameters_are_what_their_converters_make(self):
        rule = "/<int:i>/<float:f>/<uuid:u>/<any(a, b):o>/<s>/<path:p>"
        self.router.route(rule, shown, defaults={"t": True, "n": 1.5, "d": "text"})
        key = uuid.UUID(int=7)
        given = {"i": 7, "f": 0.5, "u": key, "o": "a", "s": "Ã©", "p": "x/y", "t": True, "n": 1.5, "d": "text"}
        self.assertEqual(call(self.router, f"/7/0.5/{key}/a/Ã©/x/y")[2].decode("latin-1"), repr(((), given)))
        big = "9" * 40
        self.router.route("/big/<int:i>", shown)
        self.assertEqual(call(self.router, f"/big/{big}")[2], f"((), {{'i': {big}}})".encode())

    def test_inner_parameters_take_the_place_of_outer_ones(self):
        inner = wsgi_rs.Router()
        inner.route("/<a>/<int:c>", shown)
        self.router.mount("/<int:a>/<int:b>", ContentLength(inner))
        self.assertEqual(call(self.router, "/1/2/x/3")[2], b"((), {'b': 2, 'a': 'x', 'c': 3})")
        text = wsgi_rs.Router()
        text.route("/<a>", shown)
        self.router.mount("/n/<int:a>", text)
        self.assertEqual(call(self.router, "/n/1/x")[2], b"((), {'a': 'x'})")
        outer = (("en",), {"site": 5, "b": "outer"})
        found = call(self.router, "/1/2/x/3", **{"wsgiorg.routing_args": outer})[2]
        self.assertEqual(ast.literal_eval(found.decode()), (("en",), {"site": 5, "a": "x", "b": 2, "c": 3}))

    def test_converters_are_made_by_applications(self):
        asked = []

        class Pair(routing.BaseConverter):
            regex = r"\d+x\d+"
            weight = 50

            def __init__(self, map, most=9, *, names=None):
                super().__init__(map)
                self.most = most
                self.names = names

            def to_python(self, value):
                asked.append(value)
                pair = tuple(map(int, value.split("x")))
                if 5 in pair:
                    raise OSError("no database")
                if max(pair) > self.most:
                    raise routing.ValidationError()
                return pair

            def to_url(self, value):
                if max(value) > self.most:
                    raise routing.ValidationError()
                return "{}x{}".format(*value)

        router = wsgi_rs.Router(converters={"pair": Pair})
        router.route("/<pair(3):p>", shown, endpoint="small")
        router.route("/big/<pair(most=99):p>", shown, endpoint="big")
        router.route("/<other>", app)
        self.assertEqual(call(router, "/1x2")[2], b"((), {'p': (1, 2)})")
        self.assertEqual(asked, ["1x2"])
        self.assertEqual(call(router, "/4x4")[0][:3], "404")
        self.assertEqual(call(router, "/big/4x4")[2], b"((), {'p': (4, 4)})")
        self.assertEqual(call(router, "/x")[2], b" + /x")
        with self.assertRaisesRegex(OSError, "no database"):
            call(router, "/5x1")
        self.assertEqual(router.url_for("big", p=(1, 2)), "/big/1x2")
        with self.assertRaises(LookupError):
            router.url_for("small", p=(4, 4))
        nested = wsgi_rs.Router()
        nested.nest("/n", router)
        self.assertEqual(call(nested, "/n/big/4x4")[2], b"((), {'p': (4, 4)})")
        with self.assertRaisesRegex(TypeError, "converters: \"x\" is no class"):
            wsgi_rs.Router(converters={"x": 3})
        for regex in ["(?=a)", "("]:
            with self.assertRaisesRegex(ValueError, "linear time"):
                wsgi_rs.Router(converters={"own": type("Own", (Pair,), {"regex": regex})}).route("/<own:x>", app)

    def test_everything_decorates(self):
        @self.router.route("/a/<x>", methods=["GET"], endpoint="a")
        def route(environ, start_response):
            return app(environ, start_response)

        @self.router.mount("/m")
        def mount(environ, start_response):
            return app(environ, start_response)

        @self.router.host("<name>.example.com")
        def host(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [environ["wsgiorg.routing_args"][1]["name"].encode()]

        @self.router.fallback
        def fallback(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"fallback"]

        self.assertTrue(all(map(callable, (route, mount, host, fallback))))
        self.assertEqual(call(self.router, "/a/b")[2], b" + /a/b")
        self.assertEqual(call(self.router, "/m/b")[2], b"/m + /b")
        self.assertEqual(call(self.router, "/", HTTP_HOST="acme.example.com")[2], b"acme")
        self.assertEqual(call(self.router, "/none")[2], b"fallback")
        with self.assertRaisesRegex(ValueError, "two fallbacks"):
            self.router.fallback(app)

    def test_urls_and_tables_know_routers_within(self):
        inner = wsgi_rs.Router()
        self.router.route("/", app, endpoint="index")
        self.router.mount("/t/<tenant>", inner)
        self.router.mount("/other", app)
        self.assertEqual(self.router.url_for("index", q="a b", n=None), "/?q=a+b")
        inner.route("/users/<int:id>", app, endpoint="user", methods=["GET"])
        self.assertEqual(self.router.url_for("user", tenant="a", id=7), "/t/a/users/7")
        environ = {"SCRIPT_NAME": "/s", "HTTP_HOST": "example.com:8000", "wsgi.url_scheme": "https"}
        url = self.router.url_for("user", _environ=environ, _external=True, tenant="a", id=7)
        self.assertEqual(url, "https://example.com:8000/s/t/a/users/7")
        with self.assertRaisesRegex(LookupError, "tenant"):
            self.router.url_for("user", id=7)
        self.assertEqual(call(self.router, "/t/a/users/7")[2], b"/t/a + /users/7")
        paths = [(line["path"], line["methods"]) for line in self.router.routes]
        self.assertEqual(paths, [("/", []), ("/t/<tenant>/users/<int:id>", ["GET", "HEAD"]), ("/other/*", [])])
        self.assertIn("/t/<tenant>/users/<int:id>", self.router.report())
        with self.assertRaisesRegex(ValueError, "within itself"):
            inner.mount("/x", self.router)

    def test_nested_routes_are_rules_below_a_prefix(self):
        blog = wsgi_rs.Router(strict_slashes=False)
        blog.route("/<int:id>/", app, endpoint="post")
        self.router.nest("/<lang>/blog", blog)
        self.assertEqual(call(self.router, "/de/blog/7")[2], b" + /de/blog/7")
        self.assertEqual(self.router.url_for("post", lang="de", id=7), "/de/blog/7/")

    def test_rules_in_each_others_way_are_told_when_the_router_is_built(self):
        self.router.route("/users/{id}", app)
        self.router.route("/users/<name>", app)
        with self.assertRaisesRegex(ValueError, '"/users/<name>" is never found'):
            self.router.build()
        with self.assertRaisesRegex(Exception, '"/users/<name>" is never found'):
            call(self.router, "/users/7")

    def test_a_thousand_routes_are_added_one_by_one(self):
        for number in range(1000):
            self.router.route(f"/{number}/<x>", app)
        self.assertEqual(call(self.router, "/999/x")[2], b" + /999/x")
        self.router.route("/later", app)
        self.assertEqual(call(self.router, "/later")[2], b" + /later")

    def test_mistakes_are_raised_where_they_are_made_and_change_nothing(self):
        self.router.route("/users/{id}", app)
        with self.assertRaisesRegex(ValueError, "there is no converter"):
            self.router.route("/users/<itn:name>")
        with self.assertRaisesRegex(ValueError, "is no method"):
            self.router.route("/x", app, methods=["G T"])
        with self.assertRaises(TypeError):
            self.router.mount("/x", 3)
        self.assertEqual(call(self.router, "/users/7")[0], "200 OK")
        self.assertEqual(call(self.router, "/x")[0], "404 Not Found")

    def test_routers_nest(self):
        inner = wsgi_rs.Router()
        inner.mount("/inner", app)
        self.router.mount("/outer", inner)
        self.assertEqual(call(self.router, "/outer/inner/x")[2], b"/outer/inner + /x")


class Middleware(unittest.TestCase):
    def test_content_length(self):
        self.assertEqual(call(ContentLength(app), "/x")[1]["Content-Length"], "5")

    def test_layers_stack_around_either_language(self):
        def python_layer(environ, start_response):
            return stack(environ, start_response)

        stack = Validator(ContentLength(Prefix(ContentLength(app), "/p")))
        status, headers, body, _ = call(python_layer, "/p/x")
        self.assertEqual((status, headers["Content-Length"], body), ("200 OK", "7", b"/p + /x"))

    def test_recover_answers_and_reports(self):
        status, _, _, errors = call(Recover(failing))
        self.assertEqual(status, "500 Internal Server Error")
        self.assertIn("ValueError: broken", errors)

    def test_without_recover_the_very_exception_is_raised(self):
        with self.assertRaisesRegex(ValueError, "broken"):
            call(ContentLength(failing))

    def test_access_log_writes_to_errors_a_stream_or_a_file(self):
        self.assertIn('"GET /x HTTP/1.0" 200 5', call(AccessLog(app, format="common"), "/x")[3])
        stream = io.StringIO()
        call(AccessLog(app, format="json", file=stream), "/x")
        self.assertIn('"status":200', stream.getvalue())
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "access.log")
            call(AccessLog(app, file=path), "/x")
            with open(path) as log:
                self.assertEqual(len(log.readlines()), 1)
        with self.assertRaisesRegex(ValueError, "use common, combined, json"):
            AccessLog(app, format="short")
        with self.assertRaises(TypeError):
            AccessLog(app, file=3)

    def test_an_access_log_is_opened_anew(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "access.log")
            log = AccessLog(app, file=path, format="%(U)s")
            call(log, "/before")
            os.rename(path, path + ".1")
            log.reopen()
            call(log, "/after")
            for name, line in ((path + ".1", "/before\n"), (path, "/after\n")):
                with open(name) as file:
                    self.assertEqual(file.read(), line)
        AccessLog(app).reopen()

    def test_an_access_log_goes_to_logging_and_waits_for_no_handler(self):
        handler = Handler("wsgi_rs.access", self)
        log = AccessLog(app, format="%(m)s %(U)s %(s)s 100%%", log_to_python=True)
        errors = call(log, "/one")[3]
        call(log, "/two")
        handler.go_on.set()
        records = [handler.records.get(timeout=60) for _ in range(2)]
        self.assertEqual([record.getMessage() for record in records], ["GET /one 200 100%", "GET /two 200 100%"])
        self.assertEqual([record.levelname for record in records], ["INFO"] * 2)
        self.assertEqual(errors, "")

    def test_an_access_log_tells_times(self):
        errors = call(AccessLog(app, timing=True), "/x")[3]
        self.assertRegex(errors, r' parse=- .* app=\d+ stream=\d+ drain=- first_byte=- total=\d+\n\Z')
        self.assertEqual(errors.count("\n"), 1)

    def test_a_slow_log_has_the_slow_ones(self):
        errors = call(SlowLog(app, threshold=0), "/x")[3]
        self.assertRegex(errors, r' slow request: 0\.\d{6} s "GET /x HTTP/1\.0" 200 route=- .* total=\d+\n\Z')
        self.assertEqual(call(SlowLog(app, threshold=3600), "/x")[3], "")
        file = io.StringIO()
        log = SlowLog(app, threshold=0, limit=1, format="%(U)s", file=file)
        for path in ("/one", "/two"):
            call(log, path)
        self.assertRegex(file.getvalue(), r"\A/one parse=.*\n\Z")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "slow.log")
            log = SlowLog(app, threshold=0, file=path)
            call(log, "/one")
            os.rename(path, path + ".1")
            log.reopen()
            call(log, "/two")
            with open(path) as lines:
                self.assertIn('"GET /two ', lines.read())
        for wrong in ({"threshold": -1}, {"threshold": float("nan")}, {"format": "slow"}):
            with self.assertRaises(ValueError, msg=wrong):
                SlowLog(app, **wrong)
        with self.assertRaises(TypeError):
            SlowLog(app, file=3)

    def test_a_slow_log_warns(self):
        handler = Handler("wsgi_rs.slow", self)
        handler.go_on.set()
        errors = call(SlowLog(app, threshold=0, log_to_python=True), "/x")[3]
        record = handler.records.get(timeout=60)
        self.assertEqual((record.levelname, errors), ("WARNING", ""))
        self.assertIn('"GET /x HTTP/1.0" 200 ', record.getMessage())

    def test_metrics_are_rendered_exported_and_at_a_path(self):
        metrics = Metrics(app, path="/metrics", duration_buckets=[0.5, 3600], size_buckets=[1, 1000], status="class")
        call(metrics, "/x")
        labels = 'http_request_method="GET",http_response_status_code="2xx",url_scheme="http"'
        text = metrics.render()
        self.assertIn('\nhttp_server_request_duration_seconds_bucket{%s,le="3600.0"} 1\n' % labels, text)
        self.assertIn('\nhttp_server_response_body_size_bytes_bucket{%s,le="1.0"} 0\n' % labels, text)
        for application, path in ((metrics, "/metrics"), (metrics.exporter(), "/anywhere")):
            status, headers, body, _ = call(application, path)
            self.assertEqual((status, body.decode()), ("200 OK", text))
            self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(call(Metrics(app), "/metrics")[2], b" + /metrics")
        for wrong, why in (
            ({"path": "metrics"}, 'write "/metrics"'),
            ({"duration_buckets": [-1.0]}, "^duration_buckets: .* is no time"),
            ({"duration_buckets": [1, 1]}, "bound 1 is not greater"),
            ({"size_buckets": [5, 4]}, "bound 1 is not greater"),
            ({"status": "kind"}, 'status must be "code" or "class"'),
        ):
            with self.assertRaisesRegex(ValueError, why):
                Metrics(app, **wrong)

    def test_metrics_have_the_routes_of_our_routers_and_of_others(self):
        def routed(environ, start_response):
            environ["wsgi_rs.route"] = "/of-a-framework"
            return app(environ, start_response)

        router = wsgi_rs.Router()
        router.route("/users/<int:id>", app)
        metrics = Metrics(router)
        call(metrics, "/users/7")
        self.assertIn('http_route="/users/<int:id>"', metrics.render())
        metrics = Metrics(routed, series_limit=1)
        call(metrics, "/x")
        self.assertIn('http_route="/of-a-framework"', metrics.render())
        call(metrics, "/x", REQUEST_METHOD="DELETE")
        self.assertIn('{otel_metric_overflow="true"} 1', metrics.render())

    def test_a_trace_goes_on_or_begins(self):
        def telling(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            ids = environ["wsgi_rs.trace_id"] + "-" + environ["wsgi_rs.span_id"]
            self.assertEqual(environ["HTTP_TRACEPARENT"][3:-3], ids)
            return [environ["HTTP_TRACEPARENT"].encode()]

        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        parent = {"HTTP_TRACEPARENT": "00-%s-00f067aa0ba902b7-00" % trace}
        self.assertRegex(call(Trace(telling), **parent)[2].decode(), r"\A00-%s-[0-9a-f]{16}-00\Z" % trace)
        new = call(Trace(telling, trust_incoming=False), **parent)[2].decode()
        self.assertRegex(new, r"\A00-(?!%s)[0-9a-f]{32}-[0-9a-f]{16}-01\Z" % trace)
        self.assertTrue(call(Trace(telling, sample_ratio=0))[2].endswith(b"-00"))
        _, headers, body, _ = call(Trace(telling, response="traceparent"))
        self.assertEqual(headers["traceparent"], body.decode())
        _, headers, body, _ = call(Trace(telling, response="server-timing"))
        self.assertEqual(headers["Server-Timing"], 'traceparent;desc="%s"' % body.decode())
        for wrong in ({"sample_ratio": 2}, {"response": "yes"}):
            with self.assertRaises(ValueError, msg=wrong):
                Trace(app, **wrong)

    def test_an_access_log_has_the_request_and_its_trace(self):
        def told(environ, start_response):
            environ["wsgi_rs.request_id"] = "r-1"
            return app(environ, start_response)

        log = AccessLog(Trace(told), format="%(request_id)s %(trace_id)s %(span_id)s")
        self.assertRegex(call(log, "/")[3], r"\Ar-1 [0-9a-f]{32} [0-9a-f]{16}\n\Z")

    def test_server_timing_is_for_all_or_for_those_who_ask(self):
        self.assertRegex(call(ServerTiming(app), "/x")[1]["Server-Timing"], r"\Aapp;dur=\d+\.\d{3}\Z")
        asked = ServerTiming(app, only_when_asked=True)
        self.assertNotIn("Server-Timing", call(asked, "/x")[1])
        self.assertIn("Server-Timing", call(asked, "/x", HTTP_PREFER="server-timing")[1])

    def test_proxy_fix_believes_trusted_peers(self):
        def scheme(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [environ["wsgi.url_scheme"].encode()]

        told = {"HTTP_X_FORWARDED_PROTO": "https", "REMOTE_ADDR": "10.0.0.1"}
        self.assertEqual(call(ProxyFix(scheme), **told)[2], b"http")
        self.assertEqual(call(ProxyFix(scheme, trusted=["10.0.0.0/8"]), **told)[2], b"https")
        self.assertEqual(call(ProxyFix(scheme, trusted=["10.0.0.1"], believe=["for"]), **told)[2], b"http")
        for wrong in ({"trusted": ["ten"]}, {"believe": ["everything"]}):
            with self.assertRaises(ValueError):
                ProxyFix(scheme, **wrong)

    def test_response_header_takes_mappings_and_pairs(self):
        layer = ResponseHeader(app, set={"X-A": "\xe9"}, append=[("Vary", "Cookie")], remove=["Content-Type"],
                               set_if_missing={"Content-Type": "text/html"})
        headers = call(layer)[1]
        self.assertEqual((headers["X-A"], headers["Vary"], headers["Content-Type"]), ("\xe9", "Cookie", "text/html"))
        with self.assertRaises(ValueError):
            ResponseHeader(app, set={"X-A": "a\r\nb"})
        with self.assertRaises(ValueError):
            ResponseHeader(app, set={"Connection": "close"})
        with self.assertRaises(UnicodeEncodeError):
            ResponseHeader(app, set={"X-A": "\u20ac"})

    def test_compress_takes_options(self):
        def page(environ, start_response):
            start_response("200 OK", [("Content-Type", environ["PATH_INFO"][1:]), ("X-A", "\xe9")])
            return [b"hello" * 1000]

        def coding(layer, path="/text/html", accepted="gzip, deflate, br, zstd"):
            return call(layer, path, HTTP_ACCEPT_ENCODING=accepted)[1].get("Content-Encoding")

        self.assertEqual(coding(Compress(page)), "zstd")
        self.assertEqual(coding(Compress(page, codings=["deflate", "br"])), "deflate")
        self.assertEqual(coding(Compress(page, minimum_size=5001)), None)
        self.assertEqual(coding(Compress(page), "/image/png"), None)
        self.assertEqual(coding(Compress(page, content_types=["image/*"]), "/image/png"), "zstd")
        body = call(Compress(page, codings=["gzip"], levels={"gzip": 9}), "/text/html", HTTP_ACCEPT_ENCODING="gzip")[2]
        self.assertEqual(gzip.decompress(body), b"hello" * 1000)
        asked = []

        def only_if(status, headers):
            asked.append((status, headers))
            return len(asked) > 1

        layer = Compress(page, only_if=only_if, flush=False)
        self.assertEqual([coding(layer), coding(layer)], [None, "zstd"])
        self.assertEqual(asked[0], ("200 OK", [("Content-Type", "text/html"), ("X-A", "\xe9")]))

    def test_compress_tells_what_is_wrong(self):
        for options, message in [
            ({"codings": ["lzma"]}, 'codings: there is no coding "lzma"'),
            ({"levels": {"lzma": 1}}, 'levels: there is no coding "lzma"'),
            ({"levels": {"gzip": 10}}, "gzip has no level 10; its levels are 1 to 9"),
            ({"content_types": ["json"]}, '"json" is no media type'),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                Compress(app, **options)
        with self.assertRaisesRegex(TypeError, "only_if must be a function"):
            Compress(app, only_if=True)

        def only_if(status, headers):
            raise KeyError("the predicate's own")

        def writing(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/html")])(b"hello")
            return []

        def page(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/html")])
            return [b"hello" * 1000]

        for application in (page, writing):
            with self.assertRaisesRegex(KeyError, "the predicate's own"):
                call(Compress(application, only_if=only_if), HTTP_ACCEPT_ENCODING="gzip")

    def test_decompress_takes_options(self):
        def echo(environ, start_response):
            body = environ["wsgi.input"].read(10_000_000)
            start_response("200 OK", [("Content-Type", "text/plain"), ("X-Coding", environ.get("HTTP_CONTENT_ENCODING", ""))])
            return [body]

        def post(layer, body, coding="gzip"):
            variables = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
            return call(layer, HTTP_CONTENT_ENCODING=coding, **variables)

        body = gzip.compress(b"hello")
        self.assertEqual(post(Decompress(echo), body)[2], b"hello")
        self.assertEqual(post(Decompress(echo, size_limit=4), body)[0], "413 Content Too Large")
        large = gzip.compress(bytes(2_000_000))
        self.assertEqual(post(Decompress(echo), large)[0], "413 Content Too Large")
        self.assertEqual(post(Decompress(echo, ratio_limit=None), large)[0], "200 OK")
        self.assertEqual(post(Decompress(echo), gzip.compress(body), "gzip, gzip")[2], b"hello")
        self.assertEqual(post(Decompress(echo, codings_limit=1), gzip.compress(body), "gzip, gzip")[0][:3], "415")
        raw = zlib.compress(b"hello")[2:-4]
        self.assertEqual(post(Decompress(echo), raw, "deflate")[0], "400 Bad Request")
        self.assertEqual(post(Decompress(echo, raw_deflate=True), raw, "deflate")[2], b"hello")
        self.assertEqual(post(Decompress(echo, pass_unknown=True), b"x", "lzma")[1]["X-Coding"], "lzma")

    def folder(self, **files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, content in files.items():
            with open(os.path.join(folder.name, name.replace("_", ".")), "w") as file:
                file.write(content)
        return folder.name

    def test_static_files_are_served_below_their_prefix(self):
        root = self.folder(a_txt="hello", a_txt_br="brotli", large_bin="x" * 200_000)
        for scan in (False, True):
            files = StaticFiles(app, root=root, scan=scan)
            status, headers, body, _ = call(files, "/static/a.txt")
            self.assertEqual((status, body), ("200 OK", b"hello"))
            self.assertEqual(headers["Content-Type"], "text/plain; charset=utf-8")
            self.assertEqual(headers["Cache-Control"], "public, max-age=60")
            self.assertEqual(call(files, "/static/a.txt", HTTP_IF_NONE_MATCH=headers["ETag"])[0], "304 Not Modified")
            self.assertEqual(call(files, "/static/a.txt", HTTP_ACCEPT_ENCODING="br")[2], b"brotli")
            self.assertEqual(call(files, "/static/a.txt", HTTP_RANGE="bytes=1-2")[2], b"el")
            self.assertEqual(call(files, "/static/large.bin")[2], b"x" * 200_000)
            self.assertEqual(call(files, "/static/large.bin", HTTP_RANGE="bytes=9-150000")[2], b"x" * 149_992)
            self.assertEqual(call(files, "/static/none")[2], b" + /static/none")
        alone = StaticFiles(root=root, prefix="/")
        self.assertEqual(call(alone, "/a.txt")[2], b"hello")
        self.assertEqual(call(alone, "/none")[0], "404 Not Found")
        outer = StaticFiles(StaticFiles(app, root=root, prefix="/b"), root=self.folder(c_txt="c"), prefix="/c")
        self.assertEqual([call(outer, path)[2] for path in ("/b/a.txt", "/c/c.txt")], [b"hello", b"c"])

    def test_static_files_take_options(self):
        root = self.folder(a_foo="a", index_html="page")
        asked = []

        def immutable(path):
            asked.append(path)
            return path.endswith(".foo")

        files = StaticFiles(root=root, immutable=immutable, headers=lambda path: {"X-Path": path, "X-L": "\xe9"},
                            content_types={".foo": "text/x-foo"}, charset=None, scan=True)
        headers = call(files, "/static/a.foo")[1]
        self.assertEqual(headers["Cache-Control"], "public, max-age=31536000, immutable")
        self.assertEqual((headers["Content-Type"], headers["X-Path"]), ("text/x-foo", "/static/a.foo"))
        self.assertEqual(headers["X-L"], "\xe9")
        self.assertEqual(sorted(asked), ["/static/a.foo", "/static/index.html"])
        files = StaticFiles(root=root, immutable=r"html$", max_age=None, fallback="index.html", index=None)
        self.assertNotIn("Cache-Control", call(files, "/static/a.foo")[1])
        status, headers, body, _ = call(files, "/static/users/7")
        self.assertEqual((status, body), ("200 OK", b"page"))
        self.assertIn("immutable", headers["Cache-Control"])
        files = StaticFiles(root=root, x_accel_redirect={root: "/protected"})
        self.assertEqual(call(files, "/static/a.foo")[1]["X-Accel-Redirect"], "/protected/a.foo")
        files = StaticFiles(root=root, x_sendfile=True)
        self.assertEqual(call(files, "/static/a.foo")[1]["X-Sendfile"], os.path.realpath(os.path.join(root, "a.foo")))

    def test_static_files_tell_what_is_wrong(self):
        root = self.folder(a_txt="a")
        with self.assertRaisesRegex(FileNotFoundError, "name a folder that exists"):
            StaticFiles(app, root=os.path.join(root, "none"))
        for wrong in ({"prefix": "static"}, {"max_age": -1}, {"immutable": "("}, {"charset": "\n"},
                      {"x_accel_redirect": {root: "x"}}):
            with self.assertRaises(ValueError, msg=wrong):
                StaticFiles(app, root=root, **wrong)
        for wrong in ({"immutable": 1}, {"headers": {}}, {"root": 1}):
            with self.assertRaises(TypeError, msg=wrong):
                StaticFiles(app, **{"root": root, **wrong})

        def broken(path):
            raise KeyError(path)

        with self.assertRaises(KeyError):
            StaticFiles(app, root=root, headers=broken, scan=True)
        with self.assertRaises(KeyError):
            call(StaticFiles(app, root=root, headers=broken), "/static/a.txt")

    def test_validator_names_the_rule(self):
        def too_short(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "9")])
            return [b"hello"]

        with self.assertRaisesRegex(Exception, "content-length.short"):
            call(Validator(too_short))

    def test_what_is_not_callable_is_refused(self):
        for layer in (
            AccessLog, ContentLength, Metrics, ProxyFix, Recover, ResponseHeader, ServerTiming, SlowLog, Trace, Validator
        ):
            with self.assertRaises(TypeError, msg=layer):
                layer("app")


class Servers(unittest.TestCase):
    def serve(self, application=app, **options):
        server = wsgi_rs.Server(application, "127.0.0.1:0", **options)
        thread = threading.Thread(target=server.run)
        thread.start()
        self.addCleanup(thread.join, 60)
        self.addCleanup(server.shutdown)
        return server

    def get(self, server, path, method="GET", body=None):
        address = server.addresses[0].replace("http://", "")
        connection = http.client.HTTPConnection(address, timeout=60)
        self.addCleanup(connection.close)
        connection.request(method, path, body=body)
        response = connection.getresponse()
        return response.status, response.read()

    def test_serves_from_any_thread_until_shut_down(self):
        server = self.serve(threads=2)
        self.assertEqual(self.get(server, "/x"), (200, b" + /x"))
        server.shutdown()

    def test_serves_at_several_addresses(self):
        server = wsgi_rs.Server(app, ["127.0.0.1:0", "127.0.0.1:0"])
        self.assertEqual(len(server.addresses), 2)
        server.shutdown()
        server.run()
        with self.assertRaisesRegex(RuntimeError, "before"):
            server.run()

    def test_messages_go_to_logging_and_wait_for_no_handler(self):
        handler = Handler("wsgi_rs.server", self)
        server = self.serve(log_to_python=True, log_format="none", log_level="info")
        host, port = server.addresses[0].replace("http://", "").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as client:
            client.sendall(b"G@T /\x1b HTTP/1.1\r\n\r\n")
            self.assertIn(b"400 Bad Request", client.recv(1000))
        self.assertEqual(self.get(server, "/x"), (200, b" + /x"))
        self.assertTrue(handler.records.empty())
        handler.go_on.set()
        record = handler.records.get(timeout=60)
        self.assertEqual((record.levelname, record.levelno, record.args), ("WARNING", logging.WARNING, ()))
        self.assertRegex(record.getMessage(), r'\Arequest refused: .* status=400 request=G@T /\\x1b HTTP/1.1\Z')
        self.assertEqual((record.module, record.filename), ("refused", "refused.rs"))
        self.assertLess(abs(time.time() - record.created), 600)

    def test_messages_have_a_level_and_a_form(self):
        for wrong, error in (({"log_level": "loud"}, ValueError), ({"log_format": 3}, TypeError)):
            with self.assertRaisesRegex(error, "must be one of '"):
                wsgi_rs.Server(app, "127.0.0.1:0", **wrong)

    def test_a_ledger_is_kept_if_so_wished(self):
        for ledger in (False, True):
            log = io.StringIO()
            server = self.serve(AccessLog(app, file=log, timing=True), ledger=ledger)
            self.assertEqual(self.get(server, "/x")[0], 200)
            server.shutdown()
            self.doCleanups()
            self.assertRegex(log.getvalue(), r" drain=\d+ " if ledger else r" drain=- ")

    def test_the_switch_interval_is_lowered_while_it_serves(self):
        seen = []

        def look(environ, start_response):
            seen.append(round(sys.getswitchinterval(), 6))
            return app(environ, start_response)

        before = sys.getswitchinterval()
        for given in ({}, {"switch_interval": 0.001}, {"switch_interval": 0}):
            server = self.serve(look, **given)
            self.get(server, "/x")
            server.shutdown()
            self.doCleanups()
            self.assertEqual(sys.getswitchinterval(), before)
        self.assertEqual(seen, [0.0005, 0.001, round(before, 6)])

    def test_more_than_may_wait_are_refused(self):
        inside, gate = threading.Event(), threading.Event()

        def waits(environ, start_response):
            inside.set()
            gate.wait(30)
            return app(environ, start_response)

        server = self.serve(waits, threads=2, queue_limit=0, queue_timeout=30)
        waiting = [threading.Thread(target=self.get, args=(server, "/x")) for _ in range(2)]
        for thread in waiting:
            inside.clear()
            thread.start()
            inside.wait(30)
        self.assertEqual(self.get(server, "/x")[0], 503)
        gate.set()
        for thread in waiting:
            thread.join()

    def test_limits_are_kept(self):
        server = self.serve(body_limit=3)
        self.assertEqual(self.get(server, "/x", "POST", b"abc")[0], 200)
        self.assertEqual(self.get(server, "/x", "POST", b"abcd")[0], 413)
        server = self.serve(requests_per_connection=2, connection_limit_per_peer=1)
        connection = http.client.HTTPConnection(server.addresses[0].replace("http://", ""), timeout=60)
        self.addCleanup(connection.close)
        for ends in (False, True):
            connection.request("GET", "/x")
            response = connection.getresponse()
            response.read()
            self.assertEqual(response.will_close, ends)
            if not ends:
                with self.assertRaises((http.client.RemoteDisconnected, ConnectionError)):
                    self.get(server, "/x")  # from the same peer

    def test_proxies_are_believed_if_so_wished(self):
        def client(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            seen = [environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ.get("HTTP_X_FORWARDED_FOR", "-")]
            return [" ".join(seen).encode()]

        told = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9", "X-Forwarded-Proto": "https"}
        chain = told["X-Forwarded-For"]
        for options, seen in [
            ({}, f"127.0.0.1 http {chain}"),
            ({"forwarded_allow": "127.0.0.1, 10.0.0.0/8"}, f"203.0.113.9 https {chain}"),
            ({"forwarded_allow": ["10.0.0.0/8"]}, "127.0.0.1 http -"),
            ({"forwarded_allow": []}, "127.0.0.1 http -"),
            ({"forwarded_headers": ["x-forwarded-proto"]}, f"127.0.0.1 https {chain}"),
            ({"forwarded_hops": 2}, f"6.6.6.6 http {chain}"),
        ]:
            with self.subTest(options):
                server = self.serve(client, **options)
                connection = http.client.HTTPConnection(server.addresses[0].replace("http://", ""), timeout=60)
                self.addCleanup(connection.close)
                connection.request("GET", "/", headers=told)
                self.assertEqual(connection.getresponse().read().decode(), seen)

    def test_what_cannot_be_served_is_told(self):
        with self.assertRaisesRegex(ValueError, "nonsense.*host:port"):
            wsgi_rs.Server(app, "nonsense")
        with self.assertRaisesRegex(OSError, "not/there"):
            wsgi_rs.Server(app, "unix:/not/there.sock")
        with self.assertRaises(TypeError):
            wsgi_rs.Server("app", "127.0.0.1:0")
        with self.assertRaises(TypeError):
            wsgi_rs.Server(app, 8000)

    def test_wrong_options_are_told_with_what_is_right(self):
        cases = [
            ({"thread": 2}, TypeError, r"Server\(\) got an unexpected keyword argument 'thread'; did you mean 'threads'\?"),
            ({"colour": 2}, TypeError, r"'colour'; there are threads, .*keep_alive"),
            ({"threads": 0}, ValueError, r"threads must be an int from 1 to 65535, not 0\Z"),
            ({"threads": -1}, ValueError, r"threads must be an int from 1 to 65535, not -1\Z"),
            ({"threads": "four"}, TypeError, r"threads must be an int from 1 to 65535, not 'four'\Z"),
            ({"threads": True}, TypeError, r"threads must be an int .*, not True\Z"),
            ({"threads": 1.5}, TypeError, r"threads must be an int .*, not 1.5\Z"),
            ({"body_limit": 2**64}, ValueError, r"body_limit must be an int of 0 or more, not 18446744073709551616\Z"),
            ({"keep_alive": -1}, ValueError, r"keep_alive must be a number of seconds \(int or float\) .*, not -1\Z"),
            ({"keep_alive": float("nan")}, ValueError, r"keep_alive must be .*, not nan\Z"),
            ({"keep_alive": "75"}, TypeError, r"keep_alive must be .*, not '75'\Z"),
            ({"forwarded_allow": 1}, TypeError, r"forwarded_allow must be a str or an iterable of str, not 1\Z"),
            ({"forwarded_allow": ["ten"]}, ValueError, r"forwarded_allow: \"ten\" is no network; write an address"),
            ({"forwarded_headers": "x-real-ip"}, ValueError, r"forwarded_headers: \"x-real-ip\" is no header field"),
            ({"ledger": 1}, TypeError, r"ledger must be True or False, not 1\Z"),
            ({"ledger": "x" * 10000}, TypeError, r"ledger must be True or False, not 'x{59}…\Z"),
        ]
        for options, error, words in cases:
            with self.assertRaisesRegex(error, words):
                wsgi_rs.Server(app, "127.0.0.1:0", **options)
        with self.assertRaisesRegex(TypeError, r"\Aserve\(\) .*'keep_alife'; did you mean 'keep_alive'\?"):
            wsgi_rs.serve(app, "127.0.0.1:0", keep_alife=1)

    def test_none_stands_for_the_default_of_every_option(self):
        names = [line.split(":")[0] for line in wsgi_rs.Server.__doc__.splitlines() if line.endswith(" | None")]
        self.assertGreater(len(names), 10)
        server = self.serve(**dict.fromkeys(names))
        self.assertEqual(self.get(server, "/x"), (200, b" + /x"))


class Stubs(unittest.TestCase):
    """The type stubs say what is there; `python -m mypy.stubtest wsgi_rs` says more, but needs mypy."""

    def parameters(self, function):
        of = function.args
        arguments = of.posonlyargs + of.args + [of.vararg] + of.kwonlyargs + [of.kwarg]
        arguments = filter(None, arguments)
        return [argument.arg for argument in arguments if argument.arg not in ("self", "cls")]

    def test_every_name_has_its_stub_with_the_same_parameters(self):
        path = os.path.join(os.path.dirname(wsgi_rs.__file__), "_native.pyi")
        with open(path) as stub:
            tree = ast.parse(stub.read())
        stubs = {node.name: node for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
        names = {name for name in stubs if not name.startswith("_")} | {"__version__"}
        self.assertEqual(names, set(_native.__all__))
        # Gives MapAdapter those of its methods that are written in Python.
        importlib.import_module("wsgi_rs.routing")
        for name in names - {"__version__"}:
            stub, found = stubs[name], getattr(_native, name)
            self.assertTrue(found.__doc__, name)
            if isinstance(stub, ast.ClassDef):
                overloads = [node for node in stub.body if isinstance(node, ast.FunctionDef)]
                # Of several signatures of one name, that with most parameters has them all.
                overloads.sort(key=lambda node: len(self.parameters(node)))
                methods = {node.name: node for node in overloads}
                annotated = {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
                public = {method for method in vars(found) if not method.startswith("_")}
                self.assertEqual({method for method in methods if not method.startswith("_")} | annotated, public)
                for method in public:
                    if inspect.isdatadescriptor(getattr(found, method)):
                        continue
                    seen = [p for p in inspect.signature(getattr(found, method)).parameters if p != "self"]
                    self.assertEqual(self.parameters(methods[method]), seen, method)
                stub = methods["__new__"]
            # Middleware tells what it is around as `__wrapped__`, which is no function of the same signature.
            seen = list(inspect.signature(found, follow_wrapped=False).parameters)
            self.assertEqual(self.parameters(stub), seen, name)


if __name__ == "__main__":
    unittest.main()
