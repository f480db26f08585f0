"""Any file of a known format becomes articles or problems, without an error and within the time limit."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import strategies as st

from index.read.article import RawArticle
from index.read.files import read
from tests.fuzz.fuzzing import JSON, LONG, TEXT, altered, fuzz
from tests.index.read.test_docx import docx, paragraph, table
from tests.index.read.test_newsml import ITEM, NITF
from tests.index.read.test_pdf import column, pdf
from tests.index.read.test_warc import RECORDS
from tests.index.read.test_zipped import zipped

_EMAIL = """From: Zoé Riou <zoe@goeland.test>
Subject: =?utf-8?q?Le_phare?=
Date: Tue, 3 Feb 2026 09:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Le phare tient bon =C3=A0 Kerlouan.
--b
Content-Type: text/html; charset=utf-8

<p>Le phare tient <b>bon</b>.</p>
--b--
"""
_PAGE = """<!doctype html><html lang="fr"><head><title>Le phare | Goéland</title><meta charset="utf-8">
<link rel="canonical" href="https://goeland.test/a"><script type="application/ld+json">{"@type": "NewsArticle",
"headline": "Le phare", "datePublished": "2026-02-03T08:00:00Z", "author": [{"name": "Zoé Riou"}]}</script></head>
<body><nav><a href="/">Accueil</a></nav><article><h1>Le phare</h1><p class="byline">Par Zoé Riou</p><time datetime="2026-02-03">
3 février</time><p>Le phare de Kerlouan, que la tempête avait éteint, est rallumé depuis lundi soir.</p><table><tr><th>Phare
<td>24</table><ul><li>Un<li>Deux</ul></article></body></html>"""
_MARKDOWN = '---\ntitle: "Le phare"\ndate: 2026-02-03\nauthor: [Zoé, {a: b}]\n---\n# Le phare\n\n* Un [lien](a)\n'
_LINES = '{"text": "Le phare tient.", "date": "03/02/2026", "tags": [1, {"a": null}]}\n{"text": "Il neige."}\n'
_WHOLE = '{"hits": {"hits": [{"_source": {"content": "Le phare tient.", "published": 1770000000}}]}}'
_ROWS = 'title;text;date\n"Le ""phare""";"Le phare\ntient.";03.02.2026\nDeux;Il neige.;2026\n'
_MHTML = f"Snapshot-Content-Location: https://goeland.test/a\nContent-Type: text/html\nMIME-Version: 1.0\n\n{_PAGE}"
_NEWS = f"<newsMessage><itemSet>{ITEM.format(number=1, status='usable')}</itemSet></newsMessage>"

_VALID: dict[str, bytes] = {
    "a.md": _MARKDOWN.encode(),
    "b.md": b"+++\ntitle = 'Le phare'\ndate = 2026-02-03\n+++\nLe phare tient.",
    "a.txt": b"Par Zo\xe9 Riou\ndate 2026-02-03\n\nLe phare tient.\n\n1. Un\n2. Deux\n| a | b |\n",
    "a.jsonl": _LINES.encode(),
    "a.json": _WHOLE.encode("utf-16"),
    "b.json": f"[{_LINES.replace(chr(10), ',')}]".encode(),
    "a.csv": _ROWS.encode(),
    "a.tsv": _ROWS.replace(";", "\t").encode("utf-16"),
    "a.eml": _EMAIL.encode(),
    "a.mbox": f"From a\n{_EMAIL}\nFrom b\n{_EMAIL}".encode(),
    "a.html": _PAGE.encode(),
    "a.mhtml": _MHTML.encode(),
    "a.xml": NITF.encode("iso-8859-1"),
    "b.xml": _NEWS.encode(),
    "a.warc": b"".join(RECORDS),
    "a.warc.gz": gzip.compress(b"".join(RECORDS)),
    "a.zip": zipped({"a/un.md": _MARKDOWN, "deux.jsonl": _LINES, "trois.eml": _EMAIL}),
    "a.docx": docx(paragraph("Le phare", "Title") + table([["Phare", "Feu"], ["Kerlouan", "24"]])),
    "a.pdf": pdf([column(60, ["Le phare tient bon.", "Il est rallumé."]), column(60, ["Page deux."])], "/Title(Phare)"),
}
_ELEMENTS = (
    *("<p>", "</p>", "<table>", "<td colspan=99999999>", "<!--", "<![CDATA[", "<?xml version='1.0' encoding='utf-7'?>"),
    *("<!DOCTYPE a [<!ENTITY b 'c'>]>", "&b;", "&#0;", "&#xD800;", "<script>", "<svg/onload=1>", "<base href=//x>", "\x1f\x8b"),
    *("--b\n", "Content-Type: multipart/mixed; boundary=b\n", "Content-Transfer-Encoding: base64\n", "charset=utf-7", "\n\n"),
    *("From x\n", "WARC/1.0\r\n", "Content-Length: 99999999999\r\n", "Content-Length: -1\r\n", "PK\x05\x06", "obj", "/Kids[1 0 R]"),
    *("!!python/object:os.system ", "&a [*a]", "? ", "---\n", "+++\n", ";;;\n", "[[", "{{", '"', "9" * 5000, "=?utf-8?b?/w==?="),
)  # fmt: skip
_PIECES = st.sampled_from(_ELEMENTS).map(lambda text: text.encode("latin-1")) | st.binary(max_size=12)
_TEXTS = LONG.map(lambda text: text.encode("utf-8", "surrogatepass"))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", _VALID)
def test_any_file_becomes_articles_or_problems(tmp_path: Path, name: str) -> None:
    file = tmp_path / name

    def work(content: bytes) -> None:
        file.write_bytes(content)
        for item in read(file, f"presse/{name}"):
            if isinstance(item, RawArticle):
                assert any(character.isalnum() for character in item.text)
                assert item.id
            else:
                assert item.message.startswith(str(file))

    fuzz(altered(_VALID[name], _PIECES | _TEXTS) | _TEXTS | st.binary(max_size=60), work, small=5)


@pytest.mark.timeout(3600)
def test_any_json_becomes_articles_or_problems(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    names = ["text", "title", "date", "published", "author", "source", "url", "language", "content", "_source", "items"]
    objects = st.dictionaries(st.sampled_from(names) | TEXT, JSON, max_size=8) | JSON

    def work(values: Sequence[object]) -> None:
        file.write_text("\n".join(map(json.dumps, values)), encoding="utf-8")
        assert all(isinstance(item, RawArticle) or "a.jsonl" in item.message for item in read(file, "presse/a.jsonl"))

    fuzz(st.lists(objects, min_size=1, max_size=4), work, small=8)
