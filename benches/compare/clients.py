"""Scenarios of many connections that do little: idle ones, and slow ones."""

import socket
import time

from measure import Figures, Run
from servers import HOST, Server

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

IDLE_CONNECTIONS = 10_000
PATIENCE = 30  # seconds until it counts as a refusal that a server takes no more connections
IDLE_COLUMNS = {"held": "connections held", "before": "RSS before MiB", "after": "RSS after MiB",
                "each": "KiB a connection"}

SLOW_COLUMNS = {"heads": "stalled heads", "bodies": "stalled bodies", "readers": "stalled readers",
                "slowest": "slowest of 20 fresh requests ms", "failed": "unanswered"}


def idle_memory(server: Server, run: Run) -> Figures:
    """Resident memory before and after each of many connections has had one response and stays open."""
    for _ in range(500):
        with connection(server) as client:
            exchange(client)
    before = server.rss()
    clients: list[socket.socket] = []
    failures, end = 0, time.monotonic() + PATIENCE
    # A server that keeps a thread on each connection takes as many as it has threads and then none, or one every few
    # seconds when it gives up another.
    while len(clients) < IDLE_CONNECTIONS and failures < 3 and time.monotonic() < end:
        try:
            client = connection(server)
            clients.append(client)
            exchange(client)
            failures = 0
        except OSError:
            failures += 1
    time.sleep(0.5)
    held = sum(is_open(client) for client in clients)
    after = server.rss()
    for client in clients:
        client.close()
    each = (after - before) / held / 1024 if held else None
    return {"held": held, "before": before / 2**20, "after": after / 2**20, "each": each}


def slow_clients(server: Server, run: Run) -> Figures:
    """How long fresh requests take beside thousands of clients that have stalled in a head, in a body, in reading."""
    stalls = {
        "heads": (2000, b"GET / HTTP/1.1\r\nHost: x\r\nX-Stalled: "),
        "bodies": (2000, b"POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf a"),
        "readers": (500, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"),
    }
    clients: list[socket.socket] = []
    figures: Figures = {}
    end = time.monotonic() + PATIENCE
    for kind, (count, sent) in stalls.items():
        stalled = 0
        while stalled < count and time.monotonic() < end:
            try:
                client = connection(server, buffer=4096 if kind == "readers" else None)
                client.sendall(sent)
            except OSError:
                break
            clients.append(client)
            stalled += 1
        figures[kind] = stalled
    time.sleep(0.5)
    times, failed = [], 0
    for _ in range(20):
        begun = time.perf_counter()
        try:
            with connection(server, patience=2) as client:
                exchange(client)
            times.append(time.perf_counter() - begun)
        except OSError:
            failed += 1
        if failed == 3:
            failed = 20 - len(times)
            break
    for client in clients:
        client.close()
    return figures | {"slowest": max(times) * 1e3 if times else None, "failed": failed}


def connection(server: Server, buffer: int | None = None, patience: float = 5) -> socket.socket:
    client = socket.socket()
    client.settimeout(patience)
    if buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    try:
        client.connect((HOST, server.port))
    except OSError:
        client.close()
        raise
    return client


def exchange(client: socket.socket) -> None:
    """A request and its response of a few bytes."""
    client.sendall(REQUEST)
    received = b""
    while not received.endswith(b"Hello, World!"):
        block = client.recv(4096)
        if not block:
            raise ConnectionError("closed in the middle of a response")
        received += block


def is_open(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
