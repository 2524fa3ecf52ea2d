"""All keys of a problem file: what each is, what it may hold and what it is when left out.

The models are what the JSON Schema for editors is made from. Ranges and settings that exclude each other are the
business of `pinnsolve.problem`, which Python users meet as well; here only kinds are checked. Every validator raises
through `_reads`, so that users read our sentences and never pydantic's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pinnsolve.problem import Problem
from pinnsolve.problem.settings import (
    ACTIVATIONS,
    DTYPES,
    FORMATS,
    METHODS,
    SAMPLINGS,
    STARTS,
    NetworkSettings,
    OutputSettings,
    TrainingSettings,
)
from pinnsolve.spec import values
from pinnsolve.spec.values import ValueFault
from pinnsolve.spec.words import described, listed

OWN = "pinnsolve"
"""The type of the pydantic errors that carry our own sentence."""

SCHEDULES = ("cosine", "plateau", "constant")
CONDITIONS = ("hard", "soft")


def _reads(read: Callable[[Any, Mapping[str, float]], Any]) -> BeforeValidator:
    """A validator that calls `read` with the value and the parameters, and hands its fault on."""

    def validate(value: Any, info: ValidationInfo) -> Any:
        try:
            return read(value, (info.context or {}).get("parameters", {}))
        except ValueFault as fault:
            raise _error(fault.message, fault.span, fault.suggestion) from None

    return BeforeValidator(validate)


def _error(message: str, span: tuple[int, int] | None = None, suggestion: str | None = None) -> PydanticCustomError:
    return PydanticCustomError(OWN, "{message}", {"message": message, "span": span, "suggestion": suggestion})


def _choice(*options: str, also: tuple[str, ...] = ()) -> tuple[BeforeValidator, WithJsonSchema]:
    """One of a few words, `also` among them but not offered."""
    read = _reads(lambda value, _: value if value in also else values.choice(value, options))
    return read, WithJsonSchema({"type": "string", "enum": [*options]})


def _list_of(what: str, *, alone: bool = False) -> tuple[BeforeValidator, Any]:
    """A list; with `alone`, one item that is no list is as good as a list of it."""

    def read(value: Any, _: Mapping[str, float]) -> Any:
        if alone and not isinstance(value, list):
            return [value]
        if not isinstance(value, list):
            raise ValueFault(f"must be a list of {what}, not {described(value)}")
        return value

    return _reads(read), Field(json_schema_extra=_or_alone if alone else None)


def _fitted_states(value: Any, _: Mapping[str, float]) -> Any:
    """Names alone: a value beside one of them, as parameters have it, belongs to the key `initial` of the problem."""
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, Mapping):
            names = ", ".join(map(str, entry)) or "x"
            cure = "the search starts from the values under 'initial', and bounds are for parameters only"
            raise ValueFault(f"must be a list of states, such as [{names}], not {described(entry)}: {cure}")
    return value


def _mapping_of(what: str) -> BeforeValidator:
    def read(value: Any, _: Mapping[str, float]) -> Any:
        if not isinstance(value, Mapping):
            raise ValueFault(f"must be a mapping from {what}, not {described(value)}")
        return value

    return _reads(read)


def _or_auto(what: str | None) -> WrapValidator:
    """The word ``auto`` in place of the value; it is kept as `what`."""
    return WrapValidator(lambda value, inner: what if value == "auto" else inner(value))


def _or_alone(schema: dict[str, Any]) -> None:
    """In the JSON Schema of a list: one item alone is as good."""
    array = schema.pop("anyOf")[0] if "anyOf" in schema else {key: schema.pop(key) for key in ("type", "items")}
    schema["anyOf"] = [array["items"], array]


_NUMBER = WithJsonSchema({"type": ["number", "string"]})
_WHOLE = WithJsonSchema({"type": ["integer", "string"]})
_EXPRESSIONS = {"type": "object", "additionalProperties": {"type": ["number", "string"]}}
_EQUATIONS = {"anyOf": [_EXPRESSIONS, {"type": "array", "items": {"anyOf": [{"type": "string"}, _EXPRESSIONS]}}]}
_TWO: dict[str, Any] = {"minItems": 2, "maxItems": 2}

_CONDITIONS = "conditions such as x(0) = 1"
_DATA = {"type": ["string", "object"]}

Number = Annotated[float, _reads(values.number), _NUMBER]
Whole = Annotated[int, _reads(values.whole), _WHOLE]
Words = Annotated[str, _reads(lambda value, _: values.text(value)), WithJsonSchema({"type": "string"})]
AutoNumber = Annotated[Number | None, _reads(values.number), _or_auto(None), _NUMBER]
AutoWhole = Annotated[Whole | None, _reads(values.whole), _or_auto(None), _WHOLE]
Bound = Annotated[float | None, _reads(values.bound), WithJsonSchema({"type": ["number", "string", "null"]})]
Condition = Annotated[Any, WithJsonSchema({"type": "string"})]
"""Read by `conditions`, which knows the names and the end times."""
Equations = Annotated[Any, WithJsonSchema(_EQUATIONS)]
"""Read by `equations`, which knows the names that may stand in them."""
Parameters = Annotated[Any, WithJsonSchema(_EXPRESSIONS)]
"""Read by `build`, one after the other."""


class Section(BaseModel):
    """A mapping with known keys. Nothing at all stands for the empty mapping."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _is_mapping(cls, data: Any) -> Any:
        if data is not None and not isinstance(data, Mapping):
            raise _error(f"must be a mapping with the keys {listed(cls.model_fields)}, not {described(data)}")
        return data or {}


