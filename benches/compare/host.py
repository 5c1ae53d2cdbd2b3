"""Starts a server that has no command line of its own: host.py SERVER HOST PORT MODULE:APP THREADS."""

import sys
from importlib import import_module


def main():
    server, host, port, target, threads = sys.argv[1:]
    module, _, attribute = target.partition(":")
    app = getattr(import_module(module), attribute)
    if server == "bjoern":
        import_module("bjoern").run(app, host, int(port))
    elif server == "fastwsgi":
        import_module("fastwsgi").run(app, host, int(port), 0)
    elif server == "pyruvate":
        import_module("pyruvate").serve(app, f"{host}:{port}", int(threads))
    elif server == "cheroot":
        import_module("cheroot.wsgi").Server((host, int(port)), app, numthreads=int(threads)).start()
    else:
        sys.exit(f"host.py knows no server {server!r}")


if __name__ == "__main__":
    main()
