"""Faults of manifest, pyproject, imports, translations, and of what modules do when imported."""

from __future__ import annotations

from faulty.project import Append, Change, Edit, Everywhere, Omit, Write

CRM_EXTRA = Edit(
    "pyproject.toml",
    '[project.entry-points."dougong.addons"]',
    "[project.optional-dependencies]\n"
    'crm = ["dougong-crm>=0.1,<0.2"]\n\n[project.entry-points."dougong.addons"]',
)
WITH_CRM = Write(
    "with_crm/__init__.py",
    '"""The library with the CRM."""\n\nfrom dougong import Bridge\n\n'
    'bridge = Bridge(title="Readers that were leads")\n',
)


def _dependency(old: str, new: str) -> tuple[Change, ...]:
    return (Edit("pyproject.toml", f'    "{old}",\n', new and f'    "{new}",\n'),)


def _entry_point(target: str) -> tuple[Change, ...]:
    return (Edit("pyproject.toml", '"dougong_library:addon"', f'"{target}"'),)


def _manifest(old: str, new: str) -> Change:
    return Edit("__init__.py", old, new)


MANIFEST: dict[str, tuple[Change, ...]] = {
    "need_not_in_pyproject": _dependency("dougong-party>=0.1,<0.2", ""),
    "dependency_not_needed_in_manifest": (_manifest(', needs=["party"]', ""),),
    "party_too_old": _dependency("dougong-party>=0.1,<0.2", "dougong-party>=7"),
    "core_too_old": _dependency("dougong>=0.1,<0.2", "dougong>=9"),
    "entry_point_names_nothing": _entry_point("dougong_library:plugin"),
    "entry_point_names_no_manifest": _entry_point("dougong_library:Book"),
    "entry_point_of_missing_package": _entry_point("dougong_libary:addon"),
    "manifest_has_another_name": (_manifest('name="library"', 'name="libraries"'),),
    "reserved_name": (
        Edit("pyproject.toml", 'library = "dougong', 'pg_library = "dougong'),
        *(
            Everywhere(name, '"library', '"pg_library')
            for name in ("__init__.py", "permissions.py", "roles.py", "migrations/0001_first.py")
        ),
    ),
    "needs_unknown_add_on": (_manifest('["party"]', '["party", "accounting"]'),),
    "needs_itself": (_manifest('["party"]', '["party", "library"]'),),
    "bridge_without_folder": (CRM_EXTRA, _manifest('["party"]', '["party"], bridges=["crm"]')),
    "bridge_not_in_manifest": (CRM_EXTRA, WITH_CRM),
    "bridge_side_not_in_pyproject": (
        WITH_CRM,
        _manifest('["party"]', '["party"], bridges=["crm"]'),
    ),
    "may_is_a_text": (_manifest('["party"]', '["party"], may=["party.create"]'),),
}


def _imports(name: str, line: str) -> tuple[Change, ...]:
    return (Append(name, f"\n{line}\n"),)


IMPORTS: dict[str, tuple[Change, ...]] = {
    "past_a_front_door": (
        Edit("entities.py", "from dougong_party ", "from dougong_party.entities "),
    ),
    "undeclared_add_on": _imports("actions.py", "from dougong_crm import Lead"),
    "circle": _imports("entities.py", "from dougong_library.workflows import loan_workflow"),
    "upward_import": _imports("permissions.py", "from dougong_library.entities import Loan"),
    "starlette_in_entities": _imports("entities.py", "from starlette.requests import Request"),
    "core_past_its_front_door": _imports(
        "actions.py", "from dougong.db.engine import open_database"
    ),
    "driver_in_hooks": _imports("hooks.py", "import psycopg"),
    "package_that_is_not_there": _imports("actions.py", "import isbnlib"),
}
LOCALE: dict[str, tuple[Change, ...]] = {
    "locale_broken": (Edit("locale/en.toml", 'number first."', "number first."),),
    "message_missing": (Edit("hooks.py", '"no_card"', '"too_many_loans"'),),
    "message_with_wrong_placeholder": (Edit("locale/en.toml", "{borrower}", "{borower}"),),
    "message_with_open_brace": (Edit("locale/en.toml", "{borrower}", "{borrower"),),
}


def _at_import(code: str, name: str = "actions.py") -> tuple[Change, ...]:
    return (Append(name, f"\n{code}\n"),)


MODULE_CODE: dict[str, tuple[Change, ...]] = {
    "syntax_error": _at_import("<<<<<<< HEAD"),
    "raises_at_import": _at_import(
        'from pathlib import Path\nPath("/etc/library.conf").read_text()'
    ),
    "exits_at_import": _at_import("import sys\nsys.exit()"),
    "exits_hard_at_import": _at_import("import os\nos._exit(0)"),
    "prints_at_import": _at_import('print("Library is loaded")'),
    "thread_at_import": _at_import(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()"
    ),
    "socket_at_import": _at_import(
        'import socket\nLISTENER = socket.create_server(("127.0.0.1", 0))'
    ),
    "sleeps_at_import": _at_import("import time\ntime.sleep(3600)"),
    "environment_at_import": _at_import('import os\nos.environ["TZ"] = "Asia/Shanghai"'),
    "replaces_a_core_function": _at_import(
        "Context.create = lambda self, record: record", "hooks.py"
    ),
    "changes_another_class": _at_import(
        "from dougong_party import Party\nParty.nickname = property(lambda party: party.name)",
        "hooks.py",
    ),
    "listens_to_another_class": _at_import(
        "from sqlalchemy import event\nfrom dougong_party import Party\n\n\n"
        '@event.listens_for(Party, "before_update")\n'
        "def notice(mapper, connection, party):\n    party.city = party.city",
        "hooks.py",
    ),
    "configures_mappers": _at_import(
        "from sqlalchemy.orm import configure_mappers\nconfigure_mappers()", "entities.py"
    ),
    "signal_at_import": _at_import("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)"),
    "decimal_context_at_import": _at_import("import decimal\ndecimal.getcontext().prec = 6"),
    "module_left_out": (Omit("workflows.py"),),
}
PLANTED = MANIFEST | IMPORTS | LOCALE | MODULE_CODE
