"""What every store does: the same tests on the store of one machine and on Milvus."""

from dataclasses import replace
from datetime import date

import pytest

from index.archive import ANYTHING
from index.errors import ArchiveError, FilterError, NoArchive, OtherModel
from index.types import Filter
from tests.fakes import HashEmbedder, fake_model
from tests.index.contract.conftest import FILES, Place


def titles(place: Place, question: str, filters: Filter = ANYTHING) -> list[str]:
    """Return the titles of what a question finds, best first."""
    return [hit.article.title for hit in place.asker().search(question, 8, filters).hits]


def test_an_article_is_read_as_it_was_written(place: Place) -> None:
    text = (
        "Été à Œuf-sur-Mer : « 20 € ».\n\n" + "港口开放。 🎉 \\ \" ' {x} %s\n" * 4000
    )  # more than a row of Milvus takes
    place.index({"pont.md": FILES["pont.md"]})
    place.put("long", text, title='Un "titre" d\'été', author="Zoé", url="https://exemple.test/é?a=1")
    with place.store.reader(place.data) as reader:
        article = reader.articles(["long"])["long"]
        assert article.text == text.strip()
        assert (article.title, article.author, article.url) == (
            'Un "titre" d\'été',
            "Zoé",
            "https://exemple.test/é?a=1",
        )
        for passage in reader.passages_of("long"):
            assert reader.passage(passage.id) == passage


def test_a_question_finds_and_quotes_its_passage(read_only: Place) -> None:
    answer = read_only.asker().ask("Quand le pont rouvre-t-il après les travaux ?")
    assert answer.citations[0].text == "Le pont rouvre lundi après les travaux."
    assert answer.citations[0].article.title == "Le pont"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filter(published_from=date(2026, 4, 1)), {"La grue", "The ferry"}),
        (Filter(published_to=date(2026, 3, 1)), {"Le pont"}),
        (Filter(as_of=date(2026, 4, 2)), {"Le pont", "La grue"}),
        (Filter(languages=("en",)), {"The ferry"}),
        (Filter(sources=("Le Phare", "grue.md")), {"Le pont", "La grue"}),
        (Filter(languages=("fr",), sources=("Harbour Post",)), set()),
        (Filter(published_from=date(2027, 1, 1)), set()),
        (Filter(), {"Le pont", "La grue", "The ferry", "Sans date"}),
    ],
)
def test_a_filter_of_any_selectivity_holds(read_only: Place, filters: Filter, expected: set[str]) -> None:
    assert set(titles(read_only, "le pont la grue the ferry le marché", filters)) == expected
    with read_only.store.reader(read_only.data) as reader:
        assert {article.title for article in reader.page(10, 0, filters)} == expected
        assert reader.total(filters) == len(expected)


def test_articles_are_listed_newest_first(read_only: Place) -> None:
    with read_only.store.reader(read_only.data) as reader:
        assert [each.title for each in reader.listed(2, 1)] == ["La grue", "Le pont"]
        assert reader.page(10, 0)[-1].title == "Sans date"


def test_counts_and_facets_are_those_of_the_articles(read_only: Place) -> None:
    asker = read_only.asker()
    with asker.archive.reader() as reader:
        assert reader.sizes() == {"articles": 4, "passages": 4}
        assert reader.counts() == {"articles": 4, "passages": 4, "embeddings": 4}
    facets = asker.archive.facets()
    assert (facets.articles, facets.published_from, facets.published_to) == (4, date(2026, 3, 1), date(2026, 4, 9))
    assert facets.languages == {"fr": 3, "en": 1}
    assert facets.sources == {"Harbour Post": 1, "Le Phare": 1}
    assert facets.files == {"grue.md": 1, "sans.md": 1}


def test_a_write_is_visible_to_an_open_archive_at_once(filled: Place) -> None:
    asker = filled.asker()
    assert asker.archive.facets().articles == 4
    filled.put("phoque", "Un phoque gris dort sur la plage du nord.", title="Le phoque", source="L'Ancre")
    assert asker.search("où dort le phoque gris ?", filters=Filter(sources=("L'Ancre",))).hits[0].article.id == "phoque"
    with asker.archive.reading():
        assert asker.archive.facets(exact=True).articles == 5


def test_a_deleted_article_is_gone_at_once(filled: Place) -> None:
    asker = filled.asker()
    with filled.store.reader(filled.data) as reader:
        gone = next(each.id for each in reader.page(10, 0) if each.title == "La grue")
    writer = filled.store.writer(filled.data, fake_model())
    assert writer.delete([gone, "unknown"]) == 1
    writer.close()
    assert "La grue" not in {hit.article.title for hit in asker.search("la grue du port").hits}
    with asker.archive.reader() as reader:
        assert reader.articles([gone]) == {}
        assert reader.passages_of(gone) == []


