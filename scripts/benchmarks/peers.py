"""CPU seconds until the true error falls below a level, beside other PINN libraries where they are installed.

Five planar problems, one process each. The other libraries are set up as their own guides do it for systems of ordinary
differential equations, without tuning for a problem: the initial condition holds by construction, tanh networks.

deepxde       float32 (its default), three layers of 32, 400 points, Adam with 1e-3 for half of the time, then L-BFGS
neurodiffeq   float32 (its default), two layers of 32 for each state, 200 noisy points, Adam with its default settings
pinnsolve     one solve for each level, with `accuracy` set to it and nothing else; the first one of the process included

The error is the largest over 501 times and components, each component against its own largest value, against SciPy at
tight tolerance. Imports and the evaluation of the error are not counted. A dash: not reached in the time allowed.
"""

import contextlib
import math
import multiprocessing
import os
import sys
import time

import numpy as np

from .common import installed, parser, publish, scientific, short, table
from .problems import EVERYDAY, problem
from .suite import relative_error

NAME = "peers"
LEVELS = (1e-2, 1e-3, 1e-4, 1e-6)
OUTPUT = 501
EVERY = 200
"""Iterations between two looks at the error."""


class Watch:
    """Looks at the error now and then and keeps when it first fell below each level."""

    def __init__(self, made, limit):
        from pinnsolve.analysis.reference import reference_solution

        self.times = np.linspace(*made.time, OUTPUT)
        self.values = reference_solution(made, self.times).values
        self.limit, self.best, self.reached = limit, math.inf, {}
        self.begun = time.process_time()

    @property
    def spent(self):
        """CPU seconds so far, without those spent looking."""
        return time.process_time() - self.begun

    def look(self, values):
        """Take the values (n, k) at the times; they are computed by the caller between `pause` and here."""
        error = relative_error(values, self.values)
        self.best = min(self.best, error)
        for level in LEVELS:
            if error <= level:
                self.reached.setdefault(level, self.paused)
        self.begun += self.spent - self.paused

    def pause(self):
        """What happens from here to `look` is not counted."""
        self.paused = self.spent

    @property
    def over(self):
        """Whether the time is up, or nothing is left to reach."""
        return self.spent >= self.limit or self.best <= LEVELS[-1]


def right_hand_side(made):
    """f(t (n,), y k columns (n,)) -> k columns in torch."""
    from pinnsolve.expressions import compile_torch, substitute

    system = made.system
    return compile_torch([substitute(e, system.parameters) for e in system.equations.values()], system.states)


def deepxde(made, watch):
    """DeepXDE with PyTorch, as its demonstration of Lotka–Volterra."""
    os.environ["DDE_BACKEND"] = "pytorch"
    import deepxde as dde
    import torch

    f, k, initial = right_hand_side(made), made.system.k, torch.tensor(made.initial)[None]

    def residual(t, y):
        slopes = f(t[:, 0], [y[:, i] for i in range(k)])
        return [dde.grad.jacobian(y, t, i=i)[:, 0] - slopes[i] for i in range(k)]

    class Look(dde.callbacks.Callback):
        """Looks at the error and ends the training."""

        def __init__(self, until):
            super().__init__()
            self.until, self.count = until, 0

        def on_epoch_end(self):
            self.count += 1
            if self.count % self.model.every == 0:
                watch.pause()
                watch.look(self.model.predict(watch.times[:, None].astype(np.float32)).astype(float))
            self.model.stop_training = watch.over or watch.spent >= self.until

    data = dde.data.PDE(dde.geometry.TimeDomain(*made.time), residual, [], num_domain=400, num_boundary=2)
    net = dde.nn.FNN([1, 32, 32, 32, k], "tanh", "Glorot normal")
    net.apply_output_transform(lambda t, y: initial.to(y) + torch.tanh(t) * y)
    model = dde.Model(data, net)
    model.every = EVERY
    model.compile("adam", lr=1e-3, verbose=0)
    model.train(iterations=10**9, display_every=10**9, callbacks=[Look(watch.limit / 2)], verbose=0)
    dde.optimizers.set_LBFGS_options(maxiter=10**6, ftol=0, gtol=0)
    dde.optimizers.config.LBFGS_options["iter_per_step"] = EVERY
    model.every = 1
    model.compile("L-BFGS", verbose=0)
    model.train(display_every=10**9, callbacks=[Look(watch.limit)], verbose=0)


