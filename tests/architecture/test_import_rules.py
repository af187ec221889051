"""The import rules find what they are there to find."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

KEPT = {
    "core/dougong/__init__.py": "",
    "addons/party/dougong_party/__init__.py": "from dougong_party.entities import Party",
    "addons/party/dougong_party/entities.py": "import dougong\nclass Party: ...",
    "addons/crm/dougong_crm/__init__.py": "from dougong_crm import hooks",
    "addons/crm/dougong_crm/hooks.py": "from dougong_crm import actions",
    "addons/crm/dougong_crm/actions.py": "from dougong_crm import reports",
    "addons/crm/dougong_crm/reports.py": "from dougong_crm.entities import Lead",
    "addons/crm/dougong_crm/entities.py": "from dougong_party import Party\nclass Lead: ...",
    "addons/crm/dougong_crm/graphql.py": "import strawberry",
    "addons/stock/dougong_stock/__init__.py": "class Move: ...",
    "addons/stock/dougong_stock/with_crm/__init__.py": "from dougong_stock.with_crm import hooks",
    "addons/stock/dougong_stock/with_crm/hooks.py": "from dougong_crm import Lead",
}
PYPROJECTS = {
    "party": 'name = "dougong-party"\ndependencies = ["dougong>=0.1"]',
    "crm": 'name = "dougong-crm"\ndependencies = ["dougong-party>=0.1"]',
    "stock": 'name = "dougong-stock"\ndependencies = []\n'
    '[project.optional-dependencies]\ncrm = ["dougong-crm"]',
}


def check(root: Path, planted: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the rules over the small workspace above, with some files replaced."""
    for name, text in (KEPT | planted).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for addon, project in PYPROJECTS.items():
        (root / "addons" / addon / "pyproject.toml").write_text(f"[project]\n{project}")
    paths = [str(root / "core"), *(str(path) for path in (root / "addons").iterdir())]
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "import_rules.py", root],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
    )


def test_imports_that_point_down_and_through_front_doors_are_kept(tmp_path: Path) -> None:
    done = check(tmp_path, {})

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "text", "broken"),
    [
        ("core/dougong/__init__.py", "import dougong_crm", "The core knows no add-on"),
        (
            "addons/crm/dougong_crm/entities.py",
            "from dougong_party.entities import Party",
            "dougong_party is entered by its front door",
        ),
        (
            "addons/party/dougong_party/entities.py",
            "import dougong_crm",
            "dougong_party imports what its pyproject.toml depends on",
        ),
        (
            "addons/stock/dougong_stock/__init__.py",
            "from dougong_crm import Lead",
            "dougong_stock imports what its pyproject.toml depends on",
        ),
        (
            "addons/stock/dougong_stock/with_crm/hooks.py",
            "import dougong_party",
            "dougong_stock imports what its pyproject.toml depends on",
        ),
        (
            "addons/crm/dougong_crm/entities.py",
            "from dougong_crm import actions",
            "dougong_crm is layered",
        ),
        (
            "addons/crm/dougong_crm/reports.py",
            "from dougong_crm import actions",
            "No circles",
        ),
        ("addons/crm/dougong_crm/hooks.py", "import psycopg", "Engines stay behind the core"),
    ],
)
def test_a_planted_import_is_found(tmp_path: Path, file: str, text: str, broken: str) -> None:
    done = check(tmp_path, {file: text})

    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{broken} BROKEN" in " ".join(done.stdout.split())
