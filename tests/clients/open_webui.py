"""Runs Open WebUI against the service, asks in its page and takes the pictures of docs/openwebui.md."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import Any
from urllib.parse import urlencode

import httpx2 as httpx
from playwright.sync_api import BrowserContext, Locator, Page, expect, sync_playwright

from qa.archive import open_asker
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from tests.clients import tool_caller
from tests.fakes import no_progress
from tests.qa.service.routes.screenshot import ARGUMENTS, CHROMIUM

_PACKAGES = ("open-webui==0.12.4", "torch==2.13.0")  # torch as in .ci/constraints.txt
_IMAGES = Path(__file__).parents[2] / "docs" / "images"
_MAX_BYTES = 150_000  # of a picture
_STARTUP_TIMEOUT = 300  # seconds; the first start creates a database
_TIMEOUT = 60_000  # ms, long because the machine may be busy
_SETTLING = 500  # ms before a picture, for what fades in
_QUESTIONS = {
    "why did Kalinowski leave?": ("openwebui-answer.png", "openwebui-source.png"),
    "Sharma was not the CEO of Anthropic, so who is?": ("openwebui-disputed.png",),
    "لماذا غادرت كالينوفسكي؟": (),
}
"""The questions over seeds/, with the pictures of the reply and of what its first chip opens."""

_TOOLS = {"server:mcp:newsqa": "newsqa_ask", "server:newsqa": "ask_ask_post"}
"""The tool servers by id, with the name of the tool that is called: MCP, OpenAPI."""


def main(folder: Path) -> None:
    """Ask Open WebUI, which is installed into `folder` unless it is there, over the archive of the settings.

    The archive must hold seeds/. An assertion fails if a chip shows another article than the one its quote is from.
    """
    command = _install(folder.resolve())
    settings = Settings.from_environment(os.environ)
    expect.set_options(timeout=_TIMEOUT)
    with (
        open_asker(settings, no_progress) as asker,
        serve_in_thread(asker, settings) as service,
        tool_caller.serve() as caller,
        _open_webui(command, service, caller) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        view: Any = {"viewport": {"width": 1000, "height": 800}, "locale": "en-GB", "color_scheme": "light"}
        context = browser.new_context(base_url=address, **view)
        context.set_default_timeout(_TIMEOUT)
        page = context.new_page()
        page.goto("/")
        page.get_by_role("button", name="Okay, Let's Go!").click()  # below the release notes
        for question, pictures in _QUESTIONS.items():
            _check_chips(context, page, service, question, pictures)
        for tools, name in _TOOLS.items():
            _check_tool(page, tools, name)
        _check_filters(page)
        browser.close()


def _install(folder: Path) -> Path:
    """Install Open WebUI into an environment of its own; return its command."""
    if sys.version_info >= (3, 13):
        sys.exit("Open WebUI needs Python 3.11 or 3.12: set PYTHON, for example make clean openwebui PYTHON=python3.12")
    command = folder / "bin" / "open-webui"
    if not command.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", *_PACKAGES], check=True)
    return command


@contextmanager
def _open_webui(command: Path, service: str, caller: str) -> Iterator[str]:
    """Run Open WebUI with an empty database, without accounts and without downloads; yield its address."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data, Path(data, "log.txt").open("wb") as log:
        environment = {"PATH": os.environ["PATH"], "HOME": data} | _environment(data, service, caller)
        process = subprocess.Popen(
            [command, "serve", "--host", "127.0.0.1", "--port", str(port)],
            cwd=data,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + _STARTUP_TIMEOUT
            while not _healthy(address):
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"Open WebUI does not start:\n{Path(log.name).read_text(errors='replace')[-3000:]}")
                time.sleep(0.5)
            yield address
        finally:
            process.terminate()
            process.wait()


def _environment(data: str, service: str, caller: str) -> dict[str, str]:
    """Return the settings of Open WebUI; docs/openwebui.md explains those that concern newsqa."""
    server = {"auth_type": "none", "key": "", "config": {"enable": True}, "info": {"id": "newsqa", "name": "newsqa"}}
    servers = [
        {"type": "mcp", "url": f"{service}/mcp", "path": ""} | server,
        {"type": "openapi", "url": service, "path": "openapi.json"} | server,
    ]
    off = ("WEBUI_AUTH", "ENABLE_OLLAMA_API", "ENABLE_VERSION_UPDATE_CHECK", "ANONYMIZED_TELEMETRY")
    tasks = [f"ENABLE_{task}_GENERATION" for task in ("TITLE", "TAGS", "FOLLOW_UP", "AUTOCOMPLETE")]
    return {
        "OPENAI_API_BASE_URLS": f"{service}/v1;{caller}/v1",
        "OPENAI_API_KEYS": "none;none",
        "TOOL_SERVER_CONNECTIONS": json.dumps(servers),
        "DEFAULT_MODELS": "newsqa",
        "OFFLINE_MODE": "True",
        "HF_HUB_OFFLINE": "1",
        "RAG_EMBEDDING_ENGINE": "openai",  # loads no model
        "DATA_DIR": data,
        "STATIC_DIR": f"{data}/static",
        "WEBUI_SECRET_KEY": "of one run, for no one but this machine",
        **dict.fromkeys((*off, *tasks), "False"),
    }


