"""Access against a second opinion: rules, units and delegation evaluated in plain Python."""

import json
import random
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from gardens import GardenWorld
from sqlalchemy import insert, select, text

from dougong.access.permissions import Operation
from dougong.access.principal import ItemChange, Principal
from dougong.access.reach import BoundMe
from dougong.access.rules import Right
from dougong.access.users import User
from dougong.builtin.organisation.entities import Membership, RoleAssignment, Unit, UnitKind
from dougong.builtin.organisation.explaining import (
    Verdict,
    able,
    explain,
    explanation,
    principals,
    right_named,
)
from dougong.errors import Invalid, Refused
from dougong_vault import DEAL, SEE_COST, Deal, Piece

RIGHTS: tuple[Right, ...] = (*Operation, DEAL, SEE_COST)
RULES = (
    "all_rows",
    "own(owner)",
    "own(backer)",
    "team(owner)",
    "unit(office)",
    'where {"name": {"in": ["a", "b"]}}',
    'where {"state": {"ne": "DRAFT"}, "name": {"gte": "b"}}',
    'where {"version": {"isNull": false}, "name": {"lt": "b"}}',
)


@dataclass
class Facts:
    """What the database holds, as plain Python has it."""

    today: Any
    parents: dict[int, int | None] = field(default_factory=dict)
    members: list[tuple[int, int, Any, Any]] = field(default_factory=list)
    assigned: list[tuple[int, str, int | None, Any, Any]] = field(default_factory=list)
    delegated: list[tuple[int, int, str | None, Any, Any]] = field(default_factory=list)
    items: dict[str, set[str]] = field(default_factory=dict)

    def now(self, since: Any, until: Any) -> bool:
        return (since is None or since <= self.today) and (until is None or self.today <= until)

    def below(self, unit: int) -> set[int]:
        found = {unit}
        while more := {u for u, above in self.parents.items() if above in found} - found:
            found |= more
        return found

    def units(self, user: int, role: str) -> set[int]:
        reached: set[int] = set()
        for who, name, unit, since, until in self.assigned:
            if (who, name) == (user, role) and self.now(since, until):
                mine = [unit] if unit is not None else self._belongs(user)
                reached |= set().union(*(self.below(one) for one in mine))
        return reached

    def _belongs(self, user: int) -> list[int]:
        return [
            u for who, u, since, until in self.members if who == user and self.now(since, until)
        ]

    def team(self, user: int, role: str) -> set[int]:
        units = self.units(user, role)
        return {w for w, u, since, until in self.members if u in units and self.now(since, until)}

    def held(self, user: int) -> list[tuple[int, str]]:
        """The roles held today, with the user whose they are."""
        own = [
            (user, r)
            for w, r, _, since, until in self.assigned
            if w == user and self.now(since, until)
        ]
        for giver, taker, role, since, until in self.delegated:
            if taker == user and self.now(since, until):
                own += [
                    (giver, r)
                    for w, r, _, *days in self.assigned
                    if w == giver and role in (None, r) and self.now(*days)
                ]
        return own

    def allowed(self, user: int, right: Right, deal: dict[str, Any]) -> bool:
        held = self.held(user)
        wanted = f"{right} vault.deal" if isinstance(right, Operation) else right.name
        cut = {
            me
            for me, role in held
            for rule in self.items[role]
            if rule.startswith("restrict ")
            and not self.covers(rule.removeprefix("restrict vault.deal "), deal, me, role)
        }
        return user not in cut and any(
            self.covers(rule.removeprefix("rows vault.deal "), deal, me, role)
            for me, role in held
            if wanted in self.items[role] and me not in cut
            for rule in self.items[role]
            if rule.startswith("rows ")
        )

    def covers(self, rule: str, deal: dict[str, Any], me: int, role: str) -> bool:
        match rule:
            case "all_rows":
                return True
            case "own(owner)":
                return bool(deal["owner"] == me)
            case "own(backer)":
                return bool(deal["backer"] == me)
            case "team(owner)":
                return deal["owner"] in self.team(me, role)
            case "unit(office)":
                return deal["office"] in self.units(me, role)
        tests = json.loads(rule.removeprefix("where "))
        return all(
            compare(deal[name], how, value)
            for name, asked in tests.items()
            for how, value in asked.items()
        )


