"""The libraries of the extra `web`, imported when something is fetched."""

from importlib.util import find_spec

from index.errors import SettingsError

_MODULES = ("brotli", "feedparser", "lxml", "protego", "trafilatura")


def require() -> None:
    """Check that the libraries are installed.

    Raises:
        SettingsError: one is missing.
    """
    for name in _MODULES:
        if find_spec(name) is None:
            raise SettingsError(
                f"{name} is not installed, which web addresses and feeds need: run pip install 'newsqa[web]'"
            )
