"""Recognizes markup within plain text: tags of HTML, links of Markdown, shortcodes of site generators."""

import re

_SHORTCODES = re.compile(
    r"\{\{[<%].{0,500}?[>%]\}\}"  # Hugo
    r"|\{%-?\s*/?[a-z]\w*\b[^{}]{0,500}%\}"  # Jekyll, Eleventy
    r"|\{\{-?\s*[\w.]+(?:\s*\|[^{}]{0,200})?\s*-?\}\}"
)
# WordPress: with an attribute, or one of these; the text between the tags stays.
_WORDPRESS = re.compile(
    r"\[/?(?:(?:caption|gallery|embed|audio|video|playlist|contact-form-7|su_\w+|vc_\w+|et_pb_\w+|wp_\w+)(?:\s[^\[\]]*)?"
    r"|[a-z][\w-]{1,30}(?:\s+[\w-]+=(?:\"[^\"\[\]]*\"|'[^'\[\]]*'))+\s*/?)\](?!\()"
)
_CAPTION = re.compile(r"\[/?(?:wp_)?caption\b[^\[\]]*\]\s*")
_END = re.compile(r"\[/([a-z][\w-]{1,30})\]")


def without_shortcodes(source: str) -> str:
    """Return a text without the shortcodes of site generators; text between two of them stays."""
    if "{" in source:
        source = _SHORTCODES.sub("", source)
    if "[" not in source:
        return source
    opened = {match[0].strip("[]").split()[0] for match in _WORDPRESS.finditer(source)}
    source = _CAPTION.sub("\n\n", source)
    return _END.sub(lambda end: "" if end[1] in opened else end[0], _WORDPRESS.sub("", source))


# A link whose text is only one of these addresses is an image, or repeats what the post already shows.
IMAGE_LINK = re.compile(r"(?:https?://)?(?:pic\.(?:twitter|x)\.com|t\.co)/\w+")
_LINK = re.compile(
    r"\[((?:[^\[\]\n]|\[[^\[\]\n]{0,200}\]){0,1000})\]"
    r"\(<?((?:https?:|mailto:|www\.|[/#.])[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*|[^\s()<>]+\.[a-z]{2,5}(?:[?#][^\s()]*)?)>?"
    r"(?:\s+[\"'][^\"'\n]{0,300}[\"'])?\)"
)
_IMAGE = re.compile(
    r"!\[[^\[\]\n]{0,1000}\]\(<?[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*>?(?:\s+[\"'][^\"'\n]{0,300}[\"'])?\)"
)
_BOLD = re.compile(r"(?<![\w*])\*\*(?=[^\s*])([^*\n]{1,1000})(?<=\S)\*\*(?![\w*])")
_EMPHASIS = re.compile(r"(?<![\w*/\\])\*(?=[^\s*])([^*\n]{1,1000})(?<=[^\s*])\*(?![\w*])")
_UNDERLINED = re.compile(r"(?<![\w/\\])(_{1,2})(?=[^\s_])([^\n]{1,1000}?)(?<=[^\s_])\1(?![\w])")
_STRUCK_OUT = re.compile(r"(?<![\w~])~~(?=[^\s~])([^~\n]{1,500})(?<=\S)~~(?![\w~])")
_HEADING = re.compile(r"^#{1,6}[^\S\n]+(?=[^\W\d])", re.MULTILINE)


def is_markdown(source: str) -> bool:
    """Return whether a plain text has marks that hardly mean anything else than Markdown."""
    return any(pattern.search(source) for pattern in (_LINK, _IMAGE, _BOLD)) or len(_HEADING.findall(source)) > 1


def without_links(source: str) -> str:
    """Return a plain text with the words of its Markdown links, without their addresses and links to own pictures."""
    return _LINK.sub(lambda link: "" if IMAGE_LINK.fullmatch(link[1].strip()) else link[1], source)


def without_markdown(source: str) -> str:
    """Return a plain text without marks of Markdown, where they are certain; struck-out words go."""
    emphasized = is_markdown(source)
    source = _HEADING.sub("", _STRUCK_OUT.sub("", source))
    source = _BOLD.sub(r"\1", _IMAGE.sub("", source))
    if emphasized:
        source = _UNDERLINED.sub(r"\2", _EMPHASIS.sub(r"\1", source))
    return source