def test_a_filter_by_an_outlet_whose_last_article_was_deleted_names_those_that_exist(filled: Place) -> None:
    asker = filled.asker()
    assert asker.search("le pont", 8, Filter(sources=("Le Phare",))).hits
    with filled.store.reader(filled.data) as reader:
        gone = next(each.id for each in reader.page(10, 0) if each.title == "Le pont")
    writer = filled.store.writer(filled.data, fake_model())
    writer.delete([gone])
    writer.close()
    with pytest.raises(FilterError, match="no article has the outlet 'Le Phare': the archive has Harbour Post"):
        asker.search("le pont", 8, Filter(sources=("Le Phare",)))


def test_a_replaced_article_is_found_in_its_new_text_and_keeps_the_old_one(filled: Place) -> None:
    filled.put("avis", "La plage est fermée jusqu'à vendredi.", title="Avis")
    filled.put("avis", "La plage est ouverte depuis samedi.", title="Avis")
    hit = filled.asker().search("la plage est fermée ou ouverte ?").hits[0]
    assert hit.article.text == "La plage est ouverte depuis samedi."
    with filled.store.reader(filled.data) as reader:
        assert [each.article.text for each in reader.versions("avis")] == ["La plage est fermée jusqu'à vendredi."]
        assert len(reader.passages_of("avis")) == 1


def test_an_update_stores_only_what_changed(filled: Place) -> None:
    summary = filled.index(FILES | {"pont.md": FILES["pont.md"].replace("lundi", "mercredi")})
    assert (summary.updated, summary.unchanged, summary.embedded) == (1, 3, 1)


def test_a_pruned_file_deletes_its_article(filled: Place) -> None:
    (filled.data.parent / "articles" / "grue.md").unlink()
    assert filled.index({}, prune=True).pruned == 1
    assert len(titles(filled, "la grue du port")) == 3


def test_copies_become_one_hit_that_names_the_others(filled: Place) -> None:
    text = "Une copie du même récit paraît dans deux journaux."
    filled.put("un", text, title="Récit", source="Le Phare")
    filled.put("deux", text, title="Récit", source="L'Ancre")
    hits = filled.asker().search("la copie du récit dans deux journaux").hits
    assert [hit.article.title for hit in hits].count("Récit") == 1
    assert {hits[0].article.id, *hits[0].also_in} == {"un", "deux"}


def test_no_archive_is_one_clear_message(place: Place) -> None:
    for opening in (place.store.open_archive, place.store.reader):
        with pytest.raises(NoArchive, match="run newsqa index PATH to create one"), opening(place.data):
            pass
    with pytest.raises(NoArchive, match="run newsqa index PATH to create one"):
        place.store.model_of(place.data)


def test_another_model_is_refused(read_only: Place) -> None:
    for model in (fake_model("other@1"), fake_model("wide@1", dimension=64)):
        with pytest.raises(OtherModel, match="made with the model fake@0, not with"):
            read_only.store.writer(read_only.data, model)


def test_an_update_creates_an_empty_archive(place: Place) -> None:
    with place.store.updating(place.data, HashEmbedder().model, 2):
        pass
    assert place.asker().search("le pont").hits == ()


def test_two_updates_do_not_run_at_once(place: Place) -> None:
    with (
        place.store.updating(place.data, fake_model(), 2),
        pytest.raises(ArchiveError, match="another newsqa is indexing"),
        place.store.updating(place.data, fake_model(), 0),
    ):
        pass


def test_a_moved_article_is_found_by_its_new_file(filled: Place) -> None:
    with filled.store.reader(filled.data) as reader:
        crane = next(each for each in reader.page(10, 0) if each.title == "La grue")
    writer = filled.store.writer(filled.data, fake_model())
    writer.move({crane.id: crane.origin.replace("grue.md", "cargo.md"), "unknown": "/presse/x.md"})
    writer.close()
    assert titles(filled, "la grue du port", Filter(sources=("cargo.md",))) == ["La grue"]
    assert titles(filled, "la grue du port", Filter(sources=("sans.md",))) == ["Sans date"]


def test_the_twenty_newest_older_versions_are_kept(place: Place) -> None:
    long = "La longue chronique continue. " * 600
    place.index({"pont.md": FILES["pont.md"]})
    place.put("fil", f"{long} Fin.", title="Fil")
    with place.store.reader(place.data) as reader:
        article = reader.articles(["fil"])["fil"]
    writer = place.store.writer(place.data, fake_model())
    writer.keep_versions(replace(article, text=f"{long} Version {number}.") for number in range(22))
    assert writer.articles(["fil"])["fil"] == article
    writer.close()
    with place.store.reader(place.data) as reader:
        kept = {each.article.text.rpartition(" ")[2] for each in reader.versions("fil")}
    assert kept == {f"{number}." for number in range(2, 22)}
