"""Splitting of articles into sentences and passages."""

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.read.article import RawArticle
from index.read.files import read
from index.split import MAX_LENGTH, MAX_STRETCHED_LENGTH, MIN_LENGTH, is_heading, sentences, split
from index.types import Passage
from tests.fakes import SHARED, HashEmbedder, identifier

_FAKE = HashEmbedder()


def cut(line: str, language: str = "fr") -> list[str]:
    """Return the sentences of one line."""
    return [line[start:end] for start, end in sentences(line, (0, len(line)), language)]


def passages(text: str, language: str = "fr", limit: int = 500) -> list[Passage]:
    """Split `text` with the fake's tokens: words and other characters."""
    return split(text, language, identifier(), _FAKE.token_spans, limit)


def texts(text: str, language: str = "fr", limit: int = 500) -> list[str]:
    """Return the texts of the passages."""
    return [text[passage.start : passage.end] for passage in passages(text, language, limit)]


# --- sentences


_ONE_SENTENCE = [
    # abbreviations
    ("fr", "M. Le Goff et Mme. Roux ont vu le Dr. Petit."),
    ("fr", "Mgr. Kerguelen a béni le Mt. Blanc."),
    ("fr", "Selon l’art. 12 et la p. 33 du t. 2, c’est permis."),
    ("fr", "Voir le n° 12, la fig. 3 du vol. 4 et le no. 7."),
    ("fr", "Les fruits (p. ex. Les pommes) sont chers."),
    ("fr", "Appelez le tél. 02 98 00 00 00 avant midi."),
    ("fr", "Le prof. Martin parle du Ve siècle av. Jésus."),
    ("en", "Mr. Okafor met Mrs. Lind, Dr. Roy and Prof. Sato."),
    ("en", "Gen. Ruiz spoke to Sen. Hall vs. Gov. Byrd."),
    ("en", "It was sold to Harper Bros. Ltd in May."),
    ("es", "El Sr. Vega y la Sra. Ortiz ven a Ud. mañana."),
    ("de", "Das gilt bzw. Galt auch für Dr. Kern."),
    ("it", "Il Dott. Neri e l’Ing. Sala firmano."),
    ("pt", "O Exmo. Senhor e a Dra. Lima assinaram."),
    # initials
    ("fr", "C’est J.-C. Delors qui a parlé."),
    ("fr", "L’écrivain J. M. G. Roche signe."),
    ("en", "George W. Bush and J. K. Rowling met."),
    ("en", "The U.S. Senate and the U.K. Parliament agree."),
    # numbers
    ("fr", "Il pèse 1.5 kg ou 1,5 kg et coûte 12.000 euros."),
    ("fr", "Le moteur 2.4-turbo suit les versions 2.1, 2.2 et 2.3 ici."),
    ("fr", "Le site exemple.test est en panne."),
    ("fr", "1. Ouvrir la porte"),
    ("de", "Am 9. Februar und am 3. Tag kam der 21. Zug."),
    ("de", "Im 20. Jahrhundert war es anders."),
    # the sentence goes on
    ("fr", "« Non ! » a-t-il répondu hier soir."),
    ("fr", "« Partez. » dit la maire."),
    ("fr", "Il a dit… puis s’est tu."),
    ("fr", "Quoi ?, demanda-t-elle."),
    ("en", "“Stop!” she said to the crowd."),
    ("en", "Yahoo! announced a deal."),
    ("fr", "Des fleurs, des fruits, etc. sont vendus."),
    # no end at all
    ("fr", "Le port rouvre lundi"),
    ("zh", "港口星期一重新开放"),
    ("fr", "🎉🎉🎉"),
    ("fr", "."),
    ("fr", "…"),
    ("th", "ท่าเรือจะเปิดอีกครั้งในวันจันทร์"),
]


@pytest.mark.parametrize(("language", "line"), _ONE_SENTENCE)
def test_one_sentence_is_not_cut(language: str, line: str) -> None:
    assert cut(line, language) == [line]


