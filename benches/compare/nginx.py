"""Starts nginx for the files of a folder: nginx.py HOST PORT FOLDER OWN [--cache].

One process, no log of requests, all else as nginx's own example has it. What it writes it writes into the folder OWN.
With --cache it keeps files open and what it knows of them, else it looks at them for each request.
"""

import os
import sys
from pathlib import Path

CONFIGURATION = """\
daemon off; master_process off; error_log stderr error; pid {own}/pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; keepalive_timeout 65; keepalive_requests 1000000000;
  types {{ text/plain txt; }}
  open_file_cache {cache};
  client_body_temp_path {own}/body; proxy_temp_path {own}/proxy; fastcgi_temp_path {own}/fastcgi;
  uwsgi_temp_path {own}/uwsgi; scgi_temp_path {own}/scgi;
  server {{ listen {host}:{port}; root {folder}; }}
}}
"""


def main():
    host, port, folder, own, *options = sys.argv[1:]
    cache = "max=1000" if options == ["--cache"] else "off"
    configuration = Path(own, "nginx.conf")
    configuration.write_text(CONFIGURATION.format(host=host, port=port, folder=folder, own=own, cache=cache))
    os.execvp("nginx", ["nginx", "-p", own, "-c", str(configuration), "-e", "stderr"])


if __name__ == "__main__":
    main()
