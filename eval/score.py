"""Computes the scores of each question from its reply, and figures from the scores."""

import math
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from eval import measures
from eval.ask import Reply
from eval.judge import Ranking, cited_expected, contains_answer, rank_articles, rank_passages
from eval.measures import Resampled
from eval.result import (
    CheckedCitation,
    ExpectedItem,
    Figure,
    JudgedRanking,
    Latency,
    PassageExcerpt,
    QuestionResult,
)
from eval.types import (
    UNANSWERABLE,
    ArticleLookup,
    Citation,
    DataSet,
    Level,
    Passage,
    Question,
    SystemAnswer,
    SystemFailed,
)

LOWER_IS_BETTER = ("refused", "risk-coverage area", "calibration error", "parity gap")
"""Prefixes of the names of figures for which a lower value is better."""

_RIGHT_MEASURE = "Success@1"  # an answer is right if its first passage is relevant
_PARITY_MEASURE = "RR@10"
_MAX_EXCERPTS = 3  # passages of each question in a result
_MAX_EXCERPT = 400  # code points
_MIN_SHARED_QUESTIONS = 5  # that two languages must have in common for a parity gap


def score_replies(data: DataSet, replies: Sequence[Reply], lookup: ArticleLookup) -> list[QuestionResult]:
    """Compare every reply with the expected answers, and its citations with the articles."""
    answers = [reply.answer or SystemAnswer(()) for reply in replies]
    pairs = list(zip(data.questions, answers, strict=True))
    rankings: dict[Level, dict[str, Ranking]] = {
        "articles": {question.id: rank_articles(question, answer.passages) for question, answer in pairs}
    }
    if data.level == "passages":
        rankings["passages"] = {question.id: rank_passages(question, answer.passages) for question, answer in pairs}
    ranking_scores = {level: measures.score(by_question) for level, by_question in rankings.items()}
    only_ranks = any(reply.answer is not None and reply.answer.text is None for reply in replies)
    results = []
    for (question, answer), reply in zip(pairs, replies, strict=True):
        judged = {level: by_question[question.id] for level, by_question in rankings.items()}
        citations = [_check_citation(question, citation, lookup) for citation in answer.citations]
        scores = {
            f"{level} {name}": value
            for level, by_question in ranking_scores.items()
            for name, value in by_question.get(question.id, {}).items()
        }
        results.append(
            QuestionResult(
                id=question.id,
                question=question.text,
                group=question.group,
                language=question.language,
                kind=question.kind,
                answerable=question.answerable,
                expected=[ExpectedItem(article=item.article, quote=item.quote) for item in question.expected],
                failure=reply.failure,
                ms=None if reply.failure else round(reply.ms, 2),
                abstained=answer.abstained,
                certainty=_answer_certainty(answer),
                answer=answer.text,
                first=[
                    _excerpt(passage, judged[data.level], data.level) for passage in answer.passages[:_MAX_EXCERPTS]
                ],
                citations=citations,
                rankings={
                    level: JudgedRanking(ids=list(ranking.ids), relevant=ranking.relevant)
                    for level, ranking in judged.items()
                },
                scores=scores | ({} if only_ranks else _answer_scores(question, answer, citations)),
            )
        )
    return results


def compute_figures(
    questions: Sequence[QuestionResult],
    level: Level,
    *,
    probabilities: bool,
    seed: int,
    others: Sequence[QuestionResult] = (),
) -> dict[str, Figure]:
    """Return the mean of every score, and the figures of abstention, calibration and language parity.

    `probabilities` states whether certainties are probabilities, which calibration requires. If `questions` are all
    answerable or all unanswerable, as those of one kind are, their certainties are compared with those of `others`.
    """
    answerable = [question for question in questions if question.answerable]
    unanswerable = [question for question in questions if not question.answerable]
    names = dict.fromkeys(name for question in (*answerable, *unanswerable) for name in question.scores)
    means = {
        name: _mean([(question, question.scores[name]) for question in questions if name in question.scores], seed)
        for name in names
    }
    abstained = [question for question in questions if question.abstained]
    refused = [(question, question.abstained or question.failure is not None) for question in answerable]
    means["refused"] = _mean(refused, seed)
    if answerable and unanswerable:
        means["abstention precision"] = _mean([(question, not question.answerable) for question in abstained], seed)
    means["abstention recall"] = _mean([(question, question.abstained) for question in unanswerable], seed)
    separated = separations(
        answerable or [question for question in others if question.answerable],
        unanswerable or [question for question in others if not question.answerable],
        seed,
    )
    return (
        {name: _figure(measured) for name, measured in (means | separated).items() if measured}
        | _certainty(questions, level, probabilities=probabilities)
        | _parity(questions, level)
    )


def compute_latency(questions: Sequence[QuestionResult], seconds: float, concurrency: int) -> Latency | None:
    """Return the percentiles of the response times, or None if no question was answered."""
    times = [question.ms for question in questions if question.ms is not None]
    if not times:
        return None
    p50, p90, p99 = (round(float(value), 2) for value in np.percentile(times, [50, 90, 99]))
    rate = round(len(times) / seconds, 1)
    return Latency(p50=p50, p90=p90, p99=p99, questions_per_second=rate, concurrency=concurrency)


