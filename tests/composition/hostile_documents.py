"""Requests that are made to hurt, each with the answer that it must get.

`make bench-hostile` measures what each costs; the test beside it looks at the answers.
"""

# ruff: noqa: UP031 - GraphQL is full of braces

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Hostile:
    """One request: the bytes of its body, and what must be said to it."""

    name: str
    body: bytes
    code: str
    status: int = 400
    signed_in: bool = True


def sent(query: str, variables: Any = None, **more: Any) -> bytes:
    body = {"query": query, **({} if variables is None else {"variables": variables}), **more}
    return json.dumps(body).encode("utf-8", "surrogatepass")


def many(count: int, text: str) -> str:
    """The text so many times, with the number for each $."""
    return " ".join(text.replace("$", str(number)) for number in range(count))


def nested(count: int, opening: str, middle: str, closing: str) -> str:
    return opening * count + middle + closing * count


def inside(count: int, key: str) -> Any:
    """An object in an object, so many times."""
    found: Any = {}
    for _ in range(count):
        found = {key: found}
    return found


WHERE = "query ($w: PartyWhere) { parties(where: $w) { totalCount } }"
FIRST = "query ($n: Int) { parties(first: $n) { totalCount } }"
AFTER = "query ($c: String) { parties(after: $c) { nodes { id } } }"
CREATE = """mutation ($i: PartyCreate!) {
  createParty(input: $i) { party { id } userErrors { code message } } }"""
ROW = "parties { nodes { name } }"
SYNTAX, INVALID, VARIABLE = "SYNTAX", "INVALID_DOCUMENT", "BAD_VARIABLE"


def deep() -> list[Hostile]:
    circle = nested(400, "party { contacts { nodes { ", "id", " } } }")
    types = nested(300, "ofType { ", "name", " }")
    lists = "[" * 900 + "]" * 900
    objects = nested(600, "{not: ", "{}", "}")
    return [
        Hostile("fields in fields", sent("{ contacts { nodes { %s } } }" % circle), "TOO_COMPLEX"),
        Hostile("inline fragments in inline fragments",
                sent("{ parties { nodes { %s } } }" % nested(480, "... { ", "id", " }")),
                "TOO_COMPLEX"),
        Hostile("selections left open", sent("{ a " * 1_000), "TOO_COMPLEX"),
        Hostile("selections left open, very many", sent("{a" * 9_000), "TOO_COMPLEX"),
        Hostile("lists in lists", sent("{ parties(where: {name: {in: %s}}) { totalCount } }" % lists),
                "TOO_COMPLEX"),
        Hostile("objects in objects", sent("{ parties(where: %s) { totalCount } }" % objects),
                "TOO_COMPLEX"),
        Hostile("lists in the type of a variable",
                sent("query ($v: %s) { __typename }" % nested(900, "[", "Int", "]")), "TOO_COMPLEX"),
        Hostile("the schema within the schema",
                sent("{ __schema { types { fields { type { %s } } } } }" % types), "TOO_COMPLEX"),
        Hostile("a circle through the schema",
                sent("{ __schema { types { ...T } } } fragment T on __Type { name fields { type { ...T } } }"),
                "CIRCULAR"),
        Hostile("a circle of two fragments",
                sent("{ parties { nodes { ...A } } } fragment A on Party { ...B } fragment B on Party { ...A }"),
                "CIRCULAR"),
        Hostile("circles that cross", sent(
            "{ parties { nodes { ...F0 } } } " + " ".join(
                f"fragment F{n} on Party {{ contacts {{ nodes {{ party {{ {many(13, '...F$')} }} }} }} }}"
                for n in range(13))),
                "CIRCULAR"),
        Hostile("where in where, in a variable", sent(WHERE, {"w": inside(400, "not")}), "TOO_COMPLEX"),
        Hostile("JSON as deep as the parser takes", sent(WHERE, None)[:-1]
                + b',"variables":{"w":' + b'{"not":' * 1_000 + b"{}" + b"}" * 1_000 + b"}}", "TOO_COMPLEX"),
        Hostile("JSON deeper than the parser takes", b"[" * 30_000, "BAD_REQUEST"),
        Hostile("very many brackets", b"[" * 900_000, "BAD_REQUEST", 413),
        Hostile("where through links and back",
                sent("{ contacts(where: %s) { totalCount } }"
                     % nested(7, "{party: {is: {contacts: {some: ", "{}", "}}}}")), "TOO_MANY_CONDITIONS"),
    ]  # fmt: skip


