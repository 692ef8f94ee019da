"""Serves an application over HTTP/1.1 with connections that stay open, as those of AWS do.

moto's own server takes a new connection and a new thread for every request, and looks for ten milliseconds after each
whether the client has more to say: with eight clients, requests took three times as long as they do here.
"""

import io
import ssl
import sys
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

# More than clients have connections under way at a time: one that has been opened and says nothing yet takes a thread.
_threads = 64
# Seconds for which an idle connection stays open; AWS tells nobody how long its own do.
_idle_seconds = 60
# More connections than any test opens: with fewer, connections would be closed after every request.
_open_connections = 1000


def bind(application: WSGIApplication, address: str, port: int, certificate: dict[str, str] | None) -> Server:
    """A server that holds its port and answers once it serves; port 0 lets the kernel choose one."""
    server = Server((address, port), _logged(_whole(application)), numthreads=_threads, timeout=_idle_seconds)
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


def _whole(application: WSGIApplication) -> WSGIApplication:
    """The application, asked only when the whole body is there, so that a part of one is never taken for all of it.

    What is left of a body would also be read as the connection's next request.
    """

    def whole(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        arriving = environ["wsgi.input"]
        body = arriving.read()
        if environ["wsgi.input_terminated"]:
            # Of a body in chunks, what comes behind the last one.
            for _ in arriving.read_trailer_lines():
                pass
        elif len(body) < int(environ.get("CONTENT_LENGTH") or 0):
            start_response("400 Bad Request", [("Connection", "close"), ("Content-Length", "0")])
            return []
        environ["wsgi.input"] = io.BytesIO(body)
        environ["wsgi.input_terminated"] = True
        # Where moto looks for the path as it was sent, and for what it stands for.
        environ["RAW_URI"] = environ["REQUEST_URI"]
        environ["PATH_INFO"] = unquote_to_bytes(environ["REQUEST_URI"].split("?")[0]).decode("latin-1")
        return application(environ, start_response)

    return whole


def _logged(application: WSGIApplication) -> WSGIApplication:
    """The application with a line on standard error for every request."""

    def logged(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            sys.stderr.write(f"{now} {environ['REQUEST_METHOD']} {environ['REQUEST_URI']} {status}\n")
            return start_response(status, headers, exc_info)

        return application(environ, start)

    return logged
