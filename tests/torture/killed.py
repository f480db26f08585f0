"""Processes that are killed while they change an archive, and what they report before."""

import json
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.torture.promises import Changes, Promises

_POSTED = 30  # articles
_WORDS = "pont grue port neige mairie école vote budget train quai 港口 الجسر 🎉 hiver".split()


@dataclass(frozen=True)
class Scene:
    """The paths, the random generator, the promises and the answers of all rounds."""

    data: Path
    files: Path
    snapshot: Path
    random: Random
    promises: Promises
    answers: Counter[str] = field(default_factory=Counter)  # by status and length of the write

    def text(self, words: int = 200) -> str:
        """Return a random text of one line, with fewer than `words` words in sentences of at most 50."""
        chosen = self.random.choices(_WORDS, k=self.random.randrange(3, words))
        return " ".join(" ".join(chosen[n : n + 50]).capitalize() + "." for n in range(0, len(chosen), 50))

    def changes(self) -> Changes:
        """Return random changes for one request."""
        ids = self.random.sample(range(_POSTED), self.random.choice((1, 1, 1, 5)))
        if len(ids) == 1 and self.random.random() < 0.3:
            return {f"a{ids[0]}": None}
        return {f"a{number}": self.text() for number in ids}


def fork(work: Callable[[], object]) -> int:
    """Run `work` in a forked process; return its process id."""
    sys.stdout.flush()
    if child := os.fork():
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001 - the process ends here after any error
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


@contextmanager
def killed_process(
    work: Callable[[], object], seconds: float, *, terminated: float = 0.0, ready: tuple[int, int] | None = None
) -> Iterator[None]:
    """Run endless work in a forked process that is killed after some seconds, during the block.

    The seconds count from the first byte in the pipe `ready` if there is one, which this closes. If `terminated` is
    given, the process gets SIGTERM that many seconds before it is killed, and may have ended by then.
    """
    child = fork(work)
    output, written = ready or (None, None)
    if written is not None:
        os.close(written)

    def kill() -> None:
        if output is not None:
            os.read(output, 1)
        time.sleep(seconds)
        if terminated:
            os.kill(child, signal.SIGTERM)
            time.sleep(terminated)
        os.kill(child, signal.SIGKILL)

    killer = fork(kill)
    if output is not None:
        os.close(output)
    try:
        yield
    finally:
        os.waitpid(killer, 0)  # before the child is reaped, so that its process id is not reused
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == -signal.SIGKILL or (terminated and status in (0, -signal.SIGTERM)), status


def kill_writer(work: Callable[[Callable[[bool, Changes], None]], object], seconds: float, promises: Promises) -> None:
    """Kill work that reports changes before (False) and after (True) writing them."""
    end, begin = os.pipe()

    def report(done: bool, changes: Changes) -> None:
        os.write(begin, json.dumps([done, changes]).encode() + b"\n")

    with killed_process(lambda: work(report), seconds):
        os.close(begin)
        with os.fdopen(end, encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):  # an incomplete line: killed before the change began
                    done, changes = json.loads(line)
                    (promises.keep if done else promises.begin)(changes)
