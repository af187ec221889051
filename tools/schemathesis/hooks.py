"""What schemathesis is told of the API: scalars, ids that exist, what no answer may have in it."""

import gc
import os
import re
import secrets
import zlib
from pathlib import Path

import graphql
import requests
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
from hypothesis.internal.conjecture.engine import ConjectureRunner
from hypothesis_graphql import nodes
from hypothesis_graphql._strategies import factories, negative_sites, primitives, sampler
from hypothesis_graphql._strategies.strategy import GraphQLStrategy

import schemathesis

IDS = os.environ["AUDIT_IDS"].split()
HIDDEN = os.environ["AUDIT_HIDDEN"].split()
"""What only those rows have that the asker may not see."""
SHOWN = os.environ["AUDIT_SHOWN"]
"""What a row has that the asker may see: so we know that rows are answered."""
UNSEEN = [*os.environ["AUDIT_UNSEEN"].split(), *HIDDEN, SHOWN]
"""What nobody sees who has not signed in."""
NOTES = Path(os.environ["AUDIT_NOTES"])
SCHEMA = build_schema(Path(os.environ["AUDIT_SCHEMA"]).read_text("utf-8"))
ID = re.compile(
    r'(\b(?:id|customer|order|owner|party|product|location|warehouse): )("[^"]{0,60}"|-?\d+)'
)
NARROWING = {"where", "after", "before", "last", "orderBy", "search"}
"""The arguments that leave rows out; random ones leave out all."""
FAULT = '"code":"INTERNAL"'
"""How an answer says that the server has made a mistake."""
ROOTS = ("Query", "Mutation")

gc.set_threshold(50_000)  # what Hypothesis makes lives long: looking through it took a tenth
# Seven tenths of the time went into documents like those of before, most of which were not sent.
ConjectureRunner.generate_mutations_from = lambda _runner, _data: None
ConjectureRunner.optimise_targets = lambda _runner, **_others: False

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


class Small(GraphQLStrategy):
    """Values of a size that people send: of conditions within conditions nearly all were refused.

    What makes a value is kept for the whole run; made anew for each, it took most of the time.
    """

    __slots__ = ()

    def values(self, type_, default=None):
        return self.kept("", type_, default, lambda: super(Small, self).values(type_, default))

    def lists(self, type_, nullable=True, default=None):
        few = st.lists(self.values(type_.of_type), max_size=2)
        return primitives.list_(few, nullable, default=default)

    def objects(self, type_, nullable=True, default=None):
        fields = {name: one for name, one in type_.fields.items() if self.can_generate_field(one)}
        needed = {name for name, one in fields.items() if graphql.is_required_input_field(one)}
        made = some(self, fields, needed, factories.object_field).map(nodes.Object)
        return primitives.maybe_default(primitives.maybe_null(made, nullable), default=default)

    def list_of_arguments(self, arguments):
        needed = {name for name, one in arguments.items() if graphql.is_required_argument(one)}
        return some(self, arguments, needed, factories.argument)

    def named(self, name, field, node):
        default = field.ast_node.default_value if field.ast_node is not None else None
        value = self.values(field.type, default)
        return self.kept(
            f"{node.__name__} {name}", field.type, default, lambda: value.map(node(name))
        )

    def kept(self, what, type_, default, make):
        key = what, str(type_), print_ast(default) if default else None
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]


@st.composite
def some(draw, strategy, of, needed, node):
    """What is needed of them, and up to three others, in their order."""
    others, more = [name for name in of if name not in needed], set()
    for _ in range(draw(MORE) if others else 0):
        more.add(draw(st.sampled_from(others)))
    names = [name for name in of if name in needed or name in more]
    return [draw(strategy.named(name, of[name], node)) for name in names]


MORE = st.sampled_from([0, 1, 1, 1, 2, 2, 3])
strategies = {}


def shared(*, schema, alphabet, custom_scalars, allow_null):
    """One for all fields of a schema."""
    if allow_null not in strategies:
        strategies[allow_null] = Small(schema, alphabet, custom_scalars, allow_null)
    return strategies[allow_null]


def kept(function):
    """The same answer for the same schema and type, which `function` looks through for each."""
    made = {}

    def once(schema, *rest, **options):
        key = id(schema), *map(str, rest), *sorted(map(str, options.items()))
        if key not in made:
            made[key] = function(schema, *rest, **options)
        return made[key]

    return once


for module in (sampler, negative_sites):
    module.GraphQLStrategy = shared
negative_sites.enumerate_violation_sites = kept(negative_sites.enumerate_violation_sites)
sampler.min_depths, sampler.build_oracle = kept(sampler.min_depths), kept(sampler.build_oracle)


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
    faultless(response)


@schemathesis.check
def nothing_hidden(ctx, response, case):
    """Nothing of a row that the asker may not see."""
    without(HIDDEN, response)
    noted("s" if SHOWN in response.text else ".")


@schemathesis.check
def nothing_for_nobody(ctx, response, case):
    """The same document without a token: no fault of ours, and nothing of any row."""
    asked = response.request
    headers = {name: asked.headers[name] for name in ("Content-Type",) if name in asked.headers}
    answer = nobody.request(asked.method, asked.url, data=asked.body, headers=headers, timeout=30)
    faultless(answer)
    without(UNSEEN, answer)
    noted("a")


nobody = requests.Session()


def faultless(response):
    """No 5xx, and no exception behind an answer."""
    assert response.status_code < 500, f"{response.status_code}: {response.text[:300]}"
    assert FAULT not in response.text, response.text[:300]


def without(marks, response):
    """None of these marks is in the answer."""
    found = [one for one in marks if one in response.text]
    assert not found, f"{found} is in the answer: {response.text[:300]}"


def noted(letter):
    """One letter for each answer, for the report."""
    with NOTES.open("a") as notes:
        notes.write(letter)
