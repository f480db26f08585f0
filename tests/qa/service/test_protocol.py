"""Attacks on connections: pipelined requests, large and slow headers, many connections."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from index.local.archive import LocalArchive
from qa.ask import Asker
from qa.service.connections import Connections, Limits, client_of
from qa.service.protocol import MAX_HEAD, MAX_HEADERS
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from tests.fakes import HashEmbedder, build_archive, identifier

_GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_archive(tmp_path_factory.mktemp("protocol"), {"piscine.md": "La piscine ferme en juin."})


@contextmanager
def _served(data: Path, limits: Limits | None = None, **settings: object) -> Iterator[int]:
    """Serve an archive; yield the port."""
    with (
        LocalArchive(data) as archive,
        serve_in_thread(
            Asker(archive, HashEmbedder(), identifier()),
            Settings(**settings),  # type: ignore[arg-type]
            limits,
        ) as address,
    ):
        yield int(address.rpartition(":")[2])


@pytest.fixture(scope="module")
def port(data: Path) -> Iterator[int]:
    with _served(data) as port:
        yield port


def _exchange(port: int, *parts: bytes) -> bytes:
    """Send the parts on one connection; return all that the service sends until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return _rest(connection)


def _rest(connection: socket.socket) -> bytes:
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return received


def _status(response: bytes) -> int:
    return int(response.split()[1])


def test_of_pipelined_requests_only_the_first_is_answered(port: int) -> None:
    received = _exchange(port, _GET * 5000)
    assert received.count(b"HTTP/1.1 200 OK") == 1


@pytest.mark.parametrize(
    ("target", "status"),
    [(b"http://localhost", b"200"), (b"http://evil.test", b"400"), (b"http://a@localhost", b"400")],
)
def test_a_target_at_another_host_than_the_header_is_refused(port: int, target: bytes, status: bytes) -> None:
    head = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert _exchange(port, b"GET " + target + b"/articles" + head).startswith(b"HTTP/1.1 " + status)


def test_a_second_host_is_refused_on_each_request_of_a_connection(port: int) -> None:
    received = _exchange(port, b"GET /articles HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n\r\n")
    assert _status(received) == 400
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert [client.get("/livez").status_code for _ in range(2)] == [200, 200]


def test_a_connection_answers_request_after_request(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(3):
            assert client.get("/livez").status_code == 200
            assert client.post("/ask", json={"question": "quand ferme la piscine ?"}).status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        b"X-A: " + b"a" * (MAX_HEAD + 1) + b"\r\n\r\n",
        b"X-A: " + b"a" * (20 * MAX_HEAD),
        b"".join(b"X-%d: a\r\n" % number for number in range(MAX_HEADERS + 1)) + b"\r\n",
        b"a" * (20 * MAX_HEAD),
    ],
    ids=["long value", "endless value", "many", "endless name"],
)
def test_large_headers_are_refused_with_431(port: int, head: bytes) -> None:
    received = _exchange(port, b"GET /livez HTTP/1.1\r\nHost: localhost\r\n", head)
    assert _status(received) == 431
    problem = json.loads(received.partition(b"\r\n\r\n")[2])
    assert (problem["status"], problem["title"]) == (431, "Headers too large")
    assert str(MAX_HEADERS) in problem["detail"]


def test_a_large_address_is_refused_with_431(port: int) -> None:
    assert _status(_exchange(port, b"GET /" + b"a" * (20 * MAX_HEAD))) == 431


