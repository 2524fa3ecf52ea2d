"""``pinnsolve train``: solve a problem and write its run directory."""

from __future__ import annotations

from typing import Annotated

import typer

from pinnsolve.cli import options
from pinnsolve.cli.display import display
from pinnsolve.cli.result import show_run

Tensorboard = Annotated[
    bool,
    typer.Option(
        "--tensorboard",
        help="Log every iteration for TensorBoard, under tensorboard/ in the run.",
        rich_help_panel=options.RUN,
    ),
]

Report = Annotated[
    bool,
    typer.Option("--report", help="Write report.html too: one self-contained page of the run.", rich_help_panel=options.RUN),
]


def train(
    config: options.Config,
    output: options.Output = None,
    name: options.Name = None,
    set_: options.Set = None,
    accuracy: options.Accuracy = None,
    method: options.Method = None,
    device: options.Device = None,
    seed: options.Seed = None,
    overwrite: options.Overwrite = False,
    no_plots: options.NoPlots = False,
    tensorboard: Tensorboard = False,
    report: Report = False,
    allow_python: options.AllowPython = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Solve a problem and write a run directory with the results, the plots and a checkpoint.

    Exit code 0: the accuracy asked for was met. 3: it was not, or the solution ends early. 2: the problem is faulty.
    """
    changes = options.settings(set_, name=name, accuracy=accuracy, method=method, device=device, seed=seed)
    with display(quiet=quiet) as shown:
        from pinnsolve.api import train as train_problem

        solution = train_problem(
            options.source(config),
            output,
            overwrite=overwrite,
            plots=not no_plots,
            tensorboard=tensorboard,
            report=report,
            allow_python=allow_python,
            progress=shown.progress,
            tell=shown.tell,
            **changes,
        )
    return show_run(solution.directory, json=json)
