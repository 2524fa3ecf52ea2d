"""Functions of tensors, traced once to a flat graph and run from it.

``vmap``, ``jacfwd`` and ``grad`` cost 1 to 2 ms of Python a call, whatever the size. Their trace is a plain list of
tensor operations that computes the same. It also carries work that nobody needs: products with the zero tangents of
the weights, copies and changes of shape that come back to where they were. `_clean` takes these out; it removes only
what is provably without effect, so that the graph stays the definition executed flat.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx

aten = torch.ops.aten

_RESHAPES = {
    aten.alias.default,
    aten.detach.default,
    aten.view.default,
    aten._unsafe_view.default,
    aten.unsqueeze.default,
    aten.squeeze.dim,
    aten.squeeze.dims,
}
"""Operations that give the same numbers in the same order under another shape."""

_COPIES = {aten._to_copy.default, aten.expand.default}
"""Operations that do nothing where shape, dtype and device of their result are those of their argument."""

_ZEROS = {
    aten.zeros.default,
    aten.zeros_like.default,
    aten.new_zeros.default,
    aten._efficientzerotensor.default,
}

_ZERO_IF_FIRST_IS = (
    _RESHAPES
    | _COPIES
    | {
        aten.neg.default,
        aten.permute.default,
        aten.select.int,
        aten.slice.Tensor,
        aten.sum.dim_IntList,
        aten.t.default,
        aten.transpose.int,
    }
)
_ZERO_IF_ANY_IS = {aten.bmm.default, aten.mm.default, aten.mul.Tensor}


class Traced:
    """A function of tensors, traced at its first call and again for every new combination of shapes, dtypes, devices.

    Parameters
    ----------
    function
        Pure, of tensors, to a tensor or a tuple of tensors; no ``if`` on their values. It is called for the traces
        only, under ``torch.no_grad``: derivatives are taken inside it, with `torch.func`.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._graphs: dict[Any, Callable[..., Any]] = {}

    def __call__(self, *arguments: Tensor) -> Any:
        """Run the graph of these shapes; trace it first where there is none."""
        key = tuple([(argument.shape, argument.dtype, argument.device) for argument in arguments])
        with torch.no_grad():
            run = self._graphs.get(key)
            if run is None:
                run = self._graphs[key] = trace(self._function, *arguments).forward
            return run(*arguments)


def trace(function: Callable[..., Any], *arguments: Tensor) -> fx.GraphModule:
    """Return the flat graph of `function` for arguments of these shapes, without work that has no effect."""
    # Deferred: the first trace in a process makes torch import its decompositions, over a second.
    from torch.func import functionalize
    from torch.fx.experimental.proxy_tensor import make_fx

    def call(*arguments: Tensor) -> Any:  # make_fx counts the arguments of what it is given, through every wrapper
        return function(*arguments)

    # In-place operations become ordinary ones, so that values can be followed and dropped.
    graph = make_fx(functionalize(call, remove="mutations"))(*arguments)
    _clean(graph)
    return graph


def _clean(module: fx.GraphModule) -> None:
    graph = module.graph
    calls = [node for node in graph.nodes if node.op == "call_function"]
    _drop_zero_terms(calls)
    for node in calls:
        if node.target in _COPIES and _same(node, node.args[0]) and "memory_format" not in node.kwargs:
            node.replace_all_uses_with(node.args[0])
        elif node.target in _RESHAPES:
            _shorten(graph, node)
    graph.eliminate_dead_code()
    module.recompile()


def _drop_zero_terms(calls: list[fx.Node]) -> None:
    """Replace x + 0 by x, where 0 is zero whatever the arguments (jacfwd carries a zero tangent for every weight)."""
    zero: set[Any] = set()
    for node in calls:
        operands = node.all_input_nodes
        if (
            node.target in _ZEROS
            or (node.target in _ZERO_IF_FIRST_IS and not zero.isdisjoint(operands[:1]))
            or (node.target in _ZERO_IF_ANY_IS and not zero.isdisjoint(operands))
        ):
            zero.add(node)
        elif node.target is aten.add.Tensor and len(operands) == 2 and not node.kwargs:
            kept = [operand for operand in operands if operand not in zero]
            if len(kept) < 2 and _same(node, other := kept[0] if kept else operands[0]):
                node.replace_all_uses_with(other)
                if not kept:
                    zero.add(node)


def _shorten(graph: fx.Graph, node: fx.Node) -> None:
    """One view from the root of a chain of reshapes, or none where it ends in the shape that it began with."""
    root: Any = node.args[0]
    while root.op == "call_function" and root.target in _RESHAPES:
        root = root.args[0]
    if _same(node, root):
        node.replace_all_uses_with(root)
    elif root is not node.args[0]:
        with graph.inserting_before(node):
            view = graph.call_function(aten.view.default, (root, list(node.meta["val"].shape)))
        view.meta = node.meta
        node.replace_all_uses_with(view)


def _same(node: fx.Node, other: Any) -> bool:
    """Whether two nodes hold tensors of the same shape, dtype, device and layout in memory, which views depend on."""
    if not isinstance(other, fx.Node):
        return False
    a, b = node.meta.get("val"), other.meta.get("val")
    if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
        return False
    return a.shape == b.shape and a.dtype == b.dtype and a.device == b.device and _layout(a) == _layout(b)


def _layout(tensor: Tensor) -> list[int]:
    """Strides where they mean something."""
    return [stride for stride, size in zip(tensor.stride(), tensor.shape, strict=True) if size != 1]
