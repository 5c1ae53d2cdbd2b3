"""What the middleware of routing and composition promises to Python programs; run by the test `package` of the suite
`command`."""

import io
import unittest
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from wsgi_rs.middleware import (
    Cascade,
    ContentLength,
    Dispatcher,
    MethodOverride,
    NormalizePath,
    Redirect,
    ResponseHeader,
    Rewrite,
    When,
)


def named(name, status="200 OK"):
    def app(environ, start_response):
        start_response(status, [("Content-Type", "text/plain; charset=latin-1")])
        return [f"{name} {environ['SCRIPT_NAME']}|{environ['PATH_INFO']}".encode("latin-1")]

    return app


def call(application, path="/", body=b"", **variables):
    """Status code, header fields and body that the application answers with."""
    environ = {"SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "wsgi.input": io.BytesIO(body)}
    environ.update(variables, CONTENT_LENGTH=str(len(body)))
    setup_testing_defaults(environ)
    answer = []

    def start_response(status, headers, exc_info=None):
        answer[:] = [int(status[:3]), dict(headers)]
        return lambda block: None

    blocks = validator(application)(environ, start_response)
    try:
        return (*answer, b"".join(blocks).decode("latin-1"))
    finally:
        blocks.close()


def body(application, *arguments, **variables):
    return call(application, *arguments, **variables)[2]


class Composition(unittest.TestCase):
    def test_a_dispatcher_has_mounts_and_hosts(self):
        hosts = {"api.example.org": named("api"), "*.example.org": {"/a": named("a"), "/": named("any")}}
        app = Dispatcher(named("site"), {"/shop": named("shop"), "/b\xfc": named("umlaut")}, hosts=hosts)
        self.assertEqual(body(app, "/shop/x"), "shop /shop|/x")
        self.assertEqual(body(app, "/shopping"), "site |/shopping")
        self.assertEqual(body(app, "/b\xc3\xbc/"), "umlaut /b\xc3\xbc|/")
        self.assertEqual(body(app, "/shop", HTTP_HOST="api.example.org"), "api |/shop")
        self.assertEqual(body(app, "/a", HTTP_HOST="x.example.org"), "a /a|")
        self.assertEqual(body(app, "/c", HTTP_HOST="x.example.org"), "any |/c")
        self.assertEqual(call(Dispatcher())[0], 404)

    def test_a_dispatcher_tells_what_is_wrong(self):
        for mistake, arguments, options in [
            ("does not start with a slash", (None, {"shop": named("a")}), {}),
            ("is mounted at", (None, {"/a": named("a"), "/a/": named("b")}), {}),
            ("is no host", (), {"hosts": {"a/b": named("a")}}),
        ]:
            with self.assertRaisesRegex(ValueError, mistake):
                Dispatcher(*arguments, **options)
        for arguments, options in [((None, [1]), {}), ((), {"hosts": {"a": 1}}), ((None, {"/a": 1}), {})]:
            with self.assertRaises(TypeError):
                Dispatcher(*arguments, **options)

    def test_a_cascade_tries_one_after_another(self):
        nothing, refused = named("nothing", "404 Not Found"), named("refused", "403 Forbidden")
        self.assertEqual(body(Cascade(nothing, nothing, named("third"), named("fourth"))), "third |/")
        self.assertEqual(body(Cascade(refused, named("second"))), "refused |/")
        self.assertEqual(body(Cascade(refused, named("second"), statuses=[403])), "second |/")

        def reads(environ, start_response):
            environ["wsgi.input"].read(4)
            return nothing(environ, start_response)

        def echo(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))]

        self.assertEqual(body(Cascade(reads, echo), body=b"hello", REQUEST_METHOD="POST"), "hello")
        app = Cascade(reads, echo, replay_limit=0)
        self.assertEqual(body(app, body=b"hello", REQUEST_METHOD="POST"), "nothing |/")

    def test_when_asks_a_function(self):
        asked, made = [], []

        def condition(environ):
            asked.append(environ["PATH_INFO"])
            return environ["QUERY_STRING"] == "\xe9"

        def layer(app):
            made.append(app)
            return ResponseHeader(app, set={"X-Layer": "1"})

        inner = named("app")
        app = When(inner, condition, layer)
        self.assertNotIn("X-Layer", call(app, "/a")[1])
        self.assertIn("X-Layer", call(app, "/b", QUERY_STRING="\xe9")[1])
        self.assertEqual((asked, made), (["/a", "/b"], [inner]))
        self.assertIs(app.__wrapped__, inner)

    def test_what_a_condition_raises_is_raised(self):
        class Broken(Exception):
            pass

        def condition(environ):
            raise Broken

        with self.assertRaises(Broken):
            call(When(named("app"), condition, ContentLength))
        for arguments in [(1, ContentLength), (condition, 1), (condition, lambda app: 1)]:
            with self.assertRaises(TypeError):
                When(named("app"), *arguments)

    def test_paths_are_made_plain(self):
        status, headers, _ = call(NormalizePath(named("app")), "//a/", QUERY_STRING="q")
        self.assertEqual((status, headers["Location"]), (308, "/a/?q"))
        app = NormalizePath(named("app"), trailing_slash="trim", redirect=301)
        self.assertEqual((call(app, "/a/")[0], call(app, "/a")[0]), (301, 200))
        app = NormalizePath(named("app"), trailing_slash="append", merge_slashes=False, redirect=None)
        self.assertEqual(body(app, "//a/./b"), "app |//a/b/")
        with self.assertRaisesRegex(ValueError, "trailing_slash"):
            NormalizePath(named("app"), trailing_slash="remove")
        with self.assertRaisesRegex(ValueError, "status 200"):
            NormalizePath(named("app"), redirect=200)

    def test_methods_are_overridden(self):
        def method(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [environ["REQUEST_METHOD"].encode()]

        post = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
        app = MethodOverride(method)
        self.assertEqual(body(app, body=b"_method=put", **post), "PUT")
        self.assertEqual(body(app, HTTP_X_HTTP_METHOD_OVERRIDE="DELETE", **post), "DELETE")
        self.assertEqual(body(MethodOverride(method, field=None), body=b"_method=put", **post), "POST")
        self.assertEqual(body(MethodOverride(method, body_limit=3), body=b"_method=put", **post), "POST")
        app = MethodOverride(method, methods=["PURGE"], header="X-M", field="m")
        self.assertEqual(body(app, HTTP_X_M="purge", **post), "PURGE")
        with self.assertRaisesRegex(ValueError, "GET"):
            MethodOverride(method, methods=["GET"])

    def test_redirects_have_rules(self):
        def moved(rules, path, **variables):
            status, headers, _ = call(Redirect(named("app"), rules), path, **variables)
            return status, headers.get("Location")

        self.assertEqual(moved({"/a": "/b"}, "/a"), (307, "/b"))
        rules = [
            {"exact": "/a", "to": "/b", "status": 301, "keep_query": False, "host": ["x.example", "y.example"]},
            {"prefix": "/c", "to": "https://example.org"},
            {"pattern": "^/d/(?<x>.)", "to": "/e?x=${x}", "host": None},
        ]
        self.assertEqual(moved(rules, "/a", HTTP_HOST="y.example", QUERY_STRING="q"), (301, "/b"))
        self.assertEqual(moved(rules, "/a"), (200, None))
        self.assertEqual(moved(rules, "/c/d"), (307, "https://example.org/d"))
        self.assertEqual(moved(rules, "/d/&"), (307, "/e?x=%26"))

    def test_rewriting_has_rules(self):
        def rewritten(rules, path, **variables):
            return body(Rewrite(named("app"), rules), path, **variables)

        self.assertEqual(rewritten({"^/a$": "/b", "^/b$": "/c"}, "/a"), "app |/c")
        rules = [
            {"pattern": "^/a$", "to": "/b", "methods": ["POST"]},
            {"pattern": "^/a$", "to": "/c", "host": "x.example", "then": "stop"},
            {"pattern": "^/[ac]$", "to": "/d", "headers": {"X-A": "1"}, "unless_headers": {"X-B": ""}},
        ]
        self.assertEqual(rewritten(rules, "/a", REQUEST_METHOD="POST"), "app |/b")
        self.assertEqual(rewritten(rules, "/a", HTTP_HOST="x.example"), "app |/c")
        self.assertEqual(rewritten(rules, "/a", HTTP_X_A="01"), "app |/d")
        self.assertEqual(rewritten(rules, "/a", HTTP_X_A="1", HTTP_X_B=""), "app |/a")
        circle = [{"pattern": "^/(.*)$", "to": "/x$1", "then": "restart"}]
        with self.assertRaisesRegex(RuntimeError, "more than 10 times"):
            rewritten(circle, "/")

    def test_rules_that_cannot_be_are_told_by_number(self):
        redirect = lambda rules: Redirect(named("app"), rules)
        rewrite = lambda rules: Rewrite(named("app"), rules)
        for make, rule, error, mistake in [
            (redirect, {"exact": "/a"}, ValueError, r'rules\[1\]: "to" is missing'),
            (redirect, {"to": "/a"}, ValueError, "give one of"),
            (redirect, {"exact": "/a", "prefix": "/b", "to": "/c"}, ValueError, "give one of"),
            (redirect, {"exact": "/a", "to": "//evil.example"}, ValueError, "neither a path"),
            (redirect, {"pattern": "(.*)", "to": "https://x.example$1"}, ValueError, "capture in its host"),
            (redirect, {"pattern": "(", "to": "/"}, ValueError, "unclosed group"),
            (redirect, {"exact": "/a", "to": "/b", "status": 200}, ValueError, "status 200"),
            (redirect, {"exact": "/a", "to": "/b", "code": 301}, ValueError, '"code" is unknown'),
            (redirect, {"exact": "/a", "to": 1}, TypeError, r'rules\[1\]\["to"\]'),
            (redirect, 1, TypeError, "must be a dict"),
            (rewrite, {"pattern": "a", "to": "b"}, ValueError, "is no path"),
            (rewrite, {"pattern": "a", "to": "/$1"}, ValueError, "no group"),
            (rewrite, {"pattern": "a", "to": "/", "then": "last"}, ValueError, "use"),
            (rewrite, {"pattern": "a", "to": "/", "headers": {"a b": ""}}, ValueError, "header field"),
        ]:
            good = {"exact": "/x", "to": "/y"} if make is redirect else {"pattern": "x", "to": "/y"}
            with self.assertRaisesRegex(error, mistake):
                make([good, rule])


if __name__ == "__main__":
    unittest.main()
