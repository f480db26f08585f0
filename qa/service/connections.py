"""Limits on open connections: their number in all and for each client, and how long they may wait for their client."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from itertools import islice
from typing import Protocol

_IPV6_SITE = 64  # bits of an IPv6 address that one client usually has for itself
_MAX_EXPIRED = 32  # connections closed by one sweep, so that many that expire together delay no request


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the connections of one service."""

    total: int = 1024  # connections
    per_client: int = 512  # connections of one address; trusted proxies have no such limit
    head_seconds: float = 10.0  # from the start of a connection, or the last response, to complete headers
    stalled_seconds: float = 30.0  # in which a client takes no part of its response
    stalled_bytes: int = 64_000_000  # of responses that clients do not take, in all

    def within(self, files: int, reserve: int = 256) -> "Limits":
        """Return these limits lowered so that a process with `files` open files keeps `reserve` or half for others."""
        total = min(self.total, max(files - reserve, files // 2))
        return replace(self, total=total, per_client=min(self.per_client, max(1, total // 2)))


class Connection(Protocol):
    """An open connection, as `Connections` sees it."""

    client_address: str

    def expire(self) -> None:
        """Answer that the request came too late, and close."""

    def abort(self) -> None:
        """Close at once."""

    def unsent(self) -> int:
        """Return the number of bytes that the client has not taken yet."""


class Connections:
    """The open connections of a service. Use it from one event loop.

    If there is no room for a new connection, the one that has waited longest for its client is closed: a client that
    sends its requests at once always gets in.
    """

    def __init__(
        self,
        limits: Limits,
        proxies: tuple[str, ...] = (),
        refused: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Limit connections; those of `proxies` count in all only. Call `refused` with a reason for each one closed."""
        self.limits = limits
        self.refused = refused
        self._proxies = frozenset(proxies)
        self._clock = clock
        self._open: dict[str, set[Connection]] = {}
        self._waiting: dict[str, dict[Connection, float]] = {}  # for headers, by client, longest wait first
        self._stalled: dict[Connection, tuple[float, int]] = {}  # since when, with unsent bytes; longest first
        self._count = 0
        self._stopped = False

    @property
    def count(self) -> int:
        """The number of open connections."""
        return self._count

    def open(self, connection: Connection) -> bool:
        """Add a connection that waits for its headers; return False if there is no room for it."""
        if self._stopped:
            return False
        client = connection.client_address
        own = self._open.get(client, ())
        if len(own) >= self.limits.per_client and client not in self._proxies and not self._evict(client):
            return False
        if self._count >= self.limits.total and not self._evict_any():
            return False
        self._open.setdefault(client, set()).add(connection)
        self._count += 1
        self.wait(connection)
        return True

    def stop(self) -> None:
        """Refuse new connections."""
        self._stopped = True

    def wait(self, connection: Connection) -> None:
        """Note that a connection now waits for the headers of a request."""
        if connection in self._open.get(connection.client_address, ()):
            self.work(connection)
            self._waiting.setdefault(connection.client_address, {})[connection] = self._clock()

    def work(self, connection: Connection) -> None:
        """Note that a connection has the headers of a request."""
        if waiting := self._waiting.get(connection.client_address):
            waiting.pop(connection, None)
            if not waiting:
                del self._waiting[connection.client_address]

    def stall(self, connection: Connection) -> None:
        """Note that the client takes its response slower than it is sent."""
        self._stalled[connection] = self._clock(), connection.unsent()
        unsent = sum(each.unsent() for each in self._stalled)
        while unsent > self.limits.stalled_bytes and len(self._stalled) > 1:
            slowest = next(iter(self._stalled))
            unsent -= slowest.unsent()
            self._abort(slowest, "slow_reader")

    def resume(self, connection: Connection) -> None:
        """Note that the client has taken nearly all that was sent."""
        self._stalled.pop(connection, None)

    def close(self, connection: Connection) -> None:
        """Remove a connection; nothing happens if it was removed before."""
        self.work(connection)
        self.resume(connection)
        own = self._open.get(connection.client_address, set())
        if connection in own:
            own.remove(connection)
            self._count -= 1
            if not own:
                del self._open[connection.client_address]

    def sweep(self) -> None:
        """Close connections that have waited too long for their client, a few at a time. Call it often."""
        now = self._clock()
        for connection in [*islice(self._expired(now), _MAX_EXPIRED)]:
            self.work(connection)
            connection.expire()
        for connection, (since, unsent) in [*self._stalled.items()]:
            if now - since < self.limits.stalled_seconds:
                break
            del self._stalled[connection]
            if connection.unsent() < unsent:
                self._stalled[connection] = now, connection.unsent()
            else:
                self._abort(connection, "slow_reader")

    def _expired(self, now: float) -> Iterator[Connection]:
        """Yield the connections that have waited too long for headers."""
        for waiting in self._waiting.values():
            for connection, since in waiting.items():
                if now - since < self.limits.head_seconds:
                    break
                yield connection

    def _evict(self, client: str) -> bool:
        """Close the connection of a client that has waited longest; return whether there was one."""
        waiting = self._waiting.get(client)
        stalled = (each for each in self._stalled if each.client_address == client)
        connection = next(iter(waiting), None) if waiting else next(stalled, None)
        if connection is not None:
            self._abort(connection, "connections")
        return connection is not None

    def _evict_any(self) -> bool:
        """Close a connection that waits, of the client with most connections that has one."""
        clients = {*self._waiting, *(each.client_address for each in self._stalled)}
        return bool(clients) and self._evict(max(clients, key=lambda client: len(self._open.get(client, ()))))

    def _abort(self, connection: Connection, reason: str) -> None:
        self.close(connection)
        self.refused(reason)
        connection.abort()


@lru_cache(4096)
def client_of(host: str) -> str:
    """Return the client that an address belongs to: itself, or the network of 64 bits of an IPv6 address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return host if address.is_loopback else str(IPv6Address(int(address) >> _IPV6_SITE << _IPV6_SITE))
