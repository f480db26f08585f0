"""Takes the screenshot of the page in README, for `make screenshot`, and one of each state, for `make screenshots`."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

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


@dataclass(frozen=True, slots=True)
class _State:
    """A state of the page: its path, the part that is visible then, and how the browser differs from `VIEW`."""

    path: str
    visible: str
    prepare: Callable[[Page], None] = lambda page: None  # before the page is opened
    finish: Callable[[Page], None] = lambda page: None  # once the part is visible
    options: Mapping[str, Any] = field(default_factory=dict)
    full_page: bool = True


def _empty(page: Page) -> None:
    nothing = {"articles": 0, "outlets": 0, "languages": {}, "sources": {}, "writable": True}
    page.route("**/facets", lambda route: route.fulfill(json=nothing | dict.fromkeys(_BOUNDS)))
    page.route("**/articles?*", lambda route: route.fulfill(json={"total": 0, "articles": []}))


def _busy(page: Page) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=429, headers={"Retry-After": "30"}, json={"detail": "queue is full"})

    page.route("**/ask?*", refuse)


def _print(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")


def _open_article(page: Page) -> None:
    page.locator("#cited h3 a").first.click()
    expect(page.locator("#article .text")).to_be_visible()


def _print_article(page: Page) -> None:
    _open_article(page)
    _print(page)


def _add_article(page: Page) -> None:
    page.locator("#add").click()


def _open_filters(page: Page) -> None:
    page.locator("summary").click()


_BOUNDS = ("published_from", "published_to")
_PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
_ARABIC = f"/?{urlencode({'q': 'لماذا غادرت كالينوفسكي؟'})}"
_FILTERED = f"{ASKED}&published_from=2026-03-01&as_of=2026-03-20&languages=en&languages=fr"
_DISPUTED = f"/?{urlencode({'q': 'Sharma was not the CEO of Anthropic, so who is?'})}"
_TIMED = f"/?{urlencode({'q': 'Which xAI co-founders announced in February 2026 that they were leaving?'})}"
STATES = {
    "answer": _State(ASKED, "#cited"),
    "answer-phone": _State(ASKED, "#cited", options=_PHONE),
    "answer-dark": _State(ASKED, "#cited", options={"color_scheme": "dark"}),
    "answer-french": _State(ASKED, "#cited", options={"locale": "fr-FR"}),
    "answer-arabic": _State(_ARABIC, "#answer"),
    "answer-arabic-phone": _State(_ARABIC, "#answer", options=_PHONE),
    "answer-time": _State(_TIMED, "#cited"),
    "disputed": _State(_DISPUTED, "#cited"),
    "disputed-phone": _State(_DISPUTED, "#cited", options=_PHONE),
    "answer-filtered": _State(_FILTERED, "#cited", finish=_open_filters),
    "answer-print": _State(_FILTERED, "#cited", finish=_print),
    "abstained": _State("/?q=how+do+I+bake+an+apple+tart%3F", "#others"),
    "abstained-print": _State("/?q=how+do+I+bake+an+apple+tart%3F", "#others", finish=_print),
    "article": _State(ASKED, "#cited", finish=_open_article, full_page=False),
    "article-print": _State(ASKED, "#cited", finish=_print_article),
    "start": _State("/", "#latest"),
    "start-phone": _State("/", "#latest", options=_PHONE),
    "list": _State("/?languages=fr", "#latest"),
    "empty": _State("/", "#empty", prepare=_empty),
    "empty-phone": _State("/", "#empty", prepare=_empty, options=_PHONE),
    "error": _State(ASKED, "#failure", prepare=_busy),
    "error-dark": _State(ASKED, "#failure", prepare=_busy, options={"color_scheme": "dark"}),
    "add": _State("/", "#latest", finish=_add_article, full_page=False),
}
"""The states of which `make screenshots` takes pictures, by the name of the file."""


def main(target: Path) -> None:
    """Take the screenshot, or those of all states if `target` has no suffix, over the archive of the settings.

    The archive must hold seeds/.
    """
    settings = Settings.from_environment(os.environ)
    expect.set_options(timeout=60_000)  # ms, long because the machine may be busy
    with (
        open_asker(settings, no_progress) as asker,
        serve_in_thread(asker, settings) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        if target.suffix:
            page = browser.new_page(base_url=address, locale="en-GB", **VIEW)
            show(page)
            page.screenshot(path=target)
        else:
            for name, state in STATES.items():
                take(browser, address, state, target / f"{name}.png")
        browser.close()


def take(browser: Browser, address: str, state: _State, file: Path) -> None:
    """Take a picture of the page in a state."""
    options: dict[str, Any] = {"locale": "en-GB", **VIEW, **state.options}
    context = browser.new_context(base_url=address, **options)
    page = context.new_page()
    state.prepare(page)
    page.goto(state.path)
    expect(page.locator(state.visible)).to_be_visible()
    expect(page.locator("#holds")).not_to_be_empty()
    state.finish(page)
    page.screenshot(path=file, full_page=state.full_page)
    context.close()


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
