"""Output for people: what stands out in an answer."""

import re
from io import StringIO
from pathlib import Path

from rich.console import Console

from index.local.archive import LocalArchive
from qa.ask import Asker
from qa.cli.terminal import show_answer
from tests.fakes import HashEmbedder, PhraseReader, build_archive, identifier

_BOLD = re.compile(r"\x1b\[(?:[\d;]*;)?1(?:;[\d;]*)?m([^\x1b]*)")
_ARTICLE = "---\ntitle: Été\n---\nL’été 🏊 commence mal. La piscine municipale ferme en juin. Les travaux durent.\n"


_SAME = ("La piscine ferme en juin.", "C’est en juin que ferme la grande piscine de la ville.")


def _printed(data: Path, reader: PhraseReader | None) -> str:
    """Return what is printed for a question."""
    printed = StringIO()
    console = Console(file=printed, force_terminal=True, color_system="standard", width=300, highlight=False)
    with LocalArchive(data) as archive:
        show_answer(
            console, Asker(archive, HashEmbedder(), identifier(), reader=reader).ask("quand ferme la piscine ?")
        )
    return printed.getvalue()


def _bold(data: Path, reader: PhraseReader | None) -> list[str]:
    return _BOLD.findall(_printed(data, reader))


def test_the_answering_words_are_bold_in_the_answer_and_in_its_source(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": _ARTICLE})
    assert _bold(data, PhraseReader("en juin")).count("en juin") == 2
    assert "en juin" not in _bold(data, None)
    assert "piscine" in _bold(data, None)  # a word of the question


def test_what_the_answering_words_contain_is_no_markup(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": "La piscine [red]ferme[/] en juin.\n"})
    assert _bold(data, PhraseReader("[/] en juin")).count("[/] en juin") == 2


def test_other_sources_of_a_quote_are_named(tmp_path: Path) -> None:
    articles = {f"{n}.md": f"---\ntitle: T{n}\nsource: Outlet {n}\n---\n{text}\n" for n, text in enumerate(_SAME)}
    printed = _printed(build_archive(tmp_path, articles), PhraseReader("en juin"))
    named = re.findall(r"same answer: T\d · Outlet \d", re.sub(r"\x1b\[[\d;]*m", "", printed))
    assert len(named) == 1
