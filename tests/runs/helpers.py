"""A small problem, and a listener that stops its solve."""

from __future__ import annotations

from pinnsolve.errors import Interrupted

VAN_DER_POL = """\
# a comment that must survive
system:
  equations:
    x': y
    y': mu*(1 - x^2)*y - x
  parameters: {mu: 1}
initial: {x: 2, y: 0}
time: [0, 5]
output: {points: 11, formats: [svg]}
"""


class StopAfter:
    """Listens, and asks to stop after some iterations, as Ctrl-C does."""

    def __init__(self, iterations: int) -> None:
        self.left = iterations

    def update(self, step, snapshot):
        self.left -= 1
        if self.left == 0:
            raise Interrupted(2)
