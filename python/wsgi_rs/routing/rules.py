"""One rule: a URL pattern, what it leads to, and how it behaves."""

from __future__ import annotations

import re
from urllib.parse import quote

from .._native import check_expression
from .exceptions import ValidationError
from .factories import RuleFactory
from .parse import parse_converter_args, parse_rule
from .query import query_string

_CONSTANTS = {"None", "True", "False", "__debug__"}
_WEBSOCKET_METHODS = {"GET", "HEAD", "OPTIONS"}


class Rule(RuleFactory):
    """A URL pattern, `/<int:year>/<slug>`, and the endpoint it leads to.

    string: The path, with parameters `<name>`, `<converter:name>` or `<converter(arguments):name>`. One that ends in a
        slash is a branch: a request without the slash is redirected to it, unless `strict_slashes` is off.
    defaults: Values that come with every match. A rule of the same endpoint that takes such a value from the path
        redirects to this one.
    subdomain: The pattern of the subdomain; by default that of the map.
    methods: The methods it answers, by default all. `HEAD` comes with `GET`.
    build_only: It never matches, and is there to build URLs only.
    endpoint: Anything: text, a function, a class.
    strict_slashes, merge_slashes: As those of `Map`, for this rule.
    redirect_to: A match redirects there: text with `<name>`s, or a function of the adapter and the values.
    alias: It redirects to the other rule of its endpoint that takes the same values.
    host: The pattern of the whole host, where the map matches hosts.
    websocket: It matches WebSocket requests, and nothing else does.
    """

    def __init__(
        self,
        string,
        defaults=None,
        subdomain=None,
        methods=None,
        build_only=False,
        endpoint=None,
        strict_slashes=None,
        merge_slashes=None,
        redirect_to=None,
        alias=False,
        host=None,
        websocket=False,
    ):
        if not string.startswith("/"):
            raise ValueError(f"URL rule '{string}' must start with a slash.")
        if isinstance(methods, str):
            raise TypeError(f"methods must be a list of str, not {methods!r}; write [{methods!r}]")
        self.rule = string
        self.is_branch = string.endswith("/")
        self.is_leaf = not self.is_branch
        self.map = None
        self.strict_slashes = strict_slashes
        self.merge_slashes = merge_slashes
        self.subdomain = subdomain
        self.host = host
        self.defaults = defaults
        self.build_only = build_only
        self.alias = alias
        self.websocket = websocket
        if methods is not None:
            methods = {method.upper() for method in methods}
            if "GET" in methods:
                methods.add("HEAD")
            if websocket and not methods <= _WEBSOCKET_METHODS:
                raise ValueError("WebSocket rules answer GET, HEAD and OPTIONS only; leave other methods out")
        self.methods = methods
        self.endpoint = endpoint
        self.redirect_to = redirect_to
        self.arguments = {str(name) for name in defaults or ()}
        self._converters = {}
        self._trace = []

    def empty(self):
        """A copy that is in no map."""
        return type(self)(self.rule, **self.get_empty_kwargs())

    def get_empty_kwargs(self):
        """What `empty` gives to the copy besides the path; for subclasses that take more."""
        kwargs = {
            "defaults": dict(self.defaults) if self.defaults else None,
            "subdomain": self.subdomain,
            "methods": self.methods,
            "build_only": self.build_only,
            "endpoint": self.endpoint,
            "strict_slashes": self.strict_slashes,
            "redirect_to": self.redirect_to,
            "alias": self.alias,
            "host": self.host,
        }
        # Werkzeug forgets these two, and so may subclasses that were written for it.
        if self.merge_slashes is not None:
            kwargs["merge_slashes"] = self.merge_slashes
        if self.websocket:
            kwargs["websocket"] = True
        return kwargs

    def get_rules(self, map):
        """Itself."""
        yield self

    def bind(self, map, rebind=False):
        """Makes it a rule of this map, whose settings stand in for what it does not say itself."""
        if self.map is not None and not rebind:
            raise RuntimeError(f"url rule {self!r} is in the map {self.map!r} already; add `rule.empty()` instead")
        self.map = map
        if self.strict_slashes is None:
            self.strict_slashes = map.strict_slashes
        if self.merge_slashes is None:
            self.merge_slashes = map.merge_slashes
        if self.subdomain is None:
            self.subdomain = map.default_subdomain
        self.compile()

    def refresh(self):
        """Makes changes of its attributes count."""
        self.bind(self.map, rebind=True)
        self.map.touch()

    def compile(self):
        """Reads its patterns."""
        self._converters = {}
        self._trace = []
        self._read((self.host if self.map.host_matching else self.subdomain) or "", domain=True)
        self._trace.append((False, "|"))
        self._read(re.sub("/{2,}", "/", self.rule) if self.merge_slashes else self.rule)

    def _read(self, pattern, domain=False):
        for piece in parse_rule(pattern):
            if isinstance(piece, str):
                self._trace.append((False, piece))
                continue
            name, converter_name, arguments = piece
            if name in self._converters:
                raise ValueError(f"url rule {self.rule!r}: the parameter {name!r} occurs twice; rename one of them")
            # With a default it is no parameter of the function that Werkzeug makes to build URLs.
            if name in _CONSTANTS and name not in (self.defaults or ()):
                raise ValueError(f"url rule {self.rule!r}: {name!r} is a constant of Python's; rename the parameter")
            args, kwargs = parse_converter_args(arguments)
            converter = self.get_converter(name, converter_name, args, kwargs)
            check_expression(converter.regex)
            if domain and not converter.part_isolating:
                raise ValueError(
                    f"url rule {self.rule!r}: the parameter {name!r} of the host may hold slashes, "
                    "so that no path is left; give it another converter"
                )
            self._converters[name] = converter
            self.arguments.add(name)
            self._trace.append((True, name))

    def get_converter(self, variable_name, converter_name, args, kwargs):
        """The converter of a parameter."""
        try:
            converter = self.map.converters[converter_name]
        except KeyError:
            raise LookupError(
                f"the converter {converter_name!r} does not exist; give it to Map(converters=...)"
            ) from None
        return converter(self.map, *args, **kwargs)

    def build(self, values, append_unknown=True):
        """Host part and path of the URL; `None` if a converter refuses a value.

        `MapAdapter.build` does the same in Rust.
        """
        defaults = self.defaults or {}
        parts = ["", ""]
        at = 0
        try:
            for is_parameter, text in self._trace:
                if is_parameter:
                    value = defaults[text] if text in defaults else values[text]
                    parts[at] += str(self._converters[text].to_url(value))
                elif text == "|" and at == 0:
                    at = 1
                else:
                    parts[at] += quote(text, safe="!$&'()*+,/:;=@")
        except ValidationError:
            return None
        if append_unknown:
            query = query_string(
                ((name, value) for name, value in values.items() if name not in self.arguments),
                self.map.sort_parameters,
                self.map.sort_key,
            )
            parts[1] += f"?{query}" if query else ""
        return parts[0], parts[1]

    def provides_defaults_for(self, rule):
        """Whether it has the arguments of the other rule of its endpoint, some of them as defaults."""
        return bool(
            not self.build_only
            and self.defaults
            and self.endpoint == rule.endpoint
            and self != rule
            and self.arguments == rule.arguments
        )

    def suitable_for(self, values, method=None):
        """Whether the values are enough for it, none contradicts its defaults, and it answers the method."""
        if method is not None and self.methods is not None and method not in self.methods:
            return False
        defaults = self.defaults or {}
        enough = all(name in defaults or name in values for name in self.arguments)
        return enough and all(values[name] == default for name, default in defaults.items() if name in values)

    def build_compare_key(self):
        """Orders the rules of an endpoint: those with the smaller key are asked for a URL first."""
        return (1 if self.alias else 0, -len(self.arguments), -len(self.defaults or ()))

    def __eq__(self, other):
        return isinstance(other, type(self)) and self._trace == other._trace

    __hash__ = None

    def __str__(self):
        return self.rule

    def __repr__(self):
        if self.map is None:
            return f"<{type(self).__name__} (unbound)>"
        pattern = "".join(f"<{text}>" if is_parameter else text for is_parameter, text in self._trace)
        methods = f" ({', '.join(sorted(self.methods))})" if self.methods is not None else ""
        return f"<{type(self).__name__} {pattern.lstrip('|')!r}{methods} -> {self.endpoint}>"
