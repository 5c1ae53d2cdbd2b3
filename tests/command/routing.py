"""What `wsgi_rs.routing` promises to Python programs; run by the test `package` of the suite `command`."""

import copy
import gc
import pickle
import subprocess
import sys
import threading
import unittest
import uuid
import weakref

import werkzeug.exceptions
import werkzeug.routing
from werkzeug.datastructures import MultiDict
from wsgi_rs import routing
from wsgi_rs.routing import (
    BaseConverter,
    BuildError,
    EndpointPrefix,
    Map,
    MapAdapter,
    MethodNotAllowed,
    NotFound,
    RequestRedirect,
    Rule,
    RuleFactory,
    RuleTemplate,
    Subdomain,
    Submount,
    ValidationError,
    WebsocketMismatch,
)


def rules(module):
    """The same rules, of ours or of Werkzeug's."""
    rule = module.Rule
    return [
        rule("/", endpoint="index"),
        rule("/about", endpoint="about", strict_slashes=False),
        rule("/users/", endpoint="users", defaults={"page": 1}, methods=["GET"]),
        rule("/users/page/<int:page>", endpoint="users", methods=["GET"]),
        rule("/users/old-<int:page>", endpoint="users", alias=True),
        rule("/user/<name>", endpoint="user", methods=["GET", "POST"]),
        rule("/user/<name>", endpoint="unmake", methods=["DELETE"]),
        rule("/year/<int(fixed_digits=4, min=1900):year>/<slug>", endpoint="entry"),
        rule("/at/<float(signed=True):x>,<float(signed=True):y>", endpoint="place"),
        rule("/any/<any(ab, 'c d'):which>", endpoint="which"),
        rule("/files/<path:file>", endpoint="file"),
        rule("/files/<path:file>/edit", endpoint="edit"),
        rule("/id/<uuid:key>", endpoint="key"),
        rule("/two/<string(length=2):language>/", endpoint="two"),
        rule("/socket", endpoint="socket", websocket=True),
        rule("/old/<name>", redirect_to="user/<name>"),
        rule("/older/<name>", redirect_to=lambda adapter, name: f"/user/{name.upper()}"),
        rule("/elsewhere", endpoint="elsewhere", build_only=True),
        rule("/sub", endpoint="sub", subdomain="<lang>.wiki"),
        rule("/é/<x>", endpoint="accent"),
    ]


PATHS = """
/ /about /about/ /users/ /users /users/page/1 /users/page/2 /users/old-1 /users/old-3 /user/a /user/a/ /user/a/b /user/
/year/1999/x /year/1899/x /year/99/x /year/19999/x /at/1.5,-2.0 /at/1,2 /any/ab /any/c%20d /any/ac /files/a /files/a/b/c
/files/a/edit /files//a /id/6ba7b810-9dad-11d1-80b4-00c04fd430c8 /id/6 /two/de/ /two/de /two/deu/ /socket /old/x
/older/x /elsewhere /sub /é/ü //user//a /user//a /users/page/٣ /users/page/99999999999999999999 /no
""".replace("%20", " ").split("\n")

METHODS = ["GET", "POST", "DELETE", "get", "HEAD", "--", "LOCK"]

BUILDS = [
    ("index", {}),
    ("index", {"q": "a b&c", "list": [1, None, "é"], "none": None, "empty": "", "bytes": b"\xff ~"}),
    ("users", {}),
    ("users", {"page": 1}),
    ("users", {"page": 2, "q": 1.5}),
    ("users", {"page": "07"}),
    ("user", {"name": "é ?#%"}),
    ("user", {"name": 5}),
    ("user", {}),
    ("entry", {"year": 33, "slug": "x;y"}),
    ("entry", {"year": True, "slug": "x"}),
    ("place", {"x": 1, "y": -2.5}),
    ("which", {"which": "c d"}),
    ("which", {"which": "no"}),
    ("file", {"file": "a/b c"}),
    ("key", {"key": uuid.UUID(int=5)}),
    ("socket", {}),
    ("elsewhere", {"x": [1, 2]}),
    ("sub", {"lang": "de"}),
    ("accent", {"x": "ü"}),
    ("nothing", {"x": 1}),
    ("index", MultiDict([("a", 1), ("b", 2), ("a", 3)])),
]


