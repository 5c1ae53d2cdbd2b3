"""A Python program that serves the application beside it; its main thread says how that ended."""

import wsgi_rs
from gates import app

server = wsgi_rs.Server(app, "127.0.0.1:0")
print("ready at", server.addresses[0], flush=True)
server.run()
print("returned", flush=True)
