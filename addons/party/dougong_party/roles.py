"""Who may do what with parties."""

from dougong import Role, all_rows, change, read
from dougong_party.entities import Party

READER = Role(
    "party.reader",
    "Sees all parties and their contacts.",
    grants=[read(Party)],
    rows=[all_rows(Party)],
)
EDITOR = Role(
    "party.editor",
    "Keeps parties and their contacts up to date.",
    grants=change(Party),
    rows=[all_rows(Party)],
)
