"""An error of the service."""

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """An error in the format of RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = Field(
        default=[], description="The errors of the request, each with `pointer` and `detail`."
    )
    current_version: str | None = Field(
        default=None, description="The version that the article has now, if it has not the one that was asked for."
    )
