"""A problem: what is to be solved, how accurately and by what means, as plain data."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.problem.conditions import Boundary, boundary_of
from pinnsolve.problem.estimation import changed_fit, fit_of
from pinnsolve.problem.fitting import Fit
from pinnsolve.problem.kinds import kind_faults
from pinnsolve.problem.periodic import TIME_BESIDE_PERIOD, Periodic, periodic_of
from pinnsolve.problem.settings import DTYPES, METHODS, NetworkSettings, OutputSettings, TrainingSettings
from pinnsolve.problem.system import System

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?|mps")

LONGEST_NAME = 100
"""Characters of a problem's name."""
LONGEST_NAME_BYTES = 240
"""Bytes that a directory may have on most systems, less what makes the names of several runs differ."""


@dataclass(frozen=True)
class Problem:
    """A problem with the equations y' = f(t, y), and how it is to be solved.

    With `initial` and `time` alone it is an initial value problem; `boundary`, `periodic` or `fit` make it another kind.

    Raises
    ------
    ProblemError
        With every fault found: counts and kinds that do not match, numbers out of range, settings that exclude each
        other.
    """

    system: System
    initial: Sequence[float] | None = None
    """One value for each state, in the order of ``system.states``; a mapping from state to value works too. Of a
    boundary value problem the guess at the start, which may be left out; of a closed orbit the guess of a point on it."""
    time: Sequence[float] = ()
    """(start, end); end before start integrates backward. Not for a closed orbit, which has (0, the guess of its
    period)."""
    name: str = "problem"
    """For titles and the run directory: one path component."""
    description: str = ""
    accuracy: float = 1e-6
    """Global relative error asked for: max over time and components, each against its own largest absolute value."""
    method: str | Sequence[str] = "auto"
    """``auto``, the name of a method, or a list of stages run in turn. Kept as a tuple of names."""
    network: NetworkSettings = field(default_factory=NetworkSettings)
    training: TrainingSettings | Sequence[TrainingSettings] = (TrainingSettings(),)
    """One for all stages, or one for each."""
    device: str = "auto"
    dtype: str = "float64"
    seed: int = 0
    output: OutputSettings = field(default_factory=OutputSettings)
    boundary: Boundary | None = None
    """As many conditions as there are states; a list such as ``["x(0) = 1", "x'(1) = x(0)"]`` works too."""
    periodic: Periodic | None = None
    """Asks for a closed orbit; the guess of its period, or ``{"period": 6.6}``, works too."""
    fit: Fit | None = None
    """Parameters and initial values to find from data; a mapping of the shape that a problem file has works too, with
    the data as a mapping from column to array."""

    def __post_init__(self) -> None:
        self._normalise()
        faults = list(self._faults())
        if faults:
            raise ProblemError(faults)

    def _normalise(self) -> None:
        """Bring every field into the one form that the rest of the package reads."""
        fit = fit_of(self.fit, self.system)
        fitted = {} if fit is None else fit.parameters
        starts = {name: parameter.start for name, parameter in fitted.items() if math.isfinite(parameter.start)}
        known = self.system.parameters
        periodic = periodic_of(self.periodic)
        time = _numbers(self.time if self.time is not None else (), "time")
        if periodic is not None and not time:
            time = (0.0, periodic.period)
        values: dict[str, Any] = {
            "system": self.system if starts.items() <= known.items() else self.system.with_parameters(starts),
            "fit": fit,
            "periodic": periodic,
            "time": time,
            "initial": self._initial_values(),
            "accuracy": _numbers([self.accuracy], "accuracy")[0],
            "method": (self.method,) if isinstance(self.method, str) else tuple(self.method),
            "training": self.stage_settings,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if self.boundary is not None:
            ends = None if any(_time_faults(time)) else time
            texts = self.boundary.texts if isinstance(self.boundary, Boundary) else self.boundary
            object.__setattr__(self, "boundary", boundary_of(texts, self.system.states, self.system.parameters, ends))

    def _initial_values(self) -> tuple[float, ...] | None:
        initial: Any = self.initial
        if isinstance(initial, Mapping):
            unknown = [name for name in initial if name not in self.system.states]
            missing = [name for name in self.system.states if name not in initial]
            if unknown or missing:
                what = [f"'{name}' is not a state" for name in unknown] + [f"no value for '{name}'" for name in missing]
                raise ProblemError(Fault(message, path="initial") for message in what)
            initial = [initial[name] for name in self.system.states]
        return None if initial is None else _numbers(initial, "initial")

    def _faults(self) -> Iterator[Fault]:
        yield from self._condition_faults()
        if not 0 < self.accuracy < 1:
            yield Fault("must lie between 0 and 1, such as 1e-6", path="accuracy")
        if not self.name or re.search(r'[/\\:*?"<>|\x00-\x1f]', self.name) or self.name in (".", ".."):
            yield Fault("must be one path component, without / \\ : * ? \" < > |", path="name")
        elif len(self.name) > LONGEST_NAME or len(self.name.encode(errors="replace")) > LONGEST_NAME_BYTES:
            limit = f"at most {LONGEST_NAME} characters ({LONGEST_NAME_BYTES} bytes)"
            yield Fault(f"is too long to name a directory: {limit}", path="name")
        elif self.name.endswith((" ", ".")):  # Windows leaves these out of the name of a directory
            yield Fault("must not end in a dot or a space", path="name")
        elif re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", self.name, re.IGNORECASE):
            yield Fault(f"'{self.name}' is the name of a device on Windows and cannot be one of a directory", path="name")
        yield from self._method_faults()
        yield from self.network.faults()
        stages = self.stage_settings
        for number, training in enumerate(stages):
            yield from training.faults("training" if len(stages) == 1 else f"training[{number}]")
        yield from self._start_faults()
        yield from self.output.faults()
        yield from self._device_faults()
        yield from kind_faults(self)
        if not isinstance(self.seed, int) or not -(2**63) <= self.seed < 2**63:
            yield Fault("must be a whole number that fits into 64 bits", path="seed")

    def _condition_faults(self) -> Iterator[Fault]:
        k = self.system.k
        states = ", ".join(self.system.states)
        if self.initial is None:
            if self.boundary is None:
                yield Fault(f"needs a value for each state ({states})", path="initial")
        elif len(self.initial) != k:
            yield Fault(f"has {len(self.initial)} values for {k} states ({states})", path="initial")
        elif not all(map(math.isfinite, self.initial)):
            yield Fault("every initial value must be a finite number", path="initial")
        if self.periodic is None:
            yield from _time_faults(self.time)
        elif self.time != (0.0, self.periodic.period):
            yield Fault(TIME_BESIDE_PERIOD, path="time")

    def _method_faults(self) -> Iterator[Fault]:
        for name in self.method:
            if name not in METHODS:
                yield Fault(f"'{name}' is not one of {', '.join(METHODS)}", path="method")
        if not self.method:
            yield Fault("needs at least one stage", path="method")
        if "auto" in self.method and len(self.method) > 1:
            yield Fault("'auto' chooses the stages itself and cannot be one of several", path="method")
        if len(self.stage_settings) not in (1, len(self.method)):
            yield Fault(
                f"has {len(self.stage_settings)} entries for {len(self.method)} stages: give one for all, or one a stage",
                path="training",
            )
        if self.network.windows == "auto" and (self.network.hidden is not None or self.network.activation != "tanh"):
            yield Fault(
                "with automatic windows the architecture is the method's own; set network.windows to a number "
                "(1 for one network), or leave network.hidden and network.activation out",
                path="network",
            )
        if self.automatic_windows and not any(True for settings in self.stage_settings for _ in settings.faults()):
            yield from self._unused_training()

    def _unused_training(self) -> Iterator[Fault]:
        """Settings that adaptive windows would ignore: a setting without effect is a fault, not a surprise."""
        default = TrainingSettings()
        for item in fields(TrainingSettings):
            given = any(getattr(settings, item.name) != getattr(default, item.name) for settings in self.stage_settings)
            if given and item.name not in ("time_limit", "start"):  # the start has its own sentence
                yield Fault(
                    "has no effect with automatic windows, whose points and iterations are the method's own; "
                    "leave it out, or set network.windows to a number or method to one that is trained",
                    path=f"training.{item.name}",
                )

    def _start_faults(self) -> Iterator[Fault]:
        starts = {training.start for training in self.stage_settings}
        path = "training.start" if len(self.stage_settings) == 1 else "training[0].start"
        if "horizon" not in starts:
            return
        if len(starts) > 1:
            yield Fault("must be the same in every stage: windows or horizon", path=path)
        if self.method[:1] not in (("auto",), ("levenberg-marquardt",)):
            yield Fault(
                "horizon is a start for levenberg-marquardt; make that the method or its first stage, "
                "or leave training.start out",
                path=path,
            )
        elif self.network.windows == "auto":
            yield Fault(
                "horizon needs to know the number of windows; set network.windows to a number (1 for one network), "
                "or leave training.start out",
                path=path,
            )

    def _device_faults(self) -> Iterator[Fault]:
        if not _DEVICE.fullmatch(self.device):
            yield Fault("must be auto, cpu, cuda, cuda:1 (or another number) or mps", path="device")
        if self.dtype not in DTYPES:
            yield Fault(f"must be one of {', '.join(DTYPES)}", path="dtype")
        elif self.dtype == "float32":
            for name in self.method:
                if name in ("auto", "gauss-newton"):
                    yield Fault(f"method '{name}' needs float64: float32 cannot carry its accuracy", path="dtype")
        if self.device == "mps" and any(name not in ("adam", "lbfgs") for name in self.method):
            yield Fault("mps has no least squares; use device: cpu, or method adam or lbfgs with dtype: float32", path="device")
        elif self.device == "mps" and self.dtype == "float64":
            yield Fault("mps has no float64; use device: cpu, or dtype: float32 with method adam or lbfgs", path="device")

    @property
    def kind(self) -> Literal["initial", "boundary", "periodic", "fit"]:
        """What is asked for: the solution of an initial or a boundary value problem, a closed orbit, or a fit."""
        if self.boundary is not None:
            return "boundary"
        return "periodic" if self.periodic is not None else "fit" if self.fit is not None else "initial"

    @property
    def stage_settings(self) -> tuple[TrainingSettings, ...]:
        """`training` as it is kept: one for all stages, or one for each."""
        return (self.training,) if isinstance(self.training, TrainingSettings) else tuple(self.training)

    @property
    def automatic_windows(self) -> bool:
        """Whether the problem is solved by adaptive windows rather than by training networks on given ones."""
        return self.network.windows == "auto" and self.method in (("auto",), ("gauss-newton",))

    @property
    def span(self) -> float:
        """Signed length of the interval."""
        return self.time[1] - self.time[0]

    def with_settings(self, **changes: Any) -> Problem:
        """A copy with some fields changed; nested settings may be given as mappings."""
        kinds = {"network": NetworkSettings, "output": OutputSettings}
        for name, kind in kinds.items():
            if isinstance(changes.get(name), Mapping):
                changes[name] = kind(**changes[name])
        known = {item.name for item in fields(self)}
        unknown = [name for name in changes if name not in known]
        if unknown:
            raise ProblemError(Fault(f"unknown key '{name}'", path=name) for name in unknown)
        training = changes.get("training")
        if isinstance(training, Mapping):
            changes["training"] = TrainingSettings(**training)
        elif training is not None and not isinstance(training, TrainingSettings):
            changes["training"] = tuple(TrainingSettings(**t) if isinstance(t, Mapping) else t for t in training)
        if self.fit is not None and isinstance(changes.get("fit"), Mapping):
            changes["fit"] = changed_fit(self.fit, changes["fit"])
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        if self.periodic is not None:
            values["time"] = ()  # follows from the period, unless it is given
        return Problem(**{**values, **changes})


def _numbers(values: Any, path: str) -> tuple[float, ...]:
    """The values as floats, or the fault that they are none."""
    try:
        return tuple(float(value) for value in values)
    except (TypeError, ValueError, OverflowError):
        raise ProblemError([Fault(f"must be numbers, not {values!r}", path=path)]) from None


def _time_faults(time: Sequence[float]) -> Iterator[Fault]:
    if len(time) != 2:
        yield Fault(f"needs two values, [start, end], and has {len(time)}", path="time")
    elif not all(map(math.isfinite, time)):
        yield Fault("start and end must be finite numbers", path="time")
    elif time[0] == time[1]:
        yield Fault("the interval has zero length: start and end are the same", path="time")
