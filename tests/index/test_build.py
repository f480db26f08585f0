"""Updates of an archive from files."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from index.build import update
from index.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, ArticleError, OtherModel
from index.language import Identifier
from index.local.archive import LocalArchive, updating
from index.local.catalog import Catalog
from index.local.lock import write_lock
from index.model.embed import Embedding
from index.types import Article
from tests.fakes import (
    HashEmbedder,
    build_archive,
    fake_model,
    identifier,
    index_paths,
    no_progress,
    write_files,
)

FILES = {
    "pont.md": "---\ndate: 2026-01-02\n---\n# Le pont\n\nLe pont rouvre lundi. Les camions attendent depuis deux ans.",
    "grue.txt": "date 2026-01-03 La grue du port est tombée. Personne n’a été blessé.",
    "monde/zh.md": "# 港口\n\n港口星期一重新开放。市长很高兴。",
    "monde/ar.md": "# الجسر\n\nيعاد فتح الجسر يوم الاثنين بعد أشهر من الأشغال.",
    "breves.jsonl": '{"text": "Il neige sur les quais.", "url": "https://exemple.test/neige"}\n'
    '{"text": "Bravo 🎉 !"}\n',
}
ARTICLES = 6


@dataclass(frozen=True, slots=True)
class Press:
    """A folder of articles and the archive made of it."""

    articles: Path
    data: Path

    def write(self, **files: str) -> None:
        """Write articles in Markdown, content by name."""
        write_files(self.articles, {f"{name}.md": content for name, content in files.items()})

    def texts(self) -> dict[str, str]:
        """Return the text of every article by the name of its file."""
        return {Path(article.origin).name: article.text for article in self.all()}

    def all(self) -> list[Article]:
        """Return every article."""
        with Catalog.open(self.data) as catalog:
            return catalog.page(1000, 0)


@pytest.fixture
def press(tmp_path: Path) -> Press:
    """An archive of `FILES`."""
    return Press(tmp_path / "articles", build_archive(tmp_path, FILES))


def state(data: Path) -> dict[str, object]:
    """Return the whole content of an archive, except passage numbers and the revision."""
    with LocalArchive(data) as archive:
        kept: dict[str, object] = {article.id: article for article in archive.catalog.page(10_000, 0)}
        for article_id in list(kept):
            for passage in archive.catalog.passages_of(article_id):
                _, tokens = archive.catalog.candidates([passage.number])[passage.number]
                place = (passage.article_id, passage.start, passage.end, passage.language, passage.sentences)
                kept[passage.id] = (place, tokens.counts.tobytes(), tokens.codes.tobytes())
        content = archive.catalog.content()
        numbers, vectors = content.numbers, content.vectors
        stored = {passage.number: passage for passage, _ in archive.catalog.candidates(numbers.tolist()).values()}
        for number, vector in zip(numbers.tolist(), vectors, strict=True):
            kept[f"vector of {stored[number].id}"] = vector.tobytes()
            found = archive.generation.segments.search(vector, len(archive.generation.segments))
            kept[f"near {stored[number].id}"] = sorted(stored[each].id for each, _ in found if each in stored)
        return kept | archive.catalog.counts()


# --- from nothing


def test_files_become_articles(press: Press) -> None:
    assert press.texts() == {
        "pont.md": "Le pont\n\nLe pont rouvre lundi. Les camions attendent depuis deux ans.",
        "grue.txt": "La grue du port est tombée. Personne n’a été blessé.",
        "zh.md": "港口\n\n港口星期一重新开放。市长很高兴。",
        "ar.md": "الجسر\n\nيعاد فتح الجسر يوم الاثنين بعد أشهر من الأشغال.",
        "breves.jsonl:1": "Il neige sur les quais.",
        "breves.jsonl:2": "Bravo 🎉 !",
    }


def test_a_summary_says_what_was_done(tmp_path: Path) -> None:
    summary = index_paths(write_files(tmp_path / "articles", FILES), data=tmp_path / "data")
    assert (summary.added, summary.updated, summary.unchanged, summary.pruned) == (ARTICLES, 0, 0, 0)
    assert (summary.passages, summary.embedded, summary.articles) == (ARTICLES, ARTICLES, ARTICLES)
    assert summary.problems == []


def test_an_article_without_title_is_called_by_its_first_sentence(press: Press) -> None:
    titles = {Path(article.origin).name: article.title for article in press.all()}
    assert titles["grue.txt"] == "La grue du port est tombée."
    assert titles["pont.md"] == "Le pont"


def test_a_long_first_sentence_is_cut_between_words_for_a_title(tmp_path: Path) -> None:
    build_archive(tmp_path, {"a.txt": "Le conseil a voté, " + "hier, " * 30})
    (article,) = Press(tmp_path / "articles", tmp_path / "data").all()
    assert len(article.title) <= 122
    assert article.title.startswith("Le conseil a voté, hier, hier")
    assert article.title.endswith(", hier …")


def test_a_title_of_one_endless_word_is_still_a_title(tmp_path: Path) -> None:
    build_archive(tmp_path, {"a.txt": "港" * 500})
    (article,) = Press(tmp_path / "articles", tmp_path / "data").all()
    assert article.title.startswith("港")


def test_languages_come_from_the_text_or_from_the_file(press: Press) -> None:
    press.write(court="---\nlanguage: nl\n---\nBrest")
    index_paths(press.articles, data=press.data)
    languages = {Path(article.origin).name: article.language for article in press.all()}
    assert languages["zh.md"] == "zh"
    assert languages["ar.md"] == "ar"
    assert languages["pont.md"] == "fr"
    assert languages["court.md"] == "nl"


def test_a_passage_is_the_slice_it_names(press: Press) -> None:
    with Catalog.open(press.data) as catalog:
        for article in press.all():
            for passage in catalog.passages_of(article.id):
                assert article.text[passage.start : passage.end].strip()
                for start, end in passage.sentences:
                    assert passage.start <= start < end <= passage.end


def test_a_passage_is_embedded_below_its_title(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    build_archive(tmp_path, {"a.md": "---\ntitle: Le port\n---\nIl rouvre."}, embedder)
    assert embedder.embedded == ["Le port\nIl rouvre."]


@pytest.mark.parametrize("max_tokens", [60, 64, 512])
def test_an_endless_title_leaves_room_for_the_passage(tmp_path: Path, max_tokens: int) -> None:
    embedder = HashEmbedder(fake_model(max_tokens=max_tokens))
    words = " ".join(f"mot{number}" for number in range(300))
    build_archive(tmp_path, {"a.md": f"---\ntitle: {'titre ' * 300}\n---\n{words}"}, embedder)
    assert all(len(embedder.token_spans(text)) <= max_tokens for text in embedder.embedded)
    assert sum(text.count("mot") for text in embedder.embedded) == 300


def test_the_tokens_of_title_and_sentences_are_kept(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"a.md": "---\ntitle: Titre\n---\nLe port rouvre. La grue tourne."})
    with Catalog.open(data) as catalog:
        ((_, tokens),) = catalog.candidates(catalog.content().numbers.tolist()).values()
    assert tokens.counts.tolist() == [1, 4, 4]


def test_an_article_of_a_thousand_passages_is_kept(tmp_path: Path) -> None:
    sentence = "Le conseil a voté le point numéro {} de son ordre du jour après un débat sur les crèches de la ville. "
    text = "".join(sentence.format(number) for number in range(1500))
    data = build_archive(tmp_path, {"a.txt": text})
    with Catalog.open(data) as catalog:
        assert catalog.counts()["passages"] > 150
        vectors = catalog.content().vectors
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_without_articles_no_archive_is_made(tmp_path: Path) -> None:
    with pytest.raises(ArticleError):
        index_paths(tmp_path / "absent.md", data=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_files_that_hold_only_problems_leave_an_empty_archive(tmp_path: Path) -> None:
    summary = index_paths(write_files(tmp_path / "articles", {"a.md": "", "b.jsonl": "x"}), data=tmp_path / "data")
    assert (summary.articles, len(summary.problems)) == (0, 2)
    with LocalArchive(tmp_path / "data") as archive:
        assert len(archive.generation.segments) == 0


def test_problems_name_the_place_and_the_rest_goes_on(press: Press) -> None:
    press.write(mauvais="---\ndate: 2026-13-01\n---\n!", bon="Texte")
    summary = index_paths(press.articles, data=press.data)
    assert summary.added == 1
    (problem,) = summary.problems
    assert problem.startswith(f"{press.articles}/mauvais.md:")


def test_what_was_not_understood_is_a_warning_and_the_article_is_kept(press: Press) -> None:
    press.write(mauvais="---\ndate: 2026-13-01\n---\nTexte")
    write_files(press.articles, {"breves.jsonl": '{"text": "Un.", "ville": 1}\n{"text": "Deux.", "ville": 2, "n": 1}'})
    summary = index_paths(press.articles, data=press.data)
    assert (summary.added, summary.problems) == (2, [])
    assert summary.warnings == [
        f"{press.articles}/mauvais.md:2: date '2026-13-01' is not a date: there is no such day",
        f"{press.articles}/breves.jsonl: unknown fields, not used: ville, n",
    ]


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("Le pont de la ville a été rouvert lundi matin par la maire, après deux ans de travaux.", "2026-04-03"),
        ("The bridge of the city was reopened by the mayor on Monday, after two years of works.", "None"),
    ],
)
def test_the_language_of_the_text_decides_between_day_and_month(tmp_path: Path, text: str, published: str) -> None:
    articles = write_files(tmp_path / "articles", {"a.md": f"---\ndate: 03/04/2026\n---\n{text}"})
    summary = index_paths(articles, data=tmp_path / "data")
    (article,) = Press(articles, tmp_path / "data").all()
    assert str(article.published) == published
    warning = f"{articles}/a.md:2: date '03/04/2026' is ambiguous: 2026-04-03 or 2026-03-04: write YYYY-MM-DD"
    assert summary.warnings == ([warning] if published == "None" else [])


def test_files_that_are_passed_over_are_counted(tmp_path: Path) -> None:
    articles = write_files(tmp_path / "articles", FILES | {"a.odp": "x", "b/c.ODP": "x", "d.png": "x"})
    with ZipFile(articles / "e.zip", "w") as packed:
        for name in ("a.md", "photo.PNG", "LICENSE", ".hidden", "__MACOSX/a.png"):
            packed.writestr(name, "Il neige.")
    summary = index_paths(articles, data=tmp_path / "data")
    assert summary.skipped == {".odp": 2, ".png": 2, "LICENSE": 1}
    assert (summary.added, summary.warnings, summary.problems) == (ARTICLES + 1, [], [])


# --- repeated updates


def test_an_update_without_changes_costs_nothing(press: Press) -> None:
    embedder = HashEmbedder()
    before, generation = state(press.data), sorted(press.data.glob("generations/*/*"))
    summary = index_paths(press.articles, data=press.data, embedder=embedder)
    assert (summary.added, summary.updated, summary.unchanged) == (0, 0, ARTICLES)
    assert embedder.embedded == []
    assert state(press.data) == before
    assert sorted(press.data.glob("generations/*/*")) == generation


def test_an_update_gives_what_an_index_from_nothing_gives(press: Press, tmp_path: Path) -> None:
    press.write(pont="# Le pont\n\nIl est fermé.", neige="Il neige.")
    (press.articles / "grue.txt").unlink()
    index_paths(press.articles, data=press.data, prune=True)
    index_paths(press.articles, data=tmp_path / "fresh")
    assert state(press.data) == state(tmp_path / "fresh")


def test_a_changed_article_replaces_itself(press: Press) -> None:
    ids = {article.origin: article.id for article in press.all()}
    press.write(pont="# Le pont\n\nIl est encore fermé.")
    summary = index_paths(press.articles, data=press.data)
    assert (summary.added, summary.updated, summary.unchanged) == (0, 1, ARTICLES - 1)
    assert press.texts()["pont.md"] == "Le pont\n\nIl est encore fermé."
    assert {article.origin: article.id for article in press.all()} == ids


def test_only_what_changed_is_embedded(press: Press) -> None:
    press.write(pont="# Le pont\n\nIl est encore fermé.")
    embedder = HashEmbedder()
    summary = index_paths(press.articles, data=press.data, embedder=embedder)
    assert embedder.embedded == ["Le pont\nLe pont\n\nIl est encore fermé."]
    assert (summary.passages, summary.embedded) == (1, 1)


def test_a_changed_date_changes_the_article_and_embeds_nothing(press: Press) -> None:
    write_files(press.articles, {"pont.md": FILES["pont.md"].replace("2026-01-02", "2026-01-05")})
    embedder = HashEmbedder()
    assert index_paths(press.articles, data=press.data, embedder=embedder).updated == 1
    assert embedder.embedded == []
    assert "2026-01-05" in {str(article.published) for article in press.all()}


def test_duplicate_text_is_embedded_once(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    text = "---\ntitle: Le port\n---\nIl rouvre."
    data = build_archive(tmp_path, {"a.md": text, "b.md": text}, embedder)
    assert len(embedder.embedded) == 1
    with Catalog.open(data) as catalog:
        assert catalog.counts() == {"articles": 2, "passages": 2, "embeddings": 1}


def test_a_renamed_article_is_not_embedded_again(press: Press) -> None:
    (press.articles / "pont.md").rename(press.articles / "viaduc.md")
    embedder = HashEmbedder()
    summary = index_paths(press.articles, data=press.data, embedder=embedder, prune=True)
    assert (summary.added, summary.pruned, summary.embedded) == (1, 1, 0)
    assert embedder.embedded == []


def test_vectors_of_removed_text_are_deleted(press: Press) -> None:
    press.write(pont="Il est fermé.")
    index_paths(press.articles, data=press.data)
    with Catalog.open(press.data) as catalog:
        assert catalog.counts()["embeddings"] == ARTICLES


# --- pruning


def test_an_article_whose_file_is_gone_stays(press: Press) -> None:
    (press.articles / "pont.md").unlink()
    assert index_paths(press.articles, data=press.data).pruned == 0
    assert "pont.md" in press.texts()


def test_pruning_deletes_articles_whose_file_is_gone(press: Press) -> None:
    (press.articles / "pont.md").unlink()
    summary = index_paths(press.articles, data=press.data, prune=True)
    assert (summary.pruned, summary.articles) == (1, ARTICLES - 1)
    assert "pont.md" not in press.texts()


def test_pruning_deletes_articles_whose_json_line_is_gone(press: Press) -> None:
    write_files(press.articles, {"breves.jsonl": FILES["breves.jsonl"].split("\n")[0]})
    assert index_paths(press.articles, data=press.data, prune=True).pruned == 1
    assert sorted(name for name in press.texts() if "jsonl" in name) == ["breves.jsonl:1"]


@pytest.mark.parametrize(
    "name",
    [
        "a:b.md",
        "été 1.txt",
        "a.MD",
    ],
)
def test_pruning_deletes_articles_whatever_their_file_was_called(press: Press, name: str) -> None:
    write_files(press.articles, {name: "Il neige."})
    index_paths(press.articles, data=press.data)
    (press.articles / name).unlink()
    assert index_paths(press.articles, data=press.data, prune=True).pruned == 1


def test_pruning_looks_only_below_what_was_indexed(press: Press) -> None:
    (press.articles / "pont.md").unlink()
    assert index_paths(press.articles / "monde", data=press.data, prune=True).pruned == 0
    assert "pont.md" in press.texts()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pont.md", b"\xff\xfe"),
        ("pont.md", b"---\ntitle: x\n"),
        ("grue.txt", b""),
        ("breves.jsonl", b"{"),
        ("breves.jsonl", b'{"text": "Il neige sur les quais.", "url": "https://exemple.test/neige"}\n{'),
    ],
)
def test_articles_of_an_unreadable_file_are_not_pruned(press: Press, name: str, content: bytes) -> None:
    before = press.texts()
    (press.articles / name).write_bytes(content)
    summary = index_paths(press.articles, data=press.data, prune=True)
    assert len(summary.problems) == 1
    assert summary.pruned == 0
    assert press.texts() == before


# --- the same article from two places


_VERSION = '{{"url": "https://exemple.test/1", "text": "{}", "date": "{}"}}'


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        ("2026-02-01", "2026-02-02", "b.jsonl:1"),
        ("2026-02-02", "2026-02-01", "a.jsonl:1"),
        ("2026-02-02", "2026-02-02", "b.jsonl:1"),
        ("", "", "b.jsonl:1"),
        ("2026-02-02", "", "b.jsonl:1"),
    ],
)
def test_of_two_versions_of_a_url_the_newer_stands_however_often_they_are_indexed(
    tmp_path: Path, first: str, second: str, stands: str
) -> None:
    content = {"a.jsonl": _VERSION.format("Trois blessés.", first), "b.jsonl": _VERSION.format("Sept blessés.", second)}
    articles, data = write_files(tmp_path / "articles", content), tmp_path / "data"
    summary = index_paths(articles, data=data)
    assert (summary.added, summary.updated, summary.superseded, summary.problems) == (1, 0, 1, [])
    assert (summary.passages, summary.articles) == (1, 1)
    assert [*Press(articles, data).texts()] == [stands]
    before = state(data)
    summary = index_paths(articles, data=data)
    assert (summary.added, summary.updated, summary.unchanged, summary.superseded) == (0, 0, 1, 1)
    assert state(data) == before


def test_an_older_version_that_is_indexed_again_does_not_come_back(tmp_path: Path) -> None:
    content = {"1.jsonl": _VERSION.format("Trois.", "2026-02-01"), "2.jsonl": _VERSION.format("Sept.", "2026-02-02")}
    articles, data = write_files(tmp_path / "articles", content), tmp_path / "data"
    for file in ("1.jsonl", "2.jsonl", "1.jsonl"):
        summary = index_paths(articles / file, data=data)
    assert (summary.updated, summary.superseded) == (0, 1)
    assert Press(articles, data).texts() == {"2.jsonl:1": "Sept."}
    (articles / "2.jsonl").unlink()
    index_paths(articles, data=data, prune=True)
    assert Press(articles, data).texts() == {"1.jsonl:1": "Trois."}


def test_a_version_comes_back_when_the_newer_one_has_left_its_file(tmp_path: Path) -> None:
    content = {"1.jsonl": _VERSION.format("Trois.", "2026-02-01"), "2.jsonl": _VERSION.format("Sept.", "2026-02-02")}
    articles, data = write_files(tmp_path / "articles", content), tmp_path / "data"
    index_paths(articles, data=data)
    write_files(articles, {"2.jsonl": '{"text": "Il neige."}'})
    index_paths(articles, data=data)
    assert Press(articles, data).texts() == {"1.jsonl:1": "Trois.", "2.jsonl:1": "Il neige."}


def test_three_versions_in_one_file_are_one_article(tmp_path: Path) -> None:
    days = ["2026-02-02", "2026-02-03", "2026-02-01"]
    lines = "\n".join(_VERSION.format(f"Bilan du {day}.", day) for day in days)
    articles, data = write_files(tmp_path / "articles", {"a.jsonl": lines}), tmp_path / "data"
    for _ in range(2):
        summary = index_paths(articles, data=data)
        assert (summary.superseded, summary.articles) == (2, 1)
        assert Press(articles, data).texts() == {"a.jsonl:2": "Bilan du 2026-02-03."}


@pytest.mark.parametrize("between", [0, 200])  # articles, whose passages make it write what is pending
def test_a_version_that_is_read_again_after_another_one_stands_in_each_update(tmp_path: Path, between: int) -> None:
    versions = [_VERSION.format(text, "").strip() for text in ("Trois.", "Sept.")]
    others = [json.dumps({"text": f"Il neige sur le quai {number}."}) for number in range(between)]
    lines = "\n".join([*versions, *others, *versions, *others, versions[0]])
    articles, data = write_files(tmp_path / "articles", {"a.jsonl": lines}), tmp_path / "data"
    index_paths(articles, data=data)
    summary = index_paths(articles, data=data)
    assert (summary.added, summary.updated, summary.unchanged) == (0, 0, 1 + 2 * between)
    with Catalog.open(data) as catalog:
        assert [article.text for article in catalog.page(1000, 0) if article.url] == ["Trois."]


@pytest.mark.parametrize(
    "url",
    ["http://www.exemple.test/1", "https://exemple.test/1/?utm_source=rss&fbclid=x", "https://EXEMPLE.test:443/1/amp"],
)
def test_addresses_that_lead_to_one_page_are_one_article(tmp_path: Path, url: str) -> None:
    lines = [{"text": text, "url": each} for text, each in (("Trois.", "https://exemple.test/1"), ("Sept.", url))]
    others = [{"text": "Neuf.", "url": f"https://exemple.test/{end}"} for end in ("1?page=2", "2", "1#live-7")]
    content = "\n".join(map(json.dumps, [*lines, *others]))
    summary = index_paths(write_files(tmp_path / "articles", {"a.jsonl": content}), data=tmp_path / "data")
    assert (summary.added, summary.superseded) == (4, 1)


def _older(data: Path) -> list[str]:
    """Return the texts of the older versions of the only article of an archive."""
    with Catalog.open(data) as catalog:
        (article,) = catalog.page(2, 0)
        return [version.article.text for version in catalog.versions(article.id)]


def test_versions_that_are_superseded_are_kept_as_older_ones(tmp_path: Path) -> None:
    days = ["2026-02-02", "2026-02-04", "2026-02-01", "2026-02-03"]
    lines = "\n".join(_VERSION.format(f"Bilan du {day}.", day) for day in days)
    articles, data = write_files(tmp_path / "articles", {"a.jsonl": lines}), tmp_path / "data"
    expected = [f"Bilan du {day}." for day in ("2026-02-03", "2026-02-02", "2026-02-01")]
    for _ in range(2):
        index_paths(articles, data=data)
        assert _older(data) == expected


def test_an_older_version_that_is_read_in_a_later_update_is_kept(tmp_path: Path) -> None:
    content = {"2.jsonl": _VERSION.format("Sept.", "2026-02-02"), "1.jsonl": _VERSION.format("Trois.", "2026-02-01")}
    articles, data = write_files(tmp_path / "articles", content), tmp_path / "data"
    for file in ("2.jsonl", "1.jsonl", "1.jsonl"):
        index_paths(articles / file, data=data)
        assert Press(articles, data).texts() == {"2.jsonl:1": "Sept."}
    assert _older(data) == ["Trois."]


def test_the_same_url_with_the_same_text_is_one_article(tmp_path: Path) -> None:
    content = "---\nurl: https://exemple.test/1\n---\nUn"
    articles = write_files(tmp_path / "articles", {"a.md": content, "b.md": content})
    summary = index_paths(articles, data=tmp_path / "data")
    assert (summary.problems, summary.added, summary.unchanged, summary.articles) == ([], 1, 1, 1)


def test_the_same_url_twice_is_one_article_after_another_update(tmp_path: Path) -> None:
    content = "---\nurl: https://exemple.test/1\n---\nUn"
    articles = write_files(tmp_path / "articles", {"a.md": content, "b.md": content})
    index_paths(articles, data=tmp_path / "data")
    before = state(tmp_path / "data")
    assert index_paths(articles, data=tmp_path / "data", prune=True).unchanged == 2
    assert state(tmp_path / "data") == before


@pytest.mark.parametrize("through", ["", "monde", "monde/zh.md"])
def test_a_file_reached_through_another_folder_keeps_its_id(press: Press, through: str) -> None:
    before = state(press.data)
    embedder = HashEmbedder()
    summary = index_paths(press.articles / through, data=press.data, embedder=embedder)
    assert (summary.added, summary.updated) == (0, 0)
    assert (state(press.data), embedder.embedded) == (before, [])


def test_a_folder_above_finds_the_same_articles(press: Press) -> None:
    before = state(press.data)
    assert index_paths(press.articles.parent, data=press.data).added == 0
    assert state(press.data) == before


def test_a_moved_archive_keeps_its_ids_and_embeds_nothing(press: Press, tmp_path: Path) -> None:
    before = {article.id: Path(article.origin).name for article in press.all()}
    elsewhere = tmp_path / "ailleurs"
    elsewhere.mkdir()
    shutil.move(press.articles, elsewhere)
    shutil.move(press.data, elsewhere)
    embedder = HashEmbedder()
    summary = index_paths(elsewhere / "articles", data=elsewhere / "data", embedder=embedder, prune=True)
    assert (summary.unchanged, summary.pruned, embedder.embedded) == (ARTICLES, 0, [])
    after = Press(elsewhere / "articles", elsewhere / "data").all()
    assert {article.id: Path(article.origin).name for article in after} == before
    assert all(article.origin.startswith(f"{elsewhere}/") for article in after)


def test_another_folder_of_the_same_name_does_not_replace_articles(press: Press, tmp_path: Path) -> None:
    other = write_files(tmp_path / "ailleurs" / "articles", {"pont.md": "Un autre pont."})
    summary = index_paths(other, data=press.data)
    assert summary.problems == [
        f"{other}/pont.md: has the same name as {press.articles}/pont.md: rename its folder, or give it a url"
    ]
    assert press.texts()["pont.md"].startswith("Le pont")


@pytest.mark.parametrize(
    "name",
    [
        "midi.md",
        "12:30.md",
    ],
)
def test_a_name_in_two_folders_is_a_problem(tmp_path: Path, name: str) -> None:
    data = build_archive(tmp_path, {name: "Il neige."})
    summary = index_paths(write_files(tmp_path / "ailleurs" / "articles", {name: "Il pleut."}), data=data)
    assert (len(summary.problems), summary.updated) == (1, 0)


# --- locks and errors


def test_a_second_writer_gets_an_error(press: Press) -> None:
    with write_lock(press.data), pytest.raises(ArchiveBusy, match="another newsqa is indexing there"):
        index_paths(press.articles, data=press.data, wait=0.1)


def test_an_archive_of_another_model_is_left_alone(press: Press) -> None:
    before = state(press.data)
    press.write(neige="Il neige.")
    with pytest.raises(OtherModel) as caught:
        index_paths(press.articles, data=press.data, embedder=HashEmbedder(fake_model("other@1")))
    assert "fake@0" in str(caught.value)
    assert "other@1" in str(caught.value)
    assert state(press.data) == before


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    articles = write_files(tmp_path / "articles", FILES)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArchiveError, match=f"^{tmp_path}/file/data: not writable"):
        index_paths(articles, data=tmp_path / "file" / "data")


def test_a_foreign_catalog_is_left_alone(tmp_path: Path) -> None:
    articles = write_files(tmp_path / "articles", FILES)
    write_files(tmp_path / "data", {"catalog.sqlite": "Bonjour.\n" * 100})
    with pytest.raises(ArchiveDamaged):
        index_paths(articles, data=tmp_path / "data")
    assert (tmp_path / "data" / "catalog.sqlite").read_text() == "Bonjour.\n" * 100


# --- interruptions


MANY = {
    f"{number:03}.txt": "".join(
        f"Le conseil {number} a voté le point {point} de son ordre du jour après un débat sur les crèches. "
        for point in range(20)
    )
    for number in range(60)
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The state of an archive of `MANY` made in one go; its origins are left out, since they depend on the folder."""
    return _placeless(state(build_archive(tmp_path_factory.mktemp("whole"), MANY)))


