"""Plans carried out while the server serves: in a process of its own, alone in their document."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dougong.access.context import Context
from dougong.access.permissions import Permission
from dougong.access.principal import Principal
from dougong.addons.orphans import Orphans
from dougong.addons.plans import Change
from dougong.addons.state import Rows
from dougong.builtin.life_cycle.process import ANSWER, HOME
from dougong.errors import Refused
from dougong.verbs.action import action
from dougong.verbs.verb import Outside

MANAGE_ADDONS = Permission("dougong.manage_addons", "Install, upgrade, remove and restore add-ons.")
_done: ContextVar[dict[str, Any]] = ContextVar("_done")
"""What this request has had done already: it is run again once the generation has changed."""


@dataclass(frozen=True)
class Carried:
    """What carrying out a plan led to."""

    generation: int
    """The generation that holds now."""
    archive: str | None
    """The name of the archive that was written."""
    rejects: int
    """How many rows were left out, as what they refer to is gone."""


def archives_folder() -> Path:
    """Where removed add-ons are kept as files."""
    return Path(os.environ.get(HOME, ".dougong")) / "archives"


def _carry_out(change: Change) -> Callable[..., Awaitable[Any]]:
    """What is done before the mutation's own transaction: the change itself."""

    async def first(outside: Outside, _who: Principal, given: Mapping[str, Any]) -> Any:
        order = json.dumps({"change": change, **given}, default=str, sort_keys=True)
        done = _done.get(None)
        if done is None:
            _done.set(done := {})
        if order not in done:
            url = outside.engine.url.render_as_string(hide_password=False)
            done[order] = await asyncio.to_thread(_in_a_process, order, url)
        return done[order]

    return first


def _in_a_process(order: str, url: str) -> dict[str, Any]:
    paths = [path for path in sys.path if path and Path(path).is_dir()]
    child = subprocess.run(
        [sys.executable, "-P", "-m", "dougong.builtin.life_cycle.process"],
        input=order,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "DOUGONG_DATABASE_URL": url,
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONUTF8": "1",
        },
    )
    for line in reversed(child.stdout.splitlines()):
        if line.startswith(ANSWER):
            answer: dict[str, Any] = json.loads(line.removeprefix(ANSWER))
            return answer
    raise RuntimeError(f"the process ended with code {child.returncode}: {child.stderr}")


def _carried(ctx: Context) -> Carried:
    if "refused" in ctx.found:
        raise Refused("cannot_be_done", reason=ctx.found["refused"])
    return Carried(**ctx.found)


@action(needs=MANAGE_ADDONS, first=_carry_out(Change.INSTALL), lasting=True)
def install_addons(
    ctx: Context, *, addons: list[str], plan: str, accept_breaking: bool = False
) -> Carried:
    """Install add-ons with all that they need, as `installPlan` said.

    addons: Their names.
    plan: The hash of the plan.
    accept_breaking: Do it although registered documents can no longer be run then.
    """
    return _carried(ctx)


@action(needs=MANAGE_ADDONS, first=_carry_out(Change.UPGRADE), lasting=True)
def upgrade_addons(
    ctx: Context, *, addons: list[str], plan: str, accept_breaking: bool = False
) -> Carried:
    """Bring the tables of add-ons up to the code that is on disk, as `upgradePlan` said.

    Servers go on with the code that they have, until they are started anew.

    addons: Their names.
    plan: The hash of the plan.
    accept_breaking: Do it although registered documents can no longer be run then.
    """
    return _carried(ctx)


@action(needs=MANAGE_ADDONS, first=_carry_out(Change.REMOVE), lasting=True)
def remove_addons(
    ctx: Context,
    *,
    addons: list[str],
    plan: str,
    rows: Rows = Rows.ARCHIVE,
    accept_breaking: bool = False,
) -> Carried:
    """Remove add-ons, as `removePlan` said.

    addons: Their names.
    plan: The hash of the plan.
    rows: What becomes of their rows.
    accept_breaking: Do it although registered documents can no longer be run then.
    """
    return _carried(ctx)


@action(needs=MANAGE_ADDONS, first=_carry_out(Change.RESTORE), lasting=True)
def restore_addons(
    ctx: Context,
    *,
    addons: list[str],
    plan: str,
    archive: str | None = None,
    without: list[str] | None = None,
    orphans: Orphans = Orphans.REFUSE,
    accept_breaking: bool = False,
) -> Carried:
    """Install removed add-ons again, with the rows that they had, as `restorePlan` said.

    addons: Their names.
    plan: The hash of the plan.
    archive: The name of the archive to take; the newest, or what is kept, unless said.
    without: Bridges that begin empty.
    orphans: What to do about rows whose records are gone.
    accept_breaking: Do it although registered documents can no longer be run then.
    """
    return _carried(ctx)
