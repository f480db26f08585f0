"""The demonstration archive matches the README."""

import re
from collections import Counter
from pathlib import Path

import pytest

from index.read.article import RawArticle
from index.read.files import find, read
from tests.conftest import SEEDS

_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|„[^“]*“")
_MIN_COPY = 8  # consecutive words that count as copied


def _articles(folder: Path) -> list[RawArticle]:
    items = [item for file, name in find([folder]) for item in read(file, name)]
    articles = [item for item in items if isinstance(item, RawArticle)]
    assert len(articles) == len(items), [item for item in items if not isinstance(item, RawArticle)]
    return articles


def _word_sequences(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return {tuple(words[start : start + _MIN_COPY]) for start in range(len(words) - _MIN_COPY + 1)}


@pytest.fixture(scope="module")
def articles() -> list[RawArticle]:
    return _articles(SEEDS)


def test_it_has_the_languages_of_an_archive_of_french_news(articles: list[RawArticle]) -> None:
    languages = Counter(article.language for article in articles)
    assert len(articles) >= 24
    assert languages["fr"] >= 14
    assert languages["en"] >= 4
    assert {"es", "de", "it", "pt"} <= set(languages)


def test_articles_have_title_date_source_and_url(articles: list[RawArticle]) -> None:
    assert all(article.title and article.published and article.source for article in articles)
    urls = [article.url or "" for article in articles]
    assert all(url.startswith("https://example.org/") for url in urls)
    assert len(set(urls)) == len(urls)


def test_articles_have_150_to_450_words(articles: list[RawArticle]) -> None:
    lengths = {article.name: len(article.text.split()) for article in articles}
    assert {name: length for name, length in lengths.items() if not 150 <= length <= 460} == {}  # 10 for headings


def test_one_article_is_a_copy_with_another_first_line(articles: list[RawArticle]) -> None:
    rest = Counter(article.text.partition("\n")[2] for article in articles)
    copied = [article for article in articles if rest[article.text.partition("\n")[2]] == 2]
    first, second = copied
    assert first.source != second.source
    assert first.text != second.text


def test_one_article_corrects_an_earlier_one(articles: list[RawArticle]) -> None:
    (correction,) = [article for article in articles if article.title and article.title.startswith("Correction")]
    assert "CEO" in correction.text
    assert any(article.title and article.title in correction.text for article in articles if article is not correction)


def test_a_table_a_post_in_english_and_an_emoji_occur(articles: list[RawArticle]) -> None:
    sources = [file.read_text(encoding="utf-8") for file in SEEDS.glob("fr-*.md")]
    assert any(re.search(r"^\|[-:| ]+\|$", source, re.MULTILINE) for source in sources)
    assert any(re.search(r"^> .*\(@\w+\) \w+ \d+, \d{4}$", source, re.MULTILINE) for source in sources)
    assert any(re.search("[\U0001f300-\U0001faff]", article.text) for article in articles)


def test_no_sentence_of_the_real_articles_is_repeated(shared: Path, articles: list[RawArticle]) -> None:
    real = set().union(*(_word_sequences(article.text) for article in _articles(shared / "seeds")))
    for article in articles:
        unquoted = _QUOTED.sub(" ", article.text)
        text = "\n".join(line for line in unquoted.split("\n") if "(@" not in line)  # without posts
        assert not _word_sequences(text) & real, article.name
