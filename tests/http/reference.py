"""What another parser makes of streams of requests.

`reference.py h11|httptools` reads streams as lines of hexadecimal digits, and answers each by a line of JSON: the
requests in it, and how it ended: `refused` with a reason, or `wait` for more. It stops behind a request after which
the connection does not persist.
"""

import json
import sys


def by_h11(data):
    import h11

    requests = []
    while data:
        connection = h11.Connection(h11.SERVER)
        connection.receive_data(data)
        request, body = None, b""
        try:
            while True:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    return requests, "wait", ""
                if isinstance(event, h11.Request):
                    request = event
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
                else:
                    break
        except h11.RemoteProtocolError as error:
            return requests, "refused", str(error)
        connection.send(h11.Response(status_code=404, headers=[]))
        connection.send(h11.EndOfMessage())
        persists = connection.their_state is h11.DONE
        requests.append({
            "method": text(request.method), "target": text(request.target), "version": text(request.http_version),
            "fields": [[text(name), text(value)] for name, value in request.headers],
            "body": text(body), "persists": persists,
        })
        if not persists:
            break
        data = connection.trailing_data[0]
    return requests, "wait", ""


class Messages:
    """The callbacks of httptools."""

    def __init__(self):
        self.done, self.ended = [], False

    def on_message_begin(self):
        self.url, self.fields, self.body = b"", [], b""

    def on_url(self, part):
        self.url += part

    def on_header(self, name, value):
        self.fields.append([text(name.lower()), text(value.strip(b" \t"))])

    def on_body(self, part):
        self.body += part

    def on_message_complete(self):
        if not self.ended:
            parser = self.parser
            self.done.append({
                "method": text(parser.get_method()), "target": text(self.url), "version": parser.get_http_version(),
                "fields": self.fields[:self.heads], "body": text(self.body), "persists": parser.should_keep_alive(),
            })
            self.ended = not parser.should_keep_alive()

    def on_headers_complete(self):
        self.heads = len(self.fields)  # what comes later is a trailer


def by_httptools(data):
    import httptools

    messages = Messages()
    messages.parser = parser = httptools.HttpRequestParser(messages)
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        return messages.done, "refused", "upgrade"
    except httptools.HttpParserError as error:
        if not messages.ended:
            return messages.done, "refused", f"{type(error).__name__}: {error}"
    return messages.done, "wait", ""


def text(data):
    return data.decode("latin-1")


judge = {"h11": by_h11, "httptools": by_httptools}[sys.argv[1]]
for line in sys.stdin:
    requests, end, reason = judge(bytes.fromhex(line))
    print(json.dumps({"requests": requests, "end": end, "reason": reason}))