class SystemSection(Section):
    """The system of equations y' = f(t, y)."""

    equations: Equations = None
    """Mapping from x' to an expression, or list of x' = expression. x'' makes an equation of second order, whose
    expressions may use x'. The order of the file is the order of the states everywhere."""
    parameters: Parameters = None
    """Name: number, or constant expression such as 2*pi, which may use earlier parameters."""
    python: Words | None = None
    """file.py:function instead of equations: f(t, y, p) -> (k,) for one point, made of torch operations. It needs
    --allow-python, because it runs the file's code."""
    states: Annotated[list[Words] | None, *_list_of("names")] = None
    """The names of the states of a Python function, in the order of its y."""


class NetworkSection(Section):
    """What the networks look like."""

    hidden: Annotated[list[Whole] | None, *_list_of("whole numbers", alone=True), _or_auto(None)] = None
    """Widths of the hidden layers, such as [32, 32]; auto: the method's choice."""
    activation: Annotated[str, *_choice(*ACTIVATIONS, also=("relu",))] = NetworkSettings.activation
    """The function between the layers."""
    windows: Annotated[Whole | str, _reads(values.whole), _or_auto("auto"), _WHOLE] = NetworkSettings.windows
    """How many networks share the interval, each starting where the last one ends. auto: as many as the accuracy
    needs; 1: one network for all of it."""


class TrainingSection(Section):
    """How one stage is trained; auto is the method's own default."""

    points: AutoWhole = TrainingSettings.points
    """Collocation points a window, at least 2."""
    sampling: Annotated[str | None, *_choice(*SAMPLINGS, "auto"), _or_auto(None)] = TrainingSettings.sampling
    """How the collocation points are placed."""
    iterations: AutoWhole = TrainingSettings.iterations
    """Most iterations of the stage in each window, at least 1."""
    learning_rate: AutoNumber = TrainingSettings.learning_rate
    """Adam's first step size, positive."""
    schedule: Annotated[str | None, *_choice(*SCHEDULES, "auto"), _or_auto(None)] = TrainingSettings.schedule
    """Adam's learning rate over the iterations; cosine by default."""
    condition: Annotated[str, *_choice(*CONDITIONS)] = TrainingSettings.condition
    """Whether the initial values hold by construction (hard) or are one more term of the loss (soft)."""
    condition_weight: Number = TrainingSettings.condition_weight
    """Weight of the soft condition beside the residual, positive."""
    tolerance: AutoNumber = TrainingSettings.tolerance
    """The stage ends when the root mean square of the scaled residual falls below, positive."""
    time_limit: AutoNumber = TrainingSettings.time_limit
    """The stage ends after this many seconds, positive."""
    start: Annotated[str, *_choice(*STARTS)] = TrainingSettings.start
    """What levenberg-marquardt begins from, with a given number of windows: windows, a fit to the solution by adaptive
    windows; horizon, the equations alone on a growing horizon, the solution by windows only judging the result."""


