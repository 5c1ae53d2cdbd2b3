"""URL rules: matching requests to endpoints, and building URLs for endpoints, with Werkzeug's names.

An application's rules are moved over by changing the import::

    from wsgi_rs.routing import Map, Rule, Submount

    urls = Map([
        Rule("/", endpoint="index"),
        Submount("/blog", [
            Rule("/", endpoint="blog"),
            Rule("/<int:year>/<slug>", endpoint="entry", methods=["GET"]),
        ]),
    ])

    def app(environ, start_response):
        adapter = urls.bind_to_environ(environ)
        endpoint, values = adapter.match()

and so is Flask::

    class App(Flask):
        url_map_class = wsgi_rs.routing.Map
        url_rule_class = wsgi_rs.routing.Rule

Rules are matched in Rust, in time that does not depend on how many there are. Where Werkzeug is installed when this
module is imported, the exceptions are Werkzeug's own, so that ``except werkzeug.exceptions.NotFound`` goes on working;
elsewhere they are classes of the same names, and WSGI applications too. Converters and rules of one's own are
subclasses of `BaseConverter` and `Rule`; converters that subclass Werkzeug's `BaseConverter` will do as well.

What differs from Werkzeug on purpose:

- A converter's ``regex`` is matched in time linear in the text, whatever a client sends, and so has neither
  look-around nor back-references; such a rule is refused with a word on what to write instead.
- A slash within the value of a ``string`` parameter is built as ``%2F``, and a ``float`` never with an exponent, for
  otherwise the URL would not lead to the rule.
- A parameter's name stands once in a rule. Converters take negative numbers as arguments, and ``1,2`` is two.
- Attributes of a rule that is in a map count when the map is next updated: call `Rule.refresh` after changing one.
"""

from .._native import MapAdapter
from .converters import (
    DEFAULT_CONVERTERS,
    AnyConverter,
    BaseConverter,
    FloatConverter,
    IntegerConverter,
    NumberConverter,
    PathConverter,
    UnicodeConverter,
    UUIDConverter,
    ValidationError,
)
from .exceptions import (
    BadHost,
    BuildError,
    HTTPException,
    MethodNotAllowed,
    NoMatch,
    NotFound,
    RequestAliasRedirect,
    RequestPath,
    RequestRedirect,
    RoutingException,
    WebsocketMismatch,
)
from .factories import EndpointPrefix, RuleFactory, RuleTemplate, RuleTemplateFactory, Subdomain, Submount
from .map import Map
from .parse import parse_converter_args
from .rules import Rule

__all__ = [
    "AnyConverter",
    "BadHost",
    "BaseConverter",
    "BuildError",
    "DEFAULT_CONVERTERS",
    "EndpointPrefix",
    "FloatConverter",
    "HTTPException",
    "IntegerConverter",
    "Map",
    "MapAdapter",
    "MethodNotAllowed",
    "NoMatch",
    "NotFound",
    "NumberConverter",
    "PathConverter",
    "RequestAliasRedirect",
    "RequestPath",
    "RequestRedirect",
    "RoutingException",
    "Rule",
    "RuleFactory",
    "RuleTemplate",
    "RuleTemplateFactory",
    "Subdomain",
    "Submount",
    "UUIDConverter",
    "UnicodeConverter",
    "ValidationError",
    "WebsocketMismatch",
    "parse_converter_args",
]
