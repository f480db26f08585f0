"""Reading of emails, mailboxes and pages in MHTML."""

import time
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.read.article import Problem, RawArticle
from index.read.files import file_of, origin, read


def message(text: str | None = "Le phare tient bon.\n", rich: str | None = None, **headers: str) -> EmailMessage:
    """Return an email with a plain text and one in HTML."""
    made = EmailMessage()
    fields = {
        "Subject": "Le phare",
        "From": "Le Goéland <lettre@goeland.test>",
        "Date": "Tue, 03 Feb 2026 23:12:00 +0100",
    }
    if text is not None:
        made.set_content(text)
    if rich is not None and text is not None:
        made.add_alternative(rich, subtype="html")
    elif rich is not None:
        made.set_content(rich, subtype="html")
    for name, value in (fields | headers).items():
        made[name] = value
    return made


def items(folder: Path, content: bytes, name: str = "a.eml") -> list[RawArticle | Problem]:
    """Read one file of `content`."""
    file = folder / name
    file.write_bytes(content)
    return list(read(file, f"presse/{name}"))


def article(folder: Path, made: EmailMessage) -> RawArticle:
    """Read an email that is an article."""
    item, *others = items(folder, made.as_bytes())
    assert isinstance(item, RawArticle), item
    assert all(isinstance(other, Problem) and other.warning for other in others)
    return item


def test_an_email_is_an_article(tmp_path: Path) -> None:
    assert article(
        tmp_path, message(**{"Content-Language": "fr-FR", "Subject": "Le phare rallumé, été 2026"})
    ) == RawArticle(
        file=tmp_path / "a.eml",
        name="presse/a.eml",
        text="Le phare tient bon.",
        title="Le phare rallumé, été 2026",
        author="Le Goéland",
        published=date(2026, 2, 3),
        language="fr",
    )


def test_the_text_in_html_is_read_if_the_plain_text_only_names_it(tmp_path: Path) -> None:
    rich = "<table><tr><td><h1>Le phare</h1><p>Le phare de Kerlouan tient bon, dit la mairie.</p></td></tr></table>"
    assert article(tmp_path, message("Voir en ligne.\n", rich)).text.startswith(
        "Le phare\n\nLe phare de Kerlouan tient bon"
    )
    assert article(tmp_path, message(None, rich)).text.startswith("Le phare\n\nLe phare de Kerlouan")


def test_the_plain_text_is_read_if_it_is_complete(tmp_path: Path) -> None:
    assert (
        article(tmp_path, message("Le phare tient bon.\n", "<p>Le <b>phare</b> tient bon.</p>")).text
        == "Le phare tient bon."
    )


def test_attachments_and_signatures_are_left_out(tmp_path: Path) -> None:
    made = message("Le phare tient bon.\n-- \nLa rédaction\n")
    made.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="a.pdf")
    made.add_attachment("Une note interne.", filename="note.txt")
    assert article(tmp_path, made).text == "Le phare tient bon."
    *_, warning = items(tmp_path, made.as_bytes())
    assert warning == Problem(tmp_path / "a.eml", f"{tmp_path}/a.eml: attachments, left out: 2", warning=True)


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-8", "x-unknown"])
def test_a_text_in_any_charset_is_read(tmp_path: Path, charset: str) -> None:
    encoding = "cp1252" if charset == "x-unknown" else charset
    content = (
        b"Subject: a\nContent-Type: text/plain; charset=" + charset.encode() + b"\n\n" + "Rallumé.".encode(encoding)
    )
    (item,) = items(tmp_path, content)
    assert isinstance(item, RawArticle)
    assert item.text == "Rallumé."


def test_each_email_of_a_mailbox_is_an_article(tmp_path: Path) -> None:
    content = b"".join(
        b"From a@b Tue Feb  3 08:12:00 2026\n" + message(text).as_bytes() + b"\n"
        for text in ("Un.\n\n>From here on.\n", "", "Trois.\n")
    )
    first, third, warning = items(tmp_path, content, "a.mbox")
    assert isinstance(first, RawArticle)
    assert isinstance(third, RawArticle)
    assert (first.text, first.name, file_of(origin(first))) == (
        "Un.\n\nFrom here on.",
        "presse/a.mbox:1",
        tmp_path / "a.mbox",
    )
    assert (third.text, third.name) == ("Trois.", "presse/a.mbox:3")
    message_ = f"{tmp_path}/a.mbox: emails without a text, left out: 1"
    assert warning == Problem(tmp_path / "a.mbox", message_, warning=True)


def test_a_page_in_mhtml_is_a_page(tmp_path: Path) -> None:
    rich = '<html lang="fr"><head><title>Le phare</title></head><body><p>Le phare rallumé tient bon.</p></body></html>'
    made = EmailMessage()
    made["Snapshot-Content-Location"] = "https://www.goeland.test/phare?utm_source=a"
    made["Subject"] = "x"
    made.set_content(rich, subtype="html", charset="iso-8859-1")
    made.make_related()
    made.add_related(b"x", maintype="image", subtype="png", cid="<a>")
    (item,) = items(tmp_path, made.as_bytes(), "a.mhtml")
    assert isinstance(item, RawArticle)
    assert (item.text, item.title, item.url) == (
        "Le phare rallumé tient bon.",
        "Le phare",
        "https://goeland.test/phare",
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.eml", b"", "a.eml: not an email: it has no headers"),
        ("a.eml", b"Subject: a\n\n", "a.eml: emails without a text, left out: 1"),
        ("a.mht", b"Subject: a\n\nLe phare", "a.mht: no page in HTML in this file"),
        ("a.eml", b"Subject: a\n\n" + b"x" * 50_000_000, "a.eml: more than 50 MB, too large for a message"),
    ],
)
def test_what_is_no_email_is_a_problem(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (item,) = items(tmp_path, content, name)
    assert isinstance(item, Problem)
    assert item.message == f"{tmp_path}/{message}"


def test_parts_that_nest_too_deeply_end_within_seconds(tmp_path: Path) -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    start = time.process_time()
    (item,) = items(tmp_path, b"Subject: a\n" + deep)
    assert isinstance(item, Problem)
    assert time.process_time() - start < 5


def test_a_damaged_message_does_not_hide_the_others_of_a_mailbox(tmp_path: Path) -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(1000))
    bad = ["Subject: =?x?b?///?=\nFrom: =?utf-8?q?=?= <\nContent-Disposition: =\nContent-Type: ;;;=\n\nx", nested]
    good = "Subject: Le phare\n\nLe phare tient bon.\n"
    content = "".join(f"From {number}\n{each}\n\n" for number, each in enumerate([*bad, good], start=1))
    found = items(tmp_path, content.encode(), "a.mbox")
    assert [item.text for item in found if isinstance(item, RawArticle)] == ["Le phare tient bon."]
    problems = [item.message for item in found if isinstance(item, Problem)]
    assert [problem.startswith(f"{tmp_path / 'a.mbox'}:{n}: cannot be read") for n, problem in enumerate(problems, 1)]
    assert len(problems) == 2


def test_a_paragraph_that_begins_with_from_begins_no_message(tmp_path: Path) -> None:
    content = b"From - Tue Feb  3 10:00:00 2026\nSubject: A\n\nUn.\n\nFrom Brest to Nantes.\n\n"
    content += b"From b@c\nSubject: B\n\nDeux.\n"
    first, second = items(tmp_path, content, "a.mbox")
    assert isinstance(first, RawArticle)
    assert isinstance(second, RawArticle)
    assert (first.text, second.text) == ("Un.\n\nFrom Brest to Nantes.", "Deux.")
