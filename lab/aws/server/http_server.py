"""Serves an application over HTTP/1.1 with connections that stay open, as those of AWS do.

moto's own server takes a new connection and a new thread for every request, and looks for ten milliseconds after each
whether the client has more to say: with eight clients, requests took three times as long as they do here.
"""

import ssl
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

# Requests that an address answers at a time.
_threads = 16
# Seconds for which an idle connection stays open; AWS tells nobody how long its own do.
_idle_seconds = 60
# More connections than any test opens: with fewer, connections would be closed after every request.
_open_connections = 1000


def bind(application: Application, address: str, port: int, certificate: dict[str, str] | None) -> Server:
    """A server that holds its port and answers once it serves; port 0 lets the kernel choose one."""
    server = Server((address, port), _logged(application), numthreads=_threads, timeout=_idle_seconds)
    server.request_queue_size = 128
    server.keep_alive_conn_limit = _open_connections
    if certificate is not None:
        server.ssl_adapter = BuiltinSSLAdapter(certificate["certificateFile"], certificate["keyFile"])
        server.ssl_adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
    server.prepare()
    return server


def port_of(server: Server) -> int:
    """The port that the kernel chose, or that it was told."""
    return server.socket.getsockname()[1]


def _logged(application: Application) -> Application:
    """The application with a line on standard error for every request."""

    def logged(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # Where moto looks for the path as it was sent.
        environ["RAW_URI"] = environ["REQUEST_URI"]

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            sys.stderr.write(f"{now} {environ['REQUEST_METHOD']} {environ['RAW_URI']} {status}\n")
            return start_response(status, headers, exc_info)

        return application(environ, start)

    return logged
