"""Names in other languages, beside those that were entered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "count_policy",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="inventory",
    )
    op.add_column(
        "location",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="inventory",
    )
    op.add_column(
        "warehouse",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="inventory",
    )
