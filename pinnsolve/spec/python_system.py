"""A right-hand side in the user's own Python file: loading it, and one trial call whose errors become sentences.

Nothing here is reached unless the user allows it: loading the file runs it.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from importlib.machinery import SourceFileLoader
from itertools import count
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from pinnsolve.errors import DeviceError, ProblemError
from pinnsolve.expressions import nearest_name
from pinnsolve.problem import Problem, System
from pinnsolve.spec.values import ValueFault
from pinnsolve.spec.words import shown

_REFERENCE = re.compile(r"(?P<file>.+\.py):(?P<function>[^\W\d]\w*)")
_numbers = count(1)

_STACK = "return torch.stack([...]) of the components instead"
_IN_PLACE = f"it writes into a tensor, which cannot be mapped and differentiated: {_STACK}"
_WHERE = "it decides by the value of a tensor ('if', 'while', 'and', 'min', ...): use torch.where or torch.minimum"
_TORCH = "it makes a plain number or an array of a tensor: use torch functions, such as torch.sin for math.sin or numpy.sin"
_DEVICE = "it makes tensors on another device than that of its arguments: make them with device=y.device"
_DECISION = re.compile(r"\b(if|elif|while|and|or|not|assert|bool|min|max|sorted)\b")


class PythonSystem(System):
    """A system given by a function in a Python file.

    Parameters
    ----------
    file
        The Python file.
    function
        Name of the function in it; see `System` for what it must do.
    states, parameters
        As for `System`.

    Raises
    ------
    ValueFault
        If the file cannot be loaded or has no such function.
    """

    def __init__(self, file: Path, function: str, states: Sequence[str], parameters: Mapping[str, float] | None = None) -> None:
        super().__init__(load_function(file, function), states, parameters)
        self.file = file
        self.function = function
        self.text = file.read_text(encoding="utf-8")
        """What was run, for the copies in runs and checkpoints."""

    def with_parameters(self, values: Mapping[str, float]) -> PythonSystem:
        """The same function with other values of some parameters."""
        changed = copy(self)
        changed.parameters = {**self.parameters, **values}
        changed.__dict__.pop("kernels", None)  # they were made with the old values
        return changed


def split_reference(text: str) -> tuple[str, str]:
    """File and function of ``file.py:function``."""
    match = _REFERENCE.fullmatch(text.strip())
    if match is None:
        raise ValueFault(f"must be file.py:function, not {shown(text)}")
    return match["file"], match["function"]


def try_once(system: System, problem: Problem) -> None:
    """Call the right-hand side as the solvers will, mapped over two points and differentiated, on the device as well.

    The points are the initial one at two times, by which a closed orbit is refused where the right-hand side depends on
    the time. A boundary value problem without a guess is tried at 1, which lies in the domain of most functions.

    Raises
    ------
    ValueFault
        Where that fails, with the cure if it is one of the usual mistakes.
    """
    import torch

    start, end = problem.time
    times = torch.tensor([start, start + 0.618 * (end - start)], dtype=torch.float64)
    states = torch.tensor([list(problem.initial or [1.0] * system.k)] * 2, dtype=torch.float64)
    before = states.clone()
    where = "at the initial point"
    if problem.initial is None:
        where = "where every state is 1, which is tried because the problem has no 'initial'"
    for device in dict.fromkeys(("cpu", _device(problem))):
        try:
            values, _ = system.jacobian_batch(times.to(device), states.to(device))
        except ProblemError as error:
            raise ValueFault(error.faults[0].message) from error
        except Exception as error:  # whatever the user's own code raises
            raise ValueFault(f"the right-hand side fails {where}: {_sentence(error, system)}") from error
    if not torch.equal(states, before):
        raise ValueFault(f"the right-hand side changes its argument y: {_STACK}")
    if problem.kind == "periodic" and not torch.allclose(values[0], values[1], rtol=1e-12, atol=0, equal_nan=True):
        raise ValueFault("the right-hand side depends on t, but the period of a closed orbit is unknown: it must not")


def _device(problem: Problem) -> str:
    """The CUDA device that the right-hand side will be called on, else the CPU; one that is not there is no business of ours."""
    import torch

    if problem.kind != "initial" or not torch.cuda.is_available():  # the other kinds call it on the CPU
        return "cpu"
    from pinnsolve.solvers.device import resolve_device

    with suppress(DeviceError):
        return resolve_device(problem)
    return "cpu"


def load_function(file: Path, function: str) -> Callable[..., Any]:
    """Run a Python file and give the function, class or other callable of that name in it.

    Raises
    ------
    ValueFault
        If the file cannot be loaded or has nothing callable of that name.
    """
    module = _load_module(file)
    found = getattr(module, function, None)
    if callable(found):
        return found
    if found is not None:
        raise ValueFault(f"'{function}' in {file.name} is not a function")
    functions = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
    raise ValueFault(f"{file.name} has no function '{function}'", suggestion=nearest_name(function, functions))


def _load_module(file: Path) -> ModuleType:
    """Run the file as a module of its own, under a name that no other module has."""
    if not file.is_file():
        raise ValueFault(f"there is no file {shown(str(file))}")
    name = f"_pinnsolve_user_{next(_numbers)}_{file.stem}"
    loader = _Loader(name, str(file))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None  # a loader that is handed in always gives one
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look a class up by its module
    try:
        with _importing_from(file.parent):
            loader.exec_module(module)
    except SyntaxError as error:
        del sys.modules[name]
        raise ValueFault(f"{Path(error.filename or file).name}:{error.lineno}: {error.msg}") from error
    except (Exception, SystemExit) as error:  # whatever the user's own code raises
        del sys.modules[name]
        raise ValueFault(f"{file.name} cannot be loaded: {_where(error)}{_named(error)}") from error
    return module


class _Loader(SourceFileLoader):
    """Always compiles what the file says now, and leaves no cache beside it."""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        return self.source_to_code(self.get_data(self.path), self.path)


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Let the file import its neighbours while it is loaded."""
    entry = str(folder.resolve())
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        if entry in sys.path:
            sys.path.remove(entry)


