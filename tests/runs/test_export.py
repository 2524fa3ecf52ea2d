"""Exported solutions give the solution's values where the package is not: every network, every edge of the interval."""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys

import mpmath
import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

import pinnsolve
from pinnsolve.errors import RunError, UsageError
from pinnsolve.network.activations import ACTIVATIONS as NETWORK_ACTIVATIONS
from pinnsolve.network.chain import Chain
from pinnsolve.runs.export import check as checking
from pinnsolve.runs.export import export_solution
from pinnsolve.runs.export.standalone import Standalone
from pinnsolve.runs.export.torch_program import loaded, torch_program

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from pinnsolve.runs.export.onnx_graph import onnx_model  # noqa: E402

FACTS = {"states": ["x", "y"], "period": None}
SPIRAL = {
    "name": "spiral",
    "system": {"equations": {"x'": "y - x/10", "y'": "-x - y/10"}},
    "initial": {"x": 1, "y": 0},
    "time": [0, 6],
    "accuracy": 1e-9,
}


def spiral(t):
    """The exact solution."""
    return np.exp(-t / 10)[:, None] * np.column_stack([np.cos(t), -np.sin(t)])


def in_onnxruntime(data):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return lambda t: session.run(None, {"t": np.asarray(t, dtype=np.float64)})[0]


def in_torch(data):
    module = loaded(data)
    return lambda t: module(torch.as_tensor(t, dtype=torch.float64)).detach().numpy()


def chain(windows, hidden, k, activation="tanh", anchored=True, shared=0, backward=False, origin=0.0, dtype=torch.float64):
    """A chain of random networks over windows of unequal lengths; the first `shared` layers are common to all."""
    generator = torch.Generator().manual_seed(windows + len(hidden))

    def random(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)

    lengths = 0.5 + torch.rand(windows, generator=generator, dtype=torch.float64)
    lengths = (-lengths if backward else lengths).to(dtype)
    starts = torch.cat([torch.zeros(1, dtype=dtype), lengths.cumsum(0)[:-1]])
    widths = [1, *hidden, k]
    layers = []
    for number in range(len(widths) - 1):
        rows = 1 if number < shared else windows
        layers.append((random(rows, widths[number + 1], widths[number]), random(rows, widths[number + 1])))
    return Chain(starts, lengths, random(windows, k), random(windows, k).exp(), layers, activation, anchored, origin)


def covered(made):
    """The first and the last time of a chain, in order."""
    edges = made.edges.double()
    return float(edges.min()), float(edges.max())


def both(made, **manner):
    """A chain as exported, in both runtimes."""
    module = Standalone(made, *(manner.pop("bounds", None) or covered(made)), **manner)
    return [in_onnxruntime(onnx_model(module, FACTS)), in_torch(torch_program(module, FACTS))]


def agrees(made, functions, times=None, tolerance=1e-13):
    low, high = covered(made)
    times = np.concatenate([np.linspace(low, high, 501), made.edges.double().numpy()]) if times is None else times
    expected = made.double()(torch.from_numpy(times)[:, None]).detach().numpy()
    for function in functions:
        found = function(times)
        assert found.dtype == np.float64
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


@pytest.mark.parametrize("activation", sorted(NETWORK_ACTIVATIONS))
@pytest.mark.parametrize(
    ("windows", "hidden", "shared", "anchored"), [(1, (7,), 0, True), (6, (9, 8), 1, True), (5, (4, 5, 6), 0, False)]
)
def test_every_activation_and_depth_gives_the_values_of_the_chain(activation, windows, hidden, shared, anchored):
    made = chain(windows, hidden, 2, activation, anchored, shared)
    agrees(made, both(made))


@pytest.mark.parametrize("k", [1, 20])
@pytest.mark.parametrize("n", [1, 2])
def test_any_number_of_states_and_times(k, n):
    made = chain(3, (5,), k)
    agrees(made, both(made), np.linspace(0.1, 1.9, n))


def test_networks_without_hidden_layers():
    made = chain(4, (), 2, anchored=False)
    agrees(made, both(made))


def test_times_far_from_zero_and_backward_in_time():
    for origin, backward in ((1e6, False), (-3.0, True)):
        made = chain(7, (6,), 2, origin=origin, backward=backward)
        agrees(made, both(made))


def test_networks_in_float32_are_the_same_functions_in_float64():
    made = chain(4, (8, 8), 2, dtype=torch.float32, shared=1)
    times = np.linspace(*covered(made), 301)
    single = made(torch.from_numpy(times).float()[:, None]).detach().numpy()
    for function in both(made):
        np.testing.assert_allclose(function(times), single, rtol=0, atol=2e-5 * np.abs(single).max())
    agrees(made, both(made))


