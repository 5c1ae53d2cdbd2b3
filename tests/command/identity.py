"""What the layers about identity promise to Python programs; run by the test `package` of the suite `command`."""

import base64
import io
import random
import unittest
from http.cookies import CookieError, SimpleCookie
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from django.http.cookie import parse_cookie as django_cookies
from werkzeug.http import parse_cookie as werkzeug_cookies
from wsgi_rs.middleware import (
    AccessLog,
    BasicAuth,
    BearerAuth,
    ProxyFix,
    RequestId,
    SensitiveHeaders,
    SignedCookies,
)

KEY = "0123456789abcdef0123456789abcdef"


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1")])
    keys = ["REMOTE_USER", "AUTH_TYPE", "HTTP_AUTHORIZATION", "HTTP_COOKIE", "wsgi_rs.request_id", "wsgi_rs.bearer_scope"]
    return [" | ".join(environ.get(key, "-") for key in keys).encode("latin-1")]


def call(application, path="/", method="GET", **variables):
    """Status, headers and body, and what was written to wsgi.errors."""
    errors = io.StringIO()
    environ = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", **variables}
    environ["wsgi.errors"] = errors
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
    return answer[0], answer[1], body.decode("latin-1"), errors.getvalue()


def basic(credentials):
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def flask_cookies(text):
    try:
        return list(werkzeug_cookies({"HTTP_COOKIE": text}))
    except UnicodeDecodeError:
        return []


def simple_cookies(text):
    try:
        return list(SimpleCookie(text))
    except CookieError:
        return []


def raising(*arguments):
    raise KeyError(arguments)


class Basic(unittest.TestCase):
    def ask(self, application, credentials, path="/"):
        return call(application, path, HTTP_AUTHORIZATION=basic(credentials))[2].split(" | ")[0]

    def test_users_are_in_a_table(self):
        auth = BasicAuth(app, {"alice": "wonderland", "Jürgen": "pä:ss"})
        self.assertEqual(self.ask(auth, "alice:wonderland"), "alice")
        user = self.ask(auth, "Jürgen:pä:ss")
        self.assertEqual(user.encode("latin-1").decode(), "Jürgen")
        self.assertEqual(self.ask(auth, "alice:no"), "Unauthorized\n")
        self.assertEqual(call(BasicAuth(app))[0], "401 Unauthorized")

    def test_a_function_may_check(self):
        answers = {"true": True, "false": False, "none": None, "name": "Alice", "empty": ""}
        auth = BasicAuth(app, check=lambda name, password: answers[name])
        users = {name: self.ask(auth, name + ":x") for name in answers}
        refused = dict.fromkeys(["false", "none", "empty"], "Unauthorized\n")
        self.assertEqual(users, {"true": "true", "name": "Alice", **refused})
        with self.assertRaises(KeyError):
            self.ask(auth, "unknown:x")
        with self.assertRaisesRegex(TypeError, "check must return the user's name"):
            self.ask(BasicAuth(app, check=lambda *_: 1), "a:b")

    def test_some_need_no_credentials(self):
        auth = BasicAuth(
            app,
            exempt=["/health", "/public/"],
            exempt_if=lambda of: of["REQUEST_METHOD"] == "OPTIONS" or of["PATH_INFO"] == "/caf\u00c3\u00a9",
        )
        paths = ["/health", "/public/a", "/public/../a", "/", "/caf\u00c3\u00a9"]
        statuses = [call(auth, path)[0][:3] for path in paths]
        self.assertEqual(statuses, ["200", "200", "401", "401", "200"])
        self.assertEqual(call(auth, method="OPTIONS")[0], "200 OK")
        self.assertEqual(call(BasicAuth(app, exempt="/health"), "/health")[0], "200 OK")
        with self.assertRaises(KeyError):
            call(BasicAuth(app, exempt_if=raising))

    def test_options(self):
        auth = BasicAuth(app, {"a": "b"}, anonymous=True, remove_credentials=True, realm='The "Shop"')
        self.assertTrue(call(auth)[2].startswith("- | - | -"))
        self.assertTrue(call(auth, HTTP_AUTHORIZATION=basic("a:b"))[2].startswith("a | Basic | -"))
        headers = call(auth, HTTP_AUTHORIZATION=basic("a:c"))[1]
        self.assertEqual(headers["WWW-Authenticate"], 'Basic realm="The \\"Shop\\"", charset="UTF-8"')

    def test_mistakes_are_told(self):
        for arguments, error, text in [
            ({"users": ["a"]}, TypeError, "users must be a mapping of names to passwords"),
            ({"users": {1: "a"}}, TypeError, "users must be a mapping of names to passwords"),
            ({"users": {"a": 1}}, TypeError, "users: the password of \"a\" must be a text"),
            ({"users": {"a:b": "c"}}, ValueError, "has a colon"),
            ({"users": {"": "c"}}, ValueError, "give it one"),
            ({"check": "no"}, TypeError, "check must be"),
            ({"exempt_if": 1}, TypeError, "exempt_if must be"),
            ({"exempt": ["public"]}, ValueError, "is no plain path"),
            ({"exempt": 1}, TypeError, "exempt must be"),
            ({"realm": "a\nb"}, ValueError, "WWW-Authenticate"),
        ]:
            with self.subTest(arguments), self.assertRaisesRegex(error, text):
                BasicAuth(app, **arguments)


