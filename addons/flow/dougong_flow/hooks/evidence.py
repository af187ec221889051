"""What is filled in and what proves it: both are what they were when their step was completed."""

from typing import Any

from dougong import Context, File, Invalid, Refused, WrongState, before, guard
from dougong_flow.checking import LARGEST_FORM, decided_on, not_ready, running
from dougong_flow.definition_body import canonical
from dougong_flow.entities import ChecklistStep, Evidence, EvidenceKind, StepForm, StepState

EVIDENCE = "flow.evidence"
WITH_STEP = (Evidence.step,)
OF_STEP = ((StepForm.step, ChecklistStep.checklist),)


@before(Evidence.create)
def add_evidence_before_it_is_frozen(evidence: Evidence, ctx: Context) -> None:
    """Once the step is completed, evidence is only corrected, by a further revision of it."""
    step, corrected = evidence.step, evidence.corrects
    ctx.lock(step)
    if corrected is not None:
        same = (corrected.step, corrected.kind, corrected.name)
        if same != (step, evidence.kind, evidence.name):
            raise Invalid("corrects_something_else", at="corrects")
        evidence.revision = corrected.revision + 1
        evidence.round = step.round if step.state is StepState.READY else corrected.round
    elif fault := running(step.checklist) or not_ready(step) or decided_on(step, ctx):
        raise fault
    else:
        evidence.round = step.round
    if evidence.kind is EvidenceKind.FILE and evidence.sha256 is not None:
        raise Invalid("file_says_its_hash", at="sha256")
    if evidence.url is not None and not evidence.url.startswith(("https://", "http://")):
        raise Invalid("no_web_address", at="url")


@guard(Evidence.update, loads=WITH_STEP)
def change_no_frozen_evidence(evidence: Evidence, ctx: Context) -> Refused | None:
    """Evidence of a completed step stays as it is."""
    return _frozen(evidence, ctx)


@before(Evidence.update, form=True)
def leave_evidence_where_it_is(evidence: Evidence, ctx: Context, **form: Any) -> None:
    """Evidence does not move to another step, and does not turn into a correction."""
    for name in ("step", "corrects"):
        if form.get(name, getattr(evidence, name)) is not getattr(evidence, name):
            raise Invalid("evidence_stays_where_it_is", at=name)
    kind = form.get("kind", evidence.kind)
    if evidence.file_name is not None and kind is not EvidenceKind.FILE:
        raise Invalid("file_is_there", at="kind")
    if kind is EvidenceKind.FILE and form.get("sha256", evidence.sha256) != evidence.sha256:
        raise Invalid("file_says_its_hash", at="sha256")
    if kind is not evidence.kind and kind is EvidenceKind.FILE and evidence.sha256 is not None:
        raise Invalid("file_says_its_hash", at="kind")
    url = form.get("url")
    if url is not None and not url.startswith(("https://", "http://")):
        raise Invalid("no_web_address", at="url")


@guard(Evidence.delete, loads=WITH_STEP)
def delete_no_frozen_evidence(evidence: Evidence, ctx: Context) -> Refused | None:
    """Evidence of a completed step stays."""
    return _frozen(evidence, ctx)


def _frozen(evidence: Evidence, ctx: Context) -> Refused | None:
    ctx.lock(evidence.step)
    if evidence.step.state is StepState.READY and evidence.round == evidence.step.round:
        return decided_on(evidence.step, ctx)
    return WrongState("evidence_is_frozen", state=evidence.step.state)


# Files ----------------------------------------------------------------------------------------


@before(File.create)
def take_one_file_as_evidence(file: File, ctx: Context) -> None:
    """Evidence of kind FILE has one file, whose SHA-256 is of the bytes that are stored."""
    evidence = _proved_by(file, ctx)
    if evidence is None:
        return
    if evidence.corrects is None or evidence.file_name is not None:
        _check_open(evidence, ctx)
    if evidence.kind is not EvidenceKind.FILE:
        raise Invalid("evidence_is_no_file", at="record")
    if evidence.file_name is not None:
        raise Invalid("file_is_there", at="record")
    evidence.file_name, evidence.sha256 = file.name, file.sha256


@before(File.update, form=True)
def rename_the_evidence(file: File, ctx: Context, **form: Any) -> None:
    """The evidence says what its file is called."""
    evidence = _proved_by(file, ctx)
    if evidence is not None:
        _check_open(evidence, ctx)
        evidence.file_name = form.get("name", file.name)


@before(File.delete)
def take_the_file_away(file: File, ctx: Context) -> None:
    """Without its file it proves nothing."""
    evidence = _proved_by(file, ctx)
    if evidence is not None:
        _check_open(evidence, ctx)
        evidence.file_name = evidence.sha256 = None


def _proved_by(file: File, ctx: Context) -> Evidence | None:
    if file.entity != EVIDENCE:
        return None
    evidence = ctx.get(Evidence, file.number)
    ctx.lock(evidence)
    return evidence


def _check_open(evidence: Evidence, ctx: Context) -> None:
    if fault := _frozen(evidence, ctx):
        raise fault


# Forms ------------------------------------------------------------------------------------------


@before(StepForm.create)
def fill_in_what_is_ready(filled_in: StepForm, ctx: Context) -> None:
    """A form is filled in once the step is ready, and until it is completed (S0-51)."""
    _check_values(filled_in.values)
    if fault := _closed(filled_in, ctx):
        raise fault


@guard(StepForm.update, loads=OF_STEP)
def change_open_forms_only(filled_in: StepForm, ctx: Context) -> Refused | None:
    """What was completed stays as it was filled in."""
    return _closed(filled_in, ctx)


@before(StepForm.update, form=True)
def keep_forms_small(filled_in: StepForm, ctx: Context, **form: Any) -> None:
    """Whether it is right is checked when the step is completed (S0-51)."""
    _check_values(form.get("values", filled_in.values))
    if form.get("step", filled_in.step) is not filled_in.step:
        raise Invalid("form_stays_where_it_is", at="step")


@guard(StepForm.delete, loads=OF_STEP)
def delete_open_forms_only(filled_in: StepForm, ctx: Context) -> Refused | None:
    """What was completed stays as it was filled in."""
    return _closed(filled_in, ctx)


def _closed(filled_in: StepForm, ctx: Context) -> Refused | None:
    ctx.lock(filled_in.step)
    step = filled_in.step
    return running(step.checklist) or not_ready(step) or decided_on(step, ctx)


def _check_values(values: Any) -> None:
    if not isinstance(values, dict):
        raise Invalid("form_is_no_object", at="values")
    if len(canonical(values).encode()) > LARGEST_FORM:
        raise Invalid("form_too_large", at="values", bytes=LARGEST_FORM)
