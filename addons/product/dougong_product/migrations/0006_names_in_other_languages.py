"""Names in other languages, beside those that were entered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "attribute_value",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="product",
    )
    op.add_column(
        "currency",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="product",
    )
    op.add_column(
        "price_list",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="product",
    )
    op.add_column(
        "product",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="product",
    )
    op.add_column(
        "product_attribute",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="product",
    )
    op.add_column(
        "product_category",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="product",
    )
    op.add_column(
        "product_family",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="product",
    )
    op.add_column(
        "tax",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="product",
    )
    op.add_column(
        "unit_of_measure",
        sa.Column(
            "name_translations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        schema="product",
    )
