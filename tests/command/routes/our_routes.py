"""Our own router and map; no application may be called."""

import wsgi_rs
from bottle import Bottle
from wsgi_rs.middleware import ContentLength, Recover
from wsgi_rs.routing import Map, Rule, Submount


def home(environ, start_response):
    raise AssertionError


def user(environ, start_response):
    raise AssertionError


inner = Bottle()


@inner.get("/in/<x:int>")
def inside(x):
    raise AssertionError


nested = wsgi_rs.Router()
nested.route("/a", user)
nested.mount("/deep", inner)

app = wsgi_rs.Router()
app.route("/", home, methods=["GET"])
app.route("/users/<int:id>", user, methods=["GET", "PUT"])
app.mount("/bottle", Recover(inner))
app.mount("/plain", home)
app.mount("/nested", nested)
app.host("api.example", inner)
app.fallback(user)

wrapped = Recover(ContentLength(inner))

urls = Map(
    [
        Rule("/", endpoint="index"),
        Submount("/blog", [Rule("/<int(min=1):year>/<slug>/", endpoint="entry", methods=["GET"])]),
    ]
)
