"""Units, membership, roles held for a time or within a unit, delegation, changed roles."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "custom_role",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "name ~ '^company[.][a-z][a-z0-9_]{0,60}$'", name=op.f("ck_custom_role_name")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_custom_role_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_custom_role_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_role")),
        sa.UniqueConstraint("name", name=op.f("uq_custom_role_name")),
        schema="dougong",
    )
    op.create_table(
        "delegation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("delegator_id", sa.BigInteger(), nullable=False),
        sa.Column("delegate_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("delegate_id <> delegator_id", name=op.f("ck_delegation_delegate")),
        sa.CheckConstraint("until >= since", name=op.f("ck_delegation_until")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_delegation_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id"],
            ["dougong.user.id"],
            name=op.f("fk_delegation_delegate_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["delegator_id"],
            ["dougong.user.id"],
            name=op.f("fk_delegation_delegator_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_delegation_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
        schema="dougong",
    )
    op.create_index(
        op.f("ix_delegation_delegate_id"),
        "delegation",
        ["delegate_id"],
        unique=False,
        schema="dougong",
    )
    op.create_index(
        op.f("ix_delegation_delegator_id"),
        "delegation",
        ["delegator_id"],
        unique=False,
        schema="dougong",
    )
    op.create_table(
        "role_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_role_change_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_role_change_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_change")),
        sa.UniqueConstraint("role", "item", name=op.f("uq_role_change_role_item")),
        schema="dougong",
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('COMPANY', 'DEPARTMENT', 'TEAM', 'STORE')", name=op.f("ck_unit_kind")
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_unit_parent")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_unit_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["dougong.unit.id"], name=op.f("fk_unit_parent_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_unit_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
        schema="dougong",
    )
    op.create_index(
        "ix_unit_code_bigrams",
        "unit",
        [sa.literal_column("dougong.bigrams(code)")],
        unique=False,
        schema="dougong",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_unit_name_bigrams",
        "unit",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="dougong",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_unit_parent_id"), "unit", ["parent_id"], unique=False, schema="dougong"
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("until >= since", name=op.f("ck_membership_until")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_membership_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_membership_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_membership_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["dougong.user.id"], name=op.f("fk_membership_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "user_id",
            "unit_id",
            "since",
            name=op.f("uq_membership_user_id_unit_id_since"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="dougong",
    )
    op.create_index(
        op.f("ix_membership_unit_id"), "membership", ["unit_id"], unique=False, schema="dougong"
    )
    op.create_index(
        op.f("ix_membership_user_id"), "membership", ["user_id"], unique=False, schema="dougong"
    )
    op.create_table(
        "role_assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("until >= since", name=op.f("ck_role_assignment_until")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_role_assignment_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["dougong.unit.id"],
            name=op.f("fk_role_assignment_unit_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_role_assignment_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["dougong.user.id"],
            name=op.f("fk_role_assignment_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_assignment")),
        sa.UniqueConstraint(
            "user_id",
            "role",
            "unit_id",
            "since",
            name=op.f("uq_role_assignment_user_id_role_unit_id_since"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="dougong",
    )
    op.create_index(
        op.f("ix_role_assignment_unit_id"),
        "role_assignment",
        ["unit_id"],
        unique=False,
        schema="dougong",
    )
    op.create_index(
        op.f("ix_role_assignment_user_id"),
        "role_assignment",
        ["user_id"],
        unique=False,
        schema="dougong",
    )
    op.create_table(
        "unit_above",
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("above_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["above_id"],
            ["dougong.unit.id"],
            name=op.f("fk_unit_above_above_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["dougong.unit.id"], name=op.f("fk_unit_above_unit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("unit_id", "above_id", name=op.f("pk_unit_above")),
        schema="dougong",
    )
    op.create_index(
        op.f("ix_unit_above_above_id"), "unit_above", ["above_id"], unique=False, schema="dougong"
    )
    op.add_column(
        "epoch",
        sa.Column("structure", sa.BigInteger(), server_default="1", nullable=False),
        schema="dougong",
    )
    op.add_column("event", sa.Column("for_user_id", sa.BigInteger()), schema="dougong")
    for statement in STATEMENTS:
        op.execute(statement)


TODAY = "current_date between coalesce({0}.since, '-infinity') and coalesce({0}.until, 'infinity')"
STATEMENTS = (
    """
    insert into dougong.role_assignment (user_id, role)
    select user_id, role from dougong.role_holder
    """,
    "drop table dougong.role_holder",
    f"""
    create view dougong.role_holder as
    select distinct a.user_id, a.role from dougong.role_assignment a where {TODAY.format("a")}
    """,
    f"""
    create view dougong.unit_reach as
    select a.user_id, a.role, below.unit_id
      from dougong.role_assignment a
      left join dougong.membership m
        on a.unit_id is null and m.user_id = a.user_id and {TODAY.format("m")}
      join dougong.unit_above below on below.above_id = coalesce(a.unit_id, m.unit_id)
     where {TODAY.format("a")}
    union all
    select m.user_id, '', below.unit_id
      from dougong.membership m
      join dougong.unit_above below on below.above_id = m.unit_id
     where {TODAY.format("m")}
    """,
    f"""
    create view dougong.team_reach as
    select r.user_id, r.role, m.user_id as member_id
      from dougong.unit_reach r
      join dougong.membership m on m.unit_id = r.unit_id and {TODAY.format("m")}
    """,
    # Two who move units at once wait for each other here, and the second sees what the first did.
    """
    create function dougong.keep_unit_above() returns trigger
    language plpgsql as $$
    begin
        lock table dougong.unit_above in share row exclusive mode;
        if exists (
            with recursive above (unit_id, above_id) as (
                select id, parent_id from dougong.unit where parent_id is not null
                union
                select a.unit_id, u.parent_id from above a join dougong.unit u on u.id = a.above_id
                 where u.parent_id is not null
            )
            select 1 from above where unit_id = above_id
        ) then
            raise exception 'a unit lies below itself' using errcode = 'check_violation',
                constraint = 'ck_unit_parent', table = 'unit', schema = 'dougong';
        end if;
        delete from dougong.unit_above;
        insert into dougong.unit_above
        with recursive above (unit_id, above_id) as (
            select id, id from dougong.unit
            union
            select a.unit_id, u.parent_id from above a join dougong.unit u on u.id = a.above_id
             where u.parent_id is not null
        )
        select unit_id, above_id from above;
        return null;
    end
    $$
    """,
    """
    create trigger keep_unit_above after insert or delete or truncate or update of parent_id
    on dougong.unit execute function dougong.keep_unit_above()
    """,
    """
    create function dougong.raise_structure() returns trigger
    language plpgsql as $$
    begin
        update dougong.epoch set number = number + 1, structure = structure + 1;
        return null;
    end
    $$
    """,
    *(
        statement.format(table)
        for table in (
            "unit",
            "membership",
            "role_assignment",
            "delegation",
            "custom_role",
            "role_change",
        )
        for statement in (
            """
            create trigger raise_structure after insert or update or delete or truncate
            on dougong.{0} execute function dougong.raise_structure()
            """,
            """
            create trigger log_inserted after insert on dougong.{0} referencing new table as changed
            for each statement execute function dougong.log_rows('dougong.{0}', 'CREATED')
            """,
            """
            create trigger log_updated after update on dougong.{0} referencing new table as changed
            for each statement execute function dougong.log_rows('dougong.{0}', 'UPDATED')
            """,
            """
            create trigger log_deleted after delete on dougong.{0} referencing old table as changed
            for each statement execute function dougong.log_rows('dougong.{0}', 'DELETED')
            """,
        )
    ),
)
