"""Closed orbits of a problem file: a guess of the period, a guess of a point, no interval and no explicit time."""

from __future__ import annotations

import pytest

from pinnsolve.spec import describe, describe_text, load_problem, to_mapping

ORBIT = """\
system:
  equations:
    x': y
    y': mu*(1 - x^2)*y - x
  parameters: {mu: 1}
initial: {x: 2, y: 0}
periodic: {period: 6.6}
"""


def test_the_period_is_a_guess_and_times_start_at_zero(read):
    problem = read(ORBIT)
    assert (problem.kind, problem.periodic.period, problem.time, problem.initial) == ("periodic", 6.6, (0.0, 6.6), (2.0, 0.0))


def test_the_guess_may_be_a_constant_expression_and_be_overridden(read):
    assert read(ORBIT.replace("6.6", "6.6*mu")).periodic.period == 6.6
    assert read(ORBIT, overrides={"periodic.period": 5}).time == (0.0, 5.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{period: 0}", "7:20: periodic.period: must be a positive number: where the search for the period starts"),
        ("{period: -2}", "7:20: periodic.period: must be a positive number"),
        ("{period: abc}", "7:20: periodic.period: must be a number, not 'abc'"),
        ("{period: .inf}", "7:20: periodic.period: must be a number, not '.inf': it must be finite"),
        ("{}", "7:1: periodic needs a period to start from, such as {period: 6.6}"),
        ("{perod: 3}", "7:12: unknown key 'perod' in periodic (did you mean 'period'?)"),
        ("{period: 3, x: 3}", "7:23: unknown key 'x' in periodic: the only key there is period"),
        ("6.6", "7:11: periodic: must be a mapping from period to its guess, {period: 6.6}, not 6.6"),
        ("", "7:10: periodic: must be a mapping from period to its guess, {period: 6.6}, not null (an empty value)"),
    ],
)
def test_a_faulty_guess_has_its_sentence_and_its_place(faults, given, message):
    (fault,) = faults(ORBIT.replace("{period: 6.6}", given))
    assert str(fault).startswith(f"<stdin>:{message}")


def test_an_interval_beside_an_unknown_period_is_a_fault_among_the_others(faults):
    found = faults(ORBIT + "time: [0, 3]\naccuracy: 2\n")
    assert [fault.message for fault in found] == [
        "time: the period of a closed orbit is unknown and its times start at 0: leave 'time' out",
        "accuracy: must lie between 0 and 1, such as 1e-6",
    ]


@pytest.mark.parametrize("time", ["[0, 6.6]", "[0, 3]", "[]", "[1, 1]"])
def test_a_time_beside_a_period_is_one_fault_whatever_it_says(faults, time):
    (fault,) = faults(f"{ORBIT}time: {time}\n")
    assert fault.message == "time: the period of a closed orbit is unknown and its times start at 0: leave 'time' out"
    assert (fault.line, fault.column) == (8, 7)
    (fault,) = faults(ORBIT, overrides={"time": [0, 6.6]})
    assert str(fault) == "time: the period of a closed orbit is unknown and its times start at 0: leave 'time' out"


def test_a_single_equation_has_no_closed_orbit(faults):
    text = "system: {equations: {x': -x}}\ninitial: {x: 1}\nperiodic: {period: 3}\n"
    (fault,) = faults(text)
    assert str(fault).startswith(
        "<stdin>:1:1: system: a single equation without t has no closed orbits, because its solutions cannot turn back: "
        "add the equation that is missing, or leave 'periodic' out"
    )
    (fault,) = faults(text.replace("-x", "-x + sin(t)"))
    assert "the system must not depend on the time" in fault.message
    (fault,) = faults(text.replace("-x", "-z"))  # who knows what the system will be
    assert fault.message.startswith("unknown name 'z'")


def test_a_point_to_start_from_is_needed(faults):
    (fault,) = faults(ORBIT.replace("initial: {x: 2, y: 0}\n", ""))
    assert fault.message.startswith("the problem has no 'initial'")


@pytest.mark.parametrize(
    ("old", "new", "equations"),
    [
        ("- x\n", "- x + sin(t)\n", "equation for y' contains t"),
        ("x': y", "x': y + t", "equation for x' contains t"),
        ("x': y\n    y':", "x': y*t\n    y': t +", "equations for x' and y' contain t"),
    ],
)
def test_an_equation_with_the_time_is_named(faults, old, new, equations):
    (fault,) = faults(ORBIT.replace(old, new, 1))
    assert fault.message.startswith(
        f"periodic: the period is unknown, so the system must not depend on the time, but the {equations}; "
    )
    assert "boundary: [x(0) = x(T), ...]" in fault.message
    assert fault.line == 7


def test_a_time_that_cancels_is_none(read):
    assert read(ORBIT.replace("x': y", "x': y + 0*t")).system.autonomous


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("method: lbfgs", "method: a closed orbit is solved by method auto only: leave 'method' out"),
        ("network: {windows: 1}", "network.windows: a closed orbit is solved with automatic windows only: leave 'network' out"),
    ],
)
def test_settings_that_do_not_go_together_with_an_orbit(faults, more, message):
    (fault,) = faults(ORBIT + more + "\n")
    assert fault.message == message


def test_the_mapping_gives_the_same_orbit_again(read):
    problem = read(ORBIT)
    mapping = to_mapping(problem)
    assert mapping["periodic"] == {"period": 6.6}
    assert "time" not in mapping
    again = load_problem(mapping)
    assert (again.periodic, again.time, again.initial) == (problem.periodic, problem.time, problem.initial)
    assert to_mapping(again) == mapping


def test_the_description(read):
    lines = describe_text(read(ORBIT)).splitlines()
    assert "period      unknown, sought from 6.6" in lines
    assert "orbit       sought near x(0) = 2, y(0) = 0" in lines
    assert not any(line.startswith("time ") for line in lines)
    facts = describe(read(ORBIT))
    assert facts["periodic"] == {"period": 6.6}
    assert facts["sizes"] == {"states": 2, "parameters": 1}


def test_a_python_function_that_depends_on_the_time_is_refused(faults, tmp_path):
    (tmp_path / "model.py").write_text(
        "import torch\n"
        "def steady(t, y, p): return torch.stack([y[1], -y[0]])\n"
        "def driven(t, y, p): return torch.stack([y[1], torch.sin(t) - y[0]])\n",
        encoding="utf-8",
    )
    mapping = {"system": {"python": "model.py:steady", "states": ["x", "y"]}, "initial": {"x": 1, "y": 0}}
    mapping["periodic"] = {"period": 6}
    assert load_problem(mapping, allow_python=True, directory=tmp_path).kind == "periodic"
    mapping["system"]["python"] = "model.py:driven"
    (fault,) = faults(mapping, allow_python=True, directory=tmp_path)
    assert fault.message == "the right-hand side depends on t, but the period of a closed orbit is unknown: it must not"
