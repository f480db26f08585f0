"""Output for people, on a terminal."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from index.read.formats import LINKS
from index.types import Article, ListedArticle, OlderVersion, Report, Span, Summary
from qa.changes import changes
from qa.sanitize import safe_url, sanitize
from qa.service.keys import Key
from qa.sort import Sort, in_order
from qa.texts import texts
from qa.types import Answer, Citation, Hit

_UNWRAPPED = 100_000  # columns
_MAX_WARNINGS = 20  # printed after an update
_CONTEXT = 160  # code points of the article shown before and after a quote
_NEAREST = 3  # passages shown without quotes
_EXCERPT = 240  # code points of each


def console(*, stderr: bool = False) -> Console:
    """Return a console that prints text without emoji codes and highlighting, on long lines where it is no terminal."""
    made = Console(stderr=stderr, emoji=False, highlight=False)
    if not made.is_terminal:
        made.width = _UNWRAPPED
    return made


def printable(text: str) -> str:
    """Return a text with control characters escaped, such as terminal escapes in a file name."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def show_answer(console: Console, answer: Answer, sort: Sort = "relevance") -> None:
    """Print an answer, its notes and each quote with its source and context; without quotes, the nearest passages."""
    console.print()
    console.print(_answer(answer), soft_wrap=False)
    for note in answer.notes:
        console.print(Text(sanitize(note), style="italic"))
    if answer.citations and answer.confidence is not None:
        console.print(f"confidence {answer.confidence:.0%}", style="dim")
    for citation in answer.citations:
        console.print()
        console.print(_heading(citation))
        console.print(_in_context(citation, answer))
        for article in citation.other_sources:
            console.print(Text("    same answer: ", style="dim").append(_source(article)))
    if not answer.citations and answer.hits:
        console.print()
        console.print(texts(answer.language).nearest, style="bold", markup=False)
        for _, hit in in_order(answer.hits[:_NEAREST], sort):
            console.print(Text("  ").append(_source(hit.article)))
            console.print(Padding(Text(_excerpt(hit), style="dim"), (0, 0, 0, 4), expand=False))
    console.print()


def show_summary(console: Console, summary: Summary) -> None:
    """Print the result of an update."""
    for message in summary.problems:
        console.print(f"[red]not read:[/] {escape(sanitize(message))}", soft_wrap=True)
    for message in summary.warnings[:_MAX_WARNINGS]:
        console.print(f"[yellow]warning:[/] {escape(sanitize(message))}", soft_wrap=True)
    if len(summary.warnings) > _MAX_WARNINGS:
        console.print(f"[yellow]{len(summary.warnings) - _MAX_WARNINGS} more warnings:[/] --json has all")
    kinds = ", ".join(f"{count} {escape(sanitize(kind))}" for kind, count in summary.skipped.items() if kind != LINKS)
    if LINKS in summary.skipped:
        console.print(f"[yellow]not followed:[/] {summary.skipped[LINKS]} {LINKS}: name the files, or copy them there")
    if kinds:
        console.print(f"[yellow]passed over:[/] {kinds}: formats that cannot be indexed", soft_wrap=True)
    parts = [f"{summary.added} new", f"{summary.updated} changed", f"{summary.unchanged} unchanged"]
    if summary.superseded:
        parts.append(f"{summary.superseded} older versions")
    if summary.pruned:
        parts.append(f"{summary.pruned} removed")
    if summary.problems:
        parts.append(f"[red]{len(summary.problems)} not read[/]")
    if summary.hosts:
        shares = ", ".join(f"{count} on {escape(host)}" for host, count in summary.hosts.items())
        console.print(f"passages embedded: {shares}")
    console.print(f"{', '.join(parts)}: {summary.articles} articles in the archive")


def show_articles(console: Console, articles: Sequence[Article | ListedArticle], total: int) -> None:
    """Print a page of articles."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "date", "lang", "source", "title"):
        table.add_column(name, overflow="fold" if name == "title" else "ellipsis", no_wrap=name in ("id", "date"))
    for article in articles:
        table.add_row(
            escape(sanitize(article.id)),
            str(article.published or ""),
            article.language,
            escape(sanitize(article.outlet)),
            escape(sanitize(article.title)),
        )
    console.print(table)
    if len(articles) < total:
        console.print(f"{len(articles)} of {total} articles: use --limit and --offset to see more", style="dim")


def show_article(
    console: Console, article: Article, older: Sequence[OlderVersion], provenance: Mapping[str, str]
) -> None:
    """Print an article with its text, where its fields were found, and what each version changed."""
    console.print(_source(article))
    console.print(f"{article.id} · {article.language}", style="dim")
    if provenance:
        found = ", ".join(f"{name} from {place}" for name, place in provenance.items())
        console.print(Text(sanitize(found), style="dim"))
    console.print()
    console.print(Text(sanitize(article.text)))
    for version, newer in zip(older, [article, *(each.article for each in older)], strict=False):
        console.print(
            f"\nreplaced {version.replaced:%Y-%m-%d %H:%M} UTC, version {version.article.version}:", style="dim"
        )
        before, after = (f"{each.title}\n{each.text}" for each in (version.article, newer))
        for old, new in changes(before, after):
            console.print(Text(f"  {sanitize(old) or '(nothing)'} → {sanitize(new) or '(nothing)'}"))
    console.print()


def show_keys(console: Console, keys: list[Key]) -> None:
    """Print keys, without their secrets."""
    rows = [(key.id, key.name, key.scope, str(key.created), str(key.expires or "")) for key in keys]
    show_rows(console, ("id", "name", "scope", "created", "expires"), rows)


def show_rows(console: Console, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of texts under the names of their columns."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(escape(sanitize(cell)) for cell in row))
    console.print(table)


def show_table(console: Console, rows: dict[str, object]) -> None:
    """Print names and values in two columns."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in rows.items():
        table.add_row(f"[bold]{name}[/]", escape(sanitize(str(value))))
    console.print(table)


