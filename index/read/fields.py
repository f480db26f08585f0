"""The fields of an article under the names and in the forms that other programs give them."""

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from index.errors import FieldError

# Our names, each with the names that others use, the best first. They are compared without case and punctuation:
# `datePublished`, `date_published` and `Date published` are the same.
_ALIASES = {
    "text": "text articlebody articletext fulltext maintext bodytext storybody contenttext textcontent plaintext "
    "cleanedtext content contentencoded encoded body articlecontent contenthtml bodyhtml fullarticle maincontent "
    "pagecontent postcontent newscontent newstext markdown texte contenu corps texto contenido cuerpo conteudo testo "
    "inhalt tekst inhoud 正文 内容 本文 paragraphs blocks html rawtext article story news description summary abstract "
    "leadparagraph excerpt snippet",
    "title": "title headline articletitle webtitle ogtitle dctitle titre titulo titel titolo uberschrift 标题 標題 "
    "heading name",
    "date": "published publishedat datepublished publishedon publisheddate publisheddatetime publishedtime "
    "articlepublishedtime publishdate publishtime pubdate publicationdate webpublicationdate datepublish datepub "
    "dateofpublication datedepublication firstpublished firstpublicationdate dcdate dctermsissued issued dateposted "
    "posted postedat postdate releasedate articledate newsdate firstpublishedat seendate v21date datepublication "
    "datedeparution dateparution fechapublicacion fechadepublicacion datapublicacao datadepublicacao "
    "datapubblicazione erscheinungsdatum publicatiedatum date fecha data datum 日期 发布时间 created createdat "
    "createddate createdutc datecreated dctermscreated timestamp time datetime",
    "author": "author authors byline creator dccreator articleauthor writer writers reporter reporters journalist "
    "auteur auteurs autor autore verfasser 作者",
    "source": "source publisher outlet sitename ogsitename sourcename sourcecommonname newspaper publication "
    "media site website provider journal feedtitle dcpublisher dcsource quelle fuente fonte bron 来源 sourcehostname "
    "domain sourcedomain hostname",
    "url": "url link href permalink canonicalurl canonical canonicallink pageurl lien enlace articleurl weburl "
    "ogurl sourceurl documentidentifier externalurl mainentityofpage 链接 uri guid id",
    "language": "language lang inlanguage languagecode metalang dclanguage oglocale locale langue idioma lingua "
    "sprache taal",
}
_OURS = {alias: (ours, rank) for ours, names in _ALIASES.items() for rank, alias in enumerate(names.split())}
_DESCRIPTION = _OURS["description"][1]  # from this rank on, a text is a summary
_CREATED = _OURS["created"][1]  # from this rank on, a date may be another than that of publication

# Common fields of which no use is made; they are not reported.
_UNUSED = frozenset(
    "id uuid guid key slug type kind context graph tags tag keywords category categories section sections subject "
    "subjects topic topics image images imageurl urltoimage thumbnail thumbnailurl socialimage media video photo "
    "photos enclosure enclosures characters passages outcome wordcount score comments commentcount rating layout "
    "draft weight sqldate dateadded updated updatedparsed publishedparsed modified modifiedat datemodified "
    "lastmodified lastmod updatedat "
    "dateupdated dateupdate datemodify crawledat crawled scrapedat scraped fetchedat indexedat indexed collectedat "
    "retrieved retrievedat datedownload dateaccessed addedat insertedat importedat filedate eventdate startdate "
    "enddate expires version versions provenance v hash fingerprint license copyright rights country sourcecountry "
    "urlmobile isaccessibleforfree dategmt modifiedgmt links topimage movies year month day".split()
)

_VALUE_KEYS = tuple(
    "name rendered value main original title label displayname text body content paragraph paragraphs html".split()
)
# Names of objects within an article that hold some of its fields.
_GROUPS = frozenset("fields metadata meta attributes properties frontmatter".split())
_MAYBE_WHOLE = frozenset("article story news data".split())  # a text or date, or an object with all fields
_WRAPPED = (
    "$date",
    "$numberlong",
    "@value",
    "#text",
    "_text",
    "$t",
    "@id",
    "$",
    "url",
    "href",
    "@href",
    "iso",
    "date",
    "datetime",
)
_NOTHING = frozenset(("", "~", "null", "NULL", "Null", "None", "NaN", "nan", "undefined", "N/A"))
_BYLINE = re.compile(r"(?:par|by|por|von|di|door)\s+(?=[^\W\d_])", re.IGNORECASE)
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """The fields of a record by the names `text`, `title`, `date`, `author`, `source`, `url` and `language`."""

    fields: dict[str, Any]
    unknown: list[str]  # names of other fields
    remarks: list[str]  # about fields whose meaning is not certain


