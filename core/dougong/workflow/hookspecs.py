"""Every moment at which an add-on can react to a verb or to its own life, as specifications.

A generation stamps one specification for each (verb, moment) that somebody reacts to, so that a
verb wakes only those who listen to it. Reactions run in dependency order of their add-ons (the
depended-on first); within an add-on in the order of their lines. `DOUGONG_TRACE=hooks` logs each
that ran, with its verb, moment, add-on and time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from datetime import datetime

    from dougong.access.context import Context
    from dougong.errors import Refused

PROJECT = "dougong"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Moments:
    """The moments of a verb, and of a question; the names are those of the decorators."""

    def guard(self, record: Any, ctx: Context, form: dict[str, Any]) -> Refused | None:
        """Say why the verb is not possible now, or None.

        When: after permission, lock and state, before anything is changed. All guards are asked,
        and the person sees all reasons at once. In the verb's transaction; must not write.
        Raising a Refused counts as its reason. Also before anybody tries, for what the API shows
        as `actions`: of a page of records, in a transaction that cannot write or lock.

        Example (tests/core/writing/dougong_bees/__init__.py):

            @guard(move_plants, loads=(Hive,))
            def leave_the_honey(bed: Bed, ctx: Context) -> Refused | None:
                return Refused("honey_left", honey=Hive.of(bed).honey) if Hive.of(bed).honey else None
        """

    def before(self, record: Any, ctx: Context, form: dict[str, Any]) -> None:
        """Prepare or refuse: the verb is about to happen.

        When: after the guards, before the verb's own rule. In the verb's transaction; raising a
        Refused undoes everything.

        Example (addons/crm/dougong_crm/hooks.py):

            @before(Lead.create)
            def whoever_brings_a_lead_owns_it(lead: Lead, ctx: Context) -> None:
        """

    def wrap(self, record: Any, ctx: Context, form: dict[str, Any]) -> Iterator[None]:
        """Go around the verb's own rule, which runs where the function says `yield`.

        When: after all that run before, until the state has changed and is stored. The first is the
        outermost. In the verb's transaction; raising a Refused undoes everything. A refusal of what
        is within comes out of the `yield`: it can be said in other words by raising another, but
        whoever catches it does not make it undone.

        Example (tests/core/writing/dougong_bees/__init__.py):

            @wrap(sow, form=True, name="hum")
            def hum(bed: Bed, ctx: Context, *, seeds: int = 1) -> Iterator[None]:
        """
        yield

    def instead_of(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        """Do what the verb does, in its own rule's place; returns what the verb returns.

        When: where the rule would run. All around it stays, and of a step the state that it leads
        to. One add-on only: two are refused at install. In the verb's transaction; raising a
        Refused undoes everything. Create, update and delete have no rule to replace.

        Example (tests/core/writing/dougong_bees/__init__.py):

            @instead_of(water, form=True)
            def water_with_honey(bed: Bed, ctx: Context, *, litres: int) -> Bed:
        """

    def after(self, record: Any, ctx: Context, form: dict[str, Any]) -> None:
        """Follow up: the verb has happened and its event is written.

        When: after the verb's own rule. In the verb's transaction; raising a Refused undoes
        everything, the verb included.

        Example (addons/inventory/dougong_inventory/with_sales_order/hooks.py):

            @after(confirm)
            def keep_the_goods(order: SalesOrder, ctx: Context) -> None:
        """

    def after_commit(self, record: Any, ctx: Context, form: dict[str, Any]) -> None:
        """Do what nobody waits for: the verb has happened, whatever comes of this.

        When: soon after the verb's transaction is committed, by whoever does jobs
        (docs/how-to/jobs.md), in a transaction of its own; nothing where the verb was undone, or
        the record is gone again by then. Nobody asks: `ctx.me` is None. Raising anything, a
        Refused too, undoes nothing but itself; it is tried again later. What it writes is written once; what it does
        elsewhere may be done twice.

        Example (tests/core/writing/dougong_gnomon/__init__.py):

            @after_commit(sow, form=True)
            def note_the_seeds(bed: Bed, ctx: Context, *, seeds: int = 1) -> None:
        """

    def answers(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        """Answer a question of another add-on, or say None: nothing is known.

        When: somebody asks, be it a verb, a query or a computed field; in the transaction of who
        asks. It reads with the rights of its own add-on; where the asker's eyes are asked (a
        query, a computed field) only what that person may see. Raising a Refused is raised by the
        question. It gets what the question was called with; `record` and `form` hold that.

        Example (tests/core/writing/dougong_bees/__init__.py):

            @answers(harvest)
            def honey_of(bed: Bed, ctx: Context, *, month: int) -> Decimal | None:
        """


MOMENTS = ("guard", "before", "wrap", "instead_of", "after", "after_commit", "answers")


class LifeCycle:
    """The moments in an add-on's own life; the names are those of the decorators."""

    def on_restore(self, ctx: Context, since: datetime) -> None:
        """Put right what happened while the add-on was away, `since` that moment.

        When: after the rows of the add-on (or bridge) are back and its tables are at their last
        revision, those of all add-ons that come with it too; in the restore's transaction, with
        the add-on's own rights. Nobody asks: `ctx.me` is None. Raising a Refused undoes the
        restore. Not when it begins empty. A function that needs no moment leaves `since` out.

        Example (addons/flow/dougong_flow/hooks/standing_still.py):

            @on_restore
            def go_on_where_it_was(ctx: Context, since: datetime) -> None:
        """
