"""The page at `/` in a real browser, on the real service."""

import csv
import io
import json
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Dialog,
    Error,
    FilePayload,
    Page,
    Request,
    Route,
    expect,
    sync_playwright,
)

from index.local.archive import LocalArchive
from index.local.lock import write_lock
from index.local.publish import publish
from index.local.writer import CatalogWriter
from index.model.embed import Embedder
from index.model.quantize import TokenQuantizer
from index.types import Article, Entry, Passage, PassageVectors
from index.web.addresses import networks
from qa.ask import Asker
from qa.service.keys import Keys
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from tests.fakes import (
    HashEmbedder,
    PhraseReader,
    app_of,
    build_archive,
    identifier,
    index_paths,
    service_of,
    write_files,
)
from tests.index.web.site import Site
from tests.index.web.site import page as web_page
from tests.qa.service.routes.screenshot import ARGUMENTS, ASKED, CHROMIUM, STATES, VIEW, blur, show, take
from tests.qa.service.test_app import fire

_QUESTION = "why did Kalinowski leave?"
_TIMED = f"{ASKED[:-3]}+in+March+2026%3F"
_ABSENT = "/?q=how+do+I+bake+an+apple+tart%3F"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_TIMEOUT = 60_000  # ms, long because the machine may be busy
_BARE = 60  # ms until a page of one line is painted, at most, where the goals of this one hold
_TRIES = 10  # of what has to be quick: other work on the machine must not decide

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: the page is not tested (apt-get install chromium)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not longer than this module: while Playwright runs, nothing else in this thread can use asyncio.
    expect.set_options(timeout=_TIMEOUT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(seeds: Path, embedder: Embedder) -> Iterator[str]:
    """The service over seeds/, on the real model."""
    with LocalArchive(seeds) as archive, serve_in_thread(Asker(archive, embedder, identifier()), Settings()) as address:
        yield address


@contextmanager
def _watched(browser: Browser, address: str, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """Yield a page and the list of its errors: foreign requests, dialogs, console messages and new windows."""
    wrong: list[str] = []

    def requested(request: Request) -> None:
        if not request.url.startswith((f"{address}/", "data:")):
            wrong.append(f"asked for {request.url}")

    def run(dialog: Dialog) -> None:
        wrong.append(f"ran {dialog.message}")
        dialog.dismiss()

    context: BrowserContext = browser.new_context(base_url=address, locale=options.pop("locale", "en-GB"), **options)
    context.add_init_script("addEventListener('securitypolicyviolation', (e) => console.error(e.violatedDirective))")
    page = context.new_page()
    context.on("request", requested)
    context.on("dialog", run)
    context.on("console", lambda said: wrong.append(f"{said.type}: {said.text}"))
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("page", lambda opened: wrong.append(f"opened {opened.url}"))
    page.set_default_timeout(_TIMEOUT)
    yield page, wrong
    context.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, of which nothing may go elsewhere, break the policy or be said on the console."""
    with _watched(browser, address, permissions=["clipboard-read", "clipboard-write"]) as (page, wrong):
        yield page
        assert wrong == []


def _ask(page: Page, question: str = _QUESTION) -> None:
    page.goto("/")
    page.get_by_label("Ask the archive").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_visible()


def _settled(page: Page) -> None:
    """Wait until what was asked is shown, and the filters of the archive with it."""
    expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#holds")).not_to_be_empty()


@contextmanager
def _late(page: Page, path: str) -> Iterator[None]:
    """Have the next answer to `path` come after the block, and give the page time to show it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.fallback()
        else:
            held.append(route)

    page.route(path, hold)
    yield
    (route,) = held
    route.continue_()
    page.evaluate("fetch('livez').then((response) => response.text())")


# --- content


def test_a_question_gets_its_answer_with_the_right_source_and_the_quote_marked_in_it(page: Page) -> None:
    _ask(page)
    answer = page.request.get(f"/ask{ASKED[1:]}").json()
    first = answer["citations"][0]
    card = page.locator("#cited li").first
    expect(card.locator("h3")).to_have_text(first["title"])
    expect(card.locator(".from")).to_have_text(re.compile(rf"{first['source']} · \d+ March 2026 · \w+"))
    assert "Kalinowski" in first["title"]
    for citation in answer["citations"]:
        mark = page.locator(f"#quote-{citation['index']}")
        assert mark.inner_text().removesuffix(str(citation["index"])).strip() == citation["cited_text"]
    text = re.sub(r"\s*\[(\d+)\]", r"\1", answer["answer"])
    assert page.locator("#answer .answer-text").all_inner_texts() == text.split("\n")
    sources = page.locator("#answer .from").all_inner_texts()
    assert len(sources) == len(answer["statements"])
    assert all(text.startswith(each["source"]) for text, each in zip(sources, answer["statements"], strict=True))
    expect(page.locator("#answer")).to_contain_text(f"Confidence {answer['confidence']:.0%}")
    expect(page).to_have_title(f"{_QUESTION} – newsqa")


def test_each_passage_found_is_shown_once(page: Page) -> None:
    _ask(page)
    found = page.request.get(f"/ask{ASKED[1:]}").json()["passages"]
    assert page.locator("blockquote").count() + page.locator("#others li").count() == len(found)
    expect(page.locator("#others .passage mark").first).to_be_visible()


def test_a_marker_leads_to_its_quote(page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 400})
    _ask(page)
    page.get_by_role("link", name="Source 2").click()
    expect(page.locator("#quote-2")).to_be_in_viewport()
    expect(page.locator("#cited li", has=page.locator("#quote-2")).locator("h3 a")).to_be_focused()


def test_an_article_opens_whole_at_its_quote(page: Page) -> None:
    page.set_viewport_size({"width": 900, "height": 300})
    _ask(page)
    citation = page.request.get(f"/ask{ASKED[1:]}").json()["citations"][-1]
    card = page.locator("#cited li", has=page.locator(f"#quote-{citation['index']}"))
    card.get_by_role("link", name="Read the article").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("h2")).to_have_text(citation["title"].replace(" :", "\u00a0:"))
    expect(dialog.locator("mark.at")).to_be_in_viewport()
    text = page.request.get(f"/articles/{citation['article_id']}").json()["text"]
    lines = [line for line in text.split("\n") if line.strip()]
    without_numbers = "[...document.querySelectorAll('dialog .text p')].map((p) => (p = p.cloneNode(true), "
    without_numbers += "p.querySelectorAll('sup').forEach((s) => s.remove()), p.textContent))"
    assert page.evaluate(without_numbers) == lines


def test_an_article_opens_at_a_passage_far_down_in_it(page: Page) -> None:
    page.set_viewport_size({"width": 900, "height": 300})
    _ask(page)
    answer = page.request.get(f"/ask{ASKED[1:]}").json()
    last = max(answer["passages"], key=lambda passage: passage["start_char_index"])
    assert last["start_char_index"] > 1000
    link = page.locator(f"main h3 a[href*='at={last['start_char_index']}-{last['end_char_index']}']")
    link.click()
    mark = page.get_by_role("dialog").locator("mark.at").first
    expect(mark).to_be_in_viewport()
    assert last["text"].startswith(mark.inner_text())


def test_a_quote_after_emoji_is_marked_to_the_character(browser: Browser, tmp_path: Path) -> None:
    text = "L’été 🏊🏽‍♀️ commence mal 🎉. La piscine municipale 🏊 ferme en juin. 🎉 Les travaux durent."
    data = build_archive(tmp_path, {"piscine.md": f"---\ntitle: Été\n---\n{text}\n"})
    with _serving(data) as address, _watched(browser, address) as (page, wrong):
        page.goto("/?q=quand+ferme+la+piscine+municipale")
        cited = page.request.get("/ask?q=quand+ferme+la+piscine+municipale").json()["citations"][0]
        expect(page.locator("#quote-1")).to_have_text(f"{cited['cited_text']}1")
        page.locator("h3 a").first.click()
        expect(page.locator("mark.at")).to_have_text(f"{cited['cited_text']}1")
        assert wrong == []


