"""The smallest application in Python; it needs nothing but the standard library.

Run ``wsgi-server examples/python/hello.py``, or ``cargo run -p wsgi-server -- examples/python/hello.py``,
then ``curl -i localhost:8000/you``. It is the same application as ``hello.rs`` beside it: compare the two.
"""


def app(environ, start_response):
    # A native string of PEP 3333 holds one byte a character: back to bytes first, then to text.
    name = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace").strip("/")
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"Hello, {name or 'World'}!\n".encode()]
