"""Which tests `make test` leaves to `make test-slow`."""

from pathlib import Path

import pytest

SLOW = {
    "composition": ("faulty_addons", "life_cycles", "new_addon", "third_party"),
    "docs": ("signing_in", "tutorial"),
    "lifecycle": (
        *("backup", "contract_faults", "doctor", "install_orders", "kept", "killed", "orphans"),
        *("plans", "plans_in_the_api", "preparing", "upgrade"),
    ),
    "live": ("living_on",),
    "writing": ("killed_workers",),
}
"""Files, by their folder: each needs processes, installs and servers of its own by the dozen."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them."""
    files = {(folder, f"test_{name}") for folder, names in SLOW.items() for name in names}
    for item in items:
        path = Path(item.path)
        if (path.parent.name, path.stem) in files:
            item.add_marker("slow")
