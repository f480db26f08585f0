"""Of quotes that answer nearly as well, those in the languages that a question asks for come first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.errors import FilterError
from index.local.archive import LocalArchive
from qa.ask import Asker
from qa.client import Client
from tests.fakes import HashEmbedder, PhraseReader, app_of, build_archive, identifier, service_of

_ARTICLES = {
    "pool.md": "---\ntitle: Pool\nlanguage: en\n---\nNothing remains in Arven: budget short of cash.\n",
    "piscine.md": "---\ntitle: Piscine\nlanguage: fr\n---\nÀ Arven, budget : manque d’argent.\n",
    "bad.md": "---\ntitle: Bad\nlanguage: de\n---\nDas Bad in Arven hat viele Gäste.\n",
}
_QUESTION = "which money does the Arven budget lack?"
_READER = PhraseReader("short of cash", "manque d’argent")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_archive(tmp_path_factory.mktemp("languages"), _ARTICLES)


@pytest.fixture(scope="module")
def client(data: Path) -> Iterator[TestClient]:
    with LocalArchive(data) as archive, TestClient(app_of(archive, reader=_READER)) as opened:
        yield opened


def _quoted(data: Path, *languages: str, top_k: int = 8) -> list[str]:
    with LocalArchive(data) as archive:
        asker = Asker(archive, HashEmbedder(), identifier(), reader=_READER)
        answer = asker.ask(_QUESTION, top_k, languages_first=languages)
    assert all(any(hit.has(citation) for hit in answer.hits) for citation in answer.citations)
    assert len(answer.hits) <= top_k
    return [citation.language for citation in answer.citations]


@pytest.mark.parametrize("value", ["fr", "FR", "fr-FR", "French", "français", "fr, de"])
def test_a_language_is_a_code_or_a_name_as_in_filters(data: Path, value: str) -> None:
    assert _quoted(data, value) == ["fr", "en"]


@pytest.mark.parametrize("values", [(), ("",), (" , ",), ("de",)])
def test_without_a_passage_in_them_the_language_of_the_question_comes_first(
    tmp_path: Path, values: tuple[str, ...]
) -> None:
    others = {name: text for name, text in _ARTICLES.items() if name != "bad.md"}
    unread = {f"{n}.md": f"---\nlanguage: de\n---\nNummer {n} schweigt.\n" for n in range(5)}
    assert _quoted(build_archive(tmp_path, others | unread), *values) == ["en", "fr"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_one_passage_is_chosen_from_all_that_were_read(data: Path, language: str) -> None:
    assert _quoted(data, language, top_k=1) == [language]


def test_a_language_that_no_article_has_is_an_error_that_says_which_there_are(data: Path) -> None:
    with pytest.raises(FilterError, match="no article has the language 'Klingon': the archive has ") as error:
        _quoted(data, "French, Klingon")
    assert error.value.field == "languages_first"


def test_over_http_the_error_names_the_field(client: TestClient) -> None:
    body = {"question": _QUESTION, "languages_first": ["xx"]}
    assert client.post("/ask", json=body).json()["errors"][0]["pointer"] == "#/languages_first"
    by_address = client.get("/ask", params={"q": _QUESTION, "languages_first": "xx"}).json()
    assert by_address["errors"][0]["pointer"] == "query/languages_first"


def test_the_python_client_sends_it(data: Path) -> None:
    with service_of(data, _READER) as address, Client(address) as client:
        answer = client.ask(_QUESTION, languages_first=["French"])
    assert [statement.language for statement in answer.statements] == ["fr", "en"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": _QUESTION}]}),
        ("/v1/responses", {"input": _QUESTION}),
    ],
)
def test_in_openai_format_it_works_or_is_refused(client: TestClient, path: str, body: dict[str, Any]) -> None:
    def text(languages: list[str]) -> str:
        return client.post(path, json=body | {"model": "newsqa", "languages_first": languages}).text

    french, english = text(["français"]), text(["en-GB"])
    assert french.index("manque d’argent") < french.index("short of cash")
    assert english.index("short of cash") < english.index("manque d’argent")
    refused = client.post(path, json=body | {"model": "newsqa", "languages_first": ["xx"]})
    assert (refused.status_code, refused.json()["error"]["param"]) == (422, "languages_first")
