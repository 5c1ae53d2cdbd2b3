"""Routes of Flask, and of maps of Werkzeug; no view may be called."""

import functools

from flask import Blueprint, Flask
from flask.views import MethodView
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import BaseConverter, Map, Rule

print("flask_routes is being loaded")


class Language(BaseConverter):
    regex = "[a-z]{2}"


class Thing(MethodView):
    def get(self, id):
        raise AssertionError

    def put(self, id):
        raise AssertionError


def view(**values):
    raise AssertionError


app = Flask(__name__)
app.url_map.converters["lang"] = Language
app.add_url_rule("/", "index", view)
app.add_url_rule("/users/<int(min=1, max=99):id>", "user", view, methods=["GET", "DELETE"])
app.add_url_rule("/pages/", "pages", view, defaults={"page": 1})
app.add_url_rule("/pages/<int:page>", "pages", view)
app.add_url_rule("/<lang:code>/<any(a, b):kind>.<float:x>", "odd", view, methods=["POST"])
app.add_url_rule("/things/<uuid:id>", view_func=Thing.as_view("thing"))
blog = Blueprint("blog", __name__, url_prefix="/blog")
blog.add_url_rule("/<slug>", "entry", view)
app.register_blueprint(blog)


class Middleware:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        raise AssertionError


wrapped = Middleware(Middleware(app))
around_itself = Middleware(view)
around_itself.app = around_itself
app.wsgi_app = Middleware(app.wsgi_app)


@functools.wraps(wrapped)
def decorated(environ, start_response):
    raise AssertionError


def make():
    return app


def plain(environ, start_response):
    raise AssertionError


number = 3


class Mapped:
    def __init__(self, *rules, **settings):
        self.url_map = Map(rules, **settings)

    def __call__(self, environ, start_response):
        raise AssertionError


two = Mapped(Rule("/a", endpoint="a"), Rule("/b", endpoint="b"))
both = DispatcherMiddleware(two, {"/two": Middleware(two), "/plain": plain})
hosts = Mapped(
    Rule("/", endpoint="index", host="<lang>.example"),
    Rule("/old", endpoint="old", host="api.example", redirect_to="new", methods=["GET"]),
    Rule("/cdn/<path:p>", endpoint="cdn", host="api.example", build_only=True),
    Rule("/ws", endpoint="ws", host="api.example", websocket=True),
    host_matching=True,
)
