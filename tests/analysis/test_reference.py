"""SciPy's reference is as right as it says, over stiff and non-stiff systems, forward and backward, up to where the
solution ends."""

import math

import numpy as np
import pytest

from pinnsolve.analysis.reference import reference_solution, scipy_at
from pinnsolve.problem import Problem, System

from .systems import problem

ROBERTSON = {"a": "-0.04*a + 1e4*b*c", "b": "0.04*a - 1e4*b*c - 3e7*b^2", "c": "3e7*b^2"}
HIRES = {
    "y1": "-1.71*y1 + 0.43*y2 + 8.32*y3 + 0.0007",
    "y2": "1.71*y1 - 8.75*y2",
    "y3": "-10.03*y3 + 0.43*y4 + 0.035*y5",
    "y4": "8.32*y2 + 1.71*y3 - 1.12*y4",
    "y5": "-1.745*y5 + 0.43*y6 + 0.43*y7",
    "y6": "-280*y6*y8 + 0.69*y4 + 1.71*y5 - 0.43*y6 + 0.69*y7",
    "y7": "280*y6*y8 - 1.81*y7",
    "y8": "-280*y6*y8 + 1.81*y7",
}


def relative(values, exact, sizes):
    return float((np.abs(values - exact) / sizes).max())


class TestClosedForms:
    @pytest.mark.parametrize("time", [(0.0, 10.0), (10.0, 0.0), (-3.0, -7.0)])
    def test_the_harmonic_oscillator_forward_and_backward(self, time):
        start, end = time
        p = problem({"x": "y", "y": "-x"}, [math.cos(start), -math.sin(start)], time)
        t = np.linspace(start, end, 301)
        reference = reference_solution(p, t)
        assert reference.values.shape == reference.error.shape == (301, 2)
        assert relative(reference.values, np.stack([np.cos(t), -np.sin(t)], axis=1), 1.0) < 1e-12
        assert reference.relative_error < 2e-12
        assert reference.method == "DOP853"
        np.testing.assert_array_equal(reference.times, t)

    def test_a_user_function_in_torch(self):
        p = Problem(System(lambda t, y, p: [-p["rate"] * y[0], t * 1.0], ["x", "q"], {"rate": 2.0}), [1.0, 0.0], (0, 2))
        t = np.linspace(0, 2, 21)
        reference = reference_solution(p, t)
        assert relative(reference.values, np.stack([np.exp(-2 * t), t**2 / 2], axis=1), 1.0) < 1e-12

    def test_twenty_states_and_a_single_time(self):
        rates = np.arange(1, 21) / 10
        p = problem({f"x{i}": f"-{r}*x{i}" for i, r in enumerate(rates)}, [1.0] * 20, (0, 3))
        reference = reference_solution(p, np.array([3.0]))
        assert reference.values.shape == (1, 20)
        assert relative(reference.values, np.exp(-3 * rates), 1.0) < 1e-12

    def test_a_state_that_is_zero_throughout_is_measured_absolutely(self):
        reference = reference_solution(problem({"x": "-x", "z": "0"}, [1.0, 0.0], (0, 1)), np.linspace(0, 1, 5))
        np.testing.assert_array_equal(reference.sizes, [1.0, 1.0])
        np.testing.assert_array_equal(reference.values[:, 1], 0.0)

    def test_every_state_starting_from_zero(self):
        t = np.linspace(0, 5, 51)
        reference = reference_solution(problem({"x": "cos(t)", "y": "1e-9*x"}, [0.0, 0.0], (0, 5)), t)
        exact = np.stack([np.sin(t), 1e-9 * (1 - np.cos(t))], axis=1)
        assert relative(reference.values, exact, reference.sizes) < 1e-12

    def test_a_jump_of_the_right_hand_side(self):
        t = np.linspace(0, 3, 61)
        reference = reference_solution(problem({"x": "where(t < 1.3, 1, -x)"}, [0.0], (0, 3)), t)
        exact = np.where(t < 1.3, t, 1.3 * np.exp(-(t - 1.3)))
        assert relative(reference.values[:, 0], exact, 1.3) < 1e-11

    def test_a_pulse_that_large_steps_would_miss(self):
        p = problem({"x": "where(t > 5 and t < 5.05, 1, 0) - x"}, [0.0], (0, 10))
        reference = reference_solution(p, np.array([10.0]))
        exact = math.exp(-4.95) - math.exp(-5)
        assert reference.values[0, 0] == pytest.approx(exact, rel=1e-10)


