"""Errors that newsqa raises for the user to fix.

    NewsqaError
    ├── ArticleError      a file, or part of a file, is not a readable article
    │   └── FieldError        an article has an invalid field
    ├── EngineError       the hosts that embed passages cannot be used
    ├── FetchError        an address on the web cannot be fetched, or holds no articles
    ├── ModelError        the embedding model cannot be found, prepared or loaded
    ├── QuestionError     a question is invalid
    │   ├── QuestionTooLong   it has more characters than are allowed
    │   └── FilterError       it names a language or an outlet that no article has
    ├── SettingsError     a setting is invalid or unavailable
    └── ArchiveError      the data folder cannot be used
        ├── NoArchive         nothing has been indexed there
        ├── ImportUnfinished  it is being imported, or its import was interrupted
        ├── ArchiveDamaged    stored data is missing, or fails its checksum
        ├── ArchiveBusy       another process is writing there
        ├── ArchiveFull       its disk is full
        ├── StoreUnavailable  the database of the archive does not answer
        ├── OtherModel        its vectors come from another model
        └── OtherFormat       another version of newsqa wrote it

Every message names the place, the error and the remedy, in one line.
"""


class NewsqaError(Exception):
    """A problem with a message for the user."""


class ArticleError(NewsqaError):
    """A file, or part of a file, is not a readable article."""


class FieldError(ArticleError):
    """Invalid field of an article; the message does not name the file."""

    def __init__(self, field: str, message: str) -> None:
        """Name the field."""
        super().__init__(message)
        self.field = field


class EngineError(NewsqaError):
    """The hosts that embed passages cannot be used."""


class FetchError(NewsqaError):
    """An address on the web cannot be fetched, or holds no articles."""

    def __init__(self, url: str, reason: str, *, temporary: bool = False, retry_after: float | None = None) -> None:
        """Name the URL; a `temporary` error may not recur after `retry_after` seconds, if the server says how many."""
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason
        self.temporary = temporary
        self.retry_after = retry_after

    def at(self, url: str, prefix: str = "") -> "FetchError":
        """Return the error of another URL, which this one prevents from being fetched."""
        return FetchError(url, prefix + self.reason, temporary=self.temporary, retry_after=self.retry_after)


class ModelError(NewsqaError):
    """The embedding model cannot be found, prepared or loaded."""


class QuestionError(NewsqaError):
    """Invalid question."""


class QuestionTooLong(QuestionError):
    """A question with more characters than are allowed."""


class FilterError(QuestionError):
    """A value, of a filter or of `languages_first`, that matches nothing in the archive."""

    def __init__(self, field: str, message: str) -> None:
        """Name the field, `languages`, `sources` or `languages_first`."""
        super().__init__(message)
        self.field = field


class SettingsError(NewsqaError):
    """Invalid or unavailable setting."""


class ArchiveError(NewsqaError):
    """The data folder cannot be used."""


class NoArchive(ArchiveError):
    """Nothing has been indexed in the data folder."""


class ImportUnfinished(ArchiveError):
    """The archive is being imported, or its import was interrupted: it is not complete."""


class ArchiveDamaged(ArchiveError):
    """Stored data is missing, or fails its checksum."""


class ArchiveBusy(ArchiveError):
    """Another process is writing to the data folder."""


class ArchiveFull(ArchiveError):
    """The disk of the data folder is full; nothing was written."""


class StoreUnavailable(ArchiveError):
    """The database that has the archive does not answer now."""


class ArchiveChanged(StoreUnavailable):
    """Articles were replaced during an answer, which may be incomplete: ask again."""


class OtherModel(ArchiveError):
    """The vectors of the archive come from another model than the requested one."""


class OtherFormat(ArchiveError):
    """The archive has the format of another newsqa version."""