def show_report(console: Console, report: Report) -> None:
    """Print the number of checked items, then notes and problems."""
    show_table(console, dict(report.checked))
    for note in report.notes:
        console.print(f"[dim]{escape(printable(note))}[/]", soft_wrap=True)
    for problem in report.problems:
        console.print(f"[red]problem:[/] {escape(printable(problem))}", soft_wrap=True)
    console.print(f"[red]problems: {len(report.problems)}[/]" if report.problems else "OK: no problems found")


def _answer(answer: Answer) -> Text:
    """Return each quote on a line of its own, with its outlet and date."""
    if not answer.citations:
        return Text(sanitize(answer.text), style="italic")
    return Text("\n").join(_statement(citation, answer) for citation in answer.citations)


def _statement(citation: Citation, answer: Answer) -> Text:
    article, whole = citation.article, (0, len(citation.text))
    text = Text(sanitize(citation.text))
    _stylize(text, _matched(answer, citation), "bold yellow", citation.span[0], whole)
    _stylize(text, _answering(citation), "bold", citation.span[0], whole)
    text.append(f" [{citation.index}]", style="bold cyan")
    day = f", {article.published}" if article.published else ""
    text.append(f" — {sanitize(article.outlet)}{day}", style="dim")
    fixed = texts(answer.language)
    if citation.side:
        text.append(f" · {fixed.side.format(number=citation.side)}", style="bold")
    if citation.superseded_by:
        text.append(f" · newer: [{citation.superseded_by}]", style="bold")
    return text


def _heading(citation: Citation) -> Text:
    start, end = citation.span
    heading = Text(f"[{citation.index}] ", style="bold cyan").append(_source(citation.article))
    return heading.append(f" · {sanitize(citation.article.id)}[{start}:{end}]", style="dim")


def _source(article: Article) -> Text:
    published = str(article.published) if article.published else None
    details = [article.outlet, published, article.author, safe_url(article.url)]
    source = Text(sanitize(article.title), style="bold")
    return source.append("".join(f" · {sanitize(detail)}" for detail in details if detail), style="not bold dim")


def _in_context(citation: Citation, answer: Answer) -> Text:
    article, (start, end) = citation.article, citation.span
    first, last = _context(article.text, citation.span)
    before, after = "… " if first > 0 else "", " …" if last < len(article.text) else ""
    shown = before + article.text[first:last] + after
    text = Text(sanitize(shown).replace("\n", " "), style="dim")
    offset = first - len(before)
    text.stylize("not dim on grey23", start - offset, end - offset)
    _stylize(text, _matched(answer, citation), "bold yellow", offset, (0, len(shown)))
    _stylize(text, _answering(citation), "bold", offset, (0, len(shown)))
    text.pad_left(4)
    return text


def _excerpt(hit: Hit) -> str:
    """Return the beginning of a passage on one line, without the title of the article."""
    line, title = (" ".join(sanitize(text).split()) for text in (hit.text, hit.article.title))
    line = line.removeprefix(title).lstrip()
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT].rpartition(' ')[0] or line[:_EXCERPT]} …"


def _context(text: str, span: Span) -> Span:
    start, end = max(0, span[0] - _CONTEXT), min(len(text), span[1] + _CONTEXT)
    if start:
        start = text.find(" ", start, span[0]) + 1 or span[0]
    if end < len(text):
        end = max(text.rfind(" ", span[1], end), span[1])
    return start, end


def _matched(answer: Answer, citation: Citation) -> list[Span]:
    """Return the spans of words of the question in the citation's article."""
    return [
        (hit.passage.start + start, hit.passage.start + end)
        for hit in answer.hits
        if hit.article.id == citation.article.id
        for start, end in hit.highlights
    ]


def _answering(citation: Citation) -> list[Span]:
    """Return the span of the answering words in the citation's article, if they are known."""
    return [citation.answer_span] if citation.answer_span else []


def _stylize(text: Text, spans: list[Span], style: str, offset: int, within: Span) -> None:
    for start, end in spans:
        if within[0] <= start - offset and end - offset <= within[1]:
            text.stylize(style, start - offset, end - offset)