class Bearer(unittest.TestCase):
    def ask(self, application, token):
        return call(application, HTTP_AUTHORIZATION="Bearer " + token)

    def test_tokens_are_in_a_table_or_a_function_knows_them(self):
        table = {"t1": "alice", "t2": ("bob", ["read", "write"]), "t3": ("carol", "read write")}
        check = {"t4": "dave", "t5": ("eve", ["read"]), "t6": None, "t7": False}.__getitem__
        auth = BearerAuth(app, table, check=check, remove_credentials=True)
        answers = [self.ask(auth, f"t{number}") for number in range(1, 8)]
        users = [answer[2].split(" | ")[0] for answer in answers]
        self.assertEqual(users, ["alice", "bob", "carol", "dave", "eve", "Unauthorized\n", "Unauthorized\n"])
        scopes = [answer[2].split(" | ")[-1] for answer in answers[:5]]
        self.assertEqual(scopes, ["-", "read write", "read write", "-", "read"])
        with self.assertRaises(KeyError):
            self.ask(auth, "t8")

    def test_scopes_are_asked_for(self):
        auth = BearerAuth(app, {"t1": ("a", "read"), "t2": "b"}, scopes=["read"], realm="R", exempt="/public/")
        self.assertEqual(self.ask(auth, "t1")[0], "200 OK")
        status, headers, _, _ = self.ask(auth, "t2")
        self.assertEqual(status, "403 Forbidden")
        told = 'Bearer realm="R", scope="read", error="insufficient_scope"'
        self.assertEqual(headers["WWW-Authenticate"], told)
        self.assertEqual(call(auth, "/public/a")[0], "200 OK")
        self.assertEqual(self.ask(auth, "a b")[0], "400 Bad Request")

    def test_mistakes_are_told(self):
        for arguments, error, text in [
            ({"tokens": ["a"]}, TypeError, "tokens must be a mapping"),
            ({"tokens": {"t": 1}}, TypeError, "a user's name, or a pair"),
            ({"tokens": {"t": ("a", 1)}}, TypeError, "scopes must be"),
            ({"tokens": {"a b": "c"}}, ValueError, "none can have"),
            ({"scopes": "a b"}, ValueError, "is none"),
            ({"check": 1}, TypeError, "check must be"),
        ]:
            with self.subTest(arguments), self.assertRaisesRegex(error, text):
                BearerAuth(app, **arguments)
        with self.assertRaisesRegex(TypeError, "what check returns must be"):
            self.ask(BearerAuth(app, check=lambda token: 1), "t")


