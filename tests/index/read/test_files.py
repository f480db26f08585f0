"""Reading of article files."""

import json
import os
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from index.errors import ArticleError
from index.limits import MAX_LENGTHS
from index.read.article import Problem, RawArticle
from index.read.files import find, read
from index.read.formats import FORMATS, LINKS, SUFFIXES
from tests.fakes import SHARED, write_files

ACCENTED = "Le pont rouvre à l’été."


def items(folder: Path, content: str | bytes, name: str = "a.md") -> list[RawArticle | Problem]:
    """Read one file of `content`."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(file, name))


def article(folder: Path, content: str | bytes, name: str = "a.md") -> RawArticle:
    """Read a file that holds one article."""
    (item,) = items(folder, content, name)
    assert isinstance(item, RawArticle), item
    return item


def problem(folder: Path, content: str | bytes, name: str = "a.md") -> str:
    """Read a file that holds one problem; return the message with the folder left out."""
    (item,) = items(folder, content, name)
    assert isinstance(item, Problem), item
    assert item.file == folder / name
    assert item.message.startswith(f"{folder}/")
    assert "\n" not in item.message
    return item.message.removeprefix(f"{folder}/")


# --- Markdown with front matter


def test_front_matter_becomes_fields(tmp_path: Path) -> None:
    content = (
        "---\ntitle: 'Le pont : enfin'\ndate: 2026-01-02\nlanguage: fr\nsource: Le Phare\nauthor: Zoé Le Goff\n"
        "url: https://exemple.test/pont\ntags: [ville, pont]\n---\n\nLe pont rouvre.\n"
    )
    assert article(tmp_path, content) == RawArticle(
        file=tmp_path / "a.md",
        name="a.md",
        text="Le pont rouvre.",
        title="Le pont : enfin",
        published=date(2026, 1, 2),
        language="fr",
        source="Le Phare",
        author="Zoé Le Goff",
        url="https://exemple.test/pont",
    )


@pytest.mark.parametrize(
    "content",
    [
        "---\ntitle: Pont\n---\nTexte",
        "---\r\ntitle: Pont\r\n---\r\nTexte\r\n",
        "--- \ntitle: Pont\n---\t\nTexte",
        "\ufeff---\ntitle: Pont\n---\nTexte",
        "---\ntitle: Pont\n---\n\n---\n\nTexte",
        "---\n# une remarque\ntitle: Pont\n---\nTexte",
    ],
)
def test_front_matter_may_be_written_in_many_ways(tmp_path: Path, content: str) -> None:
    read_as = article(tmp_path, content)
    assert (read_as.title, read_as.text) == ("Pont", "Texte")


@pytest.mark.parametrize(
    "content",
    ["---\n\n---\nTexte", "---\n---\nTexte"],
)
def test_front_matter_may_be_empty(tmp_path: Path, content: str) -> None:
    assert article(tmp_path, content).text == "Texte"


def test_several_authors_are_listed(tmp_path: Path) -> None:
    assert article(tmp_path, "---\nauthor: [Zoé, Ali]\n---\nTexte").author == "Zoé, Ali"


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("FR", "fr"),
        ("fr-CA", "fr"),
        ("pt_BR", "pt"),
        ("no", "no"),
        ("français", "fr"),
        ("French", "fr"),
        ("fra", "fr"),
        ("und", None),
        ("en_US.UTF-8", "en"),
    ],
)
def test_a_language_is_a_code_or_a_name(tmp_path: Path, written: str, language: str | None) -> None:
    assert article(tmp_path, f"---\nlanguage: {written}\n---\nTexte").language == language


@pytest.mark.parametrize("written", ["2026-01-02", "2026-01-02T23:30:00+02:00", "2026-01-02 08:15", '"2026-01-02"'])
def test_a_date_is_a_day(tmp_path: Path, written: str) -> None:
    assert article(tmp_path, f"---\ndate: {written}\n---\nTexte").published == date(2026, 1, 2)


@pytest.mark.parametrize("empty", ["", "''", '"  "', "\u200b"])
def test_an_empty_field_is_no_field(tmp_path: Path, empty: str) -> None:
    read_as = article(tmp_path, f"---\ntitle: {empty}\ndate: {empty}\nauthor: {empty}\n---\nTexte")
    assert (read_as.title, read_as.published, read_as.author) == (None, None, None)


def test_a_field_is_one_clean_line(tmp_path: Path) -> None:
    assert article(tmp_path, "---\ntitle: |\n  Le\u200b  pont\n  de\u0301moli\n---\nTexte").title == "Le pont démoli"


# --- titles


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("---\ntitle: Un\n---\n# Deux\n\nTexte", "Un"),
        ("---\ndate: 2026-01-02\n---\n# Deux\n\nTexte", "Deux"),
        ("# Deux *fois*\n\nTexte", "Deux fois"),
        ("Texte\n\n### Trois\n\nTexte", "Trois"),
        ("Texte seul", None),
    ],
)
def test_a_title_is_the_one_given_or_the_first_heading(tmp_path: Path, content: str, title: str | None) -> None:
    assert article(tmp_path, content).title == title


def test_a_heading_stays_in_the_text(tmp_path: Path) -> None:
    assert article(tmp_path, "# Le pont\n\nIl rouvre.").text == "Le pont\n\nIl rouvre."


# --- plain text, with and without a date


@pytest.mark.parametrize(
    "content", [f" date 2026-02-03 {ACCENTED}", f"date 2026-02-03\n\n{ACCENTED}", f"\ufeffdate 2026-02-03\t{ACCENTED}"]
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_a_date_before_the_text_is_its_date(tmp_path: Path, content: str, name: str) -> None:
    read_as = article(tmp_path, content, name)
    assert (read_as.published, read_as.text) == (date(2026, 2, 3), ACCENTED)


@pytest.mark.parametrize("content", ["Le date 2026-02-03 est connue.", "date 2026-02-03bis, un pont.", "date 2026"])
def test_a_date_elsewhere_is_text(tmp_path: Path, content: str) -> None:
    read_as = article(tmp_path, content, "a.txt")
    assert (read_as.published, read_as.text) == (None, content)


def test_a_text_file_keeps_its_lines(tmp_path: Path) -> None:
    assert article(tmp_path, "Un.\nDeux.\n\nTrois.", "a.txt").text == "Un.\nDeux.\n\nTrois."


def test_a_markdown_file_joins_its_lines(tmp_path: Path) -> None:
    assert article(tmp_path, "Un.\nDeux.\n\nTrois.", "a.md").text == "Un. Deux.\n\nTrois."


@pytest.mark.parametrize(
    "body", ["港口星期一重新开放。", "يعاد فتح الجسر يوم الاثنين.", "The bridge reopens 🎉.", "Sanslespaces", "7"]
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.markdown", "a.TXT"])
def test_text_of_any_language_is_read(tmp_path: Path, body: str, name: str) -> None:
    assert article(tmp_path, body, name).text == body


# --- JSON Lines


def test_a_json_line_is_an_article(tmp_path: Path) -> None:
    fields = {
        "text": ACCENTED,
        "title": "Pont",
        "date": "2026-02-03",
        "language": "fr",
        "source": "Le Phare",
        "author": ["Zoé", "Ali"],
        "url": "https://exemple.test/1",
        "tags": {"n": 1},
    }
    assert article(tmp_path, json.dumps(fields), "a.jsonl") == RawArticle(
        file=tmp_path / "a.jsonl",
        name="a.jsonl:1",
        text=ACCENTED,
        title="Pont",
        published=date(2026, 2, 3),
        language="fr",
        source="Le Phare",
        author="Zoé, Ali",
        url="https://exemple.test/1",
    )


def test_a_json_line_is_named_by_its_number(tmp_path: Path) -> None:
    content = '{"text": "un"}\n\n  \n{"text": "deux", "title": null}\r\n'
    assert [item.name for item in items(tmp_path, content, "a.jsonl") if isinstance(item, RawArticle)] == [
        "a.jsonl:1",
        "a.jsonl:4",
    ]


def test_a_bad_json_line_does_not_stop_the_others(tmp_path: Path) -> None:
    content = '{"text": "un"}\n{"text": \n{"text": "trois"}'
    assert [type(item) for item in items(tmp_path, content, "a.jsonl")] == [RawArticle, Problem, RawArticle]


def test_a_text_with_a_null_character_is_refused_and_another_field_left_out(tmp_path: Path) -> None:
    lines = [r'{"text": "a \u0000 b"}', r'{"text": "Le pont ouvre.", "title": "a\u0000"}']
    refused, read_as = items(tmp_path, "\n".join(lines), "a.jsonl")
    assert isinstance(refused, Problem)
    assert refused.message.endswith("a.jsonl:1: 'text' has U+0000 at position 2: remove it")
    assert isinstance(read_as, RawArticle)
    assert (read_as.text, read_as.title, len(read_as.warnings)) == ("Le pont ouvre.", None, 1)


def test_half_a_surrogate_pair_in_json_is_replaced_with_a_warning(tmp_path: Path) -> None:
    raw = article(tmp_path, r'{"text": "a \ud83d b", "title": "\ude00"}', "a.jsonl")
    assert (raw.text, raw.title, len(raw.warnings)) == ("a \ufffd b", None, 2)


def test_fields_beyond_their_limit_are_cut_or_left_out_with_a_warning(tmp_path: Path) -> None:
    fields = dict.fromkeys(("title", "source", "author", "language"), "x" * 100000)
    content = json.dumps(fields | {"text": "Le pont ouvre. " * 150_000, "url": f"https://a.example/{'x' * 9000}"})
    raw = article(tmp_path, content, "a.jsonl")
    assert [len(value or "") for value in (raw.title, raw.source, raw.author, raw.url)] == [500, 200, 500, 0]
    assert (raw.language, len(raw.text) <= MAX_LENGTHS["text"], len(raw.warnings)) == (None, True, 6)
    assert all(len(warning) < 300 for warning in raw.warnings)


def test_a_heading_of_a_megabyte_is_cut_to_a_title(tmp_path: Path) -> None:
    raw = article(tmp_path, f"# {'Pont ' * 200_000}\n\nLe pont ouvre.", "a.md")
    assert len(raw.title or "") <= MAX_LENGTHS["title"]
    assert "'title' has 999999 characters, more than 500: cut" in raw.warnings[0]


def test_a_whole_surrogate_pair_in_json_is_its_character(tmp_path: Path) -> None:
    assert article(tmp_path, r'{"text": "bravo \ud83d\ude00"}', "a.jsonl").text == "bravo 😀"


def test_a_line_separator_does_not_end_a_json_line(tmp_path: Path) -> None:
    assert article(tmp_path, '{"text": "un\u2028deux\u0085trois"}', "a.jsonl").text == "un\ndeux\ntrois"


# --- what cannot be read


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"abc\0def", "a.md: a binary file, not text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a.md: a binary file, not text"),
        (b"\xff\xfe\x00", "a.md: damaged: begins as UTF-16 but is not: save it again"),
        ("", "a.md: no text"),
        (" \n\u200b\n", "a.md: no text"),
        ("---\ntitle: Pont\n---\n", "a.md: no text"),
        ("![photo](photo.jpg)", "a.md: no text"),
        ("… !? 🎉", "a.md: no text"),
        ("date 2026-02-03", "a.md: no text"),
    ],
)
def test_a_bad_file_is_a_problem_that_names_the_place(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert problem(tmp_path, content).startswith(message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("pas du JSON", "a.jsonl:2: not JSON: Expecting value"),
        ('{"text": "un"', "a.jsonl:2: not JSON: "),
        ("[" * 100_000, "a.jsonl:2: not JSON: "),
        (
            '{"text": "un", "n": ' + "9" * 5000 + "}",
            "a.jsonl:2: ",
        ),
        ("[1]", "a.jsonl:2: not a JSON object but list"),
        ("3", "a.jsonl:2: not a JSON object but int"),
        ("{}", "a.jsonl:2: no text: name the field 'text', 'content' or 'body'"),
        ('{"text": null}', "a.jsonl:2: no text: name the field 'text', 'content' or 'body'"),
        ('{"text": 5}', "a.jsonl:2: 'text' is not a string"),
        ('{"text": ""}', "a.jsonl:2: no text"),
    ],
)
def test_a_bad_json_line_is_a_problem_that_names_it(tmp_path: Path, line: str, message: str) -> None:
    first, second = items(tmp_path, f'{{"text": "un"}}\n{line}', "a.jsonl")
    assert isinstance(first, RawArticle)
    assert isinstance(second, Problem)
    assert second.message.startswith(f"{tmp_path}/{message}")


@pytest.mark.parametrize("content", ["", "\n \n", "[]", " [ ]\n"])
def test_a_json_file_without_articles_is_a_problem(tmp_path: Path, content: str) -> None:
    assert (
        problem(tmp_path, content, "a.jsonl") == "a.jsonl: no articles: write a list of JSON objects, or one per line"
    )


def test_a_file_that_has_gone_is_a_problem(tmp_path: Path) -> None:
    (item,) = read(tmp_path / "a.md", "a.md")
    assert isinstance(item, Problem)
    assert item.message == f"{tmp_path}/a.md: cannot be read: No such file or directory"


# --- which files


def test_a_folder_gives_its_article_files_in_order(tmp_path: Path) -> None:
    names = ["b.md", "a/z.txt", "a/b/c.jsonl", "été.MARKDOWN", "with space.md"]
    root = write_files(tmp_path / "presse", dict.fromkeys([*names, "image.png", "README", "notes.odp"], "x"))
    found = find([root])
    assert [name for _, name in found] == sorted((f"presse/{name}" for name in names), key=lambda name: root / name)
    assert all(file == root.parent / name for file, name in found)


def test_files_of_other_formats_are_counted_by_suffix(tmp_path: Path) -> None:
    root = write_files(tmp_path / "presse", dict.fromkeys(["a.md", "b.PNG", "c.png", "LISEZMOI", "d/e.odp"], "x"))
    skipped: Counter[str] = Counter()
    find([root, root / "d"], allow_missing=True, skipped=skipped)
    assert skipped == {".png": 2, "LISEZMOI": 1, ".odp": 1}


def test_the_folder_of_the_archive_is_not_searched(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.md": "x", "data/b.json": "x"})
    assert [file.name for file, _ in find([tmp_path], excluded=tmp_path / "data")] == ["a.md"]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    root = write_files(tmp_path / "presse", {".a.md": "x", ".git/b.md": "x", "c/.d/e.md": "x", "f.md": "x"})
    assert [name for _, name in find([root])] == ["presse/f.md"]


def test_a_folder_below_a_hidden_one_is_read(tmp_path: Path) -> None:
    root = write_files(tmp_path / ".hidden" / "presse", {"a.md": "x"})
    assert [name for _, name in find([root])] == ["presse/a.md"]


def test_a_file_is_named_with_its_folder(tmp_path: Path) -> None:
    root = write_files(tmp_path / "presse", {"a.md": "x"})
    assert find([root / "a.md"]) == [(root / "a.md", "presse/a.md")] == find([root])


def test_the_table_decides_which_files_are_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, ".rst", FORMATS[".txt"])
    assert article(tmp_path, "* 1986. A year", "a.rst").text == "* 1986. A year"


def test_a_file_named_twice_is_found_once(tmp_path: Path) -> None:
    root = write_files(tmp_path / "presse", {"a.md": "x", "b.md": "x"})
    assert find([root, root / "a.md", root]) == find([root])


def test_a_file_keeps_its_name_when_the_archive_moves(tmp_path: Path) -> None:
    here = write_files(tmp_path / "un" / "presse", {"a/b.md": "x"})
    there = write_files(tmp_path / "deux" / "presse", {"a/b.md": "x"})
    assert [name for _, name in find([here])] == [name for _, name in find([there])]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("absent", "absent: no such file or folder"),
        ("absent.md", "absent.md: no such file or folder"),
        ("b.odp", f"b.odp: not an article: files must end in {', '.join(SUFFIXES)}"),
        ("empty", f"empty: no articles in this folder: files must end in {', '.join(SUFFIXES)}"),
    ],
)
def test_a_path_without_articles_is_refused(tmp_path: Path, path: str, message: str) -> None:
    write_files(tmp_path, {"b.odp": "x", "empty/c.odp": "x"})
    with pytest.raises(ArticleError) as caught:
        find([tmp_path / path])
    assert str(caught.value) == f"{tmp_path}/{message}"


def test_no_paths_give_no_files() -> None:
    assert find([]) == []


# --- ids


def test_an_article_is_identified_by_its_url(tmp_path: Path) -> None:
    first = article(tmp_path, "---\nurl: https://exemple.test/1\n---\nUn", "a.md")
    second = article(tmp_path, "---\nurl: https://exemple.test/1\n---\nDeux", "b.md")
    assert first.id == second.id


def test_an_article_without_url_is_identified_by_its_name(tmp_path: Path) -> None:
    assert article(tmp_path, "Un", "a.md").id == article(tmp_path, "Deux", "a.md").id
    assert article(tmp_path, "Un", "a.md").id != article(tmp_path, "Un", "b.md").id


# --- the real articles

SEEDS = sorted((SHARED / "seeds").glob("*.txt"))
_needs_seeds = pytest.mark.skipif(not SEEDS, reason="the real articles are not next to this repository")
_URL = r"\(https?://[^\s)]*\)"
_PICTURE = r"!\[[^\]]*\]\([^)]*\)|\[(?:https?://t\.co/\w+|pic\.twitter\.com/\w+)\]"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _body(content: str) -> str:
    """Return what a reader would call the text, with markup taken out by other means than the code under test."""
    content = re.sub(r"\A---\n.*?\n---\n|\A date \S+ ", "", content, flags=re.DOTALL)
    return re.sub(rf"{_PICTURE}|{_URL}", " ", content)


@_needs_seeds
@pytest.mark.parametrize("file", SEEDS, ids=lambda file: file.name[:3])
def test_every_word_of_a_real_article_is_read_in_order(file: Path) -> None:
    (item,) = read(file, file.name)
    assert isinstance(item, RawArticle)
    assert _words(item.text) == _words(_body(file.read_text(encoding="utf-8")))


@_needs_seeds
@pytest.mark.parametrize("file", SEEDS, ids=lambda file: file.name[:3])
def test_no_markup_of_a_real_article_is_left(file: Path) -> None:
    (item,) = read(file, file.name)
    assert isinstance(item, RawArticle)
    assert not re.search(r"https?://|\]\(|!\[|^#|\*|^---|^ *date \d|tags:|t\.co/|pic\.twitter", item.text, re.MULTILINE)


@_needs_seeds
def test_the_real_articles_have_their_dates_and_titles() -> None:
    read_as = [item for file in SEEDS for item in read(file, file.name) if isinstance(item, RawArticle)]
    assert [str(item.published) for item in read_as] == [
        "2026-02-12",
        "2026-02-12",
        "2026-02-20",
        "2026-02-27",
        "2026-03-09",
    ]
    assert [item.title is not None for item in read_as] == [False, False, True, False, False]
    assert [item.author is not None for item in read_as] == [False, False, True, False, False]


def test_a_file_name_that_is_not_utf_8_is_a_problem(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.md")
    (tmp_path / name).write_text("Le café rouvre.", encoding="utf-8")
    ((file, known),) = find([tmp_path])
    (item,) = read(file, known)
    assert isinstance(item, Problem)
    assert "not UTF-8: rename it" in item.message
    assert item.message.encode()


def test_links_out_of_a_folder_are_not_followed_and_counted(tmp_path: Path) -> None:
    secret = write_files(tmp_path / "secret", {"passwd.txt": "root:x:0:0"}) / "passwd.txt"
    root = write_files(tmp_path / "news", {"a.md": "Le pont ouvre.", "world/b.md": "La gare ferme."})
    (root / "out.txt").symlink_to(secret)
    (root / "world" / "up.txt").symlink_to("../../secret/passwd.txt")
    (root / "in.md").symlink_to("world/b.md")
    skipped: Counter[str] = Counter()
    assert [name for _, name in find([root], skipped=skipped)] == ["news/a.md", "news/in.md", "news/world/b.md"]
    assert skipped == {LINKS: 2}
    assert [name for _, name in find([root / "out.txt"])] == ["secret/passwd.txt"]
