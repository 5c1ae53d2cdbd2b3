"""A hundred KiB of JSON and who compresses it: `compressed:ours` and `compressed:theirs`, by gzip at the same level."""

import zlib

SIZE = 100 * 1024
LEVEL = 6
NAMES = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]
TAGS = ["red", "green", "blue", "large", "small", "new", "sale"]


def numbers():
    """The ones that `rows` in benches/peers/src/lib.rs has: xorshift64."""
    state, mask = 0x9E37_79B9_7F4A_7C15, (1 << 64) - 1
    while True:
        state ^= state << 13 & mask
        state ^= state >> 7
        state ^= state << 17 & mask
        yield state


def rows(size):
    """So many bytes of rows as an interface lists them, the same as those of benches/peers."""
    random, parts, length, row = numbers(), ["["], 1, 0
    while length < size:
        row += 1
        bits, token = next(random), next(random)
        name, other, tag, following = NAMES[bits % 8], NAMES[bits >> 3 & 7], TAGS[(bits >> 36) % 7], TAGS[(bits >> 40) % 7]
        active = "true" if bits >> 44 & 1 else "false"
        part = (
            f'{{"id":{row},"name":"{name}","email":"{other}{bits >> 8 & 0xFFF}@example.com",'
            f'"price":{bits >> 20 & 0x3FF}.{(bits >> 30) % 100:02},"tags":["{tag}","{following}"],'
            f'"active":{active},"token":"{token:016x}"}},')
        parts.append(part)
        length += len(part)
    return "".join(parts)[:size].encode()


PAGE = rows(SIZE)


def page(environ, start_response):
    """Knows nothing of codings."""
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(PAGE)))])
    return [PAGE]


class Gzip:
    """The least that a middleware of Python can do: a complete body of text, compressed at once by zlib.

    No quality values, no streams, no `write()`, no validators: less work than any that is published.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if "gzip" not in environ.get("HTTP_ACCEPT_ENCODING", ""):
            return self.app(environ, start_response)
        started = []

        def hold(status, headers, exc_info=None):
            started[:] = [status, headers, exc_info]

        body = b"".join(self.app(environ, hold))
        status, headers, exc_info = started
        encoder = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)
        body = encoder.compress(body) + encoder.flush()
        headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        headers += [("Content-Encoding", "gzip"), ("Content-Length", str(len(body))), ("Vary", "Accept-Encoding")]
        start_response(status, headers, exc_info)
        return [body]


theirs = Gzip(page)


def __getattr__(name):
    """`ours`, made when somebody asks: the other servers need no `wsgi_rs`."""
    if name != "ours":
        raise AttributeError(f"there are compressed:ours and compressed:theirs, no {name!r}")
    from wsgi_rs.middleware import Compress

    return Compress(page, levels={"gzip": LEVEL})
