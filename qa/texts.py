"""The fixed texts of answers, in the language of the question; English where the language is unknown."""

from dataclasses import dataclass

from qa.courtesy import Courtesy
from qa.period import Period


@dataclass(frozen=True, slots=True)
class Texts:
    """The fixed texts of a language."""

    no_answer: str
    nearest: str  # heading of the nearest passages
    sources: str  # heading of the sources
    unmentioned: str  # note that none of the passages mentions the `names` of the question
    disputed: str  # note that sources give different answers
    changed: str  # note that a newer article gives another answer
    side: str  # label of a quote that gives one of the different answers, by its `number`
    greeting: str  # from here on, replies to messages that ask nothing
    thanks: str
    ok: str
    goodbye: str
    about: str  # what the service does
    unanswered: str  # note that nothing answers some `questions` of a message


def texts(language: str | None) -> Texts:
    """Return the texts of a language, given by its ISO 639-1 code."""
    return _TEXTS.get(language or "en", _TEXTS["en"])


def no_answer(language: str | None) -> str:
    """Return the sentence of a refusal. Clients recognize a refusal by its status, not by this text."""
    return texts(language).no_answer


def reply(message: Courtesy) -> str:
    """Return the reply to a message that asks nothing."""
    text: str = getattr(texts(message.language), message.kind)
    return text


def read_as(period: Period, language: str | None) -> str:
    """Return the sentence that says as which days the time of a question was read."""
    days = f"{period.first or '…'} – {period.last or '…'}" if period.first != period.last else str(period.first)
    return _READ_AS.get(language or "en", _READ_AS["en"]).format(words=period.words, days=days)


_READ_AS = {  # the languages of `qa.period`
    "en": "“{words}” is read as {days}.",
    "fr": "« {words} » est compris comme {days}.",
    "de": "„{words}“ wird als {days} verstanden.",
    "es": "«{words}» se entiende como {days}.",
    "it": "«{words}» è inteso come {days}.",
    "pt": "“{words}” é entendido como {days}.",
    "nl": "“{words}” wordt gelezen als {days}.",
}

