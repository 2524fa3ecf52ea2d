"""Checkpoints: one file with everything that `resume`, `plot` and `predict` need.

The file is what `torch.save` makes of one dict of tensors, numbers and strings, so that it loads with
``weights_only=True``: opening a stranger's checkpoint runs nothing. A right-hand side written in Python is kept as text
and is run only where the user allows it.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pinnsolve.errors import ProblemError, RunError
from pinnsolve.runs.files import read_error, write_file
from pinnsolve.runs.packing import pack_history, plain, restored, unpack_history
from pinnsolve.runs.problems import problem_document, problem_from_document
from pinnsolve.solvers import Solution
from pinnsolve.version import VERSION

FORMAT = "pinnsolve checkpoint"
FORMAT_VERSION = 2
"""Raised with every addition that earlier versions would take for damage, such as a new key of the problem. Earlier formats
are still read: what they lack has its default. 1: initial value problems; 2: boundary values, closed orbits and fits.
"""

_CHECK_POINTS = 5
_CHECK_TOLERANCE = {"float64": 1e-9, "float32": 1e-3}
"""Another processor may round otherwise; wrong weights are wrong by more."""


def save_checkpoint(solution: Solution, path: Path) -> None:
    """Write one checkpoint file.

    Raises
    ------
    RunError
        If it cannot be written.
    """
    state = plain(solution.state())
    history = state.pop("history")
    if state["resume"] is not None:
        state["resume"].pop("history", None)  # the same rows
    document = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "pinnsolve": VERSION,
        "problem": problem_document(solution.problem),
        "solution": state,
        "history": pack_history(history),
        "check": _check_values(solution),
    }
    data = io.BytesIO()
    torch.save(document, data)
    write_file(path, data.getvalue())


def load_checkpoint(path: Path, allow_python: bool = False) -> Solution:
    """Read a checkpoint file.

    Parameters
    ----------
    allow_python
        Whether a right-hand side that was given as a Python file may be run.

    Raises
    ------
    RunError
        If it cannot be read, is no checkpoint, is damaged, or comes from a newer pinnsolve.
    UsageError
        If it has a Python file that is not allowed to run.
    """
    document = _read(path)
    try:
        problem = problem_from_document(document["problem"], allow_python)
        history = unpack_history(document["history"])
        state = dict(document["solution"])
        if state["resume"] is not None:
            state["resume"] = {**restored(state["resume"]), "history": history}
        solution = Solution.from_state(problem, {**state, "history": history})
        agrees = _agrees(solution, document["check"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError) as error:
        if isinstance(error, ProblemError):
            raise RunError(f"the problem stored in {path} cannot be read{_origin(document)}: {error}") from error
        raise RunError(
            f"{path} is damaged: a part of it is missing or is not what it should be ({error}){_origin(document)}"
        ) from error
    if not agrees:
        raise RunError(
            f"{path} does not give back the values that it was saved with: it is damaged, or the networks are computed "
            "otherwise by this version of torch; train the problem again"
        )
    return solution


def _read(path: Path) -> dict[str, Any]:
    """The dict of a checkpoint file of a version that this code knows."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise RunError(f"there is no checkpoint {path}") from error
    except OSError as error:
        raise read_error(path, error) from error
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise RunError(f"{path} is truncated, or no checkpoint at all: it is not an archive of torch.save")
    try:
        document = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise RunError(f"{path} is not a checkpoint of pinnsolve, or is damaged: torch cannot load it as plain data") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise RunError(f"{path} is not a checkpoint of pinnsolve")
    version = document.get("version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise RunError(
            f"{path} was written by pinnsolve {document.get('pinnsolve')} in format {version}; this is pinnsolve "
            f"{VERSION}, which reads formats up to {FORMAT_VERSION}: upgrade pinnsolve"
        )
    return document


def _origin(document: Mapping[str, Any]) -> str:
    """A word on another version, which may be why a checkpoint cannot be read."""
    version = document.get("pinnsolve")
    return "" if version == VERSION else f" (it is from pinnsolve {version}, this is {VERSION})"


def _check_values(solution: Solution) -> dict[str, torch.Tensor] | None:
    """A few times and the states there, by which loading is verified."""
    if solution.network is None:
        return None
    start = solution.problem.time[0]
    times = np.linspace(start, solution.reached, _CHECK_POINTS)
    return {"times": torch.from_numpy(times), "values": torch.from_numpy(solution(times))}


def _agrees(solution: Solution, check: Mapping[str, torch.Tensor] | None) -> bool:
    """Whether the loaded solution gives the stored values."""
    if check is None or solution.network is None:
        return check is None and solution.network is None
    stored, computed = check["values"], torch.from_numpy(solution(check["times"].numpy()))
    if stored.shape != computed.shape:
        return False
    size = stored.nan_to_num(0.0, 0.0, 0.0).abs().amax(dim=0)  # (k,)
    close = (computed - stored).abs() <= _CHECK_TOLERANCE[solution.problem.dtype] * size
    return bool((close | (computed == stored) | (computed.isnan() & stored.isnan())).all())