def test_the_answering_words_are_bold_in_the_answer_the_source_and_the_article(
    browser: Browser, tmp_path: Path
) -> None:
    text = "L’été 🏊🏽‍♀️ commence mal 🎉. La piscine 🏊 ferme en juin < août & mai. Les travaux durent."
    words = "ferme en juin < août & mai"
    data = build_archive(tmp_path, {"piscine.jsonl": json.dumps({"title": "Été", "text": text})})
    with service_of(data, PhraseReader(words)) as address, _watched(browser, address) as (page, wrong):
        page.goto("/?q=quand+ferme+la+piscine")
        expect(page.locator("#quote-1 strong")).to_have_text(words)
        expect(page.locator("#answer .answer-text strong")).to_have_text(words)
        quote = page.request.get("/ask?q=quand+ferme+la+piscine").json()["citations"][0]["cited_text"]
        expect(page.locator("#quote-1")).to_have_text(f"{quote}1")
        expect(page.locator("#answer .answer-text")).to_have_text(f"{quote}1")
        page.locator("h3 a").first.click()
        expect(page.locator("mark.at strong")).to_have_text(words)
        expect(page.locator("mark.at")).to_have_text(f"{quote}1")
        assert wrong == []


def test_other_articles_with_the_same_answer_are_named_and_open(browser: Browser, tmp_path: Path) -> None:
    texts = ("La piscine ferme en juin.", "C’est en juin que ferme la grande piscine de la ville.")
    rows = [json.dumps({"title": f"T{n}", "source": f"Titre {n}", "text": text}) for n, text in enumerate(texts)]
    data = build_archive(tmp_path, {"piscine.jsonl": "\n".join(rows)})
    with service_of(data, PhraseReader("en juin")) as address, _watched(browser, address) as (page, wrong):
        page.goto("/?q=quand+ferme+la+piscine")
        (cited,) = page.request.get("/ask?q=quand+ferme+la+piscine").json()["citations"]
        (other,) = cited["other_sources"]
        assert {cited["source"], other["source"]} == {"Titre 0", "Titre 1"}
        page.locator(".copies a", has_text=other["source"]).click()
        expect(page.locator("#headline")).to_have_text(other["title"])
        assert wrong == []


def test_versions_of_a_story_and_copies_are_listed_with_outlet_and_date(browser: Browser, tmp_path: Path) -> None:
    data = fire(tmp_path)
    with service_of(data, PhraseReader("3", "27")) as address, _watched(browser, address) as (page, wrong):
        page.goto("/?q=Combien+de+morts+%C3%A0+Lyon+%3F")
        expect(page.locator(".statements .side")).to_have_text(["Earlier than 1"])
        versions = page.locator("#cited details").first
        versions.locator("summary").click()
        expect(versions.locator("time")).to_have_text(["3 February 2026", "1 February 2026"])
        expect(versions.locator("mark")).to_have_text(["27"])
        expect(page.locator("#cited .copies").last).to_contain_text("The same passage in: ")
        expect(page.locator("#cited .copies a").last).to_contain_text(", 1 February 2026")
        expect(page.locator("#others")).to_have_count(0)
        assert wrong == []


def test_without_a_reader_nothing_of_a_quote_is_bold(page: Page) -> None:
    _ask(page)
    expect(page.locator("#quote-1")).to_be_visible()
    assert page.locator("mark strong, .answer-text strong").count() == 0


def test_bold_words_do_not_change_the_order_of_text_from_right_to_left(browser: Browser, tmp_path: Path) -> None:
    text = "أعلنت البلدية أن المسبح يغلق في 12 يونيو بسبب الأشغال (المرحلة 2)."
    data = build_archive(tmp_path, {"pool.jsonl": json.dumps({"title": "المسبح", "text": text, "language": "ar"})})
    # The horizontal place of each character, without the number of the quote.
    places = """(mark) => {
      const nodes = document.createTreeWalker(mark, NodeFilter.SHOW_TEXT), range = document.createRange(), lefts = [];
      while (nodes.nextNode()) {
        if (nodes.currentNode.parentElement.localName === "sup") continue;
        for (let at = 0; at < nodes.currentNode.length; at++) {
          range.setStart(nodes.currentNode, at);
          range.setEnd(nodes.currentNode, at + 1);
          lefts.push(range.getBoundingClientRect().left);
        }
      }
      return lefts.map((_, index) => index).sort((a, b) => lefts[a] - lefts[b]);
    }"""
    orders = []
    for reader in (PhraseReader("في 12 يونيو"), None):
        with service_of(data, reader) as address, _watched(browser, address) as (page, wrong):
            page.goto(f"/?{urlencode({'q': 'متى يغلق المسبح؟'})}")
            mark = page.locator("#quote-1")
            expect(mark.locator("strong")).to_have_count(1 if reader else 0)
            orders.append(mark.evaluate(places))
            assert wrong == []
    assert orders[0] == orders[1]
    assert len(orders[0]) == len(text)


def test_text_from_right_to_left_begins_at_the_right(browser: Browser, tmp_path: Path) -> None:
    article = {"title": "المسبح", "text": "أعلنت البلدية أن المسبح يغلق في يونيو.", "language": "ar"}
    data = build_archive(tmp_path, {"pool.jsonl": json.dumps(article)})
    with service_of(data) as address, _watched(browser, address) as (page, wrong):
        page.goto(f"/?{urlencode({'q': 'متى يغلق المسبح؟'})}")
        for part in ("#answer .answer-text", "#cited h3 a", "#cited blockquote"):
            assert page.locator(part).evaluate("(part) => getComputedStyle(part).direction") == "rtl", part
        marker, quote = (page.locator(f"#answer .answer-text {part}").bounding_box() for part in ("sup", "span"))
        assert marker
        assert quote
        assert marker["x"] < quote["x"]
        assert wrong == []


def test_an_abstention_says_why_and_shows_what_is_nearest(page: Page) -> None:
    page.goto(f"{_ABSENT}&languages=en")
    answer = page.request.get(f"/ask{_ABSENT[1:]}&languages=en").json()
    assert answer["status"] == "abstained"
    expect(page.locator("#answer")).to_contain_text("No passage of the archive answers this.")
    expect(page.locator("#answer")).to_contain_text(f"only {answer['confidence']:.0%}")
    expect(page.locator("#others h2")).to_have_text("The nearest passages")
    assert page.locator("#others li").count() == len(answer["passages"])
    assert page.locator("#cited").count() == 0
    page.get_by_role("button", name="Ask without filters").click()
    expect(page).to_have_url(_ABSENT)


def test_filters_come_from_the_archive_and_restrict_the_answer(page: Page) -> None:
    _ask(page)
    page.locator("summary").click()
    languages = page.get_by_role("group", name="Languages")
    held = page.request.get("/facets").json()
    expect(languages.get_by_role("checkbox")).to_have_count(len(held["languages"]))
    expect(page.get_by_role("group", name="Outlets").get_by_role("checkbox")).to_have_count(len(held["sources"]))
    languages.get_by_label("English").check()
    _settled(page)
    assert {text.rpartition(" ")[2] for text in page.locator("main .from").all_inner_texts()} == {"English"}
    page.get_by_label("The Harbour Ledger").check()
    page.get_by_label("from").fill("2026-03-01")
    page.get_by_label("to", exact=True).fill("2026-03-10")
    page.keyboard.press("Enter")
    chips = page.locator("#chips li")
    expect(chips).to_have_text(["1 – 10 March 2026 ×", "English ×", "The Harbour Ledger ×"])
    _settled(page)
    expect(page.locator("main .from").first).to_have_text("The Harbour Ledger · 9 March 2026 · English")
    assert {text[:18] for text in page.locator("main .from").all_inner_texts()} == {"The Harbour Ledger"}
    page.get_by_role("button", name="Clear the filters").click()
    expect(chips).to_have_count(0)
    expect(page).to_have_url(ASKED)


def test_the_url_holds_the_question_and_back_restores_it(page: Page) -> None:
    _ask(page)
    expect(page).to_have_url(ASKED)
    first = page.locator("#cited h3").first.inner_text()
    page.get_by_label("Ask the archive").fill("Qui dirige xAI ?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#cited h3").first).not_to_have_text(first)
    page.locator("#cited h3 a").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.go_back()
    expect(page.locator("#cited h3").first).to_have_text(first)
    expect(page.get_by_label("Ask the archive")).to_have_value(_QUESTION)
    page.go_back()
    expect(page.locator("#latest")).to_be_visible()


