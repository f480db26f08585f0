"""Recognizes the kind of a question by its question word and by patterns of its language.

Three steps decide: a pattern of a comparison, the latest state or a list anywhere; else the first question word, unless
it is one such as "what" or "how"; else a pattern of what somebody said, a definition or a question for yes or no.
"""

import re
from functools import cache
from typing import Literal

from qa.grammar import folded

Kind = Literal[
    "why",
    "who",
    "when",
    "how many",
    "where",
    "yes/no",
    "said",
    "definition",
    "list",
    "comparison",
    "latest",
    "earliest",
    "other",
]

_UNSPACED = ("zh", "ja")  # languages without spaces between words
_VARIANTS = str.maketrans("’ةىı", "'هيi")  # letters that stay when accents are removed

_ANYWHERE: tuple[Kind, ...] = ("comparison", "earliest", "latest", "list")
_QUESTION_WORDS: tuple[Kind, ...] = ("why", "when", "how many", "where", "who", "other")  # the first at one place wins
_LAST: tuple[Kind, ...] = ("said", "definition", "yes/no")


def kind_of(question: str, language: str | None) -> Kind:
    """Return the kind of a question in a language given by its ISO 639-1 code, `other` in an unknown one."""
    if language not in _PATTERNS:
        return "other"
    patterns = _compiled(language)
    text = _normalized(question, language)
    for kind in _ANYWHERE:
        if patterns[kind].search(text):
            return kind
    places = [(match.start(), kind) for kind in _QUESTION_WORDS if (match := patterns[kind].search(text))]
    first = min(places, key=lambda place: place[0])[1] if places else "other"
    if first != "other":
        return first
    for kind in _LAST:
        if patterns[kind].search(text):
            return kind
    return "other"


def _normalized(question: str, language: str) -> str:
    """Return a question in lower case, of languages with an alphabet without accents; French "où" becomes "ou ou"."""
    text = question.casefold()
    if language not in _UNSPACED:
        if language == "fr":
            text = text.replace("où", "ou ou")
        text = " ".join(folded(word) for word in text.translate(_VARIANTS).split())
    return text.lstrip("¿¡ ")


@cache
def _compiled(language: str) -> dict[Kind, re.Pattern[str]]:
    spaced = language not in _UNSPACED
    return {
        kind: re.compile(rf"(?<!\w)(?:{pattern})(?!\w)" if spaced else pattern)
        for kind, pattern in _PATTERNS[language].items()
    }


