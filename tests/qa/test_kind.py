"""The kind of a question is recognized in thirteen languages."""

import time
from typing import get_args

import pytest

from eval.data import load
from qa.kind import Kind, kind_of
from tests.conftest import SEEDS

_QUESTIONS: dict[str, dict[Kind, str]] = {
    "en": {
        "why": "Why did the mayor close the pool?",
        "who": "Who bought the old mill?",
        "when": "When does the bridge open?",
        "how many": "How many houses were flooded?",
        "where": "Where is the new school?",
        "yes/no": "Did the mayor open the pool?",
        "said": "What did the mayor say about the pool?",
        "definition": "What is a heat pump?",
        "list": "Which villages have closed their pools?",
        "comparison": "How do the plans of the two villages differ?",
        "latest": "Is the pool still closed?",
        "earliest": "What was the first toll of the accident?",
        "other": "What did the storm destroy?",
    },
    "fr": {
        "why": "Pourquoi le maire a-t-il fermé la piscine ?",
        "who": "Qui a acheté le vieux moulin ?",
        "when": "Quand le pont ouvre-t-il ?",
        "how many": "Combien de maisons ont été inondées ?",
        "where": "Où se trouve la nouvelle école ?",
        "yes/no": "Le maire a-t-il ouvert la piscine ?",
        "said": "Que dit le maire de la piscine ?",
        "definition": "Qu'est-ce qu'une pompe à chaleur ?",
        "list": "Quels villages ont fermé leur piscine ?",
        "comparison": "En quoi les plans des deux villages diffèrent-ils ?",
        "latest": "Où en est la construction du pont ?",
        "earliest": "Quel était le premier bilan de l’accident ?",
        "other": "Que détruit la tempête ?",
    },
    "es": {
        "why": "¿Por qué cerró el alcalde la piscina?",
        "who": "¿Quién compró el viejo molino?",
        "when": "¿Cuándo abre el puente?",
        "how many": "¿Cuántas casas se inundaron?",
        "where": "¿Dónde está la nueva escuela?",
        "yes/no": "¿Ha abierto el alcalde la piscina?",
        "said": "¿Qué dijo el alcalde sobre la piscina?",
        "definition": "¿Qué es una bomba de calor?",
        "list": "¿Cuáles son los pueblos sin piscina?",
        "comparison": "¿En qué se diferencian los planes de los dos pueblos?",
        "latest": "¿Sigue cerrada la piscina?",
        "earliest": "¿Cuál fue el primer balance del accidente?",
        "other": "¿Qué destruyó la tormenta?",
    },
    "de": {
        "why": "Warum hat der Bürgermeister das Bad geschlossen?",
        "who": "Wer hat die alte Mühle gekauft?",
        "when": "Wann öffnet die Brücke?",
        "how many": "Wie viele Häuser wurden überflutet?",
        "where": "Wo steht die neue Schule?",
        "yes/no": "Hat der Bürgermeister das Bad geöffnet?",
        "said": "Was sagte der Bürgermeister über das Bad?",
        "definition": "Was ist eine Wärmepumpe?",
        "list": "Welche Gemeinden haben ihr Bad geschlossen?",
        "comparison": "Wie unterscheiden sich die Pläne der beiden Dörfer?",
        "latest": "Ist das Bad immer noch zu?",
        "earliest": "Wie viele Verletzte wurden zunächst gemeldet?",
        "other": "Was zerstörte der Sturm?",
    },
    "it": {
        "why": "Perché il sindaco ha chiuso la piscina?",
        "who": "Chi ha comprato il vecchio mulino?",
        "when": "Quando apre il ponte?",
        "how many": "Quante case sono state allagate?",
        "where": "Dove si trova la nuova scuola?",
        "yes/no": "È vero che la piscina è aperta?",
        "said": "Che cosa ha detto il sindaco della piscina?",
        "definition": "Cos'è una pompa di calore?",
        "list": "Quali sono i paesi senza piscina?",
        "comparison": "Che differenza c'è fra i due piani?",
        "latest": "La piscina è ancora chiusa?",
        "earliest": "Qual era il primo bilancio dell’incidente?",
        "other": "Che cosa distrugge la tempesta?",
    },
    "pt": {
        "why": "Porque fechou o presidente a piscina?",
        "who": "Quem comprou o velho moinho?",
        "when": "Quando abre a ponte?",
        "how many": "Quantas casas ficaram inundadas?",
        "where": "Onde fica a nova escola?",
        "yes/no": "Foi aberta a piscina?",
        "said": "O que disse o presidente sobre a piscina?",
        "definition": "O que significa bomba de calor?",
        "list": "Quais são as aldeias sem piscina?",
        "comparison": "Em que são diferentes os planos das duas aldeias?",
        "latest": "A piscina ainda está fechada?",
        "earliest": "Qual foi o primeiro balanço do acidente?",
        "other": "O que destruiu a tempestade?",
    },
    "nl": {
        "why": "Waarom sloot de burgemeester het zwembad?",
        "who": "Wie kocht de oude molen?",
        "when": "Wanneer gaat de brug open?",
        "how many": "Hoeveel huizen liepen onder?",
        "where": "Waar staat de nieuwe school?",
        "yes/no": "Heeft de burgemeester het zwembad geopend?",
        "said": "Wat zei de burgemeester over het zwembad?",
        "definition": "Wat is een warmtepomp?",
        "list": "Welke gemeenten hebben hun zwembad gesloten?",
        "comparison": "Wat zijn de verschillen tussen de twee plannen?",
        "latest": "Is het zwembad nog steeds dicht?",
        "earliest": "Hoeveel gewonden waren er aanvankelijk?",
        "other": "Wat vernielde de storm?",
    },
    "zh": {
        "why": "市长为什么关闭游泳池？",
        "who": "谁买了旧磨坊？",
        "when": "大桥什么时候开通？",
        "how many": "有多少房屋被淹？",
        "where": "新学校在哪里？",
        "yes/no": "市长开放游泳池了吗？",
        "list": "哪些村庄关闭了游泳池？",
        "comparison": "两个村庄的计划有什么区别？",
        "latest": "游泳池目前怎么样？",
        "earliest": "最初报道有多少人受伤？",
    },
    "ja": {
        "why": "市長はなぜプールを閉鎖したのですか？",
        "who": "古い水車小屋を買ったのは誰ですか？",
        "when": "橋はいつ開通しますか？",
        "how many": "浸水した家はいくつですか？",
        "where": "新しい学校はどこですか？",
        "comparison": "二つの村の計画の違いは何ですか？",
        "latest": "プールの現状は？",
        "earliest": "最初の死者数は？",
        "yes/no": "市長はプールを開放しましたか？",
    },
    "ar": {
        "why": "لماذا أغلق العمدة المسبح؟",
        "who": "من اشترى الطاحونة القديمة؟",
        "when": "متى يُفتح الجسر؟",
        "how many": "كم منزلًا غمرته المياه؟",
        "where": "أين تقع المدرسة الجديدة؟",
        "yes/no": "هل فتح العمدة المسبح؟",
        "comparison": "ما الفرق بين خطتي القريتين؟",
        "latest": "ما أحدث أخبار المسبح؟",
        "earliest": "ما أول حصيلة للحادث؟",
    },
    "ru": {
        "why": "Почему мэр закрыл бассейн?",
        "who": "Кто купил старую мельницу?",
        "when": "Когда откроется мост?",
        "how many": "Сколько домов затопило?",
        "where": "Где находится новая школа?",
        "yes/no": "Открыл ли мэр бассейн?",
        "said": "Что сказал мэр о бассейне?",
        "comparison": "Чем различаются планы двух деревень?",
        "latest": "Бассейн до сих пор закрыт?",
        "earliest": "Сколько раненых было сначала?",
    },
    "tr": {
        "why": "Belediye başkanı havuzu neden kapattı?",
        "who": "Eski değirmeni kim satın aldı?",
        "when": "Köprü ne zaman açılıyor?",
        "how many": "Kaç ev su altında kaldı?",
        "where": "Yeni okul nerede?",
        "yes/no": "Havuz açıldı mı?",
        "definition": "Isı pompası nedir?",
        "comparison": "İki köyün planları arasındaki fark ne?",
        "earliest": "Kaza ilk kez ne zaman duyuldu?",
    },
    "id": {
        "why": "Mengapa wali kota menutup kolam?",
        "who": "Siapa membeli kincir tua itu?",
        "when": "Kapan jembatan dibuka?",
        "how many": "Berapa rumah yang terendam?",
        "where": "Di mana sekolah baru itu?",
        "yes/no": "Apakah wali kota membuka kolam?",
        "definition": "Apa itu pompa kalor?",
        "comparison": "Apa perbedaan rencana kedua desa?",
        "latest": "Apakah kolam masih tutup?",
        "earliest": "Berapa korban yang awalnya dilaporkan?",
    },
}


