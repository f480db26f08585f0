"""What can go wrong that is not a defect of the code.

    NewsqaError
    ├── ArticleError      a file, or a part of one, could not be read as an article
    │   └── FieldError        a field of an article has no meaning
    ├── ModelError        the embedding model cannot be found, prepared or opened
    ├── QuestionError     a question cannot be asked
    ├── SettingsError     a setting has no meaning, or cannot be had
    └── ArchiveError      the data folder cannot be used
        ├── NoArchive         nothing has been indexed there
        ├── ArchiveDamaged    what is on disk is not what was written
        ├── ArchiveBusy       another process is writing there
        ├── OtherModel        it was made with another model
        └── OtherFormat       it was made by another version of newsqa

Every message says where, what, and what to do, in one line.
"""


class NewsqaError(Exception):
    """A problem that its message explains to the user."""


class ArticleError(NewsqaError):
    """A file, or a part of one, could not be read as an article."""


class FieldError(ArticleError):
    """A field of an article has no meaning; the message does not say where the article stands."""

    def __init__(self, field: str, message: str) -> None:
        """Name the field."""
        super().__init__(message)
        self.field = field


class ModelError(NewsqaError):
    """The embedding model cannot be found, prepared or opened."""


class QuestionError(NewsqaError):
    """A question cannot be asked."""


class SettingsError(NewsqaError):
    """A setting has no meaning, or cannot be had."""


class ArchiveError(NewsqaError):
    """The data folder cannot be used."""


class NoArchive(ArchiveError):
    """Nothing has been indexed in the data folder."""


class ArchiveDamaged(ArchiveError):
    """What is on disk is not what was written."""


class ArchiveBusy(ArchiveError):
    """Another process is writing to the data folder."""


class OtherModel(ArchiveError):
    """The archive was made with another model than the one asked for."""


class OtherFormat(ArchiveError):
    """The archive was made by another version of newsqa, whose format it has."""