class TestStiff:
    def test_robertson_to_1e11_meets_the_published_value(self):
        p = problem(ROBERTSON, [1, 0, 0], (0, 1e11))
        reference = reference_solution(p, np.array([1.0, 1e11]))
        published = [0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050]  # Hairer & Wanner, stiff test set
        assert reference.method == "Radau"
        np.testing.assert_allclose(reference.values[-1], published, rtol=1e-7)
        assert reference.sizes[1] == pytest.approx(3.65e-5, rel=1e-2)
        assert reference.relative_error < 1e-9

    def test_hires_meets_the_published_values(self):
        p = problem(HIRES, [1, 0, 0, 0, 0, 0, 0, 0.0057], (0, 321.8122), accuracy=1e-3)
        reference = reference_solution(p, np.array([321.8122]))
        published = [
            0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2,
            0.2386356198831331e-2, 0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2,
        ]  # fmt: skip
        assert relative(reference.values[0], published, reference.sizes) < 1e-8

    def test_radau_takes_over_where_stability_holds_dop853_back(self):
        p = problem({"x": "-1e6*(x - cos(t)) - sin(t)"}, [1.0], (0, 1))
        reference = reference_solution(p, np.linspace(0, 1, 21))
        assert reference.method == "Radau"
        assert relative(reference.values[:, 0], np.cos(reference.times), 1.0) < 1e-8

    def test_fast_oscillation_is_not_mistaken_for_stiffness(self):
        p = problem({"x": "v", "v": "-1e4*x"}, [1.0, 0.0], (0, 3))
        reference = reference_solution(p, np.linspace(0, 3, 31))
        assert reference.method == "DOP853"
        assert relative(reference.values[:, 0], np.cos(100 * reference.times), 1.0) < 1e-10


class TestWhereItEnds:
    def test_values_past_a_singularity_are_nan_and_the_others_right(self):
        t = np.linspace(0, 2, 201)
        reference = reference_solution(problem({"y": "y^2"}, [1.0], (0, 2)), t)
        known = np.isfinite(reference.values[:, 0])
        assert known[t < 0.99].all()
        assert not known[t > 1.01].any()
        assert reference.reached == pytest.approx(1.0, abs=1e-6)
        near = t < 0.9
        np.testing.assert_allclose(reference.values[near, 0], 1 / (1 - t[near]), rtol=1e-10)

    def test_values_outside_the_domain_of_the_right_hand_side_are_nan(self):
        t = np.linspace(0, 1, 101)
        reference = reference_solution(problem({"x": "-1/sqrt(x)"}, [1.0], (0, 1)), t)
        assert reference.reached == pytest.approx(2 / 3, abs=1e-6)
        assert np.isnan(reference.values[t > 0.67]).all()
        before = t < 0.6
        np.testing.assert_allclose(reference.values[before, 0], (1 - 1.5 * t[before]) ** (2 / 3), rtol=1e-10)

    def test_a_right_hand_side_that_chatters_is_given_up(self, monkeypatch):
        monkeypatch.setattr("pinnsolve.analysis.reference.SCOUT_STEPS", 2000)
        t = np.linspace(0, 5, 101)
        reference = reference_solution(problem({"x": "-sign(x) + 0.1"}, [1.0], (0, 5)), t)
        assert reference.reached == pytest.approx(1 / 0.9, abs=1e-3)
        assert np.isnan(reference.values[-1]).all()


def test_scipy_asked_for_less_gives_less_and_says_with_what():
    p = problem({"x": "y", "y": "(1 - x^2)*y - x"}, [2.0, 0.0], (0, 20))
    t = np.linspace(0, 20, 101)
    reference = reference_solution(p, t)
    errors = [relative(scipy_at(p, rtol, t).values, reference.values, reference.sizes) for rtol in (1e-4, 1e-8)]
    assert 1e-6 < errors[0] < 1e-1
    assert 1e-10 < errors[1] < 1e-5
    run = scipy_at(p, 1e-4, t)
    assert (run.method, run.rtol) == ("DOP853", 1e-4)
    assert run.seconds > 0
