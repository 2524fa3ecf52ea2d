"""A problem written down and read again is the same problem; `validate` tells what was understood."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pinnsolve.expressions import parse
from pinnsolve.problem import ExpressionSystem, Problem
from pinnsolve.spec import describe, describe_text, json_schema, load_problem, to_mapping
from pinnsolve.spec.json_schema import setting_keys

FULL = (
    """\
name: everything
description: "All: of it"
system:
  equations:
    - x''' = -x'' + a*y
    - y: where(x' > 1, "no"
""".replace('"no"', "1e-3, sin(t))")
    + """\
  parameters: {a: 2*pi, n: 3, y0: 1e-3}
initial: {x: 1, x': 2, x'': n, y: y0}
time: [0, 1/3]
accuracy: 1e-3
method: [adam, levenberg-marquardt]
network: {hidden: [8, 8], activation: sin, windows: 4}
training: [{points: 50, learning_rate: 1e-2}, {sampling: adaptive, condition: soft}]
device: cpu
dtype: float32
seed: 5
output: {points: 7, formats: [svg], directory: elsewhere}
"""
)


def same(a: Problem, b: Problem) -> bool:
    systems = all(getattr(a.system, name) == getattr(b.system, name) for name in ("states", "parameters", "equations", "source"))
    names = [name for name in vars(a) if name != "system"]
    return systems and all(getattr(a, name) == getattr(b, name) for name in names)


@pytest.mark.parametrize("text", [FULL, "system: {equations: {x': -x}}\ninitial: {x: 1}\ntime: [0, 1]\n"], ids=["full", "short"])
def test_the_mapping_gives_the_same_problem_again(read, text):
    problem = read(text)
    mapping = to_mapping(problem)
    again = load_problem(mapping)
    assert same(problem, again)
    assert to_mapping(again) == mapping


def test_the_mapping_survives_a_yaml_file(read, tmp_path):
    problem = read(FULL)
    path = tmp_path / "config.resolved.yaml"
    path.write_text(yaml.safe_dump(to_mapping(problem), sort_keys=False, allow_unicode=True), encoding="utf-8")
    assert same(problem, load_problem(path))


def setting_names(section):
    return [key.removeprefix(f"{section}.") for key in setting_keys() if key.startswith(f"{section}.")]


def test_the_mapping_has_every_setting(read, van_der_pol):
    mapping = to_mapping(read(van_der_pol))
    schema = json_schema()
    assert set(mapping) == set(schema["properties"]) - {"boundary", "periodic", "fit"}
    for section in ("network", "training", "output"):
        assert set(mapping[section]) == set(setting_names(section))
    assert mapping["network"] == {"hidden": "auto", "activation": "tanh", "windows": "auto"}
    assert mapping["training"]["points"] == "auto"
    assert mapping["method"] == "auto"


def test_equations_stay_in_the_words_of_the_user(read):
    equations = to_mapping(read(FULL))["system"]["equations"]
    assert equations == {"x'''": "-x'' + a*y", "y": "where(x' > 1, 1e-3, sin(t))"}


def test_a_system_without_text_is_written_from_its_expressions():
    names = ["x", "x'", "k"]
    equations = {"x": parse("x'", names), "x'": parse("-k*x", names)}
    problem = Problem(ExpressionSystem(equations, {"k": 4.0}), initial=[1, 0], time=(0, 1))
    mapping = to_mapping(problem)
    assert mapping["system"]["equations"] == {"x''": "-k*x"}
    assert load_problem(mapping).system.equations == equations


def test_the_description_for_people(read):
    text = describe_text(
        read("name: a\nsystem: {equations: {x'': -k*x*1.0}, parameters: {k: 1/4}}\ninitial: {x: 1, x': 0}\ntime: [1, -3]\n")
    )
    assert text.splitlines() == [
        "a",
        "",
        "An autonomous system with 2 states: x, x'",
        "    x'' = -k*x",
        "",
        "time        from 1 to -3 (backward)",
        "initial     x(1) = 1, x'(1) = 0",
        "parameters  k = 0.25",
        "accuracy    1e-6 (global relative error)",
        "method      auto; as many windows as the accuracy needs",
        "computed    in float64 on the device that fits the size, seed 0",
    ]


def test_the_description_for_programs(read, van_der_pol):
    facts = describe(read(van_der_pol))
    assert facts["states"] == ["x", "y"]
    assert facts["equations"] == {"x'": "y", "y'": "mu*(1 - x^2)*y - x"}
    assert (facts["parameters"], facts["initial"], facts["time"]) == ({"mu": 1.0}, {"x": 2.0, "y": 0.0}, [0.0, 20.0])
    assert facts["autonomous"] is True
    assert facts["sizes"] == {"states": 2, "parameters": 1, "interval": 20.0}


def test_the_description_tells_what_will_be_trained(read):
    assert "adam, then levenberg-marquardt; 4 networks 1-8-8-4, sin" in describe_text(read(FULL))
    assert "A non-autonomous system with 4 states" in describe_text(read(FULL))


def test_loading_a_mapping_does_not_import_torch():
    import subprocess
    import sys

    code = (
        "import sys; from pinnsolve.spec import load_problem, describe_text, to_mapping, json_schema\n"
        "p = load_problem({'system': {'equations': {'x': '-x'}}, 'initial': {'x': 1}, 'time': [0, 1]})\n"
        "describe_text(p); to_mapping(p); json_schema()\n"
        "assert not {'torch', 'scipy', 'matplotlib'} & set(sys.modules)"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
