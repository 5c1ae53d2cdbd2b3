"""Hosts the application by cheroot."""

from cheroot.wsgi import Server

from hosted_app import app

server = Server(("127.0.0.1", 0), app)
server.prepare()
print(f"serving at http://127.0.0.1:{server.bind_addr[1]}", flush=True)
server.serve()
