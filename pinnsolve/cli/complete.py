"""What the shell is told when Tab is pressed. Only light modules: every press of the key waits for them.

Where nothing of ours fits, the answer is empty and the shell completes the names of files itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import typer

RUNS = "runs"
"""Where run directories are if nothing else has been said."""


def starter_names(incomplete: str) -> list[str]:
    """The names for ``new --from``."""
    from pinnsolve.runs.starters import starter_names as names

    return _fitting(names(), incomplete)


def problem_files(incomplete: str) -> list[str]:
    """The problem files in the folder that has been typed so far."""
    found = [entry.name for entry in _entries(_folder(incomplete)) if entry.suffix in (".yaml", ".yml")]
    return _fitting((_typed(incomplete) + name for name in found), incomplete)


def run_directories(incomplete: str) -> list[str]:
    """The runs in ``runs/``, or in the folder that has been typed so far."""
    if RUNS.startswith(incomplete):
        return [f"{RUNS}/{name}" for name in _runs(Path(RUNS))] + _fitting(_runs(Path()), incomplete)
    return _fitting((_typed(incomplete) + name for name in _runs(_folder(incomplete))), incomplete)


def problem_files_and_runs(incomplete: str) -> list[str]:
    """Both, for commands that take either."""
    return problem_files(incomplete) + run_directories(incomplete)


def methods(incomplete: str) -> list[str]:
    """The methods; behind a comma the next stage."""
    from pinnsolve.problem.settings import METHODS, STAGES

    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in _fitting(STAGES if comma else METHODS, last)]


def devices(incomplete: str) -> list[str]:
    """The kinds of device."""
    return _fitting(("auto", "cpu", "cuda", "mps"), incomplete)


def changes(ctx: typer.Context, incomplete: str) -> list[str]:
    """The keys for ``--set``, each with the = that follows; parameters and states are those of the file that is named."""
    from pinnsolve.runs.starters import names_in
    from pinnsolve.spec.json_schema import setting_keys

    keys = setting_keys()
    # An option that still lacks its value keeps the command line from being read on: its arguments are in ctx.args then.
    for word in filter(None, (ctx.params.get("config"), *ctx.args)):
        for section, names in names_in(Path(word)).items():
            keys += [f"{section}.{name}" for name in names]
    return _fitting((f"{key}=" for key in keys), incomplete)


def _fitting(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))


def _typed(incomplete: str) -> str:
    """What has been typed up to the last separator: results must begin with it, letter by letter."""
    return incomplete[: len(incomplete) - len(re.split(r"[/\\]", incomplete)[-1])]


def _folder(incomplete: str) -> Path:
    return Path(_typed(incomplete) or ".").expanduser()


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError:
        return []


def _runs(folder: Path) -> list[str]:
    from pinnsolve.runs.directory import MARKS

    return sorted(entry.name for entry in _entries(folder) if any((entry / mark).exists() for mark in MARKS))
