"""Work and precision beside SciPy's integrators, at equal achieved error.

Both sides call the same right-hand side, generated as plain Python from the equations; Radau and LSODA get the Jacobian
in the same form. One thread; building the problem and compiling it are not counted, on either side. Both hand back a
function of time over the whole interval: SciPy's runs are `solve_ivp(dense_output=True)`. `odeint`, LSODA with its loop
in compiled code and values at 301 times instead of a function, is compared separately.

Errors are the largest over times and components, each component against its own largest value, over 301 times and eight
in each of our windows, against a much tighter solve that is cross-checked with a tight SciPy run; they are taken as no
smaller than the error of that reference. SciPy gets the size of each component for its absolute tolerance, and of all
its methods and tolerances (rtol from 1e-2 to 3e-14 in half decades) the fastest counts that reaches

- our achieved error, or 1e-12 where ours is smaller ("equal error"), or
- only the accuracy that we were asked for ("as asked"), which a user of SciPy cannot know to have been reached.

Ratios are SciPy's time over ours, each the least of interleaved repetitions: above 1, pinnsolve is the faster one.
Where SciPy does not get there with any tolerance, or not in the time allowed, there is no ratio. Medians leave such a
problem out, except the one "over all", for which it counts as slower than any other.
"""

import math
import time
import warnings
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from scipy.integrate import odeint, solve_ivp

from pinnsolve.analysis.reference import scipy_at
from pinnsolve.expressions import compile_scalar, number
from pinnsolve.solvers import solve

from .common import interleave, median, parser, publish, scientific, seconds, short, table
from .problems import NONSTIFF, STIFF, problem
from .suite import relative_error

NAME = "integrators"
METHODS = ("DOP853", "LSODA", "Radau")
COMPILED = "odeint"
TOLERANCES = 10.0 ** -np.arange(2, 13.6, 0.5)
REFERENCES = (1e-12, 3e-11, 3e-10, 3e-9)
"""Accuracies to try for the reference: the first that double precision allows, or else the best by its own estimate."""
CROSS = 1e-13
"""Relative tolerance of the SciPy run that the reference is cross-checked with."""
OUTPUT = 301
INSIDE = 8
"""Points in each window."""
FINEST = 1e-12
"""Errors are not compared below: both sides are left with rounding errors there, which are luck."""
PATIENCE = 20
"""SciPy's method is given up when one run takes this many times our longest."""
NEAR = 1.5
"""Runs up to this many times slower than the fastest are timed again, since either may be the faster one."""


class TooSlowError(Exception):
    """A run of SciPy that takes too long to matter."""


@dataclass
class Run:
    """One way to solve a problem."""

    method: str
    rtol: float
    error: float
    seconds: float
    call: object
    """Without arguments: solves again."""


@dataclass
class Series:
    """All runs for one problem."""

    name: str
    ours: list[Run] = field(default_factory=list)
    estimated: list[float] = field(default_factory=list)
    converged: list[bool] = field(default_factory=list)
    scipy: list[Run] = field(default_factory=list)
    patience: float = 0.0
    gave_up: set[str] = field(default_factory=set)
    """Methods that took too long before they were accurate enough."""
    reference_error: float = 0.0
    cross_check: float = 0.0

    def equal(self, index):
        """The error at which our run is compared."""
        return max(self.ours[index].error, FINEST)

    def fastest(self, error, methods):
        """SciPy's fastest run with at most this error."""
        reached = [run for run in self.scipy if run.method in methods and run.error <= error]
        return min(reached, key=lambda run: run.seconds, default=None)

    def ratio(self, index, error, methods):
        """SciPy's time over ours; NaN where no run reached the error."""
        run = self.fastest(error, methods)
        return math.nan if run is None else run.seconds / self.ours[index].seconds

    def shown(self, index, error, methods):
        """The ratio as text: a bound of it where a method ran out of time, "never" where no tolerance was small enough."""
        ratio = self.ratio(index, error, methods)
        if not math.isnan(ratio):
            return short(ratio)
        return f"> {short(self.patience / self.ours[index].seconds)}" if self.gave_up.intersection(methods) else "never"


class Integrands:
    """The right-hand side and the Jacobian of a problem in the forms that SciPy takes."""

    def __init__(self, made):
        system = made.system
        zero = number(0.0)
        entries = [system.jacobian.get((i, j), zero) for i in range(system.k) for j in range(system.k)]
        scalar, partials, k = system.kernels.scalar, compile_scalar(entries, system.states), system.k
        self.deadline = math.inf
        self.f = lambda t, y: scalar(t, y.tolist())
        self.jacobian = lambda t, y: np.array(partials(t, y.tolist())).reshape(k, k)
        self.made = made

    def watched(self, t, y):
        """The right-hand side that gives up at the deadline."""
        if time.perf_counter() > self.deadline:
            raise TooSlowError
        return self.f(t, y)

    def integrate(self, method, rtol, sizes, times, f):
        """One run of SciPy: its function of time, or its values where it is `odeint`."""
        begin, initial, atol = self.made.time, np.array(self.made.initial), rtol * sizes
        if method == COMPILED:
            values = odeint(
                f, initial, times, tfirst=True, Dfun=self.jacobian, rtol=rtol, atol=atol, mxstep=10**6, full_output=False
            )
            return lambda _: values
        jacobian = {} if method == "DOP853" else {"jac": self.jacobian}
        result = solve_ivp(f, begin, initial, method, dense_output=True, rtol=rtol, atol=atol, **jacobian)
        return lambda t: result.sol(t).T if result.success else np.full((len(t), len(initial)), np.nan)


