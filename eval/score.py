"""Replies become scores of questions, and scores become figures."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress

import numpy as np

from eval import measures
from eval.ask import Reply
from eval.judge import Ranking, contains, rank_articles, rank_passages, supports
from eval.result import Asked, Figure, Judged, Latency, Quoted, Shown, Wanted
from eval.types import Citation, DataSet, Found, Level, Passage, Question, SystemFailed, Texts

LOWER_IS_BETTER = ("refused", "risk-coverage area", "calibration error", "parity gap")
"""How the names of such figures begin."""

_RIGHT = "Success@1"  # an answer is right if the first passage is
_PARITY = "RR@10"
_SHOWN = 3  # passages of each question kept for people
_EXCERPT = 400  # code points of each
_FEWEST = 5  # questions that two languages must share to be compared


def judge(data: DataSet, replies: Sequence[Reply], article: Texts) -> list[Asked]:
    """Hold every reply against what was expected, and citations against the articles."""
    founds = [reply.found or Found(()) for reply in replies]
    pairs = list(zip(data.questions, founds, strict=True))
    rankings: dict[Level, dict[str, Ranking]] = {
        "articles": {question.id: rank_articles(question, found.passages) for question, found in pairs}
    }
    if data.level == "passages":
        rankings["passages"] = {question.id: rank_passages(question, found.passages) for question, found in pairs}
    ranked = {level: measures.score(of) for level, of in rankings.items()}
    answers = not any(reply.found is not None and reply.found.answer is None for reply in replies)  # or it only ranks
    asked = []
    for (question, found), reply in zip(pairs, replies, strict=True):
        judged = {level: of[question.id] for level, of in rankings.items()}
        quoted = [_quoted(question, citation, article) for citation in found.citations]
        scores = {
            f"{level} {name}": value for level, of in ranked.items() for name, value in of.get(question.id, {}).items()
        }
        asked.append(
            Asked(
                id=question.id,
                question=question.text,
                group=question.group,
                language=question.language,
                kind=question.kind,
                answerable=question.answerable,
                expected=[Wanted(article=place.article, quote=place.quote) for place in question.expected],
                failure=reply.failure,
                ms=None if reply.failure else round(reply.ms, 2),
                abstained=found.abstained,
                certainty=_certainty(found),
                answer=found.answer,
                first=[_shown(passage, judged[data.level], data.level) for passage in found.passages[:_SHOWN]],
                citations=quoted,
                rankings={level: Judged(ids=list(of.ids), relevant=of.relevant) for level, of in judged.items()},
                scores=scores | (_answer_scores(question, found, quoted) if answers else {}),
            )
        )
    return asked


def figures(asked: Sequence[Asked], level: Level, *, probabilities: bool, seed: int) -> dict[str, Figure]:
    """Return the mean of every score, and what can be said of certainties and languages only over all questions.

    `probabilities` tells that certainties are meant as such.
    """
    names = dict.fromkeys(name for one in asked for name in one.scores)
    found = {}
    for name in names:
        scored = [one for one in asked if name in one.scores]
        mean = measures.mean([one.scores[name] for one in scored], [one.group for one in scored], seed)
        if mean:
            found[name] = Figure(value=mean.value, low=mean.low, high=mean.high, count=mean.count)
    return found | _abstention(asked, level, probabilities=probabilities) | _parity(asked, level)


def latency(asked: Sequence[Asked], seconds: float, concurrency: int) -> Latency | None:
    """Return how long answers took, or None if there are none."""
    times = [one.ms for one in asked if one.ms is not None]
    if not times:
        return None
    p50, p90, p99 = (round(float(value), 2) for value in np.percentile(times, [50, 90, 99]))
    rate = round(len(times) / seconds, 1)
    return Latency(p50=p50, p90=p90, p99=p99, questions_per_second=rate, concurrency=concurrency)


def sureness(asked: Asked) -> float:
    """Return how sure a system was to answer rightly: least of all where it found nothing, or failed."""
    return -math.inf if asked.certainty is None else asked.certainty


def right_answer(asked: Asked, level: Level) -> bool:
    """Tell whether the first passage answers."""
    return asked.scores.get(f"{level} {_RIGHT}", 0.0) == 1.0


# --- one question


def _answer_scores(question: Question, found: Found, quoted: Sequence[Quoted]) -> dict[str, float]:
    scores = {}
    known = [citation.exact for citation in quoted if citation.exact is not None]
    if known:
        scores["citation exactness"] = sum(known) / len(known)
    if question.answerable:
        covered = {place for citation in found.citations for place in supports(citation, question.expected)}
        scores["citation precision"] = measures.precision([citation.right for citation in quoted])
        scores["citation recall"] = len(covered) / len(question.expected)
        if question.answers:
            scores["answer containment"] = float(contains(found, question.answers))
    return scores


def _quoted(question: Question, citation: Citation, article: Texts) -> Quoted:
    exact: bool | None = None
    with suppress(SystemFailed):
        document = article(citation.article)
        exact = document is not None and document.text[citation.start : citation.end] == citation.text
    right = bool(supports(citation, question.expected))
    return Quoted(article=citation.article, text=citation.text, exact=exact, right=right)


def _shown(passage: Passage, ranking: Ranking, level: Level) -> Shown:
    return Shown(
        id=passage.id,
        article=passage.article,
        title=passage.title,
        text=passage.text[:_EXCERPT],
        score=passage.score,
        right=(passage.id if level == "passages" else passage.article) in ranking.relevant,
    )


def _certainty(found: Found) -> float | None:
    if found.confidence is not None:
        return found.confidence
    return found.passages[0].score if found.passages else None


# --- all questions


def _abstention(asked: Sequence[Asked], level: Level, *, probabilities: bool) -> dict[str, Figure]:
    found: dict[str, Figure] = {}

    def add(name: str, value: float | None, count: int) -> None:
        if value is not None:
            found[name] = Figure(value=value, count=count)

    answerable = [one for one in asked if one.answerable]
    unanswerable = [one for one in asked if not one.answerable]
    add("refused", _share(one.abstained or one.failure is not None for one in answerable), len(answerable))
    if unanswerable and answerable:
        # What failed counts as being as wrong as can be.
        sure = [sureness(one) for one in answerable]
        kinds = sorted({one.kind or "" for one in unanswerable})
        for kind in ["", *kinds] if len(kinds) > 1 else [""]:
            of_kind = [one for one in unanswerable if kind in ("", one.kind)]
            unsure = [math.inf if one.failure else sureness(one) for one in of_kind]
            add(f"abstention AUROC {kind}".strip(), measures.auroc(sure, unsure), len(sure) + len(unsure))
        abstained = [one for one in asked if one.abstained]
        add("abstention precision", _share(not one.answerable for one in abstained), len(abstained))
        add("abstention recall", _share(one.abstained for one in unanswerable), len(unanswerable))
    certainties = [sureness(one) for one in asked]
    right = [right_answer(one, level) for one in asked]
    add("risk-coverage area", measures.risk_area(certainties, right), len(asked))
    if probabilities:
        told = [(sure, true) for sure, true in zip(certainties, right, strict=True) if math.isfinite(sure)]
        error = measures.calibration_error([sure for sure, _ in told], [true for _, true in told])
        add("calibration error", error, len(told))
    return found


def _parity(asked: Sequence[Asked], level: Level) -> dict[str, Figure]:
    """Compare the language that most questions are in with each other one."""
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    languages: dict[str, int] = defaultdict(int)
    for one in asked:
        if one.language and f"{level} {_PARITY}" in one.scores:
            scores[one.group][one.language] = one.scores[f"{level} {_PARITY}"]
            languages[one.language] += 1
    if not languages:
        return {}
    first = max(sorted(languages), key=languages.__getitem__)
    found = {}
    for other in sorted(set(languages) - {first}):
        gap = measures.parity_gap(scores, first, other)
        if gap and gap[1] >= _FEWEST:
            found[f"parity gap {first}-{other}"] = Figure(value=gap[0], count=gap[1])
    return found


def _share(values: Iterable[bool]) -> float | None:
    told = list(values)
    return sum(told) / len(told) if told else None
