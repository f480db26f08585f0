"""Convert Markdown and HTML to readable text, the text that all offsets refer to.

The result has one line per paragraph, heading, list item and table row, and an empty line after each block.
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from html import escape
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from index.read import encoding, lines, markup, table


@dataclass(frozen=True, slots=True)
class Readable:
    """Text without markup, and its first heading, if any."""

    text: str
    heading: str | None


def from_markdown(source: str) -> Readable:
    """Read CommonMark with tables and embedded HTML."""
    source = _WITHIN_A_WORD.sub(_ASTERISK, lines.join_words(markup.without_shortcodes(prepare(source))))
    return from_html(_MARKDOWN.render(source).replace(_ASTERISK, "*"))


def from_lines(source: str) -> Readable:
    """Read text without markup whose lines are paragraphs."""
    return from_html("".join(f"<p>{escape(line)}</p>" for line in source.split("\n")))


def clean(text: str) -> str:
    """Normalize one line of text, such as a title: NFC, no invisible characters, single spaces."""
    return " ".join(_composed(_without_invisible(text)).split())


# 4*7*9, étudiant*e*s: no emphasis, although it is in CommonMark
_WITHIN_A_WORD = re.compile(r"(?<=[^\W_])\*(?=[^\W_])")
_ASTERISK = "\ufdd0"  # a noncharacter in place of one of these
_MARKDOWN = MarkdownIt("commonmark", {"html": True, "maxNesting": 200}).enable(["table", "strikethrough"])


def _link_open(*_: object) -> str:
    """Render a link without its address: a thousand references to one address of 80 kB would be 80 MB."""
    return "<a>"


def _image(*_: object) -> str:
    return "<img>"


_MARKDOWN.add_render_rule("link_open", _link_open)
_MARKDOWN.add_render_rule("image", _image)

# Format characters (soft hyphens, zero-width spaces, bidirectional controls) and controls. Zero-width joiners are kept
# where scripts and emoji need them; _JOINER matches those next to a Latin letter, a digit or a space.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e001f]"
)
# Tag characters are invisible letters; only the flags of England, Scotland and Wales need them.
_TAGS = re.compile("(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+")
_JOINER = re.compile("[\u200c\u200d](?<![^\x00-\u02ff].)|[\u200c\u200d](?![^\x00-\u02ff])")


def _without_invisible(text: str) -> str:
    text = encoding.repair_controls(text)
    text = re.sub("\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    return _JOINER.sub("", _TAGS.sub("", _INVISIBLE.sub("", text)))


_MAX_MARKS = 30  # combining marks on one letter, as in Unicode's stream-safe format
_LONG_MARK_RUN = re.compile(rf"[^\w\s]{{{_MAX_MARKS + 1},}}")


def _composed(text: str) -> str:
    """Return a text in NFC. Long runs of marks are truncated, since NFC takes quadratic time in their length."""
    return unicodedata.normalize("NFC", _LONG_MARK_RUN.sub(_limit_marks, text))


def _limit_marks(run: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)


_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,40}\]:?")  # the text of the footnote is kept in place
_MAX_BRACKET_DEPTH = 10  # the parser looks ahead at each nested bracket
_MAX_BRACKETS = 1000  # in a block; the parser takes quadratic time, and no article has as many links


def prepare(source: str) -> str:
    """Return Markdown or plain text without invisible characters and marks of footnotes."""
    source = source.replace("\u00ad\n", "-\n")  # a word divided at the line end
    blocks = _FOOTNOTE.sub("", _without_invisible(source)).split("\n\n")
    return "\n\n".join(b.replace("[", "\\[") if _costly(b) else b for b in blocks)


def _costly(block: str) -> bool:
    """Return whether a block has too many brackets, or nests them too deeply, to parse them as links."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]]", block):
        depth = depth + 1 if bracket == "[" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest > _MAX_BRACKET_DEPTH or block.count("[") > _MAX_BRACKETS


