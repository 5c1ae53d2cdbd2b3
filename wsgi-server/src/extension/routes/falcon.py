"""The routes of Falcon."""

import re
import sys

from .table import answer, line, literal, parameter, text

PARAMETER = re.compile(r"\{(?P<name>[a-zA-Z]\w*)(?::(?P<converter>[a-zA-Z]\w*)(?:\((?P<arguments>.*?)\))?)?\}")
FORMATS = {"uuid": "uuid", "dt": "date-time"}


def of(application, find):
    """The routes of an application of Falcon."""
    falcon = sys.modules.get("falcon.app")
    return Routes(application) if falcon and isinstance(application, falcon.App) else None


class Routes:
    """What `falcon.inspect` tells."""

    def __init__(self, app):
        from falcon import inspect

        self.app = app
        self.known = inspect.inspect_routes(app)
        self.files = inspect.inspect_static_routes(app)
        self.sinks = inspect.inspect_sinks(app)

    def routes(self):
        files = [line(found.prefix.rstrip("/") + "/*", None, "", ["GET", "HEAD"], notes=["files"]) for found in self.files]
        sinks = [line(found.prefix, None, found.name, notes=["sink"]) for found in self.sinks]
        return [self.line(route) for route in self.known] + files + sinks

    def line(self, route):
        template, parameters, at = "", [], 0
        for found in PARAMETER.finditer(route.path):
            template += literal(route.path[at : found.start()]) + "{" + found["name"] + "}"
            at = found.end()
            args, kwargs = self.arguments(found["arguments"])
            converter = found["converter"] or ""
            schema = self.schema(converter, args, kwargs)
            parameters.append(parameter(found["name"], schema, converter, args, kwargs, converter == "path"))
        methods = [method.method for method in route.methods if not method.internal]
        return line(route.path, template + literal(route.path[at:]), route.class_name, methods, parameters)

    def arguments(self, given):
        import ast

        if not given:
            return [], {}
        call = ast.parse(f"f({given})", mode="eval").body
        args = [ast.literal_eval(value) for value in call.args]
        return args, {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}

    def schema(self, converter, args, kwargs):
        if converter not in ("int", "float"):
            return {"type": "string", "format": FORMATS[converter]} if converter in FORMATS else text()
        names = ("num_digits", "min", "max") if converter == "int" else ("min", "max", "finite")
        given = {**dict(zip(names, args)), **kwargs}
        kind = "integer" if converter == "int" else "number"
        return {"type": kind, "minimum": given.get("min"), "maximum": given.get("max")}

    def match(self, request):
        path = request.path or "/"
        if self.app.req_options.strip_url_path_trailing_slash and len(path) > 1:
            path = path.rstrip("/")
        found = self.app._router.find(path, req=None)
        if found is not None:
            _, _, values, template = found
            route = next(self.line(route) for route in self.known if route.path == template)
            if request.method not in route["methods"] and request.method != "OPTIONS":
                return answer(status=405, allow=route["methods"], why="its resource has other methods")
            return answer(route, values)
        for told in self.routes()[len(self.known) :]:
            prefix = re.escape(told["path"][:-1]) if "files" in told["notes"] else told["path"]
            if re.match(prefix, path):
                return answer(told)
        return answer(status=404, why="no route has this path")
