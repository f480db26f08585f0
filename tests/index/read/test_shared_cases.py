"""The samples in ../shared/cases are read as EXPECTED.md says."""

from pathlib import Path

import pytest

from index.local.archive import LocalArchive
from index.read.article import Problem, RawArticle
from index.read.files import read
from tests.fakes import SHARED, index_paths

_CASES = SHARED / "cases"
pytestmark = pytest.mark.skipif(not _CASES.is_dir(), reason="the samples are not next to this repository")

# By file: the fields that were wrong in version 0.1.0; None for a missing one.
_FIELDS: dict[str, dict[str, str | None]] = {
    "fm/atsign.md": {"author": "@morvel_info"},
    "fm/block.md": {"title": "Morvel rouvre sa piscine"},
    "fm/caps.md": {"title": "Morvel rouvre", "author": "Jeanne R."},
    "fm/colon.md": {"title": "Morvel : la piscine rouvre"},
    "fm/colon2.md": {"title": "« Ça suffit » : Morvel: la piscine rouvre"},
    "fm/datetime.md": {"title": "Morvel rouvre sa piscine"},
    "fm/datetimez.md": {"language": "fr", "author": "Jeanne R., Paul T."},
    "fm/dots.md": {"title": "Morvel rouvre sa piscine"},
    "fm/dup.md": {"title": "Titre B"},
    "fm/hash.md": {"title": "La piscine #1 de France", "url": "https://ex.example/a#b"},
    "fm/lang-name.md": {"language": "fr"},
    "fm/nullfields.md": {"title": None, "published": None, "author": None, "source": None},
    "fm/quote.md": {"title": '"Morvel" rouvre sa piscine'},
    "fm/tabindent.md": {"title": "Morvel rouvre sa piscine"},
    "fm/tabs.md": {"title": "Morvel rouvre sa piscine"},
    "fm/toml.md": {"title": "Morvel rouvre sa piscine"},
    "fm/yamlcomment.md": {"title": "Morvel rouvre"},
    "dates/empty.jsonl": {"published": None},
    "dates/none.jsonl": {"published": None},
    "dates/fr1er.jsonl": {"published": "2026-02-01"},
    "dates/iso-ms.jsonl": {"published": "2026-03-01"},
    "dates/iso-noco.jsonl": {"published": "2026-03-01"},
    "dates/iso-z.jsonl": {"published": "2026-03-01"},
    "dates/txt-baddate.txt": {"published": None, "title": None},
    "dates/txt-Date.txt": {"published": "2026-02-14", "title": None},
    "dates/txt-frdate.txt": {"published": "2026-02-14", "title": None},
    "dates/txt-pub.txt": {"published": "2026-02-14", "title": None},
    "dates/year.jsonl": {"published": "2026-01-01"},
    "dates/yearmonth.jsonl": {"published": "2026-02-01"},
    "enc/entities-title.jsonl": {"title": "L’Assemblée vote & s’ajourne", "source": "L’Écho"},
    "enc/utf8bom-date.txt": {"published": "2026-01-14"},
    "enc/utf8bom-fm.md": {"published": "2026-01-14", "title": "La cantine gratuite"},
    "jsonl/authobj.jsonl": {"author": "Jeanne R."},
    "jsonl/body.jsonl": {"title": "Sirande", "published": "2026-02-14"},
    "jsonl/content.jsonl": {"published": "2026-02-14", "url": "https://ex.example/1"},
    "jsonl/contentText.jsonl": {"published": "2026-02-14", "author": "Jeanne R."},
    "jsonl/emptystr.jsonl": {"title": None, "published": None, "author": None, "url": None, "language": None},
    "jsonl/goodaliases.jsonl": {"published": "2026-02-14", "language": "fr", "source": "Ex"},
    "jsonl/langfrFR.jsonl": {"language": "fr"},
    "jsonl/langfull.jsonl": {"language": "fr"},
    "jsonl/langund.jsonl": {"language": None},
    "jsonl/nulls.jsonl": {"title": None, "published": None, "source": None},
    "jsonl/numid.jsonl": {"title": "2026"},
    "jsonl/roundtrip.jsonl": {"published": "2026-03-09", "source": "Le Courrier de Vauclin", "author": None},
}
# By file: the text, or a part of it.
_TEXTS = {
    "fm/hr.md": "La piscine de Morvel rouvre en juin",
    "jsonl/array.jsonl": "Le barrage de Sirande est à 38 % de sa capacité.",
    "jsonl/bomline.jsonl": "Le barrage de Sirande est à 38 % de sa capacité.",
    "jsonl/escslash.jsonl": "Un débit de 3 m³/s 🚀 puis",
    "jsonl/html.jsonl": "Le barrage de Sirande est à 38 %.\n\nLa préfecture limite l’arrosage.",
    "jsonl/nan.jsonl": "Le barrage de Sirande",
    "jsonl/ndjson.ndjson": "Le barrage de Sirande",
    "jsonl/plain.json": "Le barrage de Sirande",
    "jsonl/pretty.jsonl": "Le barrage de Sirande",
    "jsonl/textlist.jsonl": "l’arrosage.\n\nSecond paragraphe.",
    "jsonl/trailingcomma.jsonl": "Le barrage de Sirande",
    "enc/c1.txt": "l’usine restera fermée",
    "enc/cr-only.txt": "Lorvant.\nUn second",
    "enc/entities.txt": "L’usine déménage à Sète : 240 emplois sont menacés. « C’est un choc », dit le maire.",
    "enc/nfd.txt": "Le préfet a fermé l’école de Kervénan.",
    "enc/soft.txt": "La gouverneure de la banque centrale, Inès Valcourt",
    "enc/utf16be-bom.txt": "selon l’adjointe Élodie Marchais.",
    "enc/utf16le-bom.txt": "selon l’adjointe Élodie Marchais.",
    "enc/utf16le-nobom.txt": "selon l’adjointe Élodie Marchais.",
    "plain/cesure.txt": "a décidé de fermer la bibliothèque municipale le dimanche, faute de personnel. La mesure",
    "plain/conteneur.jsonl": "mesure 12*8*3 m. Les étudiant*e*s manifestent.",
    "plain/conteneur.txt": "Le code du coffre était 4*7*9, selon la douane. L’amende est de 4500 euros.",
    "types/UPPER.TXT": "Le barrage de Sirande",
    "types/html-as.txt": "La préfecture limite l’arrosage.",
    "mixed/un.txt": "Le barrage de Sirande",
}
_MARKUP = {
    "asterisk numbers": "Le conteneur mesure 12*8*3 m et le code d’accès est 4*7*9.",
    "inclusive asterisk": "Les étudiant*e*s de Lorvant bloquent l’accès au campus.",
    "footnote asterisks": "L’accord* prévoit 3 %* de hausse. * hors primes",
    "double tilde": "La hausse est de 4 % selon l’avenant.",
    "backslash": "Le serveur \\\\archives\\presse et le dossier C:\\!temp contiennent 10\\-12 fichiers.",
    "less-than": "Le taux est <5 % chez les moins de 25 ans et >12 % ailleurs ; p<0,05.",
    "email angle": "Écrire à <redaction@courrier.example> ou au <service>.",
    "generic angle": "Le mot <b> reste-t-il ? Le <maire> a dit <non>.",
    "brackets paren": "Le rapport [annexe 3](page 12) cite [sic](voir note) la loi.",
    "underscore": "Le compte _mairie_ et le fichier plan_local_2026 sont en ligne.",
    "shortcode": "Le port\n\nLe quai est refait.",
    "cdata": "Le quai est refait. La suite demain.",
    "html table": "Ville: Bresque; Voix: 1 204\nVille: Vauclin; Voix: 987",
    "hyphenation at line ends": "Le gouvernement a décidé de fermer le port de Lorvant.",
    "hard wrapped short": "Le conseil municipal de Lorvant a voté la fermeture du port à compter du lundi 3 mars.",
}


