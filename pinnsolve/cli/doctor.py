"""``pinnsolve doctor``: versions, devices and a small self-test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinnsolve.cli import options
from pinnsolve.cli.display import display
from pinnsolve.cli.output import show, show_json


def doctor(json: options.Json = False, quiet: options.Quiet = False, _verbose: options.Verbose = False) -> int:
    """Show versions and devices, and test that this installation solves and differentiates correctly.

    Exit code 4: a check failed.
    """
    with display(quiet=quiet) as shown:
        shown.tell("examining this installation")
        from pinnsolve.runs.doctor import examine

        report = examine()
    if json:
        show_json(report)
    else:
        show(text(report))
    return 0 if report["ok"] else 4


def text(report: Mapping[str, Any]) -> str:
    """The report for reading."""
    rows = [(name, version) for name, version in report["versions"].items()]
    rows.append(("threads", str(report["threads"])))
    for device in report["devices"]:
        double = "float64" if device["float64"] else f"no float64 {device['detail']}".rstrip()
        rows.append((device["device"], f"{device['name']}, {double}"))
    rows += [(check["name"], f"{'ok' if check['ok'] else 'FAILED'}: {check['detail']}") for check in report["checks"]]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)
