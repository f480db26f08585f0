"""The libraries of the extra `web`, imported when something is fetched."""

from importlib import import_module

from index.errors import SettingsError

_MODULES = ("brotli", "feedparser", "protego")


def require() -> None:
    """Check that the libraries are installed.

    Raises:
        SettingsError: one is missing.
    """
    for name in _MODULES:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            raise SettingsError(
                f"{name} is not installed, which web addresses and feeds need: run pip install 'newsqa[web]'"
            ) from error
