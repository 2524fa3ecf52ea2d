"""A browser, and pages opened in it. Where there is none the tests are skipped, unless PINNSOLVE_BROWSER=required."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .samples import Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def absent(reason: str) -> None:
    """Skip, or fail where a browser must be there."""
    if os.environ.get("PINNSOLVE_BROWSER") == "required":
        pytest.fail(f"PINNSOLVE_BROWSER=required, but {reason}")
    pytest.skip(f"{reason}; the tests in a browser are left out")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium: the one that the system has."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("playwright is not installed")
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        absent(f"there is no browser ({', '.join(NAMES)})")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open a page in a window of its own. At the end no script may have complained and nothing may have been fetched."""
    contexts, complaints = [], []

    def show(page: Page, **settings: Any) -> Any:
        file = tmp_path / "report.html"
        file.write_text(page.source, encoding="utf-8")
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 1000}, **settings})
        contexts.append(context)
        opened = context.new_page()
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        opened.on("request", lambda request: complaints.append(request.url) if fetched(request.url, file) else None)
        opened.goto(file.as_uri())
        if settings.get("java_script_enabled", True):
            opened.locator(".plot svg .frame").first.wait_for(state="attached")
        return opened

    yield show
    for context in contexts:
        context.close()
    assert complaints == []


def fetched(url: str, file: Path) -> bool:
    return not url.startswith("data:") and url != file.as_uri()
