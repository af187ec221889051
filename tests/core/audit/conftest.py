"""Installations whose audit is looked at."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from audited import Audited

from dougong.testing.databases import Databases


@pytest.fixture
def audited(databases: Databases) -> Iterator[Callable[..., Audited]]:
    """`audited("crm")`: a database of its own with these add-ons."""
    opened: list[Audited] = []

    def make(*addons: str) -> Audited:
        opened.append(Audited(databases.clone(*addons)))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