def test_a_url_restores_question_filters_and_article(page: Page) -> None:
    citation = page.request.get(f"/ask{ASKED[1:]}&languages=fr").json()["citations"][0]
    at = f"{citation['start_char_index']}-{citation['end_char_index']}"
    page.goto(f"{ASKED}&languages=fr&article={citation['article_id']}&at={at}&from=elsewhere")
    expect(page.locator("mark.at")).to_have_text(f"{citation['cited_text']}1")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#chips li")).to_have_text(["French ×"])
    expect(page).to_have_url(f"{ASKED}&languages=fr")


def test_a_late_response_never_replaces_that_of_a_newer_question(page: Page) -> None:
    with _late(page, "**/articles?*"), _late(page, "**/ask?q=*xAI*"):
        page.goto("/")
        for question in ("Qui dirige xAI ?", _QUESTION):
            page.get_by_label("Ask the archive").fill(question)
            page.keyboard.press("Enter")
        _settled(page)
        shown = page.locator("main").inner_text()
        assert page.locator("#cited").count() == 1
    assert page.locator("main").inner_text() == shown
    expect(page).to_have_title(f"{_QUESTION} – newsqa")


def test_an_article_that_comes_late_is_not_shown_over_another(page: Page) -> None:
    _ask(page)
    links = page.locator("main h3 a")
    titles = links.all_inner_texts()
    other = next(number for number, title in enumerate(titles) if title != titles[0])
    with _late(page, "**/articles/*"):
        links.nth(0).click()
        page.go_back()
        links.nth(other).click()
        expect(page.get_by_role("dialog").locator("h2")).to_have_text(titles[other])
    expect(page.get_by_role("dialog").locator("h2")).to_have_text(titles[other])


def test_a_question_that_is_left_keeps_nothing_busy(page: Page) -> None:
    page.goto("/")
    _settled(page)
    with _late(page, "**/ask?*"):
        page.get_by_label("Ask the archive").fill(_QUESTION)
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_have_attribute("aria-busy", "true")
        expect(page.locator("#status")).to_have_text("Searching…")
        page.go_back()
        _settled(page)
    expect(page.locator("#latest")).to_be_visible()
    expect(page.locator("#status")).to_be_empty()


def test_typed_text_is_kept_when_the_filters_load(page: Page) -> None:
    with _late(page, "**/facets"):
        page.goto("/")
        page.get_by_label("Ask the archive").fill("why did")
    _settled(page)
    expect(page.get_by_label("Ask the archive")).to_have_value("why did")


def test_an_unknown_filter_value_in_the_url_can_be_removed(browser: Browser, address: str) -> None:
    with _watched(browser, address) as (page, wrong):
        page.goto(f"{ASKED}&sources=Nowhere")
        expect(page.locator("main")).to_contain_text("no article has the outlet 'Nowhere'")
        page.locator("summary").click()
        page.get_by_role("checkbox", name="Nowhere").uncheck()
        expect(page.locator("#cited")).to_be_visible()
        assert [line for line in wrong if "422" not in line] == []


def test_a_quote_is_copied_as_a_citation(page: Page) -> None:
    page.clock.install()
    page.goto(f"{ASKED}&languages=en&published_to=2026-03-09")
    _settled(page)
    page.clock.pause_at(page.evaluate("Date.now() + 60_000"))  # "Copied" is there for a second
    copying = page.get_by_role("group", name="Copy: Source 1")
    cited = page.request.get(f"/ask{ASKED[1:]}&languages=en&published_to=2026-03-09").json()["citations"][0]
    quote, title, url = cited["cited_text"], cited["title"], cited["url"]
    forms = {
        "Text": f"“{quote}” — {cited['author']}, {title}, {cited['source']}, 9 March 2026, {url}",
        "Markdown": f"> {quote}\n>\n> — {cited['author']}, [{title}](<{url}>), *{cited['source']}*, 2026-03-09",
        "BibTeX": "@article{ledger2026kalinowski,\n  author = {{Technology desk}},\n"
        f"  title = {{{{{title}}}}},\n  journal = {{The Harbour Ledger}},\n  year = {{2026}},\n  month = {{3}},\n"
        f"  day = {{9}},\n  url = {{{url}}},\n  note = {{``{quote}''}},\n}}",
    }
    for name, text in forms.items():
        copying.get_by_role("button", name=name).click()
        expect(copying).to_contain_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == text
        page.clock.run_for(1000)
        expect(copying.get_by_role("button", name=name)).to_be_visible()


def test_what_is_copied_cannot_break_out_of_its_form(page: Page) -> None:
    page.goto("/")
    hostile = {
        "cited_text": "a } b $x$ \\input{/etc/passwd} 100 % [c](javascript:alert(1)) <b>",
        "title": "![t](https://evil.example/x.png) {",
        "source": "*s* & co_",
        "author": "~n^",
        "url": "https://example.org/a>b{c}",
        "published": "2026-03-09",
        "article_id": "a}",
    }
    forms = page.evaluate(
        "async (given) => { const { FORMS } = await import('/page/cite.js');"
        "return [FORMS.markdown(given), FORMS.bibtex(given)] }",
        hostile,
    )
    markdown, bibtex = forms
    assert r"\!\[t\](https://evil.example/x.png) \{](<https://example.org/a%3Eb{c}>)" in markdown
    assert r"\[c\](javascript:alert(1)) \<b\>" in markdown
    plain = re.sub(r"\\textbackslash\{\}|\\text\w+\{\}|\\[{}]", "", bibtex)
    depth = 0
    for position, sign in enumerate(plain):
        depth += (sign == "{") - (sign == "}")
        assert depth > 0 or position < plain.index("{") or position == len(plain) - 1
    assert r"100 \% " in bibtex
    assert r"\$x\$ \textbackslash{}input\{" in bibtex


# --- interaction


def test_everything_can_be_done_with_the_keyboard(page: Page) -> None:
    page.goto("/")
    blur(page)
    page.keyboard.press("/")
    page.keyboard.type(_QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("#cited")).to_be_visible()
    links = page.locator("main h3 a")
    for key, position in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0)):
        page.keyboard.press(key)
        expect(links.nth(position)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page).to_have_url(ASKED)
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Ask the archive")).to_be_focused()
    for _ in range(2):  # the button, the filters
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("[name=published_from]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("summary")).to_be_focused()
    expect(page.get_by_label("from")).to_be_hidden()


def test_the_shortcut_to_the_question_can_be_switched_off(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Press / to go to the question").uncheck()
    page.reload()
    blur(page)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") == "BODY"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", _TIMED, _ABSENT, f"{ASKED}&as_of=2026-03-20&article=", "/?languages=fr&add="])
def test_axe_finds_nothing(browser: Browser, address: str, scheme: Any, path: str) -> None:
    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    # axe makes markup of strings, which the page's policy forbids.
    with _watched(browser, address, color_scheme=scheme, bypass_csp=True) as (page, _):
        if path.endswith("article="):
            path += page.request.get(f"/ask{ASKED[1:]}").json()["citations"][0]["article_id"]
        page.goto(path)
        _settled(page)
        if "article" in path:
            expect(page.get_by_role("dialog")).to_be_visible()
        elif "add" in path:
            page.locator("#add").click()
        else:
            page.locator("summary").click()
        page.evaluate(axe)
        found = page.evaluate("(rules) => axe.run(document, { runOnly: rules })", _RULES)
    assert len(found["passes"]) > 20
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_telephone_nothing_is_wider_than_the_screen(browser: Browser, address: str, width: int) -> None:
    options: dict[str, Any] = {"viewport": {"width": width, "height": 700}, "is_mobile": True, "has_touch": True}
    with _watched(browser, address, **options) as (page, wrong):
        for path in ("/", ASKED, _ABSENT):
            page.goto(path)
            _settled(page)
            page.locator("summary").tap()
            page.locator("main h3 a").first.tap()
            expect(page.get_by_role("dialog")).to_be_visible()
            for part in ("document.documentElement", "document.getElementById('article')"):
                assert page.evaluate(f"{part}.scrollWidth <= innerWidth && innerWidth === {width}"), (path, part)
        assert wrong == []


