"""The service over real connections, in a thread of this process."""

import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2 as httpx

from index.local.archive import LocalArchive, create
from index.model.embed import Embedding
from qa.ask import Asker
from qa.service.serve import notices, serve_in_thread
from qa.settings import Settings
from tests.fakes import HashEmbedder, PhraseReader, build_archive, identifier

_ARTICLE = "---\ntitle: La piscine\n---\nLa piscine municipale ferme en juin.\n"


@contextmanager
def _served(data: Path, **fields: int) -> Iterator[str]:
    with (
        LocalArchive(data) as archive,
        serve_in_thread(Asker(archive, HashEmbedder(), identifier()), Settings(**fields)) as address,  # type: ignore[arg-type]
    ):
        yield address


def test_concurrent_questions_are_answered_or_get_a_retry_after(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": _ARTICLE})

    def ask(_: int) -> httpx.Response:
        return httpx.post(f"{address}/ask", json={"question": "quand ferme la piscine ?"}, timeout=30)

    with _served(data, queue=2) as address, ThreadPoolExecutor(24) as crowd:
        answers = list(crowd.map(ask, range(240)))
        assert ask(0).status_code == 200
    codes = Counter(answer.status_code for answer in answers)
    assert set(codes) == {200, 429}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers if answer.status_code == 429)
    texts = {answer.json()["answer"] for answer in answers if answer.status_code == 200}
    assert texts == {"La piscine municipale ferme en juin. [1]"}


def test_slow_readers_do_not_delay_other_clients(tmp_path: Path) -> None:
    text = "La piscine municipale ferme en juin et les travaux durent huit mois, dit la ville. " * 5000
    data = build_archive(tmp_path, {"long.txt": text, "piscine.md": _ARTICLE})
    with _served(data) as address:
        port = int(address.rpartition(":")[2])
        articles = httpx.get(f"{address}/articles").json()["articles"]
        longest = max(articles, key=lambda article: article["characters"])["id"]
        with ExitStack() as readers:
            for _ in range(48):  # fewer than may wait for articles
                reader = readers.enter_context(socket.socket())
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                reader.connect(("127.0.0.1", port))
                reader.sendall(f"GET /articles/{longest} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            for path in ("/livez", "/readyz", "/articles", "/ask?q=quand+ferme+la+piscine+%3F"):
                assert httpx.get(f"{address}{path}", timeout=20).status_code == 200


def test_a_service_reports_once_at_its_start_that_its_model_has_no_reader(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": "La piscine ferme en juin."})
    with LocalArchive(data) as archive:
        without = Asker(archive, HashEmbedder(), identifier())
        reading = Asker(archive, HashEmbedder(), identifier(), reader=PhraseReader())
        assert [*notices(without, Settings())] == [
            "the model fake has no reader: answers quote the most similar sentences"
        ]
        assert [*notices(without, Settings(reader="off"))] == []
        assert [*notices(reading, Settings())] == []


def test_an_empty_archive_in_milvus_is_named_by_its_address(tmp_path: Path) -> None:
    create(tmp_path, HashEmbedder().model)
    with LocalArchive(tmp_path) as archive:
        asker = Asker(archive, HashEmbedder(), identifier(), reader=PhraseReader())
        (notice,) = notices(asker, Settings(store="milvus+http://user:word@host:19530/press"))
    assert notice.startswith("milvus+http://host:19530/press: the archive is empty")


class _SlowEmbedder(HashEmbedder):
    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        for text in texts:
            time.sleep(0.1)
            yield from super().passages([text])


_LONG = "".join(
    f"Le pont {number} ferme pour les travaux de cet été, dit la ville de Brest. " for number in range(3000)
)


def test_a_short_write_passes_a_long_one_and_the_end_of_the_service_gives_the_long_one_up(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": _ARTICLE})
    with LocalArchive(data) as archive, ThreadPoolExecutor(1) as client:
        asker = Asker(archive, _SlowEmbedder(), identifier())
        with serve_in_thread(asker, Settings()) as address:
            long = client.submit(httpx.put, f"{address}/articles/long", json={"text": _LONG}, timeout=60)
            time.sleep(0.5)
            began = time.monotonic()
            assert (
                httpx.put(f"{address}/articles/short", json={"text": "La gare ouvre."}, timeout=60).status_code == 201
            )
            assert time.monotonic() - began < 5
            assert not long.done()
            began = time.monotonic()
        assert time.monotonic() - began < 6
        answer = long.result()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["content-type"] == "application/problem+json"
        with archive.reader() as reader:
            assert {*reader.articles(["long", "short"])} == {"short"}


def test_a_request_whose_body_never_ends_gets_503_at_the_end_of_the_service(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"piscine.md": _ARTICLE})
    with socket.socket() as connection:
        with _served(data) as address:
            connection.connect(("127.0.0.1", int(address.rpartition(":")[2])))
            headers = "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
            connection.sendall(f"PUT /articles/a HTTP/1.1\r\n{headers}{{".encode())
            time.sleep(0.2)
            began = time.monotonic()
        assert time.monotonic() - began < 6
        assert connection.recv(4096).startswith(b"HTTP/1.1 503")