_SENTENCES = [
    ("fr", ["Le port rouvre.", "La grue tourne."]),
    ("fr", ["Qui paie ?", "Personne !", "Vraiment ?!", "Oui."]),
    ("fr", ["Elle part…", "Il reste."]),
    ("fr", ["Elle part...", "Il reste."]),
    ("fr", ["« Le port rouvre. »", "La maire sourit."]),
    ("fr", ["« Le port rouvre.", "La grue tourne. »", "Fin."]),
    ("fr", ["Elle a dit : « Non ! »", "Puis elle est partie."]),
    ("fr", ["Des fleurs, des fruits, etc.", "Le marché ferme."]),
    ("fr", ["Il aime le plan B.", "Elle le déteste."]),
    ("fr", ["Il vit aux U.S.A.", "Elle vit ici."]),
    ("fr", ["La taxe passe à 12.", "Les élus protestent."]),
    ("fr", ["Le prix est de 1,5 euro.", "Il était de 1.2 euro en 2024.", "Il monte."]),
    ("fr", ["Il est né en 1962.", "Son frère en 1965."]),
    ("fr", ["Elle dirige l’ONU.", "Il dirige l’OTAN."]),
    ("fr", ["— Tu viens ?", "— Non."]),
    ("fr", ["(Il pleut.)", "Elle sort."]),
    ("fr", ["Le vote est clos.", "12 voix manquent."]),
    ("fr", ["À Brest.", "Évidemment.", "Où ?"]),
    ("en", ["It reopens.", "“Good.”", "She left."]),
    ("en", ["He said “yes.”", "They agreed."]),
    ("en", ["He lives in the U.S.", "She does not."]),
    ("en", ["It was vitamin C.", "The dose was low."]),
    ("en", ["Who?", "Me?!", "Yes..."]),
    ("en", ["The port reopens at 5 p.m.", "The crane turns."]),
    ("es", ["¿Quién paga?", "¡Nadie!", "¿Por qué?"]),
    ("de", ["Sie kam am 9. Februar.", "Er blieb."]),
    ("de", ["Es waren 30.", "Die anderen fehlten."]),
    ("it", ["Il porto riapre.", "È lunedì."]),
    ("ar", ["هل يعود؟", "نعم.", "غدا!"]),
    ("hi", ["पुल खुल गया।", "लोग खुश हैं।"]),
    ("ur", ["پل کھل گیا۔", "لوگ خوش ہیں۔"]),
    ("ru", ["Мост открыт.", "Люди рады!"]),
    ("el", ["Η γέφυρα άνοιξε.", "Όλοι χαίρονται."]),
    ("hy", ["Կամուրջը բացվեց։", "Մարդիկ ուրախ են։"]),
    ("fr", ["Bravo 🎉.", "🎉 Encore !"]),
]


@pytest.mark.parametrize(("language", "expected"), _SENTENCES)
def test_sentences_are_separated(language: str, expected: list[str]) -> None:
    assert cut(" ".join(expected), language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["He said no.", "They agreed."]),
        ("en", ["She told me.", "They left."]),
        ("en", ["The lights were on.", "She left."]),
        ("en", ["It is art.", "They sell it."]),
        ("fr", ["Elle est accusée de vol.", "Elle nie."]),
        ("fr", ["Ils passent le col.", "Il neige."]),
        ("fr", ["Il a revu son ex.", "Elle rit."]),
        ("it", ["Ha detto no.", "Poi è partita."]),
    ],
)
def test_a_word_that_may_be_an_abbreviation_ends_a_sentence(language: str, expected: list[str]) -> None:
    assert cut(" ".join(expected), language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", ["港口星期一重新开放。", "市长很高兴！", "为什么？", "没人知道"]),
        ("zh", ["他说：「明天见。」", "她走了。"]),
        ("ja", ["橋が開いた。", "市長は喜んだ。"]),
        ("ja", ["「行く！」", "彼は去った。"]),
    ],
)
def test_sentences_without_spaces_between_are_separated(language: str, expected: list[str]) -> None:
    assert cut("".join(expected), language) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["Enfin libre.", "Je pars demain. — léa (@lea) February 9, 2026"],
        ["C’est fini ! — Jo Roux (@jroux) 10 février 2026"],
    ],
)
def test_the_signature_of_a_post_goes_with_its_last_words(expected: list[str]) -> None:
    assert cut(" ".join(expected)) == expected


@pytest.mark.parametrize(("line", "expected"), [("", []), ("   ", []), ("\t. ", ["."])])
def test_white_space_has_no_sentences(line: str, expected: list[str]) -> None:
    assert cut(line) == expected


def test_sentences_are_looked_for_within_the_line_only() -> None:
    text = "Un. Deux. Trois. Quatre."
    assert [text[start:end] for start, end in sentences(text, (4, 16), "fr")] == ["Deux.", "Trois."]


_LINES = st.text(
    alphabet=st.one_of(
        st.sampled_from(" .?!…。«»\"'”:;,—()-1aAéÉM港ن🎉"), st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
    ),
    max_size=80,
)


@given(_LINES, st.sampled_from(["fr", "en", "de", "zh", "ar"]))
def test_sentences_cover_a_line_and_are_trimmed(line: str, language: str) -> None:
    spans = sentences(line, (0, len(line)), language)
    assert "".join("".join(line[start:end].split()) for start, end in spans) == "".join(line.split())
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert all(line[start:end] and line[start:end] == line[start:end].strip() for start, end in spans)


