"""How the middleware of `wsgi_rs` refuses arguments that are numbers; run by a test of the suite `command`."""

import inspect
import tempfile
import unittest

from wsgi_rs import middleware

HUGE = 10**400
KEY = "0123456789abcdef0123456789abcdef"
# By class and argument: values beyond what it can have, and one of another kind.
WHOLE = [-1, HUGE], "x"
TIME = [-1, float("nan"), float("inf"), HUGE], "x"
NUMBERS = {
    "BodyLimit": {"limit": WHOLE},
    "Buffer": {"request_memory": WHOLE, "request_limit": WHOLE, "response_limit": WHOLE},
    "Cascade": {"statuses": ([[404, -1], [HUGE]], ["x"]), "replay_limit": WHOLE},
    "Compress": {"levels": ([{"gzip": -1}, {"gzip": HUGE}], {"gzip": "x"}), "minimum_size": WHOLE},
    "ConcurrencyLimit": {"limit": WHOLE, "queue": WHOLE, "wait": TIME, "retry_after": TIME},
    "Cors": {"max_age": TIME},
    "Deadline": {"seconds": TIME},
    "Decompress": {"size_limit": WHOLE, "ratio_limit": WHOLE, "codings_limit": WHOLE},
    "ETag": {"limit": WHOLE},
    "HttpsRedirect": {"ports": ([{-1: 443}, {80: 65536}, {HUGE: 1}], {80: "x"}), "hsts": TIME},
    "LoadShed": {"target": TIME, "interval": TIME, "retry_after": TIME},
    "MethodOverride": {"body_limit": WHOLE},
    "Metrics": {
        "duration_buckets": ([[-1], [HUGE]], ["x"]),
        "size_buckets": ([[-1], [HUGE]], ["x"]),
        "series_limit": WHOLE,
    },
    "NormalizePath": {"redirect": ([-1, 65536, HUGE], "x")},
    "ProxyFix": {"hops": WHOLE},
    "RangeSlice": {"range_limit": WHOLE},
    "RequestId": {"length_limit": WHOLE},
    "Rewrite": {"pass_limit": WHOLE},
    "SecurityHeaders": {"hsts": TIME},
    "SignedCookies": {"max_age": TIME},
    "SlowLog": {"threshold": TIME, "limit": WHOLE},
    "StaticFiles": {"max_age": TIME, "range_limit": WHOLE, "memory_limit": WHOLE},
    "Trace": {"sample_ratio": ([HUGE], "x")},
}
# What the classes cannot do without.
NEEDED = {"Rewrite": {"rules": []}, "SignedCookies": {"keys": KEY}, "StaticFiles": {"root": tempfile.gettempdir()}}


def app(environ, start_response):
    raise NotImplementedError


def rows():
    for layer, arguments in NUMBERS.items():
        for argument, (out_of_range, other) in arguments.items():
            yield layer, argument, out_of_range, other


class Numbers(unittest.TestCase):
    def make(self, layer, **arguments):
        return getattr(middleware, layer)(app, **NEEDED.get(layer, {}), **arguments)

    def test_the_message_says_which_argument_and_what_to_give(self):
        for layer, argument, values, _ in rows():
            for value in values:
                with self.subTest(layer=layer, argument=argument, value=value):
                    with self.assertRaisesRegex(ValueError, f"^{argument}: .*; give "):
                        self.make(layer, **{argument: value})

    def test_what_is_no_number_is_another_error(self):
        for layer, argument, _, other in rows():
            with self.subTest(layer=layer, argument=argument):
                with self.assertRaisesRegex(TypeError, f"^{argument} must be a .*, not .*x"):
                    self.make(layer, **{argument: other})

    def test_the_defaults_are_in_range(self):
        for layer, argument, _, _ in rows():
            default = inspect.signature(getattr(middleware, layer), follow_wrapped=False).parameters[argument].default
            with self.subTest(layer=layer, argument=argument):
                self.make(layer, **{argument: default})

    def test_no_layer_is_forgotten(self):
        numbers = set()
        for layer in middleware.__all__:
            for argument in inspect.signature(getattr(middleware, layer), follow_wrapped=False).parameters.values():
                if type(argument.default) in (int, float):
                    numbers.add((layer, argument.name))
        self.assertLessEqual(numbers, {(layer, argument) for layer, argument, _, _ in rows()})


if __name__ == "__main__":
    unittest.main()
