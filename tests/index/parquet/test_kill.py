"""Exports and imports that are killed leave nothing half-done, and can be run again."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.index.parquet.exports import build, exported

_FORKING = """
import os, shutil, signal, sys
from pathlib import Path
from index.local.catalog import FILE
from index.local.doctor import examine
from index.parquet.load import ExportedArchive
from tests.index.parquet.exports import content, exported, imported
import index.local.publish, tantivy, faiss

job, folder, moments = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
data, made, target = folder / "data", folder / "export", folder / "target"
expected = content(data)
events = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect", "shutil.rmtree")

def work():
    if job == "export":
        exported(data, target)
    else:
        imported(made, target)

def kill_at(moment, seconds):
    left = [moment]
    def hook(event, arguments):
        if event in events:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
    if seconds:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process wherever it is
        signal.setitimer(signal.ITIMER_REAL, seconds)
    else:
        sys.addaudithook(hook)

def in_a_child(function):
    child = os.fork()
    if not child:
        try:
            function()
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def check():
    if job == "export":
        ExportedArchive.open(target)
    else:
        assert examine(target).problems == []
        assert content(target) == expected
    assert not [path for path in (folder, *folder.iterdir()) if path.name.startswith(".")]

def counted():
    number = [0]
    sys.addaudithook(lambda event, arguments: number.__setitem__(0, number[0] + (event in events)))
    work()
    (folder / "number").write_text(str(number[0]))

assert in_a_child(counted) == 0
total = int((folder / "number").read_text())
for number in range(moments):
    shutil.rmtree(target)
    seconds = 0 if number % 3 else 0.03 * number + 0.001
    ended = in_a_child(lambda: (kill_at(number * total // moments, seconds), work()))
    assert ended in (-signal.SIGKILL, -signal.SIGALRM, 0), ended
    complete = target.exists() and (job == "export" or (target / FILE).exists())
    if not complete:
        assert in_a_child(work) == 0, number  # and what was left behind is no hindrance
    assert in_a_child(check) == 0, number
    print(ended, complete)
"""


@pytest.mark.parametrize(("job", "moments"), [("export", 6), ("import", 10)])
def test_a_kill_leaves_nothing_half_done_and_the_command_can_be_run_again(
    tmp_path: Path, job: str, moments: int
) -> None:
    exported(build(tmp_path), tmp_path / "export")
    command = [sys.executable, "-c", _FORKING, job, str(tmp_path), str(moments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "-9 False" in done.stdout
