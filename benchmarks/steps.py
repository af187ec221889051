"""`make bench-steps`: what a step with four reactions costs, and tasks among 10,000 checklists.

A step is compared with the same UPDATE and INSERTs written by hand with SQLAlchemy's own session, in
turn; both log their events and are audited, and leave the same rows. CPU is that of this process
and of the database's. Then 10,000 checklists of 10 steps are under way, with as many clocks, and
approvals with a task each, and issues: "my tasks" (work items, votes, steps) is one statement, explained,
and each job that runs by the clock does its whole work once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import asyncpg  # noqa: E402
from sqlalchemy import BigInteger, Engine, insert, text  # noqa: E402
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column  # noqa: E402

from access.offices import register  # noqa: E402
from dougong.access.principal import Principal  # noqa: E402
from dougong.addons.install import install  # noqa: E402
from dougong.addons.installed import load_generation, prepare  # noqa: E402
from dougong.db.engine import database_url, open_database  # noqa: E402
from dougong.db.session import in_transaction  # noqa: E402
from dougong.generation import Generation  # noqa: E402
from dougong.testing.lists import CountingReads  # noqa: E402
from dougong.testing.worlds import LiveWorld, make_person  # noqa: E402
from dougong.workflow.event_log import event  # noqa: E402
from reads import machine  # noqa: E402
from reads.cpu import family, used  # noqa: E402

BATCH = 100
AIM, MOST_MS, MOST_SECONDS = 2.0, 20.0, 10.0
TASKS = """query MyTasks($me: ID!) {
  workItems(where: {state: {eq: OPEN}, assignee: {is: {id: {eq: $me}}}}, first: 50,
    orderBy: [{carryOver: DESC}, {dueOn: ASC}]) {
    totalCount nodes { id version kind about dueOn carryOver step { name } } }
  checklistSteps(where: {state: {eq: READY}, assignee: {is: {id: {eq: $me}}}}, first: 50) {
    totalCount nodes { id version name readyAt checklist { id about } } }
  mine: approvalTasks(where: {state: {eq: OPEN}, assignee: {is: {id: {eq: $me}}}}, first: 50) {
    totalCount nodes { id version kind dueAt approval { id name about } } }
  free: approvalTasks(where: {state: {eq: OPEN}, assignee: {isNull: true}}, first: 50) {
    totalCount nodes { id version kind dueAt role approval { id name about } } }
}"""


# By hand ----------------------------------------------------------------------------------------


class Base(DeclarativeBase):
    """What is written by hand has mappings of its own."""


class Paper(Base):
    __tablename__ = "paper"
    __table_args__: ClassVar[Any] = {"schema": "papers"}
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version: Mapped[int]
    pages: Mapped[int]
    state: Mapped[str]
    accepted_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[int] = mapped_column(BigInteger)


class Remark(Base):
    __tablename__ = "remark"
    __table_args__: ClassVar[Any] = {"schema": "papers"}
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    paper_id: Mapped[int] = mapped_column(BigInteger)
    said: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(BigInteger)
    updated_by_id: Mapped[int] = mapped_column(BigInteger)


def by_hand(engine: Engine, who: Principal, number: int) -> None:
    """Accept a paper without the product: the same rows, and told to the audit by whom."""
    now, user = datetime.now(UTC), who.user_id or 0
    told = json.dumps(
        {"user": user, "label": who.label, "addon": "papers", "verb": "papers.accept"}
    )
    with Session(engine) as session, session.begin():
        session.execute(text("select set_config('dougong.by', :by, true)"), {"by": told})
        paper = session.get_one(Paper, number, with_for_update=True)
        if paper.state != "HANDED_IN" or paper.pages < 1:
            raise ValueError(number)
        paper.state, paper.accepted_at, paper.updated_at = "ACCEPTED", now, now
        paper.version, paper.updated_by_id = paper.version + 1, user
        stamped = {"version": 1, "created_at": now, "updated_at": now}
        stamped |= {"created_by_id": user, "updated_by_id": user, "paper_id": number}
        said = ("The author is told.", f"{paper.pages} sheets are ordered.")
        remarks = [Remark(said=one, **stamped) for one in said]
        session.add_all(remarks)
        session.flush()
        same = {"at": now, "actor_id": user, "actor": who.label, "addon": "papers"}
        made = {**same, "verb": "papers.remark.create", "entity": "papers.remark"}
        session.execute(insert(event), [{**made, "record_id": one.id} for one in remarks])
        session.execute(
            insert(event).values(
                **{**same, "verb": "papers.accept", "entity": "papers.paper"},
                record_id=number,
                from_state="HANDED_IN",
                to_state="ACCEPTED",
                role="papers.editor",
            )
        )


# The step ---------------------------------------------------------------------------------------


def step(generation: Generation, engine: Engine, who: Principal, number: int) -> None:
    """Accept a paper by its step, with its four reactions."""
    from dougong_papers import Paper as Handed
    from dougong_papers import accept

    in_transaction(engine, generation, who, lambda ctx: accept(ctx.get(Handed, number), ctx))


def compared(
    engine: Engine,
    generation: Generation,
    who: Principal,
    processes: Callable[[], float],
    rounds: int,
) -> tuple[dict[str, float], dict[str, float], list[str]]:
    """µs of CPU of one, by who wrote it; the clock's; and what rows they leave that differ."""
    ways: dict[str, Callable[[int], None]] = {
        "by hand": lambda number: by_hand(engine, who, number),
        "step": lambda number: step(generation, engine, who, number),
    }
    spent: dict[str, list[float]] = {name: [] for name in ways}
    clock: dict[str, list[float]] = {name: [] for name in ways}
    for place in range(rounds + 1):
        for name in ways if place % 2 else reversed(ways):
            numbers = papers(engine, BATCH)
            cpu, begun = processes(), time.perf_counter()
            for number in numbers:
                ways[name](number)
            if place:
                spent[name].append((processes() - cpu) / BATCH * 1e6)
                clock[name].append((time.perf_counter() - begun) / BATCH * 1e6)
    left = [rows_left(engine, ways[name], papers(engine, 1)[0]) for name in ways]
    differ = [f"{one} and {other}" for one, other in zip(*left, strict=True) if one != other]
    medians = [{n: statistics.median(v) for n, v in some.items()} for some in (spent, clock)]
    return medians[0], medians[1], differ


