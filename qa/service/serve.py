"""The service as a process."""

import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread

import uvicorn

from index.errors import SettingsError
from qa.ask import Asker
from qa.service import logs
from qa.service.admission import Worker
from qa.service.app import create_app
from qa.service.keys import Keys
from qa.service.middleware.auth import is_loopback
from qa.settings import Settings

_LONG = 3600  # seconds
_PATIENCE = 5  # seconds that questions, and then open requests, get when the service is told to stop


def bind(settings: Settings) -> socket.socket:
    """Return a socket bound to the address of the settings.

    Raises:
        SettingsError: it is taken, or no address of this machine, or others reach it and there is no key.
    """
    if not is_loopback(settings.host) and not Keys(settings.data).usable():
        raise SettingsError(
            f"other machines reach {settings.host}, and {settings.data} has no key that is in force: "
            "run newsqa keys create NAME --scope read, or set NEWSQA_HOST to 127.0.0.1"
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named, or asyncio would not set TCP_NODELAY and every answer would wait 40 ms for an ACK.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
        bound.listen()  # only this tells that another process has the port
    except OSError as error:
        bound.close()
        place = f"{settings.host}:{settings.port}"
        raise SettingsError(
            f"{place} cannot be listened on ({error.strerror}): set NEWSQA_PORT or NEWSQA_HOST"
        ) from error
    return bound


def serve(asker: Asker, settings: Settings, bound: socket.socket, ready: Callable[[str], None]) -> None:
    """Answer over HTTP until a signal ends the process; `ready` is told the address once questions are answered."""
    logs.start(sys.stderr, settings.log or ("text" if sys.stderr.isatty() else "json"))
    _server(asker, settings, ready).run(sockets=[bound])


@contextmanager
def served(asker: Asker, settings: Settings) -> Iterator[str]:
    """Answer over HTTP from a thread of this process, on a free port of this machine; give the address.

    Who asks in the same process waits as long as it takes.
    """
    address: Future[str] = Future()
    settings = replace(settings, host="127.0.0.1", port=0, deadline=_LONG)
    with bind(settings) as bound:
        server = _server(asker, settings, address.set_result)
        thread = Thread(target=server.run, kwargs={"sockets": [bound]}, name="serve")
        thread.start()
        try:
            yield address.result(_PATIENCE)
        finally:
            server.should_exit = True
            thread.join()


def _server(asker: Asker, settings: Settings, ready: Callable[[str], None]) -> "_Server":
    worker = Worker(settings.queue, settings.deadline)
    configuration = uvicorn.Config(
        create_app(asker, settings, worker),
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.proxies),  # or anybody could be another client for each request
        forwarded_allow_ips=list(settings.proxies),
        ws="none",
        timeout_graceful_shutdown=_PATIENCE,
    )
    return _Server(configuration, worker, ready)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, worker: Worker, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._worker = worker
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            self._ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # While it listens, so that who comes now is told to come again rather than cut off.
        await self._worker.drain(_PATIENCE)
        await super().shutdown(sockets)
