"""All the scenarios."""

from clients import IDLE_COLUMNS, SLOW_COLUMNS, idle_memory, slow_clients
from measure import (COMPRESSED_COLUMNS, CPU_COLUMNS, MIXED_COLUMNS, WRK_COLUMNS, Scenario, compressed, load,
                     wrk)
from servers import FILES, OURS_COMPRESSED, RUST, rust_compressed

BROWSER = (
    "-c 64 -H 'Cookie: session=abcdefghijklmnopqrstuvwxyz0123456789'"
    " -H 'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'"
    " -H 'Accept-Language: en-US,en;q=0.5' -H 'Accept-Encoding: gzip, deflate, br'"
    " -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'"
    " -H 'X-Forwarded-For: 10.0.0.1' -H 'Upgrade-Insecure-Requests: 1'")
PIPELINED = """
local requests = {}
init = function() for i = 1, 16 do requests[i] = wrk.format() end requests = table.concat(requests) end
request = function() return requests end
"""
POST = "wrk.method = 'POST' wrk.body = string.rep('x', 16384)"


def by_wrk(about: str, app: str, *load_of: str, threads: int = 1, rust: bool = False) -> Scenario:
    return Scenario(about, f"apps:{app}", wrk(*load_of), WRK_COLUMNS, "cpu", threads=threads,
                    rust=RUST if rust else None)


def of_files(about: str, *load_of: str) -> Scenario:
    return Scenario(about, "", wrk(*load_of), WRK_COLUMNS, "cpu", files=FILES)


def by_rust_in(coding: str, level: int) -> Scenario:
    return Scenario(f"100 KiB of JSON by {coding} {level}, our middleware and tower-http's in axum", "",
                    compressed(coding), COMPRESSED_COLUMNS, "cpu", rust=rust_compressed(level))


SCENARIOS = {
    "hello": by_wrk("13 bytes, 64 connections", "hello"),
    "headers": by_wrk("eight fields of a browser, ten headers", "headers", BROWSER, "/items?q=wsgi&page=2"),
    "json": by_wrk("a small document, encoded", "document"),
    "post": by_wrk("a body of 16 KiB, read", "post", "-c 64", "/", POST),
    "large": by_wrk("1 MiB in one block, 16 connections", "large", "-c 16"),
    "stream": by_wrk("64 blocks of 1 KiB, no length told", "stream"),
    "flask": by_wrk("Flask: a route with a parameter, JSON", "flask", "-c 64", "/user/42"),
    "hello-close": by_wrk("a connection for each request", "hello", "-c 64 -H 'Connection: close'"),
    "hello-pipelined": by_wrk("16 requests at once", "hello", "-c 64", "/", PIPELINED),
    "hello-1conn": by_wrk("one connection", "hello", "-c 1"),
    "hello-1000conn": by_wrk("1000 connections", "hello", "-c 1000"),
    "blocking": by_wrk("each request sleeps 10 ms: 6400 req/s is all that 64 connections can have", "blocking",
                       threads=64),
    "mixed": Scenario("one request in 250 sleeps 50 ms, 64 connections", "apps:mixed", load("64:/,250:/slow"),
                      MIXED_COLUMNS, "p99", threads=32),
    "cpu-bound": Scenario("2 connections always compute 20 ms in Python, 8 ask for a fast one", "apps:cpu_bound",
                          load("8:/", "2:/cpu"), CPU_COLUMNS, "p99", threads=32),
    "idle-memory": Scenario("10,000 idle keep-alive connections", "apps:hello", idle_memory, IDLE_COLUMNS, None,
                            once=True),
    "slow-clients": Scenario("fresh requests beside 4,500 stalled clients; 100 ms is the bar", "apps:slow_clients",
                             slow_clients, SLOW_COLUMNS, None, threads=32, once=True),
    "compressed": Scenario("100 KiB of JSON by gzip 6, our middleware in our server, one of Python's zlib in the others",
                           "compressed:theirs", compressed("gzip"), COMPRESSED_COLUMNS, "cpu", ours=OURS_COMPRESSED,
                           package=True),
    "rust": by_wrk("a Rust application, 13 bytes, 64 connections", "hello", rust=True),
    "rust-pipelined": by_wrk("a Rust application, 16 requests at once", "hello", "-c 64", "/", PIPELINED, rust=True),
    "rust-gzip": by_rust_in("gzip", 6),
    "rust-zstd": by_rust_in("zstd", 3),
    "rust-br": by_rust_in("br", 4),
    "files-small": of_files("a file of 1 KiB, 64 connections", "-c 64", "/small.txt"),
    "files-large": of_files("a file of 1 MiB, 16 connections", "-c 16", "/large.txt"),
}
