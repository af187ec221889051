"""Names in other languages, beside those that were entered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "calendar",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="flow",
    )
    op.add_column(
        "calendar_exception",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="flow",
    )
    op.add_column(
        "definition",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="flow",
    )
    op.add_column(
        "recurring_task",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="flow",
    )
    op.add_column(
        "service_level",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="flow",
    )
