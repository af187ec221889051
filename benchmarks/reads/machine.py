"""On what it was measured: the machine and the versions of everything."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import text

from dougong.db.engine import open_database

PACKAGES = (
    *("asyncpg", "graphql-core", "httptools", "orjson", "SQLAlchemy", "starlette"),
    *("strawberry-graphql", "uvicorn", "uvloop"),
)
SETTINGS = ("shared_buffers", "jit", "fsync", "max_parallel_workers_per_gather")


def described(url: str) -> dict[str, Any]:
    """Machine, versions and settings, for people to read."""
    engine = open_database(url, pool_size=None)
    with engine.connect() as connection:
        server = connection.execute(text("show server_version")).scalar_one()
        settings = [
            f"{name} {connection.execute(text(f'show {name}')).scalar_one()}" for name in SETTINGS
        ]
    return {
        "measured": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, at {commit()}",
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.release()}, load {load_now():.1f} at the end",
        "Python": f"{platform.python_version()}; "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "PostgreSQL": f"{server} (embedded, over a Unix socket); {', '.join(settings)}",
        "PostGraphile": "5.1.5 with postgraphile-plugin-connection-filter 4.0.1 on Node 22.23.3",
    }


def commit() -> str:
    """The commit that is checked out."""
    asked = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def processor() -> str:
    """What the machine computes with."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def load_now() -> float:
    """How many processes want to run, over the last minute."""
    return os.getloadavg()[0]