class Ids(unittest.TestCase):
    def test_each_request_has_one(self):
        ids = {call(RequestId(app), HTTP_X_REQUEST_ID="forged")[1]["X-Request-Id"] for _ in range(10)}
        self.assertEqual(len(ids - {"forged"}), 10)
        named = RequestId(app, header="X-Id", generate=iter(["n1", "n2", 3]).__next__)
        for name in ["n1", "n2"]:
            _, headers, body, _ = call(named)
            self.assertEqual((headers["X-Id"], body.split(" | ")[4]), (name, name))
        with self.assertRaisesRegex(TypeError, "generate must return a text"):
            call(named)
        with self.assertRaises(StopIteration):
            call(named)

    def test_one_that_comes_may_be_accepted(self):
        named = RequestId(app, accept_incoming=True, length_limit=3, generate=lambda: "new")
        for sent, name in [("abc", "abc"), ("abcd", "new"), ("a,b", "new"), ("", "new")]:
            self.assertEqual(call(named, HTTP_X_REQUEST_ID=sent)[1]["X-Request-Id"], name)

    def test_mistakes_are_told(self):
        with self.assertRaisesRegex(ValueError, "X Id"):
            RequestId(app, header="X Id")
        with self.assertRaisesRegex(TypeError, "generate must be"):
            RequestId(app, generate="x")


class Cookies(unittest.TestCase):
    def round(self, setting, getting, change=lambda cookie: cookie):
        cookie = call(setting)[1]["Set-Cookie"]
        return call(getting, HTTP_COOKIE=change(cookie))[2].split(" | ")[3]

    def test_what_was_set_comes_back(self):
        signed = SignedCookies(app, KEY)
        self.assertEqual(self.round(signed, signed), "a=1")
        self.assertEqual(self.round(signed, signed, lambda cookie: cookie.replace("=1", "=2")), "-")
        self.assertEqual(self.round(app, signed), "-")

    def test_no_parser_finds_a_cookie_that_nobody_signed(self):
        pieces = ["session", "session=forged", "=", "a=b", "a", ";", "; ", " ", ",", '"', "\\", "'", "%73ession=forged"]
        pieces += ["\t", "\xa0", "\x85", "\x1c", "\x0b", "\xe2\x80\x83", "$Version=1", "\\073", "[]", "."]
        parsers = [simple_cookies, django_cookies, flask_cookies]
        seen = {}

        def reading(environ, start_response):
            seen["cookies"] = environ.get("HTTP_COOKIE", "")
            return app(environ, start_response)

        chosen = SignedCookies(reading, KEY, names="session")
        source = random.Random(7617)
        passed = 0
        for _ in range(4_000):
            sent = "".join(source.choice(pieces) for _ in range(source.randrange(1, 9)))
            call(chosen, HTTP_COOKIE=sent)
            for parse in parsers:
                found = [name.strip() for name in parse(seen["cookies"])]
                self.assertNotIn("session", found, (sent, seen["cookies"]))
            passed += "a=b" in seen["cookies"]
        self.assertGreater(passed, 200)

    def test_keys_are_changed_one_after_the_other(self):
        old, both = SignedCookies(app, [b"x" * 32]), SignedCookies(app, [KEY, "x" * 32])
        self.assertEqual(self.round(old, both), "a=1")
        self.assertEqual(self.round(both, old), "-")

    def test_cookies_are_chosen_and_get_old(self):
        for chosen in [{"names": "b"}, {"names": ["b"]}, {"prefixes": "b"}]:
            signed = SignedCookies(app, KEY, **chosen)
            self.assertEqual(call(signed)[1]["Set-Cookie"], "a=1")
            self.assertEqual(self.round(signed, signed, lambda cookie: "b=2; " + cookie), "a=1")
        signed = SignedCookies(app, KEY, prefixes=["a"], max_age=60)
        self.assertEqual(self.round(signed, signed), "a=1")

    def test_mistakes_are_told(self):
        for keys, options, error, text in [
            ("short", {}, ValueError, "5 bytes can be guessed"),
            ([], {}, ValueError, "give at least one"),
            (1, {}, TypeError, "keys must be"),
            ([1], {}, TypeError, "keys must be"),
            (KEY, {"names": 1}, TypeError, "names must be"),
            (KEY, {"max_age": -1}, ValueError, "max_age"),
        ]:
            with self.subTest(keys), self.assertRaisesRegex(error, text):
                SignedCookies(app, keys, **options)


