"""A Flask application, as anybody would write it. Run it with ``wsgi-server examples/python/flask_app.py``."""

from flask import Flask, request, url_for

app = Flask(__name__)


@app.get("/")
def index():
    # `url_for` counts on SCRIPT_NAME: wherever the application is mounted, its links are right.
    return f"Flask at {request.script_root or '/'}, greet somebody at {url_for('hello', name='you')}\n"


@app.get("/hello/<name>")
def hello(name):
    return f"Hello, {name}, from Flask!\n"