def compare(mine: Any, how: str, value: Any) -> bool:
    match how:
        case "in":
            return mine in value
        case "ne":
            return bool(mine != value)
        case "gte":
            return bool(mine >= value)
        case "lt":
            return bool(mine < value)
        case "isNull":
            return (mine is None) is value
    raise AssertionError(how)


class Trial:
    """One company at random, in the database and as facts."""

    def __init__(self, world: GardenWorld, seed: int) -> None:
        self.world, self.dice = world, random.Random(seed)
        self.session = world.session
        self.session.info.pop("context", None)
        for table in (
            "vault.deal",
            "dougong.delegation",
            "dougong.role_assignment",
            "dougong.membership",
            "dougong.unit",
            "dougong.role_change",
        ):
            self.session.execute(text(f"delete from {table}"))
        self.facts = Facts(self.session.scalar(text("select current_date")))
        self.users = [self._user() for _ in range(7)]
        self.units = [self._unit(i) for i in range(6)]
        self._people()
        self.deals = [self._deal(i) for i in range(14)]

    def _add(self, entity: Any, **values: Any) -> int:
        made = insert(entity.__table__).values(values).returning(entity.__table__.c.id)
        return int(self.session.scalar(made) or 0)

    def _user(self) -> int:
        name = f"u{self.dice.random()}"
        return self._add(User, email=f"{name}@x.example", name=name)

    def _unit(self, i: int) -> int:
        known = list(self.facts.parents)
        parent = self.dice.choice([None, *known]) if known else None
        code = f"unit {i} {self.dice.random()}"
        unit = self._add(Unit, code=code, name="x", kind=UnitKind.TEAM, parent_id=parent)
        self.facts.parents[unit] = parent
        return unit

    def _days(self) -> tuple[Any, Any]:
        today, day = self.facts.today, timedelta(days=1)
        return self.dice.choice(
            [*[(None, None)] * 5, (today, today), (None, today - day), (today + day, None)]
        )

    def _people(self) -> None:
        dice, facts = self.dice, self.facts
        for number in range(4):
            name = f"company.r{number}"
            facts.items[name] = set()
            for right in RIGHTS:
                if dice.random() < 0.6:
                    said = f"{right} vault.deal" if isinstance(right, Operation) else right.name
                    facts.items[name].add(said)
            facts.items[name] |= {
                f"rows vault.deal {one}" for one in dice.sample(RULES, dice.randint(0, 2))
            }
            if dice.random() < 0.25:
                facts.items[name].add(f"restrict vault.deal {dice.choice(RULES[1:])}")
            for item in facts.items[name]:
                self.session.execute(
                    text(
                        "insert into dougong.role_change (role, item, removed) values (:r, :i, false)"
                    ),
                    {"r": name, "i": item},
                )
        for user in self.users:
            for unit in dice.sample(self.units, dice.randint(0, 2)):
                since, until = self._days()
                self._add(Membership, user_id=user, unit_id=unit, since=since, until=until)
                facts.members.append((user, unit, since, until))
            for role in dice.sample(list(facts.items), dice.randint(0, 2)):
                since, until = self._days()
                where = dice.choice([None, None, *self.units])
                self._add(
                    RoleAssignment, user_id=user, role=role, unit_id=where, since=since, until=until
                )
                facts.assigned.append((user, role, where, since, until))
        for _ in range(2):
            giver, taker = dice.sample(self.users, 2)
            role = dice.choice([None, *facts.items])
            shift = timedelta(days=dice.choice([0, 0, 0, 1, -1]))
            day = facts.today + shift
            self.session.execute(
                text(
                    "insert into dougong.delegation (delegator_id, delegate_id, role, since, until) "
                    "values (:g, :t, :r, :d, :d)"
                ),
                {"g": giver, "t": taker, "r": role, "d": day},
            )
            facts.delegated.append((giver, taker, role, day, day))

    def _deal(self, i: int) -> dict[str, Any]:
        dice = self.dice
        deal: dict[str, Any] = {
            "name": dice.choice("abc") if i % 2 else f"{dice.choice('abc')} {i}",
            "owner": dice.choice([None, *self.users]),
            "backer": dice.choice([None, *self.users]),
            "office": dice.choice([None, *self.units]),
            "note": dice.choice([None, "x"]),
            "state": dice.choice(["DRAFT", "SUBMITTED"]),
            "version": 1,
        }
        while deal["name"] in {one["name"] for one in getattr(self, "made", [])}:
            deal["name"] += "x"
        self.made = [*getattr(self, "made", []), deal]
        columns = {
            "owner_id": deal["owner"],
            "backer_id": deal["backer"],
            "office_id": deal["office"],
        }
        same = {name: deal[name] for name in ("name", "note", "state")}
        deal["id"] = self._add(Deal, **same, **columns)
        deal["piece"] = self._add(Piece, deal_id=deal["id"], name="p")
        return deal


