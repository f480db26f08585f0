"""Two services behind nginx, with the configuration that is shipped, answer from one archive in Milvus."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from index.model.cache import Model
from tests.deploy.nginx import Nginx, free_port
from tests.deploy.replicas import Replica
from tests.index.contract.milvus_lite import MilvusLite

_QUESTION = {"question": "When does the harbor bridge reopen?"}
_LIBRARY = "The library of the old town keeps its reading room open until late in the evening."
_CLIENTS = 4


@dataclass(frozen=True)
class Site:
    """nginx, and the services behind it; the first one writes."""

    nginx: Nginx
    milvus: MilvusLite
    replicas: tuple[Replica, Replica]

    def client(self) -> httpx2.Client:
        """Return a client of nginx."""
        return httpx2.Client(base_url=self.nginx.address, timeout=60, trust_env=False)


@pytest.fixture(scope="module")
def site(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two services with an archive of two articles."""
    folder = tmp_path_factory.mktemp("site")
    lite = MilvusLite(folder)
    started: list[Replica] = []
    try:
        store = lite.address("site")
        started += [Replica(folder / name, store, free_port()) for name in ("first", "second")]
        addresses = [each.address.removeprefix("http://") for each in started]
        nginx = Nginx(folder, {"READERS": addresses, "WRITER": addresses[:1]})
        try:
            site = Site(nginx, lite, (started[0], started[1]))
            with site.client() as client:
                for name, article in (("bridge", _edition(0)), ("library", {"text": _LIBRARY})):
                    assert client.put(f"/articles/{name}", json=article).status_code == 201
            yield site
        finally:
            nginx.stop()
    finally:
        for each in started:
            each.stop()
        lite.stop()


def _edition(number: int) -> dict[str, str]:
    """Return an article of several passages that all name its edition."""
    paragraphs = [
        f"The harbor bridge reopens on day {number} of the year. The engineers finished edition {number} of their plan "
        f"for the bridge, and the harbor master said that ferries sail until day {number}. " * 3,
        f"The repairs of the bridge cost {number} million crowns. The council of the harbor voted {number} times "
        f"before it found the money for the bridge, which reopens on day {number}. " * 3,
        f"When the bridge reopens, {number} buses will cross it every day. The harbor bridge had been closed to buses "
        f"since a ship struck its pier in the year {number}. " * 3,
    ]
    return {"title": "The harbor bridge", "text": "\n\n".join(paragraphs)}


def _asked(site: Site, until: threading.Event, answers: list[httpx2.Response]) -> None:
    with site.client() as client:
        while not until.is_set():
            answers.append(client.post("/ask", json=_QUESTION))


def _answers_during(site: Site, job: Callable[[], object]) -> list[httpx2.Response]:
    """Return the answers to questions that several clients ask while a job runs."""
    until, answers = threading.Event(), list[httpx2.Response]()
    with ThreadPoolExecutor(_CLIENTS) as pool:
        asking = [pool.submit(_asked, site, until, answers) for _ in range(_CLIENTS)]
        try:
            job()
        finally:
            until.set()
        for each in asking:
            each.result()
    return answers


def _answered(replica: Replica) -> int:
    """Return how many answers a service has given."""
    text = httpx2.get(f"{replica.address}/metrics", timeout=60, trust_env=False).text
    return int(sum(float(count) for count in re.findall(r"^newsqa_answers_total\{.*\} (\S+)$", text, re.MULTILINE)))


def test_both_services_answer_and_only_one_writes(site: Site) -> None:
    before = [_answered(each) for each in site.replicas]
    with site.client() as client:
        answers = [client.post("/ask", json=_QUESTION).json() for _ in range(4)]
        assert client.get("/articles").json()["total"] == 2
    assert all(each["citations"] == answers[0]["citations"] != [] for each in answers)
    assert all(_answered(each) > count for each, count in zip(site.replicas, before, strict=True))


def test_while_an_article_changes_each_answer_is_of_one_of_its_versions(site: Site) -> None:
    def change() -> None:
        with site.client() as client:
            for number in range(1, 9):
                written = client.put("/articles/bridge", json=_edition(number))
                assert written.status_code == 200, written.text
                time.sleep(0.3)

    answers = _answers_during(site, change)
    numbers = []
    with site.client() as client:
        for each in answers:
            if each.status_code == 503:  # the article changed each time that the question was asked
                assert each.headers["retry-after"] == "1"
                assert each.json()["detail"] == "articles changed during the answer: ask again"
            else:
                assert each.status_code == 200, each.text
                numbers.append(_edition_of(each.json(), client))
    assert len(numbers) > len(answers) // 2
    assert len(set(numbers)) > 3


def _edition_of(answer: dict[str, Any], client: httpx2.Client) -> int:
    """Return the edition that all passages and quotes of an answer have; each quote must be exact."""
    texts = [each["text"] for each in answer["passages"] if each["article_id"] == "bridge"]
    assert answer["citations"]
    for each in answer["citations"]:
        article = client.get("/articles/bridge", params={"version": each["version"]}).json()
        assert article["text"][each["start_char_index"] : each["end_char_index"]] == each["cited_text"]
        texts.append(article["text"])
    (number,) = {int(number) for text in texts for number in re.findall(r"\d+", text)}
    return number


def test_a_killed_service_costs_its_clients_no_error_and_later_answers_again(site: Site) -> None:
    second = site.replicas[1]

    def fail() -> None:
        time.sleep(0.5)
        second.kill()
        second.start()
        time.sleep(0.5)

    answers = _answers_during(site, fail)
    assert {each.status_code for each in answers} == {200}
    assert _answered(second) > 0  # since its new start


def test_without_the_database_clients_get_the_refusal_of_a_service_and_later_answers(site: Site) -> None:
    site.milvus.stop()
    with site.client() as client:
        refused = client.post("/ask", json=_QUESTION)
        site.milvus.start()
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert refused.headers["content-type"] == "application/problem+json"
        deadline = time.monotonic() + 60  # connections wait longer after each failure
        while (answer := client.post("/ask", json=_QUESTION)).status_code == 503 and time.monotonic() < deadline:
            time.sleep(0.5)
        assert answer.status_code == 200
