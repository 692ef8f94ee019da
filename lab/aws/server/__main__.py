"""Serves moto on several addresses from one process, so that all of them show the same buckets, keys and roles.

Run as `python server CONFIG`, CONFIG being a JSON object (made in emulated-aws.ts). Prints one line, `ready`
and the port, once every address answers. Ends on SIGTERM and, if the configuration says so, with its standard input.
"""

import json
import signal
import sys
import threading
from typing import Any

import checksums
import lifecycle
import multipart
import object_lock
import policies
import seed
import web_identity
from moto import settings
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server


def main() -> None:
    config = json.loads(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    policies.install()
    object_lock.install()
    lifecycle.install()
    multipart.install()
    web_identity.install()
    # Every request is authenticated and authorized from the first one on.
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    seed.create_operator(config["region"], config["operator"])
    seed.create_clusters(config["region"], config["clusters"])
    servers = listen(config["addresses"], config["port"])
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"ready {servers[0].port}", flush=True)
    if config["endsWithStandardInput"]:
        sys.stdin.read()
    else:
        signal.pause()


def listen(addresses: list[str], port: int) -> list[BaseWSGIServer]:
    application: Any = checksums.verified(DomainDispatcherApplication(create_backend_app))
    servers: list[BaseWSGIServer] = []
    for address in addresses:
        # Port 0 lets the kernel choose for the first address; the others take the same.
        server = make_server(address, port, application, threaded=True, request_handler=MotoRequestHandler)
        port = server.port
        servers.append(server)
    return servers


main()