@pytest.fixture
def trials(garden: Any) -> list[Any]:
    world = garden("vault")
    return [world, *range(24)]  # made one after the other: each replaces the one before


def answers(trial: Trial, who: Principal, right: Right, entity: Any) -> set[int]:
    """The numbers of the records that the predicate lets somebody so treat."""
    rule = trial.world.generation.access.predicate(who, right, entity, entity, BoundMe(who.user_id))
    return set(trial.session.scalars(select(entity.id).where(rule)))


def loaded(trial: Trial, who: Principal) -> tuple[set[int], set[int], set[int]]:
    """What a session of somebody's loads: deals, pieces, and pieces through their deals."""
    ctx = trial.world.ctx(who)
    with ctx.asking("vault"):
        deals = ctx.find(Deal)
        through = {piece.id for deal in deals for piece in deal.pieces}
        return {deal.id for deal in deals}, {piece.id for piece in ctx.find(Piece)}, through


def test_predicate_session_and_plain_python_agree(trials: list[Any]) -> None:
    world, *seeds = trials
    looked = in_session = flipped = 0
    for seed in seeds:
        trial = Trial(world, seed)
        found = {who.user_id: who for who in principals(trial.session.connection())}
        for user in trial.users:
            who = found[user]
            seen = [d for d in trial.deals if trial.facts.allowed(user, Operation.READ, d)]
            pieces = {d["piece"] for d in seen}
            trial.session.expunge_all()
            assert loaded(trial, who) == ({d["id"] for d in seen}, pieces, pieces), (seed, user)
            in_session += 3 * len(trial.deals)
            for right in RIGHTS:
                wanted = {d["id"] for d in trial.deals if trial.facts.allowed(user, right, d)}
                assert answers(trial, who, right, Deal) == wanted, (seed, user, right)
                of_pieces = right if right in (Operation.READ, DEAL, SEE_COST) else Operation.UPDATE
                pieces = {
                    d["piece"] for d in trial.deals if trial.facts.allowed(user, of_pieces, d)
                }
                assert answers(trial, who, right, Piece) == pieces, (seed, user, right)
                looked += 2 * len(trial.deals)
                flipped += check_record(trial, who, right, trial.dice.choice(trial.deals), wanted)
    assert looked > 10_000
    assert in_session > 7_000
    assert flipped > 100


def check_record(
    trial: Trial, who: Principal, right: Right, deal: dict[str, Any], wanted: set[int]
) -> int:
    """The session and the explanation agree; without the rules it cites the answer is another."""
    allowed = deal["id"] in wanted
    ctx = trial.world.ctx(who)
    record = trial.session.get(Deal, deal["id"])
    assert record is not None
    assert ctx.allows(right, record) is allowed
    told = explain(ctx, who, right, Deal, deal["id"])
    assert told.allowed is allowed, (told, deal)
    cited = {Verdict.ALLOWS} if allowed else {Verdict.CUTS}
    items = {(one.role, one.item) for one in told.reasons if one.verdict in cited}
    kept = frozenset(c for c in who.changes if (c.role, c.item) not in items)
    others = explain(ctx, replace(who, changes=kept), right, Deal, deal["id"])
    if allowed:
        assert items
        assert not others.allowed
    elif items and any(one.verdict is Verdict.ALLOWS for one in told.reasons):
        assert others.allowed
    else:
        return 0
    return 1


