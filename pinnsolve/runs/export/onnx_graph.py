"""The solution as one ONNX graph: window lookup, networks, conditions and interval, in float64.

Written operator by operator: `torch.onnx` needs one more package and picks operators that onnxruntime has for float32 only
(Erf, Softplus).

Window lookup is a binary search unrolled: with the m starts padded by NaN to 2^p, the index is found bit by bit,

    i ← i + 2^j  if  start[i + 2^j] ≤ t,      j = p − 1, …, 0

4 operators a bit and memory for n numbers, where a comparison of every time with every window would take n·m.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from pinnsolve.errors import UsageError
from pinnsolve.network.chain import Chain
from pinnsolve.runs.export.standalone import Standalone
from pinnsolve.version import VERSION

OPSET, IR_VERSION = 17, 8
"""Of 2022: onnxruntime 1.12 reads it."""
MOST_BYTES = 2**31 - 1
"""A protocol buffer cannot be larger."""
TERMS = 24


def onnx_model(module: Standalone, facts: Mapping[str, Any]) -> bytes:
    """The file: t (n,) -> y (n, k), both float64, with the facts as JSON in the metadata.

    Raises
    ------
    UsageError
        If it would be larger than an ONNX file can be.
    """
    size = sum(tensor.numel() * 8 for tensor in module.state_dict().values())
    if size > MOST_BYTES - 2**20:
        raise UsageError(f"an ONNX file cannot hold these {size / 2**30:.1f} GiB of weights; export with --format torch")
    build = _Builder()
    _states(build, module)
    k = module.chain.offset.shape[1]
    graph = helper.make_graph(
        build.nodes,
        "solution",
        [helper.make_tensor_value_info("t", TensorProto.DOUBLE, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, ["n", k])],
        build.constants,
        doc_string="times t (n,) -> states y (n, k)",
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    model.producer_name, model.producer_version = "pinnsolve", VERSION
    helper.set_model_props(model, {key: _property(value) for key, value in facts.items() if value is not None})
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def _property(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class _Builder:
    """Collects operators. Calling it adds one and gives the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[TensorProto] = []

    def __call__(self, operator: str, *inputs: str | float, output: str | None = None, **attributes: Any) -> str:
        """Add an operator; numbers among its inputs become float64 constants."""
        names = [self.constant(value) if isinstance(value, (int, float)) else value for value in inputs]
        output = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, names, [output], **attributes))
        return output

    def constant(self, value: float | NDArray[Any] | Tensor, dtype: type = np.float64) -> str:
        """Add a constant and give its name."""
        name = f"constant_{len(self.constants)}"
        array = value.numpy(force=True) if isinstance(value, Tensor) else value
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype=dtype).reshape(np.shape(array)), name))
        return name

    def unsqueezed(self, name: str, *axes: int) -> str:
        """With axes of length 1."""
        return self("Unsqueeze", name, self.constant(np.array(axes), np.int64))

    def squeezed(self, name: str, axis: int) -> str:
        """Without an axis of length 1."""
        return self("Squeeze", name, self.constant(np.array([axis]), np.int64))


Operators = Callable[[_Builder, str], str]


def _states(build: _Builder, module: Standalone) -> None:
    """The whole of `Standalone.forward`, from t to y."""
    t, chain = "t", module.chain
    if module.period is not None:
        rest = build("Mod", build("Sub", t, module.start), module.period, fmod=1)  # of the sign of t
        positive = build("Where", build("Less", rest, 0.0), build("Add", rest, module.period), rest)
        t = build("Add", positive, module.start)
    if not module.bounded:
        _chain(build, chain, t, output="y")
        return
    value = _chain(build, chain, t)
    inside = build("And", build("GreaterOrEqual", t, module.low), build("LessOrEqual", t, module.high))
    build("Where", build.unsqueezed(inside, 1), value, math.nan, output="y")


