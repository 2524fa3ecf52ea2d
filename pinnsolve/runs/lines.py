"""The lines that a run prints and logs: what is solved, how it goes, how it ended."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pinnsolve.progress import Step
from pinnsolve.wording import counted, short

if TYPE_CHECKING:
    from pinnsolve.problem import Problem


def headline(problem: Problem) -> str:
    """One line on what is about to be solved."""
    states = ", ".join(problem.system.states)
    count = counted(problem.system.k, "state")
    if len(states) <= 40:
        count += f" ({states})"
    return f"{problem.name}: {count}, {_task(problem)}, accuracy {short(problem.accuracy)}, method {', '.join(problem.method)}"


def _task(problem: Problem) -> str:
    """Over which times, and what is unknown beside the curve."""
    if problem.periodic is not None:  # the interval of such a problem is only the guess of the period
        return f"a closed orbit, period sought from {problem.periodic.period:.6g}"
    start, end = problem.time
    interval = f"t from {start:.6g} to {end:.6g}"
    if problem.boundary is not None:
        return f"{interval}, boundary values"
    if problem.fit is not None:
        return f"{interval}, {counted(problem.fit.unknowns, 'unknown')} from {counted(problem.fit.data.count, 'value')}"
    return interval


def progress_line(step: Step, seconds: float) -> str:
    """One line on how far a solve is."""
    parts = [window_text(step), step.stage, f"iteration {step.iteration}", f"residual {short(max(step.residual))}"]
    if 0 < step.fraction < 1:
        parts.append(f"{100 * step.fraction:.0f} %")
        parts.append(f"about {duration(seconds * (1 / step.fraction - 1))} left")
    if step.message:
        parts.append(step.message)
    return ", ".join(parts)


def window_text(step: Step) -> str:
    """Which window is being trained, counted from 1, or how many are trained together."""
    if step.together and step.windows is not None:
        return f"{counted(step.windows, 'window')} together"
    return f"window {step.window + 1}" + ("" if step.windows is None else f" of {step.windows}")


def duration(seconds: float) -> str:
    """A time as people say it: ``0.42 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 9.95:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def summary(result: Mapping[str, Any], name: str, run: str | None, width: int = 100) -> str:
    """What ``result.json`` says, for reading.

    Parameters
    ----------
    result
        The document, as in the file.
    name
        The problem's name.
    run
        Its run directory, None where nothing could be written.
    width
        Columns to fold the sentence of the verdict to.
    """
    status = result["status"].replace("_", " ")
    verdict = textwrap.fill(f"{name} {status}: {result['message']}", max(40, min(width, 100)))
    facts = [*_facts(result), ("files", run or "not written")]
    column = max(len(label) for label, _ in facts)
    found = estimates(result["fit"]) if result.get("fit") else []
    return "\n".join([verdict, "", *found, *(f"  {label:<{column}}  {text}" for label, text in facts)])


def estimates(fit: Mapping[str, Any]) -> list[str]:
    """A table of what a fit has found, and an empty line."""
    rows = [("", "estimate", "standard error", "95 % interval")]
    entries = [*fit["parameters"].items(), *((f"{state} at the start", entry) for state, entry in fit["initial"].items())]
    for name, entry in entries:
        error, interval = entry["standard_error"], entry["interval"]
        if not entry["identifiable"]:
            known = ("", "not identifiable")
        elif entry["at_bound"]:
            known = ("", "at a bound")
        else:
            known = (
                "" if error is None else f"{error:.3g}",
                "not known" if interval is None else f"{interval[0]:.6g} to {interval[1]:.6g}",
            )
        rows.append((name, f"{entry['estimate']:.6g}", *known))
    wide = [max(len(row[i]) for row in rows) for i in range(3)]
    return [*(f"  {row[0]:<{wide[0]}}  {row[1]:>{wide[1]}}  {row[2]:>{wide[2]}}  {row[3]}" for row in rows), ""]


def _facts(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    accuracy = result["accuracy"]
    estimated = accuracy["estimated"]
    known = "not known" if estimated is None else f"{short(estimated)} estimated"
    yield "error", f"{known}, {short(accuracy['asked'])} asked for"
    if result.get("period") is not None:
        yield "orbit", _orbit(result["period"], result["orbit"])
    if result.get("residual") is not None:
        yield "residual", f"{short(result['residual'])} of the largest |y'|, between the points trained on"
    network = result.get("network")
    if network is not None:
        yield "networks", _networks(result, network)
    yield "training", f"{result['method']}, {counted(result['iterations'], 'iteration')}, {result['device']}"
    seconds = result["seconds"]
    names = {"solve": "solving", "import": "importing", "plot": "drawing", "total": "in all"}
    parts = [f"{seconds[key]:.2f} {word}" for key, word in names.items() if seconds.get(key)]
    yield "seconds", ", ".join(parts) or "0"


def _orbit(period: float, orbit: Mapping[str, Any]) -> str:
    stable = {True: "stable", False: "unstable", None: "one of a family"}[orbit["stable"]]
    sizes = ", ".join(short(math.hypot(*pair)) for pair in orbit["multipliers"][:4])
    more = ", ..." if len(orbit["multipliers"]) > 4 else ""
    return f"period {period:.12g}, {stable}; Floquet multipliers of size {sizes}{more}"


def _networks(result: Mapping[str, Any], network: Mapping[str, Any]) -> str:
    shape = "-".join(str(width) for width in (1, *network["hidden"], len(result["states"])))
    count = f"{result['windows']:,} windows, each {shape}" if result["windows"] > 1 else f"one, {shape}"
    return f"{count} {network['activation']}, {result['weights']:,} weights trained"
