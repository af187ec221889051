"""Amber, which comes first by its name but depends on the bees."""

from dougong import Context, after, before
from dougong_bees import Hive
from dougong_garden import Bed, here, sow


@before(sow)
def shine(bed: Bed, ctx: Context) -> None:
    here("amber before sow", bed, ctx)


@after(sow)
def glow(bed: Bed, ctx: Context) -> None:
    here("amber after sow", bed, Hive.of(bed))