# --- headings


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Le port rouvre", True),
        ("Le port rouvre lundi 9 mars", True),
        ("Le port rouvre.", False),
        ("Qui paie ?", False),
        ("Trois raisons :", False),
        ("« Le port rouvre. »", False),
        ("Brest · 139 619", True),
        ("港口重新开放", True),
        ("港口重新开放。", False),
    ],
)
def test_a_line_that_does_not_read_like_a_sentence_is_a_heading(text: str, heading: bool) -> None:
    around = f"Avant.\n\n{text}\n\nAprès."
    start = around.index(text)
    assert is_heading(around, (start, start + len(text))) is heading


def test_part_of_a_line_is_no_heading() -> None:
    text = "Le port. La grue"
    assert not is_heading(text, (9, 16))


# --- passages

_SHORT_SENTENCE = "Le conseil a voté le budget de la ville après un débat sur les crèches et les écoles du centre."
_ENGLISH = "The council voted the budget of the town after a debate about the nurseries and the schools of the means."


def test_an_empty_text_has_no_passages() -> None:
    assert passages("") == []


def test_a_short_text_is_one_passage_of_its_sentences() -> None:
    text = "Le port rouvre. La grue tourne.\n\nLa maire sourit."
    (passage,) = passages(text)
    assert (passage.start, passage.end, passage.language) == (0, len(text), "fr")
    assert [text[start:end] for start, end in passage.sentences] == [
        "Le port rouvre.",
        "La grue tourne.",
        "La maire sourit.",
    ]


def test_passages_of_a_long_text_have_the_length_wanted() -> None:
    text = "\n\n".join(" ".join([_SHORT_SENTENCE] * 4) for _ in range(12))
    lengths = [len(passage) for passage in texts(text)]
    assert len(lengths) > 5
    assert all(MIN_LENGTH <= length <= MAX_STRETCHED_LENGTH for length in lengths)


def test_a_passage_prefers_to_end_where_a_paragraph_ends() -> None:
    paragraph = " ".join([_SHORT_SENTENCE] * 7)
    assert texts("\n\n".join([paragraph] * 3)) == [paragraph] * 3


def test_a_passage_may_stretch_to_the_end_of_its_paragraph() -> None:
    paragraph = " ".join([_SHORT_SENTENCE] * 9) + " Voilà donc ce que la ville a décidé hier."
    assert MAX_LENGTH < len(paragraph) <= MAX_STRETCHED_LENGTH
    assert texts(f"{paragraph}\n\n{paragraph}") == [paragraph] * 2


def test_a_heading_stays_with_what_follows() -> None:
    paragraph = " ".join([_SHORT_SENTENCE] * 8)
    assert texts(f"{paragraph}\n\nLa suite des travaux\n\n{paragraph}") == [
        paragraph,
        f"La suite des travaux\n\n{paragraph}",
    ]


@pytest.mark.parametrize(("last", "follows"), [(280, True), (262, False)])
def test_a_heading_ends_a_passage_only_where_a_much_too_short_one_would_come_of_it(last: int, follows: bool) -> None:
    # The paragraph below it fills a passage: with the heading, its last sentence must be a passage of its own.
    before, heading = " ".join([_SHORT_SENTENCE] * 8), "La suite des travaux"
    first, second = _sentence(MAX_STRETCHED_LENGTH - 10 - last), _sentence(last)
    whole, parted = [f"{before}\n\n{heading}", f"{first} {second}"], [before, f"{heading}\n\n{first}", second]
    assert texts(f"{before}\n\n{heading}\n\n{first} {second}") == (parted if follows else whole)


def _sentence(length: int) -> str:
    """Return a sentence of `length` code points."""
    words = "Le conseil a voté le budget de la ville après un débat sur les crèches et les écoles " * 9
    return f"{words[: length - 3].strip():x<{length - 1}}."


def test_lines_in_another_language_are_a_passage_of_their_own() -> None:
    text = f"{_SHORT_SENTENCE}\n\n{_ENGLISH}\n\n{_SHORT_SENTENCE}"
    assert texts(text) == [_SHORT_SENTENCE, _ENGLISH, _SHORT_SENTENCE]
    assert [passage.language for passage in passages(text)] == ["fr", "en", "fr"]


def test_a_short_line_beside_a_foreign_one_goes_with_it() -> None:
    text = f"{_SHORT_SENTENCE}\n\nThis is my last day here.\n\n{_ENGLISH}\n\n{_SHORT_SENTENCE}"
    assert texts(text) == [_SHORT_SENTENCE, f"This is my last day here.\n\n{_ENGLISH}", _SHORT_SENTENCE]


def test_a_short_foreign_line_alone_does_not_break_a_passage() -> None:
    text = f"{_SHORT_SENTENCE}\n\nThe Way It Was\n\n{_SHORT_SENTENCE}"
    assert texts(text) == [text]