def test_an_edge_belongs_to_the_later_window_in_every_chain_length():
    for windows in (1, 2, 3, 4, 5, 8, 9):
        made = chain(windows, (3,), 1, anchored=False)
        starts = made.starts.numpy()
        times = np.sort(np.concatenate([starts, np.nextafter(starts, -1)[1:], np.nextafter(starts, 100)]))
        agrees(made, [in_onnxruntime(onnx_model(Standalone(made, *covered(made)), FACTS))], times)


def test_times_without_end_belong_to_the_last_window():
    for backward in (False, True):
        made = chain(5, (4,), 2, backward=backward)
        agrees(made, both(made, bounds=(-math.inf, math.inf)), np.array([-1e300, -1e9, 1e9, 1e300, math.inf, -math.inf]))


def test_thousands_of_windows_at_thousands_of_times():
    made = chain(5000, (40,), 2, shared=1)
    agrees(made, both(made), np.linspace(*covered(made), 2000))


def test_gelu_in_the_graph_is_gelu_to_the_last_digits():
    """Against 30 digits: the graph has its own error function, because onnxruntime has none in float64."""
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    zero = torch.zeros(1, 1, dtype=torch.float64)
    made = Chain(
        torch.tensor([-1.0], dtype=torch.float64), torch.tensor([2.0], dtype=torch.float64), zero, zero + 1,
        [(one, zero), (one, zero)], "gelu", anchored=False,
    )  # fmt: skip
    x = np.concatenate([np.linspace(-15, 15, 401), [1e3, -1e3, 1e-9]])
    found = in_onnxruntime(onnx_model(Standalone(made, -math.inf, math.inf), FACTS))(x)[:, 0]
    with mpmath.workdps(30):
        exact = np.array([float(mpmath.mpf(v) * mpmath.ncdf(mpmath.mpf(v))) for v in x])
    np.testing.assert_allclose(found, exact, rtol=4e-16, atol=5e-15)


def test_times_outside_the_interval_are_nan_and_rounding_is_let_pass():
    solution = pinnsolve.solve(SPIRAL)
    for form, runtime in (("onnx", in_onnxruntime), ("torch", in_torch)):
        function = runtime(export_solution(solution, form).data)
        found = function([-1e-9, math.nan, math.inf, -math.inf, 6.001, 6 * (1 + 1e-13), 6.0, 0.0])
        assert np.isnan(found[:5]).all()
        np.testing.assert_allclose(found[5:], spiral(np.array([6.0, 6.0, 0.0])), atol=1e-8)


def test_with_extrapolation_the_nearest_window_goes_on():
    solution = pinnsolve.solve(SPIRAL)
    times = np.array([-0.3, 3.0, 6.2])
    for form, runtime in (("onnx", in_onnxruntime), ("torch", in_torch)):
        found = runtime(export_solution(solution, form, extrapolate=True).data)(times)
        np.testing.assert_allclose(found, solution(times, extrapolate=True), rtol=1e-9)


def test_a_closed_orbit_is_wrapped_however_many_turns_away():
    made = chain(4, (6,), 2)
    period = covered(made)[1]
    inside = np.linspace(0.01, period - 0.01, 50)
    expected = made(torch.from_numpy(inside)[:, None]).detach().numpy()
    for function in both(made, bounds=(-math.inf, math.inf), start=0.0, period=period):
        for turns in (-3, 0, 1, 1000):
            np.testing.assert_allclose(function(inside + turns * period), expected, atol=1e-10)


def test_exports_of_a_closed_orbit_go_on_for_ever():
    """Van der Pol's cycle at mu = 1 has the period 6.66328685933; a quarter turn and 100 turns on is a quarter turn on."""
    problem = {
        "system": {"equations": {"x'": "y", "y'": "(1 - x^2)*y - x"}},
        "initial": {"x": 2, "y": 0},
        "periodic": {"period": 6.6},
        "accuracy": 1e-8,
        "output": {"points": 5},
    }
    solution = pinnsolve.solve(problem)
    assert solution.period == pytest.approx(6.66328685933, abs=1e-7)
    times = solution.period * np.array([0.25, 100.25, -0.75])
    for form, runtime in (("onnx", in_onnxruntime), ("torch", in_torch)):
        exported = export_solution(solution, form)
        assert exported.facts["period"] == solution.period
        assert exported.facts["interval"] == [0.0, solution.period]
        found = runtime(exported.data)(times)
        np.testing.assert_allclose(found, np.tile(solution(0.25 * solution.period), (3, 1)), atol=1e-9)
    with np.load(io.BytesIO(export_solution(solution, "npz").data)) as data:
        np.testing.assert_array_equal(data["t"], np.linspace(0, solution.period, 5))
        assert np.isfinite(data["error"]).all()