def said(function, *arguments, **options):
    """What a function returns, or how it fails, so that two can be compared."""
    try:
        return function(*arguments, **options)
    except (RequestRedirect, werkzeug.routing.RequestRedirect) as redirect:
        return redirect.code, redirect.new_url
    except werkzeug.exceptions.MethodNotAllowed as error:
        return 405, sorted(error.valid_methods)
    except werkzeug.exceptions.HTTPException as error:
        return error.code
    except Exception as error:
        return type(error).__name__, str(error)


class Same(unittest.TestCase):
    """What Werkzeug does, ours does."""

    maxDiff = None

    def setUp(self):
        self.ours, self.werkzeugs = Map(rules(routing)), werkzeug.routing.Map(rules(werkzeug.routing))

    def adapters(self, *arguments, **options):
        return self.ours.bind(*arguments, **options), self.werkzeugs.bind(*arguments, **options)

    def test_matches(self):
        binds = [
            {},
            {"script_name": "/app", "url_scheme": "https", "query_args": "q=1"},
            {"subdomain": "de.wiki", "query_args": {"q": [1, "é"]}},
            {"url_scheme": "ws"},
        ]
        for options in binds:
            ours, werkzeugs = self.adapters("Example.com", **options)
            for path in " ".join(PATHS).split() + ["/any/c d", "", "x"]:
                for method in METHODS:
                    with self.subTest(path=path, method=method, **options):
                        self.assertEqual(said(ours.match, path, method), said(werkzeugs.match, path, method))
                        for websocket in (True, False):
                            asked = {"websocket": websocket, "query_args": {"x": "y z"}}
                            self.assertEqual(
                                said(ours.match, path, method, **asked), said(werkzeugs.match, path, method, **asked)
                            )
                self.assertEqual(ours.test(path), werkzeugs.test(path), path)
                self.assertEqual(sorted(ours.allowed_methods(path)), sorted(werkzeugs.allowed_methods(path)), path)

    def test_builds(self):
        for options in [{}, {"script_name": "/app/", "url_scheme": "https"}, {"subdomain": "de.wiki"}]:
            ours, werkzeugs = self.adapters("example.com:8000", **options)
            for endpoint, values in BUILDS:
                for asked in [{}, {"method": "POST"}, {"force_external": True}, {"append_unknown": False}]:
                    with self.subTest(endpoint=endpoint, values=values, **asked, **options):
                        self.assertEqual(
                            said(ours.build, endpoint, values, **asked), said(werkzeugs.build, endpoint, values, **asked)
                        )

    def test_requests(self):
        environs = [
            {"HTTP_HOST": "de.wiki.Example.com", "PATH_INFO": "/sub"},
            {"HTTP_HOST": "example.com:80", "PATH_INFO": "/Ã©/x", "QUERY_STRING": "a=b", "SCRIPT_NAME": "/Ã©"},
            {"HTTP_HOST": "example.com:443", "wsgi.url_scheme": "https", "PATH_INFO": "/users"},
            {"HTTP_HOST": "bad host", "PATH_INFO": "/users"},
            {"HTTP_HOST": "example.com:0", "PATH_INFO": "/users"},
            {"HTTP_HOST": "example.com:65536", "PATH_INFO": "/users"},
            {"HTTP_HOST": "[::1]:8000", "PATH_INFO": "/users"},
            {"HTTP_HOST": "..example.com", "PATH_INFO": "/users"},
            {"SERVER_NAME": "::1", "SERVER_PORT": "8000", "PATH_INFO": "/users"},
            {"SERVER_NAME": "/run/sock", "SERVER_PORT": "", "PATH_INFO": "/users"},
            {"HTTP_CONNECTION": "x, Upgrade", "HTTP_UPGRADE": "WebSocket", "PATH_INFO": "/socket"},
            {"HTTP_CONNECTION": "upgrade", "HTTP_UPGRADE": "h2c", "PATH_INFO": "/socket"},
            {"REQUEST_METHOD": "DELETE", "PATH_INFO": "/user/x"},
            {"PATH_INFO": "/user/\xff"},
        ]
        for variables in environs:
            environ = {
                "SERVER_NAME": "example.com",
                "SERVER_PORT": "80",
                "REQUEST_METHOD": "GET",
                "wsgi.url_scheme": "http",
                **variables,
            }
            for options in [{}, {"server_name": "example.com"}, {"server_name": "EXAMPLE.com:443"}, {"subdomain": "x"}]:
                with self.subTest(**variables), self.catch() as told:
                    seen = []
                    for module_map in (self.ours, self.werkzeugs):
                        adapter = said(module_map.bind_to_environ, environ, **options)
                        names = "server_name script_name subdomain url_scheme path_info default_method query_args"
                        attributes = [getattr(adapter, name, adapter) for name in [*names.split(), "websocket"]]
                        seen.append((attributes, said(lambda: adapter.match()), len(told)))
                        told.clear()
                    self.assertEqual(*seen)

    def test_an_encoded_slash_is_part_of_a_parameter(self):
        url_map = Map([Rule("/files/<name>"), Rule("/files/<name>/"), Rule("/branch/<name>/"), Rule("/<int:n>/<x>")])
        cases = [
            ("/files/a%2Fb", "", "/files/a/b", {"name": "a/b"}),
            ("/files/a%2fb?q=%2F", "", "/files/a/b", {"name": "a/b"}),
            ("http://example.com/files/a%2Fb", "", "/files/a/b", {"name": "a/b"}),
            ("/app/files/%C3%A9%2Fb", "/app", "/files/\xc3\xa9/b", {"name": "é/b"}),
            ("/branch/a%2Fb", "", "/branch/a/b", (308, "http://example.com/branch/a%2Fb/")),
            ("/x%2Fy/z", "", "/x/y/z", 404),
            # It says nothing that PATH_INFO does not, or something between has changed the path.
            ("/files/a%20b", "", "/files/a b", {"name": "a b"}),
            ("/files/a%2Fb", "", "/files/c", {"name": "c"}),
            ("/files/a%2Fb", "/app", "/files/c", {"name": "c"}),
            ("/é%2F", "", "/files/c", {"name": "c"}),
            (None, "", "/files/c", {"name": "c"}),
        ]
        for target, script_name, path_info, expected in cases:
            for key in ["REQUEST_URI", "RAW_URI"]:
                environ = {
                    "HTTP_HOST": "example.com",
                    "REQUEST_METHOD": "GET",
                    "SCRIPT_NAME": script_name,
                    "PATH_INFO": path_info,
                    "wsgi.url_scheme": "http",
                    key: target,
                }
                with self.subTest(target=target, path_info=path_info, key=key):
                    adapter = url_map.bind_to_environ(environ)
                    found = said(adapter.match)
                    self.assertEqual(found[1] if isinstance(expected, dict) else found, expected)
                    self.assertEqual(adapter.path_info, path_info.encode("latin-1").decode())
                    adapter.path_info = "/files/set"
                    self.assertEqual(adapter.match(), (None, {"name": "set"}))
        self.assertEqual(adapter.match("/files/given"), (None, {"name": "given"}))

    def test_a_request_without_a_path_is_one_for_the_root(self):
        environ = {"HTTP_HOST": "example.com", "REQUEST_METHOD": "GET", "wsgi.url_scheme": "http"}
        adapter = Map([Rule("/", endpoint="index")]).bind_to_environ(environ)
        self.assertEqual(adapter.match(), ("index", {}))
        self.assertEqual((adapter.path_info, adapter.script_name, adapter.query_args), ("/", "/", None))

    def test_a_refused_value_of_an_encoded_path_is_asked_for_once(self):
        asked = []

        class Word(routing.BaseConverter):
            def to_python(self, value):
                asked.append(value)
                raise routing.ValidationError()

        rules = [Rule("/<word:a>", methods=["GET"]), Rule("/<b>", methods=["POST"])]
        adapter = Map(rules, converters={"word": Word}).bind_to_environ(
            {
                "HTTP_HOST": "example.com",
                "REQUEST_METHOD": "GET",
                "PATH_INFO": "/x/y",
                "RAW_URI": "/x%2Fy",
                "wsgi.url_scheme": "http",
            }
        )
        self.assertEqual((said(adapter.match), asked), (404, ["x/y"]))
        self.assertEqual((said(adapter.match, "/z"), asked), (404, ["x/y", "z"]))

    def test_a_rule_for_no_method_builds_urls(self):
        for module in (routing, werkzeug.routing):
            adapter = module.Map([module.Rule("/x", endpoint="x", methods=[])]).bind("example.com")
            self.assertEqual(adapter.build("x"), "/x")
            self.assertEqual(said(adapter.build, "x", method="GET")[0], "BuildError")
            self.assertEqual(said(adapter.match, "/x"), 404)

    def catch(self):
        import warnings

        return warnings.catch_warnings(record=True, action="always") if sys.version_info >= (3, 11) else Caught()

    def test_hosts(self):
        def module_map(module):
            made = [
                module.Rule("/", host="<name>.example.com", endpoint="user"),
                module.Rule("/", host="example.com", endpoint="index"),
                module.Rule("/", host="example.org", endpoint="index"),
            ]
            return module.Map(made, host_matching=True)

        for host in ["example.com", "example.org", "a.example.com", "EXAMPLE.com", "example.net"]:
            ours, werkzeugs = (module_map(module).bind(host) for module in (routing, werkzeug.routing))
            self.assertEqual(said(ours.match, "/"), said(werkzeugs.match, "/"), host)
            for values in [{}, {"name": "b"}]:
                for endpoint in ["index", "user"]:
                    self.assertEqual(said(ours.build, endpoint, values), said(werkzeugs.build, endpoint, values), host)

    def test_the_nearest_rule_is_named(self):
        ours, werkzeugs = self.adapters("example.com")
        with self.assertRaises(BuildError) as raised:
            ours.build("entry", {"year": 1})
        self.assertEqual(raised.exception.suggested.endpoint, "entry")
        self.assertEqual(str(raised.exception), said(werkzeugs.build, "entry", {"year": 1})[1])

    def test_the_plain_twin_builds_the_same(self):
        adapter = self.ours.bind("example.com")
        tried = 0
        for endpoint, values in BUILDS:
            values = {name: value for name, value in values.items() if value is not None and endpoint != "nothing"}
            for rule in self.ours.iter_rules(endpoint) if endpoint != "nothing" else ():
                if rule.suitable_for(values, "GET") and not rule.websocket and not isinstance(values, MultiDict):
                    built = said(rule.build, values)
                    url = said(adapter.build, endpoint, values, force_external=True)
                    if isinstance(url, str):
                        host = f"{built[0]}.example.com" if built[0] else "example.com"
                        url = url.replace(f"http://{host}", f"{built[0]}|", 1)
                        built = "|".join(built)
                        tried += 1
                    self.assertEqual(url, built)
                    break
        self.assertGreater(tried, 10)


