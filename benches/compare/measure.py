"""How a scenario is measured whose load comes from a program: wrk, or our own `load`."""

import json
import re
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from servers import HOST, OURS, Server

Figures = dict[str, float | None]


@dataclass(frozen=True)
class Run:
    """How to measure."""

    seconds: float
    cpus: str
    tools: Path


@dataclass(frozen=True)
class Scenario:
    """One table."""

    about: str
    app: str
    measure: Callable[[Server, Run], Figures]
    columns: dict[str, str]  # key of the figures → title
    ratio: str | None  # the figure that is also told as a multiple of ours
    threads: int = 1
    ours: str = OURS  # how our server is started
    rust: dict[str, str] | None = None  # the servers of Rust applications, where it is about those
    files: dict[str, str] | None = None  # the servers of files, where it is about those
    package: bool = False  # whether it needs the Python package wsgi_rs
    once: bool = False  # one measurement of a fresh server instead of rounds beside the others


WRK_COLUMNS = {"rate": "req/s", "cpu": "CPU µs/req", "user": "of it user", "p50": "p50 ms", "p99": "p99 ms",
               "failed": "errors", "rss": "RSS MiB"}


def wrk(arguments: str = "-c 64", path: str = "/", script: str = "") -> Callable[[Server, Run], Figures]:
    """Load by wrk. Its percentiles are corrected for coordinated omission."""

    def measure(server: Server, run: Run) -> Figures:
        command = ["taskset", "-c", run.cpus, "wrk", "-t", "1", "-d", f"{max(1, round(run.seconds))}s", "--latency"]
        for part in re.findall(r"'([^']*)'|(\S+)", arguments):
            command.append(part[0] or part[1])
        if script:
            file = Path(server.folder.name) / "wrk.lua"
            file.write_text(script)
            command += ["-s", str(file)]
        before = server.cpu()
        url = f"http://{HOST}:{server.port}{path}"
        out = subprocess.run([*command, url], capture_output=True, text=True, timeout=run.seconds + 60).stdout
        total, user = (after - start for after, start in zip(server.cpu(), before))
        found = re.search(r"(\d+) requests in", out)
        count = int(found[1]) if found else 0
        rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        return {
            "rate": float(rate[1]) if rate else 0.0,
            "cpu": total / count * 1e6 if count else None,
            "user": user / count * 1e6 if count else None,
            "p50": milliseconds(out, 50),
            "p99": milliseconds(out, 99),
            "failed": sum(map(int, errors.groups() if errors else ())) + (int(refused[1]) if refused else 0),
            "rss": server.rss() / 2**20,
        }

    return measure


COMPRESSED_COLUMNS = {"rate": "req/s", "cpu": "CPU µs/req", "p50": "p50 ms", "p99": "p99 ms", "failed": "errors",
                      "rss": "RSS MiB", "sent": "KiB sent", "smaller": "plain / sent"}


def compressed(coding: str) -> Callable[[Server, Run], Figures]:
    """Load by wrk that accepts this coding alone, and how much smaller the page is by it."""
    load_by_wrk = wrk(f"-c 16 -H 'Accept-Encoding: {coding}'")

    def measure(server: Server, run: Run) -> Figures:
        plain, sent = fetch(server, "identity"), fetch(server, coding)
        if coding == "gzip" and zlib.decompress(sent, 31) != plain:
            raise RuntimeError(f"{server.name} sent something else than the page")
        return load_by_wrk(server, run) | {"sent": len(sent) / 1024, "smaller": len(plain) / len(sent)}

    return measure


def fetch(server: Server, coding: str) -> bytes:
    """The page as it is sent to who accepts this coding alone."""
    connection = HTTPConnection(HOST, server.port, timeout=10)
    connection.request("GET", "/", headers={"Accept-Encoding": coding})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if (told := response.headers.get("Content-Encoding", "identity")) != coding:
        raise RuntimeError(f"{server.name} answered {response.status} in {told}, was asked for {coding}")
    return body


def milliseconds(out: str, percentile: int) -> float | None:
    """A line of wrk's latency distribution, such as `99%    1.25ms`."""
    found = re.search(rf"^\s+{percentile}%\s+([\d.]+)(us|ms|s|m)\b", out, re.M)
    return float(found[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}[found[2]] if found else None


MIXED_COLUMNS = {"rate": "fast req/s", "p50": "fast p50 ms", "p99": "fast p99 ms", "longest": "longest fast ms",
                 "fewest": "fewest of a connection", "others": "slow req/s", "failed": "errors"}
CPU_COLUMNS = MIXED_COLUMNS | {"others": "CPU-bound req/s"}


def load(*groups: str) -> Callable[[Server, Run], Figures]:
    """Load by our own program: the first path is the fast one, the second the slow one. Times are as the requests saw
    them, without correction for coordinated omission."""

    def measure(server: Server, run: Run) -> Figures:
        command = ["taskset", "-c", run.cpus, str(run.tools / "load"), f"{HOST}:{server.port}"]
        command += ["--seconds", str(run.seconds)]
        for group in groups:
            command += ["--connections", group]
        out = subprocess.run(command, capture_output=True, text=True, timeout=run.seconds + 60)
        if out.returncode:
            raise RuntimeError(f"load against {server.name}: {out.stderr.strip()}")
        fast, slow = json.loads(out.stdout)["paths"]
        return {
            "rate": fast["requests_per_second"],
            "p50": fast["p50_ms"],
            "p99": fast["p99_ms"],
            # What has no response at the end has waited, too.
            "longest": max(fast["max_ms"] or 0, fast["oldest_unanswered_ms"] or 0),
            "fewest": fast["fewest_by_a_connection"],
            "others": slow["requests_per_second"],
            "failed": fast["failed"] + slow["failed"],
        }

    return measure
