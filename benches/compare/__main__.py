"""WSGI servers side by side: `python3 benches/compare`, from the root of the repository.

Every server hosts the same application in one process pinned to one processor; the load is pinned to another. The
rounds are interleaved (A B C A B C …), so that a drift of the machine's speed falls on all alike; what is printed is
the median of each figure. "CPU µs/req" is the processor time that the server itself used for a request, by
/proc: where the load generator limits the rate, this figure tells servers apart, and it is the steadier one.

Needs Linux, Python 3.11, cargo and wrk. Builds our programs and makes the virtual environment of the others in
target/compare, unless it is told where they are.
"""

import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import table
from measure import Figures, Run, Scenario
from scenarios import SCENARIOS
from servers import HERE, PEERS, Server

ROOT = HERE.parent.parent
FOLDER = ROOT / "target" / "compare"


def main() -> None:
    options = parse()
    wanted = choose(options.scenario, list(SCENARIOS))
    peers = choose(options.peers, list(PEERS))
    with_rust = any(SCENARIOS[name].rust for name in wanted)
    venv = options.venv or environment()
    tools = options.tools or build(venv, with_rust)
    package = options.package or FOLDER / "package"
    if not options.package and any(SCENARIOS[name].package for name in wanted):
        install(venv, package)
    places = {"bin": str(venv / "bin"), "tools": str(tools), "ours": str(options.ours or tools / "wsgi-server"),
              "package": str(package), "files": str(files())}
    raise_file_limit()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # as Ctrl-C does, so that the servers end, too
    report = {}
    print(heading(options), flush=True)
    for name in wanted:
        scenario = SCENARIOS[name]
        mine = dict(pair.split("=", 1) for pair in options.server)
        commands = scenario.files or scenario.rust or {"ours": scenario.ours} | {peer: PEERS[peer] for peer in peers}
        commands = commands | mine
        begin = begin_once if scenario.once else begin_rounds
        results, absent = begin(scenario, commands, places, Run(options.seconds, options.load_cpu, tools), options)
        report[name] = results
        rows = table.rows(scenario, results, absent)
        if options.markdown:
            about = scenario.about[0].upper() + scenario.about[1:]
            print(f"\n### {name}\n{about}.\n\n{table.markdown(rows)}", flush=True)
        else:
            print(f"\n{name}: {scenario.about}\n{table.plain(rows)}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 benches/compare", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="all", help=f"'all', or of: {', '.join(SCENARIOS)}")
    parser.add_argument("--peers", default="all", help=f"'all', 'none', or of: {', '.join(PEERS)}")
    parser.add_argument("--server", action="append", default=[], metavar="NAME=COMMAND",
                        help="one more server, such as an older build of ours; {host} {port} {app} {threads} "
                             "are filled in")
    parser.add_argument("--ours", type=Path, metavar="FILE", help="the binary wsgi-server; default: built anew")
    parser.add_argument("--tools", type=Path, metavar="FOLDER", help="where load, floor and the Rust servers are")
    parser.add_argument("--venv", type=Path, metavar="FOLDER", help="where requirements.txt is installed")
    parser.add_argument("--package", type=Path, metavar="FOLDER",
                        help="where the package wsgi_rs is installed; default: built anew")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--seconds", type=float, default=3, help="of a round; default 3")
    parser.add_argument("--server-cpu", default="0", metavar="LIST", help="processors of the server; default 0")
    parser.add_argument("--load-cpu", default="1", metavar="LIST", help="processors of the load; default 1")
    parser.add_argument("--markdown", action="store_true", help="print tables for docs/performance.md")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every round there")
    return parser.parse_args()


