"""The phrases of messages that ask the archive nothing, by language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of a language, separated by commas."""

    thanks: str
    greeting: str
    goodbye: str
    ok: str
    fillers: str = ""  # only beside others
    about: str = ""  # questions to the service
    spaced: bool = True  # whether spaces separate words


PHRASES = {
    "en": Phrases(
        "thanks, thank you, thank u, thx, thnx, tnx, tx, ty, tysm, many thanks, cheers, much appreciated",
        "hello, hi, hey, hi there, hello there, good morning, good afternoon, good evening, good day, greetings, "
        "yo, hiya, howdy",
        "bye, goodbye, bye bye, good bye, see you, good night, see you later, cya, ttyl",
        "ok, okay, great, perfect, got it, i see, all right, alright, understood, cool, excellent, very good, "
        "that helps, that helped, that is helpful, that s helpful, very helpful, good answer, great answer, well "
        "done, fine, yes, no, that s great, that is great, that s all, that is all, wonderful, awesome, good, k, "
        "kk, okey, okie, yep, yeah, yup, nope, nice, lol, lmao, rofl, haha, hahaha, ha, hehe, hihi, hm, hmm, mm, "
        "mhm, uh, uhm, um, erm, ah, oh, aha, wow, oops, np, no problem, nvm, never mind, nevermind, idk, omg, "
        "sure",
        "very much, so much, a lot, a bunch, for your help, for the help, for that, for this, everyone, all, "
        "again, for the answer, for your answer, for the information, for the info, newsqa, you, and, very, now, "
        "right now, today, please, exactly, really",
        "who are you, what are you, who r u, what can you do, what do you do, how do you work, what is your name, "
        "what s your name, are you a bot, are you a robot, are you human, are you a human, are you an ai, are you "
        "chatgpt, who made you, how are you, how are you doing, what time is it, what s the time, what is the "
        "time, what day is it, what day is it today, what is the date, what s the date, what is today s date, "
        "what s today s date, what s the date today, what is the date today, help, help me, what is the weather, "
        "what s the weather, how is the weather, how s the weather, tell me a joke, what can i ask, what can i "
        "ask you",
    ),
    "fr": Phrases(
        "merci, merci beaucoup, merci bien, mille mercis, grand merci, un grand merci, je vous remercie, je te "
        "remercie",
        "bonjour, bonsoir, salut, coucou, hello, rebonjour",
        "au revoir, à bientôt, bonne journée, bonne soirée, bonne nuit, adieu, à plus tard",
        "mdr, ptdr, bof, euh, hum, ouais, mouais, hein, ah bon, tant mieux, ok, d'accord, parfait, super, très "
        "bien, entendu, compris, je vois, ça marche, génial, excellent, bien, oui, non, c'est parfait, c'est "
        "bien, c'est clair, c'est noté, bien reçu, ça m'aide, cela m'aide, très utile, c'est tout, ça aide, cela "
        "aide, c'est bon, nickel, bravo, d'acc",
        "beaucoup, à vous, à toi, pour votre aide, pour ton aide, pour l'aide, pour tout, pour la réponse, pour "
        "votre réponse, pour ta réponse, pour cette réponse, tout le monde, à tous, infiniment, encore, newsqa, "
        "et, madame, monsieur, maintenant, aujourd'hui, s'il te plaît, s'il vous plaît, svp, stp, exactement",
        "qui es-tu, qui êtes-vous, tu es qui, t'es qui, vous êtes qui, es-tu un robot, êtes-vous un robot, que "
        "peux-tu faire, que pouvez-vous faire, que sais-tu faire, que fais-tu, que faites-vous, comment "
        "fonctionnes-tu, comment t'appelles-tu, comment vous appelez-vous, quel est ton nom, quel est votre nom, "
        "comment ça va, ça va, comment vas-tu, comment allez-vous, quelle heure est-il, il est quelle heure, "
        "quelle heure il est, quel jour sommes-nous, on est quel jour, quelle est la date, quelle est la date "
        "d'aujourd'hui, quel temps fait-il, quel temps fait-il aujourd'hui, aide, aide-moi, aidez-moi, à l'aide, "
        "raconte-moi une blague",
    ),
    "de": Phrases(
        "danke, danke schön, danke sehr, vielen dank, herzlichen dank, besten dank, ich danke, dankeschön, "
        "tausend dank",
        "hallo, guten tag, guten morgen, guten abend, moin, servus, grüß gott, grüezi, hi, hey",
        "tschüss, tschüs, auf wiedersehen, bis bald, bis später, gute nacht, schönen tag noch",
        "hm, hmm, ähm, äh, tja, jo, jep, nö, naja, okidoki, haha, ok, okay, alles klar, gut, sehr gut, super, "
        "prima, perfekt, verstanden, in ordnung, das hilft, das hilft mir, das reicht, toll, klasse, ja, nein, "
        "genau, ach so, hilfreich, sehr hilfreich, das war's, das war hilfreich",
        "für die hilfe, für ihre hilfe, für deine hilfe, für die antwort, ihnen, dir, euch, zusammen, nochmals, "
        "und, newsqa, jetzt, gerade, heute, bitte, genau, eigentlich",
        "wer bist du, was bist du, was kannst du, was machst du, bist du ein bot, bist du ein roboter, bist du "
        "ein mensch, bist du eine ki, wie heißt du, wie geht's, wie geht es dir, wie geht es ihnen, wie spät ist "
        "es, wie viel uhr ist es, wieviel uhr ist es, welcher tag ist heute, welches datum ist heute, welches "
        "datum haben wir, den wievielten haben wir, wie ist das wetter, wie wird das wetter, hilfe, hilf mir, "
        "erzähl mir einen witz",
    ),
    "es": Phrases(
        "gracias, muchas gracias, mil gracias, muchísimas gracias, te lo agradezco, se lo agradezco",
        "hola, buenos días, buenas tardes, buenas noches, buenas, qué tal, saludos",
        "adiós, hasta luego, hasta pronto, chao, hasta mañana",
        "jaja, jajaja, eh, mmm, pues, ajá, ok, vale, de acuerdo, perfecto, muy bien, bien, entendido, genial, "
        "estupendo, excelente, claro, ya veo, sí, no, eso ayuda, me ayuda, muy útil, está bien, eso es todo, "
        "listo",
        "por tu ayuda, por su ayuda, por la ayuda, por la respuesta, por todo, a todos, y, newsqa, ahora, hoy, "
        "por favor, exactamente",
        "quién eres, quién es usted, qué eres, qué puedes hacer, qué haces, eres un robot, eres un bot, eres "
        "humano, cómo te llamas, cuál es tu nombre, cómo estás, qué hora es, qué día es, qué día es hoy, qué "
        "fecha es hoy, cuál es la fecha, qué tiempo hace, ayuda, ayúdame, cuéntame un chiste",
    ),
    "it": Phrases(
        "grazie, grazie mille, mille grazie, molte grazie, grazie tante, ti ringrazio, la ringrazio",
        "ciao, buongiorno, buon giorno, buonasera, buona sera, salve, buon pomeriggio",
        "arrivederci, a presto, addio, buonanotte, buona notte, buona giornata, a dopo",
        "ahah, ahahah, boh, mah, uhm, ehm, ok, va bene, d'accordo, perfetto, capito, bene, molto bene, ottimo, "
        "benissimo, certo, chiaro, sì, no, ho capito, mi aiuta, molto utile, è tutto, fantastico",
        "per l'aiuto, per il tuo aiuto, per la risposta, di tutto, di cuore, a tutti, e, newsqa, adesso, ora, "
        "oggi, per favore, esattamente",
        "chi sei, cosa sei, che cosa sei, cosa puoi fare, che cosa puoi fare, cosa sai fare, che cosa sai fare, "
        "cosa fai, sei un robot, sei un bot, sei umano, come ti chiami, qual è il tuo nome, come funzioni, come "
        "stai, come va, che ora è, che ore sono, che giorno è, che giorno è oggi, che data è oggi, qual è la data "
        "di oggi, quanti ne abbiamo oggi, che tempo fa, aiuto, aiutami, raccontami una barzelletta",
    ),
    "pt": Phrases(
        "obrigado, obrigada, muito obrigado, muito obrigada, agradeço, valeu, grato, grata, brigado, obrigadinho",
        "olá, oi, bom dia, boa tarde, boa noite, alô",
        "adeus, tchau, até logo, até já, até breve, até à próxima",
        "kkk, rs, rsrs, hum, né, ok, está bem, tá bem, tudo bem, perfeito, muito bem, certo, entendi, percebi, "
        "ótimo, óptimo, excelente, claro, sim, não, de acordo, isso ajuda, muito útil, é tudo, bem, beleza, fixe",
        "pela ajuda, pela sua ajuda, pela tua ajuda, pela resposta, por tudo, a todos, e, newsqa, agora, hoje, "
        "por favor, exatamente",
        "quem és, quem és tu, quem é você, o que és, o que é você, o que você faz, o que você pode fazer, o que "
        "fazes, o que podes fazer, o que sabes fazer, você é um robô, és um robô, como te chamas, qual é o seu "
        "nome, qual é o teu nome, como estás, que horas são, que dia é hoje, qual é a data, qual é a data de "
        "hoje, que tempo faz, como está o tempo, ajuda, ajuda-me, me ajuda, me ajude, conta uma piada",
    ),
    "nl": Phrases(
        "bedankt, dank je, dank u, dank je wel, dank u wel, dankjewel, dankuwel, hartelijk dank, heel erg "
        "bedankt, veel dank",
        "hallo, hoi, goedendag, goedemorgen, goedemiddag, goedenavond, hey, dag",
        "tot ziens, doei, tot straks, tot later, goedenacht, welterusten, fijne dag",
        "hm, hmm, haha, tja, jep, nou, ach zo, oké, ok, prima, goed, heel goed, perfect, begrepen, duidelijk, "
        "akkoord, top, mooi, dat helpt, in orde, ja, nee, heel nuttig, dat is alles, fijn",
        "voor de hulp, voor je hulp, voor uw hulp, voor het antwoord, allemaal, heel erg, nogmaals, en, newsqa, "
        "nu, vandaag, alsjeblieft, alstublieft, precies, eigenlijk",
        "wie ben je, wie ben jij, wie bent u, wat ben je, wat ben jij, wat kun je, wat kan je, wat kun je doen, "
        "wat kan je doen, wat kunt u doen, wat doe je, ben je een robot, ben je een bot, ben je een mens, hoe "
        "heet je, hoe heet u, wat is je naam, wat is uw naam, hoe gaat het, hoe is het, hoe laat is het, welke "
        "dag is het, welke dag is het vandaag, wat is de datum, welke datum is het, welke datum is het vandaag, "
        "wat voor weer is het, hoe is het weer, hulp, help, help me, vertel een mop",
    ),
    "ro": Phrases(
        "mulțumesc, mersi, mulțumim, vă mulțumesc, îți mulțumesc, mulțumesc mult, mulțumesc frumos, mersi mult",
        "bună, bună ziua, bună dimineața, bună seara, salut, salutare",
        "la revedere, pe curând, noapte bună, o zi bună",
        "ok, bine, foarte bine, perfect, de acord, am înțeles, în regulă, super, da, nu, excelent",
        "pentru ajutor, pentru răspuns, tuturor, și, newsqa",
    ),
    "el": Phrases(
        "ευχαριστώ, ευχαριστώ πολύ, σας ευχαριστώ, σε ευχαριστώ, ευχαριστούμε",
        "γεια, γεια σας, γεια σου, καλημέρα, καλησπέρα, χαίρετε",
        "αντίο, καληνύχτα, τα λέμε",
        "εντάξει, ωραία, τέλεια, κατάλαβα, καλά, πολύ καλά, ναι, όχι, οκ, ok, μάλιστα",
        "πολύ, πάρα πολύ, για τη βοήθεια, για την απάντηση, και",
    ),
    "tr": Phrases(
        "teşekkürler, teşekkür ederim, çok teşekkürler, çok teşekkür ederim, sağ ol, sağol, sağ olun, teşekkür ederiz",
        "merhaba, selam, günaydın, iyi günler, iyi akşamlar, merhabalar",
        "hoşça kal, hoşça kalın, görüşürüz, güle güle, iyi geceler",
        "tamam, peki, anladım, harika, süper, çok iyi, güzel, mükemmel, evet, hayır, olur, ok",
        "yardımın için, yardımınız için, cevap için, herkese, ve",
    ),
    "ru": Phrases(
        "спасибо, большое спасибо, спасибо большое, благодарю, благодарю вас, огромное спасибо",
        "привет, здравствуйте, здравствуй, добрый день, доброе утро, добрый вечер",
        "до свидания, пока, до встречи, спокойной ночи",
        "хорошо, ладно, понятно, ок, окей, отлично, ясно, понял, поняла, прекрасно, супер, да, нет, это помогло",
        "за помощь, за ответ, вам, тебе, всем, большое, и",
    ),
    "vi": Phrases(
        "cảm ơn, cám ơn, xin cảm ơn, cảm ơn nhiều, cảm ơn bạn, cảm ơn bạn nhiều",
        "xin chào, chào, chào bạn, chào buổi sáng",
        "tạm biệt, hẹn gặp lại, chúc ngủ ngon",
        "được, được rồi, tốt, rất tốt, tốt lắm, hiểu rồi, vâng, ok, tuyệt, tuyệt vời",
        "nhiều, rất nhiều, bạn, các bạn",
    ),
    "id": Phrases(
        "terima kasih, makasih, terima kasih banyak, trims",
        "halo, hai, selamat pagi, selamat siang, selamat sore, selamat malam",
        "sampai jumpa, selamat tinggal, dadah",
        "oke, ok, baik, bagus, mengerti, siap, sip, mantap, ya, tidak, baiklah",
        "banyak, semua, semuanya, atas bantuannya, atas jawabannya, dan",
    ),
    "zh": Phrases(
        "谢谢, 多谢, 感谢, 謝謝, 多謝, 谢了, 非常感谢",
        "你好, 您好, 嗨, 早上好, 下午好, 晚上好, 大家好, 早安",
        "再见, 再見, 拜拜, 晚安, 回头见",
        "好的, 好, 明白了, 知道了, 可以, 行, 没问题, 太好了, 很好, 了解, 懂了, 是的",
        "你, 您, 了, 啊, 非常, 的帮助, 你的帮助, 您的帮助, 大家, 吧",
        spaced=False,
    ),
    "ja": Phrases(
        "ありがとう, ありがとうございます, ありがとうございました, どうも, 感謝します, 助かりました",
        "こんにちは, こんばんは, おはよう, おはようございます, はじめまして, もしもし",
        "さようなら, おやすみ, おやすみなさい, またね, バイバイ, ではまた",
        "はい, わかりました, 分かりました, 了解, 了解です, 了解しました, なるほど, オーケー, "
        "いいですね, 完璧です, いいえ, わかった",
        "どうも, とても, 本当に, すごく, ね, よ, 皆さん",
        spaced=False,
    ),
    "ko": Phrases(
        "감사합니다, 고맙습니다, 고마워요, 고마워, 감사해요, 감사",
        "안녕하세요, 안녕, 안녕하십니까, 반갑습니다",
        "안녕히 가세요, 안녕히 계세요, 잘 가, 또 봐요",
        "네, 예, 알겠습니다, 알겠어요, 좋아요, 좋습니다, 오케이, 완벽해요, 아니요",
        "정말, 대단히, 여러분, 너무, 많이",
    ),
    "ar": Phrases(
        "شكرا, شكراً, شكرا جزيلا, شكرًا جزيلًا, شكرا لك, شكرا لكم, أشكرك, أشكركم, مشكور",
        "مرحبا, مرحبًا, السلام عليكم, أهلا, أهلا وسهلا, صباح الخير, مساء الخير",
        "مع السلامة, وداعا, إلى اللقاء, تصبح على خير",
        "حسنا, حسنًا, جيد, جيد جدا, ممتاز, فهمت, تمام, موافق, نعم, لا, رائع, طيب",
        "جزيلا, كثيرا, لك, لكم, جدا, على المساعدة, على الإجابة, و",
    ),
    "hi": Phrases(
        "धन्यवाद, शुक्रिया, बहुत धन्यवाद, बहुत बहुत धन्यवाद, आपका धन्यवाद, बहुत शुक्रिया",
        "नमस्ते, नमस्कार, हैलो, सुप्रभात, हाय",
        "अलविदा, फिर मिलेंगे, शुभ रात्रि",
        "ठीक है, अच्छा, समझ गया, समझ गई, बहुत अच्छा, हाँ, नहीं, ओके, बढ़िया",
        "बहुत, आपका, आपको, सबको, जी",
    ),
    "th": Phrases(
        "ขอบคุณ, ขอบคุณมาก, ขอบใจ",
        "สวัสดี, หวัดดี",
        "ลาก่อน, แล้วเจอกัน, ราตรีสวัสดิ์",
        "ตกลง, โอเค, ดีมาก, เข้าใจแล้ว, ดี, ใช่, ไม่",
        "ครับ, ค่ะ, คะ, มาก, มากๆ, นะ, จ้า",
        spaced=False,
    ),
}
