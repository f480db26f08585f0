"""What bodies of requests and responses share."""

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from index.errors import FieldError
from index.limits import MAX_ID, check_characters
from qa.sanitize import safe_url

if TYPE_CHECKING:  # it imports numpy, which clients do not need
    from index.types import Article

_MAX_FIELDS = 100  # of one object
OUTLET = Field(description="The outlet; for an article without one the name of its file, or else its id.")


def _day(value: object) -> object:
    """Refuse seconds since 1970, which pydantic would accept as a date."""
    if not isinstance(value, date) and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value), re.ASCII):
        raise ValueError("not a date: write YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_day)]


def _characters(value: str, info: ValidationInfo) -> str:
    try:
        return check_characters(info.field_name or "id", value)
    except FieldError as error:
        raise ValueError(str(error)) from error


Text = Annotated[str, AfterValidator(_characters)]
"""A text without characters that cannot be stored."""
AnyId = Annotated[Text, Field(max_length=MAX_ID)]
"""The id of something that is looked up; it need not exist."""


class RequestBody(BaseModel):
    """What a client sends; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _limit_fields(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) > _MAX_FIELDS:  # rather than report each unknown field
            raise ValueError(f"{len(value)} fields, more than {_MAX_FIELDS}: send only documented fields")
        return value


class ResponseBody(BaseModel):
    """What the service returns; it is frozen."""

    model_config = ConfigDict(frozen=True)


def article_fields(article: "Article") -> dict[str, Any]:
    """Return the fields that passages, citations and sources have of their article."""
    return {
        "article_id": article.id,
        "title": article.title,
        "url": safe_url(article.url),
        "source": article.source,
        "published": article.published,
    }