def reference(made):
    """Times (n,), values (n, k), the error of the reference and its difference from SciPy."""
    tried = []
    for accuracy in REFERENCES:
        tried.append(solve(made.with_settings(accuracy=accuracy)))
        if tried[-1].status == "converged":
            break
    tight = min(tried, key=lambda solution: solution.estimated)
    edges = tight.window_edges
    inner = edges[:-1, None] + np.diff(edges)[:, None] * (np.arange(INSIDE) / INSIDE)
    times = np.unique(np.concatenate([np.linspace(*made.time, OUTPUT), inner.ravel()]))
    values = tight(times)
    return times, values, tight.estimated, relative_error(scipy_at(made, CROSS, times).values, values)


def measure(source, accuracies, rounds):
    """All runs for one problem."""
    made = problem(source)
    times, values, reference_error, cross_check = reference(made)
    series = Series(made.description, reference_error=reference_error, cross_check=cross_check)
    for accuracy in accuracies:
        asked = made.with_settings(accuracy=accuracy)
        solution = solve(asked)  # the first run compiles
        error = max(relative_error(solution(times), values), reference_error)
        call = partial(solve, asked)
        series.ours.append(Run("pinnsolve", accuracy, error, seconds(call), call))
        series.estimated.append(solution.estimated)
        series.converged.append(solution.status == "converged")
    series.patience = PATIENCE * max(run.seconds for run in series.ours)
    integrands, sizes = Integrands(made), np.abs(values).max(axis=0)
    sizes[sizes == 0] = 1.0
    for method in (*METHODS, COMPILED):
        explore(series, integrands, method, sizes, (times, values), min(map(series.equal, range(len(accuracies)))))
    again(series, accuracies, rounds)
    return series


def explore(series, integrands, method, sizes, known, enough):
    """Run a method with ever smaller tolerances, until it has the smallest error wanted or takes too long."""
    times, values = known
    output = np.linspace(*integrands.made.time, OUTPUT)
    for rtol in TOLERANCES:
        integrands.deadline = time.perf_counter() + series.patience
        try:
            error = relative_error(integrands.integrate(method, rtol, sizes, times, integrands.watched)(times), values)
        except TooSlowError:
            series.gave_up.add(method)
            return
        except (ArithmeticError, ValueError):  # a step outside the domain of f, at a loose tolerance
            continue
        call = partial(integrands.integrate, method, rtol, sizes, output, integrands.f)
        series.scipy.append(Run(method, rtol, error, min(seconds(call), seconds(call)), call))
        if error <= 0.5 * enough:
            return


def again(series, accuracies, rounds):
    """Time our runs and all of SciPy's that could be the fastest again, in turn."""
    chosen = list(series.ours)
    targets = [*accuracies, *(series.equal(index) for index in range(len(accuracies)))]
    for error in targets:
        for methods in (METHODS, (COMPILED,)):
            best = series.fastest(error, methods)
            chosen += [
                run
                for run in series.scipy
                if best and run.method in methods and run.error <= error and run.seconds <= NEAR * best.seconds
            ]
    chosen = list({id(run): run for run in chosen}.values())
    times = interleave({place: run.call for place, run in enumerate(chosen)}, rounds)
    for place, run in enumerate(chosen):
        run.seconds = min(run.seconds, *times[place])


def rows_of(series, accuracies):
    """The table's rows for one problem."""
    rows = []
    for index, (accuracy, ours) in enumerate(zip(accuracies, series.ours, strict=True)):
        name = series.name + ("" if series.converged[index] else " (not met)")
        row = [name, f"{accuracy:g}", scientific(series.estimated[index]), scientific(ours.error), short(1e3 * ours.seconds)]
        for error in (series.equal(index), accuracy):
            run = series.fastest(error, METHODS)
            shown = "none" if run is None else f"{run.method} {short(1e3 * run.seconds)} ({scientific(run.error)})"
            row += [shown, series.shown(index, error, METHODS)]
        rows.append([*row, series.shown(index, series.equal(index), (*METHODS, COMPILED))])
    return rows


