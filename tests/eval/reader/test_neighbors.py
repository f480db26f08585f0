from pathlib import Path

from eval.reader.items import contains
from eval.reader.neighbors import cached, neighbors
from index.model.centering import LanguageMeans
from tests.eval.reader.fakes import BUDGET, EXAMPLES, POOL, example
from tests.fakes import HashEmbedder

_MEANS = LanguageMeans({}, {})


def test_neighbors_are_passages_of_other_articles_without_the_answer() -> None:
    far = "A recipe for soup with onions and leeks."
    examples = [
        example("When does the municipal pool close?", POOL, "June"),
        example("When does the tram stop?", "The municipal tram and pool close at ten.", "ten", article="Tram"),
        example("What soup is it?", far, "onions", article="Soup"),
        example("And June?", "The municipal pool: June.", "June", article="Other"),
    ]
    found = neighbors(examples, HashEmbedder(), _MEANS)
    assert found[examples[0].id][0] == examples[1].passage
    for each in examples:
        for passage in found.get(each.id, []):
            assert passage != each.passage
            assert not contains(passage, each.texts)


def test_long_passages_are_cut_to_what_the_embedder_takes() -> None:
    examples = [example("When?", "word " * 5000 + "June", "June"), example("Who?", BUDGET, "council", article="B")]
    found = neighbors(examples, HashEmbedder(), _MEANS)
    assert len(found["Who?"][0]) <= 900


def test_neighbors_are_stored(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    found = cached(EXAMPLES, embedder, _MEANS, tmp_path / "new")
    embedded = len(embedder.embedded)
    assert embedded
    assert cached(EXAMPLES, embedder, _MEANS, tmp_path / "new") == found
    assert len(embedder.embedded) == embedded
    cached(EXAMPLES[:2], embedder, _MEANS, tmp_path / "new")
    assert len(list((tmp_path / "new").iterdir())) == 2
