"""Keep freed memory in few places, or return it; the allocator of glibc keeps it in an arena for each thread."""

import ctypes
from contextlib import suppress

_M_ARENA_MAX = -8  # of glibc's malloc.h
_MAX_ARENAS = 2


def limit_arenas() -> None:
    """Let threads share memory that was freed; call it before threads are started. Does nothing without glibc."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _MAX_ARENAS)


def release() -> None:
    """Return freed memory to the system. Does nothing without glibc."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
