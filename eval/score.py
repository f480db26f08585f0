"""Computes the scores of each question from its reply, and figures from the scores."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress

import numpy as np

from eval import measures
from eval.ask import Reply
from eval.judge import Ranking, cited_expected, contains_answer, rank_articles, rank_passages
from eval.result import (
    CheckedCitation,
    ExpectedItem,
    Figure,
    JudgedRanking,
    Latency,
    PassageExcerpt,
    QuestionResult,
)
from eval.types import ArticleLookup, Citation, DataSet, Level, Passage, Question, SystemAnswer, SystemFailed

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
    questions: Sequence[QuestionResult], level: Level, *, probabilities: bool, seed: int
) -> dict[str, Figure]:
    """Return the mean of every score, and the figures of abstention, calibration and language parity.

    `probabilities` states whether certainties are probabilities, which calibration requires.
    """
    names = dict.fromkeys(name for question in questions for name in question.scores)
    figures = {}
    for name in names:
        scored = [question for question in questions if name in question.scores]
        mean = measures.mean(
            [question.scores[name] for question in scored], [question.group for question in scored], seed
        )
        if mean:
            figures[name] = Figure(value=mean.value, low=mean.low, high=mean.high, count=mean.count)
    return figures | _abstention(questions, level, probabilities=probabilities) | _parity(questions, level)


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
        if question.answers:
            scores["answer containment"] = float(contains_answer(answer, question.answers))
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


def _abstention(questions: Sequence[QuestionResult], level: Level, *, probabilities: bool) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}

    def add(name: str, value: float | None, count: int) -> None:
        if value is not None:
            figures[name] = Figure(value=value, count=count)

    answerable = [question for question in questions if question.answerable]
    unanswerable = [question for question in questions if not question.answerable]
    refused = _share(question.abstained or question.failure is not None for question in answerable)
    add("refused", refused, len(answerable))
    if unanswerable and answerable:
        positive = [certainty_of(question) for question in answerable]
        kinds = sorted({question.kind or "" for question in unanswerable})
        for kind in ["", *kinds] if len(kinds) > 1 else [""]:
            of_kind = [question for question in unanswerable if kind in ("", question.kind)]
            # A failure counts as the worst possible certainty.
            negative = [math.inf if question.failure else certainty_of(question) for question in of_kind]
            add(f"abstention AUROC {kind}".strip(), measures.auroc(positive, negative), len(positive) + len(negative))
        abstained = [question for question in questions if question.abstained]
        add("abstention precision", _share(not question.answerable for question in abstained), len(abstained))
        add("abstention recall", _share(question.abstained for question in unanswerable), len(unanswerable))
    certainties = [certainty_of(question) for question in questions]
    right = [is_right(question, level) for question in questions]
    add("risk-coverage area", measures.risk_area(certainties, right), len(questions))
    if probabilities:
        known = [pair for pair in zip(certainties, right, strict=True) if math.isfinite(pair[0])]
        error = measures.calibration_error([certainty for certainty, _ in known], [is_true for _, is_true in known])
        add("calibration error", error, len(known))
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


def _share(values: Iterable[bool]) -> float | None:
    flags = list(values)
    return sum(flags) / len(flags) if flags else None
