"""The directory of one run: how it gets its name, what stands in it, how it is found again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinnsolve.errors import RunError, UsageError
from pinnsolve.expressions import nearest_name
from pinnsolve.problem.fitting import DATA_COPY as DATA
from pinnsolve.runs.files import json_text, read_error, write_error, write_file
from pinnsolve.wording import typed

CONFIG = "config.yaml"
RESOLVED = "config.resolved.yaml"
RESULT = "result.json"
SOLUTION = "solution.csv"
METRICS = "metrics.csv"
CHECKPOINT = "checkpoint.pt"
LOG = "log.txt"
COMPARE = "compare.json"
REFERENCE = "reference.npz"
REPORT = "report.html"
PLOTS = "plots"
EVENTS = "tensorboard"
EXPORTS = {"csv": ".csv", "npz": ".npz", "onnx": ".onnx", "torch": ".pt2"}
"""Format of `pinnsolve export`: ending of the file, which is named after the problem."""

PROBLEM_SUFFIXES = (".yaml", ".yml")

_FILES = (RESULT, CHECKPOINT, SOLUTION, METRICS, LOG, COMPARE, REFERENCE, REPORT, DATA, RESOLVED, CONFIG)
"""In the order in which an overwritten run loses them: its verdict first, its problem last."""
MARKS = (CONFIG, RESOLVED, CHECKPOINT)
"""One of these makes a directory a run."""


@dataclass(frozen=True)
class RunDirectory:
    """One run on disk."""

    path: Path

    @classmethod
    def create(cls, root: Path, name: str, overwrite: bool = False) -> RunDirectory:
        """Make ``root/name``, or ``root/name-2``, ``root/name-3`` where that exists.

        Two processes never get the same directory: making it is what reserves it. With `overwrite`, ``root/name`` is
        emptied of the files of its old run instead; other files in it stay.

        Raises
        ------
        RunError
            If it cannot be made, or if `overwrite` meets something that is not a run.
        """
        try:
            root.mkdir(parents=True, exist_ok=True)
            if overwrite and (root / name).exists():
                return cls(root / name)._emptied()
            return cls(_reserve(root, name))
        except OSError as error:
            raise write_error(root / name, error, "make the run directory", place="--output", name="--name") from error
        except UnicodeEncodeError as error:
            raise RunError(
                f"this system cannot name a directory '{name}' (its file names are in {error.encoding}): "
                "choose another name with --name, or set PYTHONUTF8=1"
            ) from error

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """The run that exists at `path`, or that the checkpoint at `path` lies in.

        Raises
        ------
        RunError
            If there is none, with the nearest name that there is.
        UsageError
            If it is a problem file.
        """
        if path.name == CHECKPOINT and path.is_file():
            return cls(path.parent)
        if path.suffix.lower() in PROBLEM_SUFFIXES and path.is_file():
            raise UsageError(f"{path} is a problem file, not a run: train it first, with: pinnsolve train {typed(path)}")
        if path.is_file():
            raise RunError(f"{path} is a file, not a run directory and not the {CHECKPOINT} of one")
        if not path.is_dir():
            raise RunError(missing(path))
        if not any((path / mark).exists() for mark in MARKS):
            raise RunError(f"{path} is not a run directory: it has no {CONFIG} and no {CHECKPOINT}")
        return cls(path)

    @property
    def checkpoint(self) -> Path:
        """Its checkpoint file, which need not exist yet."""
        return self.path / CHECKPOINT

    def write(self, name: str, data: bytes | str) -> None:
        """Write one of its files, all of it or nothing; `name` may lie in a folder such as ``plots/solution.png``."""
        path = self.path / name
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise write_error(path.parent, error, "make") from error
        write_file(path, data)

    def write_json(self, name: str, document: dict[str, Any]) -> None:
        """Write a JSON file, indented."""
        self.write(name, json_text(document))

    def read_json(self, name: str) -> dict[str, Any] | None:
        """One of its JSON files, None where it does not exist.

        Raises
        ------
        RunError
            If it cannot be read or is no JSON object.
        """
        path = self.path / name
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise read_error(path, error) from error
        except ValueError as error:
            raise RunError(f"{path} is damaged: it is not JSON ({error})") from error
        if not isinstance(document, dict):
            raise RunError(f"{path} is damaged: it is not a JSON object")
        return document

    @property
    def finished(self) -> bool:
        """Whether the run needs nothing more: it has a verdict, and everything was written."""
        result = self.read_json(RESULT)
        return result is not None and result.get("status") != "interrupted" and _total(result) is not None

    def events(self) -> list[Path]:
        """What ``train --tensorboard`` has written, oldest first."""
        return sorted((self.path / EVENTS).glob("events.out.tfevents.*"))

    def sweep(self) -> None:
        """Remove what a killed process left half-written."""
        for leftover in (*self.path.glob(".*.tmp"), *(self.path / PLOTS).glob(".*.tmp")):
            leftover.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove the whole directory, which must be one that `create` has just made."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _emptied(self) -> RunDirectory:
        if not self.path.is_dir():
            raise RunError(f"{self.path} is not a directory, so it is not overwritten; choose another name with --name")
        if any(self.path.iterdir()) and not any((self.path / mark).exists() for mark in MARKS):
            raise RunError(
                f"{self.path} is not a run directory (it has no {CONFIG}), so it is not overwritten; "
                "choose another name with --name"
            )
        self.sweep()
        for name in _FILES:
            (self.path / name).unlink(missing_ok=True)
        for file in (*(self.path / PLOTS).glob("*"), *self.events()):
            file.unlink()
        for suffix in EXPORTS.values():  # functions and tables of the old solution
            (self.path / f"{self.path.name}{suffix}").unlink(missing_ok=True)
        return self


def _reserve(root: Path, name: str) -> Path:
    number = 1
    while True:
        path = root / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path


def missing(path: Path, what: str = "run") -> str:
    """The sentence for a run that is not there, with the nearest one that is; `what` else could be meant."""
    message = f"there is no {what} {path}"
    if path.parent == Path() and (Path("runs") / path / CONFIG).exists():
        return f"{message} (did you mean '{Path('runs') / path}'?)"
    try:
        present = [entry.name for entry in path.parent.iterdir() if entry.is_dir()]
    except OSError:
        return message
    near = nearest_name(path.name, present)
    return message if near is None else f"{message} (did you mean '{path.parent / near}'?)"


def _total(result: Mapping[str, Any]) -> float | None:
    """The time of the whole run, which is written last; None for a run that was cut short or a file that was edited."""
    seconds = result.get("seconds")
    return seconds.get("total") if isinstance(seconds, Mapping) else None
