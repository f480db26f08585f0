"""Connections to checked addresses only: a name is resolved once for each connection, and that address is used."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx2 as httpx

from index.errors import FetchError
from index.web.addresses import IN_PRIVATE_NETWORK, Address, Allowed, is_local_name, literal, refusal

_ALLOW = "to fetch from there, name the network in NEWSQA_FETCH_PRIVATE"
_MAX_ADDRESSES = 4  # of a host that are tried

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the IP addresses of a name, for connections to a port."""


async def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a name as the system knows it, best first.

    Raises:
        OSError: it has none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class CheckedTransport(httpx.AsyncBaseTransport):
    """Sends requests to public and allowed addresses; others raise `FetchError` before anything is sent.

    TLS names and checks the host of the URL. A redirect is another request, and is checked like any other.
    """

    def __init__(
        self, allowed: Allowed, connections: httpx.AsyncBaseTransport, resolver: Resolver | None = resolve
    ) -> None:
        """Send over `connections`, which must keep none open, since they know addresses instead of names.

        Without `resolver` names are not resolved: `connections` go to a proxy, which does it.
        """
        self._allowed = allowed
        self._connections = connections
        self._resolver = resolver

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address of its host that accepts a connection."""
        host, port = request.url.host, request.url.port
        if port is None:
            port = 443 if request.url.scheme == "https" else 80
        self._check_name(str(request.url), host, port)
        if self._resolver is None and not literal(host):
            return await self._connections.handle_async_request(request)
        failure: httpx.TransportError | None = None
        for address in await self._addresses(str(request.url), host, port):
            checked = httpx.Request(
                request.method,
                request.url.copy_with(host=str(address)),
                headers=request.headers,  # with the name as Host
                stream=request.stream,
                extensions=dict(request.extensions) | ({} if literal(host) else {"sni_hostname": host}),
            )
            try:
                return await self._connections.handle_async_request(checked)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or httpx.ConnectError(f"{host} has no address")

    def _check_name(self, url: str, host: str, port: int) -> None:
        if port not in (80, 443, *self._allowed.ports):
            raise FetchError(url, f"port {port} is not allowed: add it to NEWSQA_FETCH_PORTS")
        if not self._allowed.networks and is_local_name(host):
            raise FetchError(url, f"{host} is a name of the local network: {_ALLOW}")

    async def _addresses(self, url: str, host: str, port: int) -> list[Address]:
        """Return the addresses of a host, all of which may be fetched.

        Raises:
            FetchError: one of them may not be fetched, or the host is not found.
        """
        names: Sequence[str] = [host]
        if self._resolver is not None and not literal(host):
            try:
                names = await self._resolver(host, port)
            except (OSError, UnicodeError) as error:
                reason = f"the host {host} is not found: check its spelling, or try again later"
                raise FetchError(url, reason, temporary=True) from error
        addresses: list[Address] = []
        for name in dict.fromkeys(names):
            address = literal(name)
            refused = refusal(address, self._allowed.networks) if address else "not an IP address"
            if address is None or refused:
                subject = host if name == host else f"the address {name} of {host}"
                remedy = _ALLOW if refused == IN_PRIVATE_NETWORK else "it is never fetched"
                raise FetchError(url, f"{subject} is {refused}: {remedy}")
            addresses.append(getattr(address, "ipv4_mapped", None) or address)
        return addresses[:_MAX_ADDRESSES]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connections.aclose()