def test_who_can_names_those_whom_the_rules_allow(trials: list[Any]) -> None:
    world, *seeds = trials
    for seed in seeds[:6]:
        trial = Trial(world, seed + 1_000)
        ctx = world.ctx()
        for deal in trial.deals[:4]:
            for right, name in (
                (Operation.READ, "read"),
                (Operation.UPDATE, "update"),
                (DEAL, "submit"),
            ):
                wanted = {
                    user
                    for user in trial.users
                    if trial.facts.allowed(user, Operation.READ, deal)
                    and trial.facts.allowed(user, right, deal)
                }
                found = able(ctx, name, Deal, deal["id"])
                mine = {one.user_id for one in found if one.user_id in trial.users}
                assert mine == wanted, (seed, deal, name)
                assert all(one.roles for one in found)
                said = explanation(
                    ctx,
                    next(
                        who
                        for who in principals(trial.session.connection())
                        if who.user_id == trial.users[0]
                    ),
                    name,
                    Deal,
                    deal["id"],
                )
                assert said.allowed is (trial.users[0] in wanted)


def test_an_explanation_says_what_is_missing_and_whose_rule_it_is(garden: Any) -> None:
    world = garden("vault")
    boss, reader, nobody = world.person("vault.boss"), world.person("vault.reader"), world.person()
    ctx = world.ctx()
    deal = ctx.create(Deal(name="secret", owner=None, pieces=[Piece(name="p")]))
    [piece] = deal.pieces
    away = replace(nobody, stands_in=frozenset({(boss.user_id, "vault.boss")}))
    added = replace(
        reader,
        changes=frozenset(
            {
                ItemChange("vault.reader", "update vault.deal", False),
                ItemChange("vault.reader", "rows vault.deal all_rows", False),
            }
        ),
    )
    cut = replace(reader, roles=reader.roles | {"vault.outsider"})

    def told(who: Principal, operation: str, record: Any = deal) -> list[tuple[Any, ...]]:
        found = explanation(ctx, who, operation, type(record), record.id)
        return [
            (one.verdict.name, one.item, one.role, one.addon, one.changed, one.for_user)
            for one in found.reasons
        ]

    everywhere = "rows vault.deal all_rows"
    assert told(boss, "update") == [("ALLOWS", everywhere, "vault.boss", "vault", False, None)]
    assert told(nobody, "update") == [("NOT_GRANTED", "read vault.deal", None, None, False, None)]
    assert told(reader, "update") == [("NOT_GRANTED", "update vault.deal", None, None, False, None)]
    assert told(reader, "submit") == [("NOT_GRANTED", "vault.deal", None, None, False, None)]
    assert told(reader, "field:cost") == [
        ("NOT_GRANTED", "vault.see_cost", None, None, False, None)
    ]
    assert told(away, "submit") == [
        ("ALLOWS", everywhere, "vault.boss", "vault", False, boss.user_id)
    ]
    assert ("ALLOWS", everywhere, "vault.reader", "vault", True, None) in told(added, "update")
    assert told(cut, "read")[0] == (
        "CUTS",
        "restrict vault.deal open",
        "vault.outsider",
        "vault",
        False,
        None,
    )
    assert told(boss, "delete", piece) == [
        ("ALLOWS", everywhere, "vault.boss", "vault", False, None)
    ]
    assert told(ctx.principal, "delete") == [
        ("ALLOWS", "everything", "dougong.administrator", "dougong", False, None)
    ]
    with pytest.raises(Invalid, match="no_such_operation"):
        right_named(world.generation, Deal, "fly")
    with pytest.raises(Refused, match="not_found"):
        explanation(ctx, boss, "read", Deal, 0)
