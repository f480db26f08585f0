"""Finding of sentences."""

import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import is_heading, sentences
from tests.fakes import SHARED


def cut(line: str, language: str = "fr") -> list[str]:
    """Return the sentences of one line."""
    return [line[start:end] for start, end in sentences(line, (0, len(line)), language)]


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
    ("fr", "Le bail, c.-à-d. La durée du contrat, reste fixe."),
    ("en", "Nadia Roy, of Harbor Foods Inc. Vice President Hall said."),
    ("en", "They met Luther Hall Jr. Monday near Fifth Ave. North."),
    ("es", "El ministro de EE. UU. Carlos Vega llega hoy."),
    ("es", "Las FF. AA. Del sur y los EE.UU. Carlos firman."),
    ("de", "Es kostet 5 Mio. Euro und 3 Mrd. Dollar."),
    ("de", "Ludwig XIV. Sohn und Papst Paul VI. Nachfolger."),
    ("tr", "Kraliçe II. Elif 19. Dünya Kupası için geldi."),
    ("ru", "Он живёт на ул. Ленина, д. 5, в г. Москва."),
    ("ru", "В 2026 г. Орлов ушёл."),
    ("hi", "यह डॉ. राम का घर है।"),
    ("th", "พบ ดร. สมชาย เมื่อ พ.ศ. 2567"),
    # initials
    ("fr", "Les membres de l’O.T.A.N. Et de l’U.E. siègent."),
    ("en", "Books by J. A. Rowe and by L. O’Neill sell."),
    ("fr", "C’est J.-C. Delors qui a parlé."),
    ("fr", "L’écrivain J. M. G. Roche signe."),
    ("en", "George W. Bush and J. K. Rowling met."),
    ("en", "The U.S. Senate and the U.K. Parliament agree."),
    # numbers
    ("fr", "Il pèse 1.5 kg ou 1,5 kg et coûte 12.000 euros."),
    ("fr", "Le moteur 2.4-turbo suit les versions 2.1, 2.2 et 2.3 ici."),
    ("fr", "Le site exemple.test est en panne."),
    ("fr", "1. Ouvrir la porte"),
    ("fr", "3.2. Envoyer le dossier"),
    ("fr", "2026. Odile Kerguen est élue."),
    ("fr", "Étape 2. Envoyer le dossier"),
    ("fr", "IV. Le budget"),
    ("de", "Am 9. Februar und am 3. Tag kam der 21. Zug."),
    ("de", "Im 20. Jahrhundert war es anders."),
    # the sentence goes on
    ("fr", "« Non ! » a-t-il répondu hier soir."),
    ("fr", "« Partez. » dit la maire."),
    ("fr", "Il a dit… puis s’est tu."),
    ("fr", "Quoi ?, demanda-t-elle."),
    ("en", "“Stop!” she said to the crowd."),
    ("en", "His film “Who Pays?” (2006) and the book “No!” (2008) sell."),
    ("en", "Yahoo! announced a deal."),
    ("en", "The site Yahoo! Finance and the show Jeopardy! Masters grow."),
    ("fr", "Elle hésitait… Et puis elle est partie."),
    ("ja", "「行こう。」と市長は言った。"),
    ("zh", "“我们不走。”市长说。"),
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
    ("fr", ["« Le port rouvre. La grue tourne. »", "Fin."]),
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
    ("en", ["She works at Harbor Foods Inc.", "The firm is small."]),
    ("en", ["I use Yahoo!", "It works."]),
    ("en", ["It broke...", "I returned it."]),
    ("es", ["Vive en EE. UU.", "El juez lo sabe."]),
    ("ru", ["Он ушёл в 2025 г.", "Его сменит Орлов."]),
    ("ru", ["Закон принят им.", "А он молчит."]),
    ("tr", ["Kraliçe geldi.", "Bu 2. ziyaret."]),
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
    ("language", "expected"),
    [
        ("fr", ["Le pont est fermé.", "Les bus passent.", "La ville attend depuis 8 h.", "On patiente."]),
        ("fr", ["Le pont de Brisse.", "Voies navigables ferme."]),
        ("fr", ["La hausse est de 2,5 %.", "Les élus votent."]),
        ("fr", ["Elle a dit « non ».", "L’eau monte."]),
        ("fr", ["Qui paie ?", "Les élus !", "À quel prix…", "Nul ne sait."]),
        ("fr", ["Il vit là depuis 2019.", "Le bail court."]),
        ("fr", ["Il dirige l’ONU.", "Elle le soutient."]),
        ("en", ["(See below.)", "The bridge is shut."]),
        ("de", ["Der Hafen ist zu.", "Die Stadt wartet."]),
        ("ru", ["Мост закрыт.", "Люди ждут."]),
        ("ar", ["أغلق الجسر.", "الناس ينتظرون.", "متى يفتح؟", "لا أحد يعلم."]),
        ("ko", ["다리가 닫혔다.", "시민들은 기다린다."]),
        ("hi", ["पुल बंद है।", "लोग रुके हैं।"]),
    ],
)
def test_a_missing_space_after_a_stop_does_not_join_sentences(language: str, expected: list[str]) -> None:
    assert cut("".join(expected), language) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Voir www.Exemple.Test pour plus de détails.",
        "Voir https://exemple.test/Fiche.Html?Id=2 pour plus.",
        "Écrire à Jean.Dupont@exemple.test avant lundi.",
        "Ouvrir le fichier Rapport.Pdf ou notes.Txt avant.",
        "Le serveur node.js et l’outil ASP.Net tournent.",
        "La S.A.R.L Dubois et la S.A.Les Halles signent.",
        "Selon la p.12 et l’art.Premier du texte.",
        "The U.S.-led group and the U.S.Senate agree.",
        "Dr.Roy, Mr.Hall et St.Malo sont cités.",
        "Le taux de 3.4 et de 1.250.000 est faux.",
        "On appelle System.Out.println(x) puis obj.Run(y).",
        "1.Inscription avant le 15 juin",
        "Am 3.Tag kam der 21.Zug.",
        'Son film"Fin."No Smoking" est sorti.',
        "Le site exemple.Com et LeMonde.Fr",
        "จังหวัดของ ม.ค.ศ.สมชาย",
    ],
)
def test_a_stop_within_a_name_or_an_abbreviation_ends_no_sentence(line: str) -> None:
    assert cut(line, "de" if line.startswith("Am") else "fr") == [line]


