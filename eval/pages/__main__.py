"""Measure how newsqa reads web pages: `make pages`.

Pages of invented news are served on a port of this machine, fetched and read as `newsqa index` does, and compared with
the story that was put into them: recall and precision of the words of the text, without the title, and the fields.
Every template of a site and every form of an article shows three stories; the pages of `marked` have one each.
"""

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_network

from eval.pages.forms import FORMS
from eval.pages.forms import text_of as text_of_form
from eval.pages.marked import SETS
from eval.pages.marked import load as load_marked
from eval.pages.site import FAILURES, Reply, Site, reply
from eval.pages.story import Expected, load, text_of, words
from eval.pages.templates import TEMPLATES
from index.errors import FetchError
from index.read import html
from index.read.article import RawArticle
from index.web.addresses import Allowed
from index.web.article import Found
from index.web.collect import collect
from index.web.fetch import Fetcher, Options

FIELDS = ("title", "date", "author", "outlet", "url")
_MAX_BYTES = 10_000_000
_MAX_SECONDS = 30.0  # for a page; more is a hang


@dataclass(frozen=True, slots=True)
class Page:
    """A page that a site serves, and what is to be read from it."""

    layout: str
    path: str  # at which it is asked for
    html: str
    language: str
    expected: Expected


@dataclass(frozen=True, slots=True)
class Score:
    """How a page was read: shares of words from 0 to 1, and the fields that are right."""

    page: Page
    recall: float
    precision: float
    right: Mapping[str, bool]
    read: RawArticle | FetchError


def pages(site: str) -> list[Page]:
    """Return the pages of a site at an address."""
    stories = load()
    ordinary = [story for story in stories.values() if not story.form]
    drawn = [
        (name, ordinary[(5 * number + 4 * turn) % len(ordinary)], template, text_of)
        for number, (name, template) in enumerate(TEMPLATES.items())
        for turn in range(3)
    ]
    drawn += [
        (name, stories[each], form, partial(text_of_form, name))
        for name, (form, ids) in FORMS.items()
        for each in ids.split()
    ]
    found = []
    for layout, story, template, text in drawn:
        path = f"/{layout}/{story.id}.html"
        expected = Expected(text(story), story.title, story.published, story.author, story.outlet, site + path)
        found.append(Page(layout, path, template(story, site + path), story.language, expected))
    for name in SETS:
        found += [
            Page(name, f"/{name}/{each.name}.html", each.html, each.language, each.expected)
            for each in load_marked(name, site)
        ]
    return found


def serve(site: Site, served: Sequence[Page]) -> list[str]:
    """Give pages to a site, every fifth behind a redirect, and return the addresses at which they are asked for."""
    asked = []
    for number, page in enumerate(served):
        site.pages[page.path] = reply(number, page.html, page.language)
        path = page.path
        if number % 5 == 4:
            path = f"/go/{number}"
            site.pages[path] = Reply(status=301, headers={"Location": f"{page.path}?utm_source=feed"})
            site.pages[f"{page.path}?utm_source=feed"] = site.pages[page.path]
        asked.append(site.url + path)
    return asked


def read(site: Site, addresses: Iterable[str]) -> dict[str, RawArticle | FetchError]:
    """Fetch and read addresses of a site, and return what was found by address."""
    found: dict[str, RawArticle | FetchError] = {}
    allowed = Allowed((ip_network("127.0.0.0/8"),), (site.port,))
    options = Options(allowed, max_bytes=_MAX_BYTES, attempts=2, delay=0.0, backoff=0.1, read=2.0, whole=4.0)

    async def write(url: str, items: list[Found] | FetchError) -> None:
        found[url] = items if isinstance(items, FetchError) else _whole([item.raw for item in items])

    async def fetch() -> None:
        async with Fetcher(options) as fetcher:
            for url in addresses:
                await collect([url], fetcher, write, _MAX_BYTES)

    asyncio.run(fetch())
    return found


def _whole(articles: Sequence[RawArticle]) -> RawArticle:
    """Return what was found at an address as one article; the entries of a live blog have their own times."""
    first = articles[0]
    if len(articles) == 1:
        return first
    title, url = re.sub(r" \(\d\d:\d\d\)$", "", first.title or ""), (first.url or "").partition("#")[0]
    return replace(first, text="\n".join(each.text for each in articles), title=title, url=url)


