"""A record of named values, such as an object of JSON or a row of a table, becomes an article."""

import re
from collections.abc import Mapping
from typing import Any

from index.errors import ArticleError, FieldError
from index.limits import check_characters
from index.read import fields, head, plain
from index.read.article import Place, RawArticle, article_at
from index.read.encoding import REPAIRED, repair, replace_surrogates

NAME_IT = "name the field 'text', 'content' or 'body'"
_CUT = re.compile(r"\s*(?:…|\.\.\.)?\s*\[\+\d+ chars\]\s*$")  # NewsAPI gives the beginning of a text


def article(
    place: Place, name: str, record: Mapping[str, Any], remark: str | None, day_first: bool | None
) -> RawArticle:
    """Return the article of a record, whose names may be those of other programs.

    `remark` is about the whole file, `day_first` the order of day and month in its other dates.

    Raises:
        ArticleError: it has no text.
    """
    read_as = fields.by_our_names(record)
    known, remarks = read_as.fields, read_as.remarks
    remarks += [remark] if remark else []
    try:
        text = fields.text(known.pop("text", None))
        body = check_characters("text", replace_surrogates(text))
    except FieldError as error:
        raise ArticleError(f"{place}: {error}") from error
    if not body.strip():
        raise ArticleError(f"{place}: no text: {NAME_IT}")
    if body != text:  # a text that was cut within an emoji; to refuse it would lose the article
        remarks.append("halves of surrogate pairs were replaced by U+FFFD")
    if cut := _CUT.search(body):
        body = body[: cut.start()]
        remarks.append("texts are cut off: '[+… chars]' at their end was removed")
    if (repaired := repair(body)) != body:
        body = repaired
        remarks.append(REPAIRED)
    if "date" not in known:
        date, body = head.split_date(body)
        known |= {"date": date} if date else {}
    return article_at(
        place, name, known, plain.from_plain(body), remarks=remarks, unknown=read_as.unknown, day_first=day_first
    )
