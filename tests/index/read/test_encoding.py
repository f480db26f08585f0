"""Decoding of texts."""

import time
from pathlib import Path

import pytest

from index.read.encoding import decode, decode_page, repair
from tests.index.read.reading import article, articles

_TEXT = "L’été à Vernes coûte 12 € : « rien », dit Zoë. Les élèves protègent la forêt."
_LATIN = "L'été à Vernes coûte cher : «rien», dit Zoë. Les élèves protègent la forêt."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_a_marked_encoding_is_read_without_a_word(tmp_path: Path, encoding: str, name: str) -> None:
    read_as = article(tmp_path, _TEXT.encode(encoding), name)
    assert (read_as.text, read_as.warnings) == (_TEXT, ())


@pytest.mark.parametrize(
    ("content", "text", "encoding"),
    [
        (_TEXT.encode("utf-16-le"), _TEXT, "utf-16-le"),
        (_TEXT.encode("utf-16-be"), _TEXT, "utf-16-be"),
        (_TEXT.encode("cp1252"), _TEXT, "cp1252"),
        (_LATIN.encode("latin-1"), _LATIN, "cp1252"),
        (_LATIN.encode("mac-roman"), _LATIN, "mac-roman"),
        ("Straße".encode("latin-1"), "Straße", "cp1252"),
        (_TEXT.encode() + "\nL’été".encode("cp1252"), _TEXT + "\nL’été", "UTF-8 with characters in windows-1252"),
    ],
)
def test_an_encoding_that_was_guessed_is_named(tmp_path: Path, content: bytes, text: str, encoding: str) -> None:
    read_as = article(tmp_path, content, "a.txt")
    assert read_as.text == text
    assert read_as.warnings == (f"{tmp_path}/a.txt: not UTF-8: read as {encoding} by guess",)


def test_another_script_is_read_too(tmp_path: Path) -> None:
    text = "Мост через реку снова открыт после двух лет работ. Мэр города поблагодарил жителей за терпение."
    read_as = article(tmp_path, text.encode("cp1251"), "a.txt")
    assert read_as.text == text
    assert "by guess" in read_as.warnings[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
def test_lines_of_json_may_have_any_encoding(tmp_path: Path, encoding: str) -> None:
    lines = '{"text": "L’été à Vernes."}\n{"text": "Le cœur de la forêt."}\n'
    read_as = articles(tmp_path, lines.encode(encoding), "a.jsonl")
    assert [item.text for item in read_as] == ["L’été à Vernes.", "Le cœur de la forêt."]


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ("L\x92\xe9t\xe9 \x96 12 \x80", "L’été – 12 €"),
        ("Lâ€™Ã©tÃ© Ã\xa0 Vernes", "L’été à Vernes"),
        ("un\x85deux\x92s", "un…deux’s"),
        ("SÃO PAULO", "SÃO PAULO"),
        ("Â l’aide", "Â l’aide"),
        ("un\x85deux", "un\x85deux"),
    ],
)
def test_text_that_was_decoded_wrongly_is_repaired(broken: str, text: str) -> None:
    assert repair(broken) == text


def test_a_repair_is_named_once_for_a_file(tmp_path: Path) -> None:
    lines = '{"text": "Lâ€™Ã©tÃ©"}\n{"text": "L\\u00e2\\u20ac\\u2122hiver", "title": "L\\u0092hiver"}'
    read_as = articles(tmp_path, lines, "a.jsonl")
    assert [item.text for item in read_as] == ["L’été", "L’hiver"]
    assert read_as[1].title == "L’hiver"
    assert {item.warnings for item in read_as} == {(f"{tmp_path}/a.jsonl: wrongly encoded characters were repaired",)}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_ends_a_line(tmp_path: Path, end: str) -> None:
    content = end.join(["---", "title: La halle", "---", "Un.", "", "Deux."])
    read_as = article(tmp_path, content, "a.md")
    assert (read_as.title, read_as.text) == ("La halle", "Un.\n\nDeux.")


def test_character_references_are_decoded_in_every_field(tmp_path: Path) -> None:
    line = '{"title": "L&#8217;&eacute;t&eacute; &amp; nous", "text": "L&rsquo;&amp;eacute;", "author": "&Eacute;"}'
    read_as = article(tmp_path, line, "a.jsonl")
    assert (read_as.title, read_as.text, read_as.author) == ("L’été & nous", "L’é", "É")


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "raw-unicode-escape", "undefined", "rot13"])
def test_names_of_python_are_no_charsets(charset: str) -> None:
    content = rb"\u0041 " + b"a-9" * 100_000
    began = time.process_time()
    assert decode(Path("a.txt"), content, charset).text == content.decode()
    assert decode_page(content + b"\x1b", charset) == content.decode() + "\x1b"
    assert time.process_time() - began < 2