def test_past_a_singularity_there_is_nothing():
    solution = pinnsolve.solve({"system": {"equations": {"x'": "x^2"}}, "initial": {"x": 1}, "time": [0, 2]})
    assert solution.reached == pytest.approx(1.0, abs=1e-6)
    exported = export_solution(solution, "onnx")
    found = in_onnxruntime(exported.data)([0.5, np.nextafter(solution.reached, 2), 1.5])
    assert found[0] == pytest.approx(solution(0.5), rel=1e-9)
    assert np.isnan(found[1:]).all()
    assert exported.facts["interval"] == [0.0, solution.reached]


@pytest.mark.parametrize(
    ("settings", "equations"),
    [
        ({}, "auto"),
        ({"time": [6, 0]}, "backward"),
        ({"method": "levenberg-marquardt", "network": {"hidden": [8, 8], "activation": "silu", "windows": 2}}, "trained"),
        ({"method": "levenberg-marquardt", "accuracy": 1e-3, "dtype": "float32", "training": {"condition": "soft"}}, "float32"),
    ],
)
def test_exports_of_every_method_agree_with_the_exact_solution(settings, equations):
    solution = pinnsolve.solve({**SPIRAL, "accuracy": 1e-6, **settings})
    times = np.linspace(0, 6, 101)
    exact = spiral(times) if solution.problem.time[0] == 0 else spiral(times - 6)
    bound = max(2 * solution.estimated, 1e-8) * np.abs(exact).max() + 1e-5 * (equations == "float32")
    for form, runtime in (("onnx", in_onnxruntime), ("torch", in_torch)):
        exported = export_solution(solution, form)
        assert exported.difference <= max(0.1 * solution.problem.accuracy, 1e-9)
        assert np.abs(runtime(exported.data)(times) - exact).max() <= bound


def test_the_graph_is_valid_small_and_says_what_it_is():
    solution = pinnsolve.solve(SPIRAL)
    data = export_solution(solution, "onnx").data
    model = onnx.load_model_from_string(data)
    onnx.checker.check_model(model, full_check=True)
    found = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(found["states"]) == ["x", "y"]
    assert json.loads(found["interval"]) == [0.0, 6.0]
    assert json.loads(found["accuracy"]) == {"asked": 1e-9, "estimated": solution.estimated}
    assert (found["name"], found["status"]) == ("spiral", "converged")
    assert "period" not in found
    assert len(data) < 8 * solution.trained_weights + 12_000
    used = {name for node in model.graph.node for name in node.input}
    assert {constant.name for constant in model.graph.initializer} <= used


def test_the_same_solution_gives_the_same_bytes():
    solution = pinnsolve.solve(SPIRAL)
    for form in ("csv", "npz", "onnx"):
        assert export_solution(solution, form).data == export_solution(solution, form).data


WITHOUT_PINNSOLVE = """\
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "pinnsolve":
            raise ImportError("pinnsolve is not here")
sys.meta_path.insert(0, Blocked())
import json
import torch
extra = {"pinnsolve.json": ""}
function = torch.export.load(sys.argv[1], extra_files=extra).module()
t = torch.tensor([0.5, 1.0, 5.5], dtype=torch.float64, requires_grad=True)
y = function(t)
slope, = torch.autograd.grad(y[:, 0].sum(), t)
tangent = torch.func.jvp(function, (t.detach(),), (torch.ones_like(t),))[1]
one = function(t.detach()[:1])
print(json.dumps({"y": y.tolist(), "slope": slope.tolist(), "tangent": tangent.tolist(), "one": one.tolist(),
                  "facts": json.loads(extra["pinnsolve.json"]), "modules": sorted(sys.modules)}))
"""


def test_the_torch_program_runs_and_differentiates_where_the_package_is_not(tmp_path):
    solution = pinnsolve.solve(SPIRAL)
    (tmp_path / "spiral.pt2").write_bytes(export_solution(solution, "torch").data)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "-I", "-W", "ignore", "-c", WITHOUT_PINNSOLVE, str(tmp_path / "spiral.pt2")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    found = json.loads(done.stdout)
    t = np.array([0.5, 1.0, 5.5])
    exact = spiral(t)
    np.testing.assert_allclose(found["y"], exact, atol=1e-8)
    np.testing.assert_array_equal(found["y"], solution(t))
    np.testing.assert_array_equal(found["one"], solution(t[:1]))
    slopes = exact @ np.array([[-0.1, -1.0], [1.0, -0.1]])
    np.testing.assert_allclose(found["slope"], slopes[:, 0], atol=1e-6)
    np.testing.assert_allclose(found["tangent"], slopes, atol=1e-6)
    assert found["facts"]["states"] == ["x", "y"]
    assert not [name for name in found["modules"] if name.startswith("pinnsolve")]


