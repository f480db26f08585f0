"""Runs the service, as a process or in a thread."""

import asyncio
import logging
import resource
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Thread
from typing import Any, cast

import uvicorn

from index.errors import SettingsError
from qa.ask import Asker
from qa.service import logs
from qa.service.admission import Worker
from qa.service.app import create_app
from qa.service.connections import Connections, Limits
from qa.service.keys import Keys
from qa.service.metrics import Metrics
from qa.service.middleware.auth import is_loopback
from qa.service.protocol import LimitedProtocol
from qa.service.refusals import Refusals
from qa.settings import Settings
from qa.store import place

_log = logging.getLogger("newsqa")

_IN_PROCESS_DEADLINE = 3600  # seconds
_DRAIN_TIMEOUT = 3.0  # seconds for admitted questions and writes to finish
_CLOSE_TIMEOUT = 1  # seconds for the requests that are still open then
_STARTUP_TIMEOUT = 5  # seconds
_MAX_FILES = 65_536  # open files; more are of no use
_BACKLOG = 2048  # connections that the kernel keeps until they are accepted
_ACCEPTED = 64  # connections accepted at a time, so that many new ones delay no request
_TICKS = 10  # of uvicorn's main loop a second


def bind(settings: Settings) -> socket.socket:
    """Return a socket bound to the address of the settings.

    Raises:
        SettingsError: the address is in use or not of this machine, or other machines reach it and no key is valid.
    """
    if not is_loopback(settings.host) and not Keys(settings.data).usable():
        raise SettingsError(
            f"{settings.host} is reachable from other machines, but {settings.data} has no valid API key: "
            "run newsqa keys create NAME --scope read, or set NEWSQA_HOST to 127.0.0.1"
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Without an explicit protocol asyncio does not set TCP_NODELAY, and every answer waits 40 ms for an ACK.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
        bound.listen()  # bind alone does not detect that another process uses the port
    except OSError as error:
        bound.close()
        address = f"{settings.host}:{settings.port}"
        raise SettingsError(f"cannot listen on {address} ({error.strerror}): set NEWSQA_PORT or NEWSQA_HOST") from error
    return bound


def notices(asker: Asker, settings: Settings) -> Iterator[str]:
    """Yield messages about what limits the answers of a service, to be logged once when it starts."""
    with asker.archive.reader() as reader:
        if not reader.sizes()["articles"]:
            yield f"{place(settings)}: the archive is empty: add articles with newsqa index or POST /articles"
    if asker.reader is None and settings.reader != "off":
        yield f"the model {asker.archive.model.name} has no reader: answers quote the most similar sentences"


def serve(asker: Asker, settings: Settings, bound: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until a signal ends the process; call `ready` with the address once the service answers."""
    logs.start(sys.stderr, settings.log or ("text" if sys.stderr.isatty() else "json"))
    _raise_file_limit()
    for notice in notices(asker, settings):
        _log.warning(notice)
    _server(asker, settings, ready).run(sockets=[bound])


@contextmanager
def serve_in_thread(asker: Asker, settings: Settings, limits: Limits | None = None) -> Iterator[str]:
    """Serve from a thread of this process, on a free port of 127.0.0.1; yield the address.

    Questions have no deadline in practice, so that slow machines do not refuse them.
    """
    address: Future[str] = Future()
    settings = replace(settings, host="127.0.0.1", port=0, deadline=_IN_PROCESS_DEADLINE)
    with bind(settings) as bound:
        server = _server(asker, settings, address.set_result, limits)
        thread = Thread(target=server.run, kwargs={"sockets": [bound]}, name="serve")
        thread.start()
        try:
            yield address.result(_STARTUP_TIMEOUT)
        finally:
            server.should_exit = True
            thread.join()


def _raise_file_limit() -> None:
    """Raise the limit of open files as far as the process may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, _MAX_FILES)
    if soft not in (hard, resource.RLIM_INFINITY) and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _server(asker: Asker, settings: Settings, ready: Callable[[str], None], limits: Limits | None = None) -> "_Server":
    worker = Worker(settings.queue, settings.deadline)
    metrics = Metrics(lambda: worker.depth, lambda: connections.count)
    refusals = Refusals(metrics)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    limits = (limits or Limits()).within(_MAX_FILES if files == resource.RLIM_INFINITY else files)
    connections = Connections(limits, settings.proxies, refusals.count)
    app = create_app(asker, settings, worker, metrics=metrics)
    configuration = uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", partial(LimitedProtocol, connections, refusals)),
        root_path=settings.root_path,
        log_config=None,
        log_level="error",  # its warnings are one line per malformed request: they are counted instead
        access_log=False,
        server_header=False,
        # Believed only from these proxies, or any client could use the headers to evade the rate limit.
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        ws="none",
        backlog=_ACCEPTED,
        timeout_graceful_shutdown=_CLOSE_TIMEOUT,
    )
    return _Server(configuration, app.state.queues, ready, connections, refusals)


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        queues: Sequence[Worker],
        ready: Callable[[str], None],
        connections: Connections,
        refusals: Refusals,
    ) -> None:
        super().__init__(config)
        self._queues = queues
        self._ready = ready
        self._connections = connections
        self._refusals = refusals

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(self._handle_error)
        await super().startup(sockets)
        if self.started and sockets:
            for bound in sockets:
                bound.listen(_BACKLOG)  # asyncio's own number is also that of connections accepted at a time
            host, port = sockets[0].getsockname()[:2]
            self._ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")

    async def on_tick(self, counter: int) -> bool:
        self._connections.sweep()
        if counter % _TICKS == 0:
            self._refusals.log()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # While the socket still listens, so that new requests get a 503 rather than a refused connection.
        await asyncio.gather(*(queue.drain(_DRAIN_TIMEOUT) for queue in self._queues))
        self._connections.stop()  # uvicorn does not close those that are accepted from now on
        await super().shutdown(sockets)
        self._refusals.log(final=True)

    def _handle_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Count connections that cannot be accepted, which asyncio would log thousands of times a second."""
        if str(context.get("message", "")).startswith("socket.accept()"):
            self._refusals.count("accept")
        else:
            loop.default_exception_handler(context)
