"""``pinnsolve new``: a problem file to start from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pinnsolve.cli import options
from pinnsolve.cli.complete import starter_names
from pinnsolve.cli.output import drawn, show, show_json
from pinnsolve.errors import UsageError

if TYPE_CHECKING:
    from pinnsolve.runs.starters import Starter, Written

File = Annotated[
    str | None,
    typer.Argument(metavar="FILE", help="The file to write, such as problem.yaml, or - for standard output.", show_default=False),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="NAME",
        help="Begin from one of the shipped problems instead of the file that explains every key.",
        autocompletion=starter_names,
    ),
]
List = Annotated[bool, typer.Option("--list", help="Show the shipped problems, and write nothing.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")]


def new(
    file: File = None,
    name: From = None,
    list_: List = False,
    overwrite: Overwrite = False,
    json: options.Json = False,
    _quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Write a commented problem file to start from. A file that exists is not replaced."""
    from pinnsolve.runs import starters

    if list_:
        found = starters.starters()
        if json:
            show_json({"problems": [starter.document() for starter in found]})
        else:
            show(table(found))
        return 0
    if file is None:
        raise UsageError("name the file to write, such as: pinnsolve new problem.yaml; --list shows what there is")
    starter = starters.read_starter(name or starters.STARTER)
    if file == "-":
        _print(starter, json=json)
        return 0
    written = starters.write_starter(starter, Path(file), overwrite=overwrite)
    if json:
        show_json(
            {
                "file": str(written.file),
                "from": starter.name,
                "data": [str(path) for path in written.data],
                "next": written.command,
            }
        )
    else:
        show(text(starter, written))
    return 0


def text(starter: Starter, written: Written) -> str:
    """What was written, and what to do with it."""
    beside = "".join(f", with its data in {path}" for path in written.data)
    return f"{written.file}: {starter.description}{beside}\nnext: {written.command}"


def table(found: Sequence[Starter]) -> str:
    """The shipped problems with a line for each."""
    from rich import box
    from rich.table import Table

    rows = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in ("name", "problem", "kind"):
        rows.add_column(column, overflow="fold", no_wrap=column == "name")
    for starter in found:
        rows.add_row(starter.name, starter.description, starter.kind)
    lines = drawn(lambda console: console.print(rows))
    return f"{lines}\n\npinnsolve new FILE --from NAME writes one of them to a file"


def _print(starter: Starter, *, json: bool) -> None:
    """The problem on standard output, which has no place for its data."""
    from pinnsolve.runs.starters import starter_text

    if starter.data:
        raise UsageError(f"{starter.name} reads a data file, which has no place on standard output: name a file to write")
    content = starter_text(starter, Path("problem.yaml"))
    if json:
        show_json({"file": None, "from": starter.name, "text": content})
    else:
        show(content)
