"""Messages that ask nothing are recognized in every language of the default settings, and questions are not."""

import time

import pytest

from eval.data import load
from index.language import DEFAULT
from qa.courtesy import Courtesy, courtesy
from qa.texts import no_answer, reply, texts
from tests.conftest import SEEDS


@pytest.mark.parametrize(
    ("message", "kind", "language"),
    [
        ("merci !", "thanks", "fr"),
        ("C’est parfait, merci beaucoup", "thanks", "fr"),
        ("bonjour", "greeting", "fr"),
        ("D’accord.", "ok", "fr"),
        ("thanks, that helps", "thanks", "en"),
        ("THANK YOU SO MUCH 🙏", "thanks", "en"),
        ("ok", "ok", "en"),
        ("Hello!!", "greeting", "en"),
        ("Vielen Dank für die Hilfe!", "thanks", "de"),
        ("Auf Wiedersehen", "goodbye", "de"),
        ("¡Muchas gracias!", "thanks", "es"),
        ("Grazie mille, arrivederci!", "thanks", "it"),
        ("Olá, bom dia", "greeting", "pt"),
        ("dank je wel", "thanks", "nl"),
        ("mulțumesc", "thanks", "ro"),
        ("ευχαριστώ πολύ", "thanks", "el"),
        ("Teşekkür ederim", "thanks", "tr"),
        ("Спасибо большое!", "thanks", "ru"),
        ("cảm ơn bạn", "thanks", "vi"),
        ("terima kasih", "thanks", "id"),
        ("你好", "greeting", "zh"),
        ("谢谢你！", "thanks", "zh"),
        ("ありがとうございます。", "thanks", "ja"),
        ("감사합니다", "thanks", "ko"),
        ("شكرًا جزيلًا", "thanks", "ar"),
        ("धन्यवाद", "thanks", "hi"),
        ("ขอบคุณครับ", "thanks", "th"),
        ("thx", "thanks", "en"),
        ("k", "ok", "en"),
        ("lol", "ok", "en"),
        ("hmmmm...", "ok", "en"),
        ("ok?", "ok", "en"),
        ("👍", "ok", "en"),
        ("?", "about", "en"),
        ("What time is it?", "about", "en"),
        ("hello, who are you?", "about", "en"),
        ("Quelle heure est-il ?", "about", "fr"),
        ("Qui êtes-vous ?", "about", "fr"),
        ("Wie spät ist es jetzt?", "about", "de"),
        ("Wer bist du?", "about", "de"),
        ("¿Qué hora es?", "about", "es"),
        ("¿quién eres?", "about", "es"),
        ("Che ore sono?", "about", "it"),
        ("Chi sei?", "about", "it"),
        ("Que horas são?", "about", "pt"),
        ("Quem é você?", "about", "pt"),
        ("Hoe laat is het?", "about", "nl"),
        ("wie ben jij", "about", "nl"),
    ],
)
def test_a_courtesy_is_recognized_with_its_language(message: str, kind: str, language: str) -> None:
    found = courtesy(message)
    assert found is not None
    assert (found.kind, found.language) == (kind, language)


@pytest.mark.parametrize(
    "message",
    [
        "Bonjour, qui dirige la banque ?",
        "bonjour qui dirige la banque",
        "thanks, when did she join",
        "Kalinowski",
        "tram",
        "AVK-17",
        "X",
        "and?",
        "Who is she?",
        "What time is the vote?",
        "Wer sind sie?",
        "Thanks! And in 2025?",
        "谢谢，谁领导公司",
        "merci, et pourquoi",
        "Hello Kitty",
        "very much",
        "why",
        "2025",
        "",
        "thanks " * 20,
    ],
)
def test_a_message_that_asks_something_or_says_something_else_is_no_courtesy(message: str) -> None:
    assert courtesy(message) is None


def test_no_question_of_the_cases_is_a_courtesy() -> None:
    for name in ("seeds", "names"):
        for case in load(SEEDS.parent / f"eval/cases/{name}.jsonl").questions:
            assert courtesy(case.text) is None


def test_recognition_takes_little_time_for_any_message() -> None:
    courtesy("")  # the phrases are normalized once
    start = time.perf_counter()
    for message in ("very good " * 7 + "x", "好的" * 39 + "x", "ดีมาก" * 15 + "x"):
        courtesy(message)
    assert time.perf_counter() - start < 0.1


@pytest.mark.parametrize("language", [*DEFAULT, "id"])
def test_every_default_language_has_its_own_texts(language: str) -> None:
    assert (no_answer(language) == no_answer("en")) == (language == "en")
    assert reply(Courtesy("thanks", language)) == texts(language).thanks


@pytest.mark.parametrize("language", [None, "sv", ""])
def test_the_texts_are_english_where_the_language_is_unknown(language: str | None) -> None:
    assert no_answer(language) == "No passage of the archive answers this."
