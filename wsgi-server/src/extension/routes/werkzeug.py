"""Maps of Werkzeug: those of Flask, Quart and others, and what dispatches to several applications."""

import re
import sys

from .table import answer, expression, line, literal, mount, name_of, parameter, text

NO_WEBSOCKET = " but one for WebSocket requests"
PARAMETER = re.compile(r"<(?:(?P<converter>[a-zA-Z_]\w*)(?:\((?P<arguments>.*?)\))?:)?(?P<name>[a-zA-Z_]\w*)>")


def of(application, find):
    """The routes of an application with a map, of a map, or of a DispatcherMiddleware."""
    for candidate in (application, getattr(application, "url_map", None)):
        if callable(getattr(candidate, "iter_rules", None)) and callable(getattr(candidate, "bind_to_environ", None)):
            return Map(candidate, application)
    if isinstance(getattr(application, "mounts", None), dict) and callable(getattr(application, "app", None)):
        return Dispatcher(application, find)
    return None


class Map:
    """A map, of Werkzeug or alike."""

    def __init__(self, rules, application):
        self.map = rules
        self.application = application

    def routes(self):
        return [self.line(rule) for rule in self.map.iter_rules()]

    def line(self, rule):
        host = rule.host if getattr(self.map, "host_matching", False) else None
        subdomain = None if host else rule.subdomain
        parameters = [*self.parameters(rule, host or subdomain or "", "host"), *self.parameters(rule, rule.rule)]
        notes = [
            ("websocket", getattr(rule, "websocket", False)),
            ("build only", rule.build_only),
            ("alias", rule.alias),
            ("redirect", rule.redirect_to is not None),
        ]
        template, at = "", 0
        for found in PARAMETER.finditer(rule.rule):
            template += literal(rule.rule[at : found.start()]) + "{" + found["name"] + "}"
            at = found.end()
        return line(
            rule.rule,
            template + literal(rule.rule[at:]),
            name_of(rule.endpoint),
            rule.methods or (),
            parameters,
            rule.defaults,
            [note for note, holds in notes if holds],
            host=host,
            subdomain=subdomain,
        )

    def parameters(self, rule, pattern, place="path"):
        for found in PARAMETER.finditer(pattern):
            converter = found["converter"] or "default"
            args, kwargs = parse_arguments(rule, found["arguments"] or "")
            made = getattr(rule, "_converters", {}).get(found["name"])
            slashes = not getattr(made, "part_isolating", True) or "/" in (getattr(made, "regex", None) or "").replace(
                "[^/", ""
            )
            yield parameter(found["name"], schema(made, args, kwargs), converter, args, kwargs, slashes, place)

    def match(self, request):
        config = getattr(self.application, "config", None) or {}
        matches_subdomains = getattr(self.application, "subdomain_matching", True)
        name = config.get("SERVER_NAME") if matches_subdomains and hasattr(config, "get") else None
        adapter = self.map.bind_to_environ(request.environ(), server_name=name)
        try:
            rule, values = adapter.match(return_rule=True)
        except Exception as error:
            status = getattr(error, "code", None)
            if status is None:
                raise
            if getattr(error, "new_url", None):
                return answer(status=status, location=error.new_url, why="it is redirected")
            if status == 405:
                return answer(status=405, allow=sorted(error.valid_methods or ()), why="its rules have other methods")
            return answer(status=status, why=f"no rule has this path{'' if status == 404 else NO_WEBSOCKET}")
        return answer(self.line(rule), values)


def parse_arguments(rule, arguments):
    """The arguments of a converter, as the library of the rule reads them."""
    if not arguments:
        return (), {}
    for kind in type(rule).__mro__:
        if kind.__name__ == "Rule":
            parse = getattr(sys.modules[kind.__module__], "parse_converter_args", None)
            return parse(arguments) if parse else ((arguments,), {})
    return (arguments,), {}


def schema(converter, args, kwargs):
    """The schema of one of Werkzeug's own converters, or of the regular expression of another."""
    if not type(converter).__module__.startswith(("werkzeug.", "wsgi_rs.")):
        return expression(getattr(converter, "regex", None) or "[^/]+")
    kind = type(converter).__name__
    if kind in ("IntegerConverter", "FloatConverter"):
        minimum = converter.min if converter.signed else max(converter.min or 0, 0)
        maximum, digits = converter.max, getattr(converter, "fixed_digits", 0)
        if digits and not converter.signed:
            maximum = min(10**digits - 1, 10**digits - 1 if maximum is None else maximum)
        return {"type": "integer" if kind == "IntegerConverter" else "number", "minimum": minimum, "maximum": maximum}
    if kind == "UnicodeConverter":
        names = dict(zip(("minlength", "maxlength", "length"), args), **kwargs)
        if names.get("length") is not None:
            return text(int(names["length"]), int(names["length"]))
        return text(names.get("minlength", 1), names.get("maxlength"))
    if kind == "AnyConverter":
        return {"type": "string", "enum": list(args)}
    if kind == "UUIDConverter":
        return {"type": "string", "format": "uuid"}
    return text()


class Dispatcher:
    """A DispatcherMiddleware: applications by the prefix of the path, and one for the rest."""

    def __init__(self, dispatcher, find):
        self.dispatcher = dispatcher
        self.find = find

    def routes(self):
        mounts = [
            {"mount": {**mount(prefix), "endpoint": name_of(app)}, "routes": self.find(app, True).routes()}
            for prefix, app in self.dispatcher.mounts.items()
        ]
        return mounts + self.find(self.dispatcher.app).routes()

    def match(self, request):
        prefix = request.path
        while "/" in prefix:
            if prefix in self.dispatcher.mounts:
                found = self.find(self.dispatcher.mounts[prefix], True).match(request.below(prefix))
                return {**found, "mounts": [mount(prefix), *found["mounts"]]}
            prefix = prefix.rpartition("/")[0]
        return self.find(self.dispatcher.mounts.get(prefix, self.dispatcher.app)).match(request)
