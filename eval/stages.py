"""Compare the stages of questions on services, which are asked in turn, so that other load affects all equally.

`python -m eval.stages FIRST SECOND` asks the services at two or more addresses 100 questions of
`eval/cases/seeds.jsonl`, and prints the median milliseconds of each stage, also as ratios to the first service.
"""

import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx2 as httpx

from eval.data import load

_CASES = Path(__file__).parent / "cases" / "seeds.jsonl"
_QUESTIONS = 100
_WARMING = 5  # questions before, which are not counted
_TIMEOUT = 120.0  # seconds of a question


def measure(addresses: Sequence[str], questions: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of each stage, and of the whole request, by address.

    Raises:
        httpx.HTTPError: a service does not answer, or with an error.
    """
    spent: Mapping[str, defaultdict[str, list[float]]] = {address: defaultdict(list) for address in addresses}
    with ExitStack() as stack:
        clients = {
            address: stack.enter_context(httpx.Client(base_url=address, timeout=_TIMEOUT)) for address in addresses
        }
        for number, question in enumerate(questions, start=-_WARMING):
            for address, client in clients.items():
                response = client.post("/ask", json={"question": question}).raise_for_status()
                stages = response.json()["took_ms"] | {"request": response.elapsed.total_seconds() * 1000}
                for stage, milliseconds in stages.items() if number >= 0 else ():
                    spent[address][stage].append(milliseconds)
    return {
        address: {stage: statistics.median(values) for stage, values in stages.items()}
        for address, stages in spent.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table of stages and services."""
    addresses = sys.argv[1:] if arguments is None else arguments
    asked = load(_CASES, limit=_QUESTIONS + _WARMING)
    medians = measure(addresses, [question.text for question in asked.questions])
    first = medians[addresses[0]]
    print("milliseconds, and the ratio to the first")
    for stage, reference in first.items():
        values = [medians[address][stage] for address in addresses]
        shown = "".join(f"{value:10.1f}{value / max(reference, 0.1):7.1f}" for value in values)
        print(f"{stage:10}{shown}")


if __name__ == "__main__":
    main()
