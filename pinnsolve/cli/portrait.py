"""``pinnsolve portrait``: the phase portrait of a planar system and its facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pinnsolve.cli import complete, options
from pinnsolve.cli.display import display
from pinnsolve.cli.output import drawn, show, show_json
from pinnsolve.wording import counted

if TYPE_CHECKING:
    from rich.console import Console

Target = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG_OR_RUN",
        help="A problem file, - for standard input, or a run directory.",
        autocompletion=complete.problem_files_and_runs,
    ),
]
Window = Annotated[
    str | None,
    typer.Option(
        "--window", metavar="X=A:B,Y=C:D", help="What to look at, such as x=-3:3,y=-3:3 (default: chosen from the problem)."
    ),
]
Start = Annotated[
    list[str] | None,
    typer.Option(
        "--start",
        metavar="X,Y",
        help="Where a trajectory starts. May be given several times (default: as many as fill the picture).",
    ),
]
Project = Annotated[
    str | None,
    typer.Option("--project", metavar="X,Y", help="For other systems: their trajectories in the plane of two states."),
]


def portrait(
    target: Target,
    window: Window = None,
    start: Start = None,
    project: Project = None,
    output: options.Output = None,
    name: options.Name = None,
    set_: options.Set = None,
    overwrite: options.Overwrite = False,
    no_plots: options.NoPlots = False,
    allow_python: options.AllowPython = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Draw the phase portrait of a planar system and find its fixed points, nullclines and limit cycles.

    For two states and equations without t. The facts are written as portrait.json beside portrait.png and portrait.svg.
    """
    changes = options.settings(set_, name=name)
    with display(quiet=quiet) as shown:
        shown.tell(f"{target}: the phase portrait")
        from pinnsolve.runs.portrait import make_portrait, write_portrait

        made = make_portrait(
            options.source(target),
            window=window,
            starts=start or (),
            plane=project,
            settings=changes,
            allow_python=allow_python,
            tell=shown.tell,
        )
        directory = write_portrait(made, output, overwrite=overwrite, plots=not no_plots, tell=shown.tell)
    document = {**made.facts.to_dict(), "run": str(directory)}
    if json:
        show_json(document)
    else:
        show(text(document, made.facts.problem.name))
    return 0


def text(document: Mapping[str, Any], name: str) -> str:
    """The facts for reading."""
    window = ", ".join(f"{state} from {_short(low)} to {_short(high)}" for state, (low, high) in document["window"].items())

    def draw(console: Console) -> None:
        console.print(f"{name}: {window}", highlight=False, markup=False)
        if "projection" not in document:
            _show_points(console, document["fixed_points"])
            _show_cycles(console, document["limit_cycles"])
            for line in (*_nullclines(document["nullclines"]), *_branches(document)):
                console.print(line, highlight=False, markup=False)
        for note in document["notes"]:
            console.print(note, highlight=False, markup=False)
        console.print(f"files: {document['run']}", highlight=False, markup=False, soft_wrap=True)

    return drawn(draw)


def _show_points(console: Console, points: Sequence[Mapping[str, Any]]) -> None:
    if not points:
        console.print("no isolated fixed points here", highlight=False)
        return
    table = _table("fixed point", *points[0]["at"], "type", "eigenvalues")
    for number, point in enumerate(points, 1):
        values = [_complex(*value) for value in point["eigenvalues"]]
        pair = values[0].replace("+", "±") if point["eigenvalues"][0][1] else ", ".join(values)
        table.add_row(str(number), *map(_short, point["at"].values()), point["type"], pair)
    console.print(table, highlight=False)


def _show_cycles(console: Console, cycles: Sequence[Mapping[str, Any]]) -> None:
    if not cycles:
        console.print("no limit cycles here", highlight=False)
        return
    table = _table("limit cycle", *(f"{state} of a point" for state in cycles[0]["at"]), "period", "stable", "multiplier")
    for number, cycle in enumerate(cycles, 1):
        place = map(_short, cycle["at"].values())
        stable = "stable" if cycle["stable"] else "unstable"
        table.add_row(str(number), *place, f"{cycle['period']:.8g}", stable, _short(cycle["multiplier"]))
    console.print(table, highlight=False)


def _table(*headings: str) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("type", "stable", "eigenvalues") else "right", no_wrap=True)
    return table


def _nullclines(nullclines: Mapping[str, Sequence[Any]]) -> list[str]:
    counts = [f"{state}' = 0 on {_counted(len(curves), 'curve')}" for state, curves in nullclines.items()]
    return [f"nullclines: {', '.join(counts)}"]


def _branches(document: Mapping[str, Any]) -> list[str]:
    """A line for each manifold of each saddle."""
    lines: dict[tuple[int, bool], list[str]] = {}
    for branch in document["separatrices"]:
        lines.setdefault((branch["saddle"], branch["stable"]), []).append(_end(branch))
    found = []
    for (saddle, stable), ends in lines.items():
        verb, kind = ("comes from", "stable") if stable else ("goes to", "unstable")
        found.append(f"saddle {saddle + 1}: its {kind} manifold {verb} {' and '.join(dict.fromkeys(ends))}")
    return found


def _end(branch: Mapping[str, Any]) -> str:
    if branch["ends"] in (None, "leaves"):
        return "outside" if branch["ends"] else "where it was not followed"
    if branch["number"] is None:
        return f"a {branch['ends']} outside"
    return f"{branch['ends']} {branch['number'] + 1}"


def _counted(count: int, noun: str) -> str:
    return counted(count, noun) if count else f"no {noun}s"


def _complex(real: float | None, imaginary: float | None) -> str:
    if not imaginary:
        return _short(real)
    return f"{'' if not real else _short(real)}{'+' if imaginary > 0 else '-'}{_short(abs(imaginary))}i"


def _short(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.6g}"
