"""Answers with nonsense. `/cases` names all kinds."""

import json

from account import Tracked, account, answer

PLAIN = [("Content-Type", "text/plain")]


class Raises(Tracked):
    """Raises where it is asked for what the name says."""

    def __init__(self, name):
        super().__init__([b"block"])
        self.name = name

    def __len__(self):
        if self.name == "__len__":
            raise ValueError("of __len__")
        return {"negative": -1, "huge": 1 << 70, "one": 1}.get(self.name, 2)

    def __iter__(self):
        if self.name == "__iter__":
            raise ValueError("of __iter__")
        return iter([b"two", b"blocks"]) if self.name == "one" else 7 if self.name == "seven" else self


class Frozen:
    """`close` is there and cannot be had, or cannot be called."""

    def __init__(self, close):
        self.kind = close

    def __iter__(self):
        return iter([b"block"])

    @property
    def close(self):
        if self.kind == "raises":
            raise ValueError("of close")
        return 7


class Liar(list):
    """Another list than it looks like."""

    def __iter__(self):
        raise ValueError("of the list")

    def __len__(self):
        return -5


class Text(str):
    def encode(self, *_):
        raise ValueError("of the text")


async def coroutine():
    return [b""]


def plain(body):
    return lambda start_response: (start_response("200 OK", PLAIN), body())[1]


def status(value):
    return lambda start_response: (start_response(value, PLAIN), Tracked([b"body"]))[1]


def headers(value):
    return lambda start_response: (start_response("200 OK", value), Tracked([b"body"]))[1]


def length(value, body=b"body"):
    return headers_of(lambda: Tracked([body]), [("Content-Length", value)])


def headers_of(body, value):
    return lambda start_response: (start_response("200 OK", value), body())[1]


def exc_info(value):
    return lambda start_response: (start_response("200 OK", PLAIN), start_response("200 OK", PLAIN, value), [b""])[2]


def arguments(*values):
    return lambda start_response: (start_response(*values), [b""])[1]


class BadGet(dict):
    def __getattribute__(self, name):
        raise ValueError("of the mapping")


REFUSED = {
    "body": [plain(lambda value=value: value) for value in [
        None, 7, 1.5, True, object(), object, "text", b"bytes", bytearray(b"bytes"), memoryview(b"bytes"), NotImplemented, ...,
        ["text"], [None], [7], [b"bytes", "text"], ("text",), [bytearray(b"bytes")], [[b"bytes"]], {"key": 1}, {7}, range(3),
        len, BadGet,
    ]] + [plain(lambda: Tracked(["text"])), plain(lambda: Tracked([b"", None])), plain(coroutine), plain(lambda: Liar([b"block"]))]
      + [plain(lambda name=name: Raises(name)) for name in ["__iter__", "seven"]],
    "status": [status(value) for value in [
        None, 200, 200.0, b"200 OK", "", " ", "200", "OK", "20 OK", "2000 OK", "abc OK", "200 OK\r\nX: y", "200 OK\n", "200 \0",
        "100 Continue", "101 Switching", "000 Zero", "999999999999999999999 X", "\uff12\uff10\uff10 OK", "200 \u20ac", ["200 OK"],
    ]],
    "headers": [headers(value) for value in [
        None, 7, "text", b"bytes", {"A": "b"}, (("A", "b"),), [("A",)], [("A", "b", "c")], ["Ab"], [None], [7],
        [("A", 1)], [("A", None)], [("A", b"b")], [(b"A", "b")], [(1, 2)], [("", "b")], [("A B", "c")], [("A:", "c")],
        [("A\r\nB", "c")], [("A", "b\r\nC: d")], [("A", "b\n")], [("A", "b\0")], [("A", "\u20ac")], [("\u20ac", "b")],
        [("Connection", "close")], [("Transfer-Encoding", "chunked")], [("Status", "200 OK\r\n")], Liar([("A", "b")]),
    ]],
    "length": [length(value) for value in ["-1", "abc", "", "5, 5", "0x4", "1e3", "\u0664", "9" * 40, " 4 4"]] + [
        headers_of(lambda: Tracked([b"body"]), [("Content-Length", "4"), ("Content-Length", "5")]),
    ],
    "exc_info": [exc_info(value) for value in [None, 7, (), (1, 2), "abc", [1, 2, 3], (None, None)]],
    "arguments": [arguments(), arguments("200 OK"), arguments("200 OK", PLAIN, None, 4), arguments(PLAIN, "200 OK")],
    "start": [lambda _: [b"body"], lambda _: [], lambda _: None, lambda _: Tracked([b"body"]), lambda _: Tracked()],
}

# What the server bears: the answer is whole, and these are its bytes.
BORNE = {
    "__len__": (plain(lambda: Raises("__len__")), b"block"),
    "negative": (plain(lambda: Raises("negative")), b"block"),
    "huge": (plain(lambda: Raises("huge")), b"block"),
    "none": (plain(lambda: Tracked()), b""),
    "empty blocks": (plain(lambda: Tracked([b""] * 1000)), b""),
    "a set": (plain(lambda: {b"block"}), b"block"),
    "a file": (plain(lambda: open(__file__, "rb")), open(__file__, "rb").read()),
    "many headers": (headers([(f"X-{number}", "value") for number in range(5000)]), b"body"),
    "a huge header": (headers([("X-Huge", "x" * 1_000_000)]), b"body"),
    "a huge reason": (status("200 " + "x" * 100_000), b"body"),
    "no reason": (status("200 "), b"body"),
    "unknown status": (status("799 Own"), b"body"),
    "subclass of str": (status(Text("200 OK")), b"body"),
    "close raises": (plain(lambda: Frozen("raises")), b"block"),
    "close is 7": (plain(lambda: Frozen("is 7")), b"block"),
    "exc_info is right": (exc_info((None, None, None)), b""),
}


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/account":
        return account(start_response)
    if path == "/others":
        return answer(start_response, b"/others")
    if path == "/cases":
        cases = {"refused": {kind: len(cases) for kind, cases in REFUSED.items()}, "borne": list(BORNE)}
        return answer(start_response, json.dumps(cases).encode())
    _, kind, name = path.split("/")
    if kind == "expected":
        return answer(start_response, BORNE[name][1])
    return BORNE[name][0](start_response) if kind == "borne" else REFUSED[kind][int(name)](start_response)
