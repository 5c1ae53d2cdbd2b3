"""Each response notes which thread, thread-local and context variable its call, its steps and its close saw."""

import contextvars
import itertools
import json
import threading
import time

local = threading.local()
variable = contextvars.ContextVar("variable")
numbers = itertools.count()
lock = threading.Lock()
ended, wrong, threads = [], [], set()


class Body:
    def __init__(self, number, pauses):
        self.number, self.pauses, self.step, self.seen = number, pauses, 0, []
        self.note()

    def note(self):
        self.seen.append((threading.get_ident(), local.number, variable.get()))

    def __iter__(self):
        return self

    def __next__(self):
        self.note()
        self.step += 1
        if self.step > 3:
            raise StopIteration
        if self.step == self.pauses:
            time.sleep(0.003)
        return b"block"

    def close(self):
        self.note()
        with lock:
            ended.append(self.number)
            threads.add(self.seen[0][0])
            if len(set(self.seen)) != 1 or self.seen[0][1:] != (self.number, self.number) or len(self.seen) != 6:
                wrong.append(self.seen)


def report(start_response):
    with lock:
        text = json.dumps({"ended": len(set(ended)), "closed": len(ended), "wrong": wrong, "threads": len(threads)})
    start_response("200 OK", [("Content-Type", "application/json")])
    return [text.encode()]


def app(environ, start_response):
    if environ["PATH_INFO"] == "/report":
        return report(start_response)
    number = next(numbers)
    local.number = number
    variable.set(number)
    pauses = int(environ["QUERY_STRING"])  # 0: in the call; 1 to 3: in that step; more: not at all
    if pauses == 0:
        time.sleep(0.003)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Body(number, pauses)
