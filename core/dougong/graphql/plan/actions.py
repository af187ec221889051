"""`actions` of records: planned as a mark, and written once it is known what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNonNull,
    get_named_type,
    is_object_type,
)
from sqlalchemy import Text, cast

from dougong.access.permissions import Operation
from dougong.access.principal import Principal
from dougong.builtin.language.languages import SOURCE
from dougong.builtin.language.texts import CRUD, field_context, verb_label
from dougong.builtin.language.wording import Wording, wording
from dougong.builtin.workflows.possible import Possible, lacking, verbs_about
from dougong.db.naming import camel, snake
from dougong.entity.base import Entity, Extension
from dougong.entity.docs import first_sentence
from dougong.entity.model import Field, ToOne
from dougong.generation import Generation
from dougong.graphql.action_types import ACTIONS, mutation_name
from dougong.graphql.ids import global_id
from dougong.graphql.marks import BEGIN, END
from dougong.graphql.mutations.idempotency import ARGUMENT
from dougong.graphql.mutations.inputs import HINT, Hint
from dougong.graphql.mutations.run import user_error
from dougong.graphql.plan.build import Build
from dougong.graphql.plan.source import Level
from dougong.graphql.plan.texts import Pieces, selections
from dougong.graphql.problems import bad_input
from dougong.verbs.crud import CrudVerb, UpdateVerb
from dougong.verbs.verb import Verb
from dougong.workflow.workflow import Step

WORTH = 10
"""How many records the actions of one count for: it is loaded, and guards are asked."""
AnyVerb = Verb[Any, Any, Any]
Shape = Mapping[str, tuple[str, Any]]
"""What is selected of an object: response key, field, and the Shape of what is below it."""


class Offer:
    """A verb as `actions` tells of it, by the names of the fields."""

    def __init__(self, generation: Generation, verb: AnyVerb, who: Principal) -> None:
        self.verb = verb
        may = partial(_may_give, generation, who)
        self.versioned = isinstance(verb, Step | CrudVerb)
        self._record = "id" if self.versioned else camel(verb.record_name)
        self.at = ("patch",) if isinstance(verb, UpdateVerb) else ()
        name = mutation_name(verb)
        mutations: Any = generation.schema.mutation_type
        described = mutations.fields[name]
        known = {ARGUMENT, self._record, *(["version"] if self.versioned else ())}
        form = {n: one for n, one in described.args.items() if n not in known}
        words = Words(wording(generation, who.language or SOURCE), verb)
        self.always = {
            "name": name,
            "label": words.label,
            "description": words.about(described.description),
            "kind": kind_of(verb),
            "form": _form(form, may, words),
        }

    def about(self, entity: type[Entity], number: int, version: int) -> dict[str, Any]:
        """The arguments of the mutation that are known."""
        which = {self._record: global_id(entity, number)}
        return {**which, "version": version} if self.versioned else which


def kind_of(verb: AnyVerb) -> str:
    """STEP, ACTION, UPDATE or DELETE."""
    if isinstance(verb, CrudVerb):
        return str(verb.operation).upper()
    return "STEP" if isinstance(verb, Step) else "ACTION"


def _may_give(generation: Generation, who: Principal, field: Field | ToOne | None) -> bool:
    """Whether somebody may write a field of any record at all."""
    access = generation.access
    if field is None:
        return True
    if issubclass(field.owner, Extension) and not access.may(who, Operation.UPDATE, field.owner):
        return False
    return field.guard is None or access.has(who, field.guard.write)


class Words:
    """What a verb and its form are called, in the language of whoever asks."""

    def __init__(self, said: Wording, verb: AnyVerb) -> None:
        self._said = said
        self._verb = verb
        self._context, name = verb_label(verb)
        self.label = said.label(self._context, name)

    def about(self, described: str | None) -> str | None:
        """What it means; `described` is what the schema says."""
        if self._said.language == SOURCE:
            return described
        english = CRUD.get(self._context.removeprefix("verb "), self._verb.description)
        return self._said.about(self._context, english)

    def of(self, name: str, hint: Hint, described: str | None) -> dict[str, Any]:
        """The label and the explanation of something to fill in."""
        context, known = f"argument {self._verb.key}.{snake(name)}", snake(name)
        if (written := hint.writes) is not None:
            context, known = field_context(written), written.name
        about = self._said.about(context, described and first_sentence(described))
        shown = described if self._said.language == SOURCE else about
        return {"label": self._said.label(context, known), "description": shown}


def _form(
    arguments: Mapping[str, Any], may: Callable[[Field | ToOne | None], bool], words: Words
) -> list[dict[str, Any]]:
    hinted = [(name, one, one.extensions.get(HINT, Hint())) for name, one in arguments.items()]
    return [
        {**_form_field(name, one, hint, may, words), **words.of(name, hint, one.description)}
        for name, one, hint in hinted
        if may(hint.writes)
    ]


def _form_field(
    name: str,
    argument: Any,
    hint: Hint,
    may: Callable[[Field | ToOne | None], bool],
    words: Words,
) -> dict[str, Any]:
    kind = get_named_type(argument.type)
    return {
        "name": name,
        "type": str(argument.type),
        "required": isinstance(argument.type, GraphQLNonNull),
        "default": hint.default,
        "secret": hint.secret,
        "entity": hint.entity,
        "options": list(kind.values) if isinstance(kind, GraphQLEnumType) else None,
        "fields": (lambda: _form(kind.fields, may, words))
        if isinstance(kind, GraphQLInputObjectType)
        else None,
    }


# What a document asks ----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class AskedActions:
    """One selection of `actions`."""

    entity: type[Entity]
    offers: Sequence[Offer]
    shape: Shape
    language: str

    @property
    def key(self) -> str:
        """What `extensions.plan` calls it."""
        return f"{self.entity.__name__}.{ACTIONS}"

    @cached_property
    def asked(self) -> set[str]:
        """The fields that are selected."""
        return {name for name, _ in self.shape.values()}

    @property
    def reads(self) -> bool:
        """Whether records have to be loaded."""
        return bool(self.verbs)

    @property
    def verbs(self) -> Sequence[AnyVerb]:
        """The verbs that have to be looked into."""
        return [one.verb for one in self.offers] if self.asked & {"enabled", "reasons"} else []

    @cached_property
    def _always(self) -> list[dict[str, Any]]:
        """What is the same for all records, by response key, null for the rest."""
        empty = {"enabled": None, "reasons": None, "arguments": None}
        return [selected({**empty, **offer.always}, self.shape) for offer in self.offers]

    def text(self, possible: Possible | None, row: Sequence[int]) -> bytes:
        """The JSON for the record with this number and version; raises what a guard raises."""
        found = []
        for offer, always in zip(self.offers, self._always, strict=True):
            known = self._known(offer, possible, *row)
            now = {
                key: selected(known[name], below)
                for key, (name, below) in self.shape.items()
                if name in known
            }
            found.append({**always, **now})
        return orjson.dumps(found)

    def _known(
        self, offer: Offer, possible: Possible | None, number: int, version: int
    ) -> dict[str, Any]:
        known: dict[str, Any] = {"arguments": offer.about(self.entity, number, version)}
        if possible is not None and self.verbs:
            seen = version if offer.versioned else None
            refused = possible.refusals(offer.verb, number, seen, *offer.at)
            known["enabled"] = not refused
            said = partial(user_error, possible.generation)
            known["reasons"] = [partial(said, one, self.language) for one in refused]
        return known


def actions(level: Level, entity: type[Entity], nodes: Sequence[FieldNode]) -> Pieces:
    """A mark with the record's number and version, in the place of its actions.

    Raises GraphQLError (UNKNOWN_ACTION) for a name that is none of them.
    """
    build = level.build
    described = build.types.actions
    shape = shape_of(build, nodes, get_named_type(described.type))
    verbs = _chosen(build, entity, build.values(described, nodes[0]).get("names"))
    offers = [Offer(build.generation, one, build.who) for one in verbs]
    mark = AskedActions(entity, offers, shape, build.who.language)
    with build.arguments.page(WORTH, 1):
        number = build.number_of(mark)
    own, version = (cast(level.value(entity, name), Text) for name in ("id", "version"))
    return [f"{BEGIN}{number}[", own, ",", version, f"]{END}"]


def _chosen(build: Build, entity: type[Entity], names: Sequence[str] | None) -> list[AnyVerb]:
    verbs = {mutation_name(one): one for one in verbs_about(build.generation, entity)}
    if names is None:
        return [one for one in verbs.values() if not lacking(one, build.generation, build.who)]
    for name in names:
        if name not in verbs:
            said = f"There is no action “{name[:60]}” of {entity.__name__}: it has"
            raise bad_input("UNKNOWN_ACTION", f"{said} {', '.join(verbs)}.")
    return [verbs[name] for name in dict.fromkeys(names)]


def shape_of(build: Build, nodes: Sequence[FieldNode], kind: Any) -> Shape:
    """What is selected of an object of a type."""
    found: dict[str, tuple[str, Any]] = {}
    for key, some in build.collect(selections(nodes), kind).items():
        name = some[0].name.value
        if name == "__typename":
            found[key] = (name, kind.name)
            continue
        below = get_named_type(kind.fields[name].type)
        found[key] = (name, shape_of(build, some, below) if is_object_type(below) else None)
    return found


def selected(value: Any, shape: Any) -> Any:
    """What is selected of a value; what says how to make it is made where it is asked for."""
    if callable(value):
        value = value()
    if value is None or shape is None:
        return value
    if isinstance(value, list):
        return [selected(one, shape) for one in value]
    return {
        key: below if name == "__typename" else selected(value[name], below)
        for key, (name, below) in shape.items()
    }
