"""Checksums of stored rows, and the public ids of passages: the same in every store."""

import hashlib


def checksum(*values: object) -> bytes:
    """Return the checksum of a row; stores have none, and a flipped bit must not lead to a false quote."""
    contents = [value if isinstance(value, bytes) else repr(value).encode() for value in values]
    return hashlib.blake2b(b"".join([b"%d:%b" % (len(each), each) for each in contents]), digest_size=8).digest()


def passage_id(article_id: str, start: int, text: str) -> str:
    """Return the public id of a passage."""
    return hashlib.sha256(f"{article_id}\n{start}\n{text}".encode()).hexdigest()[:16]
