"""Every wrong setting has a sentence, its place and, where there is one, the nearest known name."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("accuracy: abc", "accuracy: must be a number, not 'abc'"),
        ("method: 1e-6", "or adam, not 1e-6"),
        ("accuracy: true", "accuracy: must be a number, not true"),
        ("accuracy: null", "accuracy: must be a number, not null (an empty value)"),
        ("accuracy:", "accuracy: must be a number, not null (an empty value)"),
        ("accuracy: [1]", "accuracy: must be a number, not a list"),
        ("accuracy: {a: 1}", "accuracy: must be a number, not a mapping"),
        ("accuracy: 2", "accuracy: must lie between 0 and 1, such as 1e-6"),
        ("accuracy: 1e999", "accuracy: must be a number, not inf: it must be finite"),
        ("accuracy: 10**-6 + z", "accuracy: unknown name 'z'"),
        ("seed: 1.5", "seed: must be a whole number, not 1.5"),
        ("seed: abc", "seed: must be a whole number, not 'abc'"),
        ("seed: 99999999999999999999", "seed: must be a whole number that fits into 64 bits"),
        (
            "method: adamm",
            "must be auto, gauss-newton, levenberg-marquardt, lbfgs or adam, not 'adamm' (did you mean 'adam'?)",
        ),
        ("method: [adam, 3]", "method[1]: must be auto, gauss-newton, levenberg-marquardt, lbfgs or adam, not 3"),
        ("method: []", "method: needs at least one stage"),
        ("method: [auto, adam]", "method: 'auto' chooses the stages itself and cannot be one of several"),
        ("device: gpu", "device: must be auto, cpu, cuda, cuda:1 (or another number) or mps"),
        ("dtype: float16", "dtype: must be float64 or float32, not 'float16'"),
        ("dtype: float32", "dtype: method 'auto' needs float64"),
        ("name: a/b", "name: must be one path component"),
        ("name: a.", "name: must not end in a dot or a space"),
        (f"name: {'a' * 101}", "name: is too long to name a directory: at most 100 characters (240 bytes)"),
        (f"name: {'語' * 90}", "name: is too long to name a directory"),
        ("name: [a]", "name: must be text, not a list"),
        ("network: 3", "network: must be a mapping with the keys hidden, activation and windows, not 3"),
        ("network: {windows: many}", "network.windows: must be a whole number, not 'many'"),
        ("network: {windows: 0}", "network.windows: must be 'auto' or a whole number from 1 to 100000"),
        ("network: {hidden: [a, 3], windows: 1}", "network.hidden[0]: must be a whole number, not 'a'"),
        ("network: {hidden: [], windows: 1}", "network.hidden: needs at least one width"),
        ("network: {hidden: [32]}", "with automatic windows the architecture is the method's own"),
        ("network: {activation: relu, windows: 1}", "relu cannot be used: its derivative is piecewise constant"),
        (
            "network: {activation: tahn, windows: 1}",
            "must be tanh, sin, silu, gelu or softplus, not 'tahn' (did you mean 'tanh'?)",
        ),
        ("training: 3", "training: must be a mapping with the keys points, sampling"),
        ("training: [{}, {}]", "training: has 2 entries for 1 stages"),
        ("training: {points: 1}", "training.points: must be at least 2"),
        ("training: [{points: 1}]", "training.points: must be at least 2"),
        ("training: {sampling: chebychev}", "(did you mean 'chebyshev'?)"),
        (
            "training: {schedule: cosin}",
            "must be cosine, plateau, constant or auto, not 'cosin' (did you mean 'cosine'?)",
        ),
        ("training: {condition: firm}", "training.condition: must be hard or soft, not 'firm'"),
        ("training: {start: horizn}", "must be windows or horizon, not 'horizn' (did you mean 'horizon'?)"),
        ("training: {start: horizon}", "training.start: horizon needs to know the number of windows; set network.windows"),
        ("training: {tolerance: -1}", "training.tolerance: must be a positive number"),
        ("output: {formats: [gif]}", "output.formats[0]: must be png, svg or pdf, not 'gif'"),
        ("output: {points: 1}", "output.points: must be at least 2"),
    ],
)
def test_a_wrong_setting_has_its_sentence(spoilt, more, message):
    (fault,) = spoilt(more=more + "\n")
    assert message in fault
    assert fault.startswith("<stdin>:8:")


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ("[0, 0]", "the interval has zero length"),
        ("[0, 1, 2]", "needs two values, [start, end], and has 3"),
        ("20", "must be a list of two numbers, [start, end], not 20"),
        ("[0, .inf]", "time[1]: must be a number, not '.inf': it must be finite"),
        ("[.nan, 1]", "time[0]: must be a number, not '.nan': it must be finite"),
        ("[0, 1:30]", "time[1]: must be a number, not '1:30': numbers are decimal, without colons"),
        ("[0, 0x10]", "time[1]: numbers are decimal"),
        ("[0, 1_000]", "time[1]: write the digits of a number without _"),
        ("[0, yes]", "time[1]: must be a number, not 'yes'"),
        ("[0, m]", "time[1]: must be a number, not 'm' (did you mean 'mu'?)"),
        ("[0, 2*]", "time[1]: the expression ends after '*'"),
        ("[0, t]", "time[1]: must be a number, not 't'"),
    ],
)
def test_a_wrong_interval_has_its_sentence(spoilt, time, message):
    (fault,) = spoilt("[0, 20]", time)
    assert message in fault
    assert fault.startswith("<stdin>:7:")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("netwrk: 1", "unknown key 'netwrk' (did you mean 'network'?)"),
        ("network: {widnows: 1}", "unknown key 'widnows' in network (did you mean 'windows'?)"),
        ("training: {pionts: 1}", "unknown key 'pionts' in training (did you mean 'points'?)"),
        ("training: [{pionts: 1}]", "unknown key 'pionts' in training[0] (did you mean 'points'?)"),
        ("output: {format: png}", "unknown key 'format' in output (did you mean 'formats'?)"),
        ("hidden: [3]", "unknown key 'hidden' (did you mean 'network.hidden'?)"),
        ("parameters: {}", "unknown key 'parameters' (did you mean 'system.parameters'?)"),
        ("network: {seed: 1}", "unknown key 'seed' in network (did you mean 'seed'?)"),
        ("mu: 3", "unknown key 'mu' (did you mean 'system.parameters.mu'?)"),
        ("x: 3", "unknown key 'x' (did you mean 'initial.x'?)"),
        ("qqq: 1", "unknown key 'qqq': the keys of a problem are name, description, system, initial, time"),
        ("network: {qqq: 1}", "unknown key 'qqq' in network: the keys there are hidden, activation and windows"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(spoilt, more, message):
    (fault,) = spoilt(more=more + "\n")
    assert message in fault


@pytest.mark.parametrize("key", ["system", "initial", "time"])
def test_what_must_be_there_is_asked_for(faults, van_der_pol, key):
    lines = [line for line in van_der_pol.splitlines() if not line.startswith((key, "  ") if key == "system" else key)]
    (fault,) = faults("\n".join(lines))
    assert fault.message.startswith(f"the problem has no '{key}'")
    assert (fault.file, fault.path) == ("<stdin>", key)


def test_all_faults_of_a_file_are_reported_at_once(spoilt):
    more = (
        "netwrk: 1\n"
        "network: {widnows: 3, hidden: [a, 2.5], activation: relu}\n"
        "training: {points: 1, iterations: true, sampling: cheby}\n"
        "output: {points: 0}\n"
        "accuracy: 7\n"
    )
    messages = spoilt("mu*(1 - x^2)*y - x", "mue*(1 - x^2)*yy - x", more=more)
    assert [message.split(" ")[0] for message in messages] == [
        f"<stdin>:{place}:"
        for place in ("4:9", "4:23", "8:1", "9:11", "9:32", "9:35", "9:53", "10:20", "10:35", "10:51", "11:18", "12:11")
    ]


def test_a_fault_does_not_bring_others_with_it(spoilt):
    assert len(spoilt(more="method: [adam, lbgfs]\ntraining: [{}, {}]\ndtype: float32\n")) == 1
    assert len(spoilt(more="network: {hidden: [32], windows: two}\n")) == 1
    assert len(spoilt("time: [0, 20]", "time: [0, a]")) == 1
    assert len(spoilt("{x: 2, y: 0}", "{x: 2, y: zero}")) == 1


def test_very_many_faults_are_cut(faults):
    text = "".join(f"key{number}: 1\n" for number in range(300))
    found = faults(text)
    assert len(found) == 101
    assert found[-1].message == "… and 203 more faults"


def test_the_user_is_not_shown_the_words_of_the_validation_library(faults):
    everything_wrong = {key: object() for key in ("name", "description", "system", "initial", "time", "accuracy", "method")}
    everything_wrong |= {key: object() for key in ("network", "training", "device", "dtype", "seed", "output")}
    for fault in faults(everything_wrong):
        assert "a Python object of type object" in fault.message
        assert "Input should" not in fault.message