def papers(engine: Engine, many: int) -> list[int]:
    """So many more papers."""
    made = text(
        "insert into papers.paper (title, pages, state) "
        "select 'P' || i, i, 'HANDED_IN' from generate_series(1, :many) i returning id"
    )
    with engine.begin() as connection:
        return list(connection.scalars(made, {"many": many}))


def rows_left(engine: Engine, work: Callable[[int], None], number: int) -> list[str]:
    """What one leaves in the tables, without numbers, times and transactions."""
    last = "select max(id) from dougong."
    with engine.connect() as connection:
        before = [connection.scalar(text(last + one)) for one in ("event", "audit_entry")]
    work(number)
    asked = (
        (
            f"select to_jsonb(p) - '{{id,accepted_at,updated_at,created_at}}'::text[] "
            f"from papers.paper p where id = {number}"
        ),
        (
            f"select to_jsonb(r) - '{{id,paper_id,updated_at,created_at}}'::text[] "
            f"from papers.remark r where paper_id = {number} order by id"
        ),
        (
            f"select verb, entity, actor, addon, from_state, to_state, role from dougong.event "
            f"where id > {before[0]} order by verb"
        ),
        (
            f"select entity, what, (select array_agg(k order by k) from jsonb_object_keys(changes) k), "
            f"\"by\"->>'user', \"by\"->>'addon' from dougong.audit_entry where id > {before[1]} "
            "order by entity, id"
        ),
        (
            "select entity, what from dougong.change where entity || record_id = "
            f"any(select 'papers.paper{number}' union all select 'papers.remark' || id "
            f"from papers.remark where paper_id = {number}) order by 1, 2"
        ),
    )
    with engine.connect() as connection:
        return [str(connection.execute(text(one)).all()) for one in asked]


# Tasks ------------------------------------------------------------------------------------------


def fill(engine: Engine, many: int) -> None:
    """So many checklists of 10 steps under way, and as many clocks and approvals."""
    body = {"steps": [{"key": f"s{i}", "name": f"Step {i}"} for i in range(10)]}
    node = {"key": "n", "name": "N", "approvers": [{"role": "flow.approver"}]}
    node |= {"timeout": {"hours": 1, "then": "REJECT"}}
    body["steps"].append({"key": "ask", "name": "Ask", "approval": {"nodes": [node]}})  # type: ignore[dict-item]
    with engine.begin() as connection:
        for statement in filter(str.strip, FILLED.split(";")):
            given = {"many": many, "body": json.dumps(body)}
            names = {name: one for name, one in given.items() if f":{name}" in statement}
            connection.execute(text(statement), names)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))