def test_thanks_get_the_reply_of_the_service_and_no_word_of_a_search(page: Page) -> None:
    page.goto("/?q=merci&languages=en")
    expect(page.locator("#answer h2")).to_have_text("Answer")
    expect(page.locator("#answer")).to_contain_text("Avec plaisir !")
    expect(page.locator("#answer")).not_to_contain_text("No passage was found.")
    expect(page.locator("#answer button")).to_have_count(0)
    expect(page.locator("#others")).to_have_count(0)


def test_the_page_is_in_french_for_a_french_browser(browser: Browser, address: str) -> None:
    with _watched(browser, address, locale="fr-CA") as (page, wrong):
        page.goto(ASKED)
        expect(page.locator("#cited h2")).to_have_text("Sources")
        assert page.evaluate("document.documentElement.lang") == "fr"
        expect(page.locator("h1")).to_have_text("Interroger les archives")
        expect(page.locator("#cited .from").first).to_have_text(re.compile(r"· \d+ mars 2026 · \S+$"))
        expect(page.locator("#answer")).to_contain_text("Confiance")
        page.goto(_ABSENT)
        expect(page.locator("#answer")).to_contain_text("No passage of the archive answers this.")
        assert wrong == []
    with _watched(browser, address, locale="de-DE") as (page, wrong):
        page.goto(ASKED)
        expect(page.locator("h1")).to_have_text("Ask the archive")
        assert wrong == []


def test_each_language_has_every_word(page: Page) -> None:
    page.goto("/")
    source = page.request.get("/page/words.js").text()
    english, french = (re.findall(r"^    (\w+):", part, re.MULTILINE) for part in source.split("\n  fr: {")[:2])
    assert english == french
    used = page.content()
    for name in re.findall(r'(?<=modulepreload" href=")[^"]+', used):
        used += page.request.get(f"/{name}").text()
    used += page.request.get("/page/page.js").text()
    for word in english:
        assert re.search(rf'words\.{word}\b|data-word="{word}"', used), word


def test_quotes_say_their_language(page: Page) -> None:
    _ask(page)
    passages = page.request.get(f"/ask{ASKED[1:]}").json()["passages"]
    assert page.locator("blockquote").first.get_attribute("lang") == passages[0]["language"]
    assert page.locator("#answer .answer-text span").first.get_attribute("lang") == passages[0]["language"]


def test_without_script_the_page_says_what_it_needs(browser: Browser, address: str) -> None:
    with _watched(browser, address, java_script_enabled=False) as (page, _):
        page.goto("/")
        expect(page.locator(".notice")).to_contain_text("needs JavaScript")


def test_an_unreachable_service_is_reported_and_can_be_retried(browser: Browser, tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": "La piscine municipale ferme en juin."})
    with _serving(data) as address, _watched(browser, address) as (page, _):
        page.goto("/")
        expect(page.locator("#latest")).to_be_visible()
        page.context.set_offline(True)
        page.get_by_label("Ask the archive").fill("quand ferme la piscine ?")
        page.keyboard.press("Enter")
        expect(page.locator("#failure")).to_contain_text("The service cannot be reached.")
        page.context.set_offline(False)
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("#answer")).to_contain_text("ferme en juin")


def test_the_same_question_again_is_asked_again(browser: Browser, tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": "La piscine municipale ferme en juin."})
    with _serving(data) as address, _watched(browser, address) as (page, wrong):
        page.goto("/?q=quand+ferme+la+piscine+%3F")
        expect(page.locator("#answer")).to_contain_text("ferme en juin")
        write_files(tmp_path / "articles", {"piscine.md": "La piscine municipale ferme en mai."})
        index_paths(tmp_path / "articles", data=data)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator("#answer")).to_contain_text("ferme en mai")
        assert wrong == []


