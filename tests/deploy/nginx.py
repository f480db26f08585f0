"""A process of nginx with the configuration of `deploy/`, for tests."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

TEMPLATE = Path(__file__).parents[2] / "deploy" / "nginx.conf.template"
_MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/default.conf;
}}
"""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class Nginx:
    """nginx in front of services on this machine."""

    def __init__(self, folder: Path, addresses: Mapping[str, list[str]]) -> None:
        """Start nginx with its files in `folder`; skip the test where it is not installed.

        `addresses` are those of the services by variable of the template. Each address is a line of its own here,
        since nginx before 1.27.3 does not follow names: everything else is the configuration as it is shipped.
        """
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            pytest.skip("nginx is not installed: apt-get install nginx-light")
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.log = folder / "error.log"
        (folder / "nginx.conf").write_text(_MAIN.format(folder=folder), encoding="utf-8")
        (folder / "default.conf").write_text(rendered(addresses, port), encoding="utf-8")
        command = [program, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(self.log)]
        self._process = subprocess.Popen(command)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End nginx with its workers."""
        self._process.terminate()
        self._process.wait(20)


def rendered(addresses: Mapping[str, list[str]], port: int) -> str:
    """Return the configuration with a line for each address, listening on a port of 127.0.0.1."""
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("${NGINX_LOCAL_RESOLVERS}", "127.0.0.1").replace("listen 8080;", f"listen 127.0.0.1:{port};")
    for name, places in addresses.items():
        (line,) = re.findall(rf"^ +server \$\{{{name}\}} resolve .*$", text, re.MULTILINE)
        lines = [line.replace(f"${{{name}}} resolve", place) for place in places]
        text = text.replace(line, "\n".join(lines))
    return text
