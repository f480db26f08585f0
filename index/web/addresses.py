"""The table of IP addresses that may not be fetched, and of hosts that name them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def networks(*names: str) -> tuple[Network, ...]:
    """Return networks by their names, such as `10.0.0.0/8`, or an address.

    Raises:
        ValueError: a name is neither.
    """
    return tuple(ip_network(name) for name in names)


# Cloud providers give credentials here to any program of the machine; one address is in no private network.
_METADATA = networks(
    "168.63.129.16/32", "169.254.0.0/16", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::/32", "fd20:ce::/32"
)
PRIVATE = networks(
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"
)
"""Networks that a setting may open: loopback, private and shared ones."""
# IANA's special-purpose registries and deprecated networks. In IPv6 only 2000::/3 is public, so these are within it.
_SPECIAL = networks(
    "0.0.0.0/8",  # this host
    "192.0.0.0/24",  # protocol assignments
    "192.0.2.0/24",  # documentation
    "192.88.99.0/24",  # relays of 6to4
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, broadcast
    "2001::/23",  # protocol assignments, among them Teredo, which embeds an IPv4 address
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4, which embeds an IPv4 address
    "3ffe::/16",  # returned
    "3fff::/20",  # documentation
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)  # followed by an IPv4 address

_LOCAL_NAMES = re.compile(
    r"(?:.+\.)?(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa)|ip6-(?:localhost|loopback)"
)
_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


IN_PRIVATE_NETWORK = "in a private network"
"""The only refusal that a setting can lift."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The networks and ports that may be fetched besides the public web, none by default."""

    networks: tuple[Network, ...] = ()
    ports: tuple[int, ...] = ()


def refusal(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Return why an address may not be fetched, or None if it is public or in an allowed network.

    Addresses of cloud metadata, multicast and reserved addresses are refused whatever is allowed.
    """
    if isinstance(address, IPv6Address):
        if address.scope_id:
            return "an address with a zone"
        embedded = _embedded(address)
        if embedded is not None:
            return refusal(embedded, allowed)
    if _within(address, _METADATA):
        return "link-local or of cloud metadata"
    if _within(address, PRIVATE):
        return None if _within(address, allowed) else IN_PRIVATE_NETWORK
    if _within(address, _SPECIAL) or (isinstance(address, IPv6Address) and address not in _PUBLIC_V6):
        return "not a public address"
    return None


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address to which a packet for this address goes, if it embeds one in a form that is in use."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _NAT64:
        return last
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP and refusal(last) is not None:
        return last
    return None


def _within(address: Address, table: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in table)


def ascii_host(host: str) -> str:
    """Return a host of a URL in its only form: an IP address, or a name in ASCII without a final dot.

    Raises:
        ValueError: it is not a valid host, or an IP address in another form than its usual one.
    """
    if host.startswith("["):
        return str(IPv6Address(host.strip("[]")))
    name = host.removesuffix(".").lower()
    if not name.isascii():
        import idna  # imported here: its tables load slowly

        name = idna.encode(name, uts46=True).decode()  # also maps full-width digits and dots
    if _NUMERIC.fullmatch(name):
        return str(IPv4Address(name))
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{host}' is not a host name")
    return name


def is_local_name(host: str) -> bool:
    """Return whether a name is of this machine or its network by convention."""
    return _LOCAL_NAMES.fullmatch(host) is not None


def literal(host: str) -> Address | None:
    """Return the IP address that a host is, or None if it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