def test_the_message_of_a_refusal_is_shown(browser: Browser, tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": "La piscine municipale ferme en juin."})
    with _serving(data) as address, _watched(browser, address) as (page, _):
        page.goto("/?q=piscine&published_from=2026-03-02&published_to=2026-03-01")
        expect(page.locator("#failure")).to_contain_text("swap them")


# --- articles without a question, filters


@pytest.fixture
def chronicle(tmp_path: Path) -> Iterator[str]:
    """The service over 47 dated articles of two outlets in English, and one without a date and outlet in French."""
    rows = [
        {
            "title": f"Village number {n} votes its budget",
            "text": f"Village {n} votes a budget for {n} schools.",
            "source": f"Outlet {n % 2}",
            "date": f"2026-01-{n % 28 + 1:02}",
            "language": "en",
        }
        for n in range(47)
    ]
    lines = "\n".join(map(json.dumps, rows))
    data = build_archive(tmp_path, {"villages.jsonl": lines, "piscine.md": "La piscine municipale ferme en juin."})
    with _serving(data) as address:
        yield address


def test_all_articles_are_listed_by_page_without_a_question(browser: Browser, chronicle: str) -> None:
    with _watched(browser, chronicle) as (page, wrong):
        page.goto("/")
        titles = []
        for count, pages in ((20, "1–20 of 48"), (20, "21–40 of 48"), (8, "41–48 of 48")):
            expect(page.locator(".pages")).to_contain_text(pages)
            expect(page.locator("#latest h3")).to_have_count(count)
            titles += page.locator("#latest h3").all_inner_texts()
            if count == 20:
                page.get_by_role("link", name="Older →").click()
        assert len(set(titles)) == 48
        expect(page).to_have_url("/?offset=40")
        page.get_by_role("link", name="← Newer").click()
        expect(page.locator(".pages")).to_contain_text("21–40")
        page.go_back()
        expect(page.locator(".pages")).to_contain_text("41–48")
        page.get_by_role("link", name="48 articles").click()
        expect(page).to_have_url("/")
        assert wrong == []


def test_filters_restrict_the_list_of_articles(browser: Browser, chronicle: str) -> None:
    with _watched(browser, chronicle) as (page, wrong):
        page.goto("/?offset=20")
        page.locator("summary").click()
        page.get_by_label("Outlet 1").check()
        expect(page).to_have_url("/?sources=Outlet+1")
        expect(page.locator(".pages")).to_contain_text("1–20 of 23")
        page.get_by_label("as of").fill("2026-01-03")
        page.keyboard.press("Enter")
        expect(page.locator("#latest h3")).to_have_count(2)
        assert {text[:8] for text in page.locator("#latest .from").all_inner_texts()} == {"Outlet 1"}
        page.get_by_label("French").check()
        expect(page.locator("#latest")).to_contain_text("No article matches.")
        assert wrong == []


def test_an_article_without_an_outlet_is_shown_with_its_file(browser: Browser, chronicle: str) -> None:
    with _watched(browser, chronicle) as (page, wrong):
        page.goto("/")
        page.locator("summary").click()
        page.get_by_label("piscine.md").check()
        expect(page.locator("#chips li")).to_have_text(["piscine.md ×"])
        _settled(page)
        expect(page.locator("#latest .from")).to_have_text("piscine.md · French")
        page.locator("#latest h3 a").click()
        expect(page.locator("#article .from")).to_have_text("piscine.md · French")
        page.goto("/?q=quand+ferme+la+piscine+municipale")
        expect(page.locator("#answer .from").first).to_have_text("piscine.md · French")
        expect(page.locator("#cited .from").first).to_have_text("piscine.md · French")
        assert wrong == []


def test_a_filter_is_removed_by_its_chip(browser: Browser, chronicle: str) -> None:
    with _watched(browser, chronicle) as (page, wrong):
        page.goto("/?q=budget&published_from=2026-01-02&as_of=2026-01-20&languages=en&sources=Outlet+1")
        chips = page.locator("#chips li")
        texts = ["from 2 January 2026 ×", "as of 20 January 2026 ×", "English ×", "Outlet 1 ×"]
        expect(chips).to_have_text(texts)
        for text in texts[:-1]:
            page.get_by_role("button", name=f"Remove the filter “{text[:-2]}”").click()
            expect(chips.filter(has_text=text)).to_have_count(0)
            expect(chips.first.get_by_role("button")).to_be_focused()
        expect(page).to_have_url("/?q=budget&sources=Outlet+1")
        page.get_by_role("button", name="Remove the filter “Outlet 1”").click()
        expect(page).to_have_url("/?q=budget")
        expect(page.get_by_label("Ask the archive")).to_be_focused()
        assert wrong == []


def test_the_time_that_a_question_names_is_a_filter_that_can_be_chosen_and_removed(
    browser: Browser, chronicle: str
) -> None:
    question = "which village votes a budget since 20 January 2026"
    with _watched(browser, chronicle) as (page, wrong):
        page.goto(f"/?{urlencode({'q': question, 'languages': 'en'})}")
        chips = page.locator("#chips li")
        offer = "Only from 20 January 2026 (“since 20 January 2026”)"
        expect(chips).to_have_text(["English ×", offer])
        page.locator("main h3 a").first.click()
        page.get_by_role("button", name="Close").click()
        expect(chips).to_have_text(["English ×", offer])
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        expect(page.locator("#printed")).not_to_contain_text("Only")
        page.get_by_role("button", name=offer).click()
        expect(chips).to_have_text(["English ×", "from 20 January 2026 ×"])
        _settled(page)
        days = page.locator("main .from time").evaluate_all("(times) => times.map((time) => time.dateTime)")
        assert min(days) >= "2026-01-20"
        page.get_by_role("button", name="Remove the filter “from 20 January 2026”").click()
        expect(chips).to_have_text(["English ×", offer])
        page.goto("/?q=which+village+voted+a+budget+in+2019")
        expect(page.locator("#cited")).to_be_visible()
        expect(chips).to_have_count(0)
        assert wrong == []


def test_days_with_passages_are_counted_and_filter(browser: Browser, chronicle: str) -> None:
    with _watched(browser, chronicle) as (page, wrong):
        page.goto("/?q=which+village+votes+a+budget&top_k=30")
        _settled(page)
        body = {"question": "which village votes a budget", "top_k": 30}
        found = page.request.post("/search", data=body).json()["passages"]
        counts = Counter(str(each["published"]) for each in found if each["published"])
        links = page.get_by_role("navigation", name="Passages by day").get_by_role("link")
        shown = [
            f"{date.fromisoformat(day):%-d %b %Y}: {count} passage{'s' if count > 1 else ''}"
            for day, count in sorted(counts.items())
        ]
        assert links.evaluate_all("(links) => links.map((link) => link.ariaLabel)") == shown
        heights = page.locator(".days .bar").evaluate_all("(bars) => bars.map((bar) => bar.offsetHeight)")
        assert len(set(heights)) == len(set(counts.values()))
        links.first.click()
        day = min(counts)
        expect(page.locator("#chips li")).to_have_text([f"on {date.fromisoformat(day):%-d %B %Y} ×"])
        expect(page).to_have_url(f"/?q=which+village+votes+a+budget&published_from={day}&published_to={day}")
        _settled(page)
        days = page.locator("main .from time").evaluate_all("(times) => times.map((time) => time.dateTime)")
        assert set(days) == {day}
        expect(page.get_by_role("navigation", name="Passages by day")).to_have_count(0)
        page.get_by_role("button", name="Remove the filter").click()
        expect(page).to_have_url("/?q=which+village+votes+a+budget")
        expect(links.first).to_be_visible()
        assert wrong == []


def test_more_passages_are_shown_beside_the_same_answer(browser: Browser, chronicle: str) -> None:
    with _watched(browser, chronicle) as (page, wrong):
        page.goto("/?q=which+village+votes+a+budget&languages=en")
        _settled(page)
        answer = page.locator("#answer .statements").inner_text()
        found = page.locator("#others li").count()
        page.get_by_role("link", name="Show more passages").click()
        expect(page.locator("#others li")).not_to_have_count(found)
        expect(page.locator("#others h3 a").nth(found)).to_be_focused()
        assert page.locator("#answer .statements").inner_text() == answer
        body = {"question": "which village votes a budget", "top_k": 30, "filters": {"languages": ["en"]}}
        passages = page.request.post("/search", data=body).json()["passages"]
        assert len(passages) == 30
        assert page.locator("blockquote, #others li").count() == 30
        expect(page.get_by_role("link", name="Show more passages")).to_have_count(0)
        page.go_back()
        expect(page.locator("#others li")).to_have_count(found)
        assert wrong == []


def test_passages_are_shown_by_date(browser: Browser, chronicle: str) -> None:
    days = "[...document.querySelectorAll('#others time')].map((time) => time.dateTime)"
    with _watched(browser, chronicle) as (page, wrong):
        page.goto("/?q=which+village+votes+a+budget&languages=en")
        _settled(page)
        page.locator("summary").click()
        page.get_by_label("Order of passages").select_option("Newest first")
        expect(page.locator("#chips li")).to_have_text(["English ×", "Newest first ×"])
        _settled(page)
        found = page.evaluate(days)
        assert found == sorted(found, reverse=True)
        page.get_by_role("link", name="Show more passages").click()
        expect(page.locator("#others li")).to_have_count(30 - page.locator("blockquote").count())
        found = page.evaluate(days)
        assert found == sorted(found, reverse=True)
        page.get_by_label("Order of passages").select_option("Oldest first")
        expect(page).to_have_url("/?q=which+village+votes+a+budget&languages=en&sort=oldest")
        page.get_by_label("Order of passages").select_option("Best first")
        expect(page).to_have_url("/?q=which+village+votes+a+budget&languages=en")
        assert wrong == []


# --- files and paper


def test_an_answer_is_saved_as_a_file(page: Page) -> None:
    page.goto(f"{ASKED}&languages=en&published_to=2026-03-09")
    _settled(page)
    answer = page.request.get(f"/ask{ASKED[1:]}&languages=en&published_to=2026-03-09").json()
    cited = answer["citations"]
    saved = {}
    for name, suffix in (("Markdown", "md"), ("RIS", "ris"), ("BibTeX", "bib"), ("CSV", "csv")):
        with page.expect_download() as download:
            page.get_by_role("group", name="Save:").get_by_role("button", name=name).click()
        assert download.value.suggested_filename == f"why-did-kalinowski-leave.{suffix}"
        saved[suffix] = Path(download.value.path()).read_bytes().decode()
    assert saved["md"].startswith(f"# {_QUESTION}\n\n> ")
    assert page.url in saved["md"]
    entries = saved["ris"].split("ER  - \r\n")
    assert len(entries) == len(cited) + 1
    first = cited[0]
    assert (
        f"TI  - {first['title']}\r\nT2  - {first['source']}\r\nPY  - 2026\r\nDA  - 2026/03/09\r\nLA  - en\r\n"
        in entries[0]
    )
    assert f"\r\nN1  - {first['cited_text']}\r\n" in entries[0]
    keys = re.findall(r"@article\{(\w+),", saved["bib"])
    assert len(set(keys)) == len(keys) == len(cited)
    assert saved["csv"].startswith("\ufeffnumber,quote,")
    rows = list(csv.DictReader(io.StringIO(saved["csv"].removeprefix("\ufeff"))))
    assert [row["quote"] for row in rows] == [each["cited_text"] for each in cited]
    assert [row["outlet"] for row in rows] == [each["source"] for each in answer["statements"]]


def test_an_answer_can_be_saved_without_scrolling(page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 720})
    page.goto(ASKED)
    group = page.get_by_role("group", name="Save:")
    group.scroll_into_view_if_needed()
    expect(group).to_be_in_viewport(ratio=1)
    expect(page.locator("#answer .answer-text").first).to_be_in_viewport()


def test_a_saved_table_runs_no_formula(page: Page) -> None:
    page.goto("/")
    hostile = {
        **{sign: f"'{sign}" for sign in ("=1+1", "+1", "-1", "@x", '=HYPERLINK("a", "b")', "＝1", "＋1", "－1", "＠x")},
        "\t=1": "\t'=1",
        "\t1": "'\t1",
        " =1": " '=1",
        "a;=1": "a;'=1",  # the next cell where semicolons separate them
        "a; -1\n@x": "a; '-1\n'@x",
        "1=1": "1=1",
        "un; deux -1": "un; deux -1",
    }
    made = page.evaluate(
        "async (quotes) => { const { FILES } = await import('/page/cite.js');"
        "const statements = quotes.map((quote) => ({ quote, source: 's', language: 'en', title: 't' }));"
        "const citations = quotes.map((_, index) => ({ index, article_id: 'a' }));"
        "return FILES.csv.text({ citations, statements }) }",
        [*hostile],
    )
    quotes = [row["quote"] for row in csv.DictReader(io.StringIO(made, newline=""))]
    assert quotes == [*hostile.values()]


