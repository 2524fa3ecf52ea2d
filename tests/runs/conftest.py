"""Small problems and the runs made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import pinnsolve

from .helpers import VAN_DER_POL


@pytest.fixture
def problem_file(tmp_path: Path) -> Path:
    """A problem file of its own."""
    path = tmp_path / "vdp.yaml"
    path.write_text(VAN_DER_POL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run, drawn: only to be read."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "vdp.yaml").write_text(VAN_DER_POL, encoding="utf-8")
    return pinnsolve.train(folder / "vdp.yaml", folder / "runs").directory