def _healthy(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


def _ask(page: Page, question: str, **parameters: str) -> Locator:
    """Ask in a new chat; return the reply."""
    page.goto(f"/?{urlencode(parameters)}")
    field = page.locator("#chat-input")
    expect(field).to_be_visible()
    expect(page.get_by_role("button", name=f"Selected model: {parameters.get('models', 'newsqa')}")).to_be_visible()
    field.click()
    page.keyboard.insert_text(question)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Regenerate")).to_be_visible()  # once the reply is complete
    return page.locator("[id^=response-content-container]").last


def _check_chips(context: BrowserContext, page: Page, service: str, question: str, pictures: Sequence[str]) -> None:
    """Assert that the chip of each quote names the article that it is from, and that its link opens this article.

    `pictures` are the files of the reply and of what the first chip opens.
    """
    statements = httpx.post(f"{service}/ask", json={"question": question}, timeout=60).json()["statements"]
    assert statements, question
    reply = _ask(page, question)
    _take(page, pictures[:1])
    for number, statement in enumerate(statements):
        paragraph = reply.locator("p").nth(number)
        chip = paragraph.get_by_role("button", name="View source: ")
        text = (paragraph.text_content() or "").strip()
        assert text.startswith(statement["quote"]), (text, statement)
        assert bool(re.search(r"\d$", text)) == bool(statement["side"]), (text, statement)
        assert chip.get_attribute("aria-label") == f"View source: {statement['title']}", statement
        chip.click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(statement["title"])
        if not number:
            _take(page, pictures[1:])
        _check_link(context, dialog.get_by_role("link").first.get_attribute("href") or "", statement)
        dialog.get_by_role("button", name="Close citation modal").click()
        expect(dialog).to_be_hidden()
    sys.stdout.write(f"{len(statements)} chips show the article of their quote: {question}\n")


def _check_link(context: BrowserContext, href: str, statement: dict[str, Any]) -> None:
    """Assert that a link opens the article of a statement, marked at its first quote."""
    assert f"article={statement['article_id']}&" in href, (href, statement)
    page = context.new_page()
    page.goto(href)
    expect(page.locator("#headline")).to_have_text(statement["title"])
    expect(page.locator("#article mark.at")).to_be_in_viewport()
    page.close()


def _check_tool(page: Page, tools: str, name: str) -> None:
    """Assert that the model of `tool_caller` gets an answer from the service by a tool server."""
    reply = _ask(page, "why did Kalinowski leave?", models=tool_caller.MODEL, tools=tools)
    expect(reply).to_contain_text(f"View Result from {name}")
    expect(reply).to_contain_text("Caitlin Kalinowski a démissionné parce")
    sys.stdout.write(f"the tool server {tools} answers by {name}\n")


def _check_filters(page: Page) -> None:
    """Assert that a model with the custom parameter `filters` answers from the articles that they admit."""
    model = {"id": "newsqa-en", "name": "newsqa-en", "base_model_id": "newsqa", "meta": {}}
    model |= {"params": {"custom_params": {"filters": json.dumps({"languages": ["en"]})}}}
    token = page.evaluate("localStorage.token")
    created = page.request.post("/api/v1/models/create", data=model, headers={"Authorization": f"Bearer {token}"})
    assert created.ok, created.text()
    reply = _ask(page, "why did Kalinowski leave?", models="newsqa-en")
    chips = reply.get_by_role("button", name="View source: ")
    labels = chips.evaluate_all("(chips) => chips.map((chip) => chip.ariaLabel)")
    assert labels
    assert set(labels) == {"View source: Kalinowski leaves OpenAI over a Pentagon deal she calls rushed"}, labels
    sys.stdout.write("the custom parameter filters restricts the answer\n")


def _take(page: Page, files: Sequence[str]) -> None:
    for file in files:
        page.wait_for_timeout(_SETTLING)
        content = page.screenshot(path=_IMAGES / file, animations="disabled")
        assert len(content) < _MAX_BYTES, f"{file} has {len(content)} bytes"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
