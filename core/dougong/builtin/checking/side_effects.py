"""What modules do beside declaring things, when they are imported."""

from __future__ import annotations

import ast
import decimal
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from dougong.builtin.checking.finding import Finding, place_in
from dougong.builtin.checking.sources import Source

FIX = "do it in a function that is called when it is needed, or not at all."
EVENTS = {
    "socket.bind": "listens on a socket",
    "socket.connect": "connects to a server",
    "os.putenv": "changes the environment",
    "os.unsetenv": "changes the environment",
    "os.system": "starts another program",
    "subprocess.Popen": "starts another program",
    "os.fork": "starts another process",
}
"""What Python tells those who audit it."""


class TookTooLong(BaseException):
    """The add-ons were not imported in time; raised where they had come to."""


class Watch:
    """What the add-ons do while they are imported in this process."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._on = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _arguments: Any) -> None:
        if self._on and event in EVENTS:
            self._note(EVENTS[event])

    def _note(self, what: str) -> bool:
        """Whether it is an add-on's doing."""
        place = _importing(sys._getframe(2))
        if place is not None:
            said = f"The module {what} when it is imported."
            self.findings.append(Finding(*place, said, FIX))
        return place is not None

    def _instead_of(self, work: Callable[..., Any], what: str) -> Callable[..., Any]:
        """A function that others may use, and that does nothing for an add-on but note it."""

        def instead(*given: Any, **named: Any) -> Any:
            return None if self._note(what) else work(*given, **named)

        return instead

    @contextmanager
    def watching(self, seconds: float) -> Iterator[None]:
        """Listen to what is imported; raises TookTooLong after so many seconds."""
        kept = sys.stdout, sys.stderr, os._exit, signal.signal
        waits, starts = time.sleep, threading.Thread.start
        before = decimal.getcontext().copy()
        signal.signal(signal.SIGALRM, _give_up)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        sys.stdout, sys.stderr = (_Told(self, one) for one in kept[:2])
        setattr(os, "_exit", _leave)
        setattr(signal, "signal", self._signal)
        setattr(time, "sleep", self._instead_of(waits, "waits"))
        setattr(threading.Thread, "start", self._instead_of(starts, "starts a thread"))
        self._on = True
        try:
            yield
        finally:
            self._on = False
            sys.stdout, sys.stderr = kept[:2]
            setattr(os, "_exit", kept[2])
            setattr(signal, "signal", kept[3])
            setattr(time, "sleep", waits)
            setattr(threading.Thread, "start", starts)
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._compare(before)

    def _signal(self, *_arguments: Any) -> Any:
        self._note("takes over a signal")
        return signal.SIG_DFL

    def _compare(self, before: decimal.Context) -> None:
        if str(decimal.getcontext()) != str(before):
            self.decimals = True
            decimal.setcontext(before)

    decimals = False
    """Whether amounts are rounded in another way since."""


class _Told:
    """A stream of the process; what an add-on writes to it is a finding."""

    def __init__(self, watch: Watch, stream: Any) -> None:
        self._watch, self._stream = watch, stream

    def write(self, text: str) -> int:
        self._watch._note("prints")
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _give_up(_number: int, frame: FrameType | None) -> NoReturn:
    raise TookTooLong


def _leave(code: int) -> NoReturn:
    raise SystemExit(code)


def _importing(frame: FrameType | None) -> tuple[str, int] | None:
    """The line of an add-on that is being imported; None while another package is."""
    while frame is not None:
        place = place_in(frame.f_code.co_filename)
        if place is not None and "migrations/" not in place:
            return place, frame.f_lineno
        if frame.f_code.co_name == "<module>":
            return None
        frame = frame.f_back
    return None


def examine_statements(source: Source) -> Iterator[Finding]:
    """What a module does to the classes of others when it is imported."""
    for node in _run_at_import(source.tree):
        match node:
            case ast.Assign(targets=targets):
                for one in targets:
                    yield from _changed(source, one)
            case ast.AugAssign(target=one) | ast.AnnAssign(target=one):
                yield from _changed(source, one)
            case ast.Call():
                yield from _called(source, node)


def _run_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: no bodies of functions, but decorators."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for mark in getattr(node, "decorator_list", ()):
                yield from ast.walk(mark)
        else:
            yield node
            yield from _run_at_import(node)


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _changed(source: Source, target: ast.AST) -> Iterator[Finding]:
    root = _root(target)
    if isinstance(target, ast.Attribute) and root in source.strangers:
        what = f"It sets {ast.unparse(target)}, which belongs to another package"
        fix = "use an Extension, a reaction or a computed field."
        if root == "decimal" or ast.unparse(target).endswith(".prec"):
            fix = "use decimal.localcontext() where another precision is needed."
        yield source.fault(target, f"{what}, and stays so after removal.", fix)


def _called(source: Source, call: ast.Call) -> Iterator[Finding]:
    name = ast.unparse(call.func).rpartition(".")[2]
    first = _root(call.args[0]) if call.args else ""
    if name in ("setattr", "delattr") and first in source.strangers:
        what = f"It changes {first}, which belongs to another package."
        yield source.fault(call, what, "use an Extension, a reaction or a computed field.")
    if name in ("listen", "listens_for") and first in source.strangers:
        what = f"It listens to {first} past the hooks: nobody sees, orders or removes that."
        yield source.fault(call, what, "write a reaction: @before(Party.update) and the like.")
    if name == "configure_mappers":
        what = "It configures the classes of all add-ons, some of which are not there yet."
        yield source.fault(call, what, "leave it out; Dougong does it when all are there.")


def examine_rounding(source: Source) -> Iterator[Finding]:
    """Where a module changes how amounts are rounded, once it is known that one does."""
    for node in _run_at_import(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("getcontext", "setcontext")
        ):
            what = "It changes how everybody's amounts are rounded."
            yield source.fault(node, what, "use decimal.localcontext() where it is needed.")