_SPEECHES = [
    ("fr", ["Il a dit : « Je pars. Tout est fini. Adieu. »", "Puis il est sorti."]),
    ("fr", ["Elle dit : « Il crie “c’est fini.” Jamais. »", "Il se tait."]),
    ("en", ["“We won. They lost,” said Hall.", "He left."]),
    ("en", ['"We won. They lost," said Hall.', 'He left with "no. Never."', "End."]),
    ("de", ["„Wir gehen. Jetzt.“", "Sie ging."]),
    ("de", ["»Wir gehen. Jetzt.«", "Sie ging."]),
    ("ru", ["Он сказал: «Мы ушли. Всё кончено.»", "Потом он молчал."]),
    # a mark without a counterpart
    ("fr", ["« Je pars.", "Tout est fini."]),
    ("fr", ["Je pars.", "Tout est fini. »", "Il sort."]),
    ("en", ["Hall is 5'10\" tall.", "Roy is 6'2\".", "They met."]),
    ("en", ['"We won.', "They lost."]),
]


@pytest.mark.parametrize(("language", "expected"), _SPEECHES)
def test_a_short_speech_is_not_torn(language: str, expected: list[str]) -> None:
    assert cut(" ".join(expected), language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("zh", ["他说：“我们走。明天见。”", "她走了。"]), ("ja", ["「行く。すぐ行く。」と言った。", "彼は去った。"])],
)
def test_a_short_speech_without_spaces_is_not_torn(language: str, expected: list[str]) -> None:
    assert cut("".join(expected), language) == expected


def test_a_long_speech_is_cut_at_its_sentences() -> None:
    line = f"« {'Le conseil a voté le budget de la ville. ' * 8}» Fin."
    assert len(cut(line)) == 9


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
        ("Ville: Brest; Maire: A. B.", False),
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


@pytest.mark.parametrize("rows", ["Maire: A. Roux\nPréfet: B. Petit", "Brest · 139 619\nMetz · 121 695"])
def test_rows_of_a_table_are_no_headings(rows: str) -> None:
    around = f"Avant.\n\n{rows}\n\nAprès."
    for row in rows.split("\n"):
        start = around.index(row)
        assert not is_heading(around, (start, start + len(row)))


# --- samples and limits


def test_shared_samples_have_the_right_number_of_sentences() -> None:
    samples = SHARED / "cases" / "sentences.json"
    if not samples.exists():
        pytest.skip(f"{samples} is not next to this repository")
    wrong = [
        (case["id"], found)
        for case in json.loads(samples.read_text(encoding="utf-8"))
        if len(found := cut(case["text"], case.get("lang", "fr"))) != case["n"]
    ]
    assert not wrong


@pytest.mark.parametrize(
    "text", ["«" * 20_000, "« A. " * 10_000, "« A. » " * 10_000, '"A. " ' * 10_000, "a.B" * 20_000]
)
def test_hostile_quotation_marks_take_linear_time(text: str) -> None:
    began = time.process_time()
    cut(text)
    assert time.process_time() - began < 5
