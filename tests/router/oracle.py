"""Answers the cases of the router's tests as Werkzeug does: JSON in, JSON out, an answer for each question."""

import json
import re
import sys
import uuid
import warnings

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import (
    BuildError, EndpointPrefix, Map, RequestRedirect, Rule, RuleTemplate, Subdomain, Submount, WebsocketMismatch,
)

warnings.simplefilter("ignore")


def shown(value):
    """A value with its type."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, list):
        return [shown(item) for item in value]
    return f"{type(value).__name__} {value}"


def given(value):
    """A value to build from: what JSON has no type for is `{"uuid": …}` or `{"float": …}`."""
    if isinstance(value, dict):
        return uuid.UUID(value["uuid"]) if "uuid" in value else float(value["float"])
    return value


def factory(spec):
    if "submount" in spec:
        return Submount(spec["submount"], [factory(rule) for rule in spec["rules"]])
    if "subdomain_of" in spec:
        return Subdomain(spec["subdomain_of"], [factory(rule) for rule in spec["rules"]])
    if "prefix" in spec:
        return EndpointPrefix(spec["prefix"], [factory(rule) for rule in spec["rules"]])
    if "template" in spec:
        return RuleTemplate([factory(rule) for rule in spec["rules"]])(**spec["template"])
    options = dict(spec)
    if "defaults" in options:
        options["defaults"] = {name: given(value) for name, value in options["defaults"].items()}
    return Rule(options.pop("rule"), **options)


def match(adapter, question):
    try:
        rule, values = adapter.match(
            question["path"], question["method"], return_rule=True, websocket=question["websocket"]
        )
    except RequestRedirect as redirect:
        return ["redirect", redirect.new_url]
    except MethodNotAllowed as error:
        return ["405", sorted(error.valid_methods)]
    except WebsocketMismatch:
        return ["websocket mismatch"]
    except HTTPException as error:
        return [str(error.code)]
    except (re.error, TypeError, LookupError) as error:
        return ["failed", str(error)]
    return ["found", rule.rule, rule.endpoint, {name: shown(value) for name, value in values.items()}]


def build(adapter, question):
    values = {name: given(value) for name, value in question["values"].items()}
    try:
        return ["url", adapter.build(question["build"], values, **question["options"])]
    except BuildError:
        return ["no rule"]
    except (ValueError, TypeError):
        return ["value refused"]


def answers(case):
    try:
        url_map = Map([factory(rule) for rule in case["rules"]], **case["map"])
        adapter = url_map.bind(**case["bind"])
        url_map.update()
    except (ValueError, TypeError, LookupError, SyntaxError) as error:
        return [["map refused", str(error)]]
    return [build(adapter, q) if "build" in q else match(adapter, q) for q in case["questions"]]


json.dump([answers(case) for case in json.load(sys.stdin)], sys.stdout)
