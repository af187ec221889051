"""What add-ons do once another's verb is committed: a reaction, as a job."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_type_hints

from dougong.builtin.jobs.job import RETRIES, Field, Job
from dougong.errors import Refused, SetupError

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.workflow.reactions import Reaction

RECORD = "the record"
"""Under which name the record is kept: one that no field of a form has."""


class Afterwards(Job):
    """The job of an `after_commit`: told which record, and the verb's form where it wants that."""

    def __init__(self, reaction: Reaction) -> None:
        super().__init__(reaction.rule, RETRIES)
        self.name = f"{reaction.rule.__name__} after {reaction.verb.key}"
        self._reaction = reaction
        from dougong.verbs.crud import DeleteVerb

        if isinstance(reaction.verb, DeleteVerb) or reaction.verb.record_entity is None:
            raise SetupError(
                f"{reaction.name} comes after {reaction.verb.key}, which leaves no record.",
                fix="react with @after, and ask for a job there: ctx.later(…).",
                where=(self,),
            )

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The record, and the verb's form.

        Raises SetupError for a field that cannot be kept until then.
        """
        entity = self._reaction.verb.record_entity
        record = Field(RECORD, entity, entity, True)
        if not self._reaction.with_form:
            return {RECORD: record}
        from dougong.access.context import Context

        hints = get_type_hints(self.rule, localns={"Context": Context}, include_extras=True)
        form = [
            self.field(one, hints.get(one.name, str))
            for one in inspect.signature(self.rule).parameters.values()
            if one.kind is one.KEYWORD_ONLY
        ]
        return {RECORD: record, **{one.name: one for one in form}}

    def run(self, ctx: Context, kept: Mapping[str, Any]) -> None:
        """Do it, unless the record is gone."""
        try:
            told = self.told(ctx, {RECORD: kept[RECORD]})
        except Refused:
            return
        form = self.told(ctx, {name: value for name, value in kept.items() if name != RECORD})
        self._reaction.call(told[RECORD], ctx, form)
