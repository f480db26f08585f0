"""The table of file formats that can be indexed."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Format:
    """A file format; `index.read.<module>.read(file, name, stream)` yields articles and problems."""

    module: str  # imported on first use, since its libraries take time to load
    holds: str  # content of such a file, in Markdown, for the README
    by_line: bool = False  # whether each line is a separate article
    plain: bool = False  # whether `index.read.markdown` reads the file as plain text


_MARKDOWN = Format(
    "markdown",
    "one article in Markdown or HTML; front matter (YAML, TOML or JSON) may give `title`, `date`, `author`, `source`, "
    "`url`, `language`",
)
_PLAIN = Format(
    "markdown",
    "one article in plain text, Markdown links allowed; it may begin with front matter or with `date 2026-02-12`",
    plain=True,
)
_JSON = Format(
    "jsonl",
    'one article per line, or a list of articles: `{"text", "title", "date", "author", "source", "url", "language"}`, '
    "only `text` is required",
    by_line=True,
)
_PAGE = Format(
    "page",
    "a saved web page: its article without menus, comments and the like, with the fields that it states; "
    "a live blog is one article per entry (needs `newsqa[web]`)",
)
_ROWS = Format(
    "rows",
    "a table with one article per row; the first row names the columns: `text`, `title`, `date` and so on",
    by_line=True,
)
_PDF = Format("pdf", "one article, without page numbers, headers and footers (needs `newsqa[web]`)")
_DOCX = Format(
    "zipped",
    "one article in a Word document, with the title, author and date of its properties (needs `newsqa[web]`)",
)
_EMAIL = Format("message", "one email with its subject, sender and date; attachments are skipped")
_MAILBOX = Format("message", "one article per email")
_SAVED = Format("message", "a web page that a browser saved in one file (needs `newsqa[web]`)")
_OPENDOCUMENT = Format("zipped", "one article in a text of OpenDocument (LibreOffice), with its properties")
_RTF = Format("rtf", "one article in RTF, with its properties (needs `newsqa[web]`)")
_WORKBOOK = Format(
    "zipped",
    "an Excel or OpenDocument workbook with one article per row of its sheets, as in `.csv` (needs `newsqa[web]`)",
)
_NEWSML = Format("newsml", "news items of agencies in NewsML-G2 or NITF, or a saved RSS or Atom feed")
_WARC = Format("warc", "a web archive, one article per page in HTML (needs `newsqa[web]`)")
_ZIPPED = Format("zipped", "an archive of the other files; an article is named `archive.zip/folder/file`")
_GZIPPED = Format("gzipped", "one of the other files, compressed, such as `dump.jsonl.gz`")
FORMATS = {
    ".csv": _ROWS,
    ".docx": _DOCX,
    ".eml": _EMAIL,
    ".gz": _GZIPPED,
    ".htm": _PAGE,
    ".html": _PAGE,
    ".json": _JSON,
    ".jsonl": _JSON,
    ".markdown": _MARKDOWN,
    ".md": _MARKDOWN,
    ".mbox": _MAILBOX,
    ".mht": _SAVED,
    ".mhtml": _SAVED,
    ".ndjson": _JSON,
    ".ods": _WORKBOOK,
    ".odt": _OPENDOCUMENT,
    ".pdf": _PDF,
    ".rtf": _RTF,
    ".text": _PLAIN,
    ".tsv": _ROWS,
    ".txt": _PLAIN,
    ".warc": _WARC,
    ".xhtml": _PAGE,
    ".xlsx": _WORKBOOK,
    ".xml": _NEWSML,
    ".zip": _ZIPPED,
}
"""Formats by suffix; messages, help texts and the table in README.md derive from it."""

SUFFIXES = tuple(FORMATS)
DOCUMENTS = frozenset((".docx", ".ods", ".odt", ".xlsx"))
"""Suffixes of documents that are zip archives, and may be in one."""
LINKS = "links out of the folder"
"""Links that are not followed: whoever can write a file into a folder could have any other file indexed."""


def format_of(file: Path) -> Format | None:
    """Return the format of a file by its suffix, of the suffix before `.gz`, or None if it cannot be indexed."""
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes[-1:] == [".gz"] and suffixes[-2:-1] and suffixes[-2] in FORMATS:
        return FORMATS[suffixes[-2]]
    return FORMATS.get(suffixes[-1]) if suffixes else None


def kind_of(file: Path) -> str:
    """Return by what files of other formats are counted: the suffix, or the name of a file without one."""
    return file.suffix.lower() or file.name
