"""Takes the screenshot of the page in README, for `make screenshot`; a test checks its content."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from qa.archive import open_asker
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from tests.fakes import no_progress

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
ASKED = "/?q=why+did+Kalinowski+leave%3F"
VIEW: dict[str, Any] = {"viewport": {"width": 1000, "height": 720}, "color_scheme": "light"}


def main(file: Path) -> None:
    """Take the screenshot over the archive of the settings, which must hold seeds/."""
    settings = Settings.from_environment(os.environ)
    with (
        open_asker(settings, no_progress) as asker,
        serve_in_thread(asker, settings) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(base_url=address, locale="en-GB", **VIEW)
        show(page)
        page.screenshot(path=file)
        browser.close()


def show(page: Page) -> None:
    """Open the page with a question, its answer and the sources."""
    page.goto(ASKED)
    expect(page.locator("#cited")).to_be_visible()
    expect(page.locator("#holds")).to_contain_text("28 articles")
    blur(page)


def blur(page: Page) -> None:
    """Wait until the question field has the focus, then remove the focus."""
    expect(page.get_by_label("Ask the archive")).to_be_focused()
    page.evaluate("document.activeElement.blur()")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
