"""What the Rust part of the routing asks of Python: redirects, warnings, errors. None of it is for applications."""

from __future__ import annotations

import re
import warnings
from urllib.parse import urljoin

from .exceptions import BadHost, BuildError, RequestRedirect


def redirect(adapter, path, query_args):
    """The redirect to another path of the same host."""
    return RequestRedirect(adapter.make_redirect_url(path, query_args))


def settle(adapter, rule, values, method, query_args):
    """Raises the redirect that a match turns out to be, if it does."""
    redirects = adapter.map.redirect_defaults
    if rule.alias and redirects:
        url = adapter.make_alias_redirect_url(adapter.path_info, rule.endpoint, values, method, query_args)
        raise RequestRedirect(url)
    if redirects:
        url = adapter.get_default_redirect(rule, method, values, query_args)
        if url is not None:
            raise RequestRedirect(url)
    if rule.redirect_to is None:
        return
    if isinstance(rule.redirect_to, str):
        target = re.sub("<([^>]+)>", lambda name: rule._converters[name[1]].to_url(values[name[1]]), rule.redirect_to)
    else:
        target = rule.redirect_to(adapter, **values)
    host = f"{adapter.subdomain}.{adapter.server_name}" if adapter.subdomain else adapter.server_name
    raise RequestRedirect(urljoin(f"{adapter.url_scheme or 'http'}://{host}{adapter.script_name}", target))


def no_url(adapter, endpoint, values, method):
    """That no URL can be built."""
    # The caller's own dict may change before anybody reads the message.
    values = {name: value for name, value in values.items() if value is not None}
    return BuildError(endpoint, values, method, adapter)


def values_of(values):
    """The values of a mapping that are not `None`; of a `MultiDict` the one value, or the list of several."""
    if not values:
        return {}
    if isinstance(values, dict) and hasattr(values, "lists"):
        lists = ((name, list(several)) for name, several in values.lists())
        return {name: several[0] if len(several) == 1 else several for name, several in lists if several}
    return {name: value for name, value in values.items() if value is not None}


def ascii_host(server_name):
    """The name with its labels in ASCII; the port is no part of it."""
    name, colon, port = server_name.partition(":")
    try:
        return f"{name.encode('idna').decode('ascii')}{colon}{port}"
    except UnicodeError as error:
        raise BadHost() from error


def warn_of_host(host, server_name):
    """Warns the application that a request is to another host than it is configured for."""
    # Applications filter the warning by how Werkzeug's begins.
    warnings.warn(
        f"Current server name {host!r} is not the configured {server_name!r}, nor below it; no rule matches",
        stacklevel=2,
    )
