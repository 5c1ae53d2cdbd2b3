"""Routes of Bottle; no view may be called."""

from bottle import Bottle

app = Bottle()
other = Bottle()


@other.get("/in/<x>")
def inside(x):
    raise AssertionError


@app.get("/items/<number:int>", name="item")
def item(number):
    raise AssertionError


@app.route("/form", method=["POST", "PUT"])
def form():
    raise AssertionError


@app.route("/all/<rest:path>", method="ANY")
def every(rest):
    raise AssertionError


@app.get("/re/<y:re:[0-9]{4}>/<:re:a|b>")
def expression(y):
    raise AssertionError


def plain(environ, start_response):
    raise AssertionError


app.mount("/sub/", other)
app.mount("/plain/", plain)
