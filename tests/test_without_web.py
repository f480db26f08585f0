"""The extra `web` is needed for web pages, web archives, PDF and Word files, and for nothing else."""

import subprocess
import sys
from pathlib import Path

from tests.index.read.test_docx import docx, paragraph
from tests.index.read.test_pdf import LEFT, column, pdf
from tests.index.read.test_zipped import zipped

_WITHOUT = """\
import sys
names = "trafilatura lxml htmldate pypdfium2 mammoth warcio striprtf python_calamine"
sys.modules.update(dict.fromkeys(names.split()))
from pathlib import Path
from index.read.files import find, read
for file, name in find([Path(sys.argv[1])]):
    for item in read(file, name):
        print(getattr(item, "message", "").rpartition("/")[2] or f"{name}: {item.text}")
"""


def test_files_that_need_the_extra_name_it_and_the_others_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "presse"
    folder.mkdir()
    files = {
        "a.md": b"Le phare tient.",
        "b.html": b"<html><body><p>Le phare tient.</p></body></html>",
        "c.pdf": pdf([column(50, LEFT)]),
        "d.docx": docx(paragraph("Le phare tient.")),
        "e.warc": b"WARC/1.0\r\n",
        "f.csv": b"text\nLe phare tient.\n",
        "g.eml": b"Subject: a\n\nLe phare tient.",
        "h.xml": b"<nitf><body><body.content><p>Le phare tient.</p></body.content></body></nitf>",
        "i.zip": zipped({"a.md": "Le phare tient."}),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, str(folder)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines() == [
        "presse/a.md: Le phare tient.",
        "b.html: pages need more packages: pip install 'newsqa[web]'",
        "c.pdf: PDF needs another package: pip install 'newsqa[web]'",
        "d.docx: Word files need another package: pip install 'newsqa[web]'",
        "e.warc: WARC needs another package: pip install 'newsqa[web]'",
        "presse/f.csv: Le phare tient.",
        "presse/g.eml: Le phare tient.",
        "presse/h.xml: Le phare tient.",
        "presse/i.zip: Le phare tient.",
    ]
