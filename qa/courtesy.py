"""Recognizes messages that ask nothing: greetings, thanks, assent and goodbyes.

A message is a courtesy if it consists of phrases of one language in `_LANGUAGES`, not all of them fillers, and has no
question mark. So "thanks, that helps" is one, and "thanks, and who leads xAI?" is not.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["thanks", "goodbye", "greeting", "ok"]
_KINDS: tuple[Kind, ...] = ("thanks", "goodbye", "greeting", "ok")  # the first found decides about a message

_MAX_LENGTH = 80  # code points of a courtesy
_QUESTION_MARK = re.compile(r"[?？؟⁇⁈⁉‽]")


@dataclass(frozen=True, slots=True)
class Courtesy:
    """What a message expresses that asks nothing, and its language."""

    kind: Kind
    language: str  # ISO 639-1; the first in `_LANGUAGES` that has the phrases, as "ok" is in several


def courtesy(message: str) -> Courtesy | None:
    """Return what a message expresses if it asks nothing, else None."""
    if len(message) > _MAX_LENGTH or _QUESTION_MARK.search(message):
        return None
    words = _words(message)
    for code, language in _LANGUAGES.items():
        found = _kinds(tuple(words) if language.spaced else tuple("".join(words)), code)
        kind = next((kind for kind in _KINDS if kind in found), None)
        if kind:
            return Courtesy(kind, code)
    return None


def _kinds(units: tuple[str, ...], code: str) -> set[Kind | None]:
    """Return the kinds of the phrases of which `units` consist, None for a filler; empty if they do not.

    The units are words, or characters of a language without spaces. The longest phrase that fits is taken.
    """
    phrases, max_length = _phrases(code)
    found: set[Kind | None] = set()
    position = 0
    while position < len(units):
        for length in range(min(max_length, len(units) - position), 0, -1):
            phrase = units[position : position + length]
            if phrase in phrases:
                found.add(phrases[phrase])
                position += length
                break
        else:
            return set()
    return found


@cache
def _phrases(code: str) -> tuple[dict[tuple[str, ...], Kind | None], int]:
    """Return the kind of each phrase of a language, None for fillers, and the length of the longest phrase in units."""
    language = _LANGUAGES[code]
    kinds: dict[tuple[str, ...], Kind | None] = {}
    texts = (language.fillers, *(getattr(language, kind) for kind in reversed(_KINDS)))
    for text, kind in zip(texts, (None, *reversed(_KINDS)), strict=True):
        for phrase in text.split(","):
            words = _words(phrase)
            kinds[tuple(words) if language.spaced else tuple("".join(words))] = kind
    return kinds, max(map(len, kinds))


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents of letters."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    plain = unicodedata.normalize("NFC", "".join(c for c in decomposed if not 0x300 <= ord(c) < 0x370))
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split()


@dataclass(frozen=True, slots=True)
class _Language:
    """The phrases of a language, separated by commas."""

    thanks: str
    greeting: str
    goodbye: str
    ok: str
    fillers: str = ""  # only beside others
    spaced: bool = True  # whether spaces separate words


_LANGUAGES = {
    "en": _Language(
        "thanks, thank you, thank u, thx, ty, many thanks, cheers, much appreciated",
        "hello, hi, hey, hi there, hello there, good morning, good afternoon, good evening, good day, greetings",
        "bye, goodbye, bye bye, good bye, see you, good night, see you later",
        "ok, okay, great, perfect, got it, i see, all right, alright, understood, cool, excellent, very good, "
        "that helps, that helped, that is helpful, that s helpful, very helpful, good answer, great answer, "
        "well done, fine, yes, no, that s great, that is great, that s all, that is all, wonderful, awesome, "
        "good",
        "very much, so much, a lot, a bunch, for your help, for the help, for that, for this, everyone, all, "
        "again, for the answer, for your answer, for the information, for the info, newsqa, you, and, very",
    ),
    "fr": _Language(
        "merci, merci beaucoup, merci bien, mille mercis, grand merci, un grand merci, je vous remercie, je "
        "te remercie",
        "bonjour, bonsoir, salut, coucou, hello, rebonjour",
        "au revoir, à bientôt, bonne journée, bonne soirée, bonne nuit, adieu, à plus tard",
        "ok, d'accord, parfait, super, très bien, entendu, compris, je vois, ça marche, génial, excellent, "
        "bien, oui, non, c'est parfait, c'est bien, c'est clair, c'est noté, bien reçu, ça m'aide, cela "
        "m'aide, très utile, c'est tout, ça aide, cela aide, c'est bon, nickel, bravo, d'acc",
        "beaucoup, à vous, à toi, pour votre aide, pour ton aide, pour l'aide, pour tout, pour la réponse, "
        "pour votre réponse, pour ta réponse, pour cette réponse, tout le monde, à tous, infiniment, encore, "
        "newsqa, et, madame, monsieur",
    ),
    "de": _Language(
        "danke, danke schön, danke sehr, vielen dank, herzlichen dank, besten dank, ich danke, dankeschön, "
        "tausend dank",
        "hallo, guten tag, guten morgen, guten abend, moin, servus, grüß gott, grüezi, hi, hey",
        "tschüss, tschüs, auf wiedersehen, bis bald, bis später, gute nacht, schönen tag noch",
        "ok, okay, alles klar, gut, sehr gut, super, prima, perfekt, verstanden, in ordnung, das hilft, das "
        "hilft mir, das reicht, toll, klasse, ja, nein, genau, ach so, hilfreich, sehr hilfreich, das war's, "
        "das war hilfreich",
        "für die hilfe, für ihre hilfe, für deine hilfe, für die antwort, ihnen, dir, euch, zusammen, "
        "nochmals, und, newsqa",
    ),
    "es": _Language(
        "gracias, muchas gracias, mil gracias, muchísimas gracias, te lo agradezco, se lo agradezco",
        "hola, buenos días, buenas tardes, buenas noches, buenas, qué tal, saludos",
        "adiós, hasta luego, hasta pronto, chao, hasta mañana",
        "ok, vale, de acuerdo, perfecto, muy bien, bien, entendido, genial, estupendo, excelente, claro, ya "
        "veo, sí, no, eso ayuda, me ayuda, muy útil, está bien, eso es todo, listo",
        "por tu ayuda, por su ayuda, por la ayuda, por la respuesta, por todo, a todos, y, newsqa",
    ),
    "it": _Language(
        "grazie, grazie mille, mille grazie, molte grazie, grazie tante, ti ringrazio, la ringrazio",
        "ciao, buongiorno, buon giorno, buonasera, buona sera, salve, buon pomeriggio",
        "arrivederci, a presto, addio, buonanotte, buona notte, buona giornata, a dopo",
        "ok, va bene, d'accordo, perfetto, capito, bene, molto bene, ottimo, benissimo, certo, chiaro, sì, "
        "no, ho capito, mi aiuta, molto utile, è tutto, fantastico",
        "per l'aiuto, per il tuo aiuto, per la risposta, di tutto, di cuore, a tutti, e, newsqa",
    ),
    "pt": _Language(
        "obrigado, obrigada, muito obrigado, muito obrigada, agradeço, valeu, grato, grata, brigado, obrigadinho",
        "olá, oi, bom dia, boa tarde, boa noite, alô",
        "adeus, tchau, até logo, até já, até breve, até à próxima",
        "ok, está bem, tá bem, tudo bem, perfeito, muito bem, certo, entendi, percebi, ótimo, óptimo, "
        "excelente, claro, sim, não, de acordo, isso ajuda, muito útil, é tudo, bem, beleza, fixe",
        "pela ajuda, pela sua ajuda, pela tua ajuda, pela resposta, por tudo, a todos, e, newsqa",
    ),
    "nl": _Language(
        "bedankt, dank je, dank u, dank je wel, dank u wel, dankjewel, dankuwel, hartelijk dank, heel erg "
        "bedankt, veel dank",
        "hallo, hoi, goedendag, goedemorgen, goedemiddag, goedenavond, hey, dag",
        "tot ziens, doei, tot straks, tot later, goedenacht, welterusten, fijne dag",
        "oké, ok, prima, goed, heel goed, perfect, begrepen, duidelijk, akkoord, top, mooi, dat helpt, in "
        "orde, ja, nee, heel nuttig, dat is alles, fijn",
        "voor de hulp, voor je hulp, voor uw hulp, voor het antwoord, allemaal, heel erg, nogmaals, en, newsqa",
    ),
    "ro": _Language(
        "mulțumesc, mersi, mulțumim, vă mulțumesc, îți mulțumesc, mulțumesc mult, mulțumesc frumos, mersi mult",
        "bună, bună ziua, bună dimineața, bună seara, salut, salutare",
        "la revedere, pe curând, noapte bună, o zi bună",
        "ok, bine, foarte bine, perfect, de acord, am înțeles, în regulă, super, da, nu, excelent",
        "pentru ajutor, pentru răspuns, tuturor, și, newsqa",
    ),
    "el": _Language(
        "ευχαριστώ, ευχαριστώ πολύ, σας ευχαριστώ, σε ευχαριστώ, ευχαριστούμε",
        "γεια, γεια σας, γεια σου, καλημέρα, καλησπέρα, χαίρετε",
        "αντίο, καληνύχτα, τα λέμε",
        "εντάξει, ωραία, τέλεια, κατάλαβα, καλά, πολύ καλά, ναι, όχι, οκ, ok, μάλιστα",
        "πολύ, πάρα πολύ, για τη βοήθεια, για την απάντηση, και",
    ),
    "tr": _Language(
        "teşekkürler, teşekkür ederim, çok teşekkürler, çok teşekkür ederim, sağ ol, sağol, sağ olun, teşekkür ederiz",
        "merhaba, selam, günaydın, iyi günler, iyi akşamlar, merhabalar",
        "hoşça kal, hoşça kalın, görüşürüz, güle güle, iyi geceler",
        "tamam, peki, anladım, harika, süper, çok iyi, güzel, mükemmel, evet, hayır, olur, ok",
        "yardımın için, yardımınız için, cevap için, herkese, ve",
    ),
    "ru": _Language(
        "спасибо, большое спасибо, спасибо большое, благодарю, благодарю вас, огромное спасибо",
        "привет, здравствуйте, здравствуй, добрый день, доброе утро, добрый вечер",
        "до свидания, пока, до встречи, спокойной ночи",
        "хорошо, ладно, понятно, ок, окей, отлично, ясно, понял, поняла, прекрасно, супер, да, нет, это помогло",
        "за помощь, за ответ, вам, тебе, всем, большое, и",
    ),
    "vi": _Language(
        "cảm ơn, cám ơn, xin cảm ơn, cảm ơn nhiều, cảm ơn bạn, cảm ơn bạn nhiều",
        "xin chào, chào, chào bạn, chào buổi sáng",
        "tạm biệt, hẹn gặp lại, chúc ngủ ngon",
        "được, được rồi, tốt, rất tốt, tốt lắm, hiểu rồi, vâng, ok, tuyệt, tuyệt vời",
        "nhiều, rất nhiều, bạn, các bạn",
    ),
    "id": _Language(
        "terima kasih, makasih, terima kasih banyak, trims",
        "halo, hai, selamat pagi, selamat siang, selamat sore, selamat malam",
        "sampai jumpa, selamat tinggal, dadah",
        "oke, ok, baik, bagus, mengerti, siap, sip, mantap, ya, tidak, baiklah",
        "banyak, semua, semuanya, atas bantuannya, atas jawabannya, dan",
    ),
    "zh": _Language(
        "谢谢, 多谢, 感谢, 謝謝, 多謝, 谢了, 非常感谢",
        "你好, 您好, 嗨, 早上好, 下午好, 晚上好, 大家好, 早安",
        "再见, 再見, 拜拜, 晚安, 回头见",
        "好的, 好, 明白了, 知道了, 可以, 行, 没问题, 太好了, 很好, 了解, 懂了, 是的",
        "你, 您, 了, 啊, 非常, 的帮助, 你的帮助, 您的帮助, 大家, 吧",
        spaced=False,
    ),
    "ja": _Language(
        "ありがとう, ありがとうございます, ありがとうございました, どうも, 感謝します, 助かりました",
        "こんにちは, こんばんは, おはよう, おはようございます, はじめまして, もしもし",
        "さようなら, おやすみ, おやすみなさい, またね, バイバイ, ではまた",
        "はい, わかりました, 分かりました, 了解, 了解です, 了解しました, なるほど, オーケー, "
        "いいですね, 完璧です, いいえ, わかった",
        "どうも, とても, 本当に, すごく, ね, よ, 皆さん",
        spaced=False,
    ),
    "ko": _Language(
        "감사합니다, 고맙습니다, 고마워요, 고마워, 감사해요, 감사",
        "안녕하세요, 안녕, 안녕하십니까, 반갑습니다",
        "안녕히 가세요, 안녕히 계세요, 잘 가, 또 봐요",
        "네, 예, 알겠습니다, 알겠어요, 좋아요, 좋습니다, 오케이, 완벽해요, 아니요",
        "정말, 대단히, 여러분, 너무, 많이",
    ),
    "ar": _Language(
        "شكرا, شكراً, شكرا جزيلا, شكرًا جزيلًا, شكرا لك, شكرا لكم, أشكرك, أشكركم, مشكور",
        "مرحبا, مرحبًا, السلام عليكم, أهلا, أهلا وسهلا, صباح الخير, مساء الخير",
        "مع السلامة, وداعا, إلى اللقاء, تصبح على خير",
        "حسنا, حسنًا, جيد, جيد جدا, ممتاز, فهمت, تمام, موافق, نعم, لا, رائع, طيب",
        "جزيلا, كثيرا, لك, لكم, جدا, على المساعدة, على الإجابة, و",
    ),
    "hi": _Language(
        "धन्यवाद, शुक्रिया, बहुत धन्यवाद, बहुत बहुत धन्यवाद, आपका धन्यवाद, बहुत शुक्रिया",
        "नमस्ते, नमस्कार, हैलो, सुप्रभात, हाय",
        "अलविदा, फिर मिलेंगे, शुभ रात्रि",
        "ठीक है, अच्छा, समझ गया, समझ गई, बहुत अच्छा, हाँ, नहीं, ओके, बढ़िया",
        "बहुत, आपका, आपको, सबको, जी",
    ),
    "th": _Language(
        "ขอบคุณ, ขอบคุณมาก, ขอบใจ",
        "สวัสดี, หวัดดี",
        "ลาก่อน, แล้วเจอกัน, ราตรีสวัสดิ์",
        "ตกลง, โอเค, ดีมาก, เข้าใจแล้ว, ดี, ใช่, ไม่",
        "ครับ, ค่ะ, คะ, มาก, มากๆ, นะ, จ้า",
        spaced=False,
    ),
}
