"""What a response holds, within limits, or why it is refused."""

import email.utils
import ssl
from time import time

import httpx2 as httpx

from index.errors import FetchError

_AGAIN = (429, 502, 503, 504)
_ENCODINGS = ("br", "gzip", "deflate", "zstd", "identity", "")


class StatusError(FetchError):
    """The server answers with another status than 200; `absent` if it gives nothing at the URL to anybody."""

    absent = False


async def read_body(url: str, response: httpx.Response, max_bytes: int, *, cut: bool) -> bytes:
    """Return the decoded body; parts of at most 1 MiB are decoded at a time, so that a bomb is refused early."""
    too_large = f"larger than {max_bytes / 1e6:g} MB: set NEWSQA_FETCH_MAX_BODY if it must be fetched"
    coding = response.headers.get("Content-Encoding", "").lower().split(",")
    if any(each.strip() not in _ENCODINGS for each in coding):
        raise FetchError(url, f"sent with the unknown encoding {','.join(coding)}: save it as a file, and index that")
    length = response.headers.get("Content-Length", "")
    if not cut and length.isdecimal() and len(length) < 20 and int(length) > max_bytes:
        raise FetchError(url, too_large)
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size > max_bytes and cut:
            break
        if size > max_bytes:
            raise FetchError(url, too_large)
    return b"".join(parts)[:max_bytes]


def status_error(url: str, response: httpx.Response) -> StatusError:
    """Return the error for a response with another status than 200."""
    status = response.status_code
    answer = f"the server answers {status} {response.reason_phrase}".rstrip()
    if status in _AGAIN:
        return StatusError(url, f"{answer}: try again later", temporary=True, retry_after=_retry_after(response))
    remedy = "try again later"
    if status in (404, 410):
        remedy = "check the address"
    elif 400 <= status < 500:
        remedy = "it is not open to everybody; save the page as a file, and index that"
    error = StatusError(url, f"{answer}: {remedy}")
    error.absent = 400 <= status < 500
    return error


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After header, which are a number or a date."""
    value = response.headers.get("Retry-After", "")
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time())
    except (ValueError, OverflowError):
        return None


def transport_error(url: str, error: Exception) -> FetchError:
    """Return the error for a response that did not come, or came damaged."""
    causes = [error]
    while causes[-1].__cause__ or causes[-1].__context__:
        causes.append(causes[-1].__cause__ or causes[-1].__context__)  # type: ignore[arg-type]
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return FetchError(url, "its certificate is not valid: save the page as a file, and index that")
    if isinstance(error, httpx.DecodingError):
        return FetchError(url, "its content is damaged (it does not decompress): try again later")
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return FetchError(url, f"cannot be reached ({reason}): try again later", temporary=True)
