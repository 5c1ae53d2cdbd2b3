"""The map of all rules, and what of its adapters is not done in Rust."""

from __future__ import annotations

from pprint import pformat
from threading import RLock
from urllib.parse import urlunsplit

from .._native import MapAdapter, MapBase, Table
from .converters import DEFAULT_CONVERTERS
from .exceptions import HTTPException, MethodNotAllowed, RequestRedirect
from .query import encode_query

try:
    from werkzeug.datastructures import ImmutableDict
except ImportError:
    from types import MappingProxyType as ImmutableDict


class Map(MapBase):
    """All rules, to match requests and to build URLs; bind it to a host or a request first.

    rules: Rules and factories to begin with; more by `add`.
    default_subdomain: That of rules which name none.
    strict_slashes: Whether a missing final slash is added by a redirect; else it is all the same.
    merge_slashes: Whether several slashes in a row are redirected to one.
    redirect_defaults: Whether a rule redirects to another of its endpoint that has the values as its defaults.
    converters: Converters by the names that rules give them, besides `default_converters`.
    sort_parameters, sort_key: Whether, and by what, the queries of built URLs are sorted.
    host_matching: Whether rules name whole hosts instead of subdomains.
    """

    #: The converters of every map.
    default_converters = ImmutableDict(DEFAULT_CONVERTERS)

    #: What makes the lock that is held while rules are added and made ready. It must allow itself to be taken again by
    #: the thread that holds it.
    lock_class = RLock

    # Matching and building have taken these over.
    _SETTINGS = frozenset(
        "default_subdomain host_matching merge_slashes redirect_defaults sort_key sort_parameters".split()
    )

    def __init__(
        self,
        rules=None,
        default_subdomain="",
        strict_slashes=True,
        merge_slashes=True,
        redirect_defaults=True,
        converters=None,
        sort_parameters=False,
        sort_key=None,
        host_matching=False,
    ):
        # Not by the instance: `RLock` is a function on some versions, which would take it for an argument.
        self._lock = type(self).lock_class()
        self._added = []
        self._rules_by_endpoint = {}
        self._unhashable = []
        self.default_subdomain = default_subdomain
        self.strict_slashes = strict_slashes
        self.merge_slashes = merge_slashes
        self.redirect_defaults = redirect_defaults
        self.converters = dict(self.default_converters)
        self.converters.update(converters or {})
        self.sort_parameters = sort_parameters
        self.sort_key = sort_key
        self.host_matching = host_matching
        for factory in rules or ():
            self.add(factory)

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name in self._SETTINGS:
            self.touch()

    def add(self, rulefactory):
        """Adds a rule, or those of a factory. A rule is in one map only."""
        for rule in rulefactory.get_rules(self):
            rule.bind(self)
            with self._lock:
                self._added.append(rule)
                self._of(rule.endpoint).append(rule)
        self.touch()

    def update(self):
        """Makes rules ready that have been added; matching and building do so by themselves."""
        with self._lock:
            changes, known = self.changes()
            if known:
                return
            place = {id(rule): at for at, rule in enumerate(self._added)}
            groups = []
            for endpoint, rules in self._groups():
                rules.sort(key=lambda rule: rule.build_compare_key())
                groups.append((endpoint, [place[id(rule)] for rule in rules]))
            self.install(Table(self, self._added, groups), changes)

    def iter_rules(self, endpoint=None):
        """The rules of an endpoint, in the order in which they are asked for URLs; by default those of all."""
        self.update()
        if endpoint is not None:
            return iter(list(self._known(endpoint)))
        return iter(self._rules)

    def is_endpoint_expecting(self, endpoint, *arguments):
        """Whether a rule of the endpoint has all these parameters, or defaults for them."""
        self.update()
        return any(rule.arguments.issuperset(arguments) for rule in self._known(endpoint))

    @property
    def _rules(self):
        with self._lock:
            return [rule for _, rules in self._groups() for rule in rules]

    def _groups(self):
        yield from self._rules_by_endpoint.items()
        yield from self._unhashable

    def _of(self, endpoint):
        """The list of an endpoint's rules, which is made if there is none."""
        try:
            return self._rules_by_endpoint.setdefault(endpoint, [])
        except TypeError:
            for known, rules in self._unhashable:
                if known == endpoint:
                    return rules
            self._unhashable.append((endpoint, []))
            return self._unhashable[-1][1]

    def _known(self, endpoint):
        try:
            return self._rules_by_endpoint[endpoint]
        except TypeError:
            for known, rules in self._unhashable:
                if known == endpoint:
                    return rules
            raise KeyError(endpoint) from None

    def __repr__(self):
        return f"{type(self).__name__}({pformat(list(self.iter_rules()))})"


def dispatch(self, view_func, path_info=None, method=None, catch_http_exceptions=False):
    """Calls `view_func(endpoint, values)` for the rule that matches, and returns what it returns.

    A redirect is returned, and so is, with `catch_http_exceptions`, any other exception that is a response.
    """
    try:
        try:
            endpoint, values = self.match(path_info, method)
        except RequestRedirect as redirect:
            return redirect
        return view_func(endpoint, values)
    except HTTPException as error:
        if catch_http_exceptions:
            return error
        raise


def test(self, path_info=None, method=None):
    """Whether a rule matches, or would at another URL."""
    try:
        self.match(path_info, method)
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def allowed_methods(self, path_info=None):
    """The methods that rules of this path answer; none if there is a rule for all of them, or none at all."""
    try:
        self.match(path_info, method="--")
    except MethodNotAllowed as error:
        return error.valid_methods
    except HTTPException:
        pass
    return []


def get_host(self, domain_part):
    """The whole host that the host part of a rule stands for; with `None`, that of the adapter."""
    if self.map.host_matching:
        return self.server_name if domain_part is None else domain_part
    subdomain = self.subdomain if domain_part is None else domain_part
    return f"{subdomain}.{self.server_name}" if subdomain else self.server_name


def encode_query_args(self, query_args):
    """A query as text."""
    return encode_query(query_args)


def make_redirect_url(self, path_info, query_args=None, domain_part=None):
    """The absolute URL of a path, which is percent-encoded, with the query."""
    query_args = self.query_args if query_args is None else query_args
    query = self.encode_query_args(query_args) if query_args else None
    path = f"{self.script_name.strip('/')}/{path_info.lstrip('/')}"
    return urlunsplit((self.url_scheme or "http", self.get_host(domain_part), path, query, None))


def make_alias_redirect_url(self, path, endpoint, values, method, query_args):
    """The absolute URL of the rule that an alias stands for, with the query."""
    url = self.build(endpoint, values, method, append_unknown=False, force_external=True)
    return f"{url}?{self.encode_query_args(query_args)}" if query_args else url


def get_default_redirect(self, rule, method, values, query_args):
    """The URL of a rule of the same endpoint that has the values as its defaults; `None` if there is none."""
    for other in self.map.iter_rules(rule.endpoint):
        # Rules behind it are asked for a URL later.
        if other is rule:
            return None
        if other.provides_defaults_for(rule) and other.suitable_for(values, method):
            values.update(other.defaults)
            domain, path = other.build(values)
            return self.make_redirect_url(path, query_args, domain_part=domain)
    return None


# Asked seldom, and plainer in Python.
for _method in (
    dispatch,
    test,
    allowed_methods,
    get_host,
    encode_query_args,
    make_redirect_url,
    make_alias_redirect_url,
    get_default_redirect,
):
    _method.__qualname__ = f"MapAdapter.{_method.__name__}"
    setattr(MapAdapter, _method.__name__, _method)
