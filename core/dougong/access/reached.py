"""What this process has read of who reaches which units and colleagues, to bring to statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any

from dougong.access.principal import Principal
from dougong.access.reach import Of, Reach

MOST_KEPT = 1_000
"""Of how many askers' roles it is kept: 60 MB, where all lead hundreds of thousands."""
MOST_UNITS = 1_000
HIGHEST_MEMBER = 500_000
"""Where more is reached, statements read the views: a parameter would be dearer to send and keep.

Units are sent as the text of an array, whose numbers an index can look up. Colleagues are sent as
a bit for each user's number: 6 kB for 50,000 users and 60 kB for 500,000 cost what 80 bytes cost.
"""
SQL = {
    of: f"""
select (select structure || ' ' || current_date from dougong.epoch),
       array(select distinct {of} from dougong.{view} where user_id = $1 and role = $2::text)
"""
    for of, view in ((Of.UNITS, "unit_reach"), (Of.TEAM, "team_reach"))
}
"""Read by itself, it is true for those principals who are of the same structure and day."""


Read = Callable[..., Awaitable[tuple[Any, ...]]]
"""What runs one statement, with its arguments, and returns its one row."""


class StructureChanged(Exception):
    """Units, membership, assignments or the day are others than when the asker was looked up."""


class Reached:
    """The units and colleagues that askers reach, as they were read last."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Reach], str | bytes | None] = {}

    async def by(
        self, who: Principal, wanted: Collection[Reach], read: Read
    ) -> Mapping[Reach, str | bytes] | None:
        """What the parameters of a statement are; None where it is better to read the views.

        It is true at the principal's epoch and on its day; raises StructureChanged.
        """
        found: dict[Reach, str | bytes] = {}
        for reach in wanted:
            mine = reach if reach.user_id is not None else reach._replace(user_id=who.user_id)
            key = who.structure, mine
            kept = self._kept.pop(key) if key in self._kept else await self._ask(who, mine, read)
            self._kept[key] = kept  # as the last one
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            if kept is None:
                return None
            found[reach] = kept
        return found

    async def _ask(self, who: Principal, reach: Reach, read: Read) -> str | bytes | None:
        structure, numbers = await read(SQL[reach.of], reach.user_id, reach.role)
        if structure.decode() != who.structure:
            raise StructureChanged
        if reach.of is Of.TEAM:
            return None if max(numbers, default=0) > HIGHEST_MEMBER else bits(numbers)
        return None if len(numbers) > MOST_UNITS else f"{{{','.join(map(str, numbers))}}}"


def bits(numbers: Iterable[int]) -> bytes:
    """A bit for every number up to the highest, as `get_bit` reads it: the lowest bit first."""
    made = bytearray()
    for number in sorted(numbers, reverse=True):
        made = made or bytearray(number // 8 + 1)
        made[number // 8] |= 1 << number % 8
    return bytes(made)
