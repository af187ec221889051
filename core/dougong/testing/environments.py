"""Python environments of their own, for tests that install distributions."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path


class Environment:
    """A virtual environment that sees everything that this one has; what it installs stays in it."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        """Make it in an empty `folder`; commands get `variables` besides the environment's own."""
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60
        )
        self.bin = folder / "bin"
        (packages,) = folder.glob("lib/python*/site-packages")
        ours = sysconfig.get_path("purelib")
        (packages / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
        self._script("dougong", "from dougong.cli import main; main()")
        self._script("pip", "from pip._internal.cli.main import main; raise SystemExit(main())")
        self.variables = {
            **os.environ,
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this one as “no isolation: yes”
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **variables,
        }

    def _script(self, name: str, code: str) -> None:
        path = self.bin / name
        path.write_text(f"#!{self.bin / 'python'}\n{code}\n")
        path.chmod(0o755)

    def run(self, command: str, *, folder: Path | None = None, fails: bool = False) -> str:
        """Run a shell command in it; what it printed on both streams.

        Fails the test when the command does, unless `fails` says that it must.
        """
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env=self.variables,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        assert (done.returncode != 0) == fails, f"{command}\n{done.stdout}"
        return done.stdout
