"""Idempotency keys: what a mutation was answered with is answered again, and not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLString,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from dougong.access.context import Context
from dougong.db.naming import CORE
from dougong.entity.registry import registry_of
from dougong.graphql.problems import bad_input
from dougong.workflow.event_log import plain

ARGUMENT = "idempotencyKey"
LONGEST_KEY = 200
KEPT = timedelta(hours=24)
AT_ONCE = 500
"""How many expired keys are forgotten at a time."""

idempotency = Table(
    "idempotency",
    registry_of(CORE).metadata,
    Column(
        "user_id",
        BigInteger,
        ForeignKey("dougong.user.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("key", Text, primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("payload", LargeBinary),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_idempotency_at", "at"),
)
"""`request` is the hash of what was asked, `roles` those that the asker held.

The row is written in the mutation's own transaction: it is there when, and only when, the
mutation was done. A refusal leaves no row, so the key may be used again.
"""


def key_argument() -> GraphQLArgument:
    """The argument that every mutation has which neither takes nor gives a secret."""
    return GraphQLArgument(
        GraphQLString,
        description=f"Sent again with the same key within {KEPT // timedelta(hours=1)} hours, "
        "it is not done twice.",
    )


def check_key(key: str, user_id: int | None) -> str:
    """The key; raises GraphQLError for one that cannot be kept."""
    if user_id is None:
        said = f"{ARGUMENT} belongs to a user: sign in, or leave it out."
        raise bad_input("NOT_SIGNED_IN", said)
    if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
        said = f"{ARGUMENT} has 1 to {LONGEST_KEY} printable characters; take a UUID."
        raise bad_input("BAD_IDEMPOTENCY_KEY", said)
    return key


def claim(ctx: Context, key: str, request: bytes) -> bytes | None:
    """The payload that this request was answered with; None when the key is new and now ours.

    Waits for another transaction that is using the key. Raises GraphQLError when the key was used
    for another request, or when the asker's roles have changed since: the payload may show what
    these no longer do.
    """
    roles = sorted(ctx.generation.access.shape(ctx.principal))
    row = insert(idempotency).values(
        user_id=ctx.principal.user_id, key=key, request=request, roles=roles, at=ctx.now
    )
    expired = row.on_conflict_do_update(
        index_elements=["user_id", "key"],
        set_={name: row.excluded[name] for name in ("request", "roles", "at")},
        where=idempotency.c.at < ctx.now - KEPT,
    )
    if ctx.session.execute(expired.returning(idempotency.c.key)).first() is not None:
        return None
    found = select(idempotency.c.request, idempotency.c.roles, idempotency.c.payload)
    before = ctx.session.execute(found.where(_is(ctx, key))).one()
    if before.request != request:
        said = f"This {ARGUMENT} was used for another request: take a new one for a new request."
        raise bad_input("IDEMPOTENCY_KEY_REUSED", said)
    if before.roles != roles:
        said = "This was done before, with the same key; your roles changed since: read it anew."
        raise bad_input("DONE_BEFORE", said)
    return bytes(before.payload)


def keep(ctx: Context, key: str, payload: bytes) -> None:
    """Keep what a claimed key was answered with; it is committed with what was done."""
    ctx.session.execute(update(idempotency).where(_is(ctx, key)).values(payload=payload))


def _is(ctx: Context, key: str) -> Any:
    return (idempotency.c.user_id == ctx.principal.user_id) & (idempotency.c.key == key)


def forget_expired(connection: Connection) -> None:
    """Delete some of the keys that have expired; rows that others hold are left for later."""
    row = tuple_(idempotency.c.user_id, idempotency.c.key)
    some = (
        select(idempotency.c.user_id, idempotency.c.key)
        .where(idempotency.c.at < func.now() - KEPT)
        .order_by(idempotency.c.at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    connection.execute(delete(idempotency).where(row.in_(some)))


# What was asked ------------------------------------------------------------------------------


def fingerprint(
    name: str,
    arguments: Mapping[str, Any],
    nodes: Sequence[FieldNode],
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
) -> bytes:
    """The hash of a request: the field, its arguments, what is selected of the payload."""
    selected = _Selected(fragments)
    for node in nodes:
        selected.add(node)
    asked = {
        "field": name,
        "arguments": {one: value for one, value in arguments.items() if one != ARGUMENT},
        "selection": selected.texts,
        "variables": {one: variables.get(one) for one in sorted(selected.variables)},
    }
    text = json.dumps(plain(asked), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).digest()


class _Selected(Visitor):
    """What is written below a field, with the fragments and the variables it mentions."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        super().__init__()
        self._fragments = fragments
        self.texts: dict[str, str] = {}
        self.variables: set[str] = set()

    def add(self, node: FieldNode) -> None:
        """Take in one of the nodes that are merged into the field."""
        if node.selection_set is not None:
            self.texts[str(len(self.texts))] = print_ast(node.selection_set)
            visit(node.selection_set, self)

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        """Take in the fragment, once."""
        name = node.name.value
        if name not in self.texts:
            self.texts[name] = print_ast(self._fragments[name])
            visit(self._fragments[name], self)

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        """Take in a variable that the selection depends on."""
        self.variables.add(node.name.value)