class Caught:
    """As `warnings.catch_warnings(record=True, action="always")`, which is new in 3.11."""

    def __enter__(self):
        import warnings

        self.manager = warnings.catch_warnings(record=True)
        told = self.manager.__enter__()
        warnings.simplefilter("always")
        return told

    def __exit__(self, *error):
        return self.manager.__exit__(*error)


class Endpoints(unittest.TestCase):
    def test_may_be_anything(self):
        def view():
            pass

        thing = object()
        made = [view, ["a", "list"], {"a": "dict"}, None, 5, ("a", "tuple"), thing]
        url_map = Map([Rule(f"/{number}/<x>", endpoint=endpoint) for number, endpoint in enumerate(made)])
        adapter = url_map.bind("example.com")
        for number, endpoint in enumerate(made):
            self.assertIs(adapter.match(f"/{number}/x")[0], endpoint)
            self.assertEqual(adapter.build(endpoint, {"x": "y"}), f"/{number}/y")
            self.assertTrue(url_map.is_endpoint_expecting(endpoint, "x"))
            self.assertFalse(url_map.is_endpoint_expecting(endpoint, "x", "y"))
        self.assertEqual([rule.rule for rule in url_map.iter_rules(["a", "list"])], ["/1/<x>"])
        with self.assertRaises(KeyError):
            url_map.iter_rules("no")
        self.assertEqual(len(list(url_map.iter_rules())), len(made))

    def test_the_rule_itself_can_be_had_with_what_was_set_on_it(self):
        class Own(Rule):
            def __init__(self, string, colour=None, **options):
                super().__init__(string, **options)
                self.colour = colour

            def get_empty_kwargs(self):
                return {**super().get_empty_kwargs(), "colour": self.colour}

        rule = Own("/<x>", colour="red")
        rule.provide_automatic_options = True
        adapter = Map([Submount("/in", [rule])]).bind("example.com")
        found, values = adapter.match("/in/a", return_rule=True)
        self.assertEqual((found.colour, found.rule, values), ("red", "/in/<x>", {"x": "a"}))
        adapter = Map([rule]).bind("example.com")
        self.assertIs(adapter.match("/a", return_rule=True)[0].provide_automatic_options, True)


