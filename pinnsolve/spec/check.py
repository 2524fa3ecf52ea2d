"""The schema applied to a source: the checked settings, and every fault as a sentence with its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from pinnsolve.errors import Fault
from pinnsolve.expressions import ExpressionError, nearest_name
from pinnsolve.spec.schema import (
    OWN,
    FitParameterSection,
    FitSection,
    NetworkSection,
    OutputSection,
    PeriodicSection,
    ProblemFile,
    SystemSection,
    TrainingSection,
)
from pinnsolve.spec.source import Keys, Source, dotted
from pinnsolve.spec.words import listed, shown

SECTIONS: dict[str, type[BaseModel]] = {
    "": ProblemFile,
    "system": SystemSection,
    "network": NetworkSection,
    "training": TrainingSection,
    "output": OutputSection,
    "periodic": PeriodicSection,
    "fit": FitSection,
}

_STAND_INS: dict[str, Any] = {"system": {}, "time": [0, 1]}
_MISSING = {
    "system": "the problem has no 'system': its equations, such as system: {equations: {x': -x}}",
    "initial": "the problem has no 'initial': the value of every state at the start, such as initial: {x: 1}",
    "time": "the problem has no 'time': its interval, such as time: [0, 20]",
}


@dataclass(frozen=True)
class Checked:
    """The settings of a file as far as they are right."""

    settings: ProblemFile
    """With stand-ins where there are faults."""
    faults: list[Fault]
    faulty: frozenset[str]
    """Dotted paths of what stands in for something faulty."""


def check(source: Source, parameters: Mapping[str, float]) -> Checked:
    """Check the kinds of all values.

    A faulty value is reported, then taken out and checking goes on with its default, so that whoever comes next finds
    settings that are complete and can report the faults of its own kind in the same go.
    """
    data = _copied(source.data)
    for key in ("name", "description"):  # a number is text here, and is kept as it was written
        if isinstance(data.get(key), (int, float)) and not isinstance(data[key], bool):
            data[key] = source.raw((key,))
    faults = [source.fault((key,), _MISSING[key]) for key in _missing(source.data)]
    faulty: set[str] = set()
    for fault in faults:
        faulty.add(dotted(_take_out(data, (str(fault.path),))))
    reported = len(faults)
    while True:
        try:
            settings = ProblemFile.model_validate(data, context={"parameters": parameters})
        except ValidationError as error:
            items = error.errors(include_url=False)
            first = len(faults) == reported
            for item in items:
                keys = _keys(source, item["loc"])
                if first:
                    faults.append(_fault(source, keys, item))
                faulty.add(dotted(_take_out(data, keys)))
        else:
            return Checked(settings, faults, frozenset(faulty))


def _missing(data: Mapping[str, Any]) -> list[str]:
    """The keys that a problem of this kind needs and does not have."""
    needed = {"system": True, "initial": "boundary" not in data, "time": "periodic" not in data}
    return [key for key, must_be in needed.items() if must_be and key not in data]


def _keys(source: Source, location: tuple[int | str, ...]) -> Keys:
    """Where the error is in the data: one mapping under `training`, and one word for a list, were made lists of one."""
    keys: Keys = ()
    for key in location:
        if not (isinstance(key, int) and not isinstance(source.get(keys), list)):
            keys = (*keys, key)
    return keys


def _fault(source: Source, keys: Keys, item: Any) -> Fault:
    if item["type"] == "extra_forbidden":
        return _unknown_key(source, keys)
    if item["type"] != OWN:  # every kind of value has a reader of our own, so this is a hole in the schema
        return source.predicate_fault(keys, item["msg"])
    own = item["ctx"]
    return value_fault(source, keys, own["message"], own["span"], own["suggestion"])


def value_fault(
    source: Source, keys: Keys, message: str, span: tuple[int, int] | None = None, suggestion: str | None = None
) -> Fault:
    """The fault of a value that is wrong, or of a constant expression that cannot be read."""
    value = source.get(keys)
    word = str(value)[slice(*span)] if span is not None else value
    if isinstance(word, str) and word in fitted_names(source):
        message = f"'{word}' is to be estimated, so it has no value that could be used here: write a number"
        suggestion = None
        if keys[0] == "initial":
            message += ", or name the state under fit.initial to estimate its initial value"
    return source.predicate_fault(keys, message + _comment(source, keys, span), span=span, suggestion=suggestion)


def expression_faults(
    source: Source,
    keys: Keys,
    error: ExpressionError,
    where: str = "",
    offset: int = 0,
    at: Literal["key", "value"] = "value",
) -> list[Fault]:
    """All faults of an expression.

    Parameters
    ----------
    where
        Which expression it is, for the message: ``" in the equation for x'"``.
    offset
        Where the expression begins in the text at `keys`.
    at
        Whether it is the key or the value.
    """
    faults = []
    for one in error.all:
        what, colon, cure = one.message.partition(": ")
        span = (one.start + offset, one.end + offset)
        message = f"{what}{where}{colon}{cure}{_comment(source, keys, span)}"
        faults.append(source.fault(keys, message, at=at, span=span, suggestion=one.suggestion))
    return faults


def cut_off_fault(source: Source, keys: Keys, what: str) -> Fault | None:
    """The fault of an expression that a comment may have cut off; `what` it is."""
    if not source.cut_off(keys):
        return None
    cut = "' #' begins a comment in YAML, so nothing behind it belongs to"
    cure = "quote the expression if it does, or leave a space behind # if it is a comment"
    return source.fault(keys, f"{cut} {what}: {cure}")


def fitted_names(source: Source) -> Collection[str]:
    """The names of the parameters that are to be estimated."""
    names = source.get(("fit", "parameters"))
    return names if isinstance(names, Mapping) else ()


def _comment(source: Source, keys: Keys, span: tuple[int, int] | None) -> str:
    """A word on the comment behind an expression that cannot be read: it may have been cut off by it."""
    if span is None or not source.comment_follows(keys):
        return ""
    return "; ' #' begins a comment in YAML: if it belongs to the expression, quote it"


def _unknown_key(source: Source, keys: Keys) -> Fault:
    """Name the nearest known key: here, or by the same name in another section."""
    section, key = str(keys[0]) if len(keys) > 1 else "", str(keys[-1])
    inside = FitParameterSection if keys[:2] == ("fit", "parameters") else SECTIONS[section]
    known = list(inside.model_fields)
    elsewhere = [f"{other}.{key}".lstrip(".") for other, model in SECTIONS.items() if key in model.model_fields]
    if not section:
        elsewhere += _meant(source, key)
    suggestion = elsewhere[0] if elsewhere and inside is not FitParameterSection else nearest_name(key, known)
    message = f"unknown key {shown(key)}" + (f" in {dotted(keys[:-1])}" if section else "")
    if suggestion is None:
        plural = "keys" if len(known) > 1 else "only key"
        message += f": the {plural} {'there' if section else 'of a problem'} {'are' if len(known) > 1 else 'is'} {listed(known)}"
    return source.fault(keys, message, at="key", suggestion=suggestion)


def _meant(source: Source, name: str) -> list[str]:
    """Keys that a name of the user's own stands for: ``mu`` alone is meant as ``system.parameters.mu``."""
    places: tuple[tuple[Keys, str], ...] = (
        (("system", "parameters"), f"system.parameters.{name}"),
        (("fit", "parameters"), f"fit.parameters.{name}.start"),
        (("initial",), f"initial.{name}"),
    )
    return [meant for keys, meant in places if isinstance(found := source.get(keys), Mapping) and name in found]


def _take_out(data: Any, keys: Keys) -> Keys:
    """Delete what is faulty, or put the stand-in where something must be; say which key that was."""
    while keys and isinstance(keys[-1], int):  # a list without one of its items is another list: take out all of it
        keys = keys[:-1]
    if len(keys) == 1 and keys[0] in _STAND_INS:
        data[keys[0]] = _copied(_STAND_INS[str(keys[0])])
        return keys
    inside = data
    for key in keys[:-1]:
        if isinstance(inside, dict) and key not in inside:  # gone already, with another fault of the same list
            return keys
        inside = inside[key]
    inside.pop(keys[-1], None)
    return keys


def _copied(data: Any) -> Any:
    """The same mappings and lists anew, around the same values."""
    if isinstance(data, Mapping):
        return {key: _copied(value) for key, value in data.items()}
    return [_copied(value) for value in data] if isinstance(data, list) else data
