"""Measure how versions, copies and disagreement of stories are shown: `make stories SHARED=../shared`.

`eval/cases/stories.jsonl` has sets of short articles, which are indexed together, and questions on them. A set of the
kind `wire` has versions of one story with copies, `results` and `template` have reports of one wording with other
facts, `dispute` has sources that give different answers, and `agreement` has sources that do not.

Disagreement is also measured on the pairs of sentences of `SHARED/eval/daccord` (DACCORD, Skandalis et al. 2023): one
sentence is taken for the question and for a quote, and the other one for a quote of another article.
"""

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.judge import normalize
from index.types import Article
from qa.archive import open_asker, update
from qa.ask import Asker
from qa.disagreement import compared
from qa.kind import Kind
from qa.settings import Settings
from qa.types import Answer, Citation

Checks = Mapping[str, bool]
"""Expectations on an answer by name, and whether it meets them."""

_COMPARED: tuple[Kind, ...] = ("yes/no", "how many", "when")  # kinds of questions whose answers are compared

CASES = Path(__file__).parent / "cases" / "stories.jsonl"


@dataclass(frozen=True, slots=True)
class Story:
    """A set of articles, as the fields of JSON objects, with questions on them."""

    name: str
    kind: str
    articles: Sequence[Mapping[str, Any]]
    questions: Sequence["StoryQuestion"]


@dataclass(frozen=True, slots=True)
class StoryQuestion:
    """A question with what its answer is to show."""

    text: str
    first: tuple[str, ...]  # words, any of which the first quote has
    copies: tuple[str, ...]  # outlets of copies of the first quote's passage
    versions: int  # of the first quote's story among the passages
    status: str

    def first_is_right(self, answer: Answer) -> bool:
        """Return whether the first quote has the words."""
        return bool(answer.citations) and any(map(_in(answer.citations[0].text), self.first))

    def finds(self, answer: Answer) -> bool:
        """Return whether a quote has the words."""
        return any(map(_in("\n".join(citation.text for citation in answer.citations)), self.first))

    def names_copies(self, answer: Answer) -> bool:
        """Return whether all copies are listed with their outlets."""
        hits = [hit for hit in answer.hits if answer.citations and hit.has(answer.citations[0])]
        outlets = {article.source for hit in hits for article in (hit.article, *hit.copies)}
        return set(self.copies) <= outlets

    def groups_versions(self, answer: Answer) -> bool:
        """Return whether the passages have all versions of the first quote's story, with what they changed."""
        hit = next((hit for hit in answer.hits if answer.citations and hit.has(answer.citations[0])), None)
        versions = [each for each in answer.hits if hit and hit.story and each.story == hit.story]
        return len(versions) == self.versions and sum(bool(each.changed) for each in versions) == self.versions - 1


def load_stories(file: Path = CASES) -> list[Story]:
    """Return the sets of a file."""
    return [_story(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def _story(fields: Mapping[str, Any]) -> Story:
    questions = [
        StoryQuestion(
            text=each["question"],
            first=tuple(each.get("first", ())),
            copies=tuple(each.get("copies", ())),
            versions=each.get("versions", 0),
            status=each["status"],
        )
        for each in fields["questions"]
    ]
    return Story(fields["set"], fields["kind"], fields["articles"], questions)


@contextmanager
def archive_of(stories: Sequence[Story], settings: Settings) -> Iterator[Asker]:
    """Index the articles of all sets together in a temporary archive, and open it."""
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "stories.jsonl")
        lines = [
            json.dumps({**article, "date": article["published"]}) for story in stories for article in story.articles
        ]
        articles.write_text("\n".join(lines), encoding="utf-8")
        settings = replace(settings, data=Path(folder, "data"))
        update([articles], settings, prune=False, progress=_no_progress)
        with open_asker(settings, _no_progress) as asker:
            yield asker


def main() -> None:
    """Print the shares of right answers by kind, then the questions that are not answered as expected."""
    stories = load_stories()
    rows: dict[str, list[tuple[str, bool]]] = {}
    failures = []
    with archive_of(stories, Settings.from_environment(os.environ)) as asker:
        for story in stories:
            for question in story.questions:
                results = checks(question, asker.ask(question.text))
                rows.setdefault(story.kind, []).extend(results.items())
                failed = [name for name, is_right in results.items() if not is_right]
                failures += [f"{story.name}: {question.text}: {', '.join(failed)}"] if failed else []
    for kind, row in rows.items():
        for name in dict.fromkeys(name for name, _ in row):
            found = [is_right for each, is_right in row if each == name]
            sys.stdout.write(f"{kind:10} {name:14} {sum(found):3} of {len(found)}\n")
    sys.stdout.write("\n" + "\n".join(failures) + "\n")
    if len(sys.argv) > 1:
        _show_pairs(Path(sys.argv[1], "eval", "daccord", "pairs.jsonl"))


def _show_pairs(file: Path) -> None:
    """Print precision, recall and the share of false alarms on pairs of sentences."""
    found: Counter[tuple[bool, bool]] = Counter()
    for line in file.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        quotes = [_quote(number, pair[name]) for number, name in enumerate(("hypothesis", "premise"), start=1)]
        differ = any(each.side for kind in _COMPARED for each in compared(pair["hypothesis"], kind, quotes, {}))
        found[pair["label"] == 1, differ] += 1
    right, wrong = found[True, True], found[False, True]
    sys.stdout.write(
        f"\ndaccord: precision {right / (right + wrong):.2f}, recall {right / (right + found[True, False]):.2f}, "
        f"false alarms {wrong / (wrong + found[False, False]):.3f}\n"
    )


def _quote(number: int, text: str) -> Citation:
    span = (0, len(text))
    return Citation(number, Article(id=str(number), title="", text=text, language="fr"), span, span, "fr", span)


def checks(question: StoryQuestion, answer: Answer) -> Checks:
    """Return which of the expectations on a question its answer meets."""
    results = {"status": answer.status == question.status}
    if question.first:
        results |= {"first quote": question.first_is_right(answer), "any quote": question.finds(answer)}
    if question.copies:
        results["copies"] = question.names_copies(answer)
    if question.versions:
        results["versions"] = question.groups_versions(answer)
    return results


def _in(text: str) -> Callable[[str], bool]:
    return lambda words: normalize(words) in normalize(text)


def _no_progress(_description: str, _done: int, _total: int) -> None:
    pass


if __name__ == "__main__":
    main()
