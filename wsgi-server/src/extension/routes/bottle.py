"""The routes of Bottle."""

import sys

from .table import answer, expression, line, literal, mount, name_of, parameter, text

SCHEMAS = {"int": {"type": "integer"}, "float": {"type": "number"}, "path": text()}


def of(application, find):
    """The routes of an application of Bottle."""
    bottle = sys.modules.get("bottle")
    return Routes(application, find) if bottle and isinstance(application, bottle.Bottle) else None


class Routes:
    """What `app.routes` lists."""

    def __init__(self, app, find):
        self.app = app
        self.find = find

    def routes(self):
        lines, groups = [], {}
        for route in self.app.routes:
            mounted = route.config.get("mountpoint.target")
            if mounted is not None:
                prefix = route.config["mountpoint.prefix"].rstrip("/")
                if prefix not in groups:
                    groups[prefix] = None
                    inner = {**mount(prefix), "endpoint": name_of(mounted)}
                    lines.append({"mount": inner, "routes": self.find(mounted, True).routes()})
                continue
            # One decorator with several methods makes several routes.
            key = (route.rule, route.callback, route.name)
            if key in groups:
                groups[key].append(route)
            else:
                groups[key] = [route]
                lines.append(groups[key])
        return [entry if isinstance(entry, dict) else self.line(entry) for entry in lines]

    def line(self, routes):
        route = routes[0]
        template, parameters = "", []
        for name, kind, argument in self.app.router._itertokens(route.rule):
            if kind is None:
                template += literal(name)
                continue
            name = name or f"arg{len(parameters) + 1}"
            template += "{" + name + "}"
            kind = "" if kind == "default" else kind
            regex = argument if kind == "re" else None
            schema = expression(regex) if regex else SCHEMAS.get(kind, text())
            slashes = kind == "path" or bool(regex) and any(wide in regex for wide in ("/", ".*", ".+"))
            arguments = [argument] if argument else []
            parameters.append(parameter(name, schema, kind, arguments, slashes=slashes))
        methods = {known.method for known in routes}
        if "ANY" in methods:
            methods = set()
        elif "GET" in methods:
            methods.add("HEAD")
        return line(route.rule, template, route.name or name_of(route.callback), methods, parameters)

    def match(self, request):
        try:
            route, values = self.app.router.match(request.environ())
        except Exception as error:
            status = getattr(error, "status_code", None)
            if status is None:
                raise
            allow = error.get_header("Allow", "").split(",") if status == 405 else ()
            why = "its routes have other methods" if status == 405 else "no route has this path"
            return answer(status=status, allow=[method for method in allow if method], why=why)
        mounted = route.config.get("mountpoint.target")
        if mounted is not None:
            prefix = route.config["mountpoint.prefix"].rstrip("/")
            found = self.find(mounted, True).match(request.below(prefix))
            return {**found, "mounts": [mount(prefix), *found["mounts"]]}
        key = (route.rule, route.callback, route.name)
        routes = [known for known in self.app.routes if (known.rule, known.callback, known.name) == key]
        return answer(self.line(routes), values)