def by_our_names(record: Mapping[str, Any]) -> Known:
    """Return the fields of a record by our names; of several with the same meaning the best one that is not empty."""
    ranked: dict[str, tuple[int, str, Any]] = {}  # rank, their name and value by our name
    record = _flat(record)
    unknown = [str(name) for name in record if not is_known(str(name))]
    for name, value in record.items():
        plain = plain_name(str(name))
        ours, rank = _meaning(plain, value)
        if plain == "outlet" and "source" in record:
            continue  # an article of newsqa, whose outlet may be the name of its file
        if ours and (ours not in ranked or rank < ranked[ours][0]):
            ranked[ours] = (rank, plain, value)
    if "text" in ranked and ranked["text"][0] >= _DESCRIPTION and ranked.get("title", (0, "name"))[1] == "name":
        del ranked["text"]  # the description of something else than an article
    fields = {ours: value for ours, (_, _, value) in ranked.items()}
    source = fields.get("source")
    if _is_url(source):  # trafilatura writes the address there
        fields.setdefault("url", source)
        sites = {plain_name(str(name)): value for name, value in record.items() if not is_nothing(value)}
        fields["source"] = next((sites[name] for name in _SITES if name in sites), None)
    if "date" not in fields and (day := _day_in_parts(record)):
        fields["date"] = day
    remarks = []
    if "date" in ranked and ranked["date"][0] >= _CREATED:
        remarks.append(f"no date of publication: '{ranked['date'][1]}' was taken for it")
    return Known(fields, unknown, remarks)


def has_text(record: Mapping[str, Any]) -> bool:
    """Return whether a record has the text of an article, not only a description."""
    found = [_meaning(plain_name(str(name)), value) for name, value in _flat(record).items()]
    return any(ours == "text" and rank < _DESCRIPTION for ours, rank in found)


def _flat(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record with the fields of the objects within it that only group fields."""
    groups = [
        name
        for name, value in record.items()
        if isinstance(value, Mapping)
        and (plain_name(str(name)) in _GROUPS or (plain_name(str(name)) in _MAYBE_WHOLE and len(value) > 1))
    ]
    if not groups:
        return record
    rest = {name: value for name, value in record.items() if name not in groups}
    inner = {name: value for group in reversed(groups) for name, value in record[group].items() if name not in rest}
    return rest | {name: value for name, value in inner.items() if our_name(str(name))}


def _meaning(plain: str, value: object) -> tuple[str, int]:
    """Return our name for a field and the rank among the names for it; '' if it has no use."""
    if is_nothing(value) or (plain in ("id", "guid", "uri") and not _is_url(value)):
        return "", 0
    return _OURS.get(plain, ("", 0))


def _day_in_parts(record: Mapping[str, Any]) -> str | None:
    parts = {plain_name(str(name)): str(value) for name, value in record.items()}
    year, month, day = (parts.get(name, "") for name in ("year", "month", "day"))
    return f"{year}-{month:0>2}-{day:0>2}" if year.isdecimal() and month.isdecimal() and day.isdecimal() else None


def our_name(name: str) -> str | None:
    """Return the name that a field has here, or None if it is unknown."""
    return _OURS.get(plain_name(name), (None, 0))[0]


def is_known(name: str) -> bool:
    """Return whether a field with this name is used, or not used on purpose."""
    return plain_name(name) in _OURS or plain_name(name) in _UNUSED


def plain_name(name: str) -> str:
    """Return a name without case and punctuation."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name).lower()))


_SITES = ("sitename", "publisher", "sourcehostname", "hostname", "domain")  # the best first


def _is_url(value: object) -> bool:
    return isinstance(value, str) and bool(_URL.fullmatch(value.strip()))


def is_nothing(value: object) -> bool:
    """Return whether a value means that there is none: null, an empty text or list, `~`."""
    return value is None or value in ([], {}) or (isinstance(value, str) and value.strip() in _NOTHING)


def line(field: str, value: object) -> str | None:
    """Return the text of a field: of a number its digits, of an object its name, of a list its items with commas.

    Raises:
        FieldError: the value has no text.
    """
    if is_nothing(value):
        return None
    if isinstance(value, str):
        return decode_references(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(filter(None, (line(field, item) for item in value)))) or None
    if isinstance(value, Mapping) and (inner := _inner(value)) is not None:
        return line(field, inner)
    raise FieldError(field, f"'{field}' is not a string")


def text(value: object) -> str:
    """Return the text of an article: a string, or the strings of a list or object as paragraphs.

    Raises:
        FieldError: the value has no text.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n\n".join(filter(None, map(text, value)))
    if isinstance(value, Mapping) and (inner := _inner(value)) is not None:
        return text(inner)
    if value is None:
        return ""
    raise FieldError("text", "'text' is not a string")


def author(value: str | None) -> str | None:
    """Return names of authors without the "By" of a byline; None for a number, as WordPress has for its users."""
    if value and value.isdecimal():
        return None
    return _BYLINE.sub("", value, count=1) if value and _BYLINE.match(value) else value


def _inner(value: Mapping[str, Any]) -> object:
    """Return the value of an object that stands for it, such as `{"name": "Le Phare"}` or `{"$date": 0}`."""
    lowered = {str(key).lower(): inner for key, inner in value.items()}
    names = [lowered.get(key) for key in ("first_name", "last_name")]
    if all(isinstance(name, str) for name in names):
        return " ".join(map(str, names))
    return next((lowered[key] for key in (*_VALUE_KEYS, *_WRAPPED) if not is_nothing(lowered.get(key))), None)


def decode_references(value: str) -> str:
    """Decode character references such as `&eacute;`, also those that were encoded twice."""
    for _ in range(2):
        value = _REFERENCE.sub(lambda reference: html.unescape(reference[0]), value)
    return value
