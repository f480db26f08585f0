"""Messages with several questions: their parts, and the answer that is merged from those to the parts."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from index.local.archive import LocalArchive
from index.model.embed import Embedder
from index.types import Filter
from qa.ask import Asker
from qa.parts import parts
from qa.texts import no_answer
from tests.fakes import HashEmbedder, build_archive, identifier

_FILES = {
    "pool.md": "# La piscine\n\nLa piscine Nemo ferme lundi à cause d'une fuite.\n\nElle rouvre en avril.",
    "mayor.md": "# Le maire\n\nLe maire Dupont gagne l'élection de mars avec douze voix.",
    "bridge.md": "# Le pont\n\nLe pont Neuf ouvre mardi pour les vélos seulement.",
}
_POOL, _MAYOR = "Quand ferme la piscine Nemo ?", "Qui gagne l'élection de mars : Dupont ?"

_STUDIES = ["étudier la poésie", "études de poésie", "Poesie studieren", "consacrer à la poésie"]
_HOURS = ["around twelve a day", "12 hours", "douze heures", "doze horas"]
_JOINED = ["joined OpenAI in 2024", "arrivée en 2024", "en 2024 tras"]
_TWO = [  # questions over seeds/, and words of quotes for each of the two parts
    ("Who is Mrinank Sharma? What will he do next?", [["Safeguards", "Sicherheitsforscher", "sauvegardes"], _STUDIES]),
    (
        "When did Kalinowski join OpenAI and why did she resign?",
        [_JOINED, ["over the company’s agreement", "désapprouve", "gouvernance", "a governance concern", "dimitido"]],
    ),
    (
        "Combien de cofondateurs ont quitté xAI ? Que dit Musk de ces départs ?",
        [["six of the twelve", "six des douze", "6 of 12"], ["speed of execution", "remaniée", "ganhar velocidade"]],
    ),
    (
        "Pourquoi Zoë Hitzig a-t-elle démissionné et où a-t-elle publié sa lettre ?",
        [["doutes", "dudas", "réserves", "publicit"], ["New York Times"]],
    ),
    (
        "Wer leitete das Safeguards Research Team und welches Gedicht steht am Ende seines Briefes?",
        [["leitete das Safeguards", "Safeguards"], ["Stafford", "The Way It Is"]],
    ),
    (
        "¿Cuánto tiempo duró Mission Alignment y quién reveló su final?",
        [["16 months", "seize mois", "Sedici mesi", "Seize mois"], ["Platformer"]],
    ),
    (
        "Chi ha firmato l'appello contro la superintelligenza e perché Hinton ha lasciato Google?",
        [
            ["príncipe Harry", "prince Harry"],
            ["sconvolgimenti economici", "bouleversement", "liberté", "parla apertamente"],
        ],
    ),
    ("How many hours a day did Vahid Kazemi work? Which poem closes the letter of Sharma?", [_HOURS, ["Stafford"]]),
    (
        "Quel poste occupait Beiermeister ? Où va étudier Sharma ?",
        [["policy", "vicepresidenta", "Vice-présidente"], _STUDIES],
    ),
    (
        "谁是Vahid Kazemi？Max Schwarzer去了哪里？",
        [["Kazemi"], ["joined Anthropic", "passe chez Anthropic", "passato ad Anthropic", "rejoint Anthropic"]],
    ),
]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Who is Tarn? Why did he leave?", ["Who is Tarn?", "Why did he leave? Tarn"]),
        ("who is tarn? why did he leave", ["who is tarn?", "why did he leave tarn"]),
        ("Who is Tarn and why did he leave?", ["Who is Tarn", "why did he leave? Tarn"]),
        ("Who left Acme, and why?", ["Who left Acme", "why? Acme left"]),
        ("Did Tarn leave Acme and where is he now?", ["Did Tarn leave Acme", "where is he now? Tarn Acme"]),
        (
            "Qui dirige la banque et pourquoi a-t-elle démissionné ?",
            ["Qui dirige la banque", "pourquoi a-t-elle démissionné ? dirige banque"],
        ),
        ("Qui est Tarn et où travaille-t-il ?", ["Qui est Tarn", "où travaille-t-il ? Tarn"]),
        ("Wer ist Tarn und warum ging er?", ["Wer ist Tarn", "warum ging er? Tarn"]),
        ("¿Quién es Tarn y por qué dimitió?", ["¿Quién es Tarn", "por qué dimitió? Tarn"]),
        ("Chi è Tarn e perché ha lasciato Acme?", ["Chi è Tarn", "perché ha lasciato Acme?"]),
        ("Quem é Tarn e o que fez depois?", ["Quem é Tarn", "o que fez depois? Tarn"]),
        ("Wie is Tarn en waarom ging hij weg?", ["Wie is Tarn", "waarom ging hij weg? Tarn"]),
        ("谁离开了Acme？为什么？", ["谁离开了Acme？", "为什么？ 谁离开了Acme"]),
        ("Кто ушёл из Acme? Почему?", ["Кто ушёл из Acme?", "Почему? Кто ушёл из Acme"]),
        ("من غادر الشركة؟ ومتى؟", ["من غادر الشركة؟", "ومتى؟ من غادر الشركة"]),
        ("Ποιος είναι ο Ταρν; Γιατί έφυγε;", ["Ποιος είναι ο Ταρν;", "Γιατί έφυγε; Ποιος είναι ο Ταρν;"]),
        ("Who runs Acme? Who runs Bolt?", ["Who runs Acme?", "Who runs Bolt?"]),
        ("Who is A1? Who is B1? Who is C1? Who is D1?", ["Who is A1?", "Who is B1?", "Who is C1? Who is D1?"]),
    ],
)
def test_a_message_is_split_into_its_questions_and_later_ones_take_names(message: str, expected: list[str]) -> None:
    assert [part.text for part in parts(message)] == expected


@pytest.mark.parametrize(
    "message",
    [
        "why did Tarn leave?",
        "Tarn Acme bridge",
        "When and where was Tarn born?",
        "What did Tarn say about who decides and how the army uses it?",
        "What did Tarn say about the war and why it began?",
        "Where is Acme and where he works",
        "Explain the difference between what Tarn said and what Bolt said",
        "Quelle est la différence entre Acme et Bolt ?",
        "Quel chercheur a travaillé chez Acme et qui a quitté Bolt ?",
        "Wer weiß, ob Tarn ging und warum er ging?",
        "Quién es Tarn y cuando dimitió",
        "Who wrote “Who will watch us? Who?” in 2026?",
        "what is https://example.org/?q=1&r=2",
        "Tarn left, n'est-ce pas ? Vraiment ?",
        "Hello? Who runs Acme?",
        "Is Acme closed? Really?",
        "?",
        "what did she do?! Acme",
    ],
)
def test_a_message_that_is_one_question_is_not_changed(message: str) -> None:
    assert [part.text for part in parts(message)] == [message]


@pytest.mark.parametrize("text", ['"a" ', "“", "a", "a? ", " et qui a", "who is A and why did b "])
def test_splitting_takes_little_time_for_any_message(text: str) -> None:
    start = time.perf_counter()
    parts((text * 2000)[:2000])
    assert time.perf_counter() - start < 1


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    with LocalArchive(build_archive(tmp_path_factory.mktemp("archive"), _FILES)) as archive:
        yield Asker(archive, HashEmbedder(), identifier())


def test_an_answer_to_two_questions_quotes_both_in_order_and_marks_each_quote(asker: Asker) -> None:
    answer = asker.ask(f"{_POOL} {_MAYOR}")
    assert answer.question == f"{_POOL} {_MAYOR}"
    first, second = asker.ask(_POOL), asker.ask(_MAYOR)
    quoted = [citation.text for citation in answer.citations]
    assert quoted[0] == first.citations[0].text
    assert second.citations[0].text in quoted
    assert len(quoted) == len(set(quoted))
    assert [citation.index for citation in answer.citations] == list(range(1, len(quoted) + 1))
    for citation in answer.citations:
        start, end = citation.in_answer
        assert answer.text[start:end] == citation.text == citation.article.text[slice(*citation.span)]
        assert answer.text[end:].startswith(f" [{citation.index}]")


def test_the_passages_of_both_questions_alternate_without_doubles(asker: Asker) -> None:
    answer = asker.ask(f"{_POOL} {_MAYOR}")
    first, second = asker.ask(_POOL), asker.ask(_MAYOR)
    ids = [hit.passage.id for hit in answer.hits]
    assert ids[:2] == [first.hits[0].passage.id, second.hits[0].passage.id]
    assert len(ids) == len(set(ids)) == 3


@pytest.mark.parametrize("top_k", [1, 2])
def test_only_passages_among_the_requested_number_are_quoted(asker: Asker, top_k: int) -> None:
    answer = asker.ask(f"{_POOL} {_MAYOR}", top_k=top_k)
    assert len(answer.hits) == top_k
    assert {citation.article.id for citation in answer.citations} <= {hit.article.id for hit in answer.hits}


def test_the_times_of_the_parts_are_added(asker: Asker) -> None:
    took_ms = asker.ask(f"{_POOL} {_MAYOR}").took_ms
    assert [*took_ms] == ["embed", "search", "rank", "answer", "total"]
    assert took_ms["total"] == pytest.approx(sum(ms for stage, ms in took_ms.items() if stage != "total"), abs=0.01)


def test_a_refusal_of_all_parts_is_one_sentence(asker: Asker) -> None:
    answer = asker.ask(f"{_POOL} {_MAYOR}", filters=Filter(published_from=date(2100, 1, 1)))
    assert (answer.status, answer.text, answer.hits) == ("abstained", no_answer("fr"), ())


@pytest.fixture(scope="module")
def news(seeds: Path, embedder: Embedder) -> Iterator[Asker]:
    with LocalArchive(seeds) as archive:
        yield Asker(archive, embedder, identifier())


def _quoted_parts(news: Asker, message: str, words: list[list[str]]) -> int:
    quotes = " ".join(citation.text for citation in news.ask(message).citations)
    return sum(any(word in quotes for word in of_part) for of_part in words)


def test_more_parts_are_quoted_than_if_the_message_were_one_question(news: Asker) -> None:
    counts = {message: _quoted_parts(news, message, words) for message, words in _TWO}
    assert all(len(parts(message)) == 2 for message, _ in _TWO)
    assert sum(counts.values()) >= 13, counts  # of 20, measured 14 without the reader; as one question 12


def test_the_confidence_is_that_of_the_least_confident_answered_part(news: Asker) -> None:
    one, other, absent = "Who is Vahid Kazemi?", "Who is Max Schwarzer?", "How high is the Zugspitze?"
    confidences = [news.ask(question).confidence or 0 for question in (one, other)]
    assert news.ask(f"{one} {other}").confidence == min(confidences)
    assert news.ask(f"{one} {absent}").confidence == confidences[0]
    both = news.ask(f"{one} {absent}")
    assert both.status == "answered"
    assert f"No passage answers: {absent}" in both.notes


def test_a_question_that_is_asked_again_is_left_out() -> None:
    assert parts("Qui dirige la banque ? Où ? Qui dirige la banque ?")[0].text == "Qui dirige la banque ?"
    assert len(parts("Qui dirige la banque ? " * 30)) == 1


def test_a_part_that_the_words_before_it_completed_can_be_asked_alone_unless_it_takes_them_up() -> None:
    alone = "Who is Ada Tarn? When does the pool close?"
    assert [(part.text, part.alternative) for part in parts(alone)][1] == (
        "When does the pool close? Ada Tarn",
        "When does the pool close?",
    )
    for message in ("Who is Ada Tarn? Why did she leave?", "Who is Ada Tarn? Why?", "Who is Tarn? Who is Bolt?"):
        assert [part.alternative for part in parts(message)] == [None, None]
