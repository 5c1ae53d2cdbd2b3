"""Rule factories: several rules at once, with something in common."""

from __future__ import annotations

from string import Template


class RuleFactory:
    """Whatever gives rules to a map; subclass it for one's own."""

    def get_rules(self, map):
        """The rules, for this map."""
        raise NotImplementedError


class _Nested(RuleFactory):
    """Copies of the rules of other factories, each changed a little."""

    def __init__(self, rules):
        self.rules = rules

    def get_rules(self, map):
        for factory in self.rules:
            for rule in factory.get_rules(map):
                rule = rule.empty()
                self._change(rule)
                yield rule


class Subdomain(_Nested):
    """Rules with this subdomain, which may have parameters: `Subdomain("<language>", [Rule("/about")])`."""

    def __init__(self, subdomain, rules):
        super().__init__(rules)
        self.subdomain = subdomain

    def _change(self, rule):
        rule.subdomain = self.subdomain


class Submount(_Nested):
    """Rules below this path: `Submount("/blog", [Rule("/<slug>")])`."""

    def __init__(self, path, rules):
        super().__init__(rules)
        self.path = path.rstrip("/")

    def _change(self, rule):
        rule.rule = self.path + rule.rule


class EndpointPrefix(_Nested):
    """Rules whose endpoints, which are text, begin with this: `EndpointPrefix("blog/", [Rule("/", endpoint="index")])`."""

    def __init__(self, prefix, rules):
        super().__init__(rules)
        self.prefix = prefix

    def _change(self, rule):
        rule.endpoint = self.prefix + rule.endpoint


class RuleTemplate:
    """Rules with `$name` in their text, which are filled in by calling the template: `template(name="user")`."""

    def __init__(self, rules):
        self.rules = list(rules)

    def __call__(self, *args, **kwargs):
        return RuleTemplateFactory(self.rules, dict(*args, **kwargs))


class RuleTemplateFactory(RuleFactory):
    """Copies of the rules of a template with `$name` filled in: in path, host, subdomain, endpoint, redirect and
    defaults, where they are text."""

    def __init__(self, rules, context):
        self.rules = rules
        self.context = context

    def get_rules(self, map):
        for factory in self.rules:
            for rule in factory.get_rules(map):
                options = rule.get_empty_kwargs()
                for name in ("subdomain", "endpoint", "redirect_to", "host"):
                    options[name] = self._fill(options.get(name))
                if options["defaults"]:
                    options["defaults"] = {name: self._fill(value) for name, value in options["defaults"].items()}
                yield type(rule)(self._fill(rule.rule), **options)

    def _fill(self, value):
        return Template(value).substitute(self.context) if isinstance(value, str) else value
