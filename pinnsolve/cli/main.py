"""The command ``pinnsolve``. Only Typer is imported here: ``--help`` and ``--version`` must not wait for torch."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Annotated

import typer

from pinnsolve.cli.check_jacobian import check_jacobian
from pinnsolve.cli.compare import compare
from pinnsolve.cli.doctor import doctor
from pinnsolve.cli.errors import report as report_error
from pinnsolve.cli.export import export
from pinnsolve.cli.new import new
from pinnsolve.cli.output import note, prepare_streams, show
from pinnsolve.cli.plot import plot
from pinnsolve.cli.portrait import portrait
from pinnsolve.cli.predict import predict
from pinnsolve.cli.report import report
from pinnsolve.cli.resume import resume
from pinnsolve.cli.schema import schema
from pinnsolve.cli.train import train
from pinnsolve.cli.validate import validate
from pinnsolve.version import VERSION

INTERRUPTED = 130

app = typer.Typer(
    name="pinnsolve",
    help="Ordinary differential equations by physics-informed neural networks, with an error you can trust.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (train, resume, plot, portrait, report, predict, export, compare, validate, check_jacobian, new, schema, doctor):
    app.command(command.__name__.replace("_", "-"))(command)


def _version(wanted: bool) -> None:
    if wanted:
        show(f"pinnsolve {VERSION}")
        raise typer.Exit


@app.callback()
def _pinnsolve(
    _wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    verbose = "--verbose" in arguments
    prepare_streams()
    if not verbose:
        # What libraries warn about is for their developers; what users must know is in the messages.
        warnings.simplefilter("ignore")
    try:
        code = app(args=list(arguments) or ["--help"], prog_name="pinnsolve", standalone_mode=False) or 0
        if code == INTERRUPTED:  # Typer has taken a Ctrl-C that came before there was anything to save
            note("stopped")
        return int(code)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place where every error becomes a sentence
        return report_error(error, json="--json" in arguments, verbose=verbose)


def main() -> None:
    """Entry point of the command line."""
    sys.exit(run(sys.argv[1:]))
