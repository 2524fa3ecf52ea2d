"""What is built from the repository has everything that it needs, the shipped problems included."""

from __future__ import annotations

import ast
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The unpacked wheel, built by setuptools itself."""
    folder = tmp_path_factory.mktemp("build")
    for name in ("pinnsolve", "configs"):
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source")
    build = [sys.executable, "-c", "from setuptools import build_meta; build_meta.build_wheel('..')"]
    subprocess.run(build, cwd=folder / "source", check=True, capture_output=True)
    shutil.rmtree(folder / "source")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def test_the_wheel_has_every_file_of_the_package_and_of_configs(wheel):
    def files(folder):
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        return {name for name in found if "__pycache__" not in name}

    installed = files(wheel / "pinnsolve")
    problems = {name for name in installed if name.startswith("configs/")}
    assert installed - problems == files(ROOT / "pinnsolve")
    assert {name.removeprefix("configs/") for name in problems} == files(ROOT / "configs")
    assert [path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")] == ["pinnsolve"]


def test_every_package_that_is_imported_is_declared():
    requirements = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [*requirements["dependencies"], *itertools.chain(*requirements["optional-dependencies"].values())]
    declared = {re.match(r"[\w-]+", name)[0].lower() for name in names} | {"pinnsolve"}
    files = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "pinnsolve").rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(file)]
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    others = {name.split(".")[0] for name in imported} - sys.stdlib_module_names
    assert {"torch", "contourpy"} <= others
    assert {{"yaml": "pyyaml"}.get(name, name).replace("_", "-") for name in others} <= declared


def test_the_installed_command_knows_the_shipped_problems(wheel, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(wheel)}
    command = [sys.executable, "-m", "pinnsolve", "new"]
    listed = subprocess.run([*command, "--list", "--json"], env=environment, cwd=tmp_path, check=True, capture_output=True)
    names = [entry["name"] for entry in json.loads(listed.stdout)["problems"]]
    assert names == sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))
    subprocess.run([*command, "mine.yaml", "--from", "sir"], env=environment, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8").startswith("# An epidemic")
