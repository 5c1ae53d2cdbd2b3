"""Routes of Falcon; no responder may be called."""

import tempfile

import falcon


class Item:
    def on_get(self, req, resp, number):
        raise AssertionError

    def on_put(self, req, resp, number):
        raise AssertionError


class Files:
    def on_get(self, req, resp, p):
        raise AssertionError


def sink(req, resp, **values):
    raise AssertionError


app = falcon.App()
app.add_route("/items/{number:int(min=1)}", Item())
app.add_route("/f/{p:path}", Files())
app.add_sink(sink, prefix="/sink")
app.add_static_route("/static", tempfile.gettempdir())
