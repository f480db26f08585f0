import json
import lzma
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from eval.dev_test import KEPT_ARTICLES
from eval.errors import EvaluationError
from eval.reader.sets import NEWS_FILE, SETS, kept_passages, letters, news, read, refuse
from tests.eval.reader.fakes import EXAMPLES
from tests.fakes import write_files


def write_sets(folder: Path, rows: dict[str, list[dict[str, object]]]) -> Path:
    """Write training sets, empty by default, and what is kept for measuring."""
    (folder / "train").mkdir(parents=True)
    for each in SETS:
        lines = [json.dumps(row) for row in rows.get(each.name, [])]
        (folder / "train" / f"{each.name}.jsonl.xz").write_bytes(lzma.compress("\n".join(lines).encode()))
    kept = json.dumps({"_id": "fr:p120", "text": "Kept for measuring."}) + "\n"
    write_files(folder, {"eval/xquad_mixed/corpus.jsonl": kept, "eval/piaf_dev/corpus.jsonl": ""})
    return folder


def _row(**fields: object) -> dict[str, object]:
    row = {"id": "1", "lang": "fr", "article": "piaf_dev:<i>Le</i>_pont", "question": " Quand ? ", "answerable": True}
    return {**row, "passage": "Il rouvre lundi.", "answers": [{"text": "lundi", "start": 10}], **fields}


def test_a_row_becomes_an_example(tmp_path: Path) -> None:
    (example,), judged, sets = read(write_sets(tmp_path, {"piaf_dev": [_row()]}))
    assert (example.source, example.article, example.title) == ("piaf_dev", "<i>Le</i>_pont", "Le pont")
    assert (example.question, example.texts, judged) == ("Quand ?", ("lundi",), [])
    assert {each.name for each in sets} == {each.name for each in SETS if each.clear}


def test_translations_in_omosqa_are_parallel(tmp_path: Path) -> None:
    rows = [_row(lang=language, article="omosqa:1", loose=True) for language in ("de", "fr", "de", "fr")]
    examples, *_ = read(write_sets(tmp_path, {"omosqa": rows}))
    assert [each.parallel for each in examples] == ["omosqa:1:1", "omosqa:1:1", "omosqa:1:2", "omosqa:1:2"]
    assert all(each.whole_sentences and not each.title for each in examples)


def test_judged_passages_have_titles(tmp_path: Path) -> None:
    row = {"id": "1", "lang": "ru", "question": "?", "passages": ["Title: one: two"], "relevant": False}
    _, (judged,), _ = read(write_sets(tmp_path, {"nomiracl": [row]}))
    assert judged.passages == (("Title", "one: two"),)


def test_news_have_a_near_miss_for_every_answer_and_mark_whole_words() -> None:
    examples = news()
    assert len({example.id for example in examples}) == len(examples)
    assert 0.5 < sum(not example.answers for example in examples) / len(examples) < 0.75
    assert all(text == text.strip() and text for example in examples for text in example.texts)
    assert all(example.question.strip(" |") == example.question for example in examples)
    assert len({example.language for example in examples}) >= 10


def test_each_kind_of_question_about_news_is_answered_and_missed() -> None:
    rows = [json.loads(line) for line in NEWS_FILE.read_text(encoding="utf-8").splitlines()]
    counts = Counter((each["kind"], bool(each["answers"])) for row in rows for each in row["questions"])
    assert all(counts[kind, True] and counts[kind, False] for kind, _ in counts)


def test_sets_whose_license_is_not_clear_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    shared = write_sets(tmp_path, {"thquad": [_row()]})
    assert read(shared)[0] == []
    assert len(read(shared, unclear=True)[0]) == 1


@pytest.mark.parametrize(
    "fields",
    [{"article": "selqa:Immune_system"}, {"article": "selqa:Immune system"}, {"passage": "Kept, for measuring"}],
)
def test_what_is_kept_for_measuring_is_refused(tmp_path: Path, fields: dict[str, object]) -> None:
    with pytest.raises(EvaluationError, match="kept for measuring: leave it out"):
        read(write_sets(tmp_path, {"selqa": [_row(answers=[], **fields)]}))


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"piaf_dev.jsonl.xz: no such file"):
        read(tmp_path)


@pytest.mark.parametrize("article", sorted(KEPT_ARTICLES))
def test_no_set_may_have_a_kept_article(article: str) -> None:
    with pytest.raises(EvaluationError):
        refuse([replace(EXAMPLES[0], article=article)], frozenset())


def test_letters_ignore_case_punctuation_and_white_space() -> None:
    assert letters("L’été_ 2019,\n été.") == letters("l'ÉTÉ 2019 été")


def test_the_training_sets_hold_nothing_that_is_kept(shared: Path) -> None:
    if not (shared / "train").is_dir():
        pytest.skip("../shared/train does not exist")
    examples, _, sets = read(shared, most=300)
    assert len(kept_passages(shared)) > 400
    counts = Counter(each.source for each in examples)
    assert {each.name for each in sets} - {"nomiracl"} == set(counts)
    assert all(
        each.passage[start:end] == text
        for each in examples
        for (start, end), text in zip(each.answers, each.texts, strict=True)
    )
