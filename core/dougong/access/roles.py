"""The roles that the core itself brings."""

from __future__ import annotations

from dougong.access.permissions import Permission, Role, all_rows, read
from dougong.access.users import User

IMPORT_HISTORY = Permission(
    "dougong.import_history", "Bring in finished records as they are, without running steps."
)

SIGNED_IN_PERSON = Role(
    "dougong.person",
    "Everybody who has signed in sees who the colleagues are.",
    grants=[read(User)],
    rows=[all_rows(User)],
    implied=True,
)
ADMINISTRATOR = Role(
    "dougong.administrator",
    "May do everything with every record.",
    everything=True,
)
