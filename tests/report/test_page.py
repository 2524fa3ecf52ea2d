"""What stands in the page of a run, without a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import numpy as np
import pytest

from pinnsolve.problem import Problem, System
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem
from tests.plots.samples import PROBLEMS

from .samples import STRANGE, fitted, interrupted, page, page_of, pendulum, solved, unpacked, unsolved

LARGEST = 3_000_000
WRONG = "3 estimates; it is wrong; ask for less"


@pytest.fixture(scope="module")
def strange():
    return page_of(pendulum(), stills=True, config=f"# {STRANGE}\n", commands=[(f"pinnsolve train {STRANGE}", STRANGE)])


def test_the_verdict_comes_with_the_errors_asked_for_and_estimated():
    message = "the estimated error 8.9e-8 meets the accuracy 1e-6 asked for"
    solution = replace(solved("van_der_pol"), estimated=8.9e-8, message=message)
    text = page_of(solution).text
    assert "Converged The estimated error 8.9 × 10⁻⁸ meets the accuracy 10⁻⁶ asked for." in text
    assert "asked for 10⁻⁶ estimated 8.9 × 10⁻⁸ The estimated error is 11 times smaller than asked for." in text


@pytest.mark.parametrize(
    ("solution", "word", "sentence", "cure"),
    [
        (lambda: solved("blow_up"), "Diverged", "the solution has a singularity there.", "What to do End the interval before"),
        (
            lambda: replace(solved("harmonic"), status="not_converged", estimated=0.5, message=WRONG),
            "Not converged",
            "3 estimates; it is wrong.",
            "What to do Ask for less.",
        ),
        (lambda: interrupted("van_der_pol", 3), "Interrupted", "", "What to do Carry it on: pinnsolve resume RUN"),
        (unsolved, "Not converged", "the right-hand side is not finite", "What to do Change the initial values."),
    ],
)
def test_a_run_that_failed_says_what_to_do(solution, word, sentence, cure):
    made = page_of(solution())
    assert {"class": solution().status, "lang": "en"} in made.attributes("html")
    assert word in made.text
    assert sentence.lower() in made.text.lower()
    assert cure in made.text


def test_a_name_that_begins_a_sentence_keeps_its_letter():
    assert " x grows without bound" in page("blow_up").text


def test_equations_stand_as_they_were_written_whatever_their_order(strange):
    assert "θ″=−ω02sin(θ) −θ′10" in strange.text
    assert "θ(0)=1 θ′(0)=0" in strange.text
    assert "parameters ω0=1.5" in strange.text
    assert "0≤t≤10" in strange.text


def test_nothing_that_the_user_wrote_becomes_markup(strange):
    assert strange.text.count(STRANGE) == 4  # description, configuration, command, what it does
    assert [attributes.get("type") for attributes in strange.attributes("script")] == ["application/json", None]
    assert strange.attributes("img")
    assert not any(name.startswith("on") for _, attributes in strange.elements for name in attributes)
    assert all(str(attributes["src"]).startswith("data:image/") for attributes in strange.attributes("img"))


def test_names_in_the_numbers_cannot_end_the_script():
    made = page_of(fitted())
    assert "<counts>" not in made.source
    assert made.chart("fit-0")["series"][1]["name"] == "<counts>"


def test_nothing_is_fetched_and_no_link_leads_out(strange):
    addresses = [value for _, given in strange.elements for name, value in given.items() if name in ("src", "href", "action")]
    assert addresses
    assert all(re.match(r"data:|#", address) for address in addresses)
    assert "url(" not in strange.raw["style"]
    assert "@import" not in strange.raw["style"]


def test_the_policy_lets_only_the_scripts_of_the_page_run(strange):
    policy = next(given["content"] for given in strange.attributes("meta") if given.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(strange.raw["script"].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}'; ")


def test_equal_runs_make_equal_pages():
    assert page_of(solved("harmonic")).source == page_of(solved("harmonic")).source


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("decay", ["states-0", "error", "residual", "march", "lengths"]),
        ("van_der_pol", ["states-0", "plane", "error", "residual", "march", "lengths"]),
        ("robertson", ["states-0", "states-1", "plane", "error", "residual", "march", "lengths"]),
        ("ring", ["states-0", "states-1", "plane", "error", "residual", "march", "lengths"]),
        ("nothing", ["states-0", "plane", "error", "residual", "march", "lengths"]),
    ],
)
def test_every_chart_has_its_place_and_its_curves(name, keys):
    made = page(name)
    assert [chart["key"] for chart in made.numbers["charts"]] == keys
    places = {given.get("id") for given in made.attributes("div")}
    assert {f"chart-{key}" for key in keys} <= places
    states = [entry["name"] for chart in made.numbers["charts"] if chart["key"].startswith("states") for entry in chart["series"]]
    assert sorted(states) == sorted(solved(name).states)
    tables = made.numbers["tables"]
    for chart in made.numbers["charts"]:
        for entry in chart["series"]:
            assert entry["column"] < len(tables[entry["table"]]["columns"])


def test_of_very_many_states_the_first_are_drawn_and_the_page_says_so():
    names = [f"u{i}" for i in range(1, 61)]
    problem = Problem(system=System(lambda t, y, p: -y, names), initial=[1.0] * 60, time=(0, 1), name="crowd")
    made = page_of(solve(problem, record=True))
    assert sum(len(c["series"]) for c in made.numbers["charts"] if c["key"].startswith("states")) == 40
    assert "The first 40 of 60 states are shown." in made.text
    assert "The right-hand side is a Python function of 60 states" in made.text


def test_still_figures_stand_in_for_every_chart_of_two_states():
    stills = [given["alt"] for given in page("van_der_pol").attributes("img")]
    assert stills == [f"{title} of van_der_pol" for title in ("Solution", "Phase plane", "Accuracy", "Training")]


def test_a_run_without_networks_has_a_page_without_charts():
    made = page_of(unsolved())
    assert made.numbers["charts"] == []
    assert "estimated error unknown" in made.text
    assert "No error can be given." in made.text


def test_settings_versions_seed_and_commands_are_there():
    text = page("harmonic").text
    for said in ("network.activation tanh", "training.condition hard", "output.points 501", "seed 0", "1.2 s in all"):
        assert said in text
    assert "pinnsolve train 'a b.yaml' solves it again" in text
    assert "name: a # <b>comment</b>" in text
    assert re.search(r"torch \d", text)


def test_a_comparison_puts_the_true_error_on_the_scale():
    text = page_of(solved("harmonic"), comparison={"true": 3.2e-9}).text
    assert "true 3.2 × 10⁻⁹, against SciPy" in text


def test_a_fit_shows_what_it_found_and_how_sure_it_is():
    solution = fitted()
    made = page_of(solution)
    found = solution.fit["parameters"]["k"]
    low, high = found["interval"]
    assert f"k {found['estimate']:.6g} {found['standard_error']:.2g} {low:.5g} to {high:.5g} identifiable" in made.text
    assert "x at the start" in made.text
    assert "<counts>" in made.text
    cells = [given for given in made.attributes("td") if given.get("class") in ("plus", "minus")]
    assert [cell["style"] for cell in (cells[0], cells[3])] == ["--strength: 100%"] * 2
    assert [entry["role"] for entry in made.chart("fit-0")["series"]] == ["bare", "points"]


def test_what_a_fit_leaves_over_is_measured_against_the_noise():
    solution = fitted()
    made = page_of(solution)
    data, sd = solution.problem.fit.data, solution.fit["noise"]["<counts>"]
    there = np.isfinite(data.columns["<counts>"])
    left = (data.columns["<counts>"] - solution(data.times)[:, 0])[there] / sd
    table = made.numbers["tables"][made.chart("left")["series"][0]["table"]]
    assert np.array_equal(unpacked(table["x"]), data.times[there])
    assert np.allclose(unpacked(table["columns"][0]), left, atol=1e-4)
    assert [mark["at"] for mark in made.chart("left")["marks"]] == [0, 2, -2]


def test_of_very_many_data_some_are_drawn_and_the_page_says_so():
    solution = fitted()
    fit = solution.problem.fit
    times = np.linspace(0, 4, 5000)
    data = replace(fit.data, times=times, columns={"<counts>": solution(times)[:, 0]}, lines=None)
    problem = solution.problem.with_settings(fit=replace(fit, data=data))
    made = page_of(replace(solution, problem=problem))
    assert "Of a column with more than 2,000 values, every so many are drawn." in made.text
    table = made.numbers["tables"]["data-0-1"]
    assert 1000 < len(unpacked(table["x"])) <= 2000


def test_what_a_fit_cannot_tell_stands_out():
    solution = fitted()
    unsure = {"identifiable": False, "at_bound": True, "standard_error": None, "interval": [None, None]}
    doubtful = {**solution.fit["parameters"]["k"], **unsure}
    made = page_of(replace(solution, fit={**solution.fit, "parameters": {"k": doubtful}}))
    assert "– – to – not identifiable from these data; at its bound" in made.text
    assert {"class": "doubtful"} in made.attributes("tr")


def test_a_closed_orbit_tells_its_period_and_multipliers():
    orbit = {"multipliers": [[1.0, 0.0], [-0.25, 0.5]], "stable": True}
    text = page_of(replace(solved("harmonic"), period=2 * np.pi, orbit=orbit)).text
    assert "period 6.283185307 stability stable Floquet multipliers 1, −0.25 + 0.5 i" in text


def test_boundary_conditions_stand_as_they_were_written_and_training_is_told_by_iterations():
    problem = {
        "system": {"equations": {"u''": "-lam*exp(u)"}, "parameters": {"lam": 1}},
        "boundary": ["u(0) = 0", "u'(1) + u(1) = 2*u(0)/3"],
        "time": [0, 1],
    }
    made = page_of(solve(load_problem(problem), record=True))
    assert "conditions u(0)=0 u′(1)+u(1)=2u(0)3 time 0≤t≤1" in made.text
    assert [chart["key"] for chart in made.numbers["charts"]][-2:] == ["history", "sizes"]


def test_thousands_of_windows_fit_into_a_small_page():
    equations, initial, _ = PROBLEMS["van_der_pol"]
    solution = solve(load_problem({"system": {"equations": equations}, "initial": initial, "time": [0, 8300]}), record=True)
    assert solution.windows >= 5000
    made = page_of(solution)
    assert len(made.source) < LARGEST
    assert made.numbers["tables"]["states"]["slopes"] is not None