def from_html(source: str) -> Readable:
    """Read HTML; all of its text is kept except what is struck out."""
    reader = _Reader()
    reader.feed(_escape_unknown_tags(source))
    reader.close()
    return reader.readable()


BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend main menu nav ol p pre section summary table ul".split()
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LINES = frozenset(("br", "li", "tr"))
_CELLS = frozenset(("td", "th"))
_TABLE_PARTS = _CELLS | {"table", "thead", "tbody", "tfoot", "tr"}
_STRUCK_OUT = frozenset(("del", "s", "strike"))
SKIPPED = _STRUCK_OUT | frozenset("script style head template noscript svg math iframe object select textarea".split())
_INLINE = frozenset(
    "a abbr acronym area audio b base bdi bdo big button canvas cite code col colgroup data datalist dfn em "
    "embed font i img input ins kbd label link map mark meta meter nobr optgroup option output param picture "
    "progress q rb rp rt rtc ruby samp slot small source span strike strong sub sup tbody tfoot thead time "
    "title track tt u var video wbr".split()
)
ELEMENTS = BLOCKS | _LINES | _CELLS | SKIPPED | _INLINE
_TAG = re.compile(r"<(?=(/?)([A-Za-z][^\s/<>]{0,40}|!--|[!?]))")
_ENDS = {"!--": "-->", "!": ">", "?": ">"} | {tag: f"</{tag}" for tag in SKIPPED}


