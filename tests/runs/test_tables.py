"""CSV files: a header with the states, 17 digits, line ends of one kind everywhere."""

from __future__ import annotations

import csv
import io
import math

import numpy as np

from pinnsolve.runs.packing import pack_history, plain, restored, unpack_history
from pinnsolve.runs.tables import metrics_csv, states_csv


def test_every_float_reads_back_as_itself():
    generator = np.random.default_rng(0)
    values = generator.standard_normal((200, 2)) * 10.0 ** generator.integers(-300, 300, (200, 2))
    times = generator.random(200)
    table = np.array(list(csv.reader(io.StringIO(states_csv(["x", "y"], times, values))))[1:], dtype=float)
    assert np.array_equal(table, np.column_stack([times, values]))


def test_names_with_primes_and_commas_are_columns_of_their_own():
    text = states_csv(["x'", "a,b", "β"], np.zeros(1), np.zeros((1, 3)))
    assert next(csv.reader(io.StringIO(text))) == ["t", "x'", "a,b", "β"]


def test_nan_is_written_as_nan_and_lines_end_with_a_newline_alone():
    text = states_csv(["x"], np.array([0.0, 0.5]), np.array([[math.nan], [math.inf]]))
    assert text == "t,x\n0,nan\n0.5,inf\n"


HISTORY = [
    {"window": 0, "stage": "adam", "iteration": 1, "residual": [0.1, 1e-300], "size": 0.001, "seconds": 0.25},
    {"window": 1, "stage": "lbfgs", "iteration": 2, "residual": [math.inf, 0.0], "size": 1.0, "seconds": 1 / 3},
]


def test_metrics_have_a_column_a_state():
    header, first, _ = metrics_csv(["x", "y"], HISTORY).splitlines()
    assert header == "iteration,window,stage,residual_x,residual_y,size,seconds"
    assert first == "1,0,adam,0.10000000000000001,1e-300,0.001,0.250000"


def test_a_history_survives_packing():
    assert unpack_history(pack_history(HISTORY)) == HISTORY
    assert unpack_history(pack_history([])) == []


def test_packing_leaves_only_what_loads_without_code():
    import torch

    packed = plain({"a": np.arange(3.0), "b": (np.float64(1.5), np.int64(2)), "c": [None, True, "text"], "d": {1: torch.ones(1)}})
    data = io.BytesIO()
    torch.save(packed, data)
    data.seek(0)
    loaded = restored(torch.load(data, weights_only=True))
    assert isinstance(loaded["a"], np.ndarray)
    assert loaded["a"].tolist() == [0.0, 1.0, 2.0]
    assert loaded["b"] == [1.5, 2]
    assert loaded["c"] == [None, True, "text"]
