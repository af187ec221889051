"""What is installed now: an immutable picture, built and checked as a whole, swapped at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from graphql import GraphQLSchema

from dougong.access.rules import Access
from dougong.addons.collect import Contents, contents_of
from dougong.addons.manifest import Part
from dougong.builtin.attached import lists_of
from dougong.builtin.jobs.job import Job
from dougong.builtin.numbers.series import NumberSeries
from dougong.db.naming import CORE, camel, host_of
from dougong.entity.base import Entity, Extension
from dougong.entity.model import EntityModel, ToMany, model_of
from dougong.errors import Refused, SetupError
from dougong.verbs.computed import Computed
from dougong.verbs.query import Query
from dougong.verbs.report import Report
from dougong.verbs.verb import Verb
from dougong.workflow.moments import MomentIndex
from dougong.workflow.workflow import Step, Workflow


class Generation:
    """The parts that are installed, and everything that follows from them.

    Building one touches nothing that is global: entities stay mapped, reactions stay silent
    outside the generations that have their add-on.
    """

    def __init__(self, number: int, parts: Sequence[Part]) -> None:
        """Import and check the parts, which must be in dependency order, the core first.

        Raises SetupError when what they declare does not fit together.
        """
        self.number = number
        self.absent: Mapping[str, str] = MappingProxyType({})
        """What removed add-ons had in the API (`StockMove`, `Lead.score`), and whose it was."""
        self.parts: Mapping[str, Part] = MappingProxyType({part.name: part for part in parts})
        self.contents: tuple[Contents, ...] = tuple(contents_of(part) for part in parts)
        self.models: Mapping[type[Entity], EntityModel] = MappingProxyType(self._models())
        self.extensions: Mapping[type[Entity], tuple[type[Extension[Any]], ...]] = MappingProxyType(
            self._extensions()
        )
        self.workflows: Mapping[type[Entity], Workflow[Any, Any]] = MappingProxyType(
            {flow.entity: flow for found in self.contents for flow in found.workflows}
        )
        self.verbs: tuple[Verb[Any, Any, Any], ...] = tuple(
            verb for found in self.contents for verb in found.verbs
        )
        self.reports: tuple[Report, ...] = tuple(
            report for found in self.contents for report in found.reports
        )
        self.computed: tuple[Computed, ...] = tuple(
            field for found in self.contents for field in found.computed
        )
        self.queries: tuple[Query[Any, Any], ...] = tuple(
            one for found in self.contents for one in found.queries
        )
        self.jobs: Mapping[str, Job] = MappingProxyType(
            {job.key: job for found in self.contents for job in found.all_jobs}
        )
        self.series: Mapping[str, NumberSeries] = MappingProxyType(
            {one.name: one for found in self.contents for one in found.series}
        )
        self.to_many: Mapping[type[Entity], Mapping[str, ToMany]] = MappingProxyType(
            self._to_many()
        )
        self.owned: Mapping[type[Entity], ToMany] = MappingProxyType(
            {
                many.target: many
                for connections in self.to_many.values()
                for many in connections.values()
                if many.owned
            }
        )
        self.access = Access(
            [role for found in self.contents for role in found.roles],
            self.owned,
            [*self.models, *(one for some in self.extensions.values() for one in some)],
            [permission for found in self.contents for permission in found.permissions],
        )
        self.moments = MomentIndex(
            [reaction for found in self.contents for reaction in found.reactions]
        )
        self._scopes = {name: self._scope(name) for name in self.parts}
        for found in self.contents:
            self._check_reactions(found)

    # What is there -------------------------------------------------------------------------

    def _models(self) -> dict[type[Entity], EntityModel]:
        models: dict[type[Entity], EntityModel] = {}
        names: dict[str, EntityModel] = {}
        for found in self.contents:
            for entity in found.entities:
                model = models[entity] = model_of(entity)
                other = names.setdefault(model.name, model)
                if other is not model:
                    raise SetupError(
                        f"Add-ons {other.addon} and {model.addon} both have an entity "
                        f"{model.name}.",
                        fix="rename one of them; names in the API are shared by all add-ons.",
                        where=(other.entity, entity),
                    )
        return models

    def _extensions(self) -> dict[type[Entity], tuple[type[Extension[Any]], ...]]:
        extensions: dict[type[Entity], tuple[type[Extension[Any]], ...]] = {}
        for found in self.contents:
            for extension in found.extensions:
                target = extension.__extends__
                extensions[target] = (*extensions.get(target, ()), extension)
        return extensions

    def _to_many(self) -> dict[type[Entity], dict[str, ToMany]]:
        """The reverse of every link; one API name belongs to one thing only."""
        found: dict[type[Entity], dict[str, ToMany]] = {entity: {} for entity in self.models}
        for model in self.models.values():
            for owner, many in lists_of(model, self.models.values()):
                self._check_free(owner, many.api_name, found[owner.entity], model)
                found[owner.entity][many.api_name] = many
            for link in model.links.values():
                if link.reverse == "-" or link.target not in found:
                    continue
                owner = model_of(link.target)
                name = next((n for n, child in owner.owned.items() if child is model.entity), None)
                api_name = camel(link.reverse or name or model.api_plural)
                self._check_free(owner, api_name, found[link.target], model)
                found[link.target][api_name] = ToMany(
                    api_name, model.entity, link, name is not None, name, model.description
                )
        return found

    @staticmethod
    def _check_free(
        owner: EntityModel, name: str, taken: Mapping[str, ToMany], by: EntityModel
    ) -> None:
        own = {field.api_name for field in owner.fields.values()}
        own |= {link.api_name for link in owner.links.values()}
        if name in taken or name in own:
            other = taken[name].target.__name__ if name in taken else f"its own field {name}"
            raise SetupError(
                f"{owner.name} would have two fields “{name}”: one from {by.name} "
                f"and one from {other}.",
                fix=f'name the list at the link of {by.name}: link(reverse="…").',
                where=(by.entity,),
            )

    def _check_reactions(self, found: Contents) -> None:
        for reaction in found.reactions:
            if isinstance(reaction.verb, Query):
                said = f"{reaction.name} reacts to {reaction.verb.key}, which changes nothing."
                fix = "react to a step, an action, or to create and the like."
                raise SetupError(said, fix=fix, where=(reaction,))
            if reaction.verb.addon not in self._scopes[found.part.name]:
                raise SetupError(
                    f"{reaction.name} reacts to {reaction.verb.key}, but {found.part.name} does "
                    f"not depend on {reaction.verb.addon}.",
                    fix=f"add {reaction.verb.addon} to needs= in the manifest, or put the "
                    f"reaction into a bridge with_{reaction.verb.addon}.",
                    where=(reaction,),
                )

    # Questions that are asked of it ----------------------------------------------------------

    def _scope(self, name: str) -> frozenset[str]:
        """The parts whose records a part's code may read: itself, its host, what it needs."""
        scope = {name, CORE}
        for need in self.parts[name].needs:
            scope |= self._scope(need)
        scope |= {part for part in self.parts if host_of(part) == host_of(name)}
        return frozenset(scope)

    def scope_of(self, addon: str) -> frozenset[str]:
        """The parts whose records the code of an add-on (or bridge) may read."""
        return self._scopes.get(addon, frozenset())

    def offers(self, entity: type[Entity] | None) -> bool:
        """Whether the API has verbs about an entity: not while nobody answers what it needs."""
        parent = self.owned.get(entity) if entity else None
        asked = getattr(parent.link.target if parent else entity, "__needs_answer__", None)
        return asked is None or bool(self.moments.listeners(asked, "answers"))

    def by_hand(self, entity: type[Entity]) -> bool:
        """Whether the API creates, updates and deletes records of an entity."""
        return entity.__by_hand__ and self.offers(entity)

    def entity_named(self, name: str) -> type[Entity]:
        """The entity with this name in the API.

        Raises Refused when there is none.
        """
        for entity in self.models:
            if entity.__name__ == name:
                return entity
        raise Refused("unknown_entity", name=name)

    def steps_of(self, entity: type[Entity]) -> list[Step[Any, Any]]:
        """The steps of an entity's workflow, those that other add-ons bring included."""
        flow = self.workflows.get(entity)
        return [v for v in self.verbs if isinstance(v, Step) and v.workflow is flow]

    def sentence(self, refusal: Refused, language: str = "") -> str:
        """A refusal as the sentence that the person reads, in English unless said."""
        from dougong.builtin.language.wording import wording

        return wording(self, language or "en").sentence(refusal)

    @cached_property
    def schema(self) -> GraphQLSchema:
        """The composed GraphQL schema."""
        from dougong.graphql.schema import build_schema

        return build_schema(self)

    @cached_property
    def sdl(self) -> str:
        """The hash of the schema: who has the same code has the same."""
        from dougong.graphql.schema import fingerprint

        return fingerprint(self.schema)