def choose(names: str, known: list[str]) -> list[str]:
    if names in ("all", "none"):
        return known if names == "all" else []
    chosen = names.split(",")
    if unknown := [name for name in chosen if name not in known]:
        sys.exit(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    return chosen


def environment() -> Path:
    """The virtual environment, made anew when its requirements have changed."""
    venv, requirements = FOLDER / "python", (HERE / "requirements.txt").read_text()
    stamp = venv / "requirements.stamp"
    if not stamp.exists() or stamp.read_text() != requirements:
        print(f"making {venv} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        install = [venv / "bin" / "pip", "install", "--quiet", "--requirement", HERE / "requirements.txt"]
        subprocess.run(install, check=True)
        stamp.write_text(requirements)
    return venv


def build(venv: Path, with_rust: bool) -> Path:
    """Our programs, linked to the CPython of the virtual environment, and the Rust servers where they are wanted."""
    target = FOLDER / "cargo"
    setting = dict(os.environ, CARGO_TARGET_DIR=str(target), PYO3_PYTHON=str(venv / "bin" / "python"))
    cargo = ["cargo", "build", "--release", "--quiet"]
    subprocess.run([*cargo, "-p", "wsgi-server"], cwd=ROOT, env=setting, check=True)
    subprocess.run([*cargo, "-p", "wsgi-benches", "--bins"], cwd=ROOT, env=setting, check=True)
    if with_rust:
        subprocess.run([*cargo, "--manifest-path", "benches/peers/Cargo.toml"], cwd=ROOT, env=setting, check=True)
    return target / "release"


def install(venv: Path, package: Path) -> None:
    """Our Python distribution, in a folder of its own: the environment may be somebody else's."""
    # An extension module is linked unlike the programs, and cargo keeps one of the two.
    setting = dict(os.environ, CARGO_TARGET_DIR=str(FOLDER / "wheel"))
    pip = [venv / "bin" / "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", package, ROOT]
    subprocess.run(pip, env=setting, check=True)


def files() -> Path:
    """A folder with a small and a large file."""
    folder = FOLDER / "files"
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in {"small.txt": 1 << 10, "large.txt": 1 << 20}.items():
        (folder / name).write_bytes(b"x" * size)
    return folder


def begin_rounds(scenario: Scenario, commands: dict[str, str], places: dict[str, str], run: Run,
                 options: argparse.Namespace) -> tuple[dict[str, list[Figures]], list[str]]:
    """All the servers at once, measured in turns. Also the names of those that did not start."""
    servers, absent = [], []
    try:
        for name, command in commands.items():
            server = start(name, command, scenario, places, options)
            servers.append(server)
            if not server.is_ready():
                absent.append(tell_absent(server))
        live = [server for server in servers if server.name not in absent]
        for server in live:
            scenario.measure(server, Run(1, run.cpus, run.tools))
        results: dict[str, list[Figures]] = {server.name: [] for server in live}
        for _ in range(options.rounds):
            for server in live:
                results[server.name].append(scenario.measure(server, run))
        return results, absent
    finally:
        for server in servers:
            server.stop()


def begin_once(scenario: Scenario, commands: dict[str, str], places: dict[str, str], run: Run,
               options: argparse.Namespace) -> tuple[dict[str, list[Figures]], list[str]]:
    """One server after the other, each fresh."""
    results: dict[str, list[Figures]] = {}
    absent = []
    for name, command in commands.items():
        server = start(name, command, scenario, places, options)
        try:
            if server.is_ready():
                results[name] = [scenario.measure(server, run)]
            else:
                absent.append(tell_absent(server))
        finally:
            server.stop()
    return results, absent


def start(name: str, command: str, scenario: Scenario, places: dict[str, str], options: argparse.Namespace) -> Server:
    return Server(name, command, scenario.app, scenario.threads, options.server_cpu, places)


def tell_absent(server: Server) -> str:
    print(f"{server.name} does not start or answer; it said:\n{server.output()}", file=sys.stderr)
    return server.name


def raise_file_limit() -> None:
    """As many open files as the system lets us have; the servers inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def heading(options: argparse.Namespace) -> str:
    """When, where and how."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    machine = f"{os.cpu_count()} × {cpu}, Linux {platform.release()}, CPython {platform.python_version()}"
    rounds = f"{options.rounds} rounds of {options.seconds:g} s"
    how = f"{rounds}, server on processor {options.server_cpu}, load on {options.load_cpu}"
    return f"Measured on {time.strftime('%Y-%m-%d')}: {machine}; {how}."


if __name__ == "__main__":
    main()
