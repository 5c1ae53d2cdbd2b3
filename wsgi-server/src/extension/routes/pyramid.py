"""The routes and views of Pyramid."""

import re
import sys

from .table import answer, expression, line, literal, name_of, parameter, text

PIECE = re.compile(r"\{(?P<name>[_a-zA-Z][^{}:]*)(?::(?P<regex>[^{}]*(?:\{[^{}]*\}[^{}]*)*))?\}|\*(?P<rest>\w+)$")


def of(application, find):
    """The routes of Pyramid's router."""
    router = sys.modules.get("pyramid.router")
    return Routes(application) if router and isinstance(application, router.Router) else None


class Routes:
    """The route mapper, and what the introspector knows about it."""

    def __init__(self, router):
        from pyramid.interfaces import IRoutesMapper

        self.router = router
        self.mapper = router.registry.queryUtility(IRoutesMapper)
        introspector = router.registry.introspector
        views = introspector.get_category("views") or ()
        self.views = [view["introspectable"] for view in views]
        routes = introspector.get_category("routes") or ()
        self.known = {route["introspectable"]["name"]: route["introspectable"] for route in routes}

    def routes(self):
        lines = [self.line(route) for route in (self.mapper.get_routes() if self.mapper else ())]
        traversed = [view for view in self.views if self.is_traversed(view)]
        if traversed:
            names = {view["name"] for view in traversed if view["name"]}
            notes = ["traversal", *(f"view {name!r}" for name in sorted(names))]
            methods = union(methods_of(view["request_methods"]) for view in traversed)
            lines.append(line("/*traverse", None, "", methods, notes=notes))
        return lines

    def line(self, route):
        views = [view for view in self.views if view["route_name"] == route.name]
        known = self.known.get(route.name)
        own = methods_of(known["request_methods"] if known else None)
        of_views = union(methods_of(view["request_methods"]) for view in views)
        methods = own & of_views if own and of_views else own or of_views
        notes = [] if views else ["no view"]
        if views and own and of_views and not methods:
            notes = ["its views have other methods"]
        template, parameters = pieces(route.pattern)
        path = "/" + route.pattern.lstrip("/")
        return line(path, template, route.name, methods, parameters, notes=notes)

    def is_traversed(self, view):
        from pyramid.interfaces import IExceptionResponse

        context = view["context"]
        is_error = context is IExceptionResponse or isinstance(context, type) and issubclass(context, BaseException)
        return not view["route_name"] and not is_error and not view.get("exception_only")

    def match(self, request):
        blank = self.router.request_factory(request.environ())
        blank.registry = self.router.registry
        found = self.mapper(blank) if self.mapper else {"route": None, "match": None}
        route = found["route"]
        if route is None:
            return self.missing(request)
        told = self.line(route)
        if told["methods"] and request.method not in told["methods"]:
            return answer(status=404, why=f"the views of route {route.name!r} have other methods")
        if "no view" in told["notes"]:
            return answer(status=404, why=f"route {route.name!r} has no view")
        return answer(told, found["match"])

    def missing(self, request):
        # Pyramid answers 404 where others answer 405: predicates decide about routes, too.
        for route in self.mapper.get_routes() if self.mapper else ():
            if route.match(request.path or "/") is not None:
                return answer(status=404, why=f"route {route.name!r} has this path, but its predicates refuse the request")
        if self.may_traverse(request.path):
            return answer(self.routes()[-1])
        return answer(status=404, why="no route has this path")


    def may_traverse(self, path):
        """Whether a view may be found by traversal; what the application's own tree holds is not asked."""
        from pyramid.traversal import DefaultRootFactory

        names = {view["name"] for view in self.views if self.is_traversed(view)}
        if self.router.root_factory is not DefaultRootFactory:
            return bool(names)
        # That root has nothing below it, so the first segment is the name of a view.
        return path.strip("/").partition("/")[0] in names


def methods_of(given):
    """The methods of a predicate; none are all."""
    if not given:
        return set()
    methods = {given} if isinstance(given, str) else set(given)
    return methods | ({"HEAD"} if "GET" in methods else set())


def union(sets):
    """All methods of several views; none if one of them has all."""
    sets = list(sets)
    return set().union(*sets) if all(sets) else set()


def pieces(pattern):
    """The template of a pattern and its parameters."""
    pattern = "/" + pattern.lstrip("/")
    # Before there were braces, a parameter was written `:name`.
    if "{" not in pattern:
        pattern = re.sub(r":([a-zA-Z_]\w*)", r"{\1}", pattern)
    template, parameters, at = "", [], 0
    for found in PIECE.finditer(pattern):
        name, regex = found["rest"] or found["name"], found["regex"]
        template += literal(pattern[at : found.start()]) + "{" + name + "}"
        at = found.end()
        if found["rest"]:
            parameters.append(parameter(name, text(0), slashes=True))
        else:
            slashes = bool(regex) and any(wide in regex for wide in ("/", ".*", ".+")) and "[^/]" not in regex
            parameters.append(parameter(name, expression(regex) if regex else text(), slashes=slashes))
    return template + literal(pattern[at:]), parameters
