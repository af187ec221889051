"""What the next generation shall have, and what workers say of it; installs that are not finished."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

STATES = "state in ('INSTALLED', 'PREPARING', 'REMOVING')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_addon_state"), "addon", schema="dougong")
    op.create_check_constraint(op.f("ck_addon_state"), "addon", STATES, schema="dougong")
    for table, column in (
        (
            "generation",
            sa.Column("candidate", sa.BigInteger(), server_default="0", nullable=False),
        ),
        ("generation", sa.Column("candidate_parts", sa.ARRAY(sa.Text()), nullable=True)),
        ("worker", sa.Column("candidate", sa.BigInteger(), server_default="0", nullable=False)),
        ("worker", sa.Column("sdl", sa.Text(), nullable=True)),
        ("worker", sa.Column("problem", sa.Text(), nullable=True)),
        ("worker", sa.Column("fenced", sa.Boolean(), server_default="false", nullable=False)),
    ):
        op.add_column(table, column, schema="dougong")
