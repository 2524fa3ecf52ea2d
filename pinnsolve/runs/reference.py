"""The reference solution of a run: written by `compare`, drawn by `plot`."""

from __future__ import annotations

import io
import zipfile
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pinnsolve.errors import RunError
from pinnsolve.runs.directory import REFERENCE, RunDirectory
from pinnsolve.wording import typed

if TYPE_CHECKING:
    from pinnsolve.analysis.reference import Reference


def write_reference(directory: RunDirectory, reference: Reference) -> None:
    """Keep a reference solution in the run."""
    data = io.BytesIO()
    arrays: dict[str, Any] = {name: np.asarray(value) for name, value in asdict(reference).items()}
    np.savez(data, **arrays)
    directory.write(REFERENCE, data.getvalue())


def read_reference(directory: RunDirectory) -> Reference | None:
    """The reference solution of the run, None where `compare` has not been called.

    Raises
    ------
    RunError
        If the file is damaged.
    """
    path = directory.path / REFERENCE
    if not path.exists():
        return None
    from pinnsolve.analysis.reference import Reference  # SciPy's integrators, which a plot without it does not need

    try:
        with np.load(path, allow_pickle=False) as data:
            fields = {name: data[name] for name in data.files}
            return Reference(**{name: value if value.ndim else value.item() for name, value in fields.items()})
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(f"{path} is damaged; write it again with: pinnsolve compare {typed(directory.path)}") from error