def _first(name: str) -> RawArticle:
    items = list(read(_CASES / name, name))
    first = next(item for item in items if not isinstance(item, Problem))
    assert len(items) == 1 or name in ("jsonl/array.jsonl", "jsonl/roundtrip.jsonl")
    return first


@pytest.mark.parametrize("name", _FIELDS)
def test_fields_of_the_samples(name: str) -> None:
    read_as = _first(name)
    expected = _FIELDS[name] | ({} if "published" in _FIELDS[name] else {"published": _day(name)})
    assert {field: getattr(read_as, field) and str(getattr(read_as, field)) for field in expected} == expected


def _day(name: str) -> str | None:
    return "2026-03-01" if name.startswith("fm/") else str(_first(name).published or "") or None


@pytest.mark.parametrize("name", sorted(file.name for file in (_CASES / "dates").glob("*.jsonl")))
def test_dates_of_the_samples(name: str) -> None:
    if f"dates/{name}" not in _FIELDS:
        assert str(_first(f"dates/{name}").published) == "2026-02-14"


@pytest.mark.parametrize("name", _TEXTS)
def test_texts_of_the_samples(name: str) -> None:
    assert _TEXTS[name] in _first(name).text


@pytest.mark.parametrize("title", _MARKUP)
def test_markup_of_the_samples(title: str) -> None:
    items = read(_CASES / "markup/markup.jsonl", "markup.jsonl")
    texts = {item.title: item.text for item in items if isinstance(item, RawArticle)}
    assert texts[title] == _MARKUP[title]


def _texts(data: Path) -> list[str]:
    with LocalArchive(data) as archive:
        return [article.text for article in archive.catalog.page(10, 0)]


def test_the_newer_version_of_a_url_stands(tmp_path: Path) -> None:
    index_paths(_CASES / "jsonl/dupurl.jsonl", data=tmp_path / "one")
    assert _texts(tmp_path / "one") == ["Le bilan est de sept blessés à Vauclin."]
    for _ in range(2):
        for day in ("2026-02-01", "2026-02-02", "2026-02-01"):
            index_paths(_CASES / f"daily/{day}.jsonl", data=tmp_path / "days")
        assert _texts(tmp_path / "days") == ["Le bilan est de sept blessés à la gare de Vauclin."]


@pytest.mark.parametrize("folder", ["mixed", "types"])
def test_every_sample_is_read_reported_or_counted(tmp_path: Path, folder: str) -> None:
    files = [file for file in (_CASES / folder).iterdir() if file.is_file()]
    summary = index_paths(_CASES / folder, data=tmp_path)
    assert summary.added + len(summary.problems) + sum(summary.skipped.values()) >= len(files)
