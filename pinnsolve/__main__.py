"""``python -m pinnsolve``, the same as the command ``pinnsolve``: a Ctrl-C is heard from the first import on."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the command line."""
    try:
        from pinnsolve.cli.main import main as command  # brings Typer and every command along, which takes its time

        command()
    except KeyboardInterrupt:  # before the command itself listens, or while it ends
        if sys.stderr is not None:
            sys.stderr.write("stopped\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
