"""``pinnsolve check-jacobian``: whether the time derivative of the network is what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pinnsolve.cli import complete, options
from pinnsolve.cli.display import display
from pinnsolve.cli.output import drawn, show, show_json

if TYPE_CHECKING:
    from rich.console import Console

Target = Annotated[
    str | None,
    typer.Argument(
        metavar="CONFIG_OR_RUN",
        help="A problem file or a trained run whose network is checked.",
        show_default=False,
        autocompletion=complete.problem_files_and_runs,
    ),
]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="FILE.PY:NAME", help="Check your own torch module, its class or a function that makes it."),
]
States = Annotated[int | None, typer.Option("--states", min=1, help="Outputs of a fresh network (default: 2).")]
Hidden = Annotated[
    str | None,
    typer.Option("--hidden", metavar="WIDTHS", help="Hidden layers of a fresh network, such as 32,32 (the default)."),
]
Points = Annotated[int, typer.Option("--points", min=1, help="How many times the derivative is taken at.")]

SHAPES = """\
(n, 1): one gradient of all outputs at once is the sum over the k components, so for k > 1 no column of the answer.
(n, k, n, 1): the full Jacobian also holds the derivative of every row by every other time; \
only its diagonal is wanted, the rest must be zero, and its size grows as n²."""


def check_jacobian(
    target: Target = None,
    model: Model = None,
    states: States = None,
    hidden: Hidden = None,
    points: Points = 20,
    set_: options.Set = None,
    device: options.Device = None,
    seed: options.Seed = None,
    allow_python: options.AllowPython = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Compare seven routes to the time derivative of a 1→k network, by shape and value, and test its rows.

    Without a problem, a run or --model, a fresh network is checked. Exit code 4: a verdict is not as expected.
    """
    with display(quiet=quiet) as shown:
        shown.tell("checking the derivative")
        from pinnsolve.runs.jacobian import check_network

        report = check_network(
            None if target is None else options.source(target),
            model=model,
            states=states,
            hidden=hidden,
            points=points,
            changes=options.settings(set_, device=device, seed=seed),
            allow_python=allow_python,
        ).to_dict()
    if json:
        show_json(report)
    else:
        show(text(report))
    return 0 if report["ok"] else 4


def text(report: Mapping[str, Any]) -> str:
    """The report for reading: a table of the routes, then what it means."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("route", min_width=20)
    for heading in ("shape", "differs by", "ms", "memory"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict")
    for number, route in enumerate(report["routes"]):
        table.add_row(*_cells(route, reference=number == 0))

    def draw(console: Console) -> None:
        n, k = report["shape"]
        network = "a network" if k is None else f"a 1→{k} network"
        console.print(f"derivative of {network} at {n} {'time' if n == 1 else 'times'}", highlight=False)
        console.print(table, highlight=False)
        console.print(SHAPES, highlight=False)
        console.print()
        console.print(f"{'ok' if report['ok'] else 'FAILED'}: {report['message']}", highlight=False, markup=False)

    return drawn(draw)


def _cells(route: Mapping[str, Any], *, reference: bool) -> list[str]:
    shape = "" if route["shape"] is None else f"({', '.join(map(str, route['shape']))})"
    difference = "" if route["max_difference"] is None or reference else f"{route['max_difference']:.1e}"
    milliseconds = "" if route["milliseconds"] is None else f"{route['milliseconds']:.2f}"
    memory = "" if route["memory_bytes"] is None else _bytes(route["memory_bytes"])
    return [route["route"], shape, difference, milliseconds, memory, _verdict(route, reference)]


def _verdict(route: Mapping[str, Any], reference: bool) -> str:
    if route["error"]:
        return str(route["error"])
    if reference and route["agrees"]:
        return "reference"
    if route["agrees"] is None:
        return "not judged"
    if route["agrees"]:
        return "agrees" if route["expected"] else "agrees, unexpectedly"
    return "DIFFERS" if route["expected"] else "wrong, as expected"


def _bytes(count: int) -> str:
    size, units = float(count), ["B", "KiB", "MiB", "GiB"]
    while size >= 1024 and len(units) > 1:
        size /= 1024
        units.pop(0)
    return f"{size:.0f} {units[0]}" if size >= 10 or units[0] == "B" else f"{size:.1f} {units[0]}"
