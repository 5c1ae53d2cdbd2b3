"""The rules of PEP 3333 as middleware, which checks both of its neighbours."""

from ._native import Validator

__all__ = ["Validator"]
