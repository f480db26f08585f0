"""What may be fetched: addresses, redirects and names whose address changes. No test leaves this machine."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from index.errors import FetchError
from index.web.addresses import PRIVATE, Allowed, Network, networks, refusal
from index.web.fetch import Fetcher, Options, connections_of
from index.web.transport import Resolver
from tests.index.web.site import FakeConnections, Reply, Site, page

_PUBLIC = """
93.184.216.34 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.167.1.1 193.0.0.1 169.253.1.1 198.17.0.1
223.255.255.254 1.0.0.1 2606:2800:220:1::1 2a00::1 64:ff9b::5db8:d822 ::ffff:93.184.216.34 2001:200::1 2620:4f:8000::1
""".split()
_REFUSED_ADDRESSES = """
0.0.0.0 0.0.0.1 0.1.2.3 0.255.255.255 10.0.0.0 10.0.0.1 10.255.255.255 10.96.0.1 100.64.0.1 100.100.100.200
100.127.255.255 127.0.0.1 127.0.0.2 127.1.2.3 127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.253 169.254.169.254
169.254.170.2 169.254.255.255 172.16.0.1 172.17.0.1 172.20.10.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.0.192
192.0.2.1 192.0.2.255 192.88.99.1 192.168.0.1 192.168.1.254 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7
203.0.113.9 224.0.0.1 224.0.0.251 232.1.1.1 239.255.255.250 240.0.0.1 250.1.2.3 255.255.255.254 255.255.255.255
:: ::1 ::2 ::7f00:1 ::127.0.0.1 ::ffff:0.0.0.0 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254
::ffff:a9fe:a9fe ::ffff:192.168.1.1 ::ffff:100.64.0.1 ::ffff:224.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1
64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::192.168.0.1 64:ff9b:1::1 64:ff9b:1::10.0.0.1 100::1 100:0:0:1::1 2001::1
2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:1ff::1 2001:db8::1
2001:db8:ffff::1 2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe::1 2002:c0a8:101::1 2002:5db8:d822::1 3ffe::1 3fff::1
3fff:fff::1 4000::1 5f00::1 8000::1 fc00::1 fc00:ec2::1 fd00::1 fd00:ec2::254 fd00:ec2::23 fd20:ce::254
fdff:ffff::1 fe80::1 fe80::a9fe:a9fe fe80::1%eth0 febf::1 fec0::1 feff::1 ff01::1 ff02::1 ff02::fb ff05::2 ff0e::1
ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:127.0.0.1
""".split()
_REFUSED_HOSTS = """
2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 017700000001 0177.0.0.1 0177.0.0.01 127.1 127.0.1 127.0.0.1. 127.0.0.1..
00127.0.0.1 127.000.000.001 127.0.0.0x1 0 0x0 00 0.0.0.0. 3232235777 0xc0a80101 0xa9fea9fe 2852039166 169.254.43518
0251.0376.0251.0376 10.1 1.1 134744072 8.8.2056 127.0.0.1.0x1 0x7f000001. ١٢٧.٠.٠.١ １２７.０.０.１ 127。0。0。1
①②⑦.⓪.⓪.① localhost LOCALHOST localhost. Localhost.LocalDomain ip6-localhost ip6-loopback api.localhost a.b.localhost
ⓛⓞⓒⓐⓛⓗⓞⓢⓣ loc%61lhost 127%2e0%2e0%2e1 metadata.google.internal db.internal printer.local router.lan nas.home.arpa
[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:0:0:1] [fe80::1] [fe80::1%25eth0] [fe80::1%eth0]
[::1 ::1 [127.0.0.1] [::1]x user@127.0.0.1 user:pass@10.0.0.1 news.example@127.0.0.1 127.0.0.1#@news.example
127.0.0.1\\@news.example news.example:22 news.example:6379 news.example:0 news.example:99999
news.example:443@10.0.0.1 a..b .a -a.example a_.-b.example 1.2.3.4.5 256.256.256.256 999.1.1.1
""".split()


_REFUSED_URLS = [f"http://[{name}]/" if ":" in name else f"http://{name}/" for name in _REFUSED_ADDRESSES]
_REFUSED_URLS += [f"http://{host}/" for host in _REFUSED_HOSTS]
_REFUSED_URLS += ["ftp://news.example/", "file:///etc/passwd", "gopher://127.0.0.1:70/", "http:127.0.0.1", "http:///x"]
_REFUSED_URLS += ["dict://127.0.0.1/", "http://news.example/a b", "http://news.example/\n", "//127.0.0.1/", "https://"]
_OPEN = Options(delay=0, backoff=0, attempts=1)


async def _at_once(_: float) -> None:
    """Sleep not at all."""


def _fetch(url: str, connections: FakeConnections, resolver: Resolver, options: Options = _OPEN) -> str:
    """Return the content at a URL, or the message of the error."""

    async def run() -> str:
        async with Fetcher(options, resolver=resolver, connections=connections, sleep=_at_once) as fetcher:
            try:
                fetched = await fetcher.get(url)
            except FetchError as error:
                return f"refused: {error}"
            return fetched.content.decode() if fetched else ""

    return asyncio.run(run())


class _Names:
    """Gives one list of addresses after another; `calls` counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = iter(answers)
        self.calls = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the next addresses."""
        self.calls += 1
        return next(self._answers)


def _public() -> _Names:
    """Return a resolver that gives every name a public address."""
    return _Names(*[["93.184.216.34"]] * 100)


@pytest.mark.parametrize("name", _PUBLIC)
def test_public_addresses_are_fetched(name: str) -> None:
    assert refusal(ip_address(name)) is None
    connections = FakeConnections()
    url = f"http://[{name}]/" if ":" in name else f"http://{name}/"
    assert "canary" in _fetch(url, connections, _public())
    assert connections.addresses


def test_no_refused_address_reaches_the_canary() -> None:
    assert len(_REFUSED_URLS) >= 150
    connections = FakeConnections()
    for url in _REFUSED_URLS:
        answer = _fetch(url, connections, _public())
        assert answer.startswith("refused: "), url
        assert len(answer) > len(url) + 20
    assert connections.addresses == []


@pytest.mark.parametrize("allowed", [(), PRIVATE, networks("0.0.0.0/0", "::/0")])
def test_a_name_with_a_refused_address_does_not_reach_the_canary(allowed: tuple[Network, ...]) -> None:
    """Whatever is allowed, metadata, multicast and reserved addresses are not."""
    connections = FakeConnections()
    options = replace(_OPEN, allowed=Allowed(allowed))
    refused = [name for name in _REFUSED_ADDRESSES if refusal(ip_address(name), allowed)]
    assert len(refused) > (70 if allowed else 105)
    for name in refused:
        for answer in ([name], ["93.184.216.34", name], [name, "93.184.216.34"]):
            assert _fetch("https://news.example/", connections, _Names(answer), options).startswith("refused: ")
    assert connections.addresses == []
    assert {"169.254.169.254", "168.63.129.16", "0.0.0.0", "224.0.0.1", "::", "fd00:ec2::254"} <= {*refused}  # noqa: S104


def test_a_setting_opens_a_private_network_and_only_that() -> None:
    options = replace(_OPEN, allowed=Allowed(networks("10.1.0.0/16")))
    for name in ("10.1.0.1", "::ffff:10.1.0.1", "64:ff9b::10.1.0.1"):
        assert "canary" in _fetch("https://intranet.example/", FakeConnections(), _Names(*[[name]] * 2), options)
    refused = _fetch("https://intranet.example/", FakeConnections(), _Names(["10.2.0.1"]), options)
    assert "10.2.0.1 of intranet.example is in a private network: " in refused
    assert "NEWSQA_FETCH_PRIVATE" in refused


def test_other_ports_need_a_setting() -> None:
    refused = _fetch("http://news.example:8080/", FakeConnections(), _public())
    assert refused == "refused: http://news.example:8080/: port 8080 is not allowed: add it to NEWSQA_FETCH_PORTS"
    options = replace(_OPEN, allowed=Allowed(ports=(8080,)))
    assert "canary" in _fetch("http://news.example:8080/", FakeConnections(), _public(), options)


_CHAINS = [
    (hops, url) for url in _REFUSED_URLS[:: len(_REFUSED_URLS) // 11] for hops in (1, 2, 3, 4, 5) if " " not in url
][:50]


@pytest.mark.parametrize(("hops", "target"), _CHAINS)
def test_no_chain_of_redirects_reaches_a_refused_address(hops: int, target: str) -> None:
    names = [f"hop{number}.example" for number in range(hops)]
    redirects = dict(zip(names, [*(f"https://{name}/" for name in names[1:]), target], strict=True))
    connections = FakeConnections(redirects)
    answer = _fetch("https://hop0.example/", connections, _public())
    assert answer.startswith("refused: https://hop0.example/: redirects to "), answer
    assert {*connections.addresses} == {"93.184.216.34"}
    assert len(_CHAINS) == 50


def test_more_than_five_redirects_are_refused() -> None:
    redirects = {f"hop{number}.example": f"//hop{number + 1}.example/" for number in range(9)}
    assert "canary" in _fetch("http://hop4.example/", FakeConnections(redirects), _public())
    assert "redirects more than 5 times" in _fetch("http://hop3.example/", FakeConnections(redirects), _public())
    circle = FakeConnections({"a.example": "http://b.example/", "b.example": "http://a.example/"})
    assert "redirects more than 5 times" in _fetch("http://a.example/", circle, _public())


_GOOD, _BAD = ["93.184.216.34"], ["127.0.0.1"]
_REBINDINGS = [
    [*([_GOOD] * before), bad, *([_GOOD] * 3)]
    for before in range(4)
    for bad in (_BAD, ["10.0.0.1"], ["::1"], ["169.254.169.254"], [*_GOOD, "192.168.0.1"])
]


@pytest.mark.parametrize("answers", _REBINDINGS)
def test_a_name_whose_address_changes_does_not_reach_a_refused_address(answers: list[list[str]]) -> None:
    """Each connection goes to the address that was checked, from the only resolution that was made for it."""
    names, connections = _Names(*answers), FakeConnections({"a.example": "http://b.example/"})
    answer = _fetch("http://a.example/", connections, names)
    assert {*connections.addresses} <= {*_GOOD}
    bad = next(number for number, each in enumerate(answers) if each != _GOOD)
    assert answer.startswith("refused: ")
    assert (names.calls, len(connections.addresses)) == (bad + 1, bad)  # robots.txt and page of both hosts
    assert len(_REBINDINGS) == 20


@pytest.mark.parametrize("answers", [[["127.0.0.1"], ["127.0.0.2"]], [["127.0.0.2"], ["127.0.0.1"]]])
def test_over_real_connections_a_changed_address_does_not_reach_the_canary(answers: list[list[str]]) -> None:
    with Site({"/": page("The canary sings.")}, host="127.0.0.2") as canary, Site({"/": page("News.")}) as site:
        options = site.options(allowed=Allowed(networks("127.0.0.1"), (site.port, canary.port)))
        for port in (site.port, canary.port):
            assert _real(f"http://news.example:{port}/", options, _Names(*answers)).startswith("refused: ")
        redirecting = Reply(status=302, headers={"Location": f"{canary.url}/"})
        site.pages["/moved"] = redirecting
        answer = _real(f"http://news.example:{site.port}/moved", options, _Names(*[["127.0.0.1"]] * 4))
        assert f"redirects to {canary.url}/: 127.0.0.2 is in a private network" in answer
        assert canary.requests == []
        assert _real(f"http://news.example:{site.port}/", options, _Names(*[["127.0.0.1"]] * 2)).startswith("<html>")


def _real(url: str, options: Options, names: _Names) -> str:
    async def run() -> str:
        async with Fetcher(options, resolver=names) as fetcher:
            try:
                fetched = await fetcher.get(url)
            except FetchError as error:
                return f"refused: {error}"
            return fetched.content.decode() if fetched else ""

    return asyncio.run(run())


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server with a certificate for news.example, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "news.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("news.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "certificate").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key").write_bytes(pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "certificate", folder / "key")
    return server, ssl.create_default_context(cafile=folder / "certificate")


def test_the_certificate_is_checked_against_the_name_not_the_address(
    certificates: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    server, client = certificates
    named: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: named.append(name)
    with Site({"/": page("News.")}, tls=server) as site:

        async def run(url: str, trusted: ssl.SSLContext | None) -> str:
            options = site.options(attempts=1)
            connections = connections_of(options, trusted)
            async with Fetcher(options, resolver=_Names(*[["127.0.0.1"]] * 2), connections=connections) as fetcher:
                try:
                    fetched = await fetcher.get(url)
                except FetchError as error:
                    return f"refused: {error}"
                return fetched.content.decode() if fetched else ""

        assert "News." in asyncio.run(run(f"https://news.example:{site.port}/", client))
        assert [headers["host"] for _, headers in site.requests] == [f"news.example:{site.port}"] * 2
        assert {*named} == {"news.example"}
        for url, trusted in (("https://other.example", client), (site.url, client), ("https://news.example", None)):
            at = url if url == site.url else f"{url}:{site.port}"
            assert "its certificate is not valid" in asyncio.run(run(f"{at}/", trusted)), url
        assert len(site.requests) == 2