def test_an_article_of_one_endless_sentence_is_cut_at_its_clauses() -> None:
    text = ", ".join(["le conseil a voté"] * 100)
    cuts = texts(text, limit=50)
    assert len(cuts) == 10  # ten clauses of five tokens each
    assert all(piece.endswith(",") for piece in cuts[:-1])


def test_a_sentence_without_clauses_is_cut_between_words() -> None:
    text = " ".join(f"mot{number}" for number in range(120))
    assert [piece.split() for piece in texts(text, limit=50)] == [
        [f"mot{number}" for number in range(start, min(start + 50, 120))] for start in (0, 50, 100)
    ]


def test_a_sentence_without_spaces_is_cut_between_tokens() -> None:
    text = "🎉" * 120
    assert [len(piece) for piece in texts(text, limit=50)] == [50, 50, 20]


def test_a_clause_that_is_too_early_is_not_where_a_sentence_is_cut() -> None:
    text = "Hier, " + " ".join(["mot"] * 80)
    assert len(texts(text, limit=50)[0].split()) == 49  # and a comma


def test_a_long_sentence_within_the_limit_is_a_passage_however_long() -> None:
    text = "Un " + "mot " * 300 + "."
    assert texts(text) == [text]


def test_a_limit_of_one_token_is_kept() -> None:
    assert texts("Le port rouvre.", limit=1) == ["Le", "port", "rouvre", "."]


_PIECES = st.sampled_from(
    [
        _SHORT_SENTENCE,
        _ENGLISH,
        "Le port rouvre.",
        "Qui paie ?",
        "« Non ! »",
        "La suite",
        "港口星期一重新开放。市长很高兴！",
        "يعاد فتح الجسر يوم الاثنين بعد أشهر من الأشغال.",
        "🎉🎉",
        "x" * 60,
        "a, b; c: d",
        "…",
    ]
)
_ARTICLES = st.lists(st.tuples(_PIECES, st.sampled_from([" ", "\n", "\n\n", "\n\n\n", " \n "])), max_size=40).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
)
_ANYTHING = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)
_LIMITS = st.sampled_from([1, 2, 7, 30, 200, 500])


@given(st.one_of(_ARTICLES, _ANYTHING), _LIMITS)
def test_passages_cover_all_but_white_space_once_and_in_order(text: str, limit: int) -> None:
    found = passages(text, limit=limit)
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert "".join("".join(text[each.start : each.end].split()) for each in found) == "".join(text.split())


@given(st.one_of(_ARTICLES, _ANYTHING), _LIMITS)
def test_sentences_cover_their_passage(text: str, limit: int) -> None:
    for passage in passages(text, limit=limit):
        spans = passage.sentences
        assert (spans[0][0], spans[-1][1]) == (passage.start, passage.end)
        assert all(start < end for start, end in spans)
        gaps = [text[first[1] : second[0]] for first, second in pairwise(spans)]
        assert not "".join(gaps).strip()


@given(st.one_of(_ARTICLES, _ANYTHING), _LIMITS)
def test_a_passage_fits_the_model(text: str, limit: int) -> None:
    assert all(len(_FAKE.token_spans(passage)) <= limit for passage in texts(text, limit=limit))


@given(_ARTICLES, _LIMITS)
def test_a_passage_is_short_unless_it_is_one_sentence(text: str, limit: int) -> None:
    for passage in passages(text, limit=limit):
        assert passage.end - passage.start <= MAX_STRETCHED_LENGTH or len(passage.sentences) == 1


@given(st.one_of(_ARTICLES, _ANYTHING), _LIMITS)
def test_splitting_twice_gives_the_same(text: str, limit: int) -> None:
    assert passages(text, limit=limit) == passages(text, limit=limit)


# --- the real articles

SEEDS = sorted((SHARED / "seeds").glob("*.txt"))


@pytest.mark.skipif(not SEEDS, reason="the real articles are not next to this repository")
@pytest.mark.parametrize("file", SEEDS, ids=lambda file: file.name[:3])
def test_a_real_article_is_cut_into_whole_sentences(file: Path) -> None:
    (item,) = read(file, file.name)
    assert isinstance(item, RawArticle)
    for start, end in (span for passage in passages(item.text) for span in passage.sentences):
        assert item.text[start - 1 : start] in ("", " ", "\n")
        assert re.search(r"[.!?…»”\";:]$", item.text[start:end]) or item.text[end : end + 1] in ("", "\n")


@pytest.mark.parametrize("text", ["!" * 20_000 + "x", "M. " * 10_000, "B. " * 10_000, "a" * 40_000, "Un. " * 20_000])
def test_hostile_text_is_split_in_no_time(text: str) -> None:
    began = time.process_time()
    passages(text)
    assert time.process_time() - began < 5  # it took minutes where time grew with the square
