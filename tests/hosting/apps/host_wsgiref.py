"""Hosts the application by the server of the standard library."""

from wsgiref.simple_server import WSGIRequestHandler, make_server

from hosted_app import app


class Handler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


with make_server("127.0.0.1", 0, app, handler_class=Handler) as server:
    print(f"serving at http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
