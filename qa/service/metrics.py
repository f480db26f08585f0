"""Prometheus metrics of the service."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)  # seconds


class Metrics:
    """The metrics of one app."""

    def __init__(self, depth: Callable[[], int], connections: Callable[[], int] = lambda: 0) -> None:
        """Start all metrics at zero.

        `depth` returns the number of questions in the queue or being answered, `connections` that of open connections.
        """
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "newsqa_requests", "HTTP requests.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "newsqa_request_seconds",
            "Request duration in seconds.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._stages = Histogram(
            "newsqa_question_seconds",
            "Question duration in seconds, by stage.",
            ("stage",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._answers = Counter("newsqa_answers", "Answers, by status.", ("status",), registry=self._registry)
        Gauge("newsqa_queue_depth", "Questions in the queue or being answered.", registry=self._registry).set_function(
            depth
        )
        Gauge("newsqa_connections", "Open connections.", registry=self._registry).set_function(connections)
        self._opened = Counter("newsqa_connections_opened", "Accepted connections.", registry=self._registry)
        received = Counter("newsqa_received_bytes", "Received bytes, by part.", ("part",), registry=self._registry)
        self._headers, self._bodies = received.labels("headers"), received.labels("body")
        self._refusals = Counter(
            "newsqa_refusals", "Refused connections and requests, by reason.", ("reason",), registry=self._registry
        )
        self._gauges = {
            name: Gauge(f"newsqa_{name}", description, registry=self._registry)
            for name, description in (
                ("generation", "The published generation in use."),
                ("articles", "Articles in the archive."),
                ("passages", "Passages in the archive."),
                ("disk_free_bytes", "Free disk space for the archive."),
                ("log_bytes", "Size of the log of writes, which is emptied after publications."),
                ("generation_timestamp_seconds", "Time of the generation in use."),
                ("publication_seconds", "Duration of the last publication."),
                ("unpublished_seconds", "How long writes have waited for a publication."),
            )
        }

    def count_answer(self, status: str) -> None:
        """Count a question by the status of its answer, or as `searched`."""
        self._answers.labels(status).inc()

    def count_connection(self) -> None:
        """Count an accepted connection."""
        self._opened.inc()

    def count_bytes(self, headers: int = 0, body: int = 0) -> None:
        """Count received bytes of URLs and headers, and of bodies."""
        if headers:
            self._headers.inc(headers)
        if body:
            self._bodies.inc(body)

    def count_refusal(self, reason: str) -> None:
        """Count a refused connection or request."""
        self._refusals.labels(reason).inc()

    def observe_question(self, took_ms: Mapping[str, float], seconds: float) -> None:
        """Record the stages of a question; `seconds` is the whole duration, including the queue."""
        for stage, ms in took_ms.items():
            self._stages.labels(stage).observe(ms / 1000)
        self._stages.labels("wait").observe(max(0.0, seconds - took_ms["total"] / 1000))

    def observe_request(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Record a request; all requests without a route share one label, so that clients cannot add labels."""
        self._requests.labels(method if route else "", route or "", status).inc()
        self._seconds.labels(route or "").observe(seconds)

    def render(self, archive: Mapping[str, float]) -> bytes:
        """Return all metrics in Prometheus' text format; `archive` holds its generation, counts and storage."""
        for name, value in archive.items():
            self._gauges[name].set(value)
        return generate_latest(self._registry)
