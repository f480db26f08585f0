"""Output for people: what stands out in an answer."""

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from index.local.archive import LocalArchive
from index.types import Summary
from qa.ask import Asker
from qa.cli.terminal import show_answer, show_summary
from qa.texts import texts
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


_TOLL = {
    "a.md": "---\ndate: 2026-02-01\nsource: Le Phare\n---\nLe péage du pont Neuf coûte 3 euros par voiture.\n",
    "b.md": "---\ndate: 2026-02-02\nsource: L’Ancre\n---\nAu pont Neuf, le péage atteint 11 euros selon la préfète.\n",
}


def _shown(data: Path, question: str, **options: Any) -> str:
    printed = StringIO()
    with LocalArchive(data) as archive:
        answer = Asker(archive, HashEmbedder(), identifier(), **options).ask(question)
        show_answer(Console(file=printed, width=300, emoji=False, highlight=False), replace(answer, confidence=0.9))
    return printed.getvalue()


def test_the_sides_of_a_dispute_have_sources_and_dates_and_notes_come_before_the_confidence(tmp_path: Path) -> None:
    reader = PhraseReader("3 euros", "11 euros")
    shown = _shown(build_archive(tmp_path, _TOLL), "Combien coûte le péage du pont Neuf ?", reader=reader)
    lines = [line.rstrip() for line in shown.splitlines() if line.strip()]
    assert {line.partition(" — ")[2].partition(" · ")[0] for line in lines[:2]} == {
        "Le Phare, 2026-02-01",
        "L’Ancre, 2026-02-02",
    }
    assert {line.rpartition(" · ")[2] for line in lines[:2]} == {"Réponse 1", "Réponse 2"}
    assert lines[2:4] == [texts("fr").disputed, "confidence 90%"]


def test_the_nearest_passages_are_one_line_each_without_their_title(tmp_path: Path) -> None:
    text = "---\nsource: Le Phare\n---\n# Le péage\n\nIl coûte\n\n3 euros.\n"
    with LocalArchive(build_archive(tmp_path, {"a.md": text})) as archive:
        answer = Asker(archive, HashEmbedder(), identifier()).ask("Où est le péage ?")
        printed = StringIO()
        show_answer(Console(file=printed, width=300, emoji=False), replace(answer, citations=()))
    nearest = printed.getvalue().partition(texts("fr").nearest)[2].split("\n")
    assert [line.strip() for line in nearest if line.strip()] == ["Le péage · Le Phare", "Il coûte 3 euros."]


def test_a_summary_has_some_warnings_and_counts_what_was_passed_over() -> None:
    printed = StringIO()
    warnings = [f"a.jsonl:{line}: date 'hier' is not a date" for line in range(1, 31)]
    summary = Summary(added=3, superseded=1, articles=3, warnings=warnings, skipped={".odt": 2, "[b]": 1})
    show_summary(Console(file=printed, width=300), summary)
    lines = printed.getvalue().splitlines()
    assert lines[:2] == [f"warning: {warning}" for warning in warnings[:2]]
    assert lines[20:] == [
        "10 more warnings: --json has all",
        "passed over: 2 .odt, 1 [b]: formats that cannot be indexed",
        "3 new, 0 changed, 0 unchanged, 1 older versions: 3 articles in the archive",
    ]
