"""What the service counts and measures, for Prometheus."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)


class Metrics:
    """The figures of one app."""

    def __init__(self, depth: Callable[[], int]) -> None:
        """Begin at nothing; `depth` gives how many questions wait or are answered."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "newsqa_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "newsqa_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self._stages = Histogram(
            "newsqa_question_seconds", "Time of a question.", ("stage",), buckets=_SECONDS, registry=self._registry
        )
        self._answers = Counter("newsqa_answers", "Questions answered or not.", ("status",), registry=self._registry)
        Gauge("newsqa_queue_depth", "Questions that wait or are answered.", registry=self._registry).set_function(depth)
        self._gauges = {
            name: Gauge(f"newsqa_{name}", told, registry=self._registry)
            for name, told in (
                ("generation", "The published generation that answers."),
                ("articles", "Articles in the archive."),
                ("passages", "Passages in the archive."),
            )
        }

    def answered(self, status: str) -> None:
        """Count a question by the status of its answer, or as `searched`."""
        self._answers.labels(status).inc()

    def timed(self, took_ms: Mapping[str, float], seconds: float) -> None:
        """Record the stages of a question that took `seconds` with its wait in the queue."""
        for stage, ms in took_ms.items():
            self._stages.labels(stage).observe(ms / 1000)
        self._stages.labels("wait").observe(max(0.0, seconds - took_ms["total"] / 1000))

    def requested(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request; those without a route are one, whatever they asked for."""
        self._requests.labels(method if route else "", route or "", status).inc()
        self._seconds.labels(route or "").observe(seconds)

    def text(self, now: Mapping[str, int]) -> bytes:
        """Return everything in Prometheus' text format; `now` has the generation and the counts of the archive."""
        for name, gauge in self._gauges.items():
            gauge.set(now[name])
        return generate_latest(self._registry)
