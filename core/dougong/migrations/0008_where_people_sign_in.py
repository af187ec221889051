"""Whether anybody has signed in at an address is asked for each attempt."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_sign_in_place_address", "sign_in_place", ["address"], schema="dougong")
