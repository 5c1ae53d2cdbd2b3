"""Flask with the map and the rules of `wsgi_rs.routing`; as a program, it is asked the same as Flask with its own."""

import werkzeug.routing
from flask import Blueprint, Flask, g, jsonify, request, url_for
from flask.cli import FlaskGroup
from wsgi_rs import routing


class Routed(Flask):
    url_map_class = routing.Map
    url_rule_class = routing.Rule


def make(flask_class, module):
    app = flask_class(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.com"

    class Words(module.BaseConverter):
        def to_python(self, value):
            words = value.split("+")
            if "" in words:
                raise module.ValidationError()
            return words

        def to_url(self, value):
            return "+".join(super(Words, self).to_url(word) for word in value)

    app.url_map.converters["words"] = Words

    def show(**values):
        return jsonify(endpoint=request.endpoint, rule=str(request.url_rule), values=values, args=request.args)

    app.add_url_rule("/", "index", show)
    app.add_url_rule("/items/<int:number>", "item", show, methods=["GET", "POST"])
    app.add_url_rule("/items/<int:number>", "unmake", show, methods=["DELETE"])
    app.add_url_rule("/branch/", "branch", show)
    app.add_url_rule("/loose/", "loose", show, strict_slashes=False)
    app.add_url_rule("/words/<words:words>", "words", show)
    app.add_url_rule("/pages/", "pages", show, defaults={"page": 1})
    app.add_url_rule("/pages/<int:page>", "pages", show)
    app.add_url_rule("/files/<path:file>", "file", show)
    app.add_url_rule("/key/<uuid:key>/<any(a, b):which>/<float:size>", "key", show)
    app.add_url_rule("/old/<name>", "old", redirect_to="/items/<name>")
    app.add_url_rule("/user", "user", show, subdomain="<user>")
    app.add_url_rule("/plain", "plain", show, provide_automatic_options=False)

    blog = Blueprint("blog", __name__, url_prefix="/<lang>/blog", subdomain="www")

    @blog.url_value_preprocessor
    def take_language(endpoint, values):
        g.lang = values.pop("lang")

    @blog.url_defaults
    def give_language(endpoint, values):
        if app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values.setdefault("lang", "de")

    @blog.get("/<slug>")
    def post(slug):
        return jsonify(lang=g.lang, slug=slug, link=url_for(".post", slug="a b"), other=url_for("item", number=1))

    app.register_blueprint(blog)

    @app.get("/links")
    def links():
        return jsonify(
            item=url_for("item", number=5, q=["a", "b"], _anchor="x"),
            unmake=url_for("unmake", number=5, _method="DELETE"),
            pages=[url_for("pages"), url_for("pages", page=1), url_for("pages", page=2)],
            user=url_for("user", user="me"),
            words=url_for("words", words=["a b", "c"]),
            post=url_for("blog.post", slug="é"),
            whole=url_for("file", file="a/b", _external=True, _scheme="https"),
            static=url_for("static", filename="x.css"),
        )

    @app.get("/wrong")
    def wrong():
        try:
            return url_for("item", nubmer=5)
        except werkzeug.routing.BuildError as error:
            return str(error)

    @app.errorhandler(404)
    def missing(error):
        return f"{type(error).__name__}: {request.routing_exception is not None}", 404

    @app.errorhandler(405)
    def other_methods(error):
        return f"{sorted(error.valid_methods)}", 405, {"Allow": ", ".join(sorted(error.valid_methods))}

    return app


ASKED = [
    (method, path, host)
    for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT")
    for path in """
        / /items/5 /items/x /items/5/ /branch/ /branch?q=1 /loose /loose/ /words/a+b /words/a++b /pages/ /pages/1
        /pages/1?q=1 /pages/2 /files/a/b%20c /files//a //files/a /key/6ba7b810-9dad-11d1-80b4-00c04fd430c8/a/1.5
        /key/6ba7b810-9dad-11d1-80b4-00c04fd430c8/c/1.5 /old/7 /user /plain /links /wrong /no /de/blog/x /static/no
        /caf%C3%A9 /items/%D9%A3
    """.split()
    for host in ("example.com", "www.example.com", "me.example.com")
]

app = make(Routed, routing)

if __name__ == "__main__":
    flasks, ours = make(Flask, werkzeug.routing), app
    assert type(ours.url_map) is routing.Map and all(type(rule) is routing.Rule for rule in ours.url_map.iter_rules())
    statuses = set()
    for method, path, host in ASKED:
        answers = []
        for asked in (flasks, ours):
            answer = asked.test_client().open(path, method=method, base_url=f"http://{host}/")
            fields = sorted((name, value) for name, value in answer.headers if name != "Allow")
            allow = sorted(answer.headers.get("Allow", "").split(", "))
            answers.append((answer.status, fields, allow, answer.data))
        statuses.add(answers[0][0])
        assert answers[0] == answers[1], f"{method} {host}{path}: {answers[0]} is Flask's, {answers[1]} ours"
    assert {status[:3] for status in statuses} >= {"200", "404", "405", "308"}, statuses
    # The table of all routes.
    tables = [
        asked.test_cli_runner().invoke(FlaskGroup(create_app=lambda asked=asked: asked), ["routes"]).output
        for asked in (flasks, ours)
    ]
    assert tables[0] == tables[1] and "<user>" in tables[0], tables
    print(f"{len(ASKED)} answers are Flask's own")
