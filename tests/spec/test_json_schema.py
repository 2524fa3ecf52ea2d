"""The JSON Schema takes what the reader takes, refuses what it refuses, and tells editors about every key."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from pinnsolve.errors import ProblemError
from pinnsolve.problem.settings import ACTIVATIONS, METHODS, SAMPLINGS
from pinnsolve.spec import json_schema, load_problem, to_mapping
from pinnsolve.spec.json_schema import _keys, setting_keys
from pinnsolve.spec.yaml_reader import read_yaml

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def problem(**changes):
    """A problem with some keys changed; those that are `...` are taken out."""
    whole = {"system": {"equations": {"x'": "-x"}}, "initial": {"x": 1}, "time": [0, 1], **changes}
    return {key: value for key, value in whole.items() if value is not ...}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_problem_is_valid_as_written_and_as_resolved(validator, path):
    source, _ = read_yaml(path.read_text(encoding="utf-8"), str(path), path.parent)
    validator.validate(source.data)
    validator.validate(to_mapping(load_problem(path)))


@pytest.mark.parametrize(
    "right",
    [
        problem(),
        problem(system={"equations": ["x' = -x"]}),
        problem(system={"equations": [{"x'": 0}], "parameters": {"k": "2*pi"}}),
        problem(time=["-pi", 2.5], accuracy="1/1000", seed="2^10"),
        problem(method="adam", training={"points": 1e3, "iterations": "auto", "sampling": "auto"}),
        problem(method=["adam", "lbfgs"], training=[{"iterations": 3}, {"time_limit": 1.5}]),
        problem(network={"windows": 1, "hidden": 32, "activation": "sin"}, device="cuda:1"),
        problem(boundary=["x(0) = 1"]),
        problem(system={"equations": {"x''": "-x"}}, initial={"x": 1, "x'": "pi"}),
        {"system": {"equations": {"x'": "y", "y'": "-x"}}, "time": [0, 1], "boundary": ["x(0) = 1", "y(1) = 0"]},
        {"system": {"equations": {"x'": "y", "y'": "-x"}}, "initial": {"x": 1, "y": 0}, "periodic": {"period": "2*pi"}},
        problem(network={"windows": 2, "hidden": ["2^4", 8]}, output={"formats": "pdf"}),
        problem(boundary=["x(0) + x(1) = 1"]),
        problem(initial=..., boundary="x(1) = 2"),
        problem(fit={"initial": "x", "data": {"t": [0, 1], "a": [1, None]}, "observe": {"x": "a"}}),
        problem(
            system={"equations": {"x'": "-k*x"}},
            fit={
                "parameters": {"k": {"start": 1, "bounds": [0, None]}},
                "data": {"s": [0, 1], "a": [1, 2], "b": [3, 4]},
                "time": "s",
                "observe": {"x": ["a", "b"]},
                "noise": {"a": 0.1},
            },
        ),
    ],
)
def test_a_right_file_is_right_for_both(validator, right):
    validator.validate(right)
    load_problem(right)


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"initial": {"x": 1}, "time": [0, 1]}, ""),
        (problem(acuracy=1e-3), ""),
        (problem(system={"equations": {"x'": "-x"}, "params": {}}), "system"),
        (problem(system={"parameters": {}}), "system"),
        (problem(system={"equations": {"x'": ["-x"]}}), "system.equations"),
        (problem(initial={}), "initial"),
        (problem(initial=[1]), "initial"),
        (problem(initial={"x": True}), "initial.x"),
        (problem(time=[0, 1, 2]), "time"),
        (problem(boundary=3), "boundary"),
        (problem(boundary=["x(0) = 1"], periodic={"period": 1}), ""),
        ({"system": {"equations": {"x'": "-x"}}, "initial": {"x": 1}}, ""),
        ({"system": {"equations": {"x'": "-x"}}, "initial": {"x": 1}, "periodic": {}}, "periodic"),
        (problem(fit={"parameters": {"k": {"start": 1}}}), "fit"),
        (problem(accuracy=2), "accuracy"),
        (problem(accuracy=0), "accuracy"),
        (problem(method="newton"), "method"),
        (problem(network={"windows": 1, "activation": "relu"}), "network.activation"),
        (problem(network={"windows": 0}), "network.windows"),
        (problem(network={"layers": 3}), "network"),
        (problem(training={"points": 1}), "training"),
        (problem(training=[{"sampling": "random"}]), "training"),
        (problem(device="gpu"), "device"),
        (problem(dtype="float16"), "dtype"),
        (problem(seed=1.5), "seed"),
        (problem(output={"points": 1}), "output.points"),
        (problem(initial=...), ""),
        (problem(time=...), ""),
        (problem(periodic={"period": 3}), ""),
        (problem(time=..., periodic={}), "periodic"),
        (problem(time=..., periodic={"period": 0}), "periodic.period"),
        (problem(boundary=[1]), "boundary"),
        (problem(fit={"initial": "x"}), "fit"),
        (problem(fit={"initial": "x", "data": 3, "observe": {"x": "a"}}), "fit.data"),
        (problem(fit={"initial": "x", "data": {"t": [0], "a": [1]}, "observe": {}}), "fit.observe"),
        (problem(fit={"parameters": {"k": {"strt": 1}}, "data": {"a": []}, "observe": {"x": "a"}}), "fit.parameters.k"),
        (problem(boundary=["x(0) = 1"], fit={"initial": "x", "data": {"t": [0], "a": [1]}, "observe": {"x": "a"}}), ""),
        (problem(output={"formats": ["gif"]}), "output.formats"),
    ],
)
def test_a_wrong_file_is_wrong_for_both_and_at_its_place(validator, wrong, place):
    errors = list(validator.iter_errors(wrong))
    assert errors
    assert all(".".join(map(str, error.absolute_path)).startswith(place) for error in errors)
    with pytest.raises(ProblemError):
        load_problem(wrong)


def test_every_key_has_words_for_the_editor():
    for path, key in _keys(json_schema()):
        assert key["title"] == path
        assert key["description"].endswith(".")
        if "properties" in key:
            assert key["additionalProperties"] is False


def test_the_words_to_choose_from_are_those_that_the_reader_takes():
    keys = dict(_keys(json_schema()))
    assert keys["network.activation"]["enum"] == list(ACTIVATIONS)
    assert keys["training.sampling"]["enum"] == [*SAMPLINGS, "auto"]
    one, several = keys["method"]["anyOf"]
    assert one["enum"] == several["items"]["enum"] == list(METHODS)


def test_examples_and_defaults_are_themselves_valid(validator):
    for path, key in _keys(json_schema()):
        for value in (*key.get("examples", ()), *([key["default"]] if "default" in key else ())):
            assert jsonschema.Draft7Validator(key).is_valid(value), (path, value)


def test_the_schema_is_whole_in_itself():
    assert "$ref" not in str(json_schema())


def test_the_keys_that_hold_values():
    keys = setting_keys()
    assert {"accuracy", "network.windows", "training.points", "system.parameters"} <= set(keys)
    assert not {"network", "training", "system", "output"} & set(keys)
    assert len(keys) == len(set(keys))
