"""The servers: how each is started, and what the system knows of a running one."""

import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"

# {ours}: our binary; {bin}: the programs of the virtual environment; {tools}: our other programs; {threads}: how many
# requests may be in the application at once, for servers that have to be told; {files}: a folder of files; {own}: a
# folder for what the server itself writes.
OURS = "{ours} --bind {host}:{port} --log-level error {app}"
# The same from the Python distribution, whose middleware the application is wrapped in.
OURS_COMPRESSED = "{bin}/python -m wsgi_rs --bind {host}:{port} --log-level error compressed:ours"
PEERS = {
    "bjoern": "{bin}/python {here}/host.py bjoern {host} {port} {app} {threads}",
    "fastwsgi": "{bin}/python {here}/host.py fastwsgi {host} {port} {app} {threads}",
    "granian": "{bin}/granian --interface wsgi --host {host} --port {port} --workers 1 --blocking-threads {threads}"
               " --no-ws --http 1 --log-level error {app}",
    "uwsgi": "{bin}/uwsgi --http11-socket {host}:{port} --processes 1 --threads {threads} --enable-threads"
             " --disable-logging --http-keepalive=60 --so-keepalive --listen 1024 --virtualenv {bin}/.. --module {app}",
    "gunicorn": "{bin}/gunicorn --bind {host}:{port} --workers 1 --worker-class gthread --threads {threads}"
                " --worker-connections 20000 --keep-alive 60 --log-level error {app}",
    "waitress": "{bin}/waitress-serve --host {host} --port {port} --threads {threads} --connection-limit 20000"
                " --backlog 2048 --asyncore-use-poll {app}",
    "cheroot": "{bin}/python {here}/host.py cheroot {host} {port} {app} {threads}",
    "pyruvate": "{bin}/python {here}/host.py pyruvate {host} {port} {app} {threads}",
}
# Applications of Rust; `floor` is what the kernel alone costs.
RUST = {
    "ours": "{tools}/ours {host}:{port}",
    "hyper": "{tools}/hyper {host}:{port}",
    "axum": "{tools}/axum {host}:{port}",
    "actix": "{tools}/actix {host}:{port}",
    "may": "{tools}/may {host}:{port}",
    "floor": "{tools}/floor {host}:{port}",
}
# Files of a folder: looked at for each request, and read or kept open beforehand.
FILES = {
    "ours": "{tools}/files {host}:{port} {files}",
    "ours-scan": "{tools}/files {host}:{port} {files} --scan",
    "nginx": "{bin}/python {here}/nginx.py {host} {port} {files} {own}",
    "nginx-cache": "{bin}/python {here}/nginx.py {host} {port} {files} {own} --cache",
}


def rust_compressed(level: int) -> dict[str, str]:
    """A page, compressed at this level by our middleware in our server, and by tower-http's in axum."""
    return {name: f"{{tools}}/compressed {name} {{host}}:{{port}} {level}" for name in ("ours", "tower-http")}


class Server:
    """A server in a process group of its own, pinned to its processors."""

    def __init__(self, name: str, command: str, app: str, threads: int, cpus: str, places: dict[str, str]) -> None:
        self.name, self.port = name, free_port()
        self.folder = tempfile.TemporaryDirectory(prefix=f"compare-{name}-")
        self.log = Path(self.folder.name) / "log"
        words = [word.format(host=HOST, port=self.port, app=app, threads=threads, here=HERE, own=self.folder.name, **places)
                 for word in shlex.split(command)]
        programs = places["bin"]
        environment = dict(os.environ, PYTHONPATH=f"{HERE}:{places['package']}", PYTHONDONTWRITEBYTECODE="1",
                           VIRTUAL_ENV=str(Path(programs).parent), PATH=f"{programs}:{os.environ['PATH']}")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(["taskset", "-c", cpus, *words], cwd=HERE, env=environment, stdout=log,
                                            stderr=log, start_new_session=True)

    def is_ready(self, seconds: float = 20) -> bool:
        """Waits for the first response."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with socket.create_connection((HOST, self.port), 1) as client:
                    client.settimeout(5)
                    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    if client.recv(16).startswith(b"HTTP/1."):
                        return True
            except OSError:
                pass
            time.sleep(0.05)
        return False

    def stop(self) -> None:
        """Asks it to stop, and ends what is left of it."""
        for sign, patience in ((signal.SIGTERM, 3), (signal.SIGKILL, 3)):
            try:
                os.killpg(self.process.pid, sign)
                self.process.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
        self.folder.cleanup()

    def output(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(errors="replace")[-2000:]

    def rss(self) -> int:
        """Resident memory of all its processes, in bytes."""
        found = (re.search(r"VmRSS:\s+(\d+) kB", (folder / "status").read_text()) for folder in self._processes())
        return sum(int(match[1]) * 1024 for match in found if match)

    def cpu(self) -> tuple[float, float]:
        """Seconds of processor time that it has used so far: in all, and of that in user space."""
        user = system = 0
        for folder in self._processes():
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            user, system = user + int(fields[11]), system + int(fields[12])
        ticks = os.sysconf("SC_CLK_TCK")
        return (user + system) / ticks, user / ticks

    def _processes(self) -> Iterator[Path]:
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and os.getpgid(int(folder.name)) == self.process.pid:
                    yield folder
            except OSError:
                pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