class Secrets(unittest.TestCase):
    def line(self, **options):
        logged = AccessLog(SensitiveHeaders(app, **options), format="%{Authorization}i %{X-A}i %{Set-Cookie}o")
        return call(logged, HTTP_AUTHORIZATION="Bearer t", HTTP_X_A="x")[3]

    def test_the_log_does_not_have_them(self):
        self.assertEqual(self.line(), "*** x ***\n")
        self.assertEqual(self.line(also=["X-A"]), "*** *** ***\n")
        self.assertEqual(self.line(only="X-A"), "Bearer\\x20t *** a=1\n")

    def test_layers_of_python_may_stand_between(self):
        def between(environ, start_response):
            yield from SensitiveHeaders(app)(environ, start_response)

        logged = AccessLog(between, format="%{Authorization}i %{Set-Cookie}o")
        self.assertEqual(call(logged, HTTP_AUTHORIZATION="Bearer t")[3], "*** ***\n")

    def test_layers_further_in_add_to_the_names(self):
        def between(environ, start_response):
            yield from SensitiveHeaders(app, only=["X-A"])(environ, start_response)

        logged = AccessLog(SensitiveHeaders(between, only=["Authorization"]), format="%{Authorization}i %{X-A}i")
        self.assertEqual(call(logged, HTTP_AUTHORIZATION="Bearer t", HTTP_X_A="x")[3], "*** ***\n")

    def test_python_finds_the_names(self):
        def names(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [environ["wsgi_rs.sensitive_headers"].encode()]

        self.assertEqual(call(SensitiveHeaders(names, only=["X-A", "X-b"]))[2], "x-a, x-b")

    def test_mistakes_are_told(self):
        with self.assertRaisesRegex(ValueError, "Cookie:"):
            SensitiveHeaders(app, also=["Cookie:"])
        with self.assertRaisesRegex(TypeError, "only must be"):
            SensitiveHeaders(app, only=1)


class Proxies(unittest.TestCase):
    def seen(self, fix, **variables):
        environ = {}

        def app(found, start_response):
            environ.update(found)
            start_response("200 OK", [("Content-Type", "text/plain")])
            return []

        errors = call(ProxyFix(app, **fix), REMOTE_ADDR="127.0.0.1", HTTP_HOST="internal", **variables)[3]
        keys = ["REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST"]
        return " ".join(environ[key] for key in keys), errors

    def test_the_field_of_the_rfc_is_read_by_its_grammar(self):
        fix = {"forwarded": True, "believe": ["for", "host", "proto"]}
        told = self.seen(fix, HTTP_FORWARDED='for=192.0.2.1;host="a.example:81";proto=https')
        self.assertEqual(told, ("192.0.2.1 https a.example:81", ""))
        # Rack took each of these for three parameters (CVE-2026-32762).
        for field in ['for="127.0.0.1;host=evil.example;proto=https"', 'for="x, host=evil.example";a=b']:
            told, errors = self.seen(fix, HTTP_FORWARDED=field)
            self.assertEqual(told, "127.0.0.1 http internal")
            self.assertIn("proxy fix: not believed", errors)

    def test_a_host_is_nothing_but_a_host(self):
        # Rack let these pass (CVE-2026-34835).
        for host in ["evil.example/", "a?b", "a#b", "user@a.example", "a b"]:
            told, errors = self.seen({"believe": ["host"]}, HTTP_X_FORWARDED_HOST=host)
            self.assertEqual(told, "127.0.0.1 http internal")
            self.assertIn("is no host", errors)

    def test_hops_and_strangers(self):
        field = "6.6.6.6, 192.0.2.1, 192.0.2.2"
        told, _ = self.seen({"hops": 2}, HTTP_X_FORWARDED_FOR=field)
        self.assertEqual(told, "192.0.2.1 http internal")
        told, errors = self.seen({"trusted": ["10.0.0.0/8"]}, HTTP_X_FORWARDED_FOR=field)
        self.assertEqual(told, "127.0.0.1 http internal")
        self.assertIn("which is not trusted", errors)


if __name__ == "__main__":
    unittest.main()
