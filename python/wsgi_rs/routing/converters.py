"""Converters: what a parameter looks like in a URL, what it becomes, and how it is written back."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal
from urllib.parse import quote

from .exceptions import ValidationError

# What the URL Standard leaves as it is in a path segment, "URL-path-segment string".
_SEGMENT = "!$&'()*+,:;=@"


class BaseConverter:
    """A kind of parameter; subclass it for one's own and give the class to `Map(converters={"name": ...})`.

    `regex` is what the text looks like, matched against decoded text and anchored. Where several parameters could
    match, that of the smaller `weight` is tried first. `part_isolating` says that the text has no slash in it, which
    is so by default unless a subclass has a slash in its `regex`. The arguments in a rule are those of `__init__`,
    behind the map. `to_python` and `to_url` may raise `ValidationError`: then the rule does not match, or another one
    is asked for the URL.
    """

    regex = "[^/]+"
    weight = 100
    part_isolating = True

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if "regex" in own and "part_isolating" not in own:
            cls.part_isolating = "/" not in cls.regex

    def __init__(self, map, *args, **kwargs):
        self.map = map

    def to_python(self, value):
        """The value of a text that `regex` matches."""
        return value

    def to_url(self, value):
        """The text of a value, percent-encoded for its place in a path."""
        return quote(str(value), safe=_SEGMENT + "/")


class UnicodeConverter(BaseConverter):
    """`string`: one segment of a path, whose length may be limited, in characters. That of parameters without one."""

    part_isolating = True

    def __init__(self, map, minlength=1, maxlength=None, length=None):
        super().__init__(map)
        if length is not None:
            count = str(int(length))
        else:
            count = f"{int(minlength)},{'' if maxlength is None else int(maxlength)}"
        self.regex = f"[^/]{{{count}}}"

    def to_url(self, value):
        return quote(str(value), safe=_SEGMENT)


class AnyConverter(BaseConverter):
    """`any(item, ...)`: one of these texts."""

    def __init__(self, map, *items):
        super().__init__(map)
        self.items = set(items)
        self.regex = f"(?:{'|'.join(re.escape(item) for item in items)})"

    def to_url(self, value):
        if value in self.items:
            return str(value)
        items = ", ".join(f"'{item}'" for item in sorted(self.items))
        raise ValueError(f"'{value}' is not one of {items}")


class PathConverter(BaseConverter):
    """`path`: text that does not begin with a slash, but may have some in it."""

    regex = "[^/].*?"
    part_isolating = False
    weight = 200


class NumberConverter(BaseConverter):
    """What `int` and `float` have in common."""

    weight = 50
    num_convert = int

    def __init__(self, map, fixed_digits=0, min=None, max=None, signed=False):
        if signed:
            self.regex = self.signed_regex
        super().__init__(map)
        self.fixed_digits = fixed_digits
        self.min = min
        self.max = max
        self.signed = signed

    @property
    def signed_regex(self):
        """`regex`, with a minus in front or without."""
        return f"-?{self.regex}"

    def to_python(self, value):
        if self.fixed_digits and len(value) != self.fixed_digits:
            raise ValidationError()
        try:
            number = self.num_convert(value)
        except ValueError as error:
            raise ValidationError() from error
        if self.min is not None and number < self.min or self.max is not None and number > self.max:
            raise ValidationError()
        return number

    def to_url(self, value):
        return str(self.num_convert(value)).zfill(self.fixed_digits or 0)


class IntegerConverter(NumberConverter):
    """`int`: digits, as many as `fixed_digits` if that is given; within `min` and `max`; `signed` allows a minus."""

    regex = r"\d+"


class FloatConverter(NumberConverter):
    """`float`: digits on both sides of a point; within `min` and `max`; `signed` allows a minus."""

    regex = r"\d+\.\d+"
    num_convert = float

    def __init__(self, map, min=None, max=None, signed=False):
        super().__init__(map, min=min, max=max, signed=signed)

    def to_url(self, value):
        text = super().to_url(value)
        if "e" not in text:
            return text
        # An exponent is not what the rule matches.
        text = format(Decimal(text), "f")
        return text if "." in text else f"{text}.0"


class UUIDConverter(BaseConverter):
    """`uuid`: hexadecimal digits in groups of 8, 4, 4, 4 and 12, as `uuid.UUID`."""

    regex = "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"

    def to_python(self, value):
        return uuid.UUID(value)

    def to_url(self, value):
        return str(value)


#: The converters of every map, by the names that rules give them; `default` is that of parameters that name none.
DEFAULT_CONVERTERS = {
    "default": UnicodeConverter,
    "string": UnicodeConverter,
    "any": AnyConverter,
    "path": PathConverter,
    "int": IntegerConverter,
    "float": FloatConverter,
    "uuid": UUIDConverter,
}

_READS = {BaseConverter.to_python: 1, UUIDConverter.to_python: 4}
_WRITES = {BaseConverter.to_url: 1, UnicodeConverter.to_url: 2}


def kinds(converter):
    """What the Rust part does for a converter without calling it, by number: for `to_python`, and for `to_url`."""
    to_python = getattr(converter.to_python, "__func__", None)
    to_url = getattr(converter.to_url, "__func__", None)
    reads = _READS.get(to_python, 0)
    writes = _WRITES.get(to_url, 0)
    number = getattr(converter, "num_convert", None)
    if to_python is NumberConverter.to_python:
        reads = 2 if number is int else 3 if number is float else 0
    if to_url is NumberConverter.to_url and number is int:
        writes = 3
    return reads, writes