def score(page: Page, item: RawArticle | FetchError) -> Score:
    """Compare what was read with what is expected."""
    expected = page.expected
    if isinstance(item, FetchError):
        return Score(page, 0.0, 0.0, dict.fromkeys(FIELDS, False), item)
    text = item.text.removeprefix(html.clean(expected.title))
    wanted, got = words(expected.text), words(text)
    common = (wanted & got).total()
    right = {
        "title": item.title == html.clean(expected.title),
        "date": (item.published.isoformat() if item.published else None) == expected.published,
        "author": item.author == expected.author,
        "outlet": item.source == expected.outlet,
        "url": item.url == expected.url,
    }
    return Score(page, common / wanted.total(), common / (got.total() or 1), right, item)


def failures(site: Site) -> Iterator[tuple[str, bool, float, str]]:
    """Yield each path that gives no article, whether the message names the reason, the seconds and the message."""
    for path, (_, reason) in FAILURES.items():
        start = time.monotonic()
        item = read(site, [site.url + path])[site.url + path]
        message = str(item) if isinstance(item, FetchError) else "an article was read"
        yield path, reason in message, time.monotonic() - start, message


def main() -> None:
    """Print the figures of each page, the means, and the failures."""
    parser = argparse.ArgumentParser(prog="python -m eval.pages", description="Measure how web pages are read.")
    parser.add_argument("--port", type=int, default=0, help="serve on this port; by default a free one")
    parser.add_argument("--show", metavar="WORD", help="print what was read from the pages whose path has WORD")
    parser.add_argument(
        "--require",
        type=float,
        default=0.0,
        help="exit with 1 below this recall or precision, with a wrong date, an unnamed failure or a hang",
    )
    parser.add_argument("--serve", action="store_true", help="only serve the pages, until Ctrl-C")
    options = parser.parse_args()
    with Site(options.port) as site:
        served = pages(site.url)
        asked = serve(site, served)
        if options.serve:
            print("\n".join(asked), flush=True)
            site.join()
            return
        found = read(site, asked)
        scores = [score(page, found[url]) for page, url in zip(served, asked, strict=True)]
        for each in scores:
            wrong = ", ".join(name for name in FIELDS if not each.right[name])
            print(f"{each.page.path:36} {each.recall:.3f} {each.precision:.3f} {f'wrong: {wrong}' if wrong else ''}")
            if options.show and options.show in each.page.path:
                _show(each)
        _summary("templates of sites", [each for each in scores if each.page.layout in TEMPLATES])
        _summary("forms of articles", [each for each in scores if each.page.layout in FORMS])
        for name in SETS:
            _summary(f"{name} set", [each for each in scores if each.page.layout == name])
        recall, precision = _summary("all", scores)
        named, hung = 0, 0
        for path, is_named, seconds, message in failures(site):
            named += is_named
            hung += seconds > _MAX_SECONDS
            print(f"{path:12} {'named' if is_named else 'NOT NAMED'} {seconds:.1f} s  {message}")
        print(f"failures named {named} of {len(FAILURES)}, hangs {hung}")
    is_met = min(recall, precision) >= options.require and named == len(FAILURES) and hung == 0
    dates = all(each.right["date"] for each in scores)
    sys.exit(0 if not options.require or (is_met and dates) else 1)


def _show(each: Score) -> None:
    if isinstance(each.read, FetchError):
        print(each.read)
        return
    wanted, got = words(each.page.expected.text), words(each.read.text)
    print("  missing:", *(wanted - got).elements())
    print("  added:", *(got - wanted).elements())
    print(f"  {each.read.title!r} {each.read.published} {each.read.author!r} {each.read.source!r} {each.read.url}")


def _summary(name: str, scores: Sequence[Score]) -> tuple[float, float]:
    """Print and return the mean recall and precision."""
    count = len(scores)
    recall = sum(each.recall for each in scores) / count
    precision = sum(each.precision for each in scores) / count
    right = ", ".join(f"{name} {sum(each.right[name] for each in scores)}" for name in FIELDS)
    print(f"{name}, {count} pages: recall {recall:.3f}, precision {precision:.3f}; right: {right}")
    return recall, precision


if __name__ == "__main__":
    main()
