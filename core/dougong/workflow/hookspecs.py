"""Every moment at which an add-on can react to a verb or to its own life, as specifications.

A generation stamps one specification for each (verb, moment) that somebody reacts to, so that a
verb wakes only those who listen to it. Reactions run in dependency order of their add-ons (the
depended-on first); within an add-on in the order of their lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.errors import Refused

PROJECT = "dougong"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Moments:
    """The moments of a verb; the names are those of the decorators that add-ons use."""

    def guard(self, record: Any, ctx: Context, form: dict[str, Any]) -> Refused | None:
        """Say why the verb is not possible now, or None.

        When: after permission, lock and state, before anything is changed. All guards are asked,
        and the person sees all reasons at once. In the verb's transaction; must not write.
        Raising a Refused counts as its reason. Also before anybody tries, for what the API shows
        as `actions`: of a page of records, in a transaction that cannot write or lock.
        """

    def before(self, record: Any, ctx: Context, form: dict[str, Any]) -> None:
        """Prepare or refuse: the verb is about to happen.

        When: after the guards, before the verb's own rule. In the verb's transaction; raising a
        Refused undoes everything.
        """

    def after(self, record: Any, ctx: Context, form: dict[str, Any]) -> None:
        """Follow up: the verb has happened and its event is written.

        When: after the verb's own rule. In the verb's transaction; raising a Refused undoes
        everything, the verb included.
        """


MOMENTS = ("guard", "before", "after")


class LifeCycle:
    """The moments in an add-on's own life; the names are those of the decorators."""

    def on_restore(self, ctx: Context) -> None:
        """Put right what happened while the add-on was away.

        When: after the rows of the add-on (or bridge) are back and its tables are at their last
        revision, those of all add-ons that come with it too; in the restore's transaction, with
        the add-on's own rights. Nobody asks: `ctx.me` is None. Raising a Refused undoes the
        restore. Not when it is installed without rows, nor when it begins empty.
        """