FILLED = r"""
insert into dougong.user (id, email, name)
select 1000 + i, 'u' || i || '@bench.example', 'U' || i from generate_series(1, 500) i;
insert into dougong.role_assignment (user_id, role)
select 1000 + i, r from generate_series(1, 500) i, unnest(array['flow.worker', 'flow.approver']) r;
insert into flow.definition (id, key, name, purpose, serves, needs_trial, shipped)
values (1000, 'bench', 'Bench', 'X', 'INTERNAL', false, false);
insert into flow.definition_version (id, definition_id, major, minor, body, state, content_hash)
values (1000, 1000, 1, 0, cast(:body as jsonb), 'EFFECTIVE', repeat('0', 64));
insert into flow.checklist (id, definition_version_id, about, owner_id, state, started_at,
                            trial_was_over)
select i, 1000, 'A' || i, 1001 + i % 500, 'RUNNING', now(), false from generate_series(1, :many) i;
insert into flow.checklist_step
  (checklist_id, round, waiting_seconds, paused_seconds, key, name, assignee_id, state, ready_at,
   completed_at, completed_by_id)
select i, 1, 0, 0, 's' || s, 'Step ' || s, 1001 + (i + 7 * s) % 500,
       case when s < i % 10 then 'COMPLETED' when s = i % 10 then 'READY' else 'WAITING' end,
       case when s <= i % 10 then now() end, case when s < i % 10 then now() end,
       case when s < i % 10 then 1001 + (i + 7 * s) % 500 end
  from generate_series(1, :many) i, generate_series(0, 9) s;
insert into flow.approval (id, definition_version_id, key, name, about, content, content_hash,
                           initiator_id, state, opened_at, round, step_round)
select i, 1000, 'ask', 'Ask', 'A' || i, '{}', 'x', 1001 + i % 500, 'RUNNING', now(), 1, 1
  from generate_series(1, :many) i;
insert into flow.approval_node (id, approval_id, key, name, place, round, opened_at, times_out_at)
select i, i, 'n', 'N', 0, 1, now(), now() - interval '1 hour' from generate_series(1, :many) i;
insert into flow.approval_task (approval_id, node_id, kind, seat, assignee_id, role, state, opened_at,
                                remind_at)
select i, i, 'VOTE', 0, case when i % 100 > 0 then 1001 + (i + 3) % 500 end,
       case when i % 100 = 0 then 'flow.approver' end, 'OPEN', now(), now() - interval '1 hour'
  from generate_series(1, :many) i;
insert into flow.work_item (kind, about, assignee_id, due_on, carry_over, step_id, state)
select 'ISSUE', 'Issue ' || id, 1001 + id % 500, current_date + (id % 30)::int, id % 3, id, 'OPEN'
  from flow.checklist_step where key = 's0';
insert into flow.calendar (id, key, name, time_zone) values (1000, 'bench', 'Bench', 'UTC');
insert into flow.service_level (id, key, name, calendar_id, target_minutes)
values (1000, 'bench', 'Bench', 1000, 60);
insert into flow.clock (id, service_level_id, about, target_seconds, state, started_at,
                        running_since, due_at, calendar_version, used_seconds, escalated_to)
select i, 1000, 'A' || i, 3600, 'RUNNING', now(), now(), now(), 1, 0, 0
  from generate_series(1, :many) i;
insert into flow.clock_alarm (clock_id, kind, level, percent, due_at)
select i, k, l, 100, now() - interval '1 minute'
  from generate_series(1, :many) i, (values ('WARNING', 0), ('BREACH', 0), ('ESCALATION', 1)) a (k, l)
"""


class Asked(CountingReads):
    """A read pool that remembers what each statement was asked with."""

    def __init__(self, pool: Any) -> None:
        super().__init__(pool)
        self.arguments: list[tuple[Any, ...]] = []
        self.took: list[float] = []

    async def fetchrow(self, sql: str, *arguments: Any) -> tuple[Any, ...]:
        self.arguments.append(arguments)
        begun = time.perf_counter()
        row = await super().fetchrow(sql, *arguments)
        self.took.append((time.perf_counter() - begun) * 1000)
        return row


def my_tasks(url: str, engine: Engine) -> tuple[int, float, float, int]:
    """The statements of "my tasks", its ms when planned and when asked again; how many tasks."""
    world = LiveWorld(url)
    try:
        person = world.person("flow.worker", "flow.approver")
        with engine.begin() as connection:
            for table in ("checklist_step", "approval_task", "work_item"):
                moved = f"update flow.{table} set assignee_id = :me where assignee_id = 1001"
                connection.execute(text(moved), {"me": person.principal.user_id})
        pool: Any = Asked(world.runtime.reads)
        world.runtime.reads = pool
        variables = {"me": f"User:{person.principal.user_id}"}
        world.ask(TASKS, person, **variables)  # from now on it is known who asks
        pool.statements.clear()
        pool.arguments.clear()
        found = world.ask(TASKS, person, **variables)
        took = asyncio.run(_explained(url, pool.statements[0], pool.arguments[0]))
        many = len(pool.statements)
        for _ in range(40):
            world.ask(TASKS, person, **variables)
        again = statistics.median(pool.took[-10:])
        return many, took, again, sum(one["totalCount"] for one in found.values())
    finally:
        world.close()


