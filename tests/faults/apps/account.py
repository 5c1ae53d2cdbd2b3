"""What became of the iterables: each counts itself when it is made, when it is closed, and when its memory goes."""

import json
import threading

lock = threading.Lock()
made = closed = closed_again = gone = 0


class Tracked:
    """An iterable of these blocks; `close()` is counted, and runs what it is given."""

    def __init__(self, blocks=(), at_close=None):
        global made
        self.blocks, self.at_close, self.is_closed = iter(blocks), at_close, False
        with lock:
            made += 1

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks)

    def close(self):
        global closed, closed_again
        with lock:
            closed_again += self.is_closed
            closed += not self.is_closed
        self.is_closed = True
        if self.at_close:
            self.at_close()

    def __del__(self):
        global gone
        gone += 1


def answer(start_response, body, status="200 OK"):
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def account(start_response):
    """Answers with the sums."""
    with lock:
        sums = {"made": made, "closed": closed, "closed_again": closed_again, "gone": gone}
    return answer(start_response, json.dumps(sums).encode())
