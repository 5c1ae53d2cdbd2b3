"""Our own router."""

import json

from .table import answer, mount, name_of


def of(application, find):
    """The routes of `wsgi_rs.Router`."""
    is_router = type(application).__module__ == "wsgi_rs" and hasattr(application, "_report")
    return Routes(application, find) if is_router else None


class Routes:
    """What the router says of itself, and what the applications in it say."""

    def __init__(self, router, find):
        self.router = router
        self.find = find
        report, self.entries = router._report()
        self.lines = json.loads(report)["routes"]

    def routes(self):
        return [self.told(line) for line in self.lines]

    def told(self, line):
        """The line, with the routes of the application that it stands for."""
        if "application" not in line["notes"]:
            names = [name_of(app) for kind, pattern, app in self.entries if (kind, pattern) == ("route", line["path"])]
            return {**line, "endpoint": line["endpoint"] or ", ".join(dict.fromkeys(names))}
        for kind, pattern, app in self.entries:
            of_mount = kind == "mount" and "host" not in line and line["path"] == pattern.rstrip("/") + "/*"
            if of_mount or kind == "host" and line.get("host") == pattern:
                notes = [note for note in line["notes"] if note != "application"]
                inner = {**line, "endpoint": line["endpoint"] or name_of(app), "notes": notes}
                return {"mount": inner, "routes": self.find(app, True).routes()}
        return line

    def match(self, request):
        target = request.target()
        found = self.router._match(request.method, request.host, target)
        if "index" not in found:
            status, location = found["status"], found["location"]
            if 200 <= status < 300:
                return answer(why="the router answers it", allow=split(found["allow"]))
            why = {404: "no route has this path", 405: "its routes have other methods"}.get(status, "it is redirected")
            return answer(status=status, allow=split(found["allow"]), location=location, why=why)
        kind, pattern, app = self.entries[found["index"]]
        if kind == "route":
            line = next(line for line in self.routes() if line.get("path") == pattern)
            return answer(line, found["values"])
        inner = self.find(app, True).match(request.below(found["script_name"]))
        if kind == "mount":
            outer = next((line for line in self.lines if line["path"] == pattern.rstrip("/") + "/*"), mount(pattern))
        elif kind == "host":
            outer = next((line for line in self.lines if line.get("host") == pattern), mount("", host=pattern))
        else:
            return inner
        values = {**found["values"], **inner["values"]}
        return {**inner, "values": values, "mounts": [outer, *inner["mounts"]]}


def split(allow):
    """The methods of the field."""
    return allow.split(", ") if allow else []