def wide() -> list[Hostile]:
    doubling = many(40, "fragment F$ on Query { ...G$ ...G$ }")
    for number in range(40):
        doubling = doubling.replace(
            f"...G{number} ...G{number} ", f"...F{number + 1} ...F{number + 1} "
        )
    inner = many(20, "fragment F$ on Party { contacts { nodes { party { ...N$ ...N$ } } } }")
    for number in range(20):
        after = f"...F{number + 1} ...F{number + 1}"
        inner = inner.replace(f"...N{number} ...N{number}", after)
    merged = many(9, "x: contacts { nodes { party { %s } } }" % many(20, "y: name"))
    return [
        Hostile("one list again and again", sent("{%s}" % many(128, "p$: parties { totalCount }")),
                "TOO_COMPLEX"),
        Hostile("__typename again and again", sent("{%s}" % many(260, "t$: __typename")), "TOO_COMPLEX"),
        Hostile("aliases in a list", sent("{ parties { nodes { %s } } }" % many(255, "f$: name")),
                "TOO_COMPLEX"),
        Hostile("aliases, nobody signed in",
                sent("{%s}" % many(49, "p$: parties { nodes { name code city email } }")),
                "TOO_COMPLEX", signed_in=False),
        Hostile("lists whose records multiply",
                sent("{ parties(first: 100) { nodes { contacts(first: 100) { nodes { party "
                     "{ contacts(first: 100) { nodes { id } } } } } } } }"), "TOO_COMPLEX"),
        Hostile("one field a thousand times", sent("{ parties { nodes { %s} } }" % ("name " * 780)),
                "TOO_COMPLEX"),
        Hostile("one field with a selection, again and again",
                sent("{ parties { nodes { %s} } }" % ("contacts { totalCount } " * 190)), "TOO_COMPLEX"),
        Hostile("fields that merge, each with fields that merge",
                sent("{ parties { nodes { %s } } }" % merged), "TOO_COMPLEX"),
        Hostile("fragments that double each other", sent("{ ...F0 } %s fragment F40 on Query { __typename }" % doubling),
                "TOO_COMPLEX"),
        Hostile("fragments that double each other below a list",
                sent("{ parties { nodes { ...F0 } } } %s fragment F20 on Party { id }" % inner),
                "TOO_COMPLEX"),
        Hostile("one fragment spread again and again",
                sent("{ parties { nodes { %s} } } fragment F on Party { id name code }" % ("...F " * 190)),
                "TOO_COMPLEX"),
        Hostile("fields that cannot be merged, compared with each other",
                sent("{ parties { nodes { %s } } }" % many(
                    14, "x: contacts(first: $) { y: totalCount }")), INVALID),
        Hostile("fragments that nobody spreads", sent(
            "{ __typename } " + many(130, "fragment F$ on Party { id }")), "TOO_COMPLEX"),
        Hostile("fragments that differ in each other", sent(
            "{ parties { nodes { %s } } } " % many(9, "...F$") + " ".join(
                f"fragment F{n} on Party {{ {many(9, 'x$: name')} a: contacts(first: {n}) {{ totalCount }} }}"
                for n in range(9))), INVALID),
        Hostile("fragments with the same fields", sent(
            "{ parties { nodes { %s } } } " % many(19, "...F$") + " ".join(
                f"fragment F{n} on Party {{ {many(9, 'x$: name')} a: contacts {{ totalCount }} }}"
                for n in range(19))), "TOO_COMPLEX"),
        Hostile("operations", sent(many(150, "query Q$ { __typename }")), "TOO_COMPLEX"),
        Hostile("operations of one name", sent(many(150, "query Q { __typename }")), "TOO_COMPLEX"),
        Hostile("directives", sent("{ parties %s{ totalCount } }" % ("@skip(if: false) " * 300)), "TOO_COMPLEX"),
        Hostile("unknown directives", sent("{ parties %s{ totalCount } }" % many(300, "@d$")), "TOO_COMPLEX"),
        Hostile("directives of an operation", sent("query %s{ __typename }" % many(300, "@d$")), "TOO_COMPLEX"),
        Hostile("directives of a fragment",
                sent("{ ...F } fragment F on Query %s{ __typename }" % many(300, "@d$")), "TOO_COMPLEX"),
        Hostile("variables that nobody uses",
                sent("query (%s) { __typename }" % " ".join(f"$v{n}: Int" for n in range(190))), "TOO_COMPLEX"),
        Hostile("some variables that nobody uses",
                sent("query (%s) { __typename }" % " ".join(f"$v{n}: Int" for n in range(60))), INVALID),
        Hostile("arguments", sent("{ parties(%s) { totalCount } }" % many(250, "a$: 1")), "TOO_COMPLEX"),
        Hostile("one argument again and again", sent("{ parties(%s) { totalCount } }" % ("first: 1 " * 250)),
                "TOO_COMPLEX"),
        Hostile("one key of an object again and again",
                sent("{ parties(where: {%s}) { totalCount } }" % ("name: {} " * 110)), INVALID),
    ]  # fmt: skip


