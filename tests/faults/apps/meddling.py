"""Meddles with what is not its own: the process, the interpreter, what the server lent it for an earlier request."""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading

from account import Tracked, account, answer

modules, stderr = dict(sys.modules), os.dup(2)
gate = threading.Event()
kept = {}


def in_thread(work):
    """What `work` returns or raises on a thread of its own."""
    outcome = []

    def run():
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(type(error).__name__)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return outcome[0]


def attempt(work):
    try:
        return work()
    except BaseException as error:
        return type(error).__name__


def fork(environ):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def child(environ, comes_back, code):
    """The child comes back to the server, which must not answer a second time; the parent waits for its end."""
    pid = os.fork()
    if pid == 0:
        return comes_back()
    status = os.waitpid(pid, 0)[1]
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == code, status


def child_exits(environ):
    child(environ, lambda: sys.exit(3), 3)
    child(environ, sys.exit, 0)
    child(environ, lambda: sys.exit("why"), 1)


def child_raises(environ):
    child(environ, lambda: [][0], 1)


def child_returns(environ):
    child(environ, lambda: None, 1)


def child_of_step(environ):
    """See `forking_step`."""


def forking_step(block):
    yield block
    child(None, sys.exit, 0)
    yield b""


def inherited(environ):
    """A program that is started keeps nothing of the server open."""
    script = "import os; print([os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if int(n) > 2 and os.path.exists(f'/proc/self/fd/{n}')])"
    printed = subprocess.run([sys.executable, "-c", script], close_fds=False, stdout=subprocess.PIPE, check=True).stdout
    assert b"socket" not in printed and b"eventpoll" not in printed, printed


def many_processes(environ):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=len, args=("",)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0


def no_folder(environ):
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    os.rmdir(folder)


def forget_itself(environ):
    del sys.modules[__name__]


def forget_all(environ):
    sys.modules.clear()


def remember_all(environ):
    sys.modules.update(modules)


def no_streams(environ):
    sys.stdout.close()
    sys.stderr.close()
    sys.stdin = sys.stdout = sys.stderr = sys.__stderr__ = None


def interpreter(environ):
    sys.setrecursionlimit(100)
    sys.setswitchinterval(100)
    sys.settrace(lambda *_: None)
    threading.settrace(lambda *_: None)
    gc.disable()
    gc.set_threshold(1)
    gc.enable()


def environ_cleared(environ):
    environ.clear()


def environ_of_nonsense(environ):
    for key in list(environ):
        environ[key] = object()
    environ.update({7: 8, b"bytes": None, "HTTP_X": 1, "wsgi.input": None, "wsgi.errors": None, "PATH_INFO": "\u20ac"})


def errors_of_nonsense(environ):
    for text in ["\ud800", "\0\r\n\x1b[2J", "x" * 100_000]:
        attempt(lambda: environ["wsgi.errors"].write(text))
    attempt(lambda: environ["wsgi.errors"].write(b"bytes"))
    attempt(lambda: environ["wsgi.errors"].close())
    attempt(lambda: environ["wsgi.input"].close())


def log_nowhere(environ):
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, 2)
    os.close(full)


def log_to_nobody(environ):
    reads, writes = os.pipe()
    os.close(reads)
    os.dup2(writes, 2)
    os.close(writes)


def log_as_before(environ):
    os.dup2(stderr, 2)


def close_all(environ):
    os.closerange(3, 4096)


def thread_that_stays(environ):
    """Looks at its request when that has long been answered."""

    def stay():
        gate.wait()
        seen = environ["PATH_INFO"], environ["wsgi.input"].read(), environ["HTTP_X_SECRET"]
        print("stayed and saw", *seen, flush=True)

    threading.Thread(target=stay, daemon=True).start()


def open_gate(environ):
    gate.set()


def alarm(environ):
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)


def no_alarm(environ):
    signal.setitimer(signal.ITIMER_REAL, 0)


signal.signal(signal.SIGALRM, lambda *_: None)


def keep(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    kept.update(environ=environ, start_response=start_response, write=write)
    if environ["QUERY_STRING"] == "write":
        write(b"kept")
        return []
    return [b"kept"]


def use_kept(start_response, other_thread):
    run = in_thread if other_thread else attempt
    environ, restart, write = kept["environ"], kept["start_response"], kept["write"]
    seen = [
        environ["PATH_INFO"],
        environ["HTTP_X_SECRET"],
        run(lambda: environ["wsgi.input"].read().decode()),
        run(lambda: write(b"into another answer")),
        run(lambda: restart("200 OK", [("X-Into", "another answer")])),
        run(lambda: restart("200 OK", [("X-Into", "another answer")], (None, None, None))),
    ]
    return answer(start_response, " ".join(map(str, seen)).encode())


def helped(start_response):
    """Another thread begins the answer, and may not write it."""
    write = in_thread(lambda: start_response("200 OK", [("Content-Type", "text/plain")]))
    seen = in_thread(lambda: write(b"from elsewhere"))
    write(b"from here, ")
    return Tracked([seen.encode()])


def app(environ, start_response):
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    if path == "/account":
        return account(start_response)
    if path == "/keep":
        return keep(environ, start_response)
    if path == "/use":
        return use_kept(start_response, query == "thread")
    if path == "/helped":
        return helped(start_response)
    if path == "/raise":
        raise ValueError("on purpose")
    if path == "/meddle":
        globals()[query](environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    if query == "child_of_step":
        return Tracked(forking_step(path.encode()))
    return Tracked([path.encode()])
