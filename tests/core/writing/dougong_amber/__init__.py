"""Amber, which comes first by its name but depends on the bees."""

from dougong import Context, after, answers, before
from dougong_bees import Hive
from dougong_garden import Bed, dangers, here, sow


@before(sow)
def shine(bed: Bed, ctx: Context) -> None:
    here("amber before sow", bed, ctx)


@answers(dangers)
def weather(bed: Bed, ctx: Context) -> list[str]:
    return ["resin"]


@after(sow)
def glow(bed: Bed, ctx: Context) -> None:
    here("amber after sow", bed, Hive.of(bed))
