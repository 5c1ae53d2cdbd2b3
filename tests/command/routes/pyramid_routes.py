"""Routes of Pyramid; no view may be called."""

from pyramid.config import Configurator


def view(request):
    raise AssertionError


with Configurator() as config:
    config.add_route("item", r"/items/{number:\d+}", request_method="GET")
    config.add_view(view, route_name="item")
    config.add_route("form", "/form/{a}-{b}")
    config.add_view(view, route_name="form", request_method=("POST", "PUT"))
    config.add_route("lost", "lost")
    config.add_route("rest", "/rest/*sub")
    config.add_view(view, route_name="rest")
    config.add_static_view("static", ".")
    app = config.make_wsgi_app()

with Configurator() as config:
    config.add_view(view, name="edit")
    traversal = config.make_wsgi_app()
