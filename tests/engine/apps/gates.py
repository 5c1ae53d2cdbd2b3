"""Requests that are blocked until another one opens the gate, and signal handlers that tell when they run."""

import ctypes
import os
import signal
import threading
import time

gate = threading.Event()
arrived = threading.Semaphore(0)
heard = 0


def on_usr1(*_):
    global heard
    heard += 1
    here = threading.current_thread() is threading.main_thread()
    print("heard", heard, "on the main thread" if here else "elsewhere", flush=True)


def on_usr2(*_):
    gate.set()


signal.signal(signal.SIGUSR1, on_usr1)
signal.signal(signal.SIGUSR2, on_usr2)


def wait():
    gate.wait()


def sleep():
    while not gate.is_set():
        time.sleep(0.001)


def spin():
    while not gate.is_set():
        pass


def hog():
    """Keeps the interpreter, as C code that never lets it go does, until somebody writes into the pipe."""
    ctypes.PyDLL(None).open(os.environ["PIPE"].encode(), os.O_RDONLY)


def app(environ, start_response):
    path = environ["PATH_INFO"]
    blocked = {"/wait": wait, "/sleep": sleep, "/spin": spin, "/hog": hog}.get(path)
    if blocked:
        arrived.release()
        print("blocked", flush=True)
        blocked()
    elif path == "/arrived":
        for _ in range(int(environ["QUERY_STRING"])):
            arrived.acquire()
    elif path == "/open":
        gate.set()
    elif path == "/close":
        gate.clear()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [path.encode()]
