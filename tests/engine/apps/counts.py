"""A thread of the application's own that counts: by computing without end, or at every tick of a clock.

`/count` tells how far it is. A second thread says so when the pipe is written to and the first has gone on since.
"""

import os
import threading
import time

count = 0


def compute():
    global count
    while True:
        count += 1


def tick():
    global count
    never = threading.Event()
    while True:
        count += 1
        never.wait(0.0005)


def report():
    while True:
        with open("pipe") as pipe:
            pipe.read()
        before = count
        while count == before:
            time.sleep(0.0005)
        print("went on", flush=True)


for work in {"compute": compute, "tick": tick}[os.environ["COUNTS"]], report:
    threading.Thread(target=work, daemon=True).start()


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(count).encode()]
