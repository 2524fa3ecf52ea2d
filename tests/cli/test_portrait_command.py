"""``pinnsolve portrait``: its files, its summary, its options, and what it says to mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SPECIES = """\
name: species
system:
  equations:
    x': x*(3 - x - 2*y)
    y': y*(2 - x - y)
initial: {x: 0.5, y: 0.55}
time: [0, 30]
"""
LORENZ = """\
system:
  equations:
    x': 10*(y - x)
    y': x*(28 - z) - y
    z': x*y - 8/3*z
initial: {x: 1, y: 1, z: 1}
time: [0, 2]
"""
FORCED = """\
system:
  equations:
    x': y
    y': cos(t) - x
initial: {x: 1, y: 0}
time: [0, 5]
"""
ONE = """\
system:
  equations: {c': -c}
initial: {c: 1}
time: [0, 1]
"""


@pytest.fixture
def species(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "species.yaml"
    path.write_text(SPECIES, encoding="utf-8")
    return path


def write(folder: Path, text: str) -> Path:
    path = folder / "problem.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_writes_facts_and_pictures_into_a_directory_of_its_own(call, species, tmp_path):
    done = call("portrait", species)
    assert done.code == 0
    run = tmp_path / "runs" / "species-portrait"
    assert sorted(file.name for file in run.iterdir()) == ["config.yaml", "portrait.json", "portrait.png", "portrait.svg"]
    assert (run / "config.yaml").read_text() == SPECIES
    assert (run / "portrait.png").read_bytes()[:4] == b"\x89PNG"
    assert "<svg" in (run / "portrait.svg").read_text(encoding="utf-8")
    facts = json.loads((run / "portrait.json").read_text())
    assert [point["type"] for point in facts["fixed_points"]] == ["unstable node", "stable node", "saddle", "stable node"]
    for line in ("fixed point", "saddle", "0.414214, -2.41421", "no limit cycles here", "nullclines: x' = 0 on 2 curves"):
        assert line in done.out
    assert "saddle 3: its unstable manifold goes to fixed point 2 and fixed point 4" in done.out
    assert done.out.splitlines()[-1] == f"files: {Path('runs') / 'species-portrait'}"


def test_json_is_one_object_with_the_facts_and_the_directory(call, species, tmp_path):
    done = call("portrait", species, "--json", "--no-plots", "--window", "x=-1:1,y=-1:1", "--output", tmp_path / "out")
    facts = done.json()
    assert [point["at"] for point in facts["fixed_points"]] == [{"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 1.0}]
    assert facts["window"] == {"x": [-1.0, 1.0], "y": [-1.0, 1.0]}
    assert facts["run"] == str(tmp_path / "out" / "species-portrait")
    written = json.loads((tmp_path / "out" / "species-portrait" / "portrait.json").read_text())
    assert written == {key: value for key, value in facts.items() if key != "run"}
    assert not (tmp_path / "out" / "species-portrait" / "portrait.png").exists()


def test_a_second_portrait_gets_a_number_unless_the_first_is_to_be_replaced(call, species, tmp_path):
    quick = ("--no-plots", "--quiet", "--window", "x=2.5:3.5,y=-0.5:0.5", "--start", "3,0.1")
    assert call("portrait", species, *quick).err == ""
    call("portrait", species, *quick)
    call("portrait", species, *quick, "--overwrite")
    assert sorted(run.name for run in (tmp_path / "runs").iterdir()) == ["species-portrait", "species-portrait-2"]


def test_the_window_and_the_starts_may_be_constant_expressions(call, species):
    done = call("portrait", species, "--no-plots", "--json", "--window", "y = -1 : pi, x = -sqrt(4):2*pi", "--start", "pi/4, 1/2")
    assert done.json()["window"] == {"x": [-2.0, pytest.approx(6.283185307179586)], "y": [-1.0, pytest.approx(3.141592653589793)]}


def test_settings_change_the_problem(call, problem_file):
    facts = call("portrait", problem_file, "--no-plots", "--json", "--set", "system.parameters.mu=0.1").json()
    (cycle,) = facts["limit_cycles"]
    assert (cycle["stable"], cycle["period"]) == (True, pytest.approx(6.28711, abs=1e-4))


def test_a_run_has_a_portrait_beside_it(call, finished_run, tmp_path):
    done = call("portrait", finished_run, "--json", "--no-plots", "--output", tmp_path)
    assert done.code == 0
    assert done.json()["limit_cycles"][0]["period"] == pytest.approx(6.66328686, rel=1e-8)
    assert done.json()["run"] == str(tmp_path / f"{finished_run.name}-portrait")
    assert "is a finished run, whose settings cannot be changed" in call("portrait", finished_run, "--set", "seed=1").err


def test_a_larger_system_is_projected_where_asked_for(call, tmp_path):
    file = write(tmp_path, LORENZ)
    done = call("portrait", file, "--output", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "a phase portrait needs two states, and this system has 3 (x, y, z)" in done.err
    assert "add --project x,y" in done.err
    done = call("portrait", file, "--project", "x,z", "--output", tmp_path)
    assert done.code == 0
    assert "A projection: trajectories may cross" in done.out
    facts = json.loads((tmp_path / "problem-portrait" / "portrait.json").read_text())
    assert (facts["projection"], facts["fixed_points"], facts["nullclines"]) == (["x", "z"], [], {})
    assert (tmp_path / "problem-portrait" / "portrait.svg").stat().st_size > 10_000


def test_a_system_that_depends_on_the_time_is_refused_with_a_way_out(call, tmp_path):
    file = write(tmp_path, FORCED)
    done = call("portrait", file, "--output", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "the right-hand side depends on t, so the plane has no fixed vector field" in done.err
    assert "add --project x,y" in done.err
    assert call("portrait", file, "--project", "x,y", "--no-plots", "--output", tmp_path).code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--window", "x=-1:1"], "--window x=-1:1: give both ranges, such as x=-3:3,y=-3:3"),
        (["--window", "x=-1:1,y=2"], "--window x=-1:1,y=2: give both ranges, such as x=-3:3,y=-3:3"),
        (["--window", "x=1:-1,y=0:1"], "the range of x must begin with its smaller end"),
        (["--window", "x=0:1,z=0:1"], "'z' is not a state; the states are x, y"),
        (["--window", "x=0:one,y=0:1"], "'one' is not a number"),
        (["--start", "1"], "--start 1: give 2 numbers, one for each state (x, y)"),
        (["--start", "1,two"], "'two' is not a number"),
        (["--project", "x"], "--project x: name two different states, such as x,y"),
        (["--project", "x,x"], "name two different states"),
        (["--project", "x,yy"], "'yy' is not a state (did you mean 'y'?)"),
    ],
)
def test_mistakes_are_answered_with_their_cure(call, species, arguments, message):
    done = call("portrait", species, *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert not (species.parent / "runs").exists()


def test_one_state_has_no_portrait(call, tmp_path):
    done = call("portrait", write(tmp_path, ONE), "--json")
    assert done.code == 2
    assert "this system has one (c)" in done.json()["faults"][0]["message"]