class Changes(unittest.TestCase):
    def test_the_lock_is_made_without_arguments(self):
        made = []

        def lock(*arguments):
            made.append(arguments)
            return threading.RLock()

        class Own(Map):
            lock_class = lock

        self.assertEqual(Own([Rule("/", endpoint="index")]).bind("h").match("/"), ("index", {}))
        self.assertEqual(made, [()])

    def test_rules_that_are_added_are_seen_by_adapters_that_there_are(self):
        url_map = Map()
        adapter = url_map.bind("example.com")
        with self.assertRaises(NotFound):
            adapter.match("/")
        url_map.add(Rule("/", endpoint="late"))
        self.assertEqual(adapter.match("/"), ("late", {}))
        self.assertEqual(adapter.build("late"), "/")

    def test_settings_and_attributes_count_when_they_change(self):
        url_map = Map([Rule("/a/", endpoint="a"), Rule("/b", methods=["GET"], endpoint="b")])
        adapter = url_map.bind("example.com")
        with self.assertRaises(RequestRedirect):
            adapter.match("/a//")
        url_map.merge_slashes = False
        with self.assertRaises(NotFound):
            adapter.match("/a//")
        (rule,) = url_map.iter_rules("b")
        rule.methods.add("POST")
        rule.refresh()
        self.assertEqual(adapter.match("/b", "POST"), ("b", {}))
        adapter.url_scheme, adapter.script_name, adapter.server_name = "https", "/x/", "example.org"
        self.assertEqual(adapter.build("a", force_external=True), "https://example.org/x/a/")
        adapter.path_info, adapter.default_method = "/b", "POST"
        self.assertEqual(adapter.match(), ("b", {}))

    def test_a_rule_is_in_one_map(self):
        rule = Rule("/")
        Map([rule])
        with self.assertRaisesRegex(RuntimeError, r"already; add `rule.empty\(\)` instead"):
            Map([rule])
        Map([rule.empty()])

    def test_many_rules_are_added_one_by_one_and_made_ready_once(self):
        url_map = Map()
        made = []
        url_map.install = lambda *arguments: made.append(Map.install(url_map, *arguments))
        for number in range(10_000):
            url_map.add(Rule(f"/{number}/<int:x>", endpoint=number))
        adapter = url_map.bind("example.com")
        self.assertEqual(adapter.match("/9999/5"), (9999, {"x": 5}))
        self.assertEqual(adapter.build(5, {"x": 1}), "/5/1")
        self.assertEqual(len(made), 1)

    def test_threads_match_while_rules_are_added(self):
        url_map = Map([Rule("/0", endpoint=0)])
        adapter = url_map.bind("example.com")
        failures = []
        over = threading.Event()

        def match():
            try:
                while not over.is_set():
                    if adapter.match("/0") != (0, {}) or adapter.build(0) != "/0":
                        failures.append("wrong")
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=match) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(1, 200):
            url_map.add(Rule(f"/{number}", endpoint=number))
            self.assertEqual(adapter.match(f"/{number}"), (number, {}))
        over.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_maps_that_nobody_has_are_collected(self):
        class Own(BaseConverter):
            pass

        url_map = Map([Rule("/<own:x>", endpoint="x")], converters={"own": Own})
        adapter = url_map.bind("example.com")
        adapter.match("/a")
        gone = weakref.ref(next(url_map.iter_rules()))
        del url_map, adapter
        gc.collect()
        self.assertIsNone(gone())

    def test_rules_outside_of_maps_are_copied_and_pickled(self):
        rule = Rule("/<x>", endpoint="x", methods=["GET"], defaults={"y": 1})
        for other in (copy.deepcopy(rule), pickle.loads(pickle.dumps(rule)), rule.empty()):
            self.assertEqual(vars(other), vars(rule))
        self.assertEqual(repr(rule), "<Rule (unbound)>")
        url_map = Map([rule])
        self.assertEqual(repr(url_map), "Map([<Rule '/<x>' (GET, HEAD) -> x>])")


