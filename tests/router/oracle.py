"""Answers the cases of the router's tests: JSON in, JSON out, an answer for each question.

The module that is asked is the argument: `werkzeug.routing`, the oracle, or `wsgi_rs.routing`.
"""

import importlib
import json
import re
import sys
import uuid
import warnings

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadHost, HTTPException, MethodNotAllowed

routing = importlib.import_module(sys.argv[1])
BaseConverter, UnicodeConverter, ValidationError = (
    routing.BaseConverter, routing.UnicodeConverter, routing.ValidationError
)
BuildError, RequestRedirect, WebsocketMismatch = routing.BuildError, routing.RequestRedirect, routing.WebsocketMismatch
Map, Rule = routing.Map, routing.Rule

warnings.simplefilter("ignore")


def shown(value):
    """A value with its type."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, list):
        return [shown(item) for item in value]
    return f"{type(value).__name__} {value}"


def given(value):
    """A value to build from: what JSON has no type for is `{"uuid": …}`, `{"float": …}` or `{"int": …}`."""
    if isinstance(value, dict):
        (kind, text), = value.items()
        return {"uuid": uuid.UUID, "float": float, "int": int}[kind](text)
    if isinstance(value, list):
        return [given(item) for item in value]
    return value


class Lower(BaseConverter):
    """Small letters, which the application sees in capitals."""

    regex = "[a-z]+"

    def to_python(self, value):
        return value.upper()

    def to_url(self, value):
        return super().to_url(value).lower()


class First(BaseConverter):
    regex = "[a-z]+"
    weight = 10


class Last(BaseConverter):
    weight = 150


class Two(BaseConverter):
    """Its expression has a slash in it, so it is not matched segment by segment."""

    regex = "[a-z]+/[a-z]+"


class Tail(BaseConverter):
    regex = ".+"
    weight = 300
    part_isolating = False


class Optional(BaseConverter):
    regex = "[a-z]*"


class Either(BaseConverter):
    """Groups and alternatives of its own."""

    regex = "(a|(b+))c?|d"


class Plus(BaseConverter):
    """A list."""

    def to_python(self, value):
        return value.split("+")

    def to_url(self, value):
        items = value if isinstance(value, list) else [value]
        return "+".join(super(Plus, self).to_url(item) for item in items)


class Even(BaseConverter):
    """Refuses odd numbers, in both directions."""

    regex = r"\d+"
    weight = 50

    def to_python(self, value):
        if int(value) % 2:
            raise ValidationError
        return int(value)

    def to_url(self, value):
        if type(value) is not int or value % 2 or value >= 1 << 63:
            raise ValueError("odd")
        return str(value)


class Arguments(BaseConverter):
    """Its value is what the rule has given to it."""

    def __init__(self, map, *args, **kwargs):
        super().__init__(map)
        self.given = [shown(value) for value in args] + [f"{name}={shown(value)}" for name, value in kwargs.items()]

    def to_python(self, value):
        return self.given


CONVERTERS = {
    "lower": Lower, "first": First, "last": Last, "two": Two, "tail": Tail, "optional": Optional, "either": Either,
    "plus": Plus, "even": Even, "arguments": Arguments,
}
FUNCTIONS = {
    "reverse": lambda adapter, **values: "/".join(f"{name}={values[name]}" for name in sorted(values, reverse=True)),
    "build": lambda adapter, **values: adapter.build("target", values),
}


def factory(spec):
    if "submount" in spec:
        return routing.Submount(spec["submount"], [factory(rule) for rule in spec["rules"]])
    if "subdomain_of" in spec:
        return routing.Subdomain(spec["subdomain_of"], [factory(rule) for rule in spec["rules"]])
    if "prefix" in spec:
        return routing.EndpointPrefix(spec["prefix"], [factory(rule) for rule in spec["rules"]])
    if "template" in spec:
        return routing.RuleTemplate([factory(rule) for rule in spec["rules"]])(**spec["template"])
    options = dict(spec)
    if isinstance(options.get("redirect_to"), dict):
        options["redirect_to"] = FUNCTIONS[options["redirect_to"]["function"]]
    if "defaults" in options:
        options["defaults"] = {name: given(value) for name, value in options["defaults"].items()}
    return Rule(options.pop("rule"), **options)


def match(adapter, question):
    try:
        rule, values = adapter.match(
            question["path"], question["method"], return_rule=True, websocket=question["websocket"],
            query_args=question.get("query"),
        )
    except RequestRedirect as redirect:
        return ["redirect", redirect.new_url]
    except MethodNotAllowed as error:
        return ["405", sorted(error.valid_methods)]
    except WebsocketMismatch:
        return ["websocket mismatch"]
    except HTTPException as error:
        return [str(error.code)]
    return ["found", rule.rule, rule.endpoint, {name: shown(value) for name, value in values.items()}]


def build(adapter, question):
    values = {name: given(value) for name, value in question["values"].items()}
    options = dict(question["options"])
    if options.pop("multi", False):
        values = MultiDict(values)
    try:
        return ["url", adapter.build(question["build"], values, **options)]
    except BuildError:
        return ["no rule"]
    except (ValueError, TypeError, ArithmeticError):
        return ["value refused"]


def answer(url_map, adapter, question):
    try:
        return asked(url_map, adapter, question)
    except Exception as error:  # which an application would answer by 500
        return ["failed", repr(error)]


def asked(url_map, adapter, question):
    if "build" in question:
        return build(adapter, question)
    if "allowed" in question:
        return sorted(adapter.allowed_methods(question["allowed"]))
    if "test" in question:
        return adapter.test(question["test"], question["method"])
    if "expecting" in question:
        return url_map.is_endpoint_expecting(question["expecting"], *question["arguments"])
    return match(adapter, question)


def answers(case):
    options = dict(case["map"])
    if "converters" in options:
        options["converters"] = {
            name: CONVERTERS.get(converter, UnicodeConverter) for name, converter in options["converters"].items()
        }
    try:
        url_map = Map([factory(rule) for rule in case["rules"]], **options)
        url_map.update()
    except (ValueError, TypeError, LookupError, SyntaxError, ArithmeticError) as error:
        return [["map refused", repr(error)]]
    try:
        adapter = url_map.bind_to_environ(**case["bind"]) if "environ" in case["bind"] else url_map.bind(**case["bind"])
    except BadHost:
        return [["bad host"] for _ in case["questions"]]
    return [answer(url_map, adapter, question) for question in case["questions"]]


json.dump([answers(case) for case in json.load(sys.stdin)], sys.stdout)
