"""Archives, their exports, and what is compared of two archives."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from index.archive import WholeArchive
from index.local.populate import populate
from index.local.whole import whole
from index.parquet.export import export
from index.parquet.load import ExportedArchive
from index.process import ArticleProcessor
from index.types import Article, Entry, Report
from tests.fakes import HashEmbedder, build_archive, identifier, index_paths, no_progress, write_files, writer_of

FILES = {
    "pont.md": "# Le pont\n\nLe pont rouvre lundi. Le maire a coupé le ruban. 🎉\n\n" + "La foule a traversé. " * 60,
    "grue.md": "---\ndate: 2026-02-03\nsource: La Digue\nauthor: A. Morel\n---\n# La grue\n\nLa grue est tombée.",
    "copie/grue.md": "# La grue\n\nLa grue est tombée.",
    "zh.txt": "港口开放。起重机转动。",
}


def build(folder: Path) -> Path:
    """Return the data folder of an archive with a copy, older versions, provenance and an article without passages."""
    data = build_archive(folder, FILES)
    for text in ("Le pont rouvre mardi.", "Le pont reste fermé."):
        index_paths(write_files(folder / "articles", {"pont.md": f"# Le pont\n\n{text}"}), data=data)
    with whole(data) as archive:
        entries = {entry.article.title: entry for entry in archive.entries()}
    writer = writer_of(data)()
    writer.store([replace(entries["Le pont"], provenance={"title": "JSON-LD", "date": "meta"})])
    writer.store([Entry(Article("vide", "Vide", "", "fr"), "fingerprint", (), ())])
    writer.close()
    return data


def exported(data: Path, folder: Path) -> Path:
    """Export an archive to a folder; return the folder."""
    with whole(data) as archive:
        export(archive, folder, no_progress)
    return folder


def imported(folder: Path, data: Path, *, force: bool = False, embedder: HashEmbedder | None = None) -> Report:
    """Import an export into a data folder."""
    source = ExportedArchive.open(folder)
    return populate(
        *(data, source.manifest.model, lambda writer: source.copy_to(writer, no_progress)),
        source=folder,
        processing=lambda: nullcontext(ArticleProcessor(embedder or HashEmbedder(), identifier())),
        force=force,
    )


def content(data: Path) -> list[Any]:
    """Return everything in an archive but its identity and the numbers of passages."""
    with whole(data) as archive:
        return content_of(archive)


def content_of(archive: WholeArchive) -> list[Any]:
    """Return the same of an open archive."""
    entries = [
        replace(entry, passages=tuple(replace(passage, number=0) for passage in entry.passages))  # type: ignore[call-arg]
        for entry in archive.entries()
    ]
    versions = [archive.versions(entry.article.id) for entry in entries]
    vectors = {
        key: (each.vector.tolist(), each.tokens.counts.tolist(), each.tokens.codes.tolist())
        for key, each in archive.used_vectors()
    }
    return [entries, versions, vectors]
