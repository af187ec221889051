"""Signing in: sessions and keys, throttling, second factor, identities at other providers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def when(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def of_user(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id")
    return sa.ForeignKeyConstraint(["user_id"], ["dougong.user.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    for column in (
        sa.Column("kind", sa.Text(), server_default="SESSION", nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        when("last_used_at", nullable=True),
        sa.Column("read_only", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("second_factor", sa.Boolean(), server_default="false", nullable=False),
    ):
        op.add_column("token", column, schema="dougong")
    op.create_check_constraint(
        op.f("ck_token_kind"), "token", "kind in ('SESSION', 'KEY')", schema="dougong"
    )
    op.create_table(
        "sign_in_throttle",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        when("next_at"),
        when("last_at"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_throttle")),
        schema="dougong",
    )
    op.create_table(
        "sign_in_place",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        when("seen_at"),
        of_user("sign_in_place"),
        sa.PrimaryKeyConstraint("user_id", "address", name=op.f("pk_sign_in_place")),
        schema="dougong",
    )
    op.create_table(
        "password_link",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        when("expires_at"),
        of_user("password_link"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_password_link")),
        sa.UniqueConstraint("sha256", name=op.f("uq_password_link_sha256")),
        schema="dougong",
    )
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        when("confirmed_at", nullable=True),
        of_user("second_factor"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
        schema="dougong",
    )
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        of_user("recovery_code"),
        sa.PrimaryKeyConstraint("user_id", "sha256", name=op.f("pk_recovery_code")),
        schema="dougong",
    )
    op.create_table(
        "second_factor_role",
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_second_factor_role")),
        schema="dougong",
    )
    op.create_table(
        "identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        when("linked_at"),
        of_user("identity"),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identity")),
        sa.UniqueConstraint("issuer", "user_id", name=op.f("uq_identity_issuer_user_id")),
        schema="dougong",
    )
    for statement in AT_START:
        op.execute(statement)


AT_START = (
    # What a token means is remembered by epoch, and which roles ask for a second factor is a part
    # of that. When a token was last used is not: it is written often and changes nobody's rights.
    "drop trigger raise_epoch on dougong.token",
    """
    create trigger raise_epoch after delete or truncate
        or update of revoked_at, expires_at, user_id, roles, read_only, second_factor
    on dougong.token for each statement execute function dougong.raise_epoch()
    """,
    """
    create trigger raise_epoch after insert or update or delete or truncate
    on dougong.second_factor_role execute function dougong.raise_epoch()
    """,
)