def over_all(ratios):
    """The median of ratios of which NaN stands for any that is larger than all others, as text."""
    ordered = sorted(math.inf if math.isnan(ratio) else ratio for ratio in ratios)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    if math.isfinite(high):
        return short((low + high) / 2)
    return f"> {short(low)}" if math.isfinite(low) else f"> {short(max(filter(math.isfinite, ordered), default=0))}"


def summary(groups, accuracies):
    """Medians of the ratios over the problems where SciPy got there; as asked, over those where we did too."""
    rows = []
    for name, group in groups.items():
        for index, accuracy in enumerate(accuracies):
            met = [series for series in group if series.converged[index]]
            every = [series.ratio(index, series.equal(index), METHODS) for series in group]
            equal, asked, compiled = (
                [ratio for ratio in ratios if not math.isnan(ratio)]
                for ratios in (
                    every,
                    [series.ratio(index, accuracy, METHODS) for series in met],
                    [series.ratio(index, series.equal(index), (*METHODS, COMPILED)) for series in group],
                )
            )
            rows.append(
                [
                    f"{name}, {accuracy:g}",
                    f"{len(met)}/{len(group)}",
                    short(median([1e3 * series.ours[index].seconds for series in group])),
                    f"{len(equal)}/{len(group)}",
                    short(median(equal)),
                    over_all(every),
                    f"{short(min(equal))} to {short(max(equal))}" if equal else "–",
                    f"{len(asked)}/{len(met)}",
                    short(median(asked)),
                    short(median(compiled)),
                ]
            )
    header = [
        "problems, asked",
        "met by us",
        "our ms",
        "equal error: SciPy got there",
        "median ratio",
        "median over all",
        "range",
        "as asked: SciPy got there",
        "median ratio",
        "equal error, odeint allowed: median ratio",
    ]
    return table(header, rows)


def draw(name, group, directory):
    """Work–precision diagrams of a group of problems, one panel each."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from pinnsolve.plots.style import COLOURS, MARKERS

    columns = 3
    figure = Figure(figsize=(11, 3.2 * math.ceil(len(group) / columns)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(math.ceil(len(group) / columns), columns, squeeze=False).ravel()
    for panel, series in zip(panels, group, strict=False):
        curves = {"pinnsolve": series.ours}
        curves |= {method: [run for run in series.scipy if run.method == method] for method in (*METHODS, COMPILED)}
        for (label, runs), colour, marker in zip(curves.items(), COLOURS, MARKERS, strict=False):
            width = 2.2 if label == "pinnsolve" else 1.0
            shown = [run for run in runs if 0 < run.error < 1]
            errors, times = [run.error for run in shown], [1e3 * run.seconds for run in shown]
            panel.loglog(errors, times, color=colour, marker=marker, markersize=4, linewidth=width, label=label)
        panel.axvline(series.reference_error, color="0.8", linewidth=0.8)
        panel.set_title(series.name)
        panel.invert_xaxis()
    for panel in panels[len(group) :]:
        panel.set_axis_off()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(METHODS) + 2, frameon=False)
    figure.supxlabel("error achieved, relative")
    figure.supylabel("time, ms")
    directory.mkdir(parents=True, exist_ok=True)
    figure.savefig(directory / f"work_precision_{name}.png", dpi=130)


def main(arguments):
    commands = parser(NAME, __doc__)
    commands.add_argument("--accuracies", type=float, nargs="+", default=[1e-6, 1e-8, 1e-10])
    commands.add_argument("--rounds", type=int, default=7, help="interleaved repetitions, of which the least time is taken")
    commands.add_argument("--only", nargs="+", default=[], help="problems whose name contains one of these words")
    commands.add_argument("--plots", type=Path, help="directory for work–precision diagrams (PNG)")
    options = commands.parse_args(arguments)
    warnings.simplefilter("ignore")  # integrators that complain of loose or tight tolerances are judged by their errors
    groups = {}
    for name, sources in {"non-stiff": NONSTIFF, "stiff": STIFF}.items():
        wanted = [s for s in sources if not options.only or any(word in s["description"] for word in options.only)]
        if wanted:
            groups[name] = [measure(source, options.accuracies, options.rounds) for source in wanted]
            if options.plots is not None:
                draw(name, groups[name], options.plots)
    header = [
        "problem",
        "asked",
        "estimated",
        "error",
        "ms",
        "SciPy at equal error: ms (error)",
        "ratio",
        "SciPy as asked: ms (error)",
        "ratio",
        "equal error, odeint allowed: ratio",
    ]
    rows = [row for group in groups.values() for series in group for row in rows_of(series, options.accuracies)]
    checks = "; ".join(
        f"{series.name} {scientific(series.reference_error)} ({scientific(series.cross_check)})"
        for group in groups.values()
        for series in group
    )
    text = f"{summary(groups, options.accuracies)}\n\n{table(header, rows)}\n\n"
    text += f"Estimated error of the references (and their difference from SciPy with rtol {CROSS:g}): {checks}."
    publish(NAME, options, text, arguments)
