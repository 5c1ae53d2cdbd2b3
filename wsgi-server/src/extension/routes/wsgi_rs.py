"""Our own router."""

import json

from .table import answer, line, mount, name_of


def of(application, find):
    """The routes of `wsgi_rs.Router`."""
    is_router = type(application).__module__ == "wsgi_rs" and hasattr(application, "_report")
    return Routes(application, find) if is_router else None


WHY = {
    400: "no route has this path but one for WebSocket requests",
    404: "no route has this path",
    405: "its routes have other methods",
}


class Routes:
    """What the router says of itself, and what the applications in it say."""

    def __init__(self, router, find):
        self.router = router
        self.find = find
        report, self.entries = router._report()
        self.lines = json.loads(report)["routes"]

    def routes(self):
        return [self.told(known) for known in self.lines]

    def told(self, known):
        """The line, with the routes of the application that it stands for."""
        if "application" not in known["notes"]:
            names = [name_of(app) for kind, pattern, app in self.entries if (kind, pattern) == ("route", known["path"])]
            return {**known, "endpoint": known["endpoint"] or ", ".join(dict.fromkeys(names))}
        for kind, pattern, app in self.entries:
            of_mount = kind == "mount" and "host" not in known and known["path"] == pattern.rstrip("/") + "/*"
            if of_mount or kind == "host" and known.get("host") == pattern:
                notes = [note for note in known["notes"] if note != "application"]
                inner = {**known, "endpoint": known["endpoint"] or name_of(app), "notes": notes}
                return {"mount": inner, "routes": self.find(app, True).routes()}
        return known

    def match(self, request):
        target = request.target()
        found = self.router._match(request.method, request.host, target)
        if "index" not in found:
            status, location = found["status"], found["location"]
            if 200 <= status < 300:
                return answer(why="the router answers it", allow=split(found["allow"]))
            why = WHY.get(status, "it is redirected")
            return answer(status=status, allow=split(found["allow"]), location=location, why=why)
        kind, pattern, app = self.entries[found["index"]]
        if kind == "route":
            known = (told for told in self.routes() if told.get("path") == pattern)
            return answer(next(known, None) or line(pattern, None, name_of(app)), found["values"])
        inner = self.find(app, True).match(request.below(found["script_name"]))
        if kind == "mount":
            outer = next((told for told in self.lines if told["path"] == pattern.rstrip("/") + "/*"), mount(pattern))
        elif kind == "host":
            outer = next((told for told in self.lines if told.get("host") == pattern), mount("", host=pattern))
        else:
            return inner
        values = {**found["values"], **inner["values"]}
        return {**inner, "values": values, "mounts": [outer, *inner["mounts"]]}


def split(allow):
    """The methods of the field."""
    return allow.split(", ") if allow else []
