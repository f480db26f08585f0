"""The report page: complete, correct, self-contained, and safe for hostile texts."""

import math
from collections import Counter
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from eval import charts
from eval.report import render_page
from eval.result import (
    CheckedCitation,
    DataSetInfo,
    ExpectedItem,
    Figure,
    Latency,
    PassageExcerpt,
    QuestionResult,
    Result,
    RunInfo,
    SystemInfo,
    read_result,
)
from eval.score import compute_figures, compute_latency

HOSTILE = (
    """"'><script>alert(1)</script></style></title></svg><img src=http://a.test>{{ 7 * 7 }}&lt;\u202e\u2066\x00\x1b"""
)
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
VOID = {"meta", "link", "rect", "path"}


class Page(HTMLParser):
    """The tags, ids, texts by tag, table rows and images of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.headings: list[tuple[int, str]] = []
        self.rows: list[list[str]] = []
        self.images: list[dict[str, str]] = []
        self.styles = ""
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append((int(tag[1]), ""))
        elif tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
        elif tag == "svg":
            self.images.append({"text": "", **{name: value or "" for name, value in attrs}})
        elif "svg" in self.open and tag in {"title", "desc"}:
            self.images[-1][f"{tag} id"] = dict(attrs)["id"] or ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside == "style":
            self.styles += data
            return
        self.text += data
        if {"h1", "h2", "h3", "h4"} & set(self.open):
            level, before = self.headings[-1]
            self.headings[-1] = (level, before + data)
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data
        if "svg" in self.open:
            key = inside if inside in {"title", "desc"} else "text"
            self.images[-1][key] = self.images[-1].get(key, "") + data

    def values(self, attribute: str) -> list[str]:
        return [value for _, name, value in self.attributes if name == attribute]

    def image(self, part: str) -> dict[str, str]:
        return next(image for image in self.images if part in image["title"])

    def row(self, start: str) -> list[str]:
        return next(row for row in self.rows if row[0].startswith(start))


def question_result(id_: str = "q", *, ndcg: float | None = 0.5, right: bool = True, **fields: Any) -> QuestionResult:
    """Return a question; unanswerable if it has no score."""
    scores = {} if ndcg is None else {"passages nDCG@10": ndcg, "passages Success@1": float(right)}
    own: dict[str, Any] = {
        "question": f"{id_}, is it?",
        "group": id_,
        "language": "en",
        "kind": "what",
        "answerable": ndcg is not None,
        "expected": [ExpectedItem(article="pool", quote="closes in June")] if ndcg is not None else [],
        "ms": 12.5,
        "certainty": 0.6,
        "answer": "In June.",
        "first": [PassageExcerpt(id="p1", article="pool", title="The pool", text="It closes.", score=0.6, right=right)],
        "scores": scores,
    }
    return QuestionResult(id=id_, **(own | fields))


def failed(id_: str = "f", **fields: Any) -> QuestionResult:
    """Return a question that failed."""
    failure: dict[str, Any] = {"failure": "timeout", "ms": None, "certainty": None, "answer": None, "first": []}
    return question_result(id_, ndcg=0.0, right=False, **(failure | fields))


def result(
    questions: Sequence[QuestionResult] = (), *, name: str = "newsqa", certainty: str = "score", **fields: Any
) -> Result:
    """Return a result whose figures are those of its questions."""
    probabilities = certainty == "confidence"
    languages = {one.language for one in questions if one.language}
    own: dict[str, Any] = {
        "system": SystemInfo(name=name, model="m@1", version="0.1", certainty=certainty),
        "data": DataSetInfo(
            name="seeds", path="seeds.jsonl", sha256="ab12", level="passages", half="report", limit=500
        ),
        "top_k": 100,
        "circumstances": RunInfo(
            made="2026-01-02T03:04:05+00:00",
            commit="c0ffee",
            seed=7,
            cores=3,
            machine="A processor",
            versions={"numpy": "2.4"},
        ),
        "failures": sum(one.failure is not None for one in questions),
        "figures": compute_figures(questions, "passages", probabilities=probabilities, seed=0),
        "by": {
            "language": {
                language: compute_figures(
                    [one for one in questions if one.language == language], "passages", probabilities=False, seed=0
                )
                for language in sorted(languages)
            },
            "kind": {},
        },
        "latency": compute_latency(questions, 1.0, 1),
        "questions": list(questions),
    }
    return Result(format=1, **(own | fields))


SOME = [
    question_result("a", ndcg=0.25, right=False, certainty=0.9),
    question_result("b", ndcg=1.0, certainty=0.8, language="fr", ms=2500.0),
    question_result("c", ndcg=0.75, certainty=0.3, language="ar", kind=None),
    question_result("n", ndcg=None, right=False, certainty=0.7, kind="off-topic"),
    failed("f"),
]


def seen(*results: Result) -> Page:
    """Return the page of results as a browser sees it."""
    return Page(render_page(results))


# --- self-contained, sound and safe


def test_the_page_asks_for_nothing() -> None:
    shown = seen(result(SOME), result(SOME, certainty="confidence"))
    assert {value for value in shown.values("href") if not value.startswith("#")} == {"data:,"}
    assert not {"src", "srcset", "action", "data", "poster", "xlink:href", "background"} & {
        name for _, name, _ in shown.attributes
    }
    assert all(value.startswith("url(#") for _, _, value in shown.attributes if "url(" in value)
    assert "url(" not in shown.styles
    assert "@import" not in shown.styles
    assert not {"script", "img", "iframe", "object", "embed", "form"} & set(shown.tags)
    assert ("meta", "content", CSP) in shown.attributes
    assert not [name for _, name, _ in shown.attributes if name.startswith("on")]


def hostile(text: str) -> Result:
    """Return a result with the text in every field."""
    figure = Figure(value=0.5, low=0.4, high=0.6, count=1)
    one = QuestionResult(
        id=text,
        question=text,
        group=text,
        language=text,
        kind=text,
        answerable=True,
        expected=[ExpectedItem(article=text, quote=text)],
        ms=1.0,
        certainty=0.5,
        answer=text,
        first=[PassageExcerpt(id=text, article=text, title=text, text=text, score=0.5, right=False)],
        citations=[CheckedCitation(article=text, text=text, exact=False, right=False)],
        scores={"passages nDCG@10": 0.5, text: 0.5},
    )
    return Result(
        format=1,
        system=SystemInfo(name=text, url=text, model=text, version=text, certainty=text),
        data=DataSetInfo(name=text, path=text, sha256=text, level="passages", half=None, limit=None),
        top_k=1,
        circumstances=RunInfo(
            made=text, commit=text, seed=0, cores=1, machine=text, versions={text: text, text + "2": text}
        ),
        failures=1,
        figures={text: figure, "passages nDCG@10": figure},
        by={text: {text: {"passages nDCG@10": figure}, text + "2": {}}, "kind": {text: {"passages nDCG@10": figure}}},
        latency=Latency(p50=1.0, p90=1.0, p99=1.0, questions_per_second=1.0, concurrency=1),
        questions=[
            one,
            one.model_copy(update={"failure": text}),
            one.model_copy(update={"answerable": False, "expected": [], "scores": {}}),
        ],
    )


@pytest.mark.parametrize("count", [1, 2])
def test_hostile_text_is_text_in_every_field(count: int) -> None:
    calm, attacked = seen(*[hostile("calm")] * count), seen(*[hostile(HOSTILE)] * count)
    assert attacked.tags == calm.tags
    assert [(tag, name) for tag, name, _ in attacked.attributes] == [(t, n) for t, n, _ in calm.attributes]
    assert attacked.text.count("alert(1)") >= 20 * count
    assert "{{ 7 * 7 }}" in attacked.text


def test_characters_that_turn_or_break_text_are_shown_by_their_code_points() -> None:
    text = render_page([hostile(HOSTILE)])
    assert not {"\u202e", "\u2066", "\x00", "\x1b"} & set(text)
    assert "[U+202E][U+2066][U+0000]" in text


def test_very_long_texts_are_cut() -> None:
    assert len(render_page([hostile("word " * 50_000)])) < 60_000


EDGES = {
    "one question": result([question_result()]),
    "one perfect question": result([question_result(ndcg=1.0)]),
    "no question": result([]),
    "all failed": result([failed("a"), failed("b")]),
    "only unanswerable questions": result([question_result("n", ndcg=None)]),
    "no latency": result(SOME, latency=None),
    "no time at all": result([question_result(ms=0.0)]),
    "no language": result([question_result(language=None, kind=None)]),
    "nothing by": result(SOME, by={}),
    "no figure by": result(SOME, by={"language": {"fr": {}}, "kind": {}}),
    "no figure": result(SOME, figures={}),
    "no certainty": result([question_result(certainty=None), question_result("b", certainty=-math.inf)]),
    "no probability": result(
        [question_result(certainty=None), question_result("b", certainty=-math.inf)],
        system=SystemInfo(name="newsqa", certainty="confidence"),
    ),
    "probabilities": result(SOME, certainty="confidence"),
    "abstains": result(
        [question_result(abstained=True, answer=None, first=[]), question_result("n", ndcg=None, abstained=True)]
    ),
    "judged by articles": result(
        [question_result()], data=DataSetInfo(name="d", path="d", sha256="d", level="articles", half=None, limit=None)
    ),
    "texts of many scripts": result(
        [question_result("泳池🏊", language="zh", question=""), question_result("مسبح", language="ar")]
    ),
}


@pytest.mark.parametrize("results", [*([edge] for edge in EDGES.values()), list(EDGES.values())], ids=[*EDGES, "all"])
def test_every_page_is_sound(results: list[Result]) -> None:
    shown = seen(*results)
    assert not shown.open
    ids = Counter(shown.values("id"))
    assert max(ids.values()) == 1
    assert {value[1:] for value in shown.values("href") if value.startswith("#")} <= set(ids)
    assert {part for value in shown.values("aria-labelledby") for part in value.split()} <= set(ids)
    levels = [level for level, _ in shown.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(text.strip() for _, text in shown.headings)
    assert "nan" not in " ".join(shown.values("d") + shown.values("x") + shown.values("width"))
    for image in shown.images:
        assert image["role"] == "img"
        assert image["aria-labelledby"] == f"{image['title id']} {image['desc id']}"
        assert image["title"].strip()
        assert image["desc"].strip()


def test_the_page_is_read_with_the_keyboard_and_without_colour() -> None:
    shown = seen(result(SOME), result(SOME, name="bm25"))
    assert shown.tags.index("a") < shown.tags.index("header")
    assert {"header", "nav", "main"} <= set(shown.tags)
    assert shown.tags.count("table") == shown.tags.count("caption") == shown.values("role").count("region")
    assert shown.values("tabindex").count("0") == shown.tags.count("table")
    bars = shown.image("by language")["text"].split()
    assert bars.count("A") == bars.count("B") == 1 + 3  # in the key, and beside the bars of three languages
    dashes = [value for tag, name, value in shown.attributes if name == "stroke-dasharray"]
    assert {"none", "8 4"} <= set(dashes)


# --- true to the results


def test_the_conditions_of_every_result_are_shown() -> None:
    shown = seen(result(SOME, name="one"), result(SOME[:3], name="two"))
    properties = {row[0]: row[1:] for row in shown.rows}
    assert properties["System"] == ["one", "two"]
    assert properties["Questions"] == ["5, 4 of them answerable", "3, 3 of them answerable"]
    assert properties["Half"] == ["report"] * 2
    assert properties["Sample"] == ["500 random questions"] * 2
    assert properties["Versions"] == ["numpy 2.4"] * 2
    for name, value in {
        "Version": "0.1",
        "Model": "m@1",
        "SHA-256": "ab12",
        "Commit": "c0ffee",
        "Seed": "7",
        "Cores": "3",
        "Machine": "A processor",
        "Date (UTC)": "2026-01-02T03:04:05+00:00",
        "Passages requested": "100",
    }.items():
        assert properties[name] == [value] * 2


def test_every_figure_is_shown_as_it_is() -> None:
    one, other = result(SOME), result(SOME[:2], name="bm25")
    shown = seen(one, other)
    for name, figure in one.figures.items():
        cells = shown.row(name)
        theirs = other.figures.get(name)
        assert cells[2] == f"{figure.value:.3f}"
        assert cells[3] == (f"{figure.low:.3f} … {figure.high:.3f}" if figure.low is not None else "")
        assert cells[4] == (f"{theirs.value:.3f}" if theirs else "–")
        counts = [one.count if one else None for one in (figure, theirs)]
        alike = {count for count in counts if count is not None} == {figure.count}
        assert cells[1] == (str(figure.count) if alike else f"{counts[0]} / {counts[1]}")


def test_measures_that_are_better_when_lower_say_so() -> None:
    shown = seen(result(SOME))
    assert shown.row("risk-coverage area")[0].endswith("lower is better")
    assert shown.row("refused")[0].endswith("lower is better")
    assert shown.row("passages nDCG@10")[0] == "passages nDCG@10"


def test_a_bar_has_the_value_of_its_language_and_ends_there() -> None:
    one = result(SOME)
    shown = seen(one)
    texts = shown.image("by language")["text"].split()
    for language, measured in one.by["language"].items():
        assert texts[texts.index(language) + 1] == f"{measured['passages nDCG@10'].value:.3f}"
    placed = charts.bars({"x": [Figure(value=0.25, low=0.0, high=1.0, count=1)]}).groups[0].bars[0]
    width = charts.BAR_RIGHT - charts.BAR_LEFT
    assert (placed.end, placed.low, placed.high) == (
        charts.BAR_LEFT + width / 4,
        charts.BAR_LEFT,
        charts.BAR_RIGHT,
    )


def test_a_kind_without_an_answerable_question_has_no_bar_and_is_named() -> None:
    figure = Figure(value=0.5, count=1)
    by = {"kind": {"what": {"passages nDCG@10": figure}, "off-topic": {"refused": figure}}}
    shown = seen(result(SOME, by=by))
    assert "off-topic" not in shown.image("by kind")["text"]
    assert "no answerable question: off-topic." in shown.text


def test_failures_come_first() -> None:
    shown = seen(result(SOME, name="bm25"))
    assert "bm25: 1 of 5 questions failed" in shown.text
    assert shown.text.index("questions failed") < shown.text.index("A failed question")
    assert "questions failed" not in seen(result(SOME[:3])).text


def test_a_name_that_is_written_from_the_right_turns_nothing_around_it() -> None:
    text = render_page([result([failed()], name="مسبح"), result([question_result()], name="bm25")])
    assert "<b><bdi>A مسبح</bdi>: 1 of 1 questions failed</b>" in text
    assert "<h1><bdi>مسبح, bm25</bdi> on <bdi>seeds</bdi></h1>" in text


def test_a_warning_is_shown_if_results_have_different_questions() -> None:
    assert "Different questions" in seen(result(SOME), result(SOME[:2])).text
    assert "Different questions" not in seen(result(SOME), result(SOME)).text


def test_the_area_drawn_is_the_one_measured_also_after_a_file(tmp_path: Path) -> None:
    nothing = question_result("z", ndcg=0.0, right=False, certainty=-math.inf, first=[], answer=None)
    one = result([*SOME, nothing])
    one.write(tmp_path / "result.json")
    for same in (one, read_result(tmp_path / "result.json")):
        shown = seen(same)
        area = f"{one.figures['risk-coverage area'].value:.3f}"
        assert f"area {area}" in shown.image("Risk")["text"]
        assert shown.row("area") == ["area", area]
        # By decreasing certainty: wrong, right, unanswerable, then the empty answer and the failure.
        assert [row[1] for row in shown.rows if row[0] in {"20 %", "40 %", "60 %", "100 %"}] == [
            "0.500",
            "0.667",
            "0.500",
            "0.667",
        ]


def test_calibration_is_drawn_of_probabilities_only() -> None:
    shown = seen(result(SOME))
    assert not [image for image in shown.images if image["title"] == "Calibration"]
    assert "newsqa has no chart: its certainty is not a probability" in shown.text
    certain = result(SOME, certainty="confidence")
    error = f"{certain.figures['calibration error'].value:.3f}"
    assert f"error {error}" in seen(certain).image("Calibration")["text"]


def test_a_plot_that_leaves_a_result_out_does_not_mix_up_the_others() -> None:
    text = render_page([result(SOME, name="one"), result(SOME, name="two", certainty="confidence")])
    plot = text[text.index('<title id="calibration-chart-title"') :].partition("</svg>")[0]
    assert "B two, error" in plot
    assert ">B</text>" in plot
    assert ">A" not in plot
    assert 'class="s1"' in plot
    assert 'class="s0"' not in plot


def test_latencies_are_those_of_the_result() -> None:
    one = result(SOME)
    shown = seen(one)
    assert one.latency
    for name in ("p50", "p90", "p99"):
        value = getattr(one.latency, name)
        assert shown.row(name)[1] == str(value)
        assert f"{name} {value} ms" in shown.image("Response times")["text"]
    columns = [row for row in shown.rows if " – " in row[0]]
    assert sum(int(row[1]) for row in columns) == 4
    low, high = columns[-1][0].split(" – ")
    assert float(low) <= 2500 <= float(high)
    assert "e+" not in shown.text


# --- questions


def listed(text: str) -> list[str]:
    """Return the ids of the questions of a part of the page, in order."""
    return [line.split(", is it?")[0].split()[-1] for line in text.splitlines() if ", is it?" in line]


def test_the_worst_questions_come_in_order_ties_by_id() -> None:
    questions = [
        question_result("m", ndcg=0.5),
        question_result("z", ndcg=0.0),
        question_result("a", ndcg=0.0),
        question_result("best", ndcg=1.0),
    ]
    assert listed(seen(result(questions)).text) == ["a", "z", "m"]


def test_at_most_twenty_questions_are_shown() -> None:
    questions = [question_result(f"q{number:02}", ndcg=number / 30) for number in range(30)]
    assert listed(seen(result(questions)).text) == [f"q{number:02}" for number in range(20)]


def test_a_question_shows_what_was_found_and_what_was_expected() -> None:
    shown = seen(result([question_result(right=False), failed()])).text
    for text in ("closes in June", "article pool", "1 ✗ wrong The pool", "It closes.", "In June.", "timeout"):
        assert text in shown
    assert "1 ✓ right" in seen(result([question_result()])).text


def test_unanswerable_questions_that_were_answered_come_by_certainty() -> None:
    questions = [
        question_result("low", ndcg=None, certainty=0.1),
        question_result("nothing", ndcg=None, certainty=-math.inf),
        question_result("high", ndcg=None, certainty=0.9),
        question_result("silent", ndcg=None, certainty=0.95, abstained=True),
        question_result("empty", ndcg=None, certainty=0.95, first=[], answer=None),
        question_result("broken", ndcg=None, failure="timeout"),
    ]
    assert listed(seen(result(questions)).text) == ["high", "low", "nothing"]
    many = [question_result(f"q{number:02}", ndcg=None, certainty=number / 30) for number in range(30)]
    assert listed(seen(result(many)).text) == [f"q{number:02}" for number in range(29, 19, -1)]


# --- charts


def test_labels_of_lines_that_end_together_stand_apart() -> None:
    for height in (0.0, 0.5, 1.0):
        ys = sorted(line.label[1] for line in charts.lines([[(0.0, 0.0), (1.0, height)]] * 4))
        assert all(below - above >= 12 for above, below in pairwise(ys))
        assert ys[-1] <= charts.HEIGHT


def test_a_long_line_keeps_its_ends() -> None:
    curve = [(number / 9999, 0.5) for number in range(10_000)]
    (line,) = charts.lines([curve])
    assert len(line.points) < 300
    assert (line.points[0][0], line.points[-1][0]) == (charts.LEFT, charts.RIGHT)


@pytest.mark.parametrize("times", [[0.0], [32.0], [30.0, 33.0], [0.3, 60.0], [0.01, 120_000.0], [999.0, 1001.0]])
def test_every_time_is_in_a_column_and_every_scale_has_ticks(times: list[float]) -> None:
    bins = charts.bins(times)
    assert sum(column.count for column in bins.columns(times)) == len(times)
    assert len(bins.ticks) >= 2
    assert all(charts.LEFT <= bins.x(value) <= charts.RIGHT for value in (*bins.ticks, *times))
