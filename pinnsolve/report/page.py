"""The page: one HTML file with everything that is known of a run, which needs nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pinnsolve.report import mathematics
from pinnsolve.report.charts import SHOWN
from pinnsolve.report.exhibits import draw, still_figures
from pinnsolve.report.facts import facts, orbit, settings
from pinnsolve.report.fits import fit_tables
from pinnsolve.report.verdict import verdict
from pinnsolve.solvers import Solution
from pinnsolve.spec.python_system import PythonSystem
from pinnsolve.wording import counted

if TYPE_CHECKING:
    from pinnsolve.analysis.reference import Reference

_SCRIPTS = ("numbers.js", "tables.js", "chart.js", "plane.js", "gestures.js", "page.js")
"""In the order in which they use each other."""


def report(
    solution: Solution,
    result: Mapping[str, Any],
    *,
    config: str | None = None,
    commands: Sequence[tuple[str, str]] = (),
    reference: Reference | None = None,
    comparison: Mapping[str, Any] | None = None,
) -> str:
    """One HTML page of a solution, complete in itself: no link leads out of it and nothing is fetched.

    A policy in the page lets the browser run its own script only, whatever stands in the user's texts.

    Parameters
    ----------
    result
        The document ``result.json`` of the run.
    config
        The problem file as it was given.
    commands
        Command lines that repeat or carry on the run, each with what it does.
    reference
        SciPy's solution, to show the true error beside the estimated one.
    comparison
        The document of ``pinnsolve compare``.
    """
    problem, system = solution.problem, solution.problem.system
    drawing = draw(solution, reference)
    script = _script()
    fitted = () if solution.fit is None else solution.fit["parameters"]
    return (
        _environment()
        .get_template("report.html")
        .render(
            problem=problem,
            solution=solution,
            verdict=verdict(solution, comparison),
            equations=mathematics.equations(problem),
            code=system.text if isinstance(system, PythonSystem) else None,
            conditions=mathematics.conditions(solution),
            interval=mathematics.interval(problem),
            parameters=mathematics.parameters(solution.system.parameters, fitted),
            exhibits=drawing.exhibits,
            figures=still_figures(solution, reference, drawing),
            numbers=drawing.data(),
            hidden_states=max(0, len(solution.states) - SHOWN),
            fit=fit_tables(solution.fit),
            orbit=orbit(solution),
            facts=facts(solution, result),
            settings=settings(solution),
            versions=result.get("versions") or {},
            config=config,
            commands=commands,
            script=Markup(script),
            style=Markup(_asset("report.css")),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            typeset=mathematics.name,
        )
    )


@cache
def _environment() -> Environment:
    loader = PackageLoader("pinnsolve.report")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["counted"] = counted
    return environment


@cache
def _asset(name: str) -> str:
    return files("pinnsolve.report").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _script() -> str:
    """The scripts as one, which leaves no names behind."""
    return '"use strict";\n(() => {\n' + "\n".join(map(_asset, _SCRIPTS)) + "})();\n"