async def _explained(url: str, statement: str, arguments: tuple[Any, ...]) -> float:
    """The ms of a statement as the database measures them: the median of some."""
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    try:
        runs = []
        for _ in range(9):
            said = await connection.fetchval(
                f"explain (analyze, format json) {statement}", *arguments
            )
            (plan,) = json.loads(said)
            runs.append(plan["Planning Time"] + plan["Execution Time"])
        return statistics.median(runs)
    finally:
        await connection.close()


DONE = {
    "escalate": "raised_at is not null from flow.clock_alarm",
    "hurry": "reminded_at is not null from flow.approval_task",
    "go_on_by_itself": "completed_as is not null from flow.checklist_step",
    "generate_tasks": "recurring_task_id is not null from flow.work_item",
    "ask_whether_trials_hold": "roll_out = 'DECIDE' from flow.work_item",
}
"""The jobs of flow that run by the clock, and of which rows one sees what each has done."""


def jobs(engine: Engine, generation: Generation) -> Iterator[tuple[str, float, int]]:
    """What the jobs by the clock take over all of it, each whole: seconds, and rows it has changed."""
    from dougong_flow import jobs as flow  # found since the add-ons are installed

    for name, what in DONE.items():
        condition, _, table = what.partition(" from ")
        count = text(f"select count(*) filter (where {condition}) from {table}")

        def run(ctx: Any, name: str = name) -> None:
            with ctx.acting_as("flow"):
                getattr(flow, name).rule(ctx)

        begun = time.perf_counter()
        in_transaction(engine, generation, Principal(None, "job", frozenset()), run)
        spent = time.perf_counter() - begun
        with engine.connect() as connection:
            yield name, spent, connection.scalar(count) or 0


def main() -> int:
    """Measure and print; 1 when something does not hold that must."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--checklists", type=int, default=10_000)
    parser.add_argument("--write", action="store_true", help="Keep it in benchmarks/results.")
    asked = parser.parse_args()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        print(line, flush=True)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        good = measure(Path(folder), asked.rounds, asked.checklists, say)
    if asked.write:
        (ROOT / "benchmarks/results/steps.md").write_text("\n".join(said) + "\n", "utf-8")
    return 0 if good else 1


def measure(home: Path, rounds: int, many: int, say: Callable[[str], None]) -> bool:
    """All of it; whether all holds."""
    say(
        f"# `make bench-steps`\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, at {machine.commit()}, on"
    )
    say(f"{machine.processor()}, load {machine.load_now():.1f} at the beginning.\n")
    register(home / "site", "papers", "dougong")
    sys.path.append(str(home / "site"))
    url = database_url(home, None)
    engine = open_database(url, pool_size=2)
    prepare(engine)
    install(engine, {"flow", "papers"})
    generation = load_generation(engine)
    with Session(engine) as session, session.begin():
        who = make_person(session, ("papers.editor",), "Ada")
    postmaster = home / "postgres" / "cluster" / "postmaster.pid"
    number = int(postmaster.read_text().split()[0])

    def processes() -> float:
        return time.process_time() + used(family(number))

    cpu, clock, differ = compared(engine, generation, who, processes, rounds)
    say("| a step with 4 reactions | CPU, µs | by the clock, µs |\n|---|---|---|")
    for name in cpu:
        say(f"| {name} | {cpu[name]:,.0f} | {clock[name]:,.0f} |")
    ratio = cpu["step"] / cpu["by hand"]
    say(f"\n{ratio:.2f} × the CPU (at most {AIM}); events, audit and change log in both.")
    say("\n".join(differ) or "Both leave the same rows.")
    fill(engine, many)
    statements, took, again, tasks = my_tasks(url, engine)
    say(f"\n{many:,} checklists of 10 steps, as many approvals and clocks under way:\n")
    say(
        f"My tasks: {tasks} in {statements} statement, {took:.1f} ms in the database when it is "
        f"planned, {again:.1f} ms asked again and again (under {MOST_MS:.0f}).\n"
    )
    seconds = 0.0
    for what, spent, done in jobs(engine, generation):
        seconds += spent
        say(f"- `flow.{what}`: {spent:.2f} s, {done:,} rows")
    say(f"\nThe jobs by the clock: {seconds:.1f} s in all (under {MOST_SECONDS:.0f}).")
    say(f"Load {machine.load_now():.1f} at the end.")
    fast = ratio <= AIM and again < MOST_MS and seconds < MOST_SECONDS
    return fast and not differ and statements == 1


if __name__ == "__main__":
    sys.exit(main())