def certainty_of(question: QuestionResult) -> float:
    """Return the certainty of the answer; minus infinity if the system retrieved nothing or failed."""
    return -math.inf if question.certainty is None else question.certainty


def is_right(question: QuestionResult, level: Level) -> bool:
    """Return whether the first passage is relevant."""
    return question.scores.get(f"{level} {_RIGHT_MEASURE}", 0.0) == 1.0


def separations(
    answerable: Sequence[QuestionResult], unanswerable: Sequence[QuestionResult], seed: int
) -> dict[str, Resampled]:
    """Return AUROC and refusal by name: over all unanswerable questions, then over those of each kind.

    They are empty without answerable or without unanswerable questions.
    """
    kinds = sorted({question.kind or UNANSWERABLE for question in unanswerable} - {UNANSWERABLE})
    figures = {}
    for kind in ["", *kinds]:
        selected = [*answerable, *(question for question in unanswerable if kind in ("", question.kind))]
        separation = measures.separation(
            [_worst_certainty(question) for question in selected],
            [question.answerable for question in selected],
            [question.group for question in selected],
            seed,
        )
        if separation:
            auroc, refusal = separation
            figures[f"abstention AUROC {kind}".strip()] = auroc
            figures[f"refusal at 95 % {kind}".strip()] = refusal
    return figures


def _worst_certainty(question: QuestionResult) -> float:
    """Return the certainty; of a failure the worst possible."""
    return math.inf if question.failure and not question.answerable else certainty_of(question)


# --- one question


def _answer_scores(question: Question, answer: SystemAnswer, citations: Sequence[CheckedCitation]) -> dict[str, float]:
    scores = {}
    exact = [citation.exact for citation in citations if citation.exact is not None]
    if exact:
        scores["citation exactness"] = sum(exact) / len(exact)
    if question.answerable:
        cited = {item for citation in answer.citations for item in cited_expected(citation, question.expected)}
        scores["citation precision"] = measures.precision([citation.right for citation in citations])
        scores["citation recall"] = len(cited) / len(question.expected)
        containing = [contains_answer(citation.text, question.answers) for citation in citations]
        first_right = bool(citations) and (citations[0].right or containing[0])
        scores["first quote accuracy"] = float(first_right)
        if question.answers:
            scores["answer containment"] = float(any(containing))
    return scores


def _check_citation(question: Question, citation: Citation, lookup: ArticleLookup) -> CheckedCitation:
    exact: bool | None = None
    with suppress(SystemFailed):
        article = lookup(citation.article)
        exact = article is not None and article.text[citation.start : citation.end] == citation.text
    right = bool(cited_expected(citation, question.expected))
    return CheckedCitation(article=citation.article, text=citation.text, exact=exact, right=right)


def _excerpt(passage: Passage, ranking: Ranking, level: Level) -> PassageExcerpt:
    return PassageExcerpt(
        id=passage.id,
        article=passage.article,
        title=passage.title,
        text=passage.text[:_MAX_EXCERPT],
        score=passage.score,
        right=(passage.id if level == "passages" else passage.article) in ranking.relevant,
    )


def _answer_certainty(answer: SystemAnswer) -> float | None:
    if answer.confidence is not None:
        return answer.confidence
    return answer.passages[0].score if answer.passages else None


# --- all questions


def _mean(values: Sequence[tuple[QuestionResult, float]], seed: int) -> Resampled | None:
    if not values:
        return None
    return measures.mean([value for _, value in values], [question.group for question, _ in values], seed)


def _figure(measured: Resampled) -> Figure:
    low, high = measured.interval
    return Figure(value=measured.value, low=low, high=high, count=measured.count)


def _certainty(questions: Sequence[QuestionResult], level: Level, *, probabilities: bool) -> dict[str, Figure]:
    certainties = [certainty_of(question) for question in questions]
    right = [is_right(question, level) for question in questions]
    figures = {}
    if (area := measures.risk_area(certainties, right)) is not None:
        figures["risk-coverage area"] = Figure(value=area, count=len(questions))
    known = [pair for pair in zip(certainties, right, strict=True) if math.isfinite(pair[0])]
    error = measures.calibration_error([certainty for certainty, _ in known], [is_true for _, is_true in known])
    if probabilities and error is not None:
        figures["calibration error"] = Figure(value=error, count=len(known))
    return figures


def _parity(questions: Sequence[QuestionResult], level: Level) -> dict[str, Figure]:
    """Compare the most frequent language with each of the others."""
    measure = f"{level} {_PARITY_MEASURE}"
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    languages: dict[str, int] = defaultdict(int)
    for question in questions:
        if question.language and measure in question.scores:
            scores[question.group][question.language] = question.scores[measure]
            languages[question.language] += 1
    if not languages:
        return {}
    first = max(sorted(languages), key=languages.__getitem__)
    figures = {}
    for other in sorted(set(languages) - {first}):
        gap = measures.parity_gap(scores, first, other)
        if gap and gap[1] >= _MIN_SHARED_QUESTIONS:
            figures[f"parity gap {first}-{other}"] = Figure(value=gap[0], count=gap[1])
    return figures
