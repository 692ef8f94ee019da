"""Serves moto on several addresses from one process, so that all of them show the same buckets, keys and roles.

Run as `python server CONFIG`, CONFIG being a JSON object (made in emulated-aws.ts). Prints one line, `ready`
and the ports, once every address answers. Ends on SIGTERM and, if the configuration says so, with its standard input.
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
import public_access
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
    public_access.install()
    web_identity.install(config["issuerKeyFiles"])
    # Every request is authenticated and authorized from the first one on.
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    seed.create_operator(config["region"], config["operator"])
    seed.create_clusters(config["region"], config["clusters"])
    application = checksums.verified(DomainDispatcherApplication(create_backend_app))
    listeners = [listen(application, listener, config["addresses"]) for listener in config["listeners"]]
    for server in (server for servers in listeners for server in servers):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", *(servers[0].port for servers in listeners), flush=True)
    if config["endsWithStandardInput"]:
        sys.stdin.read()
    else:
        signal.pause()


def listen(application: Any, listener: dict[str, Any], addresses: list[str]) -> list[BaseWSGIServer]:
    served: Any = policies.over(application, secure=listener["isSecure"])
    certificate = listener.get("certificate")
    context = certificate and (certificate["certificateFile"], certificate["keyFile"])
    port = listener["port"]
    servers: list[BaseWSGIServer] = []
    for address in addresses:
        # Port 0 lets the kernel choose for the first address; the others take the same.
        server = make_server(
            address, port, served, threaded=True, request_handler=MotoRequestHandler, ssl_context=context
        )
        port = server.port
        servers.append(server)
    return servers


main()
