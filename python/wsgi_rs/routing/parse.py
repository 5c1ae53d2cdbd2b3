"""The text of rules, `/<int(min=1):page>/edit`, in pieces."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"<(?:([a-z_]\w*)(?:\((.*?)\))?:)?([a-z_]\w*)>", re.ASCII | re.IGNORECASE)
# As Werkzeug's, but for negative numbers, and for `1,2`, which are two.
_ARGUMENT = re.compile(
    r"""\s*(?:(\w+)\s*=\s*)?(True|False|-\d+(?:\.\d+)?|\d+[^,\n]\d+|\d+[^,\n]|\d+|[\w.]+"""
    r"""|[urUR]?("[^"]*"|'[^']*'))\s*,"""
)
_WORDS = {"None": None, "True": True, "False": False}


def parse_rule(rule):
    """The pieces of a rule: `"/"`, other text, and `(name, converter, arguments)` for each parameter."""
    pieces = []
    at = 0
    while at < len(rule):
        if rule[at] == "/":
            pieces.append("/")
            at += 1
        elif rule[at] == "<":
            found = _PARAMETER.match(rule, at)
            if found is None:
                raise ValueError(
                    f"malformed url rule: {rule!r}; {rule[at : at + 20]!r} is no parameter: "
                    "write <name>, <converter:name> or <converter(arguments):name>"
                )
            converter, arguments, name = found.groups()
            pieces.append((name, converter or "default", arguments or ""))
            at = found.end()
        else:
            end = min((end for end in (rule.find("/", at), rule.find("<", at)) if end >= 0), default=len(rule))
            pieces.append(rule[at:end])
            at = end
    return pieces


def parse_converter_args(argstr):
    """The arguments of a converter, `2, max=4, "a,b"`, by place and by name."""
    positional = []
    named = {}
    text = argstr + ","
    at = 0
    for found in _ARGUMENT.finditer(text):
        if found.start() != at:
            break
        name, bare, quoted = found.groups()
        value = quoted[1:-1] if quoted else _value(bare)
        if name:
            named[name] = value
        else:
            positional.append(value)
        at = found.end()
    rest = text[at:].strip(", ")
    if rest:
        raise ValueError(
            f"Cannot parse converter argument {rest!r}; "
            'write numbers, True, False, None, words or "text", with commas between them'
        )
    return tuple(positional), named


def _value(text):
    if text in _WORDS:
        return _WORDS[text]
    for number in int, float:
        try:
            return number(text)
        except ValueError:
            pass
    return text