def test_paper_has_the_question_the_filters_and_the_address(page: Page) -> None:
    page.goto(f"{ASKED}&languages=en")
    _settled(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    printed = page.locator("#printed")
    expect(printed.locator("h1")).to_have_text(_QUESTION)
    expect(printed).to_contain_text("English")
    expect(printed).to_contain_text(page.url)
    expect(page.locator("#answer")).to_be_visible()
    for part in ("#q", "footer", ".actions >> nth=0", "#chips"):
        expect(page.locator(part)).to_be_hidden()


def test_an_open_article_is_printed_whole(browser: Browser, tmp_path: Path) -> None:
    text = "\n\n".join(f"Paragraph {n} says that the harbor of the town stays open this winter." for n in range(200))
    data = build_archive(tmp_path, {"harbor.txt": text})
    with _serving(data) as address, _watched(browser, address) as (page, wrong):
        page.goto("/?q=which+harbor+stays+open")
        page.locator("main h3 a").first.click()
        expect(page.locator("#article .text")).to_be_visible()
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf())) > 3
        page.emulate_media(media="print")
        expect(page.locator("main")).to_be_hidden()
        expect(page.get_by_role("button", name="Close")).to_be_hidden()
        expect(page.locator("#printed h1")).to_have_text("which harbor stays open")
        tops = [page.locator(part).bounding_box() for part in ("#printed", "#headline")]
        assert tops[0]
        assert tops[1]
        assert tops[0]["y"] + tops[0]["height"] < tops[1]["y"]
        assert wrong == []


# --- the history, settings


def test_questions_are_kept_in_the_browser_until_they_are_deleted(browser: Browser, chronicle: str) -> None:
    with _watched(browser, chronicle) as (page, wrong):
        page.goto("/")
        expect(page.locator("#history")).to_have_count(0)
        page.evaluate("localStorage.questions = JSON.stringify([...Array(50).keys()].map((n) => `q=old+${n}`))")
        page.goto("/?q=which+village+votes&languages=en")
        expect(page.locator("#answer")).to_be_visible()
        page.get_by_role("link", name="newsqa").click()
        questions = page.locator("#history li")
        expect(questions).to_have_count(50)
        expect(questions.first).to_have_text("which village votes English")
        questions.first.get_by_role("link").click()
        expect(page).to_have_url("/?q=which+village+votes&languages=en")
        page.go_back()
        page.get_by_role("button", name="Delete them").click()
        expect(page.locator("#history")).to_have_count(0)
        page.reload()
        _settled(page)
        expect(page.locator("#history")).to_have_count(0)
        assert page.evaluate("localStorage.length") == 0
        assert wrong == []


def test_it_works_where_the_browser_blocks_storage(browser: Browser, chronicle: str) -> None:
    block = "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, "
    block += "{ get() { throw new DOMException('blocked', 'SecurityError') } })"
    with _watched(browser, chronicle) as (page, wrong):
        page.add_init_script(block)
        page.goto("/")
        page.get_by_label("Ask the archive").fill("which village votes")
        page.keyboard.press("Enter")
        expect(page.locator("#answer")).to_be_visible()
        page.get_by_label("Theme").select_option("Dark")
        page.get_by_role("link", name="newsqa").click()
        expect(page.locator("#history li")).to_have_text(["which village votes"])
        assert wrong == []


def test_examples_are_questions_about_articles_of_the_archive(browser: Browser, chronicle: str) -> None:
    with _watched(browser, chronicle) as (page, wrong):
        page.goto("/")
        examples = page.locator("#examples a")
        expect(examples).to_have_count(2)  # one for each outlet
        text = examples.first.inner_text()
        expect(examples.first).to_have_text("What is known about “Village number 27 votes its budget”?")
        examples.first.click()
        expect(page.get_by_label("Ask the archive")).to_have_value(text)
        expect(page.locator("#answer")).to_be_visible()
        assert wrong == []
    with _watched(browser, chronicle, locale="fr-FR") as (page, wrong):
        page.goto("/")
        expect(page.locator("#latest h3")).to_have_count(20)
        expect(page.locator("#examples")).to_have_count(0)  # no recent title is in French
        assert wrong == []


def test_theme_and_language_are_chosen_and_kept(browser: Browser, chronicle: str) -> None:
    color = "getComputedStyle(document.body).backgroundColor"
    with _watched(browser, chronicle, color_scheme="light") as (page, wrong):
        page.goto("/?q=which+village+votes")
        light = page.evaluate(color)
        page.get_by_label("Theme").select_option("Dark")
        assert page.evaluate(color) != light
        page.locator("#language").select_option("Français")
        expect(page.locator("h1")).to_have_text("Interroger les archives")
        expect(page.locator("#answer h2")).to_have_text("Réponse")
        page.reload()
        expect(page.locator("#language")).to_have_value("fr")
        assert page.evaluate(color) != light
        page.get_by_label("Thème").select_option("Système")
        assert page.evaluate(color) == light
        page.locator("#language").select_option("Navigateur")
        expect(page.locator("h1")).to_have_text("Ask the archive")
        assert wrong == []


def test_nothing_moves_while_the_page_loads(page: Page) -> None:
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => list.getEntries().forEach((e) => (moved += e.value)))"
        ".observe({ type: 'layout-shift', buffered: true })"
    )
    for path in ("/", f"{ASKED}&languages=en&published_from=2026-03-01", _TIMED):
        page.goto(path)
        expect(page.locator("main section").first).to_be_visible()
        _settled(page)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        assert page.evaluate("moved") < 0.01


# --- errors


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again_after_a_countdown(browser: Browser, chronicle: str, status: int) -> None:
    refusals: list[str] = []

    def refuse(route: Route) -> None:
        if refusals:
            route.fallback()
        else:
            refusals.append(route.request.url)
            route.fulfill(status=status, headers={"Retry-After": "3"}, json={"detail": "queue is full"})

    with _watched(browser, chronicle, locale="fr-FR") as (page, _):
        page.route("**/ask?*", refuse)
        page.goto("/?q=which+village+votes")
        expect(page.locator("#failure")).to_contain_text("Le service est occupé en ce moment.")
        expect(page.locator("#failure button")).to_have_text("Réessayer (automatiquement dans 2 s)")
        expect(page.locator("#answer")).to_be_visible()
        assert len(refusals) == 1


def test_a_refusal_is_explained_in_the_language_of_the_page(browser: Browser, chronicle: str) -> None:
    with _watched(browser, chronicle, locale="fr-FR") as (page, _):
        page.goto("/?article=unknown")
        expect(page.locator("#failure")).to_contain_text("Cet article n’est pas (ou plus) dans les archives.")
        page.goto("/?q=budget&published_from=2026-03-02&published_to=2026-03-01")
        expect(page.locator("#failure")).to_contain_text("Le service n’accepte pas cette requête")
        expect(page.locator("#failure [lang=en]")).to_contain_text("swap them")
        page.route("**/ask?*", lambda route: route.fulfill(status=502, body="<html>Bad gateway"))
        page.goto("/?q=budget")
        expect(page.locator("#failure")).to_contain_text("Réessayer")


# --- writing


def test_an_article_is_added_from_a_file_and_deleted(browser: Browser, tmp_path: Path) -> None:
    content = '---\ntitle: "The ferry"\nsource: Harbor News\ndate: 2026-02-03T10:00\n---\n'
    content += "# The ferry\n\nThe **ferry** sails again."
    data = build_archive(tmp_path, {"piscine.md": "La piscine municipale ferme en juin."})
    with _serving(data) as address, _watched(browser, address) as (page, wrong):
        page.goto("/")
        page.get_by_role("button", name="Add an article").click()
        dialog = page.get_by_role("dialog", name="Add an article")
        file = FilePayload(name="ferry.md", mimeType="text/markdown", buffer=content.encode())
        page.get_by_label("Text, Markdown or HTML file").set_input_files(file)
        expect(dialog.get_by_label("Title")).to_have_value("The ferry")
        expect(dialog.get_by_label("Date")).to_have_value("2026-02-03")
        dialog.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator("#article h2")).to_have_text("The ferry")
        expect(page.locator("#article .from")).to_have_text("Harbor News · 3 February 2026 · English")
        expect(page.locator("#article .text")).to_contain_text("The ferry sails again.")
        expect(page.locator("#holds")).to_contain_text("2 articles")
        page.get_by_role("button", name="Delete this article").click()
        expect(page.get_by_role("button", name="Keep")).to_be_focused()
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(page.locator("#article")).to_contain_text("The article was deleted.")
        page.keyboard.press("Enter")
        expect(page.locator("#latest h3")).to_have_count(1)
        expect(page.locator("#holds")).to_contain_text("1 article")
        assert wrong == []