def _placeless(kept: dict[str, object]) -> dict[str, object]:
    return {
        key: (value.title, value.text, value.language) if isinstance(value, Article) else value
        for key, value in kept.items()
    }


class Interrupting(HashEmbedder):
    """Is interrupted after some passages, as by Ctrl-C."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        """Embed passages until it is time.

        Raises:
            KeyboardInterrupt: it is time.
        """
        for embedding in super().passages(texts):
            self._left -= 1
            if self._left < 0:
                raise KeyboardInterrupt
            yield embedding


@pytest.mark.parametrize("after", [0, 1, 63, 64, 65, 100])
def test_an_interrupted_update_is_completed_by_the_next(tmp_path: Path, whole: dict[str, object], after: int) -> None:
    articles, data = write_files(tmp_path / "articles", MANY), tmp_path / "data"
    with pytest.raises(KeyboardInterrupt):
        index_paths(articles, data=data, embedder=Interrupting(after))
    state(data)
    embedder = HashEmbedder()
    index_paths(articles, data=data, embedder=embedder)
    assert _placeless(state(data)) == whole
    assert len(embedder.embedded) == whole["embeddings"] - after // 64 * 64  # type: ignore[operator]


@pytest.mark.parametrize("call", [1, 2, 30, 60])
def test_an_update_may_be_interrupted_wherever_it_reports(tmp_path: Path, whole: dict[str, object], call: int) -> None:
    articles, data = write_files(tmp_path / "articles", MANY), tmp_path / "data"
    calls = count(1)

    def interrupting(_step: str, _done: int, _total: int) -> None:
        if next(calls) == call:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(
            [articles],
            updating(data, fake_model(), 0),
            HashEmbedder(),
            identifier(),
            prune=False,
            progress=interrupting,
        )
    state(data)
    index_paths(articles, data=data)
    assert _placeless(state(data)) == whole


_KILLED = """
import os, signal, sys, threading
from pathlib import Path
from tests.fakes import HashEmbedder, identifier, index_paths, no_progress

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Dying(HashEmbedder):
    def passages(self, texts):
        for embedding in super().passages(texts):
            if len(self.embedded) == moment:
                die()
            yield embedding

