"""What the suite asks of every framework, written in Pyramid."""

import hashlib

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPFound
from pyramid.response import FileResponse, Response


def item(request):
    number = int(request.matchdict["number"])
    return {"number": number, "query": request.GET.get("q"), "link": request.route_path("item", number=number)}


def form(request):
    return {"name": request.POST["name"]}


def upload(request):
    file = request.POST["file"]
    content = file.file.read()
    return {"name": file.filename, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def body(request):
    return {"sha256": hashlib.sha256(request.body).hexdigest()}


def stream(request):
    lines = (f"line {number}\n".encode() for number in range(1000))
    return Response(app_iter=lines, content_type="text/plain")


def cookies(request):
    response = Response(request.cookies.get("seen", "nothing"))
    response.set_cookie("seen", "before")
    response.set_cookie("other", "too")
    return response


def away(request):
    return HTTPFound("/items/1")


def forbidden(request):
    return HTTPForbidden()


def broken(request):
    raise RuntimeError("the secret of the application")


def file(request):
    return FileResponse(__file__, request=request, content_type="text/x-python")


with Configurator() as config:
    for name, pattern, view, method in [
        ("item", "/items/{number:\\d+}", item, "GET"),
        ("form", "/form", form, "POST"),
        ("upload", "/upload", upload, "POST"),
        ("body", "/body", body, "POST"),
    ]:
        config.add_route(name, pattern, request_method=method)
        config.add_view(view, route_name=name, renderer="json")
    for view in [stream, cookies, away, forbidden, broken, file]:
        name = "redirect" if view is away else view.__name__
        config.add_route(name, "/" + name)
        config.add_view(view, route_name=name)
    app = config.make_wsgi_app()
