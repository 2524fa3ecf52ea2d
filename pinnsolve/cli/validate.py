"""``pinnsolve validate``: every fault of a problem file, or the problem in the tool's own words."""

from __future__ import annotations

from pinnsolve.cli import options
from pinnsolve.cli.output import show, show_json


def validate(
    config: options.Config,
    name: options.Name = None,
    set_: options.Set = None,
    accuracy: options.Accuracy = None,
    method: options.Method = None,
    device: options.Device = None,
    seed: options.Seed = None,
    allow_python: options.AllowPython = False,
    json: options.Json = False,
    _quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Report every fault of a problem file, or show the problem as it was understood. Nothing is solved."""
    from pinnsolve.runs.problems import read_source
    from pinnsolve.spec import describe, describe_text

    changes = options.settings(set_, name=name, accuracy=accuracy, method=method, device=device, seed=seed)
    problem, _ = read_source(options.source(config), changes, allow_python)
    if json:
        show_json({"ok": True, **describe(problem)})
    else:
        show(describe_text(problem))
    return 0
