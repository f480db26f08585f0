"""Look for known vulnerabilities of the locked packages; the command of pip-audit is the argument."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_LOCK = Path(__file__).parents[1] / ".ci/lock/dev.txt"
_TIMEOUT = 600.0  # seconds
_SKIPPED = "skipped: no advisory database reachable"


def findings(report: dict[str, Any]) -> list[str] | None:
    """Return a line for each known vulnerability in a report of pip-audit, or None if it could look up no package."""
    packages = report["dependencies"]
    if all("skip_reason" in package for package in packages):
        return None
    return [
        f"{package['name']} {package['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'none'}"
        for package in packages
        for found in package.get("vulns", [])
    ]


def main(command: str) -> int:
    """Print the vulnerabilities; return 1 if there are some. Without a network there is nothing to say."""
    options = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off", "-r", str(_LOCK)]
    try:
        audited = subprocess.run([command, *options], capture_output=True, text=True, timeout=_TIMEOUT, check=False)
        found = findings(json.loads(audited.stdout))
    except (subprocess.TimeoutExpired, json.JSONDecodeError):  # it ends with a traceback if it cannot connect
        found = None
    print(_SKIPPED if found is None else "\n".join(found) or "no known vulnerabilities")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
