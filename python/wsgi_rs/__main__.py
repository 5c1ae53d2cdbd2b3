"""The command: ``wsgi-server`` or ``python -m wsgi_rs``."""

import sys

from ._native import main as _main


def main() -> int:
    """Run the command with the arguments of this process, and return its exit code."""
    return _main(["wsgi-server", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
