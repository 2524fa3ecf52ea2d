"""The JSON Schema of a problem file, by which editors complete and check it while it is written.

It is made from the models in `schema`: keys, kinds, words to choose from, defaults and descriptions come from there.
Here it is brought into the form that editors understand best (draft 7, which all of them know, without references) and
gets what the models leave to `pinnsolve.problem`: ranges, examples and which keys belong together.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from pinnsolve.problem.settings import WINDOWS
from pinnsolve.spec.schema import ProblemFile
from pinnsolve.version import VERSION

DRAFT = "http://json-schema.org/draft-07/schema#"

_POSITIVE = {"exclusiveMinimum": 0}
_MORE: dict[str, dict[str, Any]] = {
    "name": {"examples": ["pendulum"]},
    "description": {"examples": ["Damped pendulum"]},
    "system": {"anyOf": [{"required": ["equations"]}, {"required": ["python", "states"]}]},
    "system.equations": {"examples": [{"x'": "v", "v'": "-x"}, {"x''": "-x"}]},
    "system.parameters": {"examples": [{"mu": 1, "omega": "2*pi"}]},
    "system.python": {"examples": ["system.py:f"]},
    "system.states": {"minItems": 1, "examples": [["x", "v"]]},
    "initial": {"minProperties": 1, "examples": [{"x": 1, "v": 0}, {"x": 1, "x'": 0}]},
    "boundary": {"examples": [["x(0) = 1", "x(1) = 0"], ["x(0) = x(1)", "x'(0) = x'(1)"]]},
    "periodic": {"required": ["period"], "examples": [{"period": 6.6}]},
    "periodic.period": {**_POSITIVE, "examples": [6.6, "2*pi"]},
    "fit": {"required": ["data", "observe"]},
    "fit.parameters": {"examples": [{"mu": {"start": 1, "bounds": [0, 10]}}]},
    "fit.initial": {"examples": [["x"]]},
    "fit.data": {"examples": ["measurements.csv"]},
    "fit.time": {"examples": ["t", "time"]},
    "fit.observe": {"minProperties": 1, "examples": [{"x": "position"}, {"x + y": ["first", "second"]}]},
    "fit.noise": {"examples": [{"position": 0.1}]},
    "time": {"examples": [[0, 10], [0, "2*pi"]]},
    "accuracy": {"exclusiveMinimum": 0, "exclusiveMaximum": 1, "examples": [1e-4, 1e-6, 1e-8]},
    "method": {"default": "auto", "examples": ["auto", "levenberg-marquardt", ["adam", "lbfgs"]]},
    "network.hidden": {"examples": ["auto", [32, 32], [128]]},
    "network.windows": {"minimum": 1, "maximum": WINDOWS, "examples": ["auto", 1]},
    "training.points": {"minimum": 2, "examples": ["auto", 200]},
    "training.iterations": {"minimum": 1, "examples": ["auto", 1000]},
    "training.learning_rate": {**_POSITIVE, "examples": ["auto", 1e-3]},
    "training.condition_weight": _POSITIVE,
    "training.tolerance": {**_POSITIVE, "examples": ["auto", 1e-8]},
    "training.time_limit": {**_POSITIVE, "examples": ["auto", 60]},
    "device": {"pattern": r"^(auto|cpu|cuda(:\d+)?|mps)$", "examples": ["auto", "cpu", "cuda", "cuda:1", "mps"]},
    "output.points": {"minimum": 2, "examples": [501, 2001]},
    "output.formats": {"examples": [["png", "svg"], ["pdf"]]},
}


def _without(key: str, message: str) -> dict[str, Any]:
    """That the key must not be there. Editors show the message at its place; others pass over ``errorMessage``."""
    return {"properties": {key: False}, "errorMessage": message}


_KINDS: list[dict[str, Any]] = [
    {"if": {"required": ["boundary"]}, "else": {"required": ["initial"]}},
    {
        "if": {"required": ["periodic"]},
        "then": _without("time", "time has no meaning beside periodic: the period is unknown."),
        "else": {"required": ["time"]},
    },
    *(
        {"if": {"required": [one, other]}, "then": _without(other, f"{one} and {other} exclude each other: one of them must go.")}
        for one, other in itertools.combinations(("boundary", "periodic", "fit"), 2)
    ),
]
"""Which keys the kinds of problems need, and which exclude each other."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 7) of a problem file."""
    schema = _tidy(_inlined(ProblemFile.model_json_schema()))
    for path, key in _keys(schema):
        key.update(_MORE.get(path, {}))
        if "auto" in (*key.get("enum", ()), *key.get("examples", ())):
            key.setdefault("default", "auto")
        key["title"] = path
    head = {"$schema": DRAFT, "$id": f"urn:pinnsolve:{VERSION}:problem", "title": "A problem for pinnsolve"}
    return {**head, **schema, "allOf": _KINDS}


def setting_keys() -> list[str]:
    """The dotted keys of all settings that hold a value, such as ``network.windows``."""
    keys = [path for path, _ in _keys(json_schema())]
    return [path for path in dict.fromkeys(keys) if not any(other.startswith(f"{path}.") for other in keys)]


def _keys(schema: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Dotted path and schema of every key, those of a section alone and of a list of sections under the same path."""
    for name, key in schema.get("properties", {}).items():
        yield before + name, key
        yield from _keys(key, f"{before}{name}.")
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from _keys(inner, before)


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with every definition where it is used: draft 7 takes no words of one's own beside a reference."""
    definitions = schema.pop("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return inline({**definitions[node["$ref"].rpartition("/")[2]], **rest})
        return {key: inline(value) for key, value in node.items()}

    inlined: dict[str, Any] = inline(schema)
    return inlined


def _tidy(schema: Any) -> Any:
    """Descriptions on one line; no titles, defaults and kinds that only repeat how Python keeps a value."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return " ".join(schema.split()) if isinstance(schema, str) else schema
    tidy = {key: _tidy(value) for key, value in schema.items() if not _needless(key, value)}
    if len(tidy.get("anyOf", ())) == 2 and tidy["anyOf"][1] == {"type": "null"}:
        tidy = {**tidy.pop("anyOf")[0], **tidy}
    return tidy


def _needless(key: str, value: Any) -> bool:
    inner = value[0] if isinstance(value, list) and value else value
    if key == "default":
        return inner in (None, "", []) or isinstance(inner, dict)
    return key == "title" and isinstance(value, str)
