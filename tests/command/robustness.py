"""What the classes of robustness in `wsgi_rs.middleware` promise; run by the test `package` of the suite `command`."""

import io
import pathlib
import tempfile
import threading
import time
import unittest
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from wsgi_rs.middleware import ConcurrencyLimit, Deadline, ErrorPages, ExceptionPage, LoadShed, MapResponse, Recover

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    start_response("200 OK", TEXT + [("Content-Length", "5")])
    return [b"hello"]


class Body:
    def __init__(self, *blocks):
        self.blocks = iter(blocks)
        self.closed = 0

    def __iter__(self):
        return self.blocks

    def close(self):
        self.closed += 1


def missing(environ, start_response):
    start_response("404 Not Found", TEXT + [("Content-Length", "0"), ("Allow", "GET")])
    return []


def failing(environ, start_response):
    raise ValueError("broken")


def call(application, path="/", **variables):
    """Status, headers and body that the application answers a GET with, and what it wrote to wsgi.errors."""
    errors = io.StringIO()
    environ = {"SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "wsgi.errors": errors, **variables}
    setup_testing_defaults(environ)
    answer, written = [], []

    def start_response(status, headers, exc_info=None):
        answer[:] = [status, headers]
        return written.append

    iterable = validator(application)(environ, start_response)
    try:
        body = b"".join(written) + b"".join(iterable)
    finally:
        iterable.close()
    return answer[0], dict(answer[1]), body, errors.getvalue()


class Deadlines(unittest.TestCase):
    def test_the_application_is_told_how_much_is_left(self):
        seen = []

        def inner(environ, start_response):
            seen.append((environ["wsgi_rs.deadline"] - time.monotonic(), Deadline.remaining(environ)))
            return app(environ, start_response)

        self.assertEqual(call(Deadline(inner))[2], b"hello")
        self.assertEqual(call(Deadline(inner, 7.5))[2], b"hello")
        for (left, remaining), most in zip(seen, (30, 7.5)):
            self.assertTrue(most - 5 < remaining <= left <= most, seen)
        self.assertIsNone(Deadline.remaining({}))
        self.assertEqual(Deadline.remaining({"wsgi_rs.deadline": time.monotonic() - 1}), 0)

    def test_who_is_late_gets_a_504(self):
        body = Body(b"late")

        def late(environ, start_response):
            start_response("200 OK", TEXT)
            while Deadline.remaining(environ):
                time.sleep(0)
            return body

        status, headers, text, errors = call(Deadline(late, seconds=0.05))
        self.assertEqual((status, text, errors), ("504 Gateway Timeout", b"Gateway Timeout\n", ""))
        self.assertEqual(body.closed, 1)

    def test_a_body_breaks_off_unless_only_the_start_counts(self):
        def slow(environ, start_response):
            start_response("200 OK", TEXT)
            yield b"one"
            while Deadline.remaining(environ):
                time.sleep(0)
            yield b"two"
            yield b"three"

        with self.assertRaisesRegex(RuntimeError, "the request's deadline has passed"):
            call(Deadline(slow, 0.3))
        self.assertEqual(call(Deadline(slow, 0.3, until_start=True))[2], b"onetwothree")

    def test_a_field_can_shorten_the_time(self):
        layer = Deadline(app, header="X-Timeout")
        self.assertEqual(call(layer, HTTP_X_TIMEOUT="0")[0], "504 Gateway Timeout")
        self.assertEqual(call(layer, HTTP_X_TIMEOUT="soon")[2], b"hello")
        self.assertEqual(call(Deadline(app), HTTP_X_TIMEOUT="0")[2], b"hello")

    def test_an_outer_layer_of_python_may_have_set_one(self):
        def outer(environ, start_response):
            environ["wsgi_rs.deadline"] = time.monotonic() - 1
            return Deadline(app)(environ, start_response)

        self.assertEqual(call(outer)[0], "504 Gateway Timeout")

    def test_what_is_no_time_is_refused(self):
        for seconds in (-1, float("nan"), float("inf"), 1e300):
            with self.assertRaisesRegex(ValueError, "^seconds: .* is no time"):
                Deadline(app, seconds)
        with self.assertRaises(TypeError):
            Deadline(app, "1")
        with self.assertRaises(ValueError):
            Deadline(app, header="X Timeout")


class Limits(unittest.TestCase):
    def begin(self, layer):
        """A response under way, on a server that has other threads."""
        environ, status = {"wsgi.multithread": True}, []
        setup_testing_defaults(environ)
        return layer(environ, lambda *args: status.append(args[0]) or (lambda block: None)), status

    def test_who_waits_gets_the_place_that_comes_free(self):
        def streaming(environ, start_response):
            start_response("200 OK", TEXT)
            return Body(b"one", b"two")

        layer = ConcurrencyLimit(streaming, 1, queue=1, wait=30)
        first, _ = self.begin(layer)
        self.assertEqual((layer.in_use, layer.waiting), (1, 0))
        answers = []

        def second():
            body, status = self.begin(layer)
            answers.append((status, b"".join(body)))
            body.close()

        thread = threading.Thread(target=second)
        thread.start()
        while not layer.waiting:
            time.sleep(0)
        full, status = self.begin(layer)
        self.assertEqual((status, b"".join(full)), (["503 Service Unavailable"], b"Service Unavailable\n"))
        first.close()
        thread.join()
        self.assertEqual(answers, [(["200 OK"], b"onetwo")])
        self.assertEqual((layer.in_use, layer.waiting), (0, 0))

    def test_nobody_waits_where_there_is_one_thread(self):
        layer = ConcurrencyLimit(app, 0, wait=3600, retry_after=1.5)
        status, headers, _, _ = call(layer)
        self.assertEqual((status, headers["Retry-After"]), ("503 Service Unavailable", "2"))

    def test_an_application_that_fails_gives_its_permit_back(self):
        layer = ConcurrencyLimit(failing, 1)
        for _ in range(3):
            with self.assertRaisesRegex(ValueError, "broken"):
                call(layer)
        self.assertEqual(layer.in_use, 0)
        self.assertEqual(call(ConcurrencyLimit(app))[2], b"hello")

    def test_what_is_no_number_is_refused(self):
        with self.assertRaisesRegex(ValueError, "^wait: "):
            ConcurrencyLimit(app, wait=-1)
        with self.assertRaisesRegex(ValueError, "^retry_after: "):
            ConcurrencyLimit(app, retry_after=float("nan"))
        with self.assertRaisesRegex(ValueError, "^limit: -1 is out of range; give a whole number from 0 to "):
            ConcurrencyLimit(app, -1)


class Shedding(unittest.TestCase):
    def overload(self, layer, path="/"):
        """What the first request gets that finds the server overloaded."""
        while True:
            answer = call(layer, path, HTTP_X_REQUEST_START=str(time.time() - 60))
            if layer.is_overloaded:
                return answer

    def test_who_has_waited_for_too_long_is_refused(self):
        layer = LoadShed(app, interval=0.005, request_start="X-Request-Start", retry_after=7)
        self.assertFalse(layer.is_overloaded)
        status, headers, body, _ = self.overload(layer)
        self.assertEqual((status, headers["Retry-After"]), ("503 Service Unavailable", "7"))
        self.assertEqual(call(layer, HTTP_X_REQUEST_START=str(time.time()))[2], b"hello")
        self.assertFalse(layer.is_overloaded)

    def test_the_exempt_are_let_through(self):
        asked = []

        def exempt(environ):
            asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
            return True

        layer = LoadShed(app, interval=0.005, request_start="X-Request-Start", exempt=exempt)
        self.assertEqual(self.overload(layer, "/h\xe9")[2], b"hello")
        self.assertEqual(asked[0], ("GET", "/h\xe9"))

    def test_what_the_function_raises_is_the_failure_of_the_application(self):
        def exempt(environ):
            raise KeyError("on purpose")

        layer = LoadShed(app, interval=0.005, request_start="X-Request-Start", exempt=exempt)
        with self.assertRaisesRegex(KeyError, "on purpose"):
            while True:
                self.overload(layer)

    def test_wrong_arguments_are_refused(self):
        with self.assertRaisesRegex(TypeError, "^exempt must be a function, not str"):
            LoadShed(app, exempt="/health")
        with self.assertRaisesRegex(ValueError, "^target: "):
            LoadShed(app, target=-1)
        with self.assertRaises(ValueError):
            LoadShed(app, request_start="")


class Mapping(unittest.TestCase):
    def test_status_fields_and_blocks_are_changed(self):
        seen = []

        def status(status, method, path):
            seen.append((status, method, path))
            return "201 \xc9t\xe9"

        def headers(headers, method, path):
            headers.append(("X-\u0041", "\xe9"))

        def blocks(status, headers, method, path):
            seen.append((status, headers, method, path))
            return bytes.upper

        answer = call(MapResponse(app, status=status, headers=headers, blocks=blocks), "/\xe9")
        self.assertEqual(answer[:3], ("201 \xc9t\xe9", {"Content-Type": "text/plain", "X-A": "\xe9"}, b"HELLO"))
        fields = TEXT + [("Content-Length", "5"), ("X-A", "\xe9")]
        self.assertEqual(seen, [("200 OK", "GET", "/\xe9"), ("201 \xc9t\xe9", fields, "GET", "/\xe9")])

    def test_none_changes_nothing(self):
        def nothing(*args):
            return None

        layer = MapResponse(app, status=nothing, headers=nothing, blocks=nothing)
        self.assertEqual(call(layer), call(app))
        self.assertEqual(call(MapResponse(app)), call(app))

    def test_fields_may_be_returned_and_a_length_kept(self):
        layer = MapResponse(
            app,
            headers=lambda headers, method, path: {**dict(headers), "X-B": "2"},
            blocks=lambda *args: lambda block: block[::-1],
            keeps_length=True,
        )
        fields = {"Content-Type": "text/plain", "Content-Length": "5", "X-B": "2"}
        self.assertEqual(call(layer)[1:3], (fields, b"olleh"))

    def test_blocks_and_what_is_written_are_mapped_one_by_one(self):
        body = Body(b"two", b"", b"three")

        def writing(environ, start_response):
            start_response("200 OK", TEXT)(b"one")
            return body

        blocks = []

        def begin(status, headers, method, path):
            return lambda block: blocks.append(block) or block + b";"

        self.assertEqual(call(MapResponse(writing, blocks=begin))[2], b"one;two;;three;")
        self.assertEqual((blocks, body.closed), ([b"one", b"two", b"", b"three"], 1))

    def test_what_functions_raise_is_the_failure_of_the_application(self):
        def wrong(*args):
            raise KeyError("on purpose")

        for layer in (
            MapResponse(app, status=wrong),
            MapResponse(app, headers=wrong),
            MapResponse(app, blocks=wrong),
            MapResponse(app, blocks=lambda *args: wrong),
        ):
            with self.assertRaisesRegex(KeyError, "on purpose"):
                call(layer)
            self.assertEqual(call(Recover(layer))[0], "500 Internal Server Error")

    def test_what_they_must_not_return(self):
        for arguments, wrong in (
            ({"status": lambda *args: 200}, "^what status.. returns must be a str"),
            ({"status": lambda *args: "200 \u20ac"}, "^what status.. returns must be a str"),
            ({"headers": lambda *args: 3}, ""),
            ({"blocks": lambda *args: 3}, "^what blocks.. returns must be a function, not int"),
            ({"blocks": lambda *args: lambda block: "text"}, "^a function over blocks must return bytes, not str"),
        ):
            with self.assertRaisesRegex(TypeError, wrong, msg=wrong):
                call(MapResponse(app, **arguments))
        for arguments in (
            {"status": lambda *args: "OK"},
            {"headers": lambda *args: [("X", "a\r\nY: b")]},
        ):
            with self.assertRaises(Exception, msg=arguments):
                call(MapResponse(app, **arguments))
        with self.assertRaisesRegex(TypeError, "^status must be a function, not str"):
            MapResponse(app, status="200 OK")


class Pages(unittest.TestCase):
    def test_without_pages_there_is_the_status_in_words(self):
        status, headers, body, _ = call(ErrorPages(missing))
        self.assertEqual((status, body), ("404 Not Found", b"404 Not Found\n"))
        fields = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": "14", "Vary": "Accept", "Allow": "GET"}
        self.assertEqual(headers, fields)
        self.assertIn(b"<h1>404 Not Found</h1>", call(ErrorPages(missing), HTTP_ACCEPT="text/html,*/*;q=0.8")[2])
        self.assertEqual(call(ErrorPages(app)), call(app))

    def test_pages_of_all_kinds(self):
        def page(environ, start_response):
            start_response("200 OK", TEXT)
            return [environ["wsgi_rs.error_pages.status"].encode(), environ["REQUEST_METHOD"].encode()]

        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "404.html")
            path.write_text("from a file")
            for pages, body in (
                ({404: "text"}, b"text"),
                ({"404": "text"}, b"text"),
                ({"4xx": "class", 404: "single"}, b"single"),
                ({"400-499": "range", "400-404": "narrow"}, b"narrow"),
                ({404: {"text/plain": b"bytes", "application/json": "{}"}}, b"bytes"),
                ({404: path}, b"from a file"),
                ({404: page}, b"404 Not FoundGET"),
            ):
                self.assertEqual(call(ErrorPages(missing, pages))[2], body, pages)
            path.unlink()
            with self.assertRaises(FileNotFoundError):
                ErrorPages(missing, {404: path})

    def test_bodies_that_are_there_are_replaced_when_told_so(self):
        def own(body):
            def inner(environ, start_response):
                start_response("500 Oops", TEXT)
                return body

            return inner

        stream = Body(b"own")
        for body, options, replaced in (
            ([b"own"], {}, False),
            ([b"own"], {"replace_complete": True}, True),
            (Body(b"own"), {"replace_complete": True}, False),
            (stream, {"replace_streams": True}, True),
        ):
            text = call(ErrorPages(own(body), **options))[2]
            self.assertEqual(text, b"500 Oops\n" if replaced else b"own", options)
        self.assertEqual(stream.closed, 1)

    def test_what_is_no_page_is_refused(self):
        for pages in ({200: "x"}, {"3xx": "x"}, {"soon": "x"}, {404: {"html": "x"}}, {"404-400": "x"}):
            with self.assertRaises(ValueError, msg=pages):
                ErrorPages(missing, pages)
        with self.assertRaisesRegex(TypeError, "^pages: 3 is no page"):
            ErrorPages(missing, {404: 3})
        with self.assertRaisesRegex(ValueError, "page.php: its type is not known"):
            ErrorPages(missing, {404: pathlib.Path("page.php")})


