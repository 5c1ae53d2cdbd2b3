"""The URL configuration of Django."""

import sys

from .table import answer, expression, line, literal, name_of, parameter, regex_pieces, text

SCHEMAS = {
    "IntConverter": {"type": "integer", "minimum": 0},
    "StringConverter": text(),
    "SlugConverter": expression("[-a-zA-Z0-9_]+"),
    "UUIDConverter": {"type": "string", "format": "uuid"},
    "PathConverter": text(),
}


def of(application, find):
    """The routes of Django's handler; there is one URL configuration in a process."""
    handlers = sys.modules.get("django.core.handlers.wsgi")
    return Urls() if handlers and isinstance(application, handlers.WSGIHandler) else None


class Urls:
    """What `ROOT_URLCONF` names."""

    def routes(self):
        from django.urls import get_resolver

        return list(walk(get_resolver(), Above()))

    def match(self, request):
        from django.urls import Resolver404, get_resolver

        try:
            match = get_resolver().resolve(request.path or "/")
        except Resolver404:
            return self.missing(request)
        route = next((line for line in self.routes() if line["path"] == "/" + match.route), None)
        if route and route["methods"] and request.method not in route["methods"]:
            return answer(status=405, allow=route["methods"], why="its view has other methods")
        values = {**dict(zip(argument_names(), match.args)), **match.kwargs}
        return answer(route or line("/" + match.route, None, match.view_name), values)

    def missing(self, request):
        from django.conf import settings
        from django.urls import is_valid_path

        adds_slash = settings.APPEND_SLASH and "django.middleware.common.CommonMiddleware" in settings.MIDDLEWARE
        if adds_slash and not request.path.endswith("/") and is_valid_path(request.path + "/"):
            query = "?" + request.query if request.query else ""
            location = literal(request.script_name + request.path) + "/" + query
            return answer(status=301, location=location, why="APPEND_SLASH is on")
        return answer(status=404, why="no pattern has this path")


class Above:
    """What the resolvers above a pattern say."""

    def __init__(self, route="", template="/", parameters=(), namespaces=(), defaults=None, notes=()):
        self.route = route
        self.template = template
        self.parameters = list(parameters)
        self.namespaces = list(namespaces)
        self.defaults = defaults or {}
        self.notes = list(notes)

    def with_pattern(self, entry, is_leaf):
        """All that, and what this pattern says."""
        template, parameters, notes = pieces(entry.pattern, is_leaf, len(self.parameters))
        route = str(entry.pattern)
        if self.route and route.startswith("^"):
            route = route[1:]
        known = None if template is None or self.template is None else self.template + template
        defaults = entry.default_args if is_leaf else entry.default_kwargs
        return Above(
            self.route + route,
            known,
            self.parameters + parameters,
            self.namespaces + [name for name in [getattr(entry, "namespace", None)] if name],
            {**self.defaults, **(defaults or {})},
            self.notes + notes,
        )


def walk(resolver, above):
    """The lines of a resolver's patterns."""
    for entry in resolver.url_patterns:
        if hasattr(entry, "url_patterns"):
            yield from walk(entry, above.with_pattern(entry, False))
            continue
        whole = above.with_pattern(entry, True)
        endpoint = ":".join([*whole.namespaces, entry.name]) if entry.name else name_of(entry.callback)
        yield line(
            "/" + whole.route,
            whole.template,
            endpoint,
            methods(entry.callback),
            whole.parameters,
            whole.defaults,
            whole.notes,
        )


def pieces(pattern, is_leaf, before):
    """The template of a pattern, its parameters, and notes."""
    kind = type(pattern).__name__
    if kind == "LocalePrefixPattern":
        return literal(str(pattern)), [], ["language prefix"]
    if kind == "RoutePattern":
        return route_pieces(pattern)
    return regex_pattern_pieces(pattern, is_leaf, before)


def route_pieces(pattern):
    from django.urls.converters import get_converters

    names = {type(converter): name for name, converter in get_converters().items()}
    template, parameters, rest = "", [], str(pattern)
    while rest:
        before, found, rest = rest.partition("<")
        template += literal(before)
        if not found:
            break
        inside, _, rest = rest.partition(">")
        name = inside.rpartition(":")[2]
        converter = pattern.converters[name]
        own = type(converter).__module__ == "django.urls.converters"
        schema = SCHEMAS.get(type(converter).__name__) if own else None
        slashes = type(converter).__name__ == "PathConverter" if own else "/" in converter.regex.replace("[^/", "")
        parameters.append(
            parameter(name, schema or expression(converter.regex), names.get(type(converter), ""), slashes=slashes)
        )
        template += "{" + name + "}"
    return template, parameters, []


def regex_pattern_pieces(pattern, is_leaf, before):
    regex = str(pattern)
    body, anchored = regex, regex.startswith("^") or not regex
    body = body[1:] if regex.startswith("^") else body
    for end in ("$", r"\Z") if is_leaf else ():
        if body.endswith(end) and not body.endswith("\\" + end):
            body = body[: -len(end)]
            break
    else:
        anchored = anchored and not is_leaf
    found = regex_pieces(body)
    if found is None or not anchored:
        # Which groups there are is known, what is around them is not.
        groups = pattern.regex.groupindex or range(pattern.regex.groups)
        names = [name if isinstance(name, str) else f"arg{before + name + 1}" for name in groups]
        return None, [parameter(name, text(0), slashes=True) for name in names], ["regular expression"]
    # Django passes no unnamed groups to a view where there are named ones.
    template, parameters = "", []
    for piece in found:
        if isinstance(piece, str):
            template += literal(piece)
            continue
        name = piece[0] or f"arg{before + len(parameters) + 1}"
        slashes = any(wide in piece[1] for wide in (".", "/")) and "[^/]" not in piece[1]
        parameters.append(parameter(name, expression(piece[1]), slashes=slashes))
        template += "{" + name + "}"
    return template, parameters, ["regular expression"]


def argument_names():
    """What parameters without a name are called."""
    number = 0
    while True:
        number += 1
        yield f"arg{number}"


def methods(view):
    """The methods of a view that is a class; a function's are not known, so they are all."""
    actions = getattr(view, "actions", None)
    if isinstance(actions, dict):  # a view set of Django REST framework
        names = {name.upper() for name in actions}
    else:
        view_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
        if view_class is None:
            return ()
        names = {name.upper() for name in view_class.http_method_names if hasattr(view_class, name)}
    return names | ({"HEAD"} if "GET" in names else set())