@pytest.mark.parametrize(
    ("language", "kind", "question"),
    [(language, kind, question) for language, kinds in _QUESTIONS.items() for kind, question in kinds.items()],
)
def test_the_kind_of_a_question_is_recognized(language: str, kind: Kind, question: str) -> None:
    assert kind_of(question, language) == kind


@pytest.mark.parametrize("language", ["en", "fr", "es", "de", "it", "pt", "nl"])
def test_the_main_languages_have_a_question_of_every_kind_here(language: str) -> None:
    assert set(_QUESTIONS[language]) == set(get_args(Kind))


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What did the mayor say about who decides?", "said"),
        ("On which date did the mill burn?", "when"),
        ("How long after the flood did the school open?", "when"),
        ("And why?", "why"),
        ("mayor pool opening", "other"),
        ("?", "other"),
        ("WHO IS THE MAYOR", "who"),
    ],
)
def test_the_first_question_word_decides_and_keywords_are_of_no_kind(question: str, kind: Kind) -> None:
    assert kind_of(question, "en") == kind


@pytest.mark.parametrize("language", [None, "xx", "ko"])
def test_in_an_unknown_language_a_question_is_of_no_kind(language: str | None) -> None:
    assert kind_of("Why?", language) == "other"


def test_most_development_cases_over_seeds_get_their_kind() -> None:
    same: dict[str, Kind] = {"how-many": "how many", "disagreement": "comparison"}
    cases = load(SEEDS.parent / "eval/cases/seeds.jsonl", half="development").questions
    kinds = [
        (case.kind, kind_of(case.text, case.language)) for case in cases if case.answerable and case.kind != "what"
    ]
    right = sum(same.get(kind or "", kind) == found for kind, found in kinds)
    assert right >= 0.9 * len(kinds)  # measured 118 of 128


def test_recognition_takes_little_time_for_any_question() -> None:
    start = time.perf_counter()
    for language in _QUESTIONS:
        for text in ("a ", "quels ", "which a ", "est-"):
            kind_of((text * 2000)[:2000], language)
    assert time.perf_counter() - start < 5


def test_a_final_figure_is_the_latest_state() -> None:
    assert kind_of("Quel est le bilan définitif de l’incendie ?", "fr") == "latest"
    assert kind_of("What is the final death toll of the fire?", "en") == "latest"
    assert kind_of("Who scored in the final?", "en") == "who"


def test_a_match_is_no_comparison() -> None:
    assert kind_of("How many spectators watched the match?", "en") == "how many"
    assert kind_of("Do the figures of the two reports match?", "en") == "comparison"
