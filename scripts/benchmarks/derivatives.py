"""Value and time derivative of one network 1-32-32-k: vmap(jacfwd) traced and eager, over a sweep written by hand.

The sweep is the speed limit: it knows the network, carries value and tangent layer by layer and does nothing else. All
routes run in turn in every round, and each is compared with the sweep by the medians. Before that they must agree.
"""

import torch

from pinnsolve.network.derivatives import TracedDerivative, value_and_derivative
from pinnsolve.network.mlp import MLP

from .common import interleave, median, parser, publish, short, table

NAME = "derivatives"
HIDDEN, SIZES, STATES = (32, 32), (64, 1024, 65536), (2, 20)


def sweep(model):
    """Value and derivative of a tanh network, (n, 1) -> (n, k), (n, k), by hand."""
    first, *middle, last = [(layer.weight, layer.bias) for layer in model.linear]

    def run(t):
        h = torch.tanh(torch.addmm(first[1], t, first[0].T))
        g = (1 - h * h) * first[0][:, 0]
        for weight, bias in middle:
            h = torch.tanh(torch.addmm(bias, h, weight.T))
            g = (1 - h * h) * (g @ weight.T)
        return torch.addmm(last[1], h, last[0].T), g @ last[0].T

    return run


def measure(n, k, rounds):
    """One row: microseconds of the sweep, the other routes over it, and their largest difference from it."""
    model = MLP(HIDDEN, k, generator=torch.Generator().manual_seed(0))
    t = torch.linspace(-1, 1, n, dtype=torch.float64)[:, None]
    by_hand, traced = sweep(model), TracedDerivative(model)
    routes = {
        "sweep": lambda: by_hand(t),
        "traced": lambda: traced(t),
        "eager": lambda: value_and_derivative(model, t),
    }
    expected = by_hand(t)
    size = float(expected[1].abs().max())
    difference = max(float((r()[i] - expected[i]).abs().max()) / size for r in routes.values() for i in range(2))
    if not difference < 1e-12:
        raise SystemExit(f"the routes disagree by {difference:.1e}: their times mean nothing")
    times = {name: median(spent) for name, spent in interleave(routes, rounds).items()}
    ratios = [f"{times[name] / times['sweep']:.2f}" for name in ("traced", "eager")]
    return [f"n = {n}, k = {k}", short(1e6 * times["sweep"]), *ratios]


def main(arguments):
    commands = parser(NAME, __doc__)
    commands.add_argument("--rounds", type=int, default=200, help="repetitions (fewer for the largest n)")
    options = commands.parse_args(arguments)
    rows = [measure(n, k, max(9, options.rounds * 1024 // max(n, 1024))) for n in SIZES for k in STATES]
    header = ["points, states", "by hand, µs", "traced / by hand", "eager / by hand"]
    publish(NAME, options, table(header, rows), arguments)
