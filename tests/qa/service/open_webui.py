"""The rules by which Open WebUI (0.12.4, as `make openwebui` shows) renders annotations as chips in the text.

Its server makes a source of each annotation (backend/open_webui/utils/middleware.py). The page labels a marker `[n]`
with the n-th different title of the sources (src/lib/components/chat/Messages/ContentRenderer.svelte) and opens the nth
different URL (Citations.svelte). A marker is found before links are (src/lib/utils/marked/citation-extension.ts), so
also in the text of a link, but neither in code nor escaped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<code>(?P<fence>`+)(?!`).*?(?<!`)(?P=fence)(?!`))"
    r"|(?P<marker>(?:\[\d+(?:#[^,\]\s]+)?(?:,\s*\d+(?:#[^,\]\s]+)?)*\])+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Chip:
    """A marker as it is shown."""

    start: int  # of the marker in the text, in code points
    number: int
    label: str | None  # None if there is no such source
    url: str | None  # opened by a click


def chips(text: str, annotations: Sequence[dict[str, Any]]) -> list[Chip]:
    """Return the chips of a message in order."""
    citations = [annotation["url_citation"] for annotation in annotations]
    labels = list(dict.fromkeys(citation["title"] or citation["url"] for citation in citations))
    urls = list(dict.fromkeys(citation["url"] for citation in citations))
    return [
        Chip(match.start(), number, _nth(labels, number), _nth(urls, number))
        for match in _TOKEN.finditer(text)
        if match["marker"]
        for number in map(int, re.findall(r"(?<=[\[,])\s*(\d+)", match["marker"]))
    ]


def _nth(values: Sequence[str], number: int) -> str | None:
    return values[number - 1] if 0 < number <= len(values) else None
