"""Matching and building through Python: `wsgi_rs.routing` beside Werkzeug's, of the same maps and paths.

Needs both packages: `pip install . werkzeug`, then `python3 benches/routing.py`. Times are the best of many runs, in
nanoseconds a call, the loop around it included; `times` says how many times as fast ours is.
"""

import argparse
import re
import timeit
from pathlib import Path

import werkzeug.routing
from wsgi_rs import routing

GITHUB = Path(__file__).parent.parent / "wsgi-router/benches/lookup/github.rs"

# What a mid-sized application in Flask has: pages, a blog, an administration, an interface for programs.
FLASK = """
/ /about /login /logout /static/<path:filename> /search /users/ /users/<int:id> /users/<int:id>/edit
/users/<int:id>/posts/<int:post> /profile/<username> /profile/<username>/followers /blog/ /blog/page/<int:page>
/blog/<int:year>/ /blog/<int:year>/<int:month>/ /blog/<int:year>/<int:month>/<slug> /tag/<tag> /tag/<tag>/feed.xml
/admin/ /admin/users/ /admin/users/<int:id> /admin/posts/ /admin/posts/<int:id> /admin/posts/<int:id>/delete
/admin/settings /api/v1/items /api/v1/items/<int:id> /api/v1/items/<int:id>/parts/<int:part> /api/v1/orders
/api/v1/orders/<uuid:key> /api/v1/orders/<uuid:key>/lines /api/v1/rates/<float:rate> /api/v1/any/<any(red,green):colour>
/files/<path:name> /download/<int:id>/<filename> /feed.xml /sitemap.xml /robots.txt /healthz
""".split()

VALUES = {
    "int": 2024,
    "path": "css/site.css",
    "float": 1.5,
    "uuid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "any": "red",
    "string": "some-name",
}


def github():
    """GitHub's 130 routes, and a path of each."""
    routes = re.findall(r'^ +"(/[^"]*)",$', GITHUB.read_text(), re.MULTILINE)
    assert len(routes) == 130, len(routes)
    return [re.sub(r"\{(\w+)\}", r"<\1>", route) for route in routes]


def values_of(rule):
    """A value for each parameter of a rule."""
    parameters = re.findall(r"<(?:(\w+)(?:\(.*?\))?:)?(\w+)>", rule)
    return {name: VALUES[converter or "string"] for converter, name in parameters}


def best(function, calls):
    """Nanoseconds of one call of many that the function makes."""
    runs = max(1, 20_000 // calls)
    return min(timeit.repeat(function, number=runs, repeat=15)) / runs / calls * 1e9


def measure(module, rules):
    """What is measured, by its name, of one of the two modules."""
    url_map = module.Map([module.Rule(rule, endpoint=rule, methods=["GET"]) for rule in rules])
    adapter = url_map.bind("example.com")
    values = [(rule, values_of(rule)) for rule in rules]
    paths = [adapter.build(rule, given) for rule, given in values]
    environs = [environ(path) for path in paths]

    def match():
        match = adapter.match
        for path in paths:
            match(path, "GET")

    def bound():
        bind = url_map.bind_to_environ
        for request in environs:
            bind(request).match()

    def build():
        build = adapter.build
        for endpoint, given in values:
            build(endpoint, given)

    found = [adapter.match(path, "GET") for path in paths]
    assert [endpoint for endpoint, _ in found] == rules
    return found, {
        "adapter.match(path, method)": best(match, len(paths)),
        "map.bind_to_environ(environ).match()": best(bound, len(paths)),
        "adapter.build(endpoint, values)": best(build, len(paths)),
    }


def environ(path):
    """A request as a server shows it, with a browser's header fields."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "example.com",
        "HTTP_USER_AGENT": "Mozilla/5.0",
        "HTTP_ACCEPT": "*/*",
        "HTTP_ACCEPT_ENCODING": "gzip, br",
        "HTTP_CONNECTION": "keep-alive",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.parse_args()
    print(f"{'map':20} {'call':38} {'Werkzeug':>9} {'ours':>6} {'times':>6}")
    for name, rules in [("GitHub, 130 rules", github()), ("Flask-like, 40", FLASK)]:
        (same, theirs), (found, ours) = (measure(module, rules) for module in (werkzeug.routing, routing))
        assert found == same
        for call, nanoseconds in ours.items():
            print(f"{name:20} {call:38} {theirs[call]:9.0f} {nanoseconds:6.0f} {theirs[call] / nanoseconds:6.1f}")


if __name__ == "__main__":
    main()