class Converters(unittest.TestCase):
    def bind(self, converter, *made):
        return Map(made, converters={"own": converter}).bind("example.com")

    def test_of_ones_own(self):
        asked = []

        class Hex(BaseConverter):
            regex = "[0-9a-f]+"
            weight = 10

            def __init__(self, map, width=0, *, even=False):
                super().__init__(map)
                self.width, self.even = width, even

            def to_python(self, value):
                asked.append(value)
                number = int(value, 16)
                if self.even and number % 2:
                    raise ValidationError()
                return number

            def to_url(self, value):
                if value < 0:
                    raise ValidationError()
                return format(value, f"0{self.width}x")

        adapter = self.bind(
            Hex,
            Rule("/<own(4, even=True):x>", endpoint="hex"),
            Rule("/<x>", endpoint="any"),
            Rule("/<own:x>", endpoint="post", methods=["POST"]),
        )
        self.assertEqual(adapter.match("/00ff0"), ("hex", {"x": 0xFF0}))
        self.assertEqual(adapter.match("/xyz"), ("any", {"x": "xyz"}))
        with self.assertRaises(NotFound):
            adapter.match("/0f")  # refused once the rule was chosen, as in Werkzeug
        self.assertEqual(asked, ["00ff0", "0f"])
        self.assertEqual(adapter.build("hex", {"x": 10}), "/000a")
        with self.assertRaises(BuildError):
            adapter.build("hex", {"x": -1})

    def test_what_they_raise_is_raised(self):
        error = OSError("no database")

        class Failing(BaseConverter):
            def to_python(self, value):
                raise error

            def to_url(self, value):
                raise error

        adapter = self.bind(Failing, Rule("/<own:x>", endpoint="x"))
        for call in (lambda: adapter.match("/a"), lambda: adapter.build("x", {"x": 1})):
            with self.assertRaises(OSError) as raised:
                call()
            self.assertIs(raised.exception, error)

    def test_those_written_for_werkzeug_will_do(self):
        class Words(werkzeug.routing.BaseConverter):
            regex = "[a-z+]+"

            def to_python(self, value):
                if value == "+":
                    raise werkzeug.routing.ValidationError()
                return value.split("+")

        adapter = self.bind(Words, Rule("/<own:x>"))
        self.assertEqual(adapter.match("/a+b")[1], {"x": ["a", "b"]})
        with self.assertRaises(NotFound):
            adapter.match("/+")

    def test_a_slash_in_the_expression_takes_segments(self):
        class Two(BaseConverter):
            regex = r"\w+/\w+"

        adapter = self.bind(Two, Rule("/<own:x>/end"))
        self.assertEqual(adapter.match("/a/b/end")[1], {"x": "a/b"})
        self.assertFalse(Two.part_isolating)

    def test_an_expression_that_takes_more_than_linear_time_is_refused_where_it_is_added(self):
        for regex, words in [
            ("(?!a)b", "look-around.*; write a wider expression, and raise ValidationError in to_python"),
            (r"(a)\1", "backreferences are not supported; write a wider expression"),
            ("(", "unclosed group; see"),
        ]:
            with self.assertRaisesRegex(ValueError, words):
                self.bind(type("Own", (BaseConverter,), {"regex": regex}), Rule("/<own:x>"))

    def test_mistakes_are_told_where_they_are_made(self):
        cases = [
            ("no", ValueError, "must start with a slash"),
            ("/<", ValueError, "malformed url rule: '/<'; '<' is no parameter"),
            ("/<a>/<a>", ValueError, "'a' occurs twice"),
            ("/<no:a>", LookupError, "the converter 'no' does not exist"),
            ("/<int(@):a>", ValueError, "Cannot parse converter argument '@'"),
        ]
        for rule, error, words in cases:
            with self.assertRaisesRegex(error, words):
                Map([Rule(rule)])
        with self.assertRaisesRegex(TypeError, r"methods must be a list of str, not 'GET'; write \['GET'\]"):
            Rule("/", methods="GET")

    def test_urls_lead_to_their_rule(self):
        adapter = Map([Rule("/<x>", endpoint="text"), Rule("/f/<float:x>", endpoint="float")]).bind("example.com")
        self.assertEqual(adapter.build("text", {"x": "a/b"}), "/a%2Fb")
        for number in (1e16, 1e-7, 0.5):
            _, values = adapter.match(adapter.build("float", {"x": number}))
            self.assertEqual(values, {"x": number})


