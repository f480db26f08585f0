"""Reading of NewsML-G2 and NITF."""

import time
from datetime import date
from pathlib import Path

import pytest

from index.read.article import Problem, RawArticle
from index.read.files import file_of, origin, read

NITF = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE nitf SYSTEM "nitf-3-4.dtd">
<nitf xml:lang="fr"><head><title>x</title><docdata><date.issue norm="20260203T081200Z"/>
<doc.copyright holder="Agence Goéland"/></docdata></head>
<body><body.head><hedline><hl1>Le phare tient</hl1></hedline>
<byline>Par <person>Zoé Riou</person></byline></body.head>
<body.content><p>Le phare de <location>Kerlouan</location> &lt;rallumé&gt; tient.</p><hl2>La suite</hl2>
<media media-type="image"><media-caption>Vu du port</media-caption></media>
<table><tr><th>Phare</th><th>Portée</th></tr><tr><td>Kerlouan</td><td>24</td></tr></table></body.content></body></nitf>"""

ITEM = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" xml:lang="en" guid="urn:a">
<itemMeta><provider qcode="nprov:Goeland"/><versionCreated>2026-02-05T09:00:00Z</versionCreated>
<firstCreated>2026-02-04T09:00:00Z</firstCreated><pubStatus qcode="stat:{status}"/></itemMeta>
<contentMeta><by>Zoé Riou</by><language tag="fr-FR"/><headline>Le phare {number}</headline></contentMeta>
<contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>
</head><body><p>Le phare {number} tient bon.</p><p>Il est <i>rallumé</i>.</p></body></html></inlineXML></contentSet>
</newsItem>"""


def items(folder: Path, content: str | bytes, name: str = "a.xml") -> list[RawArticle | Problem]:
    """Read one file of `content`."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(file, f"presse/{name}"))


def test_a_file_in_nitf_is_an_article(tmp_path: Path) -> None:
    assert items(tmp_path, NITF.encode("iso-8859-1")) == [
        RawArticle(
            file=tmp_path / "a.xml",
            name="presse/a.xml",
            text="Le phare de Kerlouan <rallumé> tient.\n\nLa suite\n\nPhare: Kerlouan; Portée: 24",
            title="Le phare tient",
            published=date(2026, 2, 3),
            language="fr",
            source="Agence Goéland",
            author="Zoé Riou",
        )
    ]


def test_each_item_of_a_message_is_an_article(tmp_path: Path) -> None:
    parts = "".join(ITEM.format(number=number, status="usable") for number in (1, 2))
    found = items(tmp_path, f"<newsMessage><itemSet>{parts}</itemSet></newsMessage>")
    assert found[1] == RawArticle(
        file=tmp_path / "a.xml",
        name="presse/a.xml:2",
        text="Le phare 2 tient bon.\n\nIl est rallumé.",
        title="Le phare 2",
        published=date(2026, 2, 4),
        language="fr",
        source="Goeland",
        author="Zoé Riou",
    )
    assert {file_of(origin(item)) for item in found if isinstance(item, RawArticle)} == {tmp_path / "a.xml"}


@pytest.mark.parametrize(
    "inline",
    [
        '<inlineData contenttype="text/plain">Le phare &lt;2&gt; tient.</inlineData>',
        '<inlineData contenttype="text/html"><![CDATA[<p>Le phare &lt;2&gt; <b>tient</b>.</p>]]></inlineData>',
        "<inlineXML><nitf><body><body.content><p>Le phare &lt;2&gt; tient."
        "</p></body.content></body></nitf></inlineXML>",
    ],
)
def test_a_text_may_be_in_several_forms(tmp_path: Path, inline: str) -> None:
    (item,) = items(tmp_path, f"<newsItem><contentSet>{inline}</contentSet></newsItem>")
    assert isinstance(item, RawArticle)
    assert item.text == "Le phare <2> tient."


def test_an_item_that_was_canceled_is_a_problem(tmp_path: Path) -> None:
    (item,) = items(tmp_path, ITEM.format(number=1, status="canceled"))
    assert item == Problem(tmp_path / "a.xml", f"{tmp_path}/a.xml: canceled by its provider")


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 30))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<rss><channel/></rss>", "no items in this feed"),
        ("<plist/>", "XML with the root <plist>: only NewsML-G2, NITF, RSS and Atom are read"),
        ("<urlset/>", "a sitemap: index its web address, and its pages are fetched"),
        ("<nitf><body>", "not XML: no element found"),
        ("Le phare", "not XML: syntax error"),
        ("", "not XML: no element found"),
        ("<newsMessage/>", "no news item with a text"),
        ("<nitf/>", "no text"),
        (
            f'<!DOCTYPE nitf [<!ENTITY a0 "x">{LAUGHS}]><nitf>&a29;</nitf>',
            "declares entities, which",
        ),
        (f'<!DOCTYPE nitf [<!ENTITY a0 "x">{LAUGHS}]><nitf>&a29;</nitf>'.encode("utf-16"), "declares entities, which"),
        ('<!DOCTYPE nitf [<!ENTITY a SYSTEM "file:///etc/passwd">]><nitf>&a;</nitf>', "declares entities"),
        ("<nitf>" * 1_000_000, "more than 300000 elements, too many for an article"),
        ("<nitf>" * 1000, "more than 200 levels of elements, too many for an article"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem_within_seconds(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    start = time.process_time()
    (item,) = items(tmp_path, content)
    assert isinstance(item, Problem)
    assert item.message.startswith(f"{tmp_path}/a.xml: {message}")
    assert time.process_time() - start < 5