kind, moment, articles, data = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
identifier()
if kind == "embedding":
    index_paths(articles, data=data, embedder=Dying())
elif kind == "timer":
    threading.Timer(moment, die).start()
    while True:
        index_paths(articles, data=data)
else:
    left = [moment]
    def hook(event, arguments):
        if event == kind and "generations" in str(arguments[0]):
            left[0] -= 1
            if left[0] < 0:
                die()
    sys.addaudithook(hook)
    index_paths(articles, data=data)
"""


@pytest.mark.parametrize(
    ("kind", "moment"),
    [
        ("embedding", 1),
        ("embedding", 70),
        ("embedding", 110),
        ("timer", 0.05),
        ("timer", 0.15),
        ("open", 0),
        ("open", 1),
        ("os.rename", 0),
    ],
)
def test_a_killed_update_leaves_an_archive_that_the_next_completes(
    tmp_path: Path, whole: dict[str, object], kind: str, moment: float
) -> None:
    articles, data = write_files(tmp_path / "articles", MANY), tmp_path / "data"
    index_paths(write_files(tmp_path / "first", {"000.txt": MANY["000.txt"]}), data=data)
    command = [sys.executable, "-c", _KILLED, kind, str(moment), str(articles), str(data)]
    root = Path(__file__).parents[2]
    died = subprocess.run(command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, check=False)
    assert died.returncode == -signal.SIGKILL
    state(data)
    index_paths(articles, data=data)
    shutil.rmtree(tmp_path / "first")
    index_paths(articles, tmp_path, data=data, prune=True)
    assert _placeless(state(data)) == whole
    assert not [path.name for path in (data / "generations").iterdir() if path.name.startswith(".")]


def test_an_archive_whose_creation_was_interrupted_is_created_again(tmp_path: Path) -> None:
    write_files(tmp_path, {"catalog.making": "the first half of a catalog"})
    assert index_paths(write_files(tmp_path / "articles", FILES), data=tmp_path).added == ARTICLES
    assert not (tmp_path / "catalog.making").exists()


def test_a_change_of_the_languages_splits_articles_again(tmp_path: Path) -> None:
    articles, data = write_files(tmp_path / "articles", FILES), tmp_path / "data"
    index_paths(articles, data=data)
    embedder = HashEmbedder()
    summary = update(
        [articles],
        updating(data, embedder.model, 0),
        embedder,
        Identifier(["fr", "en"]),
        prune=False,
        progress=no_progress,
    )
    assert summary.updated == ARTICLES


def test_progress_is_reported(tmp_path: Path) -> None:
    reports: list[tuple[str, int, int]] = []
    articles = write_files(tmp_path / "articles", FILES)
    update(
        [articles],
        updating(tmp_path / "data", fake_model(), 0),
        HashEmbedder(),
        identifier(),
        prune=False,
        progress=lambda step, done, total: reports.append((step, done, total)),
    )
    total = sum(len(file.read_text().splitlines()) if file.suffix == ".jsonl" else 1 for file in articles.rglob("*.*"))
    assert [each[1] for each in reports] == sorted(each[1] for each in reports)
    assert {each[2] for each in reports} == {total}
    assert reports[-1][1] == total


def test_the_total_of_the_progress_follows_the_articles_of_a_packed_file(tmp_path: Path) -> None:
    reports: list[tuple[int, int]] = []
    articles = write_files(tmp_path / "articles", {"a.md": "Il neige.", "z.md": "Il pleut."})
    with ZipFile(articles / "b.zip", "w") as packed:
        for name in ("a.png", "a.md", "b.md", "c.md"):
            packed.writestr(name, f"Le pont {name}.")
    update(
        [articles],
        updating(tmp_path / "data", fake_model(), 0),
        HashEmbedder(),
        identifier(),
        prune=False,
        progress=lambda _, done, total: reports.append((done, total)),
    )
    assert [*dict.fromkeys(reports)] == [(0, 3), (1, 3), (2, 4), (3, 5), (4, 5), (5, 5)]


def test_an_archive_with_a_reader_is_updated(press: Press) -> None:
    with LocalArchive(press.data) as reader:
        press.write(neige="Il neige.")
        index_paths(press.articles, data=press.data)
        assert reader.catalog.counts()["articles"] == ARTICLES + 1
        assert (len(reader.generation.segments), len(reader.live)) == (ARTICLES, 0)
        reader.refresh()
        assert (len(reader.generation.segments), len(reader.live)) == (ARTICLES, 1)


def test_an_article_that_is_no_longer_in_its_file_is_deleted(tmp_path: Path) -> None:
    articles, data = tmp_path / "articles", tmp_path / "data"
    write_files(articles, {"a.md": "Le pont a neuf arches."})
    index_paths(articles, data=data)
    write_files(articles, {"a.md": "---\nurl: https://example.org/pont\n---\nLe pont a dix arches."})
    index_paths(articles, data=data)
    with Catalog.open(data) as catalog:
        assert [article.text for article in catalog.page(10, 0)] == ["Le pont a dix arches."]


def test_a_line_without_url_does_not_take_the_place_of_an_article_with_one(tmp_path: Path) -> None:
    articles, data = tmp_path / "articles", tmp_path / "data"
    with_url = json.dumps({"text": "Le pont rouvre.", "url": "https://example.org/pont"})
    write_files(articles, {"d.jsonl": with_url})
    index_paths(articles, data=data)
    write_files(articles, {"d.jsonl": json.dumps({"text": "Il neige."}) + "\n" + with_url})
    summary = index_paths(articles, data=data)
    assert (summary.problems, summary.articles) == ([], 2)


@pytest.mark.parametrize("folder_too", [False, True])
def test_the_last_articles_of_a_folder_can_be_pruned(tmp_path: Path, folder_too: bool) -> None:
    articles, data = write_files(tmp_path / "articles", {"a.md": "Le pont rouvre."}), tmp_path / "data"
    index_paths(articles, data=data)
    (articles / "a.md").unlink()
    if folder_too:
        articles.rmdir()
    assert index_paths(articles, data=data, prune=True).articles == 0


def test_a_failed_publication_is_an_error(tmp_path: Path) -> None:
    articles, data = write_files(tmp_path / "articles", {"a.md": "Le pont rouvre."}), tmp_path / "data"
    write_files(data, {"generations": "a file in the way"})
    with pytest.raises(ArchiveError, match="cannot be written"):
        index_paths(articles, data=data)


def test_an_article_leaves_its_url_when_its_file_becomes_a_version_of_another(tmp_path: Path) -> None:
    articles, data = tmp_path / "articles", tmp_path / "data"
    page = "---\nurl: https://example.org/{}\n---\n{}"
    write_files(articles, {"a.md": page.format("a", "Le pont rouvre."), "b.md": page.format("b", "Il neige.")})
    index_paths(articles, data=data)
    write_files(articles, {"b.md": page.format("a", "Il neige encore.")})
    summary = index_paths(articles, data=data, prune=True)
    assert (summary.superseded, summary.pruned) == (1, 1)
    assert Press(articles, data).texts() == {"b.md": "Il neige encore."}
