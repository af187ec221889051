"""An island: it depends on nobody, and nobody on it."""

from sqlalchemy.orm import Mapped

from dougong import Entity, Role, all_rows, change, link


class Palm(Entity):
    """A palm on the island."""

    name: Mapped[str]
    shade: Mapped["Palm | None"] = link(default=None)


NATIVE = Role("island.native", "Lives there.", grants=change(Palm), rows=[all_rows(Palm)])
