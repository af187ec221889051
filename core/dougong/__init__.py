"""The words that an add-on is written in; what is listed here is the public API."""

import dougong.verbs.crud  # noqa: F401 # pyright: ignore[reportUnusedImport] - adds Lead.create
from dougong.access.context import Context
from dougong.access.permissions import (
    EVERYONE,
    SIGNED_IN,
    Operation,
    Permission,
    Role,
    all_rows,
    change,
    create,
    delete,
    guarded,
    own,
    read,
    restrict,
    rows_where,
    team,
    unit,
    update,
)
from dougong.access.users import User
from dougong.addons.manifest import AddOn, Bridge, run
from dougong.builtin.files import File, attach, open_file
from dougong.builtin.jobs.job import every, job
from dougong.builtin.numbers.series import NumberSeries
from dougong.builtin.organisation.entities import Unit
from dougong.builtin.organisation.holders import holders, holds, units_of
from dougong.builtin.questions import answers, question
from dougong.builtin.workflows.diagram import Arrow, Picture
from dougong.builtin.workflows.drawing import svg
from dougong.builtin.workflows.limits import Limit
from dougong.entity import (
    Email,
    Entity,
    Extension,
    Money,
    Phone,
    Quantity,
    RecordId,
    link,
    money,
    owned,
    sum_of,
)
from dougong.errors import Conflict, Forbidden, Invalid, Refused, SetupError, WrongState
from dougong.verbs.action import action
from dougong.verbs.computed import Asking, computed
from dougong.verbs.query import query
from dougong.verbs.report import report
from dougong.verbs.verb import Secret
from dougong.workflow.reactions import after, after_commit, before, guard, instead_of, wrap
from dougong.workflow.restoring import on_restore
from dougong.workflow.workflow import Workflow

__all__ = [
    "EVERYONE",
    "SIGNED_IN",
    "AddOn",
    "Arrow",
    "Asking",
    "Bridge",
    "Conflict",
    "Context",
    "Email",
    "Entity",
    "Extension",
    "File",
    "Forbidden",
    "Invalid",
    "Limit",
    "Money",
    "NumberSeries",
    "Operation",
    "Permission",
    "Phone",
    "Picture",
    "Quantity",
    "RecordId",
    "Refused",
    "Role",
    "Secret",
    "SetupError",
    "Unit",
    "User",
    "Workflow",
    "WrongState",
    "action",
    "after",
    "after_commit",
    "all_rows",
    "answers",
    "attach",
    "before",
    "change",
    "computed",
    "create",
    "delete",
    "every",
    "guard",
    "guarded",
    "holders",
    "holds",
    "instead_of",
    "job",
    "link",
    "money",
    "on_restore",
    "open_file",
    "own",
    "owned",
    "query",
    "question",
    "read",
    "report",
    "restrict",
    "rows_where",
    "run",
    "sum_of",
    "svg",
    "team",
    "unit",
    "units_of",
    "update",
    "wrap",
]