def _sentence(error: Exception, system: System) -> str:
    """An error of the user's function, with its cure if it is one of the usual mistakes."""
    place = _where(error)
    if isinstance(error, TypeError) and "positional argument" in str(error):
        return f"{place}it must take three arguments, f(t, y, p): {error}"
    if isinstance(error, KeyError) and error.args and error.args[0] not in system.parameters:
        return f"{place}there is no {shown(str(error.args[0]))} in system.parameters"
    if isinstance(error, IndexError):
        return f"{place}{error} (y has {system.k} components, y[0] to y[{system.k - 1}])"
    return place + (_cure(str(error), _source_line(error)) or _named(error))


def _cure(message: str, line: str) -> str | None:
    """What to do about an error of `torch.func`, by its message and the user's line that it comes from."""
    if "inplace arithmetic" in message or "in-place" in message:
        return _IN_PLACE
    if "data-dependent control flow" in message:
        return _WHERE if _DECISION.search(line) else _TORCH
    if "calling .item()" in message:
        return f"it makes a new tensor of tensors: {_STACK}"
    if "same device" in message or "expected device" in message:
        return _DEVICE
    return _TORCH if "data pointer" in message or "numpy()" in message else None


def _where(error: BaseException) -> str:
    """File and line of the innermost frame that is the user's."""
    frame = _own_frame(error)
    return "" if frame is None else f"{Path(frame.filename).name}:{frame.lineno}: "


def _source_line(error: BaseException) -> str:
    frame = _own_frame(error)
    return "" if frame is None else frame.line or ""


def _own_frame(error: BaseException) -> traceback.FrameSummary | None:
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_library(frame.filename)]
    return own[-1] if own else None


def _is_library(filename: str) -> bool:
    package = str(Path(__file__).parents[1])
    return filename.startswith((package, "<", sys.base_prefix)) or "site-packages" in filename


def _named(error: BaseException) -> str:
    first_line = str(error).strip().splitlines()[:1]
    return ": ".join([type(error).__name__, *first_line])