def test_the_arrays_load_without_pickle_and_hold_values_errors_and_edges():
    solution = pinnsolve.solve(SPIRAL)
    with np.load(io.BytesIO(export_solution(solution, "npz").data), allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    np.testing.assert_array_equal(arrays["t"], np.linspace(0, 6, 501))
    np.testing.assert_array_equal(arrays["y"], solution(arrays["t"]))
    np.testing.assert_array_equal(arrays["error"], solution.error(arrays["t"]))
    np.testing.assert_array_equal(arrays["window_edges"], solution.window_edges)
    assert arrays["states"].tolist() == ["x", "y"]
    assert json.loads(str(arrays["facts"]))["accuracy"]["asked"] == 1e-9
    reference = solve_ivp(lambda t, y: [y[1] - y[0] / 10, -y[0] - y[1] / 10], (0, 6), [1, 0], rtol=1e-12, atol=1e-12)
    assert np.abs(arrays["y"][-1] - reference.y[:, -1]).max() <= 1e-9 + arrays["error"][-1].max()


def test_errors_outside_the_interval_are_unknown():
    solution = pinnsolve.solve(SPIRAL)
    times = np.array([-1.0, 3.0])
    with np.load(io.BytesIO(export_solution(solution, "npz", times=times, extrapolate=True).data)) as data:
        assert np.isnan(data["error"][0]).all()
        assert np.isfinite(data["y"]).all()
        np.testing.assert_array_equal(data["error"][1], solution.error(3.0))
    with pytest.raises(UsageError, match=r"t = -1 lies outside the solved interval \[0, 6\]"):
        export_solution(solution, "npz", times=times)


def test_a_function_that_differs_from_its_solution_is_not_written(tmp_path, monkeypatch):
    solution = pinnsolve.solve(SPIRAL)
    solution.save(tmp_path / "spiral.pt")
    exact = checking.check
    monkeypatch.setattr("pinnsolve.runs.export.write.check", lambda of, run: exact(of, lambda t: run(t) + 1e-9))
    with pytest.raises(RunError, match=r"differs from the solution by 1\.2e-9 of its .* than 1e-10: nothing"):
        pinnsolve.export(tmp_path / "spiral.pt", "torch")
    assert [path.name for path in tmp_path.iterdir()] == ["spiral.pt"]


def test_without_a_solution_there_is_nothing_to_export():
    solution = pinnsolve.solve({"system": {"equations": {"x'": "1/t"}}, "initial": {"x": 1}, "time": [0, 1]})
    for form in ("csv", "npz", "onnx", "torch"):
        with pytest.raises(RunError, match="there is no solution to"):
            export_solution(solution, form)


def test_weights_that_no_onnx_file_can_hold_are_refused(monkeypatch):
    monkeypatch.setattr("pinnsolve.runs.export.onnx_graph.MOST_BYTES", 2**20 + 100)
    with pytest.raises(UsageError, match=r"an ONNX file cannot hold these .* export with --format torch"):
        export_solution(pinnsolve.solve(SPIRAL), "onnx")


def test_a_solution_in_memory_is_exported_in_one_call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    solution = pinnsolve.solve(SPIRAL)
    assert str(pinnsolve.export(solution, "onnx")) == "spiral.onnx"
    times = np.linspace(0, 6, 7)
    np.testing.assert_allclose(in_onnxruntime((tmp_path / "spiral.onnx").read_bytes())(times), spiral(times), atol=1e-9)
    file = pinnsolve.export(solution, "npz", tmp_path / "some.npz", times=times)
    with np.load(file) as data:
        np.testing.assert_array_equal(data["t"], times)
    assert pinnsolve.export(solution, "csv", "some.csv", times="0:6:3").read_text().splitlines()[1] == "0,1,0"


def test_what_cannot_be_exported_is_said(tmp_path):
    solution = pinnsolve.solve(SPIRAL)
    for arguments, message in (
        (("pdf",), "there is no format 'pdf'; there are csv, npz, onnx, torch"),
        (("csv", "-"), "output='-' is for the command line: name a file"),
        (("onnx", "-"), "--output - is for csv: the onnx file is binary, so name one"),
        (("csv", tmp_path), "is a directory: --output is the name of a file"),
    ):
        with pytest.raises(UsageError, match=message):
            pinnsolve.export(solution, *arguments)
    with pytest.raises(UsageError, match="times are for csv and npz: the torch file is a function, which takes any times"):
        pinnsolve.export(solution, "torch", times=np.zeros(1))
