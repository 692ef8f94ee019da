"""Serves moto on several addresses from one process, so that all of them show the same buckets, keys and roles.

Run as `python server CONFIG`, CONFIG being a JSON object (made in emulated-aws.ts). Prints one line, `ready`
and the ports, once every address answers. Ends on SIGTERM and, if the configuration says so, with its standard input.
"""

import json
import os
import signal
import sys
import threading
import traceback
from typing import Any, NoReturn

import checksums
import eks_tokens
import http_server
import lifecycle
import multipart
import object_lock
import policies
import public_access
import seed
import signatures
import web_identity
from cheroot.wsgi import Server
from moto import settings
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app


def main() -> None:
    config = json.loads(sys.argv[1])
    # Of the two, a terminal's reaches the whole group of processes, and nobody may be left then to send the other.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())
    policies.install()
    object_lock.install()
    lifecycle.install()
    multipart.install()
    public_access.install()
    signatures.install()
    web_identity.install(config["issuerKeyFiles"])
    # Every request is authenticated and authorized from the first one on.
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    seed.create_operator(config["region"], config["operator"])
    seed.create_clusters(config["region"], config["clusters"])
    application = eks_tokens.reviewed(
        checksums.verified(DomainDispatcherApplication(create_backend_app)),
        config["operator"]["userName"],
        **config["tokenReviews"],
    )
    listeners = [listen(application, listener, config["addresses"]) for listener in config["listeners"]]
    for server in (server for servers in listeners for server in servers):
        threading.Thread(target=server.serve, daemon=True).start()
    print("ready", *(http_server.port_of(servers[0]) for servers in listeners), flush=True)
    if config["endsWithStandardInput"]:
        sys.stdin.read()
        end()
    signal.pause()


def end(status: int = 0) -> NoReturn:
    """Ends at once, without waiting for threads that answer: what they hold is in memory and ends too."""
    os._exit(status)


def listen(application: Any, listener: dict[str, Any], addresses: list[str]) -> list[Server]:
    served: Any = policies.over(application, secure=listener["isSecure"])
    port = listener["port"]
    servers: list[Server] = []
    for address in addresses:
        # Port 0 lets the kernel choose for the first address; the others take the same.
        servers.append(http_server.bind(served, address, port, listener.get("certificate")))
        port = http_server.port_of(servers[0])
    return servers


try:
    main()
except BaseException:
    traceback.print_exc()
    end(1)
