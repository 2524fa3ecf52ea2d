"""The command line called in this process, and one run to call it on."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import pinnsolve
from pinnsolve.cli.main import run

VAN_DER_POL = """\
system:
  equations:
    x': y
    y': mu*(1 - x^2)*y - x
  parameters: {mu: 1}
initial: {x: 2, y: 0}
time: [0, 5]
output: {points: 11, formats: [svg]}
"""


@pytest.fixture(autouse=True)
def _found_by_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the processes that a test starts find the package that is tested, installed or not."""
    monkeypatch.setenv("PYTHONPATH", str(Path(pinnsolve.__file__).parents[1]))


@pytest.fixture
def problem_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A problem file in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "vdp.yaml"
    path.write_text(VAN_DER_POL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run without plots: only to be read."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "vdp.yaml").write_text(VAN_DER_POL, encoding="utf-8")
    return pinnsolve.train(folder / "vdp.yaml", folder / "runs", plots=False).directory


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]):
    """Call a command: gives its exit code, stdout, stderr, and stdout as JSON."""

    def call(*arguments: object) -> SimpleNamespace:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err, json=lambda: json.loads(out))

    return call