class OutputSection(Section):
    """What a run directory holds."""

    points: Whole = OutputSettings.points
    """Rows of solution.csv, at least 2."""
    formats: Annotated[list[Annotated[str, *_choice(*FORMATS)]], *_list_of("formats", alone=True)] = [*OutputSettings.formats]
    """File formats of the plots."""
    directory: Words = OutputSettings.directory
    """Where run directories are made."""


class PeriodicSection(Section):
    """Asks for a closed orbit of a system that does not depend on the time."""

    period: Number | None = None
    """Where the search for the period starts, positive."""


class FitParameterSection(Section):
    """A parameter to estimate."""

    start: Number | None = None
    """Where the search starts; the value in system.parameters if left out."""
    bounds: Annotated[list[Bound], *_list_of("two numbers, [low, high]"), Field(json_schema_extra=_TWO)] = [None, None]
    """[low, high], null where there is no bound."""


class FitSection(Section):
    """Parameters and initial values to estimate from data."""

    parameters: Annotated[dict[str, FitParameterSection], _mapping_of("parameter to its start, such as {mu: {start: 1}}")] = {}
    """The parameters to estimate: name to start and bounds."""
    initial: Annotated[list[Words], *_list_of("states", alone=True), _reads(_fitted_states)] = []
    """The states whose initial values are to be estimated; their values under `initial` are where the search starts."""
    data: Annotated[Any, WithJsonSchema(_DATA)] = None
    """A CSV file: a row of column names, then numbers. Empty cells are gaps; columns that are not named here are ignored.
    The path is relative to the problem file."""
    time: Words = "t"
    """The column of the times."""
    observe: Annotated[
        dict[str, Annotated[list[Words], *_list_of("columns", alone=True)]],
        _mapping_of("what was measured to its column, such as {x: column}"),
    ] = {}
    """What was measured, any expression in states, parameters and t, to the column that has it, or to a list of replicate
    columns."""
    noise: Annotated[dict[str, Number], _mapping_of("column to standard deviation, such as {column: 0.1}")] = {}
    """Column: the standard deviation of its noise; estimated where it is left out."""


class ProblemFile(Section):
    """A problem for pinnsolve: a system of ordinary differential equations and how to solve it."""

    name: Words = ""
    """For titles and the run directory; the file's name if left out."""
    description: Words = ""
    """Free text."""
    system: SystemSection
    """The system of equations y' = f(t, y)."""
    initial: Annotated[dict[str, Number], _mapping_of("state to value, such as {x: 2, y: 0}")] = {}
    """State: number or constant expression, for every state, x' of an equation of second order included. Of a boundary
    value problem the guess at the start, which may be left out; of a closed orbit the guess of a point on it."""
    time: Annotated[list[Number], *_list_of("two numbers, [start, end]"), Field(json_schema_extra=_TWO)] = []
    """[start, end]; an end before the start integrates backward. Not for a closed orbit, whose times start at 0."""
    boundary: Annotated[list[Condition] | None, *_list_of(_CONDITIONS, alone=True)] = None
    """Conditions between the states at the two end times, such as x(0) = 1 or x'(1) = x(0); as many as there are states."""
    periodic: Annotated[PeriodicSection | None, _mapping_of("period to its guess, {period: 6.6}")] = None
    """Asks for a closed orbit of unknown period."""
    fit: Annotated[FitSection | None, _mapping_of("the keys of a fit: parameters, initial, data, time, observe, noise")] = None
    """Parameters and initial values to estimate from data."""
    accuracy: Number = Problem.accuracy
    """The global relative error asked for: the largest over time and components, each component measured against its
    own largest absolute value."""
    method: Annotated[list[Annotated[str, *_choice(*METHODS)]], *_list_of("stages", alone=True)] = ["auto"]
    """How the networks are trained: one method, or a list of stages run in turn."""
    network: NetworkSection = NetworkSection()
    """What the networks look like."""
    training: Annotated[list[TrainingSection], *_list_of("stages", alone=True)] = [TrainingSection()]
    """How the stages are trained: one mapping for all, or a list with one a stage."""
    device: Words = Problem.device
    """auto (by size), cpu, cuda, cuda:1 (or another number) or mps."""
    dtype: Annotated[str, *_choice(*DTYPES)] = Problem.dtype
    """Precision; auto and gauss-newton need float64."""
    seed: Whole = Problem.seed
    """Start of all random numbers."""
    output: OutputSection = OutputSection()
    """What a run directory holds."""