def test_an_article_is_added_from_its_address_alone(browser: Browser, tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": "La piscine municipale ferme en juin."})
    ferry = "The ferry to the island sails again on Friday. " * 10
    with (
        Site({"/ferry": web_page(ferry, "The ferry")}) as site,
        service_of(data, fetch_private=networks("127.0.0.1"), fetch_ports=(site.port,)) as address,
        _watched(browser, address) as (page, _),
    ):
        page.goto("/")
        page.get_by_role("button", name="Add an article").click()
        dialog = page.get_by_role("dialog", name="Add an article")
        dialog.get_by_label("URL").fill(f"{site.url}/gone")
        dialog.get_by_role("button", name="Add", exact=True).click()
        expect(dialog.get_by_role("alert")).to_contain_text("the server answers 404 Not Found: check the address")
        dialog.get_by_label("URL").fill(f"{site.url}/ferry")
        dialog.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator("#article h2")).to_have_text("The ferry")
        expect(page.locator("#article .text")).to_contain_text("sails again on Friday")
        page.goto(f"/?{urlencode({'q': 'When does the ferry to the island sail again?'})}")
        expect(page.locator("#answer")).to_contain_text("The ferry to the island sails again on Friday.")


def test_pasted_text_that_cannot_be_added_says_why(browser: Browser, chronicle: str) -> None:
    with _watched(browser, chronicle) as (page, _):
        page.goto("/")
        page.get_by_role("button", name="Add an article").click()
        dialog = page.get_by_role("dialog", name="Add an article")
        latin = FilePayload(name="a.txt", mimeType="text/plain", buffer="été".encode("latin-1"))
        page.get_by_label("Text, Markdown or HTML file").set_input_files(latin)
        expect(dialog.get_by_role("alert")).to_have_text("The file is not text in UTF-8.")
        dialog.get_by_label("Text", exact=True).fill("…")
        dialog.get_by_role("button", name="Add", exact=True).click()
        expect(dialog.get_by_role("alert")).to_contain_text("no text")
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_be_hidden()


