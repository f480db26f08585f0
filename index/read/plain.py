"""Convert plain text to readable text; markup is only taken for markup where it is certain."""

import html as references
import re

from index.read import html, lines, markup
from index.read.fields import decode_references

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]{0,40})(\s[^<>]*|/)?>")
_ESCAPED_TAG = re.compile(r"&lt;/(?:p|div|a|b|i|em|strong|span|ul|ol|li|h[1-6]|br)&gt;|&lt;br\s*/?&gt;", re.IGNORECASE)
_VOID = frozenset(("br", "hr", "img", "wbr"))
_MAY_BE_OPEN = frozenset("p li td th tr dt dd tbody thead".split())
_ATTRIBUTE = re.compile(r"\s[\w:-]+\s*=")
_PARAGRAPH = re.compile(r"<(?:p|div|br|li|article|section|td)\b", re.IGNORECASE)
_EMPTY_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_SEPARATOR = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?")  # below the header of a table


def from_plain(source: str) -> html.Readable:
    """Read plain text: a line is a paragraph unless lines are wrapped.

    Tags of HTML in pairs, links and bold of Markdown, tables of Markdown with a header and shortcodes are understood;
    everything else, such as `<maire>`, `4*7*9` or `C:\\temp`, stays as it is.
    """
    source = source.replace("<![CDATA[", "").replace("]]>", "") if "<![CDATA[" in source and "]]>" in source else source
    source = lines.without_quote_marks(markup.without_shortcodes(html.prepare(source)).strip())
    if "<" not in source and _ESCAPED_TAG.search(source):
        source = references.unescape(source)
    tags = _tags(source)
    if any(source[start:end][1:].lower().startswith(("html", "!doctype", "body")) for start, end in tags[:3]):
        return html.from_html(source)
    source = _escaped(source, tags)
    if tags and _PARAGRAPH.search(source):
        blocks = [[" ".join(block.split("\n"))] for block in _EMPTY_LINES.split(source)]
    else:
        blocks = [block.split("\n") for block in _EMPTY_LINES.split(lines.join_words(source))]
        blocks = lines.unwrap([[line.strip() for line in block] for block in blocks])
    rendered = [_table(block) or "<br>".join(block) for block in blocks]
    return html.Readable(html.from_html("\n".join(f"<p>{block}</p>" for block in rendered)).text, None)


def _tags(source: str) -> list[tuple[int, int]]:
    """Return the spans of the tags that are certainly HTML: those in pairs, with attributes, or empty by nature."""
    found = [match for match in _TAG.finditer(source) if match[2].lower() in html.ELEMENTS or "-" in match[2]]
    first_open: dict[str, int] = {}
    last_close: dict[str, int] = {}
    for match in found:
        if match[1]:
            last_close[match[2].lower()] = match.start()
        else:
            first_open.setdefault(match[2].lower(), match.start())
    spans = []
    for match in found:
        name = match[2].lower()
        if match[1]:
            certain = first_open.get(name, len(source)) < match.start() or name in _MAY_BE_OPEN
        else:
            certain = last_close.get(name, -1) > match.start() or name in _VOID or name in _MAY_BE_OPEN
            certain = certain or bool(name not in html.SKIPPED and _ATTRIBUTE.match(match[3] or ""))
        if certain:
            spans.append(match.span())
    return spans


def _escaped(source: str, tags: list[tuple[int, int]]) -> str:
    """Return HTML in which only `tags` and comments are markup."""
    last_comment_end = source.rfind("-->")
    pieces, end = [], 0
    for start, stop in (*tags, (len(source), len(source))):
        piece = source[end:start]
        if "<!--" in piece and last_comment_end > end:
            piece = re.sub(r"<!--.*?-->", "", piece, flags=re.DOTALL)
        pieces += [references.escape(_words(piece), quote=False), source[start:stop]]
        end = stop
    return "".join(pieces)


def _words(piece: str) -> str:
    return decode_references(markup.without_links(markup.without_markdown(piece)))


def _table(block: list[str]) -> str | None:
    """Return the HTML of a block of lines that contains a table with a header, or None."""
    for number in range(1, len(block)):
        header = _cells(block[number - 1])
        if (
            "|" in block[number - 1]
            and _SEPARATOR.fullmatch(block[number])
            and len(_cells(block[number])) == len(header)
        ):
            break
    else:
        return None
    end = next((row for row in range(number + 1, len(block)) if "|" not in block[row]), len(block))
    rows = ["".join(f"<th>{cell}</th>" for cell in header)]
    rows += ["".join(f"<td>{cell}</td>" for cell in _cells(line)) for line in block[number + 1 : end]]
    table = "".join(f"<tr>{row}</tr>" for row in rows)
    before, after = "<br>".join(block[: number - 1]), "<br>".join(block[end:])
    return f"{before}</p><table>{table}</table><p>{after}"


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", inner)]