def _escape_unknown_tags(source: str) -> str:
    """Escape tags that are not HTML, and tags without an end that would hide the rest of the text."""
    lowered = source.lower()
    last_end = {start: lowered.rfind(end) for start, end in _ENDS.items()}

    def escape(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        known = name in ELEMENTS or name in _ENDS or "-" in name
        return "<" if known and (tag[1] or last_end.get(name, len(source)) > tag.start()) else "&lt;"

    return _TAG.sub(escape, source)


_CELL_SEPARATOR = " · "  # in a table without headers
# The author of a post on a line of its own: joined to the text before it.
_SIGNATURE = re.compile(r"\n+(?=[—–-] ?[^\n]{1,80}\(@\w{1,30}\)[^\n]{0,40}(?:\n|$))")


@dataclass(slots=True)
class _Table:
    """An open table, whose rows are replaced by lines when it ends."""

    rows: list[list[table.Cell]] = field(default_factory=list)
    rows_from: int = 0  # the index of the part at which the first row begins
    head: bool = False  # whether its rows are marked as headers
    cell: table.Cell | None = None  # the open cell, without its text
    cell_from: int = 0
    plain: bool = True  # False if it holds another table, or text outside of cells: it is layout

    def close_cell(self, parts: list[str]) -> None:
        """Add the open cell, if there is one, with the text of `parts` to the last row."""
        if self.cell is not None:
            text = _one_line("".join(parts[self.cell_from :]))
            self.rows[-1].append(replace(self.cell, text=text))
            self.cell = None


def _one_line(text: str) -> str:
    """Return the lines of a cell as one line."""
    joined = ""
    for line in filter(None, (clean(line) for line in text.split("\n"))):
        joined += f"{'' if not joined else ' ' if joined[-1] in '.:;,!?…' else ', '}{line}"
    return joined


def _span(value: str | None) -> int:
    return int(value) if value and re.fullmatch("[0-9]{1,4}", value) else 1


class _Reader(HTMLParser):
    """Collects the text of HTML; one line break separates lines, two separate blocks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._heading: str | None = None
        self._heading_from: int | None = None
        self._link_from: int | None = None
        self._skipped: str | None = None  # the outermost skipped element
        self._lists: list[int | None] = []  # the next number of each open list, None for bullets
        self._item_begins = False  # whether the number of a list item is still without text
        self._tables: list[_Table] = []
        self._first_cell = True
        self._preformatted = 0

    def readable(self) -> Readable:
        # Again, since character references can produce invisible characters.
        text = _composed(_without_invisible("".join(self._parts)))
        text = re.sub(r"[^\S\n]+", " ", text)
        text = re.sub(r" ?\n ?", "\n", text)
        text = re.sub(r"^[· ]+$", "", text, flags=re.MULTILINE)  # a row of empty cells
        text = re.sub(r"\n{3,}", "\n\n", text).strip()
        text = _SIGNATURE.sub(" ", text)
        return Readable(text, clean(self._heading) if self._heading else None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped is None and tag in SKIPPED:
            self._skipped = tag
        if self._skipped:
            return
        if tag in _TABLE_PARTS:
            self._start_in_table(tag, dict(attrs))
        elif tag in BLOCKS and not self._item_begins:
            self._parts.append("\n\n")
        elif tag in _LINES:
            self._parts.append("\n")
        if tag in ("ol", "ul"):
            start = dict(attrs).get("start") or ""
            first = int(start) if re.fullmatch("[0-9]{1,9}", start) else 1
            self._lists.append(first if tag == "ol" else None)
        elif tag == "li" and self._lists and (number := self._lists[-1]) is not None:
            value = dict(attrs).get("value") or ""
            number = int(value) if re.fullmatch("[0-9]{1,9}", value) else number
            self._parts.append(f"{number}. ")
            self._lists[-1] = number + 1
            self._item_begins = True
        elif tag in _HEADINGS:
            self._heading_from = len(self._parts)
        elif tag == "a":
            self._link_from = len(self._parts)
        elif tag == "pre":
            self._preformatted += 1

    def _start_in_table(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag == "table":
            if self._tables:
                self._tables[-1].plain = False
            self._tables.append(_Table())
        open_table = self._tables[-1] if self._tables else _Table()
        if tag not in _CELLS:
            open_table.close_cell(self._parts)
            self._parts.append("\n\n" if tag == "table" else "\n")
            self._first_cell = True
        if tag in ("thead", "tbody", "tfoot"):
            open_table.head = tag == "thead"
        elif tag == "tr":
            if not open_table.rows:
                open_table.rows_from = len(self._parts)
            open_table.rows.append([])
        elif tag in _CELLS and open_table.rows:
            open_table.close_cell(self._parts)
            self._parts.append("" if self._first_cell else _CELL_SEPARATOR)
            self._first_cell = False
            columns, rows = _span(attrs.get("colspan")), _span(attrs.get("rowspan"))
            open_table.cell = table.Cell("", tag == "th" or open_table.head, columns, rows)
            open_table.cell_from = len(self._parts)

    def _end_in_table(self, tag: str) -> None:
        if not self._tables:
            return
        open_table = self._tables[-1]
        open_table.close_cell(self._parts)
        if tag == "thead":
            open_table.head = False
        elif tag == "table":
            self._tables.pop()
            if open_table.plain and (lines := table.lines(open_table.rows)) is not None:
                self._parts[open_table.rows_from :] = ["\n".join(lines)]

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            if tag == self._skipped:
                self._skipped = None
            return
        if tag in _TABLE_PARTS:
            self._end_in_table(tag)
        elif tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        elif tag == "pre" and self._preformatted:
            self._preformatted -= 1
        elif tag == "a" and self._link_from is not None:
            words = "".join(self._parts[self._link_from :])
            if markup.IMAGE_LINK.fullmatch(words.strip()):
                del self._parts[self._link_from :]
            self._link_from = None
        elif tag in _HEADINGS and self._heading_from is not None:
            self._heading = self._heading or "".join(self._parts[self._heading_from :]).strip()
            self._heading_from = None
        if tag in BLOCKS:
            self._parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._skipped and data:
            if data.strip():
                self._item_begins = False
                if self._tables and self._tables[-1].rows and self._tables[-1].cell is None:
                    self._tables[-1].plain = False
            self._parts.append(data if self._preformatted else re.sub(r"\s+", " ", data))
