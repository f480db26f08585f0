"""Copies of one text, and the limit of hits per article."""

from pathlib import Path

import pytest

from index.local.archive import LocalArchive
from qa.ask import Asker
from qa.dedup import diversify, group_duplicates
from tests.fakes import HashEmbedder, build_archive, identifier

_STORY = "The harbour will close for repairs in March, the mayor said on Monday, and reopen before the summer begins."
_FIRE = (
    "Un incendie a fait trois morts dimanche à Lyon, selon la préfecture. Le feu a pris vers 5 heures dans un "
    "entrepôt. Le préfet Paul Martin s’est rendu sur place."
)
_OTHER = "A new line of trams has opened between the station and the hospital after nine years of work and many delays."


def _groups(texts: list[str], max_groups: int, language: str = "en") -> list[list[int]]:
    return group_duplicates(texts, [language] * len(texts), max_groups)


def test_a_copy_with_another_beginning_is_grouped_with_the_first() -> None:
    assert _groups([_STORY, _OTHER, "Reprinted with permission. " + _STORY], 8) == [[0, 2], [1]]


def test_different_stories_stay_apart() -> None:
    assert _groups([_STORY, _OTHER], 8) == [[0], [1]]


def test_a_passage_that_begins_elsewhere_in_the_same_story_is_a_copy() -> None:
    assert _groups([_STORY, " ".join(_STORY.split()[5:])], 8) == [[0, 1]]


def test_chinese_copies_are_grouped() -> None:
    text = "该公司周一宣布，将在未来两年内关闭三座工厂，并裁减约两千个职位。"
    assert _groups([text, "本报讯：" + text, "该委员会以压倒性多数批准了新的法规，预计年底生效。"], 8) == [
        [0, 1],
        [2],
    ]


def test_short_and_empty_texts_are_copies_only_of_themselves() -> None:
    assert _groups(["yes", "no", "yes", "", ""], 8) == [[0, 2], [1], [3, 4]]


@pytest.mark.parametrize(
    ("language", "text", "versions"),
    [
        ("en", _STORY, [_STORY.replace("Monday", "Friday"), _STORY.replace("March", "April")]),
        ("fr", _FIRE, [_FIRE.replace("trois", "onze"), _FIRE.replace("trois", "27"), _FIRE.replace("Lyon", "Lille")]),
        ("fr", _FIRE, [_FIRE.replace("Paul Martin", "Grace Hallam"), _FIRE.replace("dimanche", "lundi")]),
    ],
)
def test_versions_with_other_numbers_names_or_days_stay_apart(language: str, text: str, versions: list[str]) -> None:
    texts = [text, *versions, *versions, text]
    count = len(versions)
    assert _groups(texts, 9, language) == [[0, 2 * count + 1], *([n, n + count] for n in range(1, count + 1))]


def test_an_edited_copy_is_a_copy() -> None:
    edited = _FIRE.replace("a pris", "est parti").replace("trois", "3")
    assert _groups([_FIRE, f"LYON (AFP) — {edited}"], 8, "fr") == [[0, 1]]


def test_a_hundred_reports_of_one_template_stay_apart() -> None:
    reports = [f"Le club a gagné {n} à {n + 1} contre Ville{n} samedi devant {900 + n} personnes." for n in range(100)]
    assert _groups(reports, 200, "fr") == [[n] for n in range(100)]


def test_reports_that_differ_in_the_name_that_begins_a_sentence_stay_apart() -> None:
    template = (
        "Des centaines de coureurs ont pris le départ dimanche matin. {name} a remporté l’épreuve. Le temps était "
        "frais et le parcours avait été modifié. Les organisateurs ont remercié {name} et les bénévoles."
    )
    reports = [template.format(name=name) for name in ("Chloé Perdriel", "Samir Oukacha", "Hydrolane", "Altimex")]
    assert _groups(reports, 9, "fr") == [[0], [1], [2], [3]]


def test_after_the_maximum_of_groups_only_copies_are_added() -> None:
    assert _groups([_STORY, _OTHER, "something else altogether here", _OTHER], 2) == [[0], [1, 3]]


def test_no_article_has_more_than_half_while_others_are_nearly_as_good() -> None:
    assert diversify("aaaabbc", [1.0] * 7, 4) == [0, 1, 4, 5]
    assert diversify("aaaabbc", [1.0] * 7, 1) == [0]


def test_a_passage_with_a_low_score_does_not_replace_a_better_one() -> None:
    assert diversify("aaaab", [1.0, 0.98, 0.97, 0.96, 0.5], 4) == [0, 1, 2, 3]


def test_a_single_article_fills_the_list_in_order() -> None:
    assert diversify("aaaaa", [1.0] * 5, 4) == [0, 1, 2, 3]
    assert diversify("aaaab", [1.0] * 5, 4) == [0, 1, 2, 4]
    assert diversify("", [], 4) == []


def test_copies_with_other_first_lines_leave_the_same_stories(tmp_path: Path) -> None:
    files = {f"{name}.md": f"---\ntitle: {name}\n---\n{text}" for name, text in _STORIES.items()}
    copies = {
        f"{copy}-{name}": text.replace("---\n", f"---\nsource: Outlet {copy}\n", 1).replace(
            "\n---\n", f"\n---\nPublished by outlet {copy} for its readers.\n\n", 1
        )
        for copy in range(3)
        for name, text in files.items()
    }
    titles = []
    for name, archived in (("once", files), ("thrice", copies)):
        with LocalArchive(build_archive(tmp_path / name, archived)) as archive:
            hits = Asker(archive, HashEmbedder(), identifier()).ask("which harbour, tram and school closes?", 4).hits
            titles.append([hit.article.title for hit in hits])
            assert all(len(hit.also_in) == (0 if name == "once" else 2) for hit in hits)
    assert set(titles[0]) == set(titles[1])


_STORIES = {
    "harbour": _STORY,
    "tram": _OTHER,
    "school": "The school closes its gates in July because only eleven pupils are left in three classes.",
    "museum": "The museum shows for the first time the letters a sailor wrote to his sister from Brazil.",
    "market": "Farmers who sell on the square have to pay twice as much from next year on.",
}