def test_large_trailers_are_refused(port: int) -> None:
    head = (
        b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    assert _status(_exchange(port, head, b"2\r\n{}\r\n0\r\nX-A: ", b"a" * (20 * MAX_HEAD))) == 431


def test_a_trailer_is_not_taken_for_a_header(port: int) -> None:
    head = b"POST /ask HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    body = b'{"question": "quand ferme la piscine ?"}'
    sent = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\nX-Request-Id: trailer\r\n\r\n" % (len(body), body)
    received = _exchange(port, head + sent)
    assert _status(received) == 200
    assert b"trailer" not in received


def test_a_question_of_2000_letters_fits_into_an_address(port: int) -> None:
    response = httpx.get(f"http://127.0.0.1:{port}/ask", params={"q": "ไ" * 2000})
    assert response.status_code == 200


def test_malformed_requests_get_400_as_a_problem(port: int) -> None:
    received = _exchange(port, b"\x16\x03\x01 no HTTP\r\n\r\n")
    assert _status(received) == 400
    assert b"application/problem+json" in received


def test_headers_that_are_not_complete_in_time_get_408(data: Path) -> None:
    with _served(data, Limits(head_seconds=0.5)) as port:
        began = time.monotonic()
        assert _status(_exchange(port, b"GET /livez HTTP/1.1\r\n")) == 408
        assert _exchange(port) == b""
        assert _exchange(port, b"\r\n" * 100) == b""
        assert time.monotonic() - began < 10


def test_other_clients_are_answered_while_one_holds_all_its_connections(data: Path) -> None:
    with _served(data, Limits(total=32, per_client=16)) as port, ExitStack() as stack:
        held = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)) for _ in range(64)]
        for connection in held:
            connection.sendall(b"GET /livez HTTP/1.1\r\n")
        response = httpx.get(f"http://127.0.0.1:{port}/metrics")
        assert response.status_code == 200
        figures = dict(line.split(" ") for line in response.text.splitlines() if line.startswith("newsqa_"))
        assert float(figures["newsqa_connections"]) <= 16
        assert float(figures['newsqa_refusals_total{reason="connections"}']) >= 48
        assert _rest(held[0]) == b""  # the first ones were closed


class _Held:
    """A connection that is only counted."""

    def __init__(self, client: str, unsent: int = 0) -> None:
        self.client_address = client
        self.ended = ""
        self.left = unsent

    def expire(self) -> None:
        self.ended = "expired"

    def abort(self) -> None:
        self.ended = "aborted"

    def unsent(self) -> int:
        return self.left


def test_the_client_with_most_connections_loses_one_if_there_are_too_many() -> None:
    connections = Connections(Limits(total=4, per_client=3))
    many, one = [_Held("192.0.2.1") for _ in range(3)], _Held("192.0.2.2")
    assert all(connections.open(each) for each in (*many, one))
    assert connections.open(_Held("192.0.2.3"))
    assert [each.ended for each in (*many, one)] == ["aborted", "", "", ""]
    assert connections.count == 4


def test_connections_at_work_are_not_closed_for_new_ones() -> None:
    connections = Connections(Limits(total=4, per_client=2))
    first, second = _Held("192.0.2.1"), _Held("192.0.2.1")
    for each in (first, second):
        assert connections.open(each)
        connections.work(each)
    assert not connections.open(_Held("192.0.2.1"))
    assert connections.open(_Held("192.0.2.2"))
    connections.close(first)
    assert connections.open(_Held("192.0.2.1"))


def test_a_trusted_proxy_may_have_all_connections() -> None:
    connections = Connections(Limits(total=4, per_client=1), proxies=("127.0.0.1",))
    held = [_Held("127.0.0.1") for _ in range(4)]
    for each in held:
        assert connections.open(each)
        connections.work(each)
    assert not connections.open(_Held("192.0.2.1"))


def test_a_client_that_takes_no_part_of_its_response_is_closed() -> None:
    now = 0.0
    connections = Connections(Limits(stalled_seconds=30, stalled_bytes=100), clock=lambda: now)
    slow, still, large = _Held("a", 40), _Held("b", 40), _Held("c", 90)
    for each in (slow, still):
        connections.open(each)
        connections.work(each)
        connections.stall(each)
    now, slow.left = 31.0, 30
    connections.sweep()
    assert (slow.ended, still.ended) == ("", "aborted")
    connections.open(large)
    connections.work(large)
    connections.stall(large)
    assert (slow.ended, large.ended) == ("aborted", "")


def test_connections_that_expire_together_are_closed_a_few_at_a_time() -> None:
    now = 0.0
    connections = Connections(Limits(head_seconds=10), clock=lambda: now)
    held = [_Held("a") for _ in range(100)]
    for each in held:
        connections.open(each)
    now = 11.0
    connections.sweep()
    first = [each.ended for each in held]
    assert 0 < sum(map(bool, first)) < 50
    for _ in range(10):
        connections.sweep()
    assert all(each.ended for each in held)


def test_limits_stay_below_the_limit_of_open_files() -> None:
    assert Limits().within(65_536) == Limits()
    assert (Limits().within(1024).total, Limits().within(1024).per_client) == (768, 384)
    assert Limits().within(256).total == 128


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
    ],
)
def test_a_network_of_ipv6_is_one_client(host: str, client: str) -> None:
    assert client_of(host) == client
