"""The company of `make bench-reads` with units, four hundred people in them, and those who ask."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from dougong.access.tokens import issue_token
from dougong.addons.install import install
from dougong.addons.installed import load_generation
from dougong.builtin.sign_in.commands import add_user
from reads.company import Sizes, home_of, open_company

# One company; trade with six departments and the rest with two, five teams in each, ten people in
# each team. Trade handles and sells three quarters of the orders, as one person owns as many.
ROWS = """
set local session_replication_role = origin;
insert into dougong.unit (code, name, kind) values ('company', 'Company', 'COMPANY');
insert into dougong.unit (code, name, kind, parent_id)
select code, code, 'DEPARTMENT', (select id from dougong.unit where code = 'company')
  from (values ('trade'), ('rest')) two (code);
insert into dougong.unit (code, name, kind, parent_id)
select 'department ' || i, 'Department ' || i, 'DEPARTMENT',
       (select id from dougong.unit where code = case when i < 6 then 'trade' else 'rest' end)
  from generate_series(0, 7) i;
insert into dougong.unit (code, name, kind, parent_id)
select 'team ' || i, 'Team ' || i, 'TEAM',
       (select id from dougong.unit where code = 'department ' || i / 5)
  from generate_series(0, 39) i;
insert into dougong."user" (email, name)
select 'person' || i || '@bench.example', 'Person ' || i from generate_series(0, 399) i;
insert into dougong.role_assignment (user_id, role)
select id, 'branches.own' from dougong."user" where email like 'person%';
insert into dougong.membership (user_id, unit_id, since, until)
select u.id, t.id, span.since, span.until
  from generate_series(0, 399) i
  join dougong."user" u on u.email = 'person' || i || '@bench.example'
  join dougong.unit t on t.code = 'team ' || i / 10
 cross join (values (date '2020-01-01', null), (date '2015-01-01', date '2019-12-31'))
       span (since, until);
select setseed(0.42);
insert into branches.branch_order
       (number, ordered_on, state, currency, freight, margin, ship_to_city, owner_id, seller_id,
        office_id, created_at, updated_at)
select o.number, o.ordered_on, o.state, o.currency, o.freight, o.freight, o.ship_to_city,
       o.owner_id, u.id, t.id, o.created_at, o.updated_at
  from (select *, floor(random() * 400) as person, floor(random() * 40) as team
          from sales_order.sales_order order by id) o
  join dougong."user" u on u.email = 'person' || o.person || '@bench.example'
  join dougong.unit t on t.code = 'team ' || o.team
 order by o.id;
"""


@dataclass(frozen=True)
class Asker:
    """Somebody who asks, by the roles held and where."""

    name: str
    roles: tuple[str, ...]
    unit: str | None = None


ASKERS = (
    Asker("all", ("branches.all",)),
    Asker("team", ("branches.team",), "trade"),
    Asker("unit", ("branches.unit",), "trade"),
    Asker("own-or-unit", ("branches.own", "branches.unit"), "trade"),
    Asker("uncancelled", ("branches.all", "branches.uncancelled")),
    Asker("inside", ("branches.all", "branches.inside"), "trade"),
    Asker("analyst", ("branches.analyst",)),
    Asker("controller", ("branches.all", "branches.controller")),
    Asker("accountant", ("branches.all", "branches.accountant"), "trade"),
    Asker("one-team", ("branches.team",), "team 3"),
    Asker("one-unit", ("branches.unit",), "team 3"),
)
OWNER = "seller0@bench.example"
"""Who owns three quarters of the orders."""
OWN = """
insert into dougong.role_assignment (user_id, role)
select id, 'branches.own' from dougong."user" where email = :email
"""


def register(site: Path, name: str = "branches", needs: str = "dougong-sales-order") -> None:
    """Have Python find an add-on beside this package as if a distribution had brought it."""
    described = site / f"dougong_{name}-1.0.dist-info"
    described.mkdir(parents=True, exist_ok=True)
    (described / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: dougong_{name}\nVersion: 1.0\nRequires-Dist: {needs}\n",
        "utf-8",
    )
    (described / "entry_points.txt").write_text(
        f"[dougong.addons]\n{name} = dougong_{name}:addon\n", "utf-8"
    )


def open_offices(engine: Engine, sizes: Sizes | None = None) -> None:
    """The reads' company, with the add-on installed and filled."""
    open_company(engine, sizes)
    install(engine, ["branches"])
    generation = load_generation(engine)
    with engine.begin() as connection:
        for statement in ROWS.strip().rstrip(";").split(";\n"):
            connection.execute(text(statement))
        for asker in ASKERS:
            user = add_user(
                connection,
                generation,
                email=f"{asker.name}@bench.example",
                name=asker.name,
                roles=asker.roles,
                password="benchmark only",
            )
            if asker.unit:
                _place(connection, user, asker.unit)
        connection.execute(text(OWN), {"email": OWNER})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
        connection.execute(text("checkpoint"))


def _place(connection: Connection, user: int, unit: str) -> None:
    connection.execute(
        text(
            "update dougong.role_assignment set unit_id = "
            "(select id from dougong.unit where code = :unit) where user_id = :user"
        ),
        {"unit": unit, "user": user},
    )


def home_of_offices(folder: Path) -> Path:
    """The installation for this company; another one when anything that it is made of changes."""
    here = Path(__file__)
    digest = hashlib.sha256(home_of(folder).name.encode())
    for path in (here, *sorted((here.parents[1] / "dougong_branches").rglob("*.py"))):
        digest.update(path.read_bytes())
    return folder / digest.hexdigest()[:12]


def tokens(engine: Engine) -> dict[str, str]:
    """A new token for everybody who asks, by name."""
    with Session(engine) as session, session.begin():
        found = session.execute(
            text('select id, email from dougong."user" where email not like :no'), {"no": "person%"}
        )
        return {
            email.partition("@")[0]: issue_token(session, number, datetime.now(UTC))
            for number, email in found.all()
        }
