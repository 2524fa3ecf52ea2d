"""``pinnsolve compare``: the true error beside the estimated one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinnsolve.cli import options
from pinnsolve.cli.display import display
from pinnsolve.cli.output import show, show_json
from pinnsolve.wording import short


def compare(
    run: options.Run,
    allow_python: options.AllowPython = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Integrate the same system with SciPy at tight tolerance and show the true errors beside the estimated ones.

    Exit code 4: the true error is larger than what was asked for. The figures are written to compare.json in the run.
    """
    with display(quiet=quiet) as shown:
        shown.tell(f"{run}: integrating with SciPy")
        from pinnsolve.runs.comparison import compare_run

        report = compare_run(run, allow_python)
    if json:
        show_json(report)
    else:
        show(table(report))
    return 0 if report["ok"] else 4


def table(report: Mapping[str, Any]) -> str:
    """The report for reading."""
    scipy = report["scipy"]
    width = max(5, *(len(state) for state in report["states"]))
    rows = [
        ("state", "true", "estimated"),
        *((state, _number(errors["true"]), _number(errors["estimated"])) for state, errors in report["states"].items()),
    ]
    quick = report.get("scipy_asked")
    beside = [] if quick is None else [_scipy("for the same accuracy", quick, f"true error {_number(quick['true'])}")]
    period = report.get("period")
    closed = [] if period is None else ["", f"  period {period['found']:.12g}, true error {_number(period['true'])}"]
    own = f"its own error about {_number(report['reference_error'])}"
    return "\n".join(
        [
            *_verdict(report),
            "",
            *(f"  {state:<{width}}  {true:>9}  {estimated:>9}" for state, true, estimated in rows),
            *closed,
            "",
            _scipy("the reference", scipy, own),
            *beside,
        ]
    )


def _verdict(report: Mapping[str, Any]) -> list[str]:
    """The true error against what was asked for. Where Newton's iteration failed, or the solution is one of many, SciPy started
    from it may come to the same: that says nothing.
    """
    doubtful = report["status"] not in ("converged", "diverged")
    true, asked, estimated = (_number(report[key]) for key in ("true", "asked", "estimated"))
    if not report["ok"]:
        size = f", LARGER than the {asked} asked for"
    elif doubtful:
        size = f" ({asked} was asked for)"
    else:
        size = f", within the {asked} asked for"
    if not doubtful:
        return [f"true error {true}{size}; estimated {estimated}"]
    return [
        f"the run has not converged, so agreement with SciPy is no verdict: {report['message']}",
        f"difference from SciPy's solution {true}{size}; estimated {estimated}",
    ]


def _scipy(what: str, settings: Mapping[str, Any], found: str) -> str:
    return f"SciPy {what}: {settings['method']}, rtol {short(settings['rtol'])}, {settings['seconds']:.2g} s; {found}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else short(value)