def neurodiffeq(made, watch):
    """Solver1D of neurodiffeq."""
    import torch
    from neurodiffeq import diff
    from neurodiffeq.conditions import IVP
    from neurodiffeq.generators import Generator1D
    from neurodiffeq.networks import FCNN
    from neurodiffeq.solvers import Solver1D

    f, (begin, end) = right_hand_side(made), made.time

    def residual(*columns):
        *states, t = columns
        return [diff(state, t) - slope for state, slope in zip(states, f(t, states), strict=True)]

    solver = Solver1D(
        residual,
        [IVP(begin, value) for value in made.initial],
        begin,
        end,
        nets=[FCNN(1, 1, hidden_units=(32, 32), actv=torch.nn.Tanh) for _ in made.initial],
        train_generator=Generator1D(200, begin, end, "equally-spaced-noisy"),
        n_batches_valid=0,
    )
    while not watch.over:
        solver.fit(max_epochs=EVERY, tqdm_file=None)
        watch.pause()
        columns = solver.get_solution(copy=False, best=False)(watch.times, to_numpy=True)
        watch.look(np.stack([np.ravel(column) for column in columns], axis=1).astype(float))


def pinnsolve(made, watch):
    """One solve for each level."""
    from pinnsolve.solvers import solve

    for level in LEVELS:
        watch.begun = time.process_time()
        solution = solve(made.with_settings(accuracy=level))
        watch.pause()
        error = relative_error(solution(watch.times), watch.values)
        watch.best = min(watch.best, error)
        if error <= level:
            watch.reached[level] = watch.paused


LIBRARIES = {"pinnsolve": pinnsolve, "deepxde": deepxde, "neurodiffeq": neurodiffeq}


def measure(library, name, limit):
    """One library on one problem, in a process of its own: level: CPU seconds, and the least error."""
    import torch

    torch.set_num_threads(1)
    with contextlib.redirect_stdout(sys.stderr):
        made = problem(EVERYDAY[name])
        watch = Watch(made, limit)
        LIBRARIES[library](made, watch)
    return watch.reached, watch.best


def main(arguments):
    commands = parser(NAME, __doc__)
    commands.add_argument("--problems", nargs="+", choices=EVERYDAY, default=list(EVERYDAY))
    commands.add_argument("--time-limit", type=float, default=60, help="CPU seconds for a library on a problem (default 60)")
    options = commands.parse_args(arguments)
    present = [library for library in LIBRARIES if library == "pinnsolve" or installed(library)]
    missing = [library for library in LIBRARIES if library not in present]
    rows = []
    for name in options.problems:
        for library in present:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                reached, best = pool.apply(measure, (library, name, options.time_limit))
            times = [short(reached.get(level, math.nan)) for level in LEVELS]
            rows.append([f"{EVERYDAY[name]['description']}, {library}", *times, scientific(best)])
    header = ["problem, library", *(f"CPU s to {level:g}" for level in LEVELS), "least error"]
    text = table(header, rows)
    versions = [f"{library} {installed(library)}" for library in present if library != "pinnsolve"]
    text += f"\n\nEach library had {options.time_limit:g} CPU seconds for a problem."
    text += f" Versions: {', '.join(versions)}." if versions else ""
    text += f" Not installed here, and therefore not measured: {', '.join(missing)}." if missing else ""
    publish(NAME, options, text, arguments)
