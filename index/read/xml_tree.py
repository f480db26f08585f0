"""Parse XML of unknown origin: no entities of its own, no deep nesting, no namespaces in names."""

import re
from io import BytesIO
from xml.etree import ElementTree as ET

from index.errors import ArticleError

_MAX_DEPTH = 200
_MAX_ELEMENTS = 300_000
_DECLARATIONS = re.compile(rb"<!(?:ENTITY|ATTLIST|ELEMENT)")

Element = ET.Element


def parse(content: bytes) -> Element:
    """Return the root of a document; names of elements and attributes are without namespace.

    Raises:
        ArticleError: it is not XML, declares entities, or is too deep or large; the message does not name the file.
    """
    # Zeros are removed, so that declarations in UTF-16 are found; the parser itself limits what entities expand to.
    if _DECLARATIONS.search(content.replace(b"\0", b"")):
        raise ArticleError("declares entities, which articles do not need: remove its DOCTYPE")
    if content.count(b"<") > 2 * _MAX_ELEMENTS:
        raise ArticleError(f"more than {_MAX_ELEMENTS} elements, too many for an article")
    depth = 0
    root: Element | None = None
    try:
        for event, element in ET.iterparse(BytesIO(content), events=("start", "end")):  # noqa: S314 - see above
            if event == "end":
                depth -= 1
                continue
            root = element if root is None else root
            depth += 1
            if depth > _MAX_DEPTH:
                raise ArticleError(f"more than {_MAX_DEPTH} levels of elements, too many for an article")
            element.tag = element.tag.rpartition("}")[2]
            for name in [name for name in element.attrib if name.startswith("{")]:
                element.attrib.setdefault(name.rpartition("}")[2], element.attrib.pop(name))
    except (ET.ParseError, LookupError, ValueError) as error:
        raise ArticleError(f"not XML: {error}") from error
    if root is None:
        raise ArticleError("not XML: no element")
    return root


def text(element: Element | None) -> str:
    """Return the text of an element on one line; '' without an element."""
    return "" if element is None else " ".join("".join(element.itertext()).split())
