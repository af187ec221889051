"""What schemathesis is told of the API: scalars, ids that exist, what no answer may have in it."""

import os
import re
import secrets
import zlib
from pathlib import Path

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    parse,
    print_ast,
    visit,
)
from graphql.language import REMOVE, ArgumentNode, IntValueNode, SelectionSetNode, StringValueNode
from hypothesis import strategies as st
from hypothesis_graphql import strategies as documents

import schemathesis

IDS = os.environ["AUDIT_IDS"].split()
HIDDEN = os.environ["AUDIT_HIDDEN"].split()
"""What only those rows have that the asker may not see."""
SHOWN = os.environ["AUDIT_SHOWN"]
"""What a row has that the asker may see, where there is one: so we know that rows are answered."""
NOTES = Path(os.environ["AUDIT_NOTES"])
SCHEMA = build_schema(Path(os.environ["AUDIT_SCHEMA"]).read_text("utf-8"))
ID = re.compile(
    r'(\b(?:id|customer|order|owner|party|product|location|warehouse): )("[^"]{0,60}"|-?\d+)'
)
NARROWING = {"where", "after", "before", "last", "orderBy", "search"}
"""The arguments that leave rows out; random ones leave out all."""
ROOTS = ("Query", "Mutation")

text = st.text(st.characters(codec="utf-8"), max_size=20)
decimals = st.decimals(-(10**12), 10**12, places=4).map(str)
for name, valid in {
    "Decimal": decimals,
    "BigInt": st.integers(-(2**70), 2**70).map(str),
    "Date": st.dates().map(str),
    "DateTime": st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
    "Email": st.emails(),
    "Phone": st.from_regex(r"\+[0-9]{3,12}", fullmatch=True),
    "JSON": text,
    "SearchWords": text,
    "ResultName": st.from_regex("[a-z][A-Za-z0-9]{0,8}", fullmatch=True),
}.items():
    mostly = st.one_of(valid, valid, valid, text)
    schemathesis.graphql.scalar(name, mostly.map(schemathesis.graphql.nodes.String))


def kept(make):
    """What makes documents for a field is kept: made anew for each, it looks through all types."""
    made = {}

    def once(schema, *, fields, mode, **options):
        key = id(schema), tuple(fields), mode
        if key not in made:
            if len(made) > 20:
                made.clear()
            made[key] = make(schema, fields=fields, mode=mode, **options)
        return made[key]

    return once


documents.queries, documents.mutations = kept(documents.queries), kept(documents.mutations)


def marks_of(kind):
    """What shows whether a record of this kind is marked: its first texts, and a list's records'."""
    texts = [
        f"mark_{name}: {name}"
        for name, field in kind.fields.items()
        if str(field.type).rstrip("!") == "String" and not field.args
    ]
    nodes = kind.fields.get("nodes")
    inner = marks_of(get_named_type(nodes.type)) if nodes else ""
    return " ".join([*texts[:4], *([f"mark_nodes: nodes {{ {inner} }}"] if inner else [])])


class Wider(Visitor):
    """Lists as long as they may be, without conditions, nothing skipped, and all texts shown."""

    def __init__(self, types, fresh):
        super().__init__()
        self.types, self.fresh = types, fresh

    def enter_operation_definition(self, node, *_):
        self.changes = node.operation.value == "mutation"

    def enter_argument(self, node, *_):
        if node.name.value == "idempotencyKey":
            return ArgumentNode(name=node.name, value=StringValueNode(value=self.fresh))
        if self.changes:
            return None
        if node.name.value in NARROWING:
            return REMOVE
        if node.name.value == "first":
            return ArgumentNode(name=node.name, value=IntValueNode(value="50"))
        return None

    def enter_directive(self, node, *_):
        return REMOVE if node.name.value in ("skip", "include") else None

    def leave_selection_set(self, node, *_):
        kind = self.types.get_parent_type()
        shown = isinstance(kind, GraphQLObjectType) and kind.name not in ROOTS and marks_of(kind)
        if not shown:
            return None
        added = parse(f"{{ {shown} }}").definitions[0].selection_set.selections
        return SelectionSetNode(selections=(*node.selections, *added))


def wider(document, fresh):
    """The same questions, of all rows; the same mutation, under an idempotency key of its own."""
    types = TypeInfo(SCHEMA)
    return print_ast(visit(parse(document), TypeInfoVisitor(types, Wider(types, fresh))))


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Three of four documents name records that exist; half of them ask for all rows."""
    if not isinstance(case.body, str):
        return
    drawn = zlib.crc32(case.body.encode(errors="replace"))
    if drawn % 4 == 0:
        return

    about = case.body[:60].lower()
    kinds = sorted({one.partition(":")[0] for one in IDS}, key=len)
    meant = [one for one in kinds if one.lower() in about][-1:]
    likely = [one for one in IDS if one.partition(":")[0] in meant] or IDS

    def named(found):
        place = zlib.crc32(f"{found.start()} {case.body}".encode(errors="replace"))
        return f'{found[1]}"{likely[place % len(likely)]}"'

    case.body = ID.sub(named, case.body)
    if drawn % 8 < 4:
        try:
            case.body = wider(case.body, f"{drawn}-{secrets.token_hex(4)}")
        except GraphQLError:
            return


@schemathesis.check
def no_fault_of_ours(ctx, response, case):
    """No 5xx, and no exception behind an answer."""
    assert response.status_code < 500, f"{response.status_code}: {response.text[:300]}"
    assert "INTERNAL" not in response.text, response.text[:300]


@schemathesis.check
def nothing_hidden(ctx, response, case):
    """Nothing of a row that the asker may not see."""
    found = [one for one in HIDDEN if one in response.text]
    assert not found, f"{found} is in the answer: {response.text[:300]}"
    with NOTES.open("a") as notes:
        notes.write("s" if SHOWN and SHOWN in response.text else ".")
