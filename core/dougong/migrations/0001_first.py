"""What the core remembers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "absent",
        sa.Column("api_name", sa.Text(), nullable=False),
        sa.Column("addon", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("api_name", "addon", name=op.f("pk_absent")),
        schema="dougong",
    )
    op.create_table(
        "addon",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("needs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "installed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind in ('ADDON', 'BRIDGE')", name=op.f("ck_addon_kind")),
        sa.CheckConstraint("state in ('INSTALLED', 'REMOVING')", name=op.f("ck_addon_state")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_addon")),
        schema="dougong",
    )
    op.create_table(
        "epoch",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_epoch_single")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_epoch")),
        schema="dougong",
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("addon", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=True),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("form", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        schema="dougong",
    )
    op.create_index(
        "ix_event_record", "event", ["entity", "record_id"], unique=False, schema="dougong"
    )
    op.create_table(
        "generation",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_generation_single")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_generation")),
        schema="dougong",
    )
    op.create_table(
        "high_water",
        sa.Column("schema", sa.Text(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("schema", "table", name=op.f("pk_high_water")),
        schema="dougong",
    )
    op.create_table(
        "user",
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
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_user_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_user_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        schema="dougong",
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
        schema="dougong",
    )
    op.create_table(
        "credential",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["dougong.user.id"], name=op.f("fk_credential_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_credential")),
        schema="dougong",
    )
    op.create_table(
        "role_holder",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["dougong.user.id"],
            name=op.f("fk_role_holder_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_role_holder")),
        schema="dougong",
    )
    op.create_table(
        "token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["dougong.user.id"], name=op.f("fk_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("sha256", name=op.f("uq_token_sha256")),
        schema="dougong",
    )
    op.create_index("ix_token_user_id", "token", ["user_id"], unique=False, schema="dougong")
    for statement in AT_START:
        op.execute(statement)


AT_START = (
    "insert into dougong.generation (number) values (1)",
    "insert into dougong.epoch (number) values (1)",
    # 4611000001 is dougong.db.locks.ENTER. A new statement sees what was committed while it waited
    # for the lock, as the function is VOLATILE and the transaction READ COMMITTED.
    """
    create function dougong.enter(expected bigint) returns void
    language plpgsql volatile as $$
    declare
        installed bigint;
    begin
        perform pg_advisory_xact_lock_shared(4611000001);
        select number into installed from dougong.generation;
        if installed is distinct from expected then
            raise exception 'generation % holds, not %', installed, expected
                using errcode = 'XG001';
        end if;
    end
    $$
    """,
    """
    create function dougong.raise_epoch() returns trigger
    language plpgsql as $$
    begin
        update dougong.epoch set number = number + 1;
        return null;
    end
    $$
    """,
    """
    create trigger raise_epoch after insert or update or delete or truncate
    on dougong.role_holder execute function dougong.raise_epoch()
    """,
    """
    create trigger raise_epoch after delete or truncate or update of revoked_at, expires_at, user_id
    on dougong.token execute function dougong.raise_epoch()
    """,
    """
    create trigger raise_epoch after delete or truncate or update of active, name
    on dougong."user" execute function dougong.raise_epoch()
    """,
    """
    create function dougong.refuse_change() returns trigger
    language plpgsql as $$
    begin
        raise exception 'dougong.% is append-only', tg_table_name;
    end
    $$
    """,
    """
    create trigger append_only before update or delete or truncate
    on dougong.event execute function dougong.refuse_change()
    """,
)
