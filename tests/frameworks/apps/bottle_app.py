"""What the suite asks of every framework, written in Bottle."""

import hashlib
import os

from bottle import Bottle, HTTPError, redirect, request, response, static_file

app = Bottle()


@app.get("/items/<number:int>", name="item")
def item(number):
    return {"number": number, "query": request.query.getunicode("q"), "link": app.get_url("item", number=number)}


@app.post("/form")
def form():
    return {"name": request.forms.getunicode("name")}


@app.post("/upload")
def upload():
    file = request.files["file"]
    content = file.file.read()
    return {"name": file.raw_filename, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


@app.post("/body")
def body():
    return {"sha256": hashlib.sha256(request.body.read()).hexdigest()}


@app.get("/stream")
def stream():
    response.content_type = "text/plain"
    for number in range(1000):
        yield f"line {number}\n"


@app.get("/cookies")
def cookies():
    response.set_cookie("seen", "before")
    response.set_cookie("other", "too")
    return request.get_cookie("seen", "nothing")


@app.get("/redirect")
def away():
    redirect("/items/1")


@app.get("/forbidden")
def forbidden():
    raise HTTPError(403)


@app.get("/broken")
def broken():
    raise RuntimeError("the secret of the application")


@app.get("/file")
def file():
    return static_file(os.path.basename(__file__), os.path.dirname(__file__), mimetype="text/x-python")
