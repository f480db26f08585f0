"""While generations are swapped, every answer comes from one state of the archive."""

import asyncio
import re
import threading
from functools import partial
from pathlib import Path

import pytest

from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.local.publisher import Publisher
from index.read.article import without_file
from qa.ask import Asker
from qa.service.admission import Worker
from qa.types import Answer
from tests.fakes import HashEmbedder, build_archive, identifier, writer_of
from tests.torture.rounds import rounds

_VILLAGES = 12
_INTERVAL = 1 / 50  # seconds between two questions
_PAUSE = 0.1  # seconds between two versions of all articles


def _write(data: Path, stop: threading.Event) -> None:
    """Rewrite all articles repeatedly, each time in one transaction."""
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        version = 1
        while not stop.wait(_PAUSE):
            text = "En version {0} le village {1} 🎉 vote le budget. Le maire du village {1} est content, version {0}."
            villages = [
                (f"v{village}", without_file({"text": text.format(version, village)})) for village in range(_VILLAGES)
            ]
            ingest.put(villages)
            version += 1


async def _ask(asker: Asker, swaps: int) -> list[Answer]:
    """Ask at a constant rate until there have been `swaps` swaps."""
    worker = Worker(10_000, 600)  # a large queue, because refusals are not tested here
    asking: list[asyncio.Task[Answer]] = []
    began = asyncio.get_running_loop().time()
    seen: set[int] = set()
    while len(seen) <= swaps:
        question = partial(asker.ask, f"le village {len(asking) % _VILLAGES} vote le budget", 6)
        asking.append(asyncio.create_task(worker.run(question)))
        await asyncio.sleep(max(0.0, began + len(asking) * _INTERVAL - asyncio.get_running_loop().time()))
        seen.add(asker.archive.revision)
    answers = await asyncio.gather(*asking)
    worker.close()
    return answers


@pytest.mark.timeout(36_000)
def test_while_generations_are_swapped_no_answer_fails_or_mixes_them_and_every_citation_is_exact(
    tmp_path: Path,
) -> None:
    swaps = rounds(3, 300)
    data = build_archive(tmp_path, {"pont.md": "Le pont rouvre lundi."})
    stop = threading.Event()
    with LocalArchive(data) as archive, Publisher(archive, quiet=0):
        writer = threading.Thread(target=_write, args=(data, stop))
        writer.start()
        try:
            answers = asyncio.run(_ask(Asker(archive, HashEmbedder(), identifier()), swaps))
        finally:
            stop.set()
            writer.join()
    assert len({answer.generation for answer in answers}) >= swaps
    mixed = 0
    for answer in answers:
        texts = [hit.text for hit in answer.hits] + [citation.text for citation in answer.citations]
        mixed += len({version for text in texts for version in re.findall(r"version (\d+)", text)}) > 1
        for citation in answer.citations:
            start, end = citation.span
            assert citation.article.text[start:end] == citation.text
            assert citation.article.text.startswith("En version") or citation.article.text == "Le pont rouvre lundi."
            first, last = citation.in_answer
            assert answer.text[first:last].startswith(citation.text)
    assert mixed == 0
    assert sum(bool(answer.citations) for answer in answers) > len(answers) / 2
