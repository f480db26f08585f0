"""What is refused before a request has a log line."""

import logging

import pytest

from qa.service.metrics import Metrics
from qa.service.refusals import Refusals


def test_refusals_are_counted_and_summed_up_in_a_line_every_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    metrics = Metrics(lambda: 0)
    refusals = Refusals(metrics, clock=lambda: now)
    with caplog.at_level(logging.WARNING, "newsqa"):
        for _ in range(3):
            refusals.count("headers")
            refusals.log()
        now = 11.0
        refusals.log()
        refusals.log()
        refusals.count("pipelined")
        refusals.log(final=True)
    assert [vars(record)["reasons"] for record in caplog.records] == [{"headers": 1}, {"headers": 2}, {"pipelined": 1}]
    figures = metrics.render({"generation": 1, "articles": 1, "passages": 1}).decode()
    assert 'newsqa_refusals_total{reason="headers"} 3.0' in figures
