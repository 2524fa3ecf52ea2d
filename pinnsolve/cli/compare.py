"""``pinnsolve compare``: the true error beside the estimated one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinnsolve.cli import options
from pinnsolve.cli.display import display
from pinnsolve.cli.output import show, show_json
from pinnsolve.runs.lines import short


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
    asked, scipy = report["asked"], report["scipy"]
    verdict = "within" if report["ok"] else "LARGER than"
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
            f"true error {_number(report['true'])}, {verdict} the {short(asked)} asked for; "
            f"estimated {_number(report['estimated'])}",
            "",
            *(f"  {state:<{width}}  {true:>9}  {estimated:>9}" for state, true, estimated in rows),
            *closed,
            "",
            _scipy("the reference", scipy, own),
            *beside,
        ]
    )


def _scipy(what: str, settings: Mapping[str, Any], found: str) -> str:
    return f"SciPy {what}: {settings['method']}, rtol {short(settings['rtol'])}, {settings['seconds']:.2g} s; {found}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else short(value)
