"""Problems from Python: boundary values, closed orbits and fits, with the same faults as in a file."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinnsolve.errors import ProblemError
from pinnsolve.expressions import parse
from pinnsolve.problem import Boundary, Data, ExpressionSystem, Fit, FitParameter, Periodic, Problem, System


def system_of(equations, **parameters):
    names = [*equations, *parameters]
    return ExpressionSystem({state: parse(text, names) for state, text in equations.items()}, parameters)


OSCILLATOR = system_of({"x": "v", "v": "-k*x"}, k=4.0)
TIMES = np.linspace(0, 1, 5)
FIT = {"parameters": {"k": {}}, "initial": ["v"], "data": {"t": TIMES, "a": TIMES**2, "b": TIMES}, "observe": {"x": ["a", "b"]}}


def messages(**changes):
    with pytest.raises(ProblemError) as caught:
        Problem(OSCILLATOR, **{"initial": [1, 0], "time": (0, 1), **changes})
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"initial": [1, 0], "time": (0, 1)}, "initial"),
        ({"time": (0, 1), "boundary": ["x(0) = 1", "x(1) = 0"]}, "boundary"),
        ({"initial": [1, 0], "periodic": 3}, "periodic"),
        ({"initial": [1, 0], "time": (0, 1), "fit": FIT}, "fit"),
    ],
)
def test_the_kind_follows_from_what_is_given(more, kind):
    problem = Problem(OSCILLATOR, **more)
    assert problem.kind == kind
    assert problem.with_settings(accuracy=1e-3).kind == kind
    assert problem.with_settings(accuracy=1e-3).time == problem.time


def test_an_initial_value_problem_needs_values_and_an_interval():
    assert messages(initial=None) == ["initial: needs a value for each state (x, v)"]
    assert messages(time=()) == ["time: needs two values, [start, end], and has 0"]
    assert messages(initial=[1]) == ["initial: has 1 values for 2 states (x, v)"]
    assert messages(initial=[1, math.nan]) == ["initial: every initial value must be a finite number"]


# ---------------------------------------------------------------------- boundary


def test_conditions_are_text_or_a_boundary():
    problem = Problem(OSCILLATOR, time=(0, 1), boundary=["x(0) = 1", "v(1) = k*x(0)"])
    assert isinstance(problem.boundary, Boundary)
    assert Problem(OSCILLATOR, time=(0, 1), boundary=problem.boundary).boundary == problem.boundary
    assert problem.initial is None


def test_conditions_follow_the_parameters_of_the_system():
    problem = Problem(OSCILLATOR, time=(0, 1), boundary=["x(0) = 1", "v(1) = k*x(0)"])
    changed = problem.with_settings(system=OSCILLATOR.with_parameters({"k": 9.0}))
    values = [p.boundary.evaluate(np.array([2.0, 0.0]), np.zeros(2))[0].tolist() for p in (problem, changed)]
    assert values == [[1.0, -8.0], [1.0, -18.0]]


def test_conditions_follow_the_interval():
    problem = Problem(OSCILLATOR, time=(0, 1), boundary=["x(0) = 1", "x(1) = 0"])
    with pytest.raises(ProblemError, match="the time 1 is neither the start"):
        problem.with_settings(time=(0, 2))


conditions = st.sampled_from(
    [
        "x(0) = 1",
        "v(1)^2 = x(0)*x(1)",
        "sin(x(0) + v(1)) = k*v(0)",
        "x(0)/(2 + v(1)^2) = exp(-x(1))",
        "x(1) = k",
        "max(x(0), 3) = v(0)",
    ]
)


@settings(max_examples=40, deadline=None)
@given(conditions, conditions, st.lists(st.floats(-2, 2), min_size=4, max_size=4))
def test_derivatives_of_conditions_agree_with_central_differences(first, second, values):
    if first == second:
        second = "v(0) + v(1) = 0"
    boundary = Problem(OSCILLATOR, time=(0, 1), boundary=[first, second]).boundary
    ends = np.array(values)
    _, da, db = boundary.evaluate(ends[:2], ends[2:])
    step = 1e-6
    for j, exact in enumerate(np.concatenate([da, db], axis=1).T):
        moved = [ends + sign * step * np.eye(4)[j] for sign in (1, -1)]
        up, down = (boundary.evaluate(end[:2], end[2:])[0] for end in moved)
        np.testing.assert_allclose(exact, (up - down) / (2 * step), atol=1e-7, rtol=1e-7)


def test_a_single_state_and_very_many():
    one = Problem(system_of({"x": "-x"}), time=(0, 1), boundary=["x(0) + x(1) = 2"]).boundary
    values, da, db = one.evaluate(np.array([3.0]), np.array([4.0]))
    assert (values.tolist(), da.tolist(), db.tolist()) == ([5.0], [[1.0]], [[1.0]])
    names = [f"x{i}" for i in range(20)]
    many = Problem(
        system_of(dict.fromkeys(names, "0")), time=(0, 1), boundary=[f"{name}(0) = {name}(1)^2" for name in names]
    ).boundary
    values, da, db = many.evaluate(np.arange(20.0), np.full(20, 2.0))
    np.testing.assert_array_equal(values, np.arange(20) - 4)
    np.testing.assert_array_equal(da, np.eye(20))
    np.testing.assert_array_equal(db, -4 * np.eye(20))


def test_where_a_condition_is_not_defined_its_value_is_not_finite():
    boundary = Problem(system_of({"x": "0"}), time=(0, 1), boundary=["log(x(0)) = x(1)"]).boundary
    assert not np.isfinite(boundary.evaluate(np.array([-1.0]), np.array([0.0]))[0]).any()


def test_faulty_conditions_show_their_text():
    assert messages(boundary=["x(0) = 1 + q", "y(1) = 0"]) == [
        "boundary[0]: unknown name 'q'\n    x(0) = 1 + q\n               ^",
        "boundary[1]: 'y' is not a state (these are x, v)\n    y(1) = 0\n    ^",
    ]
    assert messages(boundary="x(0) = 1") == [
        "boundary: must be a list of conditions, such as ['x(0) = 1', 'x(1) = 2'], not one text"
    ]
    assert messages(boundary=[1, 2]) == [f"boundary[{i}]: must be text such as 'x(0) = 1', not {i + 1}" for i in range(2)]


# ---------------------------------------------------------------------- closed orbits


@pytest.mark.parametrize("given_period", [6.5, {"period": 6.5}, Periodic(6.5), np.float64(6.5)])
def test_a_period_is_a_number_a_mapping_or_a_periodic(given_period):
    problem = Problem(OSCILLATOR, [1, 0], periodic=given_period)
    assert (problem.periodic, problem.time) == (Periodic(6.5), (0.0, 6.5))


def test_another_guess_of_the_period_moves_the_interval():
    problem = Problem(OSCILLATOR, [1, 0], periodic=6.5)
    assert problem.with_settings(periodic=3).time == (0.0, 3.0)
    assert problem.with_settings(periodic={"period": 3}).periodic == Periodic(3.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"periodic": 3}, "time: the period of a closed orbit is unknown and its times start at 0: leave 'time' out"),
        ({"periodic": 0, "time": ()}, "periodic.period: must be a positive number: where the search for the period starts"),
        ({"periodic": math.inf, "time": ()}, "periodic.period: must be a positive number"),
        ({"periodic": "soon", "time": ()}, "periodic.period: must be a number, not 'soon'"),
        ({"periodic": {}, "time": ()}, "periodic: needs a period to start from"),
        ({"periodic": {"perod": 3}, "time": ()}, "periodic: unknown key 'perod' (did you mean 'period'?)"),
        ({"periodic": 3, "time": (), "initial": None}, "initial: needs a value for each state (x, v)"),
        ({"periodic": 3, "time": (), "method": "adam"}, "method: a closed orbit is solved by method auto only"),
    ],
)
def test_faulty_orbits_have_their_sentence(changes, message):
    (found,) = messages(**changes)
    assert found.startswith(message)


def test_a_python_function_is_not_looked_into():
    assert Problem(System(lambda t, y, p: y * t, ["x", "y"]), [1, 1], periodic=3).kind == "periodic"


@pytest.mark.parametrize("system", [System(lambda t, y, p: -y, ["x"]), ExpressionSystem({"x": parse("-x", ["x"])})])
def test_a_single_equation_has_no_closed_orbit(system):
    with pytest.raises(ProblemError, match="system: a single equation without t has no closed orbits, because its solutions"):
        Problem(system, [1], periodic=3)


# ---------------------------------------------------------------------- fits


def test_a_fit_takes_what_the_system_knows():
    problem = Problem(OSCILLATOR, [1, 0], (0, 1), fit=FIT)
    assert isinstance(problem.fit, Fit)
    assert problem.fit.parameters == {"k": FitParameter(4.0)}
    assert problem.fit.columns == ("a", "b")
    assert problem.fit.unknowns == 2
    assert Problem(OSCILLATOR, [1, 0], (0, 1), fit=problem.fit).fit == problem.fit


def test_the_start_of_a_fit_becomes_the_parameter():
    problem = Problem(OSCILLATOR, [1, 0], (0, 1), fit={**FIT, "parameters": {"k": {"start": 2}}})
    assert problem.system.parameters == {"k": 2.0}
    assert OSCILLATOR.parameters == {"k": 4.0}
    plain = System(lambda t, y, p: [y[1], -p["k"] * y[0]], ["x", "v"])
    assert Problem(plain, [1, 0], (0, 1), fit={**FIT, "parameters": {"k": {"start": 2}}}).system.parameters == {"k": 2.0}


def test_the_data_are_sorted_and_rows_without_values_left_out():
    data = {"t": [3, 1, 2, 0], "a": [30, 10, None, 0], "b": [None, 11, None, 1], "other": ["x"] * 4}
    fit = Problem(OSCILLATOR, [1, 0], (0, 5), fit={**FIT, "data": data}).fit
    assert fit.data.times.tolist() == [0, 1, 3]
    np.testing.assert_array_equal(fit.data.columns["b"], [1, 11, np.nan])
    assert (fit.data.count, set(fit.data.columns)) == (5, {"a", "b"})


def test_anything_with_columns_is_data():
    class Frame:
        def __init__(self, columns):
            self.columns = columns

        def keys(self):
            return self.columns.keys()

        def __getitem__(self, name):
            return np.asarray(self.columns[name])

    assert Problem(OSCILLATOR, [1, 0], (0, 1), fit={**FIT, "data": Frame(FIT["data"])}).fit.data.count == 10


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parameters": {}, "initial": []}, "fit: there is nothing to estimate"),
        ({"parameters": {"q": {}}}, "fit.parameters.q: needs a start, because the system has no value for it"),
        ({"parameters": {"q": {"start": 1}}}, "fit.parameters.q: 'q' stands in no equation and in nothing observed"),
        ({"parameters": {"k": 3}}, "fit.parameters.k: must be a mapping with the keys start and bounds"),
        ({"parameters": {"k": {"begin": 3}}}, "fit.parameters.k: must be a mapping with the keys start and bounds"),
        ({"parameters": {"k": {"start": "a"}}}, "fit.parameters.k.start: must be a number, not 'a'"),
        ({"parameters": {"k": {"start": math.nan}}}, "fit.parameters.k.start: must be a finite number"),
        (
            {"parameters": {"k": {"bounds": 3}}},
            "fit.parameters.k.bounds: must be two numbers, [low, high]; None where there is no bound",
        ),
        ({"parameters": {"k": {"bounds": [2, 1]}}}, "fit.parameters.k.bounds: bounds must be [low, high] with low below high"),
        ({"parameters": {"k": {"bounds": [None, math.nan]}}}, "fit.parameters.k.bounds: bounds must be [low, high]"),
        (
            {"parameters": {"k": {"bounds": [4, 5]}}},
            "fit.parameters.k.start: 4 must lie between the bounds, 4 and 5, and not on them",
        ),
        (
            {"parameters": {"x": {"start": 1}}},
            "fit.parameters.x: 'x' is a state: to estimate its initial value, name it under fit.initial",
        ),
        ({"parameters": ["k"]}, "fit.parameters: must be a mapping such as {'mu': {'start': 1}}"),
        ({"initial": ["w"]}, "fit.initial[0]: 'w' is not a state (these are x, v)"),
        ({"initial": {"x": {"start": 3}}}, "fit.initial: must name states, such as ['x']: the search starts from their values"),
        ({"observe": {}}, "fit.observe: needs what was measured, such as observe={'x': 'column'}"),
        ({"observe": "x"}, "fit.observe: must be a mapping such as {'x': 'column'}"),
        ({"observe": {"x + q": "a"}}, "fit.observe: unknown name 'q'\n    x + q\n        ^"),
        ({"observe": {"x": "c"}}, "fit.data: there is no column 'c' (the columns are t, a, b)"),
        ({"data": None}, "fit.data: needs measurements, such as data={'t': [...], 'x': [...]}"),
        ({"data": "data.csv"}, "fit.data: must be a mapping from column to values; a file is read by pinnsolve.solve"),
        ({"time": "when"}, "fit.data: there is no column of times 'when'"),
        ({"noise": {"a": 0}}, "fit.noise.a: must be positive"),
        ({"noise": {"c": 1}}, "fit.noise.c: 'c' is not a column that is observed"),
        ({"noise": 3}, "fit.noise: must be a mapping from column to standard deviation"),
        ({"nois": {}}, "fit: unknown key 'nois' in fit (did you mean 'noise'?)"),
        (
            {"data": {"t": [0, 2], "a": [1, 2], "b": [1, 2]}},
            "fit.data: the time 2 lies outside the interval of 'time', from 0 to 1",
        ),
        ({"data": {"t": [0, 0], "a": [1, 2], "b": [1, 2]}}, "fit.data: the time 0 is there twice: average these rows"),
        ({"data": {"t": [0], "a": [1], "b": [None]}}, "fit.data: column 'b' has no values"),
        ({"data": {"t": [0], "a": [1]}, "observe": {"x": "a"}}, "fit.data: 1 value cannot determine 2 unknowns"),
    ],
)
def test_a_faulty_fit_has_its_sentence(changes, message):
    (found,) = messages(fit={**FIT, **changes})
    assert found.startswith(message)


def test_what_is_no_fit_says_so():
    assert messages(fit=3) == ["fit: must be a mapping with the keys parameters, initial, data, time, observe, noise, not 3"]


def test_settings_of_a_fit_can_be_changed_one_by_one():
    problem = Problem(OSCILLATOR, [1, 0], (0, 1), fit={**FIT, "noise": {"a": 0.5}})
    changed = problem.with_settings(fit={"parameters": {"k": {"bounds": [0, None]}}, "initial": []})
    assert changed.fit.parameters == {"k": FitParameter(4.0, (0.0, math.inf))}
    assert (changed.fit.initial, changed.fit.noise) == ((), {"a": 0.5})
    assert changed.fit.data is problem.fit.data


def test_data_are_equal_if_their_numbers_are():
    def data(**changes):
        fields = {"source": "", "times": TIMES, "columns": {"a": np.array([1, np.nan, 3, 4, 5])}, "time_name": "t", **changes}
        return Data(**fields)

    assert data() == data(source="elsewhere.csv", text="t,a", lines=(2, 3, 4, 5, 6))
    assert data() != data(times=TIMES + 1)
    assert data() != data(columns={"a": np.ones(5)})
    assert data() != data(columns={"b": np.array([1, np.nan, 3, 4, 5])})
    assert data() != data(time_name="time")
    assert data() != "data"


def test_kinds_exclude_each_other():
    found = messages(
        periodic=3, time=(), boundary=["x(0) = 1", "x(3) = 1"], fit={**FIT, "data": {"t": [0, 1], "a": [1, 2], "b": [1, 2]}}
    )
    assert found == [
        "periodic: a problem cannot have 'boundary' and 'periodic': one of them must go",
        "fit: a problem cannot have 'boundary' and 'fit': one of them must go",
    ]
