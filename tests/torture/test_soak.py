"""Under a mixed load for an hour, the memory of a service stays where it was after the first ten minutes."""

import statistics
import time
from pathlib import Path

import pytest

from index.local.snapshot import restore, snapshot
from tests.torture.rounds import rounds
from tests.torture.served import report, run_service
from tests.torture.soak import clients

_SECONDS = rounds(5, 3600)
_WARM_UP = 600  # seconds, in which caches are filled and the archive gets its size
_INTERVAL = min(30.0, _SECONDS / 2)  # seconds between two samples
_MAX_GROWTH = 0.05
_MIN_SAMPLES = 20  # after the warm-up, for a judgment


@pytest.mark.timeout(36_000)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc: memory cannot be measured")
def test_the_memory_of_a_service_stays_flat_under_a_mixed_load(
    seeds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot(seeds, tmp_path / "seeds.sqlite")
    data = tmp_path / "data"  # a copy, since the load writes
    data.mkdir()
    restore(tmp_path / "seeds.sqlite", data)
    samples: list[float] = []
    with run_service(data, tmp_path / "log") as service:
        report(capsys, f"start: {service.memory():.0f} MB")
        with clients(service, data, tmp_path / "copy.sqlite") as counts:
            began = time.monotonic()
            while (passed := time.monotonic() - began) < _SECONDS:
                time.sleep(min(_INTERVAL, _SECONDS - passed))
                passed, memory = time.monotonic() - began, service.memory()
                samples += [memory] if passed > _WARM_UP else []
                report(capsys, f"{passed:5.0f} s {memory:5.0f} MB {dict(sorted(counts.items()))}")
    assert {"ask", "write", "list", "pipelined", "snapshots"} <= {kind.split()[0] for kind in counts}
    if len(samples) >= _MIN_SAMPLES:
        quarter = len(samples) // 4
        before, after = statistics.median(samples[:quarter]), statistics.median(samples[-quarter:])
        report(capsys, f"{before:.0f} to {after:.0f} MB after the warm-up, {min(samples):.0f} to {max(samples):.0f} MB")
        assert after / before - 1 <= _MAX_GROWTH