def test_a_key_that_may_only_read_sees_nothing_of_writing(browser: Browser, tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": "La piscine municipale ferme en juin."})
    with _serving(data) as address:
        for scope, visible in (("read", False), ("ingest", True)):
            _, secret = Keys(data).create(scope, "read" if scope == "read" else "ingest")
            with _watched(browser, address) as (page, _):
                page.goto("/")
                page.get_by_label("Key", exact=True).fill(secret)
                page.keyboard.press("Enter")
                page.locator("#latest h3 a").click()
                expect(page.locator("#article .text")).to_be_visible()
                expect(page.locator("#holds")).not_to_be_empty()
                expect(page.get_by_role("button", name="Delete this article")).to_have_count(int(visible))
                expect(page.locator("#add")).to_be_visible(visible=visible)


def test_an_empty_archive_says_how_to_fill_it(browser: Browser, tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": "La piscine municipale ferme en juin."})
    with _serving(data) as address, _watched(browser, address) as (page, wrong):
        (article,) = page.request.get("/articles").json()["articles"]
        page.request.delete(f"/articles/{article['id']}")
        page.goto("/")
        expect(page.locator("#empty")).to_contain_text("newsqa index FOLDER")
        page.locator("#empty").get_by_role("button", name="Add an article").click()
        expect(page.get_by_role("dialog", name="Add an article")).to_be_visible()
        assert wrong == []


# --- keys


def test_the_key_is_requested_once_and_kept_in_the_tab(browser: Browser, tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": "La piscine municipale ferme en juin."})
    _, secret = Keys(data).create("page", "read")
    with _serving(data) as address, _watched(browser, address) as (page, wrong):
        page.goto("/?q=quand+ferme+la+piscine+%3F")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("heading")).to_have_text("This archive needs an API key")
        page.keyboard.press("Escape")
        page.get_by_label("Key", exact=True).fill(f"nqa_00000000_{'A' * 43}")
        page.keyboard.press("Enter")
        expect(dialog.get_by_text("Invalid or expired key.")).to_be_visible()
        page.get_by_label("Key", exact=True).fill(secret)
        page.keyboard.press("Enter")
        expect(page.locator("#answer")).to_contain_text("ferme en juin")
        expect(page.locator("#holds")).to_contain_text("1 article")
        page.reload()
        expect(page.locator("#answer")).to_contain_text("ferme en juin")
        assert page.evaluate("[Object.keys(localStorage), document.cookie, sessionStorage.length]") == [
            ["questions"],
            "",
            1,
        ]
        assert secret not in page.evaluate("JSON.stringify(localStorage)")
        assert secret not in page.content()
        assert secret not in page.url
        assert {line for line in wrong if "401" not in line} == set()
    with _serving(data) as address, _watched(browser, address) as (page, _):
        page.goto("/")
        expect(page.get_by_role("dialog")).to_be_visible()


# --- security


_RUN = "alert(1)"
_VECTORS = (
    f"<script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>",
    f"<svg onload={_RUN}>",
    f'<iframe srcdoc="<script>parent.{_RUN}</script>"></iframe>',
    f"<details open ontoggle={_RUN}>",
    f"<video><source onerror={_RUN}></video>",
    f"<input autofocus onfocus={_RUN}>",
    f"<svg><style><img src=x onerror={_RUN}></style></svg>",
    f"<iframe src=javascript:parent.{_RUN}></iframe>",
    f"<audio src=x onerror={_RUN}>",
    "<img src=https://evil.example/stolen.png>",
    "<style>@import url(https://evil.example/x.css)</style>",
)
_PLACES: tuple[Callable[[str], str], ...] = (
    lambda vector: vector,
    lambda vector: f'">{vector}',
    lambda vector: f"'>{vector}",
    lambda vector: f"</script></style></title></textarea></mark></p>{vector}",
    lambda vector: f"-->{vector}<!--",
    lambda vector: vector.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    lambda vector: f"\\u003c/script\\u003e';{_RUN}//${{{_RUN}}}{vector}",
    lambda vector: f"{{{{constructor.constructor('{_RUN}')()}}}}{vector}",
    lambda vector: f"[x](javascript:{_RUN}) ![x]({vector})",
    lambda vector: f"]]>\u2028{vector.upper().replace('ALERT', 'alert').replace('PARENT', 'parent')}",
)
_PAYLOADS = [place(vector) for place in _PLACES for vector in _VECTORS]


@contextmanager
def _serving(data: Path) -> Iterator[str]:
    with (
        LocalArchive(data) as archive,
        serve_in_thread(Asker(archive, HashEmbedder(), identifier()), Settings()) as address,
    ):
        yield address


def _poisoned(data: Path) -> Path:
    """Make an archive with every payload in every field, past what reading would take out; return its folder."""
    embedder = HashEmbedder()
    quantizer = TokenQuantizer(embedder.model)
    with write_lock(data), CatalogWriter.create(data, embedder.model) as catalog:
        for number, payload in enumerate(_PAYLOADS):
            text = f"piscine{number} {payload} ferme"
            url = f"https://example.org/{payload}" if number % 2 else f"javascript:{_RUN}//{payload}"
            article = Article(f"p{number}", payload, text, "fr", None, payload, payload, url, "f")
            passage = Passage(0, len(text), "fr", ((0, len(text)),))
            (embedding,) = embedder.passages([text])
            key = f"k{number}".encode()
            catalog.store_vectors(
                {key: PassageVectors(embedding.vector, quantizer.encode(embedding, 0, passage.sentences))}
            )
            catalog.store([Entry(article, f"{number}", (passage,), (key,))])
        publish(catalog, data)
    return data


def test_there_are_120_payloads_that_run_where_they_can(browser: Browser) -> None:
    assert len(set(_PAYLOADS)) == 120
    for vector in _VECTORS[:10]:
        page = browser.new_page()
        page.on("dialog", lambda ran: ran.dismiss())
        with page.expect_event("dialog", timeout=_TIMEOUT):
            page.set_content(vector)
        page.close()


@pytest.mark.timeout(1800)  # it opens the page 120 times
def test_no_payload_in_any_field_or_question_runs(browser: Browser, tmp_path: Path) -> None:
    tags = (
        "() => [...new Set([...document.querySelectorAll('main *, #article *, #sources *, #languages *, #chips *')]"
        ".map((node) => node.localName))]"
    )
    ours = {
        *("section", "h2", "h3", "p", "a", "span", "sup", "b", "ol", "li", "blockquote", "mark", "div", "button"),
        *("article", "form", "fieldset", "legend", "label", "input", "small", "br", "meter", "time", "strong"),
        *("nav", "details", "summary"),
    }
    reader = PhraseReader(*_PAYLOADS)
    with service_of(_poisoned(tmp_path), reader) as address, _watched(browser, address) as (page, wrong):
        for number, payload in enumerate(_PAYLOADS):
            parameters = {"q": f"piscine{number} {payload}", "article": f"p{number}", "at": "0-5", "sources": payload}
            page.goto(f"/?{urlencode(parameters)}")
            expect(page.locator("#article[open] .text")).to_contain_text(f"piscine{number} ")
            shown = page.locator("#article .text").inner_text().replace("\n", " ")
            assert " ".join(payload.split()) in " ".join(shown.split())
            expect(page.locator("#cited h3, #others h3").first).to_be_attached()
            _settled(page)
            assert set(page.evaluate(tags)) <= ours
            links = page.evaluate("[...document.querySelectorAll('main a, #article a')].map((a) => a.protocol)")
            assert set(links) <= {"http:", "https:"}
        page.goto("/")
        expect(page.locator("#history li")).to_have_count(50)
        _settled(page)
        assert set(page.evaluate(tags)) <= ours | {"nav"}
        assert wrong == []


def test_no_payload_in_an_error_a_parameter_or_the_fragment_runs(browser: Browser, address: str) -> None:
    """Each page has 24 payloads in the error of the service, and one in every parameter."""
    names = ("q", "article", "at", "sources", "languages", "published_from", "published_to", "as_of", "sort", "top_k")
    with _watched(browser, address) as (page, wrong):
        for status in (403, 421, 422, 500, 507):
            detail = " ".join(_PAYLOADS[status % 10 * 12 :][:12])
            errors = [{"pointer": payload, "detail": payload} for payload in _PAYLOADS[:12]]
            problem = {"title": detail, "status": status, "detail": detail, "errors": errors}
            page.route("**/ask?*", partial(Route.fulfill, status=status, json=problem))
            payload = _PAYLOADS[status % 100]
            page.goto(f"/?{urlencode(dict.fromkeys(names, payload))}#{payload}")
            expect(page.locator("#failure")).to_be_attached()
            assert page.locator("main :is(script, img, svg, iframe, video, audio, style)").count() == 0
            page.unroute("**/ask?*")
    assert [line for line in wrong if not line.startswith("error: Failed to load resource")] == []


def test_the_page_itself_makes_links_of_nothing_but_web_addresses(page: Page) -> None:
    page.goto("/")
    urls = ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "\tjava\nscript:alert(1)", "data:text/html,x", "vbscript:x"]
    urls += ["blob:https://example.org/x", "file:///etc/passwd", "//evil.example", "/local", "", "https://"]
    made = page.evaluate(
        "async (urls) => { const { article } = await import('/page/article.js');"
        "return urls.flatMap((url) => article({ title: 't', text: 'x', language: 'fr', url }, [], null))"
        ".flatMap((node) => [...node.querySelectorAll('a')]).map((a) => a.href) }",
        [*urls, "https://example.org/"],
    )
    assert made == ["https://example.org/"]


def test_the_original_is_opened_without_a_way_back(page: Page) -> None:
    _ask(page)
    link = page.get_by_role("link", name="Original").first
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert (link.get_attribute("href") or "").startswith("https://example.org/")


def test_its_policy_lets_only_its_own_files_run(browser: Browser, address: str) -> None:
    with _watched(browser, address) as (page, wrong):
        response = page.goto("/")
        assert response is not None
        policy = response.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        for act, refused in (
            ("document.body.innerHTML = '<b>x</b>'", "TrustedHTML"),
            ("document.body.setAttribute('onclick', 'alert(1)')", "TrustedScript"),
            ("fetch('https://evil.example/')", "Failed to fetch"),
        ):
            with page.expect_console_message(), pytest.raises(Error, match=refused):
                page.evaluate(act)
        assert any("connect-src" in line for line in wrong)


def test_it_is_light_and_quick(browser: Browser, address: str) -> None:
    """The goals: below 200 kB, the first paint within 300 ms, an answer on the screen within 500 ms.

    Where even a page of one line takes long, they may take longer by as much.
    """
    paints, answers = [], []
    until_shown = """() => new Promise((done) => {
      const main = document.getElementById("main");
      new MutationObserver(() => {
        if (main.querySelector("#cited")) requestAnimationFrame(() => setTimeout(done));
      }).observe(main, { childList: true });
      document.getElementById("ask").requestSubmit();
    })"""
    first_paint = """() => new Promise((done) => {
      const name = "first-contentful-paint";
      const observed = (list) => list.getEntriesByName(name).forEach((paint) => done(paint.startTime));
      new PerformanceObserver(observed).observe({ type: "paint", buffered: true });
    })"""
    weight = "[...performance.getEntries()].reduce((sum, entry) => sum + (entry.transferSize ?? 0), 0)"
    for _ in range(_TRIES):
        with _watched(browser, address) as (page, wrong):
            page.goto("/livez")
            slow = max(1, page.evaluate(first_paint) / _BARE)
            page.goto("/")
            expect(page.locator("#latest")).to_be_visible()
            paints.append(page.evaluate(first_paint) / slow)
            page.get_by_label("Ask the archive").fill(_QUESTION)
            began = page.evaluate("performance.now()")
            page.evaluate(until_shown)
            answers.append((page.evaluate("performance.now()") - began) / slow)
            assert 20_000 < page.evaluate(weight) < 200_000
            assert wrong == []
        if paints[-1] < 300 and answers[-1] < 500:
            break
    assert min(paints) < 300
    assert min(answers) < 500


def test_its_files_are_always_of_one_release(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": "La piscine municipale ferme en juin."})
    with LocalArchive(data) as archive, TestClient(app_of(archive)) as client:
        page = client.get("/")
        names = set(re.findall(r'(?:src|href)="page/([^"]+)"', page.text))
        assert {name.rpartition(".")[2] for name in names} == {"js", "css", "svg"}
        for response in (page, *(client.get(f"/page/{name}") for name in names)):
            assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")
            assert "etag" in response.headers
        assert client.get("/page/../__init__.py").status_code == 404


@pytest.mark.parametrize("name", STATES)
def test_every_state_of_the_page_can_be_shown(browser: Browser, address: str, tmp_path: Path, name: str) -> None:
    take(browser, address, STATES[name], tmp_path / "state.png")
    assert (tmp_path / "state.png").stat().st_size > 10_000


def test_the_readme_shows_a_question_its_answer_and_a_source_without_scrolling(browser: Browser, address: str) -> None:
    with _watched(browser, address, **VIEW) as (page, wrong):
        show(page)
        expect(page.locator("#q")).to_have_value(_QUESTION)
        expect(page.locator("#answer p").first).to_contain_text("Kalinowski a démissionné")
        assert page.evaluate("document.documentElement.scrollWidth === innerWidth")
        for part in ("h1", "#holds", "#q", "#answer h2", "#answer span", "#answer sup", "#cited h2", "h3", "mark"):
            expect(page.locator(part).first).to_be_in_viewport(ratio=1)
        answer, sources = page.locator("#answer").bounding_box(), page.locator("#cited").bounding_box()
        assert answer
        assert sources
        assert answer["x"] + answer["width"] < sources["x"]  # side by side
        assert wrong == []
    picture = (Path(__file__).parents[4] / "docs/page.png").read_bytes()
    assert struct.unpack(">II", picture[16:24]) == tuple(VIEW["viewport"].values())
