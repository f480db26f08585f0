"""The command `newsqa eval race`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.errors import EvaluationError

if TYPE_CHECKING:
    from eval.race.systems import RaceSystem

_FOLDER = Path("var/race")


def race(
    shared: Annotated[Path, typer.Argument(help="The folder with eval/piaf_dev and eval/xquad_mixed.")],
    *,
    archive: Annotated[
        list[Path] | None,
        typer.Option(help="A data folder whose passages and vectors the peers are given; repeatable, smallest first."),
    ] = None,
    peer: Annotated[list[str] | None, typer.Option(help="Only these peers; repeatable. [default: all]")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, in alternating order.")] = 3,
    passages: Annotated[int, typer.Option(min=1, help="Passages to index from texts.")] = 300,
    questions: Annotated[
        int, typer.Option(min=1, help="Questions over each archive, and as many with a filter.")
    ] = 100,
    judged: Annotated[int, typer.Option(min=1, help="Questions of each data set, for nDCG@10.")] = 400,
    cores: Annotated[int | None, typer.Option(min=1, help="Cores and threads of each system. [default: all]")] = None,
    folder: Annotated[Path, typer.Option(help="For the peers' environment (2 GB), the model and indexes.")] = _FOLDER,
    output: Annotated[Path, typer.Option("--output", "-o", help="The JSON file to write.")] = _FOLDER / "race.json",
) -> None:
    """Race newsqa against txtai, Haystack, LangChain, LlamaIndex and sentence-transformers on the same model.

    Prints a Markdown table and the goals; the exit code is 1 if a goal is missed. Peers are installed into an
    environment of their own; one that cannot be installed, or that fails, is left out and named. Needs Linux.
    """
    from eval.race import table
    from eval.race.environment import install
    from eval.race.measure import Race, Results
    from eval.race.run import Sizes, notes_on, prepare_model, run_race
    from eval.race.systems import NEWSQA, OVER_HTTP

    def report(line: str) -> None:
        typer.echo(line, err=True)

    peers = _chosen(peer)
    environment = folder / "env"
    report(f"installing {', '.join(each.name for each in peers)} into {environment}, unless they are there")
    failures = install(peers, environment)
    results = Results(left_out={name: f"{name}: {reason}" for name, reason in failures.items()})
    for reason in results.left_out.values():
        report(f"left out: {reason}")
    if len(failures) == len(peers):
        raise EvaluationError(
            f"no peer can be installed ({next(iter(results.left_out.values()))}): see the package index"
        )
    systems = (NEWSQA, OVER_HTTP, *peers)
    output.parent.mkdir(parents=True, exist_ok=True)

    def save(step: str) -> None:
        report(step)
        output.write_text(table.to_json(results, notes) + "\n", encoding="utf-8")  # an interrupted race has its figures

    model = prepare_model(folder / "model")
    running = Race(systems, environment, model, folder / "work", rounds, cores, save, results)
    notes = notes_on(running)
    run_race(running, shared, archive or [], Sizes(passages, questions, judged))
    save(f"result: {output}")
    typer.echo(table.markdown(results, [system.name for system in systems], notes))
    if any(goal.met is False for goal in table.goals(results)):
        raise typer.Exit(1)


def _chosen(names: list[str] | None) -> "list[RaceSystem]":
    from eval.race.systems import PEERS

    known = {peer.name: peer for peer in PEERS}
    if unknown := next((name for name in names or () if name not in known), None):
        raise typer.BadParameter(f"'{unknown}' is none of {', '.join(known)}", param_hint="--peer")
    return [peer for peer in PEERS if not names or peer.name in names]
