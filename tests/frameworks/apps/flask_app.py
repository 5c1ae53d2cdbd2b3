"""What the suite asks of every framework, written in Flask."""

import hashlib

from flask import Flask, Response, abort, make_response, redirect, request, send_file, url_for

app = Flask(__name__)


@app.get("/items/<int:number>")
def item(number):
    return {"number": number, "query": request.args.get("q"), "link": url_for("item", number=number)}


@app.post("/form")
def form():
    return {"name": request.form["name"]}


@app.post("/upload")
def upload():
    file = request.files["file"]
    content = file.read()
    return {"name": file.filename, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


@app.post("/body")
def body():
    return {"sha256": hashlib.sha256(request.get_data()).hexdigest()}


@app.get("/stream")
def stream():
    return Response((f"line {number}\n" for number in range(1000)), mimetype="text/plain")


@app.get("/cookies")
def cookies():
    response = make_response(request.cookies.get("seen", "nothing"))
    response.set_cookie("seen", "before")
    response.set_cookie("other", "too")
    return response


@app.get("/redirect")
def away():
    return redirect("/items/1")


@app.get("/forbidden")
def forbidden():
    abort(403)


@app.get("/broken")
def broken():
    raise RuntimeError("the secret of the application")


@app.get("/file")
def file():
    return send_file(__file__, mimetype="text/x-python")
