"""The query of a URL."""

from __future__ import annotations

from urllib.parse import urlencode


def query_string(items, sort=False, key=None):
    """The query of names and values: lists repeat their name, and what is `None` is left out."""
    pairs = []
    for name, value in items:
        values = value if isinstance(value, (list, tuple, set)) else [value]
        pairs.extend((name, value) for value in values)
    if sort:
        pairs.sort(key=key)
    return urlencode([pair for pair in pairs if pair[1] is not None], safe="!$'()*,/:;?@")


def encode_query(query):
    """A query that is text already, or the values of one: a dict, or a `MultiDict`."""
    if isinstance(query, str):
        return query
    if hasattr(query, "lists"):
        return query_string(query.lists())
    return query_string(query.items() if hasattr(query, "items") else query)