class Factories(unittest.TestCase):
    def test_a_template_keeps_the_options_of_its_rules_and_their_class(self):
        class Own(Rule):
            pass

        rules = [
            Own("/$a/", endpoint="$a", host="$a.example.com", strict_slashes=False, merge_slashes=False, websocket=True),
            Rule("/$a/old", redirect_to="/$a/", host="<x>.example.com"),
            Rule("/$a/alias/", endpoint="$a", host="$a.example.com", alias=True, build_only=True),
        ]
        url_map = Map([routing.RuleTemplate(rules)(a="n")], host_matching=True)
        filled = sorted(url_map.iter_rules(), key=lambda rule: rule.rule)
        self.assertEqual([type(rule) for rule in filled], [Own, Rule, Rule])
        first, alias, old = filled
        self.assertEqual((first.rule, first.endpoint, first.host), ("/n/", "n", "n.example.com"))
        self.assertEqual((first.strict_slashes, first.merge_slashes, first.websocket), (False, False, True))
        self.assertEqual((old.redirect_to, alias.alias, alias.build_only), ("/n/", True, True))
        adapter = url_map.bind("n.example.com")
        self.assertEqual(adapter.match("/n", websocket=True), ("n", {}))
        self.assertEqual(said(adapter.match, "/n/old"), (308, "http://n.example.com/n/"))

    def test_nest_and_are_made_by_applications(self):
        class Twice(RuleFactory):
            def get_rules(self, map):
                yield Rule("/1", endpoint="one")
                yield Rule("/2", endpoint="two", websocket=True)

        resource = RuleTemplate([Rule("/$name/<int:id>", endpoint="$name.show", defaults={"kind": "$name"})])
        url_map = Map(
            [
                Submount("/api/", [EndpointPrefix("api.", [Twice()]), resource(name="user")]),
                Subdomain("<lang>", [Rule("/", endpoint="home")]),
            ]
        )
        adapter = url_map.bind("example.com")
        self.assertEqual(adapter.match("/api/1"), ("api.one", {}))
        self.assertEqual(adapter.match("/api/2", websocket=True), ("api.two", {}))
        self.assertEqual(adapter.match("/api/user/5"), ("user.show", {"id": 5, "kind": "user"}))
        self.assertEqual(adapter.build("home", {"lang": "de"}), "http://de.example.com/")


