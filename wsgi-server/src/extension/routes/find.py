"""What tells the routes of an object, whatever framework it is of."""

import json

from . import bottle, django, falcon, pyramid, werkzeug, wsgi_rs
from .table import Request, answer

# Under these names middleware keeps what it is around.
INNER = ("app", "wsgi_app", "_app", "application", "_application", "__wrapped__", "wrapped", "wrap_app", "__self__")
# So many objects are looked at, and no more.
BOUND = 64


class Unknown:
    """An application that tells no routes: it has all paths that it is given."""

    def routes(self):
        return []

    def match(self, request):
        return answer(why="an application that tells no routes answers it")


def find(application, mounted=False):
    """What tells the routes of the application, or of the one inside the middleware that it is.

    None if nobody does; for one that is mounted somewhere that is no mistake.
    """
    queue, seen = [application], set()
    while queue and len(seen) < BOUND:
        candidate = queue.pop(0)
        if id(candidate) in seen:
            continue
        seen.add(id(candidate))
        for framework in (wsgi_rs, werkzeug, django, pyramid, bottle, falcon):
            routes = framework.of(candidate, find)
            if routes is not None:
                return routes
        for name in INNER:
            inner = getattr(candidate, name, None)
            if callable(inner) or hasattr(inner, "iter_rules"):
                queue.append(inner)
    return Unknown() if mounted else None


def routes(application):
    """The routes in JSON, or None."""
    found = find(application)
    return None if found is None else json.dumps(found.routes())


def match(application, method, host, target, script_name):
    """What becomes of a request in JSON, or None."""
    found = find(application)
    if found is None:
        return None
    request = Request(method, host, target)
    if script_name:
        if not f"{request.path}/".startswith(f"{script_name}/"):
            return json.dumps(answer(status=404, why=f"the application lies below {script_name}"))
        request = request.below(script_name)
    return json.dumps(found.match(request))
