"""Follow-up questions, completed from the conversation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.data import load
from index.local.archive import LocalArchive
from index.model.embed import Embedder
from qa.ask import Asker
from qa.followup import follows_up, resolve
from qa.grammar import WORD
from qa.question import MAX_QUESTION
from tests.conftest import SEEDS
from tests.fakes import identifier

_QUOTED = 3  # passages that answers are quoted from

_CONVERSATIONS = [  # questions, and words of passages that answer the last one
    (
        ["Why did Kalinowski leave OpenAI?", "And when did she join?"],
        ["joined OpenAI in 2024", "arrivée en 2024", "en 2024 tras"],
    ),
    (
        ["Why did Kalinowski leave OpenAI?", "Where did she work before?"],
        ["Before that she was at Meta", "travaillait pour Meta", "dirigir en Meta"],
    ),
    (
        ["Why did Kalinowski leave OpenAI?", "And Schwarzer?"],
        [
            "Max Schwarzer, vice-president for research",
            "Max Schwarzer, qui était",
            "M. Schwarzer insiste",
            "L’arrivo di Schwarzer",
            "Max Schwarzer, vicepresidente",
        ],
    ),
    (
        ["Why did Sharma leave Anthropic?", "What will he do next?"],
        ["étudier la poésie", "Poesie studieren", "études de poésie", "consacrer à la poésie"],
    ),
    (
        ["Why did Sharma leave Anthropic?", "For how long had he worked there?"],
        ["Zwei Jahre lang arbeitete", "Pendant deux ans, Mrinank", "the time Mrinank Sharma spent"],
    ),
    (
        ["Who left xAI?", "Why?"],
        ["speed of execution", "remaniée afin", "raise its speed", "reorganização para ganhar velocidade"],
    ),
    (["Who left xAI?", "How many of them?"], ["six of the twelve", "six des douze", "seis dos seus doze"]),
    (
        ["Which companies left the Bay Area?", "Why are they leaving?"],
        ["rethink", "überdenken", "revoient leur implantation"],
    ),
    (
        ["Who founded the Superalignment team at OpenAI?", "What was its job?", "And when was it dissolved?"],
        [
            "Elle a disparu en 2024",
            "Dopo il suo scioglimento, nel 2024",
            "dissolve a equipa Superalignment",
            "dissoudre son équipe Superalignment",
        ],
    ),
    (
        ["What did Hinton warn about?", "When did he leave Google?"],
        ["Geoffrey Hinton, surnommé", "Nel 2023 uscì da Google", "Geoffrey Hinton deixa a Google", "éloigné de Google"],
    ),
    (
        ["Pourquoi Zoë Hitzig a-t-elle quitté OpenAI ?", "Quand ?"],
        ["le 11 février", "11 de febrero", "11 de fevereiro"],
    ),
    (["Pourquoi Zoë Hitzig a-t-elle quitté OpenAI ?", "Dans quel journal l'a-t-elle annoncé ?"], ["New York Times"]),
    (
        ["Pourquoi Ryan Beiermeister a-t-elle été licenciée ?", "Et que répond-elle ?"],
        ["absolument fausse", "absolutamente falsa"],
    ),
    (
        ["Pourquoi Ryan Beiermeister a-t-elle été licenciée ?", "Quel était son poste ?"],
        ["vicepresidenta de políticas", "Vice-présidente chargée"],
    ),
    (
        ["Que s'est-il passé entre Anthropic et le Pentagone ?", "Et OpenAI ?"],
        ["OpenAI conclut son propre accord", "un accordo con OpenAI", "concluded on the very day"],
    ),
    (
        ["Combien de cofondateurs ont quitté xAI ?", "À quelles dates ?"],
        ["Du 9 au 11 février", "By 11 February", "had announced their departure by 11"],
    ),
    (
        ["Combien de cofondateurs ont quitté xAI ?", "Qu'en dit Musk ?"],
        ["speed of execution", "remaniée afin", "ganhar velocidade"],
    ),
    (["Que dit la lettre de Sharma ?", "De qui est le poème ?"], ["William Stafford"]),
    (
        ["Qu'a dit Sam Altman à ses employés ?", "Pourquoi ?"],
        ["l’entreprise ne décide pas", "no decide sobre", "has no voice"],
    ),
    (["Qui est Matt Shumer ?", "Et que dit-il ?"], ["rendu caducs", "já tornaram dispensáveis"]),
    (
        ["Wer ist Mrinank Sharma?", "Warum ist er gegangen?"],
        ["wie schwer es sei", "la difficulté de tenir", "combien il est ardu"],
    ),
    (
        ["Wer ist Mrinank Sharma?", "Und wohin geht er?"],
        [
            "Großbritannien zurückkehren",
            "regagner le Royaume-Uni",
            "rentrer au Royaume-Uni",
            "retourner au Royaume-Uni",
        ],
    ),
    (
        ["Warum hat Kalinowski OpenAI verlassen?", "Und wann?"],
        ["7 March 2026", "7 de marzo", "7 de março", "March 7, 2026"],
    ),
    (
        ["Wie viele Advanced Grants haben Amerikaner beantragt?", "Und davor?"],
        ["23 Anträgen", "de 23 à 114", "23 to 114"],
    ),
    (
        ["¿Por qué dimitió Kalinowski?", "¿Y cuándo llegó a la empresa?"],
        ["joined OpenAI in 2024", "arrivée en 2024", "en 2024 tras"],
    ),
    (["¿Por qué despidieron a Ryan Beiermeister?", "¿Y qué dice ella?"], ["absolutamente falsa", "absolument fausse"]),
    (
        ["¿Quién es Vahid Kazemi?", "¿Cuántas horas trabajaba?"],
        ["around twelve a day", "douze heures", "douzaine d’heures", "doze horas", "12 hours"],
    ),
    (
        ["Che cosa faceva la squadra Superalignment?", "E quando è stata sciolta?"],
        ["nel 2024", "disparu en 2024", "dissoudre son équipe", "dissolve a equipa"],
    ),
    (
        ["Perché Leike ha lasciato OpenAI?", "E Hinton?"],
        ["Il precedente più celebre", "Geoffrey Hinton, surnommé", "Geoffrey Hinton a ouvert"],
    ),
    (
        ["Quem assinou o apelo contra a superinteligência?", "E quando?"],
        ["Octobre 2025", "Outubro de 2025", "October 2025"],
    ),
    (["Por que razão saiu Zoë Hitzig?", "E em que jornal escreveu?"], ["New York Times"]),
    (
        ["Which AI model did the xAI team block?", "What did Grok do?", "For how long?"],
        ["For weeks it generated", "plusieurs semaines", "des semaines durant"],
    ),
    (["What is SB 53?", "Has it been passed?"], ["encore débattu", "avance à petits pas", "SB 53"]),
    (["谁离开了xAI？", "为什么？"], ["speed of execution", "remaniée afin", "ganhar velocidade"]),
    (["لماذا استقالت كالينوفسكي من OpenAI؟", "ومتى؟"], ["7 March 2026", "7 de marzo", "7 de março", "March 7, 2026"]),
    (
        ["What did OpenAI promise about its Pentagon contract?", "And what does Altman say about it?"],
        ["has no voice", "no decide sobre", "l’entreprise ne décide pas"],
    ),
    (
        ["What is Claude Opus 4.6?", "How much is Anthropic worth?", "And is it going public?"],
        ["preparing to go public", "comme OpenAI, son arrivée"],
    ),
    (
        ["Did Sharma accuse Anthropic of anything?", "What was his last project?"],
        ["dernier projet", "letztes Projekt", "ultime projet"],
    ),
    (["Who is Behnam Neyshabur?", "Who else left?"], ["Harsh Mehta"]),
    (
        ["Qui a démissionné de xAI ?", "Et leurs conditions de travail ?"],
        ["horaires déments", "hours were crazy", "douze heures chaque jour"],
    ),
    (
        ["Quelles mesures Anthropic a-t-elle refusé de lever ?", "Avec quelles conséquences ?"],
        ["liste noire", "lista nera", "losing access to every federal"],
    ),
    (["Qui veut interdire la superintelligence ?", "Combien sont-ils ?"], ["plus de 800", "Mais de 800", "800-plus"]),
    (
        ["Wann hat Hitzig OpenAI verlassen?", "Wegen welcher Bedenken?"],
        ["estrategia publicitaria", "fortes réserves", "planos publicitários"],
    ),
    (["¿Qué equipo disolvió OpenAI en 2026?", "¿Cuánto tiempo duró?"], ["seize mois", "Sedici mesi", "16 months"]),
    (["Chi ha lasciato la Bay Area?", "E per quale motivo?"], ["revoient leur implantation", "überdenken"]),
    (["Quem deixou a Apple?", "Quantos?"], ["Quatre de ses spécialistes", "pelo menos quatro", "4 or more"]),
    (["Кто покинул xAI?", "Почему?"], ["speed of execution", "remaniée afin", "ganhar velocidade"]),
    (
        ["Which fundamental questions did Kalinowski raise?", "Where did she post them?"],
        ["first on LinkedIn", "sur LinkedIn"],
    ),
]

_CHATS = [  # the same for follow-ups that the first question drowned, and others in several languages
    (
        ["Why did Sharma resign?", "What will he do next?"],
        ["étudier la poésie", "Poesie studieren", "études de poésie", "consacrer à la poésie"],
    ),
    (
        ["Why did Kalinowski quit OpenAI?", "What does she think of Sam Altman?"],
        ["deep respect", "respect pour Sam Altman"],
    ),
    (
        ["Who founded xAI?", "How many of its founders have left?"],
        ["six of the twelve", "six des douze", "seis dos seus doze", "6 of 12"],
    ),
    (
        ["What did Elon Musk call for in 2019?", "And what did Microsoft admit in 2023?"],
        ["A Microsoft admite", "Microsoft annonce"],
    ),
    (
        ["Which safety team did OpenAI dissolve in 2024?", "And in 2026?"],
        ["16 months", "seize mois", "Sedici mesi", "smantellata nel febbraio 2026"],
    ),
    (["Why did Sharma resign?", "Which poem closes his letter?"], ["William Stafford"]),
    (
        ["Why did Kalinowski leave OpenAI?", "And Schwarzer?", "Where did he go?"],
        ["joined Anthropic", "passe chez Anthropic", "passato ad Anthropic", "rejoint Anthrop"],
    ),
    (
        ["Why did Kalinowski leave OpenAI?", "Who is Vahid Kazemi?", "How long did he work each day?"],
        ["around twelve a day", "douze heures", "doze horas", "12 hours"],
    ),
    (
        ["Pourquoi Sharma a-t-il quitté Anthropic ?", "Que va-t-il faire maintenant ?"],
        ["étudier la poésie", "Poesie studieren", "études de poésie", "consacrer à la poésie"],
    ),
    (
        ["Pourquoi Zoë Hitzig a-t-elle démissionné ?", "Et Sharma ?"],
        ["difficulté de tenir", "wie schwer es sei", "combien il est ardu"],
    ),
    (
        ["Qui est parti de xAI ?", "Pourquoi sont-ils partis ?"],
        ["speed of execution", "remaniée afin", "ganhar velocidade"],
    ),
    (["Que demande l'appel contre la superintelligence ?", "Qui l'a signé ?"], ["prince Harry", "príncipe Harry"]),
    (
        ["Pourquoi Anthropic a-t-elle refusé la demande du Pentagone ?", "Qu'a-t-elle risqué ?"],
        ["liste noire", "lista nera", "losing access"],
    ),
    (["Pourquoi Sharma a-t-il quitté Anthropic ?", "et lui, il faisait quoi ?"], ["Safeguards"]),
    (
        ["Warum hat Sharma gekündigt?", "Was will er jetzt machen?"],
        ["étudier la poésie", "Poesie studieren", "études de poésie", "consacrer à la poésie"],
    ),
    (["Wie lange bestand Mission Alignment?", "Wer hat das bekannt gemacht?"], ["Platformer"]),
    (
        ["Warum ging Hinton von Google weg?", "Wovor warnt er?"],
        ["sconvolgimenti economici", "bouleversement de l’économie"],
    ),
    (
        ["¿Por qué fue despedida Beiermeister?", "¿Qué cargo tenía?"],
        ["vicepresidenta de políticas", "Vice-présidente chargée"],
    ),
    (["¿Por qué se fue Hitzig de OpenAI?", "¿Dónde publicó su carta?"], ["New York Times"]),
    (
        ["Perché Hinton ha lasciato Google?", "Di che cosa ha paura adesso?"],
        ["sconvolgimenti economici", "bouleversement de l’économie"],
    ),
    (
        ["Chi ha lasciato OpenAI dopo Superalignment?", "Che cosa ha detto Leike?"],
        ["un punto di rottura", "point de rupture"],
    ),
    (["Quem é Matt Shumer?", "O que é que ele avisa?"], ["tornaram dispensáveis", "rendu caducs"]),
    (
        ["Porque saiu Kalinowski da OpenAI?", "Em que ano tinha ela entrado?"],
        ["joined OpenAI in 2024", "arrivée en 2024", "en 2024 tras"],
    ),
    (
        ["卡利诺夫斯基（Kalinowski）为什么离开OpenAI？", "她什么时候加入的？"],
        ["joined OpenAI in 2024", "arrivée en 2024", "en 2024 tras"],
    ),
    (
        ["لماذا غادر شارما (Sharma) شركة أنثروبيك؟", "وماذا سيفعل؟"],
        ["étudier la poésie", "Poesie studieren", "études de poésie", "consacrer à la poésie"],
    ),
]

_STANDALONE = [
    "Why did Schwarzer join Anthropic?",
    "What is the Safeguards Research Team?",
    "who is behnam neyshabur",
    "How many specialists did Apple lose to Meta?",
    "Did OpenAI break its own rules?",
    "Which team did OpenAI dissolve in February 2026?",
    "And why did Geoffrey Hinton leave Google in 2023?",
    "Why did Musk say that he restructured xAI?",
    "Is there a law that protects whistleblowers in California?",
    "Who leads xAI?",
    "Qui dirige xAI ?",
    "Pourquoi Zoë Hitzig critique-t-elle la publicité ?",
    "Quand le projet SB 53 sera-t-il voté ?",
    "Combien de bourses les chercheurs américains ont-ils demandées ?",
    "Y a-t-il eu d'autres départs chez Anthropic ?",
    "Que fait Mrinank Sharma de sa vie après Anthropic ?",
    "Et pourquoi le vice-président Max Schwarzer a-t-il quitté OpenAI ?",
    "Wer leitet xAI?",
    "Warum bewerben sich amerikanische Forscher in Europa?",
    "Was schrieb Sharma in seinem Abschiedsbrief?",
    "Welche Firmen haben die Bay Area verlassen?",
    "¿Quién es Vahid Kazemi?",
    "¿Por qué se opuso Ryan Beiermeister al modo para adultos?",
    "¿Qué dijo Altman a su plantilla?",
    "Chi ha fondato xAI?",
    "Perché Anthropic ha detto no al Pentagono?",
    "Quem é Matt Shumer?",
    "O que pede o Future of Life Institute?",
    "谁领导xAI？",
    "为什么卡利诺夫斯基离开了公司？",
    "لماذا رفضت شركة أنثروبيك عرض البنتاغون؟",
    "Почему Калиновски ушла из OpenAI?",
    "シャーマはなぜアンソロピックを辞めたのですか？",
]


@pytest.fixture(scope="module")
def asker(seeds: Path, embedder: Embedder) -> Iterator[Asker]:
    with LocalArchive(seeds) as archive:
        yield Asker(archive, embedder, identifier())


def _found(asker: Asker, question: str, words: list[str]) -> bool:
    return any(word in hit.text for hit in asker.ask(question, top_k=_QUOTED).hits for word in words)


def test_the_words_of_the_conversations_are_in_seeds() -> None:
    texts = "".join(file.read_text(encoding="utf-8") for file in SEEDS.glob("*.md"))
    for questions, words in _CONVERSATIONS + _CHATS:
        assert any(word in texts for word in words), questions


def test_resolved_follow_ups_find_more_than_the_last_question_alone(asker: Asker) -> None:
    resolved = [_found(asker, resolve(questions), words) for questions, words in _CONVERSATIONS]
    alone = [_found(asker, questions[-1], words) for questions, words in _CONVERSATIONS]
    assert sum(resolved) >= 44  # of 48, measured 45; alone 22
    assert sum(found and not before for found, before in zip(resolved, alone, strict=True)) >= 20


def test_the_first_question_of_a_chat_does_not_drown_the_follow_up(asker: Asker) -> None:
    found = [_found(asker, resolve(questions), words) for questions, words in _CHATS]
    assert len(_CHATS) == 25
    assert (
        sum(found) >= 22
    )  # measured 22, 17 of them first; with the whole first question in front, as before, 22 and 16


def test_the_follow_up_comes_first_and_the_earlier_question_gives_names_and_topic() -> None:
    for questions, _ in _CONVERSATIONS:
        resolved = resolve(questions)
        assert resolved.startswith(f"{questions[-1]} ")
        assert {*WORD.findall(resolved)} <= {*WORD.findall(" ".join(questions))}


@pytest.mark.parametrize(
    ("questions", "resolved"),
    [
        (["Why did Sharma resign?", "What will he do next?"], "What will he do next? Sharma"),
        (["Why did Sharma resign?", "And in 2025?"], "And in 2025? Sharma resign"),
        (["Who bought the bank in 2019?", "And in 2025?"], "And in 2025? bought bank"),
        (["Why did Sharma resign?", "And Kazemi?"], "And Kazemi? resign"),
        (
            ["Pourquoi Zoë Hitzig a-t-elle démissionné ?", "Et Mrinank Sharma ?"],
            "Et Mrinank Sharma ? démissionné",
        ),
        (["Pourquoi Zoë Hitzig a-t-elle démissionné ?", "et elle ?"], "et elle ? Zoë Hitzig"),
        (["Who makes GPT-5.3-Codex?", "When was it published?"], "When was it published? GPT-5.3-Codex makes"),
        (["Warum ging Hinton von Google weg?", "Wovor warnt er?"], "Wovor warnt er? Hinton Google"),
        (["¿Quién dirige la Reserva Federal?", "¿Desde cuándo?"], "¿Desde cuándo? Reserva Federal dirige"),
        (["Wie verliet de bank?", "Waarom?"], "Waarom? verliet bank"),
        (["卡琳为什么离开了公司？", "她什么时候加入的？"], "她什么时候加入的？ 卡琳为什么离开了公司"),
        (["Кто покинул xAI?", "Когда он ушёл из компании?"], "Когда он ушёл из компании? Кто покинул xAI"),
        (["What did the US say?", "And when?"], "And when? US"),
    ],
)
def test_a_follow_up_is_completed_with_what_it_lacks(questions: list[str], resolved: str) -> None:
    assert resolve(questions) == resolved


@pytest.mark.parametrize("courtesy", ["merci !", "Thanks, that helps", "ok", "你好"])
def test_courtesies_are_no_part_of_a_conversation(courtesy: str) -> None:
    assert resolve(["Why did Sharma resign?", courtesy]) == courtesy
    assert resolve([courtesy, "Why did Sharma resign?", courtesy, "When?"]) == "When? Sharma resign"


@pytest.mark.parametrize("question", _STANDALONE)
def test_a_standalone_question_is_not_changed(question: str) -> None:
    assert resolve(["Why did Kalinowski leave OpenAI?", question]) == question
    assert not follows_up(question)


@pytest.mark.parametrize(
    ("twelve", "thirteen"), [("kiedy odeszła?", "kiedy odeszłaś?"), ("为什么离开了？", "为什么卡琳离开了？")]
)
def test_a_question_without_known_grammar_follows_up_with_at_most_twelve_letters(twelve: str, thirteen: str) -> None:
    assert follows_up(twelve)  # a wide letter counts twice
    assert not follows_up(thirteen)


def test_nearly_all_questions_of_the_cases_are_standalone() -> None:
    questions = [case.text for case in load(SEEDS.parent / "eval/cases/seeds.jsonl").questions]
    changed = [question for question in questions if follows_up(question)]
    assert len(questions) > 300
    assert len(changed) <= 0.025 * len(questions), changed


@pytest.mark.parametrize("question", ["Why?", "And when?", "et lui ?", "?"])
def test_the_first_question_is_asked_unchanged(question: str) -> None:
    assert resolve([question]) == question


def test_a_follow_up_of_a_follow_up_goes_back_to_the_standalone_question() -> None:
    asked = ["Who leads xAI?", "Why did Kalinowski leave OpenAI?", "When?", "And how?"]
    assert resolve(asked) == "And how? Kalinowski OpenAI leave"


def test_the_last_follow_up_with_a_name_replaces_the_names_before() -> None:
    asked = ["Why did Kalinowski leave OpenAI?", "And Schwarzer?", "And Sharma?", "When?"]
    assert resolve(asked) == "When? Sharma leave"


def test_without_anything_to_add_a_follow_up_is_asked_alone() -> None:
    assert resolve(["Why?", "When?", "Where?"]) == "Where?"


def test_a_follow_up_too_long_with_its_context_is_asked_alone() -> None:
    long = "Why did Kalinowski leave OpenAI? " + "a" * (MAX_QUESTION - 40)
    assert len(resolve([long, "When?"])) <= MAX_QUESTION
    assert resolve([long, "And when did that happen?"]) == "And when did that happen?"