_PATTERNS: dict[str, dict[Kind, str]] = {  # folded: in lower case, without accents
    "en": {
        "comparison": r"compar\w*|versus|vs|differ\w*|in common|similar\w*|contrast\w*|contradict\w*|disagree\w*|"
        r"part ways|at odds|in the same way|the same .*\bas|each of (?:them|the)|more \w+ .*(?:than|"
        r"or)|better|worse|clear whether|part of a pattern|(?<!\ba )(?<!the )(?<!this )(?<!that )match|square with",
        "earliest": r"initial(?:ly)?|originally|at first|earliest|for the first time|first (?:report\w*|toll|count|"
        r"figures?|version|announce\w*|estimates?)",
        "latest": r"latest|most recent(?:ly)?|newest|still|yet|so far|currently|at present|these days|to date|"
        r"what s new|anymore|any longer|current state|where (?:do|does) .* stand|up to now|"
        r"as of (?:now|today)|final (?:\w+ )?(?:toll|count|figures?|results?)",
        "list": r"list|all of (?:them|the)|enumerate|name (?:all|some|the|every|me)|names of|what are the|"
        r"who are the|which (?:\w+ ){0,3}?(?!has|is|was|does)\w+[^s\W]s(?: \w+){0,2} (?:are|were|have|"
        r"had|do|did|will|left|\w+ed)|everyone|who all",
        "why": r"why|how come|what (?:\w+ )?(?:reasons?|causes?|motiv\w+|explanation)|what (?:drove|led|made|"
        r"prompted|pushed)|(?:for )?(?:what|which) reasons?|reasons? for|explain\w* (?:his|her|their|"
        r"its|\w+ing)|how does [\w ]+ explain",
        "how many": r"how (?:many|much|long|old|far|often|big|large|high|tall|fast|wide|deep)|(?:what|"
        r"which) (?:percentage|share|number|amount|price|size|proportion|age|sum|valuation)|number of|"
        r"price tag|by what factor|(?:what|how high) (?:is|was|were|are) the (?:[\w-]+ ){0,2}(?:toll|cost|budget|"
        r"rate|price|turnout|revenue|magnitude|population|turnover|salary|casualties)",
        "when": r"(?:roughly |exactly )?when|(?:what|which) (?:date|day|year|month|time|week)|how (?:soon|"
        r"long (?:after|before|ago))|date of|since (?:what|which)|dates",
        "where": r"where|(?:what|which) (?:country|countries|city|place|region|regions|platform|network|site|"
        r"town|location)",
        "who": r"who|whom|whose|(?:what|which) (?:person|people|company|companies|firm|organi[sz]ation|"
        r"researchers?|newspaper|outlet|media|man|woman|poet|author|institution|celebrities|"
        r"politicians?)",
        "other": r"what|which|how",
        "said": r"say|says|said|saying|tell|told|state[sd]?|claim(?:s|ed)?|comment(?:s|ed)?|announce[sd]?|"
        r"declare[sd]?|warn(?:s|ed|ing|ings)?|respon[ds]\w*|repl(?:y|ies|ied)|react\w*|critici\w*|"
        r"according to|in the words of|opinion|thinks?|thought|statement|argu\w+|wrote|written|write|"
        r"tweet\w*|accus\w*|promise[sd]?|oppose[sd]?|against",
        "definition": r"what (?:is|are|was|s) (?:an? )?[\w'.-]+(?: [\w'.-]+){0,2}\W*$|what (?:does|do|is) .*(?:mean|"
        r"meant|stand for)\b.*|meaning of|definition of|define",
        "yes/no": r"^(?:and |but |so )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|"
        r"may|might|must)",
    },
    "fr": {
        "comparison": r"compar\w*|differ\w*|par rapport a|points? communs?|rapproche\w*|en commun|contredi\w*|"
        r"contradict\w*|s'oppos\w*|desaccord|les memes|le meme|la meme|respectivement|lequel|laquelle|"
        r"dans chaque cas|versus|vs|plutot que|oppose\w*|ou pas|ou d'une|vaut-il mieux|mieux que|"
        r"raison\w* .*\bou\b|: la version|version\w*",
        "earliest": r"initial\w*|au depart|premieres? (?:fois|versions?|estimations?|annonces?)|"
        r"premiers? (?:bilans?|chiffres?|articles?)|tout d'abord",
        "latest": r"dernieres? nouvelles?|actuellement|a ce jour|toujours|encore|desormais|ou ou en (?:est|"
        r"sont)|plus recente?s?|maintien\w*|en ce moment|a l'heure actuelle|aux dernieres|"
        r"ou ou en etait|definiti\w+",
        "list": r"liste|cite(?:z|r|s|-les)?|enumer\w*|tous les|toutes les|quels sont|quelles sont|"
        r"quels (?!jours|mois)\w+[sx]|quelles (?!dates|annees|raisons)\w+s|lesquels|lesquelles|"
        r"noms des|de quels|de quelles|personnes et",
        "why": r"pourquoi|pour quelles? raisons?|pour quels? motifs?|quelles? (?:raisons?|explications?|"
        r"causes?)|quels? motifs?|qu'est-ce qui a (?:pousse|attire|conduit|amene|motive|provoque)|"
        r"comment (?:\w+ ){1,3}(?:explique|justifie)\w*|la cause|les raisons|le motif|motive\w*",
        "how many": r"combien|quel(?:le)? (?:pourcentage|part|nombre|montant|prix|taille|proportion|age|salaire|"
        r"somme|valorisation|duree|hausse)|duree|hausse d\w+|montant|a quel prix|de combien|"
        r"quel(?:le)?s? (?:est|etait|sera|sont|a ete) l(?:e |a |es |')(?:bilan|cout|budget|tarif|taux|effectif|"
        r"population|magnitude|participation|chiffre d'affaires)s?",
        "when": r"quand|quel(?:le)? (?:jour|date|annee|mois|epoque)|quelles dates|quelles annees|"
        r"combien de temps (?:apres|avant)|depuis quelle|date d\w+",
        "where": r"ou ou|quel(?:le)? (?:pays|ville|endroit|lieu|region|plateforme|reseau|site)",
        "who": r"qui|quel(?:le)? (?:personne|entreprise|societe|organisation|chercheu\w+|journal|media|poete|"
        r"auteur|homme|femme|institution)|quels chercheurs|quelles? (?:entreprises|celebrites|"
        r"personnalites)|dont|a l'origine de",
        "other": r"que|qu|quoi|quel|quelle|quels|quelles|comment|qu'\w+",
        "said": r"dit|dire|disent|declar\w*|affirm\w*|repond\w*|annonc\w*|ecrit|pense\w*|reproch\w*|"
        r"critiqu\w*|selon|d'apres|avert\w*|accuse\w*|promet\w*|assure\w*|hostile|reagi\w*|"
        r"a l'en croire|expliqu\w*",
        "definition": r"qu'est-ce que|c'est quoi|que (?:signifie|veut dire)|definition|qu'est-ce qu'\w+|que designe|"
        r"qu'entend-on",
        "yes/no": r"^(?:et |mais )?est-ce qu.*|.*-(?:t-)?(?:il|elle|ils|elles|on|ce)",
    },
    "de": {
        "comparison": r"vergleich\w*|unterschied\w*|unterscheide\w*|gemeinsam\w*|gegenuber|im gegensatz|widerspr\w*|"
        r"jeweils|besser|schlechter|der gleiche\w*|dieselbe\w*|uneins|uneinig\w*|mehr als|oder eher",
        "earliest": r"ursprunglich\w*|anfangs|zunachst|zuerst|erstmals|zum ersten mal|"
        r"erste (?:zahlen|meldung\w*|bilanz)",
        "latest": r"neueste\w*|aktuell\w*|derzeit|noch immer|immer noch|bisher|bis heute|inzwischen|zurzeit|"
        r"mittlerweile|jungste\w*|endgultig\w*|letzte(?:r|s)? stand|was gibt es neues",
        "list": r"liste|alle|samtliche|nenne\w*|zahle .* auf|aufzahl\w*|welche \w+(?:en|er|e|n|s) (?:sind|"
        r"haben|waren|wurden|gehoren|wollen)|namen der",
        "why": r"warum|wieso|weshalb|weswegen|aus welche[mn] grund\w*|welche[rn]? gr[uü]nd\w*|"
        r"was war der grund|was bewog",
        "how many": r"wie ?viele?|wie (?:lange|alt|weit|oft|gross|hoch|teuer|schnell|tief|stark)|"
        r"welche[rs]? (?:anteil|summe|preis|zahl)|um wie|"
        r"(?:was|wie \w+) (?:ist|war|sind) (?:der|die|das) (?:opferzahl|kosten|budget|quote|miete|magnitude|"
        r"bevolkerung|umsatz)",
        "when": r"wann|wie lange (?:nach|vor)|seit wann|welche[mnrs]? (?:jahr|tag|datum|monat|zeit)",
        "where": r"wo|woher|wohin|welche[mnrs]? (?:land|stadt|ort|region|plattform|lander\w*)",
        "who": r"wer|wen|wem|wessen|welche[mnrs]? (?:person|firma|unternehmen|forscher\w*|zeitung|dichter\w*|"
        r"autor\w*|firmen)",
        "other": r"was|welche[mnrs]?|wie|wofur|womit|wovor|worum|woran",
        "said": r"sagt|sagte|sagen|gesagt|erklart\w*|meint|schr(?:eibt|ieb)\w*|geschrieben|behaupt\w*|warn\w*|"
        r"antwort\w*|reagi\w*|kritisier\w*|laut|denkt|verspr\w*|kundig\w* an|vorwurf\w*|wirft|lehnt",
        "definition": r"was (?:ist|sind|bedeutet|heisst|versteht man)|definition|bedeutung",
        "yes/no": r"^(?:und |aber )?(?:ist|sind|war|waren|hat|haben|hatte|wird|werden|wurde|kann|konnen|soll|"
        r"darf|muss|gibt|weiss|plant|will|lehnt|\w+t) .*",
    },
    "es": {
        "comparison": r"compar\w*|diferenci\w*|en comun|contradi\w*|enfrentad\w*|coincid\w*|a diferencia|frente a|"
        r"versus|parecid\w*|lo mismo|los mismos|las mismas|mejor|peor|desacuerdo|a cual|cada uno|"
        r"cada una",
        "earliest": r"inicial\w*|al principio|por primera vez|primer (?:balance|recuento)|primeras (?:cifras|noticias)",
        "latest": r"ultim[oa]s? noticias?|actualmente|todavia|aun|sigue\w*|hasta ahora|por ahora|hoy en dia|"
        r"mas reciente\w*|ya .* o|a dia de hoy|definitiv\w+|en que estado|ultim[oa] \w+ publica",
        "list": r"lista|todos l[oa]s|todas l[oa]s|enumer\w*|nombra\w*|menciona\w*|cuales son|"
        r"que \w+s (?:se han|han|son|fueron|estan)|quienes|nombres de|personas y",
        "why": r"por que|por cual|a que se debe|motivos?|razon(?:es)?|causa|como (?:explic\w+|justific\w+)",
        "how many": r"cuant[oa]s?|que (?:porcentaje|cantidad|numero|precio|edad|suma|proporcion)|a cuanto|"
        r"cual (?:es|era|fue) (?:el|la) (?:balance|coste|costo|presupuesto|tasa|precio|magnitud|poblacion)",
        "when": r"cuando|cuanto tiempo (?:despues|antes)|que (?:dia|fechas?|ano|mes|momento)|desde que",
        "where": r"donde|adonde|que (?:pais|ciudad|lugar|region|plataforma|paises|sitio)",
        "who": r"quien|quienes|que (?:persona|empresas?|organizacion|investigador\w*|periodico|diario|medio|"
        r"poeta|autor\w*|compania)|de quien",
        "other": r"que|cual|cuales|como",
        "said": r"di(?:ce|jo|cen|jeron)|dicho|decian?|afirm\w*|declar\w*|respond\w*|anunci\w*|escrib\w*|"
        r"piensa\w*|opina\w*|critic\w*|segun|advi\w*|acus\w*|promet\w*|reaccion\w*|sostien\w*|opuso|"
        r"asegur\w*",
        "definition": r"que (?:es|son|significa|era|quiere decir)|definicion",
        "yes/no": r"^(?:y |pero )?(?:es|son|esta|estan|ha|han|fue|era|hay|puede|va|tiene|se (?:ha|sabe)|sera) .*",
    },
    "it": {
        "comparison": r"confront\w*|paragon\w*|differen\w*|divers[oaie]|in comune|contrad\w*|rispetto a|"
        r"a differenza|somigli\w*|stess[oaie]|meglio|peggio|disaccordo|o fa parte|ciascun\w*|versus",
        "earliest": r"inizial\w*|all'inizio|per la prima volta|primo bilancio|prime (?:cifre|stime|notizie)",
        "latest": r"ultim[eo] notizi\w*|attualmente|ancora|tuttora|finora|al momento|oggi|piu recent\w*|"
        r"a che punto|adesso|definitiv\w+",
        "list": r"elenc\w*|lista|tutt[ie] (?:i|gli|le)|quali sono|quali (?!paesi|date|motivi|ragioni)\w+[ie]|"
        r"nomina\w*|cita\w*|nomi d\w+",
        "why": r"perche|per quale (?:motivo|ragione)|come mai|quale (?:motivo|ragione)|quali (?:motivi|"
        r"ragioni)|come (?:ha )?(?:spiega\w*|giustific\w*)",
        "how many": r"quant[oaie]|che (?:percentuale|numero|eta|prezzo)|quale (?:percentuale|numero|somma)|"
        r"a quanto|qual (?:e|era) (?:il |la |l')(?:bilancio|costo|tasso|prezzo|magnitudo|popolazione)",
        "when": r"quando|quanto tempo (?:dopo|prima)|(?:in )?(?:che|quale) (?:giorno|data|anno|mese)|"
        r"da quando|quali date",
        "where": r"dove|(?:in )?(?:che|quale|quali) (?:paese|paesi|citta|luogo|regione|piattaforma)",
        "who": r"chi|(?:che|quale) (?:persona|azienda|societa|organizzazione|ricercator\w*|giornale|poeta|"
        r"autore)|quali (?:aziende|ricercatori|testate)",
        "other": r"che|cosa|quale|quali|qual|come",
        "said": r"dice|ha detto|detto|dicono|afferma\w*|dichiar\w*|rispond\w*|rispost\w*|annunci\w*|scri\w*|"
        r"pensa\w*|critic\w*|secondo|avvert\w*|accus\w*|promett\w*",
        "definition": r"(?:che )?cos'?e|che cosa (?:e|significa|vuol dire)|definizione",
        "yes/no": r"^(?:e |ma )?(?:e|sono|ha|hanno|era|erano|fu|puo|possono|c'e|ci sono|si sa|esiste) .*",
    },
    "pt": {
        "comparison": r"compar\w*|diferen\w*|em comum|contradi\w*|em relacao a|semelhan\w*|mesm[oa]s? .*que|melhor|"
        r"pior|desacordo|cada um\w*|versus|ao contrario",
        "earliest": r"inicial\w*|no inicio|pela primeira vez|primeiro balanco|primeir[oa]s (?:numeros|noticias)",
        "latest": r"ultim[oa]s? (?:noticias?|\w+ publica)|atualmente|actualmente|ainda|ate agora|neste momento|"
        r"hoje em dia|definitiv\w+|mais recente\w*|continuam?|em que ponto|ja .* ou",
        "list": r"lista|tod[oa]s [oa]s|quais sao|quais [oa]s|que \w+s (?:perderam|tem|sao|foram|estao|ja)|"
        r"enumer\w*|cite|nomes d\w+|indica\w*",
        "why": r"por ?que (?:e que|motivo|razao)|porque|por que|que (?:motivos?|raz(?:ao|oes))|a que se deve|"
        r"qual (?:o motivo|a razao)|como (?:explic\w+|justific\w+)",
        "how many": r"quant[oa]s?|que (?:percentagem|porcentagem|idade|preco|numero|quantia)|em que percentagem|"
        r"qual (?:o numero|a percentagem)|"
        r"qual (?:e|era|foi) [oa] (?:balanco|custo|orcamento|taxa|preco|magnitude|populacao)",
        "when": r"quando|quanto tempo (?:depois|antes)|(?:em )?que (?:dia|data|ano|mes|datas|altura)|"
        r"desde (?:quando|que)",
        "where": r"onde|aonde|(?:em )?que (?:pais|cidade|lugar|regiao|plataforma|paises|local)",
        "who": r"quem|que (?:pessoa|empresa|organizacao|investigador\w*|jornal|poeta|autor\w*)|de quem",
        "other": r"que|qual|quais|como|o que",
        "said": r"diz|disse|dizem|dito|afirm\w*|declar\w*|respond\w*|anunci\w*|escrev\w*|pensa\w*|critic\w*|"
        r"segundo|avis\w*|alert\w*|acus\w*|promet\w*|reag\w*|pede",
        "definition": r"o que (?:e|sao|significa)(?! que)|que significa|definicao|o que quer dizer",
        "yes/no": r"^(?:e |mas )?(?:e|sao|esta|estao|foi|foram|tem|ha|pode|vai|sera|sabe-se|existe) .*",
    },
    "nl": {
        "comparison": r"verg(?:e)?lijk\w*|verschil\w*|gemeen|tegenover|tegenstelling|tegenspr\w*|beter|slechter|"
        r"hetzelfde|dezelfde|oneens|elk van",
        "earliest": r"aanvankelijk\w*|oorspronkelijk\w*|voor het eerst|eerste (?:berichten|cijfers|balans)",
        "latest": r"laatste nieuws|nieuwste|momenteel|nog steeds|nog altijd|tot nu toe|inmiddels|tegenwoordig|"
        r"recentste|definitie\w+|meest recente|huidige stand",
        "list": r"lijst|alle|noem|opsomm\w*|welke \w+(?:en|s) (?:zijn|hebben|waren|werden|willen)|namen van",
        "why": r"waarom|om welke reden\w*|wat (?:was|is) de reden|hoe komt het|welke redenen",
        "how many": r"hoeveel|hoe (?:lang|oud|ver|vaak|groot|hoog|duur)|welk (?:percentage|bedrag|aantal)",
        "when": r"wanneer|sinds wanneer|welke? (?:jaar|dag|datum|maand)",
        "where": r"waar|waarheen|welke? (?:land|stad|plaats|platform|regio)",
        "who": r"wie|wiens|welke? (?:persoon|bedrijf|onderzoeker\w*|krant|dichter|organisatie)",
        "other": r"wat|welke?|hoe|waarvan|waarmee|waarvoor",
        "said": r"zegt|zei|zeggen|gezegd|verklaar\w*|beweer\w*|schr(?:ijft|eef)|geschreven|waarschuw\w*|"
        r"antwoord\w*|reage\w*|vindt|kritiek|volgens|belo\w+",
        "definition": r"wat (?:is|zijn|betekent|houdt)|definitie",
        "yes/no": r"^(?:en |maar )?(?:is|zijn|was|waren|heeft|hebben|had|wordt|werd|kan|kunnen|zal|moet|mag|wil|"
        r"bestaat) .*",
    },
    "zh": {
        "comparison": r"比较|相比|区别|不同|差异|共同点|相同|对比|哪个更|还是|各自|分别",
        "earliest": r"最初|起初|首次|最早",
        "latest": r"最新|目前|现在|仍然|还在|至今|近况|最近",
        "list": r"哪些|列出|列举|全部|所有|名单",
        "why": r"为什么|为何|为啥|什么原因|原因是|缘故",
        "how many": r"多少|几(?!乎)|多长|多久|多高|多大|多远|百分之|估值",
        "when": r"什么时候|何时|哪一?年|哪一?天|哪个月|几月|哪一?日|什么时间|日期",
        "where": r"哪里|哪儿|何处|什么地方|哪个国家|哪个城市|在哪",
        "who": r"谁|哪位|哪家|什么人|何人",
        "other": r"什么|怎么|如何|怎样|哪",
        "said": r"说|表示|认为|回应|评论|声称|警告|批评|宣布|写道|承诺",
        "definition": r"什么是|是什么意思|的定义|是什么(?=[？?]?$)",
        "yes/no": r"吗|是否|有没有|是不是|会不会|能不能",
    },
    "ja": {
        "comparison": r"比較|比べ|違い|違う|異な|共通|それぞれ|どちら",
        "earliest": r"最初|当初|初めて",
        "latest": r"最新|現在|今も|まだ|現状|最近",
        "list": r"一覧|リスト|すべて|全て|列挙|挙げ",
        "why": r"なぜ|何故|どうして|理由|なんで",
        "how many": r"いくつ|いくら|何人|何件|何社|何年間|何%|何パーセント|どのくらい|どれくらい|何歳|何時間",
        "when": r"いつ|何年|何月|何日|何時",
        "where": r"どこ|どの国|どの都市",
        "who": r"誰|だれ|どの会社|どなた|どの人",
        "other": r"何|なに|どの|どう|どんな",
        "said": r"言っ|言い|述べ|発言|主張|コメント|警告|批判|語っ|によると",
        "definition": r"とは(?:何|なん|どういう)?|の意味|の定義",
        "yes/no": r"(?:ます|です|した|せん)か[。？?]?$",
    },
    "ar": {
        "comparison": r"قارن|مقارنه|الفرق|فرق|يختلف|تختلف|اختلاف|المشترك|بالمقارنه|اي .* اولا|كل منهما|كل من",
        "earliest": r"في البدايه|لاول مره|اول حصيله|مبدييا",
        "latest": r"احدث|اخر|حاليا|الان|لا يزال|لا تزال|حتي الان|ما زال|ما زالت",
        "list": r"قائمه|اذكر|عدد .* جميع|جميع|كل ال\w+|ما هي ال\w+|ما هي",
        "why": r"لماذا|لم|ما سبب|ما السبب|ما اسباب|لاي سبب",
        "how many": r"كم|ما عدد|ما القيمه|ما نسبه|ما النسبه|ما قيمه|بكم",
        "when": r"متي|ومتي|في اي (?:عام|سنه|يوم|شهر|تاريخ)|منذ متي",
        "where": r"اين|واين|في اي (?:بلد|مدينه|دوله|مكان)|الي اين|من اين",
        "who": r"^من|ومن|لمن|اي (?:شركه|شخص|باحث|منظمه|صحيفه)",
        "other": r"ما|ماذا|كيف|اي|وماذا|بماذا",
        "said": r"قال\w*|يقول|تقول|صرح\w*|اعلن\w*|رد|ردت|علق\w*|كتب\w*|حذر\w*|انتقد\w*|وفقا|بحسب|راي",
        "definition": r"ما (?:هو|هي|المقصود|معني|تعريف)|تعريف|ماذا يعني|ماذا تعني",
        "yes/no": r"هل|وهل|ا?ليس",
    },
    "ru": {
        "comparison": r"сравн\w*|различ\w*|отлича\w*|разниц\w*|общего|по сравнению|против\w* ли|лучше|хуже|расхо\w*|"
        r"одинаков\w*",
        "earliest": r"изначально|первоначальн\w*|впервые|сначала",
        "latest": r"последн\w* новост\w*|сеичас|до сих пор|по-прежнему|пока что|на данныи момент|все еще|"
        r"новеиш\w*|недавн\w*",
        "list": r"список|перечисл\w*|назов\w*|все компании|какие \w+[ыия]|кто все",
        "why": r"почему|зачем|отчего|по как(?:ои|им) причин\w*|из-за чего|какова причина",
        "how many": r"сколько|как (?:долго|часто|далеко)|какои (?:процент|возраст)|како[ив]\w* (?:сумм\w*|дол\w*|"
        r"цен\w*|числ\w*)",
        "when": r"когда|в каком году|какого числа|с каких пор|в какои день|в каком месяце",
        "where": r"где|куда|откуда|в какои стране|в каком городе|в каких странах",
        "who": r"кто|кого|кому|кем|чеи|чья|чьи|какая компания|какои исследователь",
        "other": r"что|чего|чем|как|какои|какая|какое|какие|о чем",
        "said": r"сказал\w*|говор\w*|заяв\w*|ответ\w*|пишет|написал\w*|дума\w*|критик\w*|по словам|"
        r"предупре\w*|обещ\w*|считает|объяви\w*",
        "definition": r"что (?:такое|значит|означает)|определение|что это",
        "yes/no": r".*\bли|правда ли|верно ли",
    },
    "tr": {
        "comparison": r"karsilast\w*|fark\w*|ortak|kiyasla\w*|gore daha|hangisi|ayni mi",
        "earliest": r"baslangicta|ilk (?:kez|defa|olarak)",
        "latest": r"son durum\w*|en son|su anda|hala|halen|simdiye kadar|guncel",
        "list": r"listele\w*|liste\w*|hangileri|tum|butun|sirala\w*|kimler",
        "why": r"neden|nicin|niye|hangi nedenle|sebebi",
        "how many": r"kac|ne kadar|yuzde kac",
        "when": r"ne zaman|hangi (?:yil|gun|tarih|ay)\w*|kac yilinda",
        "where": r"nere\w*|hangi (?:ulke|sehir)\w*",
        "who": r"kim|kimin|kime|kimi|hangi sirket|kimdir",
        "other": r"ne|nasil|hangi|neyi",
        "said": r"dedi|soyle\w*|acikla\w*|yanit\w*|yazdi|dusun\w*|elestir\w*|uyar\w*|gore",
        "definition": r"nedir|ne demek|tanimi|ne anlama",
        "yes/no": r"m[iu](?:dir|ydi|yor)?|m[iu]s[iu]n\w*",
    },
    "id": {
        "comparison": r"banding\w*|beda\w*|perbedaan|persamaan|dibandingkan|lebih \w+ daripada|sama-sama",
        "earliest": r"awalnya|mula-mula|pertama kali",
        "latest": r"terbaru|terkini|saat ini|sekarang|masih|sejauh ini|sampai sekarang",
        "list": r"daftar|sebutkan|semua|apa saja|siapa saja|mana saja",
        "why": r"mengapa|kenapa|apa (?:alasan|sebab|penyebab)\w*",
        "how many": r"berapa|seberapa",
        "when": r"kapan|sejak kapan|tahun berapa|tanggal berapa|hari apa",
        "where": r"(?:di|ke|dari) ?mana|negara mana|kota mana",
        "who": r"siapa|perusahaan mana|orang mana",
        "other": r"apa|bagaimana|mana",
        "said": r"kata|berkata|mengatakan|menyatakan|menurut|menjawab|menulis|memperingatkan|mengkritik|"
        r"pendapat",
        "definition": r"apa (?:itu|arti|yang dimaksud|maksud)\w*|definisi",
        "yes/no": r"^apakah .*|^(?:benarkah|adakah|bisakah|sudahkah) .*",
    },
}
