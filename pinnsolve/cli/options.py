"""The options that several commands share, declared once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from pinnsolve.cli import complete

SETTINGS = "Settings of the problem"
RUN = "The run"

Config = Annotated[
    str,
    typer.Argument(metavar="CONFIG", help="The problem file, or - for standard input.", autocompletion=complete.problem_files),
]
_run = partial(typer.Argument, metavar="RUN", autocompletion=complete.run_directories)
Run = Annotated[Path, _run(help="A run directory, such as runs/van_der_pol, or a checkpoint file.")]
OwnRun = Annotated[Path, _run(help="A run directory, such as runs/van_der_pol, or the checkpoint.pt in it.")]
"""Of a command that writes into the run."""

Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change any key of the problem file, such as system.parameters.mu=3. May be given several times.",
        rich_help_panel=SETTINGS,
        autocompletion=complete.changes,
    ),
]
Name = Annotated[str | None, typer.Option("--name", help="The name of the problem and its run.", rich_help_panel=SETTINGS)]
Accuracy = Annotated[
    str | None,
    typer.Option("--accuracy", metavar="ERROR", help="The relative error to stay below.", rich_help_panel=SETTINGS),
]
Method = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        metavar="NAME",
        help="auto, gauss-newton, levenberg-marquardt, lbfgs or adam. Several, or a list with commas, run in turn.",
        rich_help_panel=SETTINGS,
        autocompletion=complete.methods,
    ),
]
Device = Annotated[
    str | None,
    typer.Option("--device", help="auto, cpu, cuda, cuda:1 or mps.", rich_help_panel=SETTINGS, autocompletion=complete.devices),
]
Seed = Annotated[str | None, typer.Option("--seed", metavar="INTEGER", help="For every random number.", rich_help_panel=SETTINGS)]

Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="DIR", help="Where run directories are made (default: runs).", rich_help_panel=RUN),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace the run of this name instead of making a new one.", rich_help_panel=RUN),
]
NoPlots = Annotated[bool, typer.Option("--no-plots", help="Draw nothing.", rich_help_panel=RUN)]
AllowPython = Annotated[bool, typer.Option("--allow-python", help="Run the Python file that the problem names (system.python).")]

Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing on the way, only the result.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show warnings, and the traceback of an error.")]


def settings(
    changes: Sequence[str] | None = None,
    *,
    name: str | None = None,
    accuracy: str | None = None,
    method: Sequence[str] | None = None,
    device: str | None = None,
    seed: str | None = None,
) -> dict[str, Any]:
    """What these options change in the problem: dotted key to value. An option of its own wins over ``--set``.

    Raises
    ------
    ProblemError
        If a value of ``--set`` is not YAML.
    """
    from pinnsolve.spec import parse_override

    texts = [
        *(changes or ()),
        *(f"{key}={text}" for key, text in (("accuracy", accuracy), ("seed", seed)) if text is not None),
    ]
    changed = dict(parse_override(text) for text in texts)
    stages = [stage.strip() for entry in method or () for stage in entry.split(",")]
    if stages:
        changed["method"] = stages if len(stages) > 1 else stages[0]
    plain = {"name": name, "device": device}
    return {**changed, **{key: value for key, value in plain.items() if value is not None}}


def source(config: str) -> Any:
    """What CONFIG names: a path, or for ``-`` standard input."""
    return sys.stdin.buffer if config == "-" else config
