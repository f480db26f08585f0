"""Language detection."""

import pytest

from index.language import DEFAULT, SUPPORTED, Identifier
from tests.fakes import identifier


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Le pont rouvre lundi après deux ans de travaux."),
        ("en", "The bridge reopens on Monday after two years of work."),
        ("es", "El puente vuelve a abrir el lunes tras dos años de obras."),
        ("de", "Die Brücke wird am Montag nach zwei Jahren wieder geöffnet."),
        ("it", "Il ponte riapre lunedì dopo due anni di lavori."),
        ("ar", "يعاد فتح الجسر يوم الاثنين بعد عامين من الأشغال."),
        ("zh", "这座桥在施工两年后于星期一重新开放。"),
        ("ja", "橋は二年間の工事を経て月曜日に再開します。"),
        ("ru", "Мост снова откроется в понедельник после двух лет работ."),
        ("hi", "दो साल के काम के बाद पुल सोमवार को फिर खुलेगा।"),
    ],
)
def test_the_language_of_a_sentence_is_detected_reliably(language: str, text: str) -> None:
    guess = identifier().guess(text)
    assert (guess.language, guess.reliable) == (language, True)


@pytest.mark.parametrize("text", ["", " ", "12 345", "🎉🎉", "!?", "\n"])
def test_a_text_without_words_has_the_first_language_unreliably(text: str) -> None:
    guess = Identifier(("es", "fr")).guess(text)
    assert (guess.language, guess.reliable) == ("es", False)


def test_a_text_is_in_one_of_the_languages_given() -> None:
    few = Identifier(("fr", "en"))
    texts = ["Die Brücke wird am Montag geöffnet.", "El puente abre", "мост", "Zoë Okafor", "why did she leave?"]
    assert {few.guess(text).language for text in texts} <= {"fr", "en"}


def test_identifiers_do_not_disturb_each_other() -> None:
    text = "The bridge reopens on Monday after two years of work."
    one, other = Identifier(("en", "fr")), Identifier(("de", "fr"))
    assert one.guess(text).language == "en"
    assert other.guess(text).language in ("de", "fr")
    assert one.guess(text).language == "en"


@pytest.mark.parametrize(("languages", "named"), [((), "none given"), (("xx",), "xx"), (("fr", "zz", "xx"), "xx, zz")])
def test_unknown_languages_are_refused_by_name(languages: tuple[str, ...], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Identifier(languages)


def test_the_default_languages_are_known() -> None:
    assert set(DEFAULT) <= SUPPORTED


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("he", "מי מנהל את החברה?"),
        ("he", "מי מנהל את Norvane?"),
        ("hy", "Ո՞վ է ղեկավարում"),
        ("ka", "ვინ ხელმძღვანელობს"),
        ("bn", "কে চালায়?"),
        ("ta", "யார்?"),
        ("el", "Ποιος διευθύνει;"),
        ("fr", "Le mot שלום veut dire paix."),
        ("fr", "la lettre α"),
    ],
)
def test_a_script_of_one_language_decides_also_where_that_language_is_not_given(language: str, text: str) -> None:
    assert Identifier(("fr", "en")).guess(text).language == language
