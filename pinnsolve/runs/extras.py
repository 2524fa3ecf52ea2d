"""Packages that not everyone needs: asked for by name where they are missing."""

from __future__ import annotations

from importlib.util import find_spec

from pinnsolve.errors import UsageError


def require(package: str, extra: str, purpose: str) -> None:
    """Refuse to go on without a package.

    Parameters
    ----------
    package
        The name that it is imported under.
    extra
        The extra of pinnsolve that brings it.
    purpose
        What needs it, as the beginning of a sentence.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    if find_spec(package) is None:
        raise UsageError(f"{purpose} needs the package {package}, which is not installed: pip install 'pinnsolve[{extra}]'")
