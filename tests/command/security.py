"""What the security middleware of `wsgi_rs` promises to Python programs; run by a test of the suite `command`."""

import io
import unittest
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from wsgi_rs.middleware import Cors, Csrf, HttpsRedirect, SecurityHeaders, TrustedHosts


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("wsgi_rs.csp_nonce", "in").encode()]


def call(application, path="/", **variables):
    """The status code, headers and body that the application answers with."""
    environ = {"SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "wsgi.errors": io.StringIO(), **variables}
    setup_testing_defaults(environ)
    answer = []

    def start_response(status, headers, exc_info=None):
        answer[:] = [int(status[:3]), dict(headers)]
        return lambda block: None

    iterable = validator(application)(environ, start_response)
    try:
        body = b"".join(iterable)
    finally:
        iterable.close()
    return answer[0], answer[1], body


def status(application, path="/", **variables):
    return call(application, path, **variables)[0]


def broken(*arguments):
    raise LookupError("no idea")


SHOP = "https://shop.example"


class Cross(unittest.TestCase):
    def leave(self, origin=SHOP, **options):
        return call(Cors(app, **options), HTTP_ORIGIN=origin)[1].get("Access-Control-Allow-Origin")

    def preflight(self, **options):
        return call(Cors(app, allow_origins=[SHOP], **options), HTTP_ORIGIN=SHOP, REQUEST_METHOD="OPTIONS",
                    HTTP_ACCESS_CONTROL_REQUEST_METHOD="PUT", HTTP_ACCESS_CONTROL_REQUEST_HEADERS="x-a")

    def test_origins_have_leave_by_name_pattern_or_function(self):
        self.assertIsNone(self.leave())
        self.assertEqual(self.leave(allow_origins=[SHOP]), SHOP)
        self.assertIsNone(self.leave("https://evil.example", allow_origins=[SHOP]))
        self.assertEqual(self.leave(allow_origins="*"), "*")
        self.assertEqual(self.leave(allow_origins=["*"]), "*")
        self.assertEqual(self.leave(allow_origins="mirror", allow_credentials=True), SHOP)
        self.assertEqual(self.leave(allow_origin_regex=r"https://\w+\.example"), SHOP)
        self.assertIsNone(self.leave(allow_origin_regex=r"https://\w+"))
        self.assertEqual(self.leave(allow_origin_if=lambda origin, environ: environ["HTTP_ORIGIN"] == origin == SHOP), SHOP)
        self.assertIsNone(self.leave(allow_origin_if=lambda origin, environ: ""))
        self.assertEqual(self.leave("null", allow_null_origin=True), "null")

    def test_preflights_are_answered(self):
        code, headers, body = self.preflight(allow_methods=["PUT", "PATCH"], allow_headers="mirror", max_age=600,
                                             allow_credentials=True)
        self.assertEqual((code, body), (204, b""))
        self.assertEqual(headers["Access-Control-Allow-Methods"], "PUT, PATCH")
        self.assertEqual(headers["Access-Control-Allow-Headers"], "x-a")
        self.assertEqual(headers["Access-Control-Max-Age"], "600")
        self.assertEqual(headers["Access-Control-Allow-Credentials"], "true")
        headers = self.preflight(allow_methods="mirror", allow_headers="*")[1]
        self.assertEqual(headers["Access-Control-Allow-Methods"], "PUT")
        self.assertEqual(headers["Access-Control-Allow-Headers"], "*")

    def test_fields_are_exposed(self):
        for expose, wanted in ((["ETag", "X-A"], "ETag, X-A"), ("*", "*")):
            headers = call(Cors(app, allow_origins=[SHOP], expose_headers=expose), HTTP_ORIGIN=SHOP)[1]
            self.assertEqual(headers["Access-Control-Expose-Headers"], wanted)

    def test_what_a_function_raises_is_the_applications_failure(self):
        with self.assertRaisesRegex(LookupError, "no idea"):
            self.leave(allow_origin_if=broken)

    def test_mistakes_are_told(self):
        for wrong in (
            {"allow_origins": ["shop.example"]},
            {"allow_origins": ["null"]},
            {"allow_origins": "all"},
            {"allow_origins": "*", "allow_credentials": True},
            {"allow_methods": "*", "allow_credentials": True},
            {"allow_headers": "*", "allow_credentials": True},
            {"expose_headers": "*", "allow_credentials": True},
            {"expose_headers": "mirror"},
            {"allow_null_origin": True, "allow_credentials": True},
            {"allow_origin_regex": "("},
            {"allow_methods": ["patch"]},
            {"allow_headers": ["X A"]},
            {"max_age": -1},
            {"max_age": float("nan")},
        ):
            with self.assertRaises(ValueError, msg=wrong):
                Cors(app, **wrong)
        for wrong in ({"allow_origin_if": 1}, {"allow_origins": 1}, {"allow_origins": [1]}):
            with self.assertRaises(TypeError, msg=wrong):
                Cors(app, **wrong)


class Forgery(unittest.TestCase):
    def post(self, site="cross-site", origin="https://evil.example", path="/", **options):
        return status(Csrf(app, **options), path, REQUEST_METHOD="POST", HTTP_SEC_FETCH_SITE=site, HTTP_ORIGIN=origin)

    def test_requests_of_other_sites_are_refused(self):
        self.assertEqual(self.post(), 403)
        self.assertEqual(self.post("same-origin"), 200)
        self.assertEqual(self.post(origin=SHOP, trust=[SHOP]), 200)
        self.assertEqual(self.post(path="/hooks/a", exempt=["/hooks/"]), 200)
        self.assertEqual(self.post(path="/hooks", exempt=["/hooks/"]), 403)
        self.assertEqual(status(Csrf(app), REQUEST_METHOD="POST"), 200)
        self.assertEqual(status(Csrf(app, require_evidence=True), REQUEST_METHOD="POST"), 403)

    def test_a_function_of_the_environ_exempts(self):
        asked = []
        self.assertEqual(self.post(path="/\xe9", exempt_if=lambda *of: asked.extend(of) or True), 200)
        [environ] = asked
        told = [environ[key] for key in ("REQUEST_METHOD", "PATH_INFO", "HTTP_SEC_FETCH_SITE", "wsgi.version")]
        self.assertEqual(told, ["POST", "/\xe9", "cross-site", (1, 0)])
        self.assertNotIn("wsgi.input", environ)
        self.assertEqual(self.post(exempt_if=lambda environ: False), 403)
        with self.assertRaisesRegex(LookupError, "no idea"):
            self.post(exempt_if=broken)

    def test_mistakes_are_told(self):
        for wrong in ({"trust": ["*"]}, {"trust": ["null"]}, {"exempt": ["hooks"]}):
            with self.assertRaises(ValueError, msg=wrong):
                Csrf(app, **wrong)
        for wrong in ({"trust": SHOP}, {"exempt": 1}, {"exempt_if": True}):
            with self.assertRaises(TypeError, msg=wrong):
                Csrf(app, **wrong)


class Hosts(unittest.TestCase):
    def test_other_hosts_are_refused(self):
        trusted = TrustedHosts(app, ["example.org", "*.example.org"], exempt=["/healthz"])
        self.assertEqual(status(trusted, HTTP_HOST="www.example.org:8000"), 200)
        self.assertEqual(status(trusted, HTTP_HOST="evil.example"), 421)
        self.assertEqual(status(trusted, HTTP_HOST="a b"), 400)
        self.assertEqual(status(trusted, "/healthz", HTTP_HOST="10.0.0.1"), 200)
        self.assertEqual(status(TrustedHosts(app), HTTP_HOST="localhost"), 200)
        probe = TrustedHosts(app, exempt_if=lambda environ: environ["REQUEST_METHOD"] == "HEAD")
        self.assertEqual(status(probe, HTTP_HOST="10.0.0.1", REQUEST_METHOD="HEAD"), 200)

    def test_mistakes_are_told(self):
        with self.assertRaisesRegex(ValueError, "https://example.org"):
            TrustedHosts(app, ["https://example.org"])
        with self.assertRaises(TypeError):
            TrustedHosts(app, "example.org")


class Https(unittest.TestCase):
    def location(self, host="shop.example", **options):
        return call(HttpsRedirect(app, **options), "/a", HTTP_HOST=host)[1].get("Location")

    def test_requests_are_redirected(self):
        self.assertEqual(self.location(), "https://shop.example/a")
        self.assertEqual(self.location(host="shop.example:8080", ports={8080: 8443}), "https://shop.example:8443/a")
        self.assertEqual(call(HttpsRedirect(app, host="www.example"), HTTP_HOST="x")[1]["Location"],
                         "https://www.example/")
        self.assertEqual(status(HttpsRedirect(app, temporary=True)), 302)
        self.assertEqual(status(HttpsRedirect(app), REQUEST_METHOD="POST"), 308)
        self.assertEqual(status(HttpsRedirect(app, refuse_unsafe=True), REQUEST_METHOD="POST"), 403)
        self.assertEqual(status(HttpsRedirect(app, exempt=["/healthz"]), "/healthz"), 200)
        self.assertEqual(status(HttpsRedirect(app, exempt_if=lambda environ: environ["PATH_INFO"] == "/a"), "/a"), 200)

    def test_browsers_are_told_to_come_by_https(self):
        def told(layer, **options):
            return call(layer(app, **options), **{"wsgi.url_scheme": "https"})[1].get("Strict-Transport-Security")

        for layer in (HttpsRedirect, SecurityHeaders):
            self.assertIsNone(told(layer))
            self.assertEqual(told(layer, hsts=300), "max-age=300")
            self.assertEqual(told(layer, hsts=31536000, hsts_include_subdomains=True, hsts_preload=True),
                             "max-age=31536000; includeSubDomains; preload")
            for wrong in (
                {"hsts": -1},
                {"hsts": 300, "hsts_include_subdomains": True, "hsts_preload": True},
                {"hsts": 31536000, "hsts_preload": True},
                {"hsts_include_subdomains": True},
            ):
                with self.assertRaises(ValueError, msg=wrong):
                    layer(app, **wrong)

    def test_mistakes_are_told(self):
        for wrong in ({"host": "https://example.org"}, {"exempt": ["healthz"]}):
            with self.assertRaises(ValueError, msg=wrong):
                HttpsRedirect(app, **wrong)


class Headers(unittest.TestCase):
    def test_fields_are_changed_and_left_out(self):
        headers = call(SecurityHeaders(app, headers={"X-Frame-Options": "SAMEORIGIN", "Permissions-Policy": None}))[1]
        self.assertEqual(headers["X-Frame-Options"], "SAMEORIGIN")
        self.assertNotIn("Permissions-Policy", headers)
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")

    def test_policies_have_nonces(self):
        _, headers, nonce = call(SecurityHeaders(app, content_security_policy="strict",
                                                 content_security_policy_report_only={"img-src": ["'self'", "data:"]}))
        self.assertIn(f"script-src 'nonce-{nonce.decode()}'", headers["Content-Security-Policy"])
        self.assertEqual(headers["Content-Security-Policy-Report-Only"], "img-src 'self' data:")
        _, headers, body = call(SecurityHeaders(app, content_security_policy={"sandbox": []}))
        self.assertEqual((headers["Content-Security-Policy"], body), ("sandbox", b"in"))

    def test_mistakes_are_told(self):
        for wrong in (
            {"content_security_policy": {"script-src": ["self"]}},
            {"content_security_policy": {"script_src": ["'self'"]}},
            {"content_security_policy": "lax"},
            {"content_security_policy_report_only": {"img-src": []}},
            {"headers": {"X-Frame-Options": "ALLOW"}},
            {"headers": {"Strict-Transport-Security": "max-age=1"}},
            {"headers": {"X A": "1"}},
        ):
            with self.assertRaises(ValueError, msg=wrong):
                SecurityHeaders(app, **wrong)
        for wrong in ({"content_security_policy": {"script-src": "'self'"}}, {"content_security_policy": 1}):
            with self.assertRaises(TypeError, msg=wrong):
                SecurityHeaders(app, **wrong)


class Stack(unittest.TestCase):
    def test_layers_stack(self):
        layers = (SecurityHeaders, Csrf, Cors, HttpsRedirect, TrustedHosts)
        stacked = app
        for layer in layers:
            stacked = layer(stacked)
        code, headers, body = call(stacked, HTTP_HOST="localhost", **{"wsgi.url_scheme": "https"})
        self.assertEqual((code, body), (200, b"in"))
        self.assertEqual(headers["Vary"], "Origin")
        self.assertEqual(headers["X-Frame-Options"], "DENY")
        for layer in layers:
            with self.assertRaises(TypeError):
                layer(1)


if __name__ == "__main__":
    unittest.main()
