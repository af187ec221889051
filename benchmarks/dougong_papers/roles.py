"""Who decides."""

from dougong import Role, all_rows, create, read
from dougong_papers.entities import Paper, Remark
from dougong_papers.permissions import ACCEPT

EDITOR = Role(
    "papers.editor",
    "Decides what is printed.",
    grants=[ACCEPT, read(Paper), read(Remark), create(Remark)],
    rows=[all_rows(Paper), all_rows(Remark)],
)
