"""Names of languages, in English and in the languages themselves."""

import re
import unicodedata
from functools import lru_cache

from index.terms import terms

_PUNCTUATION = re.compile(r"[^\w\s]|_")


def code_of(name: str) -> str | None:
    """Return the ISO 639-1 code of the language with this name or code of ISO 639-2, or None."""
    return _CODES.get(folded(name)) or _THREE_LETTERS.get(name.lower())


@lru_cache(maxsize=10_000)  # called for every outlet
def folded(value: str) -> str:
    """Return a name without differences of case, accents, punctuation and white space."""
    text = unicodedata.normalize("NFKC", value)
    return " ".join(terms(_PUNCTUATION.sub(" ", text))) or text.strip()


_NAMES = {
    "am": "Amharic, አማርኛ",
    "ar": "Arabic, العربية",
    "az": "Azerbaijani, azərbaycan",
    "be": "Belarusian, беларуская",
    "bg": "Bulgarian, български",
    "bn": "Bengali, Bangla, বাংলা",
    "ca": "Catalan, català",
    "cs": "Czech, čeština",
    "da": "Danish, dansk",
    "de": "German, Deutsch",
    "el": "Greek, Ελληνικά",
    "en": "English",
    "es": "Spanish, español, castellano",
    "et": "Estonian, eesti",
    "eu": "Basque, euskara",
    "fa": "Persian, Farsi, فارسی",
    "fi": "Finnish, suomi",
    "fr": "French, français",
    "gu": "Gujarati, ગુજરાતી",
    "he": "Hebrew, עברית, iw",
    "hi": "Hindi, हिन्दी",
    "hr": "Croatian, hrvatski",
    "hu": "Hungarian, magyar",
    "hy": "Armenian, հայերեն",
    "id": "Indonesian, Bahasa Indonesia",
    "is": "Icelandic, íslenska",
    "it": "Italian, italiano",
    "ja": "Japanese, 日本語",
    "ka": "Georgian, ქართული",
    "kn": "Kannada, ಕನ್ನಡ",
    "ko": "Korean, 한국어",
    "ku": "Kurdish, kurdî",
    "lo": "Lao, ລາວ",
    "lt": "Lithuanian, lietuvių",
    "lv": "Latvian, latviešu",
    "ml": "Malayalam, മലയാളം",
    "mr": "Marathi, मराठी",
    "ms": "Malay, Bahasa Melayu",
    "nl": "Dutch, Nederlands",
    "no": "Norwegian, norsk, bokmål, nynorsk, nb, nn",
    "or": "Odia, ଓଡ଼ିଆ",
    "pa": "Punjabi, ਪੰਜਾਬੀ",
    "pl": "Polish, polski",
    "pt": "Portuguese, português",
    "ro": "Romanian, română",
    "ru": "Russian, русский",
    "sk": "Slovak, slovenčina",
    "sl": "Slovenian, slovenščina",
    "sq": "Albanian, shqip",
    "sr": "Serbian, српски, srpski",
    "sv": "Swedish, svenska",
    "sw": "Swahili, Kiswahili",
    "ta": "Tamil, தமிழ்",
    "te": "Telugu, తెలుగు",
    "th": "Thai, ไทย, ภาษาไทย",
    "tl": "Tagalog, Filipino",
    "tr": "Turkish, Türkçe",
    "uk": "Ukrainian, українська",
    "ur": "Urdu, اردو",
    "vi": "Vietnamese, Tiếng Việt",
    "yo": "Yoruba, Èdè Yorùbá",
    "zh": "Chinese, 中文, 汉语, 漢語",
}
"""The names of the languages that can be detected, from CLDR, with their other codes."""

_CODES = {folded(name): code for code, names in _NAMES.items() for name in names.split(", ")}
_THREE_LETTERS = dict(
    pair.split("=")
    for pair in (
        "fra=fr fre=fr eng=en spa=es deu=de ger=de ita=it por=pt nld=nl dut=nl ron=ro rum=ro ell=el gre=el tur=tr "
        "rus=ru "
        "vie=vi zho=zh chi=zh jpn=ja kor=ko ara=ar hin=hi tha=th pol=pl ces=cs cze=cs ukr=uk swe=sv dan=da nor=no "
        "fin=fi "
        "hun=hu heb=he fas=fa per=fa cat=ca bul=bg hrv=hr srp=sr slk=sk slo=sk slv=sl ind=id msa=ms may=ms"
    ).split()
)