class Exceptions(unittest.TestCase):
    HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8000"}

    def test_nothing_is_shown_unless_it_was_asked_for_by_name(self):
        with self.assertRaisesRegex(ValueError, "broken"):
            call(ExceptionPage(failing), **self.HERE)

    def test_the_traceback_is_shown_to_who_is_here(self):
        layer = ExceptionPage(failing, enable_for_development=True)
        status, headers, body, errors = call(layer, "/here", HTTP_COOKIE="hunter2", **self.HERE)
        self.assertEqual((status, headers["Cache-Control"]), ("500 Internal Server Error", "no-store"))
        text = body.decode()
        self.assertTrue(text.startswith("ValueError: broken\nGET /here\n"), text)
        self.assertIn('    raise ValueError("broken")\n', text)
        self.assertIn("HTTP_COOKIE = ***\n", text)
        self.assertNotIn("hunter2", text)
        self.assertIn("Traceback (most recent call last)", errors)

    def test_nothing_is_shown_to_others(self):
        layer = ExceptionPage(failing, enable_for_development=True)
        for odd in ({"REMOTE_ADDR": "192.0.2.1"}, {"HTTP_HOST": "attacker.example"}, {"HTTP_X_FORWARDED_FOR": "::1"}):
            with self.assertRaisesRegex(ValueError, "broken"):
                call(layer, **{**self.HERE, **odd})

    def test_it_has_to_be_asked_for_by_name(self):
        with self.assertRaises(TypeError):
            ExceptionPage(failing, True)


class Wrapping(unittest.TestCase):
    def test_they_are_around_applications_alone_and_tell_which(self):
        for layer in (ConcurrencyLimit, Deadline, ErrorPages, ExceptionPage, LoadShed, MapResponse):
            with self.assertRaises(TypeError, msg=layer):
                layer("app")
            self.assertIs(layer(app).__wrapped__, app)


if __name__ == "__main__":
    unittest.main()
