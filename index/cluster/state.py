"""The state of an archive in Milvus: which model made it, and what changed it last."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from index.cluster.milvus import PASSAGES, RECORDS, Milvus, Row
from index.cluster.rows import PART
from index.errors import (
    ArchiveDamaged,
    ArchiveError,
    ImportUnfinished,
    NoArchive,
    OtherFormat,
    OtherModel,
    StoreUnavailable,
)
from index.model.cache import Model
from index.model.centering import LanguageMeans

_FORMAT = 1
STATE = "state"
"""The key of the record of the state."""
_MODEL = "model"  # the kind of the records that describe the model


@dataclass(frozen=True, slots=True)
class State:
    """A state of an archive; different contents have different states."""

    archive: str  # random, set when the archive is created
    token: str  # random, set with every change
    revision: int  # number of changes so far
    means: str  # the identity of the language means that centered the vectors
    replacements: int = 0  # the beginnings and ends of replacing stored articles so far: odd meanwhile
    importing: bool = False  # until an import is complete

    @property
    def replacing(self) -> bool:
        """Whether stored articles are being replaced, so that passages of them may be missing."""
        return self.replacements % 2 == 1


def read_state(milvus: Milvus) -> State:
    """Return the state of the archive.

    Raises:
        NoArchive: there is no archive, or its creation was interrupted.
        ImportUnfinished: it is not complete, and not filled over this connection.
        OtherFormat: another version of newsqa wrote it.
    """
    try:
        rows = milvus.rows(RECORDS, "pk", [STATE], ["body"])
    except ArchiveError as error:
        # Asked only now, since every question reads the state.
        if isinstance(error, StoreUnavailable) or milvus.exists(RECORDS):
            raise
        rows = []
    if not rows:
        if milvus.exists(PASSAGES):
            raise NoArchive(
                f"{milvus.place}: the archive is incomplete: run newsqa index PATH, or repeat an import with --force"
            )
        raise NoArchive(f"{milvus.place}: no archive: run newsqa index PATH to create one")
    return state_of(milvus, rows[0])


def state_of(milvus: Milvus, row: Row) -> State:
    """Return the state of its record. Raises as `read_state`."""
    body = json.loads(row["body"])
    if body.pop("format") != _FORMAT:
        raise OtherFormat(
            f"{milvus.place}: in another format than {_FORMAT}, which this newsqa reads: index under another name"
        )
    state = State(**body)
    if state.importing and not milvus.importing:
        raise ImportUnfinished(
            f"{milvus.place}: an import has not finished: wait if it is running; if it was interrupted, "
            "run newsqa import again with --force"
        )
    return state


def read_model(milvus: Milvus) -> Model:
    """Return the model of the archive. Raises as `read_state`."""
    read_state(milvus)
    rows = {row["pk"]: row["text"] for row in milvus.rows(RECORDS, "kind", [_MODEL], ("pk", "text"))}
    try:
        return Model(**json.loads("".join(rows[f"{_MODEL}{number}"] for number in range(len(rows)))))
    except (KeyError, TypeError, ValueError) as error:
        raise ArchiveDamaged(f"{milvus.place}: the model's description is damaged: restore the collections") from error


def create(milvus: Milvus, model: Model) -> None:
    """Create an archive for `model` if there is none, or if its creation was interrupted.

    Raises:
        ImportUnfinished: as `read_state`.
    """
    try:
        read_state(milvus)
    except NoArchive:
        milvus.create(model.dimension)
        check_dimension(milvus, model)
        text = json.dumps(asdict(model))
        parts = [text[start : start + PART] for start in range(0, len(text), PART)]
        rows = [
            {"pk": f"{_MODEL}{number}", "kind": _MODEL, "owner": "", "body": "", "text": part}
            for number, part in enumerate(parts)
        ]
        milvus.upsert(RECORDS, rows)
        state = State(secrets.token_hex(8), "", 0, LanguageMeans.of(model).identity, importing=milvus.importing)
        milvus.upsert(RECORDS, [state_row(state)])  # last: it makes the archive complete


@contextmanager
def importing(milvus: Milvus) -> Iterator[None]:
    """Delete the archive, and fill a new one over this connection; all others refuse it until the end of the block.

    An error deletes what was written. If the process is killed, the archive stays refused.
    """
    milvus.importing = True
    try:
        if milvus.exists(RECORDS):
            milvus.upsert(RECORDS, [state_row(State("", "", 0, "", importing=True))])
        try:
            milvus.drop()
            yield
            milvus.upsert(RECORDS, [state_row(replace(read_state(milvus), importing=False))])
        except BaseException:
            milvus.drop()
            raise
    finally:
        milvus.importing = False


def check_model(milvus: Milvus, model: Model) -> None:
    """Check that the vectors of an archive are those of a model.

    Raises:
        OtherModel: they come from another model, or were centered by other means.
    """
    stored = read_model(milvus)
    if not stored.same_vectors(model):
        raise OtherModel(
            f"{milvus.place}: made with the model {stored.identity}, not with {model.identity}: "
            "use that model, or index under another name"
        )
    check_dimension(milvus, model)
    if read_state(milvus).means != LanguageMeans.of(model).identity:
        raise OtherModel(f"{milvus.place}: made with the language means of another newsqa: index under another name")


def check_dimension(milvus: Milvus, model: Model) -> None:
    """Check the dimension of the collection of passages. Raises as `check_model`."""
    dimension = milvus.dimension()
    if dimension != model.dimension:
        raise OtherModel(
            f"{milvus.place}: its vectors have {dimension} components, and those of {model.identity} have "
            f"{model.dimension}: use another name, or delete the collections"
        )


def state_row(state: State) -> Row:
    """Return the record of a state."""
    body = json.dumps({"format": _FORMAT, **asdict(state)})
    return {"pk": STATE, "kind": STATE, "owner": "", "body": body, "text": ""}
