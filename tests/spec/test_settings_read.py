"""Settings that are right arrive in the problem as they were meant."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pinnsolve.problem import NetworkSettings, OutputSettings, TrainingSettings
from pinnsolve.spec import load_problem, to_mapping


def test_everything_has_a_default(read, van_der_pol):
    problem = read(van_der_pol)
    assert (problem.name, problem.description) == ("problem", "")
    assert (problem.accuracy, problem.method, problem.seed) == (1e-6, ("auto",), 0)
    assert (problem.device, problem.dtype) == ("auto", "float64")
    assert problem.network == NetworkSettings()
    assert problem.training == (TrainingSettings(),)
    assert problem.output == OutputSettings()


def test_every_setting_arrives(read, van_der_pol):
    problem = read(
        van_der_pol
        + """
name: vdp
description: An oscillator
accuracy: 1e-3
method: [adam, lbfgs]
network: {hidden: [16, 8], activation: sin, windows: 3}
training:
  - {points: 1e3, sampling: uniform, iterations: 2^10, learning_rate: 1/100, schedule: plateau}
  - {condition: soft, condition_weight: 10, tolerance: 1e-8, time_limit: 60}
device: cuda:1
dtype: float32
seed: 7
output: {points: 11, formats: [pdf], directory: out}
"""
    )
    assert (problem.name, problem.description, problem.accuracy) == ("vdp", "An oscillator", 1e-3)
    assert problem.method == ("adam", "lbfgs")
    assert problem.network == NetworkSettings((16, 8), "sin", 3)
    assert problem.training == (
        TrainingSettings(1000, "uniform", 1024, 0.01, "plateau"),
        TrainingSettings(condition="soft", condition_weight=10, tolerance=1e-8, time_limit=60),
    )
    assert (problem.device, problem.dtype, problem.seed) == ("cuda:1", "float32", 7)
    assert problem.output == OutputSettings(11, ("pdf",), "out")


def test_the_start_of_the_training_arrives_and_comes_back(read, van_der_pol):
    assert read(van_der_pol).training[0].start == "windows"
    problem = read(van_der_pol + "network: {windows: 2}\ntraining: {start: horizon}\n")
    assert problem.training == (TrainingSettings(start="horizon"),)
    assert to_mapping(problem)["training"]["start"] == "horizon"
    assert load_problem(to_mapping(problem)).training == problem.training


def test_whole_numbers_are_integers_in_any_notation(read, van_der_pol):
    for text in ("1e3", "1000", "1000.0", "10^3", "'1000'"):
        problem = read(van_der_pol + f"output: {{points: {text}}}\n")
        assert problem.output.points == 1000
        assert type(problem.output.points) is int


def test_one_item_stands_for_a_list_of_one(read, van_der_pol):
    problem = read(
        van_der_pol + "method: adam\nnetwork: {hidden: 20, windows: 1}\noutput: {formats: pdf}\ntraining: {points: 9}\n"
    )
    assert (problem.method, problem.network.hidden, problem.output.formats) == (("adam",), (20,), ("pdf",))
    assert problem.training == (TrainingSettings(points=9),)


def test_an_empty_section_is_none(read, van_der_pol):
    problem = read(van_der_pol + "network:\ntraining:\noutput: {}\ndescription:\nname:\n")
    assert (problem.network, problem.training) == (NetworkSettings(), (TrainingSettings(),))
    assert (problem.name, problem.description) == ("problem", "")


def test_numbers_may_be_constant_expressions_in_the_parameters(read):
    problem = read(
        "system:\n  equations: {x': -a*x}\n  parameters: {b: 2*pi, a: b/2, lambda: sqrt(4)}\n"
        "initial: {x: cos(a)}\ntime: [-a, 3*b]\naccuracy: 10^(-lambda)\n"
    )
    assert problem.system.parameters == {"b": 2 * math.pi, "a": math.pi, "lambda": 2.0}
    assert problem.initial == (-1.0,)
    assert problem.time == (-math.pi, 6 * math.pi)
    assert problem.accuracy == pytest.approx(0.01)


def test_a_declared_e_wins_over_the_constant(read):
    text = "system: {equations: {x': e*x}%s}\ninitial: {x: e}\ntime: [0, 1]\n"
    assert read(text % "").initial == (math.e,)
    assert read(text % ", parameters: {e: 0.5}").initial == (0.5,)


def test_names_of_numbers_and_words_are_names(read):
    problem = read("system:\n  equations:\n    y': n\n    n': no*y\n    no': 0\ninitial: {y: 1, n: 2, no: 3}\ntime: [0, 1]\n")
    assert problem.system.states == ("y", "n", "no")


def test_a_numeric_name_is_text(read, van_der_pol):
    assert read(van_der_pol + "name: 1e3\ndescription: 1.10\n").name == "1e3"
    assert read(van_der_pol + "name: 1e3\ndescription: 1.10\n").description == "1.10"


def test_data_from_python_may_be_numpy_and_tuples():
    problem = load_problem(
        {
            "system": {"equations": {"x'": "k*x"}, "parameters": {"k": np.float64(-1)}},
            "initial": {"x": np.float32(0.5)},
            "time": np.array([0, 2]),
            "accuracy": np.float64(1e-4),
            "method": ("adam",),
            "network": {"hidden": (np.int64(8),), "windows": np.int32(2)},
            "seed": np.int64(3),
        }
    )
    assert (problem.initial, problem.time, problem.accuracy, problem.seed) == ((0.5,), (0.0, 2.0), 1e-4, 3)
    assert problem.network == NetworkSettings((8,), "tanh", 2)
    assert type(problem.initial[0]) is float


def test_backward_in_time_is_allowed(read, van_der_pol):
    assert read(van_der_pol.replace("[0, 20]", "[0, -20]")).time == (0.0, -20.0)
