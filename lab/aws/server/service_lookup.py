"""Remembers which service a host name stands for.

moto 5.2.5 lists the folders of its own package for every request, which takes it a fifth of the time of an answer.
"""

import functools

from moto import backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication


def install() -> None:
    """Has moto list its services once, and match a host against their patterns once."""
    modules = frozenset(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
    look_up = functools.cache(DomainDispatcherApplication.get_backend_for_host)
    DomainDispatcherApplication.get_backend_for_host = look_up  # type: ignore[method-assign]