def _chain(build: _Builder, chain: Chain, t: str, output: str | None = None) -> str:
    """`Chain.evaluate`: (n,) -> (n, k).

    A hard condition subtracts the last hidden layer at −1 before the output layer instead of the network at −1 after it:
    the same with half the work and less rounding.
    """
    local = build("Sub", t, build.constant(chain.origin))
    pick = _Picker(build, chain, local)
    numerator = build("Mul", 2.0, build("Sub", local, pick(chain.starts)))
    tau = build("Sub", build("Div", numerator, pick(chain.lengths)), 1.0)
    *layers, (weight, bias) = zip(chain.layer_weights, chain.layer_biases, strict=True)
    inner = [(pick(weights.mT), pick(biases[:, None])) for weights, biases in layers]
    act = ACTIVATIONS[chain.activation]
    hidden = _hidden(build, inner, act, build.unsqueezed(tau, 1, 2))  # (n, 1, width)
    if chain.anchored:
        hidden = build("Sub", hidden, _hidden(build, inner, act, build.constant(np.full((1, 1, 1), -1.0))))
    value = build("MatMul", hidden, pick(weight.mT))  # (n, 1, k)
    if not chain.anchored:
        value = build("Add", value, pick(bias[:, None]))
    scaled = build("Mul", pick(chain.scale), build.squeezed(value, 1))
    return build("Add", pick(chain.offset), scaled, output=output)


def _hidden(build: _Builder, layers: list[tuple[str, str]], act: Operators, tau: str) -> str:
    """The last hidden layer at τ (n, 1, 1) -> (n, 1, width)."""
    for weight, bias in layers:
        tau = act(build, build("Add", build("MatMul", tau, weight), bias))
    return tau


class _Picker:
    """Takes the rows of the window of each time out of something stacked by windows; what all share it leaves whole."""

    def __init__(self, build: _Builder, chain: Chain, local: str) -> None:
        self.build = build
        self.index = _lookup(build, chain, local) if chain.windows > 1 else ""

    def __call__(self, stacked: Tensor) -> str:
        """(m or 1, …) -> (n or 1, …)."""
        whole = self.build.constant(stacked)
        return whole if len(stacked) == 1 else self.build("Gather", whole, self.index)


def _lookup(build: _Builder, chain: Chain, local: str) -> str:
    """Index of the window of each time, (n,): the last that has begun, the first where none has."""
    direction = np.sign(chain.lengths[0].item())
    bits = math.ceil(math.log2(chain.windows))
    starts = np.full(2**bits, np.nan)  # not before any time, not even infinity
    starts[: chain.windows] = direction * chain.starts.numpy()
    begun, ahead = build.constant(starts), build("Mul", local, direction)
    index = build.constant(np.zeros(1), np.int64)  # broadcast to (n,)
    for bit in reversed(range(bits)):
        later = build("Add", index, build.constant(np.array(2**bit), np.int64))
        index = build("Where", build("LessOrEqual", build("Gather", begun, later), ahead), later, index)
    return index


def _silu(build: _Builder, x: str) -> str:
    return build("Mul", x, build("Sigmoid", x))


def _softplus(build: _Builder, x: str) -> str:
    """``log(1 + e^x)``, and x itself from 20 on, as torch has it; written so that nothing overflows."""
    rest = build("Log", build("Add", 1.0, build("Exp", build("Neg", build("Abs", x)))))
    smooth = build("Add", build("Max", x, 0.0), rest)
    return build("Where", build("Greater", x, 20.0), x, smooth)


def _gelu(build: _Builder, x: str) -> str:
    error_function = _erf(build, build("Mul", x, math.sqrt(0.5)))
    return build("Mul", build("Mul", x, 0.5), build("Add", error_function, 1.0))


def _erf(build: _Builder, x: str) -> str:
    """The error function to 1e-15, as a sine series: onnxruntime has Erf for float32 alone.

    erf(x) = (2/π) ∫_0^∞ e^{−u²} sin(2xu)/u du by the midpoint rule with step π/12, whose error is erfc(12 − |x|), below
    1e-16 for |x| ≤ 6; from there on erf is ±1.
    """
    half = np.arange(TERMS) + 0.5
    frequencies = build.constant(2 * half * math.pi / 12)
    coefficients = build.constant((2 / math.pi * np.exp(-((half * math.pi / 12) ** 2)) / half)[:, None])
    waves = build("Sin", build("Mul", build.unsqueezed(x, 3), frequencies))  # (n, 1, width, terms)
    series = build.squeezed(build("MatMul", waves, coefficients), 3)
    return build("Where", build("Greater", build("Abs", x), 6.0), build("Sign", x), series)


ACTIVATIONS: dict[str, Operators] = {
    "tanh": lambda build, x: build("Tanh", x),
    "sin": lambda build, x: build("Sin", x),
    "silu": _silu,
    "gelu": _gelu,
    "softplus": _softplus,
}
"""Name in the problem file: operators on (n, 1, width)."""
