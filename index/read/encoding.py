"""Decode the bytes of a text; what is not certain is said."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from index.errors import ArticleError

_BOMS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
REPAIRED = "wrongly encoded characters were repaired"
_SAMPLE = 4096  # bytes that decide whether a text is in UTF-16
_CANDIDATES = (  # what is in use; among all encodings short texts are often taken for a rare one
    "cp1250 iso8859_2 cp1251 koi8_r cp1252 cp1253 iso8859_7 cp1254 cp1255 cp1256 cp1257 gb18030 big5 shift_jis euc_jp "
    "cp949 tis_620"
).split()
_MAX_SHORT = 4  # accented letters of a few words, which say nothing about the script
_MAX_GUESSED = 65_536  # bytes that are looked at to guess an encoding
_WESTERN = frozenset("àâäáãåæçèéêëìíîïñòóôõöøœùúûüÿßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜŸ«»‹›“”„‘’‚–—…•·°€£§©®™ºª¿¡²³½¼¾×±\xa0")

_ESCAPE = b"\x1b"  # in ISO-2022-JP and the like, whose bytes are also valid as UTF-8
# Names that browsers read as the larger encodings.
_READ_AS = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
# Names that Python knows and no text has; some take quadratic time.
_NO_CHARSETS = frozenset(("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"))
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]*encoding=[\"']([\w.:-]+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded text with line feeds as line ends, and a remark if the encoding was guessed or the text repaired."""

    text: str
    remark: str | None = None


def decode(file: Path, content: bytes, charset: str | None = None) -> Decoded:
    """Decode the content of a file, or a part of it; `charset` is the encoding that is stated for it, if any.

    Raises:
        ArticleError: the content is not text.
    """
    text, encoding = _decode(file, content, charset)
    repaired = repair(text)
    remarks = [f"not UTF-8: read as {encoding} by guess"] if encoding else []
    remarks += [REPAIRED] if repaired != text else []
    text = repaired.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return Decoded(text, "; ".join(remarks) or None)


def decode_page(content: bytes, charset: str | None = None) -> str:
    """Decode a page by its mark, by `charset`, by its meta element; else by a guess.

    Other than browsers do, bytes that are valid as UTF-8 are that, whatever header and meta element say: many headers
    are wrong, and words in another encoding are hardly ever valid.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    stated = _META_CHARSET.search(content, 0, 4096)
    named = (stated[1] or stated[2]).decode("ascii") if stated else None
    for name in (None if _ESCAPE in content else "utf-8", charset, named, "utf-8"):
        if name and (text := _decode_as(name, content)) is not None:
            return text
    return _guess(content)[0]


def _decode(file: Path, content: bytes, charset: str | None) -> tuple[str, str | None]:
    """Return the text, and the name of the encoding if it was guessed."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return content.decode(encoding), None
            except UnicodeDecodeError as error:
                raise ArticleError(
                    f"{file}: damaged: begins as {encoding.upper()} but is not: save it again"
                ) from error
    if b"\0" in content:
        if (guessed := _utf_16_without_mark(content)) is None:
            raise ArticleError(f"{file}: a binary file, not text")
        return content.decode(guessed, "replace"), guessed
    for name in (charset, "utf-8"):
        if name and (text := _decode_as(name, content)) is not None:
            return text, None
    return _guess(content)


def _decode_as(name: str, content: bytes) -> str | None:
    """Return a content as text in a named encoding; None if the name is unknown or wrong."""
    try:
        codec = codecs.lookup(name).name
        if codec.replace("_", "-") in _NO_CHARSETS:
            return None
        # A content whose encoding is stated in ASCII is not in UTF-16, whatever it says.
        return content.decode("utf-8" if codec.startswith("utf-16") else _READ_AS.get(codec, codec))
    except (LookupError, ValueError):
        return None


def _guess(content: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding."""
    if text := _mostly_utf_8(content):
        return text, "UTF-8 with characters in windows-1252"
    encoding = guess(content)
    return content.decode(encoding, "replace"), encoding


def guess(content: bytes) -> str:
    """Return the name of the likely encoding of bytes that are not UTF-8."""
    return _single_byte(content) or _detected(content)


def is_utf_16(content: bytes) -> bool:
    """Return whether a content begins as UTF-16 or UTF-32, whose bytes cannot be split into lines."""
    marked = any(content.startswith(mark) for mark, encoding in _BOMS if encoding != "utf-8-sig")
    return marked or _utf_16_without_mark(content) is not None


def _utf_16_without_mark(content: bytes) -> str | None:
    """Return the name of UTF-16 without a byte order mark if it is certain, which it is for scripts with ASCII."""
    sample = content[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(content) % 2 or len(sample) < 4 or max(even, odd) < len(sample) / 5 or min(even, odd) > len(sample) / 100:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


_ESCAPED = re.compile("[\udc80-\udcff]")  # bytes that are not UTF-8, as "surrogateescape" decodes them
_MULTIBYTE = re.compile("[^\x00-\x7f\udc80-\udcff]")


def _mostly_utf_8(content: bytes) -> str | None:
    """Return a text in UTF-8 with some characters in windows-1252, or None if it is not that."""
    text = content.decode("utf-8", "surrogateescape")
    if len(_MULTIBYTE.findall(text)) < 3 * len(_ESCAPED.findall(text)):
        return None
    return _ESCAPED.sub(lambda byte: bytes([ord(byte[0]) - 0xDC00]).decode("cp1252", "replace"), text)


def _single_byte(content: bytes) -> str | None:
    """Return windows-1252 or Mac Roman if the text is in a language of western Europe, or None."""
    sample = content[:_MAX_GUESSED]
    high = sum(byte > 0x7F for byte in sample)
    if high > max(len(sample) / 5, _MAX_SHORT) or re.search(rb"[\x80-\xff]{5}", sample):
        return None  # another script
    scores = {}
    for encoding in ("cp1252", "mac-roman", "cp850"):
        text = sample.decode(encoding, "replace")
        likely = sum(character in _WESTERN for character in text)
        lower = len(re.findall(r"(?<=[a-zà-ÿ])[À-ÖØ-Þ](?=[a-zà-ÿ])", text))  # a capital within a word
        scores[encoding] = (likely - 2 * lower) / high
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] > 0.9 else None


def _detected(content: bytes) -> str:
    from charset_normalizer import from_bytes  # imported here: seldom needed

    best = from_bytes(content[:_MAX_GUESSED], cp_isolation=_CANDIDATES).best()
    return best.encoding if best is not None else "cp1252"


_MOJIBAKE = re.compile("[ÃÂÅÄÐÑØÙ][\x80-\xbf\u0152-\u017e\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|â(?:€|\x80)")
_C1 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
_C1_EXCEPT_NEL = re.compile("[\x80-\x84\x86-\x9f]")


def repair(text: str) -> str:
    """Return a text in which windows-1252 or UTF-8 that was decoded as something else is decoded correctly."""
    if _MOJIBAKE.search(text):
        import ftfy  # imported here: seldom needed

        text = "\n".join(ftfy.fix_encoding(line) if _MOJIBAKE.search(line) else line for line in text.split("\n"))
    return repair_controls(text)


def repair_controls(text: str) -> str:
    """Return a text in which the controls U+0080 to U+009F are the punctuation of windows-1252 that they stand for."""
    # U+0085 alone is a line end.
    return text.translate(_C1) if _C1_EXCEPT_NEL.search(text) else text


def replace_surrogates(value: str) -> str:
    """Replace unpaired surrogates, which JSON and file names can contain and UTF-8 cannot encode."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