_TEXTS = {
    "en": Texts(
        "No passage of the archive answers this.",
        "The nearest passages:",
        "Sources:",
        "None of these passages mentions {names}.",
        "The sources give different answers.",
        "The answer has changed over time: compare the dates.",
        "Answer {number}",
        "Hello! Ask a question about the articles of the archive.",
        "You’re welcome! Ask another question whenever you like.",
        "All right. Ask another question whenever you like.",
        "Goodbye!",
        "This service answers questions about the articles of the archive, with quotes from them. Ask about "
        "a person, an event or a topic.",
        "No passage answers: {questions}",
    ),
    "fr": Texts(
        "Aucun passage des archives ne répond à cette question.",
        "Les passages les plus proches :",
        "Sources :",
        "Aucun de ces passages ne mentionne {names}.",
        "Les sources donnent des réponses différentes.",
        "La réponse a changé avec le temps : comparez les dates.",
        "Réponse {number}",
        "Bonjour ! Posez une question sur les articles des archives.",
        "Avec plaisir ! Posez une autre question quand vous voulez.",
        "Très bien. Posez une autre question quand vous voulez.",
        "Au revoir !",
        "Ce service répond aux questions sur les articles des archives, avec des citations. Posez une "
        "question sur une personne, un événement ou un sujet.",
        "Aucun passage ne répond à : {questions}",
    ),
    "de": Texts(
        "Keine Stelle im Archiv beantwortet diese Frage.",
        "Die nächstliegenden Stellen:",
        "Quellen:",
        "Keine dieser Stellen erwähnt {names}.",
        "Die Quellen geben unterschiedliche Antworten.",
        "Die Antwort hat sich im Lauf der Zeit geändert: Vergleichen Sie die Daten.",
        "Antwort {number}",
        "Guten Tag! Stellen Sie eine Frage zu den Artikeln im Archiv.",
        "Gern geschehen! Stellen Sie jederzeit eine weitere Frage.",
        "Gut. Stellen Sie jederzeit eine weitere Frage.",
        "Auf Wiedersehen!",
        "Dieser Dienst beantwortet Fragen zu den Artikeln im Archiv mit Zitaten daraus. Fragen Sie nach "
        "einer Person, einem Ereignis oder einem Thema.",
        "Keine Stelle beantwortet: {questions}",
    ),
    "es": Texts(
        "Ningún pasaje del archivo responde a esta pregunta.",
        "Los pasajes más cercanos:",
        "Fuentes:",
        "Ninguno de estos pasajes menciona {names}.",
        "Las fuentes dan respuestas distintas.",
        "La respuesta ha cambiado con el tiempo: compare las fechas.",
        "Respuesta {number}",
        "¡Hola! Haga una pregunta sobre los artículos del archivo.",
        "¡De nada! Haga otra pregunta cuando quiera.",
        "De acuerdo. Haga otra pregunta cuando quiera.",
        "¡Adiós!",
        "Este servicio responde a preguntas sobre los artículos del archivo, con citas. Pregunte por una "
        "persona, un acontecimiento o un tema.",
        "Ningún pasaje responde a: {questions}",
    ),
    "it": Texts(
        "Nessun passo dell’archivio risponde a questa domanda.",
        "I passi più vicini:",
        "Fonti:",
        "Nessuno di questi passi menziona {names}.",
        "Le fonti danno risposte diverse.",
        "La risposta è cambiata nel tempo: confronti le date.",
        "Risposta {number}",
        "Buongiorno! Faccia una domanda sugli articoli dell’archivio.",
        "Prego! Faccia un’altra domanda quando vuole.",
        "Va bene. Faccia un’altra domanda quando vuole.",
        "Arrivederci!",
        "Questo servizio risponde a domande sugli articoli dell’archivio, con citazioni. Chieda di una "
        "persona, di un fatto o di un tema.",
        "Nessun passo risponde a: {questions}",
    ),
    "pt": Texts(
        "Nenhuma passagem do arquivo responde a esta pergunta.",
        "As passagens mais próximas:",
        "Fontes:",
        "Nenhuma destas passagens menciona {names}.",
        "As fontes dão respostas diferentes.",
        "A resposta mudou com o tempo: compare as datas.",
        "Resposta {number}",
        "Olá! Faça uma pergunta sobre os artigos do arquivo.",
        "De nada! Faça outra pergunta quando quiser.",
        "Muito bem. Faça outra pergunta quando quiser.",
        "Adeus!",
        "Este serviço responde a perguntas sobre os artigos do arquivo, com citações. Pergunte sobre uma "
        "pessoa, um acontecimento ou um tema.",
        "Nenhuma passagem responde a: {questions}",
    ),
    "nl": Texts(
        "Geen passage in het archief beantwoordt deze vraag.",
        "De dichtstbijzijnde passages:",
        "Bronnen:",
        "Geen van deze passages noemt {names}.",
        "De bronnen geven verschillende antwoorden.",
        "Het antwoord is in de loop van de tijd veranderd: vergelijk de datums.",
        "Antwoord {number}",
        "Hallo! Stel een vraag over de artikelen in het archief.",
        "Graag gedaan! Stel gerust nog een vraag.",
        "Goed. Stel gerust nog een vraag.",
        "Tot ziens!",
        "Deze dienst beantwoordt vragen over de artikelen in het archief, met citaten daaruit. Vraag naar "
        "een persoon, een gebeurtenis of een onderwerp.",
        "Geen passage beantwoordt: {questions}",
    ),
    "ro": Texts(
        "Niciun pasaj din arhivă nu răspunde la această întrebare.",
        "Cele mai apropiate pasaje:",
        "Surse:",
        "Niciunul dintre aceste pasaje nu menționează {names}.",
        "Sursele dau răspunsuri diferite.",
        "Răspunsul s-a schimbat în timp: comparați datele.",
        "Răspunsul {number}",
        "Bună ziua! Puneți o întrebare despre articolele din arhivă.",
        "Cu plăcere! Puneți oricând altă întrebare.",
        "Bine. Puneți oricând altă întrebare.",
        "La revedere!",
        "Acest serviciu răspunde la întrebări despre articolele din arhivă, cu citate. Întrebați despre o "
        "persoană, un eveniment sau un subiect.",
        "Niciun pasaj nu răspunde la: {questions}",
    ),
    "el": Texts(
        "Κανένα απόσπασμα του αρχείου δεν απαντά σε αυτή την ερώτηση.",
        "Τα πλησιέστερα αποσπάσματα:",
        "Πηγές:",
        "Κανένα από αυτά τα αποσπάσματα δεν αναφέρει: {names}.",
        "Οι πηγές δίνουν διαφορετικές απαντήσεις.",
        "Η απάντηση άλλαξε με τον χρόνο: συγκρίνετε τις ημερομηνίες.",
        "Απάντηση {number}",
        "Γεια σας! Κάντε μια ερώτηση για τα άρθρα του αρχείου.",
        "Παρακαλώ! Κάντε άλλη ερώτηση όποτε θέλετε.",
        "Εντάξει. Κάντε άλλη ερώτηση όποτε θέλετε.",
        "Αντίο!",
        "Αυτή η υπηρεσία απαντά σε ερωτήσεις για τα άρθρα του αρχείου, με αποσπάσματα. Ρωτήστε για ένα "
        "πρόσωπο, ένα γεγονός ή ένα θέμα.",
        "Κανένα απόσπασμα δεν απαντά στο: {questions}",
    ),
    "tr": Texts(
        "Arşivdeki hiçbir bölüm bu soruyu yanıtlamıyor.",
        "En yakın bölümler:",
        "Kaynaklar:",
        "Bu bölümlerin hiçbirinde geçmiyor: {names}.",
        "Kaynaklar farklı yanıtlar veriyor.",
        "Yanıt zamanla değişti: tarihleri karşılaştırın.",
        "Yanıt {number}",
        "Merhaba! Arşivdeki makaleler hakkında bir soru sorun.",
        "Rica ederim! İstediğiniz zaman başka bir soru sorun.",
        "Tamam. İstediğiniz zaman başka bir soru sorun.",
        "Hoşça kalın!",
        "Bu hizmet, arşivdeki makaleler hakkındaki soruları alıntılarla yanıtlar. Bir kişi, olay veya konu "
        "hakkında soru sorun.",
        "Hiçbir bölüm şunu yanıtlamıyor: {questions}",
    ),
    "ru": Texts(
        "Ни один фрагмент архива не отвечает на этот вопрос.",
        "Ближайшие фрагменты:",
        "Источники:",
        "Ни в одном из этих фрагментов не упоминается: {names}.",
        "Источники дают разные ответы.",
        "Ответ со временем изменился: сравните даты.",
        "Ответ {number}",
        "Здравствуйте! Задайте вопрос о статьях архива.",
        "Пожалуйста! Задавайте другие вопросы в любое время.",
        "Хорошо. Задавайте другие вопросы в любое время.",
        "До свидания!",
        "Этот сервис отвечает на вопросы о статьях архива цитатами из них. Спросите о человеке, событии или теме.",
        "Ни один фрагмент не отвечает на вопрос: {questions}",
    ),
    "vi": Texts(
        "Không có đoạn nào trong kho lưu trữ trả lời câu hỏi này.",
        "Các đoạn gần nhất:",
        "Nguồn:",
        "Không đoạn nào trong số này nhắc đến {names}.",
        "Các nguồn đưa ra những câu trả lời khác nhau.",
        "Câu trả lời đã thay đổi theo thời gian: hãy so sánh các ngày.",
        "Câu trả lời {number}",
        "Xin chào! Hãy đặt câu hỏi về các bài báo trong kho lưu trữ.",
        "Không có gì! Hãy đặt câu hỏi khác bất cứ lúc nào.",
        "Được. Hãy đặt câu hỏi khác bất cứ lúc nào.",
        "Tạm biệt!",
        "Dịch vụ này trả lời câu hỏi về các bài báo trong kho lưu trữ bằng trích dẫn. Hãy hỏi về một người, "
        "một sự kiện hoặc một chủ đề.",
        "Không đoạn nào trả lời: {questions}",
    ),
    "id": Texts(
        "Tidak ada bagian arsip yang menjawab pertanyaan ini.",
        "Bagian yang paling dekat:",
        "Sumber:",
        "Tidak satu pun bagian ini menyebut {names}.",
        "Sumber-sumber memberikan jawaban yang berbeda.",
        "Jawabannya berubah seiring waktu: bandingkan tanggalnya.",
        "Jawaban {number}",
        "Halo! Ajukan pertanyaan tentang artikel dalam arsip.",
        "Sama-sama! Silakan ajukan pertanyaan lain kapan saja.",
        "Baik. Silakan ajukan pertanyaan lain kapan saja.",
        "Sampai jumpa!",
        "Layanan ini menjawab pertanyaan tentang artikel dalam arsip dengan kutipan. Tanyakan tentang "
        "seseorang, peristiwa, atau topik.",
        "Tidak ada bagian yang menjawab: {questions}",
    ),
    "zh": Texts(
        "档案中没有段落能回答这个问题。",
        "最接近的段落：",
        "来源：",
        "这些段落都没有提到{names}。",
        "各来源给出了不同的答案。",
        "答案随时间有变化：请比较日期。",
        "答案{number}",
        "你好！请就档案中的文章提问。",
        "不客气！欢迎随时继续提问。",
        "好的。欢迎随时继续提问。",
        "再见！",
        "本服务引用档案中的文章来回答有关它们的问题。请就人物、事件或主题提问。",
        "没有段落能回答：{questions}",
    ),
    "ja": Texts(
        "この質問に答える記述はアーカイブにありません。",
        "最も近い記述：",
        "出典：",
        "これらの記述はいずれも{names}に触れていません。",
        "出典によって答えが異なります。",
        "答えは時間とともに変わっています。日付を比べてください。",
        "答え{number}",
        "こんにちは。アーカイブの記事について質問してください。",
        "どういたしまして。ほかの質問もいつでもどうぞ。",
        "わかりました。ほかの質問もいつでもどうぞ。",
        "さようなら。",
        "このサービスは、アーカイブの記事についての質問に、記事からの引用で答えます。人物、出来事、話題について質問してください。",
        "次の質問に答える記述はありません：{questions}",
    ),
    "ko": Texts(
        "아카이브에 이 질문에 답하는 대목이 없습니다.",
        "가장 가까운 대목:",
        "출처:",
        "이 대목들 가운데 어느 것도 다음을 언급하지 않습니다: {names}.",
        "출처마다 답이 다릅니다.",
        "답이 시간이 지나면서 바뀌었습니다. 날짜를 비교하세요.",
        "답 {number}",
        "안녕하세요! 아카이브의 기사에 대해 질문해 주세요.",
        "천만에요! 언제든지 다른 질문을 해 주세요.",
        "알겠습니다. 언제든지 다른 질문을 해 주세요.",
        "안녕히 가세요!",
        "이 서비스는 아카이브 기사에 대한 질문에 기사를 인용하여 답합니다. 인물, 사건 또는 주제에 대해 질문해 주세요.",
        "다음 질문에 답하는 대목이 없습니다: {questions}",
    ),
    "ar": Texts(
        "لا يوجد في الأرشيف مقطع يجيب عن هذا السؤال.",
        "أقرب المقاطع:",
        "المصادر:",
        "لا يذكر أي من هذه المقاطع {names}.",
        "تعطي المصادر إجابات مختلفة.",
        "تغيّرت الإجابة مع الوقت: قارن بين التواريخ.",
        "الإجابة {number}",
        "مرحبًا! اطرح سؤالًا عن مقالات الأرشيف.",
        "على الرحب والسعة! اطرح سؤالًا آخر متى شئت.",
        "حسنًا. اطرح سؤالًا آخر متى شئت.",
        "مع السلامة!",
        "تجيب هذه الخدمة عن أسئلة حول مقالات الأرشيف باقتباسات منها. اسأل عن شخص أو حدث أو موضوع.",
        "لا يوجد مقطع يجيب عن: {questions}",
    ),
    "hi": Texts(
        "संग्रह का कोई अंश इस प्रश्न का उत्तर नहीं देता।",
        "सबसे निकट के अंश:",
        "स्रोत:",
        "इनमें से किसी भी अंश में {names} का उल्लेख नहीं है।",
        "स्रोत अलग-अलग उत्तर देते हैं।",
        "उत्तर समय के साथ बदला है: तारीखों की तुलना करें।",
        "उत्तर {number}",
        "नमस्ते! संग्रह के लेखों के बारे में प्रश्न पूछें।",
        "आपका स्वागत है! जब चाहें दूसरा प्रश्न पूछें।",
        "ठीक है। जब चाहें दूसरा प्रश्न पूछें।",
        "फिर मिलेंगे!",
        "यह सेवा संग्रह के लेखों के बारे में प्रश्नों के उत्तर उनके उद्धरणों से देती है। किसी व्यक्ति, घटना या विषय के बारे में पूछें।",
        "कोई अंश इसका उत्तर नहीं देता: {questions}",
    ),
    "th": Texts(
        "ไม่มีข้อความใดในคลังที่ตอบคำถามนี้",
        "ข้อความที่ใกล้เคียงที่สุด:",
        "แหล่งที่มา:",
        "ไม่มีข้อความใดในนี้กล่าวถึง {names}",
        "แหล่งที่มาให้คำตอบต่างกัน",
        "คำตอบเปลี่ยนไปตามเวลา โปรดเปรียบเทียบวันที่",
        "คำตอบที่ {number}",
        "สวัสดี! ถามคำถามเกี่ยวกับบทความในคลังได้เลย",
        "ยินดี! ถามคำถามอื่นได้ทุกเมื่อ",
        "ตกลง ถามคำถามอื่นได้ทุกเมื่อ",
        "ลาก่อน!",
        "บริการนี้ตอบคำถามเกี่ยวกับบทความในคลังด้วยข้อความที่อ้างอิงจากบทความ ถามเกี่ยวกับบุคคล เหตุการณ์ หรือหัวข้อได้เลย",
        "ไม่มีข้อความใดที่ตอบ: {questions}",
    ),
}
