"""The one thing that pyproject.toml cannot say: configs/ is installed too, as the folder pinnsolve/configs."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["pinnsolve", "pinnsolve.*"]), "pinnsolve.configs"])
