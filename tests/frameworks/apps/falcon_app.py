"""What the suite asks of every framework, written in Falcon."""

import hashlib

import falcon


class Item:
    def on_get(self, request, response, number):
        link = f"{request.root_path}/items/{number}"
        response.media = {"number": number, "query": request.get_param("q"), "link": link}


class Form:
    def on_post(self, request, response):
        response.media = {"name": request.get_media()["name"]}


class Upload:
    def on_post(self, request, response):
        for part in request.get_media():
            if part.name == "file":
                content = part.stream.read()
                digest = hashlib.sha256(content).hexdigest()
                response.media = {"name": part.filename, "size": len(content), "sha256": digest}


class Body:
    def on_post(self, request, response):
        response.media = {"sha256": hashlib.sha256(request.bounded_stream.read()).hexdigest()}


class Stream:
    def on_get(self, request, response):
        response.content_type = "text/plain"
        response.stream = (f"line {number}\n".encode() for number in range(1000))


class Cookies:
    def on_get(self, request, response):
        response.content_type = "text/plain"
        response.text = request.cookies.get("seen", "nothing")
        response.set_cookie("seen", "before", secure=False)
        response.set_cookie("other", "too", secure=False)


class Redirect:
    def on_get(self, request, response):
        raise falcon.HTTPFound("/items/1")


class Forbidden:
    def on_get(self, request, response):
        raise falcon.HTTPForbidden()


class Broken:
    def on_get(self, request, response):
        raise RuntimeError("the secret of the application")


class File:
    def on_get(self, request, response):
        response.content_type = "text/x-python"
        response.stream = open(__file__, "rb")


app = falcon.App()
app.add_route("/items/{number:int}", Item())
app.add_route("/form", Form())
app.add_route("/upload", Upload())
app.add_route("/body", Body())
app.add_route("/stream", Stream())
app.add_route("/cookies", Cookies())
app.add_route("/redirect", Redirect())
app.add_route("/forbidden", Forbidden())
app.add_route("/broken", Broken())
app.add_route("/file", File())