class Exceptions(unittest.TestCase):
    def test_are_werkzeugs_where_that_is_installed(self):
        adapter = Map([Rule("/", methods=["GET"]), Rule("/ws", websocket=True)]).bind("example.com")
        for path, method, error in [
            ("/no", "GET", werkzeug.exceptions.NotFound),
            ("/", "POST", werkzeug.exceptions.MethodNotAllowed),
            ("/ws", "GET", werkzeug.routing.WebsocketMismatch),
            ("", "GET", werkzeug.routing.RequestRedirect),
        ]:
            with self.assertRaises(error):
                adapter.match(path, method)
        with self.assertRaises(werkzeug.routing.BuildError):
            adapter.build("no")
        self.assertIs(WebsocketMismatch, werkzeug.routing.WebsocketMismatch)
        self.assertIs(MethodNotAllowed, werkzeug.exceptions.MethodNotAllowed)

    def test_dispatch_answers_with_them(self):
        adapter = Map([Rule("/a/", endpoint="a")]).bind("example.com")
        self.assertEqual(adapter.dispatch(lambda endpoint, values: (endpoint, values), "/a/"), ("a", {}))
        self.assertIsInstance(adapter.dispatch(None, "/a"), RequestRedirect)
        self.assertIsInstance(adapter.dispatch(None, "/b", catch_http_exceptions=True), NotFound)
        with self.assertRaises(NotFound):
            adapter.dispatch(None, "/b")

    def test_stand_alone_without_werkzeug_and_are_applications(self):
        ended = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(ended.stdout, ALONE_SAYS)

    def test_werkzeug_is_not_imported_with_the_package(self):
        code = "import sys, wsgi_rs; print('werkzeug' in sys.modules, 'wsgi_rs.routing' in sys.modules)"
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        self.assertEqual((ended.stdout, ended.stderr), ("False False\n", ""))

    def test_an_adapter_can_be_subclassed(self):
        class Own(MapAdapter):
            def make_redirect_url(self, path_info, query_args=None, domain_part=None):
                return f"own:{path_info}"

        url_map = Map([Rule("/a/")])
        adapter = Own(url_map, "example.com", "", "", "http", "/a", "GET")
        with self.assertRaises(RequestRedirect) as raised:
            adapter.match()
        self.assertEqual((raised.exception.new_url, adapter.script_name), ("own:/a/", "/"))
        self.assertIs(adapter.map, url_map)