def values() -> list[Hostile]:
    ids = [f"Party:{number}" for number in range(60_000)]
    tree: dict[str, Any] = {"name": {"eq": "x"}}
    for _ in range(4):
        tree = {"or": [tree, tree], "and": [tree]}
    line = {"product": "Product:1", "quantity": "1"}
    garbage = base64.urlsafe_b64encode(b'["x","' + b"9" * 5_000 + b'"]').decode()
    return [
        Hostile("a million digits", sent(FIRST, None)[:-1] + b',"variables":{"n":' + b"9" * 900_000 + b"}}",
                "BAD_REQUEST"),
        Hostile("a number with a large exponent", sent(FIRST)[:-1] + b',"variables":{"n":1e400}}', "BAD_REQUEST"),
        Hostile("a number that is no Int", sent(FIRST, {"n": 2**31}), VARIABLE),
        Hostile("a long number in the document", sent("{ parties(first: %s) { totalCount } }" % ("9" * 4_900)),
                INVALID),
        Hostile("a long number for an amount",
                sent("{ leads(where: {expectedRevenue: {amount: {eq: %s}}}) { totalCount } }" % ("9" * 4_900)),
                INVALID),
        Hostile("an exponent for an amount", sent(
            "query ($d: Decimal) { leads(where: {expectedRevenue: {amount: {eq: $d}}}) { totalCount } }",
            {"d": "1e999999999"}), VARIABLE),
        Hostile("an amount of many digits", sent(
            "query ($d: Decimal) { leads(where: {expectedRevenue: {amount: {eq: $d}}}) { totalCount } }",
            {"d": "9" * 900_000}), VARIABLE),
        Hostile("an address that is hard to match", sent(CREATE, {"i": {"name": "x", "email": "a@" + "a." * 300_000}}),
                VARIABLE),
        Hostile("a telephone number that is hard to match",
                sent(CREATE, {"i": {"name": "x", "phone": "+" + " " * 800_000 + "x"}}), VARIABLE),
        Hostile("a text of a megabyte", sent(CREATE, {"i": {"name": "x", "kind": "x" * 900_000}}), VARIABLE),
        Hostile("a text longer than a body may be", sent(FIRST, {"n": "x" * 1_100_000}), "BAD_REQUEST", 413),
        Hostile("a text longer than it may be in a document",
                sent('{ parties(after: "' + '\\"' * 9_000), "DOCUMENT_TOO_LONG"),
        Hostile("a document longer than it may be", sent("{ __typename } #" + "x" * 200_000), "DOCUMENT_TOO_LONG"),
        Hostile("a list of sixty thousand ids", sent(WHERE, {"w": {"id": {"in": ids}}}), "BAD_REQUEST", 413),
        Hostile("a list of ten thousand texts", sent(WHERE, {"w": {"name": {"in": ids[:10_000]}}}), "TOO_COMPLEX"),
        Hostile("half a million empty lists", sent(WHERE, {"w": {"and": [[]] * 300_000}}), "BAD_REQUEST", 413),
        Hostile("a hundred thousand keys", sent(WHERE, {"w": {f"k{n}": n for n in range(80_000)}}), "BAD_REQUEST", 413),
        Hostile("ten thousand keys", sent(WHERE, {"w": {f"k{n}": n for n in range(10_000)}}), "TOO_COMPLEX"),
        Hostile("nine hundred unknown keys", sent(WHERE, {"w": {f"k{n}": n for n in range(900)}}), VARIABLE),
        Hostile("eleven thousand lines of an order", sent(
            "mutation ($i: SalesOrderCreate!) { createSalesOrder(input: $i) { salesOrder { id } } }",
            {"i": {"customer": "Party:1", "lines": [line] * 11_000}}), "TOO_COMPLEX"),
        Hostile("a tree of conditions", sent(WHERE, {"w": tree}), "TOO_MANY_CONDITIONS"),
        Hostile("conditions side by side", sent(WHERE, {"w": {"or": [{"name": {"eq": "x"}}] * 250}}),
                "TOO_COMPLEX"),
        Hostile("some conditions side by side", sent(WHERE, {"w": {"or": [{"name": {"eq": "x"}}] * 120}}),
                "TOO_MANY_CONDITIONS"),
        Hostile("conditions in the document", sent(
            "{ parties(where: {or: [%s]}) { totalCount } }" % ("{code: {}} " * 125)), "TOO_COMPLEX"),
        Hostile("an order of many keys", sent(
            "{ parties(orderBy: [%s]) { totalCount } }" % ("{name: ASC} " * 150)), "TOO_COMPLEX"),
        Hostile("an order of some keys too many", sent(
            "{ parties(orderBy: [%s]) { totalCount } }" % ("{name: ASC} " * 120)), "TOO_MANY_KEYS"),
        Hostile("an order through links and links", sent("{ contacts(orderBy: [%s]) { totalCount } }" % ", ".join(
            ["{createdBy: {name: ASC, id: ASC}}"] * 60)), INVALID),
        Hostile("a cursor of garbage", sent(AFTER, {"c": "!" * 100_000}), "BAD_CURSOR"),
        Hostile("a cursor of the wrong order", sent(AFTER, {"c": garbage}), "BAD_CURSOR"),
        Hostile("a cursor of deep JSON",
                sent(AFTER, {"c": base64.urlsafe_b64encode(b"[" * 100_000).decode()}), "BAD_CURSOR"),
        Hostile("an id of garbage", sent('{ node(id: "%s") { id } }' % (":" * 4_900)), "BAD_ID"),
        Hostile("an id of many digits", sent("query ($id: ID!) { node(id: $id) { id } }",
                                             {"id": "Party:" + "9" * 500_000}), "BAD_ID"),
        Hostile("the character NUL", sent(WHERE, {"w": {"name": {"contains": "a\0b"}}}), "BAD_TEXT"),
        Hostile("null where no null can be", sent(WHERE, {"w": {"name": {"eq": None}}}), "NULL_OPERAND"),
        Hostile("wrong types in a variable", sent(CREATE, {"i": {
            "name": {}, "kind": 1, "code": [], "email": {}, "phone": True, "city": 1.5, "contacts": "x"}}), VARIABLE),
        Hostile("five hundred wrong rows", sent(
            CREATE, {"i": {"name": "x", "contacts": [{"name": 1}] * 490}}), VARIABLE),
        Hostile("wrong types in the document", sent("{ %s }" % many(
            32, 'a$: parties(first: "x", after: 1, where: [], orderBy: 1) { totalCount }')), INVALID),
        Hostile("wrong conditions in the document", sent("{ parties(where: {and: [%s]}) { totalCount } }" % (
            '{name: 1, kind: "x", code: {eq: 1}} ' * 50)), INVALID),
        Hostile("unknown fields", sent("{ parties { nodes { %s } } }" % many(199, "nam$ ")), INVALID),
        Hostile("unknown fields of the root", sent("{ %s }" % many(49, "partie$ { x } ")), INVALID),
        Hostile("unknown arguments", sent("{ %s }" % many(45, "a$: parties(firs$: 1, wher: 2) { totalCount }")), INVALID),
        Hostile("unknown types", sent("query (%s) { __typename }" % " ".join(
            f"$v{n}: PartyWher{n}" for n in range(60))), INVALID),
        Hostile("unknown types in fragments", sent("{ __typename %s }" % many(100, "... on SalesOrde$ { id }")), "TOO_COMPLEX"),
        Hostile("some unknown types in fragments",
                sent("{ __typename %s }" % many(20, "... on SalesOrde$ { id }")), INVALID),
        Hostile("unknown members of an enumeration", sent("{ parties(where: {kind: {in: [%s]}}) { totalCount } }" % many(
            700, "COMPAN$")), INVALID),
        Hostile("an unknown name, very long", sent("{ %s }" % ("x" * 4_900)), INVALID),
        Hostile("unknown names, long and many", sent("{ %s }" % many(45, "q" * 400 + "$")), INVALID),
        Hostile("right until the last field", sent("{ %s parties { nope } }" % many(
            19, "a$: parties(where: {name: {eq: \"x\"}}) { nodes { id name contacts { nodes { id } } } }")), INVALID),
    ]  # fmt: skip


