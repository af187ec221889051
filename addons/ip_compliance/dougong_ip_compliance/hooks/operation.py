"""What keeps trainings and records of operation true."""

from datetime import date
from typing import Any

from dougong import Context, Invalid, before
from dougong_ip_compliance.entities import OperationRecord, SystemTraining
from dougong_ip_compliance.hooks.programs import check_part, stays


@before(SystemTraining.create)
def hold_a_training(training: SystemTraining, ctx: Context) -> None:
    """A training is one that was held, of a programme that goes on."""
    check_part(training.program, None, ctx)
    _check_day(training.held_on, "held_on", ctx)


@before(SystemTraining.update, form=True)
def keep_a_training_where_it_is(training: SystemTraining, ctx: Context, **form: Any) -> None:
    """It stays with its programme."""
    stays(training, form, "program")
    _check_day(form.get("held_on", training.held_on), "held_on", ctx)


@before(OperationRecord.create)
def record_what_was_done(record: OperationRecord, ctx: Context) -> None:
    """A record is of something that was done, for a clause of the edition."""
    check_part(record.program, record.clause, ctx)
    _check(record, {}, ctx)


@before(OperationRecord.update, form=True)
def keep_a_record_where_it_is(record: OperationRecord, ctx: Context, **form: Any) -> None:
    """It stays with its programme and its clause."""
    check_part(record.program, None, ctx)
    stays(record, form, "program", "clause")
    _check(record, form, ctx)


def _check(record: OperationRecord, form: dict[str, Any], ctx: Context) -> None:
    _check_day(form.get("done_on", record.done_on), "done_on", ctx)
    used = form.get("form", record.form)
    if used is not None and used.program is not record.program:
        raise Invalid("form_of_another_program", at="form", number=used.number)


def _check_day(on: date, at: str, ctx: Context) -> None:
    if on > ctx.now.date():
        raise Invalid("done_in_the_future", at=at, today=ctx.now.date())