ALONE = """
import sys
sys.modules["werkzeug"] = None
from io import BytesIO
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator
from wsgi_rs.routing import BuildError, HTTPException, Map, Rule, RoutingException
url_map = Map([Rule("/", methods=["GET"], endpoint="index"), Rule("/a/", endpoint="a"), Rule("/ws", websocket=True)])
adapter = url_map.bind("example.com")
for path, method in [("/<b>", "GET"), ("/", "POST"), ("/a", "GET"), ("/ws", "GET")]:
    try:
        adapter.match(path, method)
    except HTTPException as error:
        environ = {}
        setup_testing_defaults(environ)
        body = validator(error.get_response(environ))(environ, lambda status, headers: print(status, headers[:-1]))
        print(b"".join(body).decode().splitlines()[-1])
        body.close()
for arguments in [("indx",), ("index", {}, "POST")]:
    try:
        adapter.build(*arguments)
    except LookupError as error:
        print(isinstance(error, RoutingException), error)
print(type(Map.default_converters).__name__, url_map.bind("é.example").server_name)
"""

ALONE_SAYS = """\
404 Not Found [('Content-Type', 'text/html; charset=utf-8')]
<p>There is nothing at this URL.</p>
405 Method Not Allowed [('Content-Type', 'text/html; charset=utf-8'), ('Allow', 'GET, HEAD')]
<p>This URL does not answer this method.</p>
308 Permanent Redirect [('Content-Type', 'text/html; charset=utf-8'), ('Location', 'http://example.com/a/')]
<p>It is at <a href="http://example.com/a/">http://example.com/a/</a>.</p>
400 Bad Request [('Content-Type', 'text/html; charset=utf-8')]
<p>The request cannot be understood.</p>
True Could not build url for endpoint 'indx'. Did you mean 'index' instead?
True Could not build url for endpoint 'index' ('POST'). Did you mean to use methods ['GET', 'HEAD']?
mappingproxy xn--9ca.example
"""


if __name__ == "__main__":
    unittest.main()