def texts() -> list[Hostile]:
    return [
        Hostile("nothing", b"", "BAD_REQUEST"),
        Hostile("no JSON", b"{" * 30_000, "BAD_REQUEST"),
        Hostile("a list of requests", b"[" + sent("{ __typename }") + b"]", "BAD_REQUEST"),
        Hostile("bytes that are no UTF-8", b'{"query":"{ parties { n\xff\xfe } }"}', "BAD_REQUEST"),
        Hostile("UTF-8 longer than it has to be", b'{"query":"{ \xc0\xaf }"}', "BAD_REQUEST"),
        Hostile("UTF-16", '{"query":"{ __typename }"}'.encode("utf-16"), "BAD_REQUEST"),
        Hostile("half a character, as UTF-8", sent('{ parties(after: "\ud800") { totalCount } }'), "BAD_REQUEST"),
        Hostile("half a character, escaped in JSON", b'{"query":"{ parties(after: \\"\\ud800\\") { totalCount } }"}',
                "BAD_REQUEST"),
        Hostile("half a character, escaped in the document",
                sent('{ parties(where: {name: {eq: "\\ud800"}}) { totalCount } }'), SYNTAX),
        Hostile("characters beyond all", sent('{ parties(after: "\\u{FFFFFFFFFF}") { totalCount } }'), SYNTAX),
        Hostile("the character NUL in the document", sent("{ parties\0 { totalCount } }"), SYNTAX),
        Hostile("control characters", sent("".join(map(chr, range(32))) * 30), SYNTAX),
        Hostile("a text that does not end", sent('{ parties(after: "' + "x" * 4_900), SYNTAX),
        Hostile("a text of escapes that does not end", sent('{ parties(after: "' + '\\"' * 2_400), SYNTAX),
        Hostile("a block of text that does not end", sent('{ parties(after: """' + '\\"""' * 1_200), SYNTAX),
        Hostile("blocks of text, indented", sent('{ parties(after: """%s""") { nope } }' % ("\n  x" * 1_200)), INVALID),
        Hostile("quotation marks", sent('"' * 19_000), "TOO_COMPLEX"),
        Hostile("one comment", sent("#" + "x" * 4_900), SYNTAX),
        Hostile("comments", sent("#\n" * 2_400), SYNTAX),
        Hostile("commas", sent("," * 19_000), SYNTAX),
        Hostile("marks of the order of bytes", sent("\ufeff" * 6_000), SYNTAX),
        Hostile("a mark of the order of bytes, and nonsense", sent("\ufeff{ nope }"), INVALID),
        Hostile("names in Chinese", sent("{ 名字 }"), SYNTAX),
        Hostile("no GraphQL", sent("select * from party.party; " * 700), "TOO_COMPLEX"),
        Hostile("a schema instead of a question", sent(many(300, "type T$ { id: ID }")), "TOO_COMPLEX"),
        Hostile("no operation", sent("fragment F on Party { id }"), INVALID),
        Hostile("an operation that is not there", sent("query A { __typename }", operationName="B" * 90_000),
                "NO_OPERATION"),
        Hostile("two operations, none chosen", sent("query A { __typename } query B { __typename }"),
                "NO_OPERATION"),
        Hostile("a query of a wrong type", b'{"query":' + b"[" * 500 + b"]" * 500 + b"}", "BAD_REQUEST"),
        Hostile("variables of a wrong type", sent("{ __typename }", [1]), "BAD_REQUEST"),
    ]  # fmt: skip


DOCUMENTS = [*deep(), *wide(), *values(), *texts()]
