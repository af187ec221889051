"""What add-ons ship as data: calendars and definitions, brought in and never written over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from importlib import resources
from typing import Any

from dougong import Context
from dougong_flow.definition_body import hash_of
from dougong_flow.entities import (
    Calendar,
    CalendarException,
    DayKind,
    Definition,
    DefinitionVersion,
    ServedParty,
    Trigger,
    Weekday,
    WeeklyInterval,
)


def calendars(ctx: Context) -> Iterator[Calendar]:
    """The calendars that the installed add-ons ship in `data/calendars/*.yaml`."""
    for _, said in _documents(ctx, "calendars"):
        yield Calendar(
            key=said["key"],
            name=said["name"],
            time_zone=said["time_zone"],
            intervals=[
                WeeklyInterval(weekday=Weekday[weekday], begins=begins, ends=ends)
                for weekday, hours in said["week"].items()
                for begins, ends in map(_interval, hours)
            ],
            exceptions=list(_exceptions(said)),
        )


def _exceptions(said: Mapping[str, Any]) -> Iterator[CalendarException]:
    for name, days in said.get("holidays", {}).items():
        for day in days:
            yield CalendarException(day=_day(day), kind=DayKind.HOLIDAY, name=name)
    for name, days in said.get("working_days", {}).items():
        for day, hours in days.items():
            for begins, ends in map(_interval, hours):
                yield CalendarException(
                    day=_day(day), kind=DayKind.WORKING, begins=begins, ends=ends, name=name
                )


def _day(said: date | str) -> date:
    return said if isinstance(said, date) else date.fromisoformat(said)


def _interval(said: str) -> tuple[str, str]:
    begins, _, ends = said.partition("-")
    return begins, ends


def definitions(ctx: Context) -> Iterator[tuple[Definition, DefinitionVersion]]:
    """The definitions that the installed add-ons ship in `data/definitions/*.yaml`.

    Each with a draft of what it says now, and by which release it came.
    """
    for release, said in _documents(ctx, "definitions"):
        definition = Definition(
            key=said["key"],
            name=said["name"],
            purpose=said["purpose"],
            serves=ServedParty[said["serves"]],
            goals=said.get("goals"),
            value_for=said.get("value_for"),
            success_metric=said.get("success_metric"),
            trigger=Trigger[said["trigger"]] if "trigger" in said else None,
            needs_trial=said.get("needs_trial", True),
            needs_reading=said.get("needs_reading", False),
        )
        definition.shipped = True
        yield definition, DefinitionVersion(body={"steps": said["steps"]}, change_source=release)


def is_known(body: Mapping[str, Any], versions: list[DefinitionVersion]) -> bool:
    """Whether one of some versions says the same, whatever has become of it."""
    return hash_of(body) in {one.content_hash or hash_of(one.body) for one in versions}


def _documents(ctx: Context, folder: str) -> Iterator[tuple[str, Any]]:
    """What the files in a folder of every installed add-on say, and of which release they are."""
    import yaml  # no server that starts needs it

    for part in ctx.generation.parts.values():
        files = resources.files(part.package) / "data" / folder
        if files.is_dir():
            for file in sorted(files.iterdir(), key=lambda one: one.name):
                if file.name.endswith(".yaml"):
                    yield f"{part.name} {part.version}", yaml.safe_load(file.read_text("utf-8"))
