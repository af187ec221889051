"""Asking both worlds the same, and comparing what they answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import SelectionSetNode, parse, print_ast

from dougong.testing.two_worlds.answers import Leak, difference
from dougong.testing.two_worlds.exceptions import Declared, Exceptions, declared_in
from dougong.testing.two_worlds.pair import Pair
from dougong.testing.two_worlds.rights import Rights
from dougong.testing.two_worlds.shrinking import shorter

NONE = Exceptions(())
"""For requests to which nothing may be told that is declared."""


class Asking:
    """Asks both worlds of a pair; `asked` counts what, `broken` are mistakes of the server's own."""

    def __init__(self, pair: Pair, exceptions: Sequence[Declared]) -> None:
        self.pair = pair
        refusals, self._telling = declared_in(pair.generation, exceptions)
        self.exceptions = Exceptions(refusals)
        self.asked: Counter[str] = Counter()
        self.broken: list[str] = []
        self.invalid: dict[str, str] = {}
        """For each kind of request one that says nothing, as the API does not know it so."""
        self.refused = False
        """Whether what was asked last was not answered."""
        self._not_asked: frozenset[str] = frozenset()

    def know(self, rights: Rights) -> None:
        """What the person who asks may; queries are not asked that are declared to tell them."""
        items = self.pair.generation.access.items
        self._not_asked = frozenset(
            one.code for one in self._telling if rights.has(items.parse(one.needs))
        )

    def query(self, what: str, document: str, variables: Mapping[str, Any]) -> None:
        """Ask a query. Raises Leak."""
        if any(name in document for name in self._not_asked):
            return
        self.compare(what, {"query": document, "variables": dict(variables)})

    def sweep(self, document: str, variables: Mapping[str, Any]) -> None:
        """Ask a query, and where it is refused each of its fields alone. Raises Leak."""
        self.query("sweep", document, variables)
        if not variables and self.refused:
            for field in _fields(document):
                self.query("sweep", field, {})

    def compare(
        self, what: str, body: Mapping[str, Any], *, excused: bool = True
    ) -> frozenset[str] | None:
        """None for equal answers, or the declared exceptions that explain the rest. Raises Leak.

        Unless it is `excused`, nothing is explained by what is declared.
        """
        self.asked[what] += 1
        exceptions = self.exceptions if excused else NONE
        first, second = self.pair.ask(body)
        self.refused = b'"errors"' in first.body
        if b"INVALID_DOCUMENT" in first.body:
            self.invalid[what] = _told(body)
        if b'"code":"INTERNAL"' in (first.body + second.body).replace(b'": "', b'":"'):
            self.broken.append(f"{_told(body)}\n{first.body.decode()}\n{second.body.decode()}")
        try:
            return difference(first, second, exceptions)
        except Leak as leak:
            found = leak
        shown = self._shorter(body, exceptions)
        if shown != body:
            first, second = self.pair.ask(shown)
        raise Leak(
            f"{found}\n{_told(shown)}\n{first.body.decode()}\n{second.body.decode()}"
        ) from None

    def _shorter(self, body: Mapping[str, Any], exceptions: Exceptions) -> Mapping[str, Any]:
        """The same request with less in it, where asking again changes nothing."""
        if "@dryRun" not in body["query"] and body["query"].startswith("mutation"):
            return body

        def leaks(tried: Mapping[str, Any]) -> bool:
            try:
                difference(*self.pair.ask(tried), exceptions)
            except Leak:
                return True
            except KeyError:  # what an exception is known by was left out
                return False
            return False

        return shorter(body, leaks)


def _fields(document: str) -> list[str]:
    """Each root field of a query, as a query of its own; none where it is the only one."""
    (operation,) = parse(document).definitions
    fields = getattr(operation, "selection_set", SelectionSetNode(selections=())).selections
    return [f"{{ {print_ast(one)} }}" for one in fields] if len(fields) > 1 else []


def _told(body: Mapping[str, Any]) -> str:
    return f"{body['query']}\nvariables: {json.dumps(body['variables'], ensure_ascii=False)}"
