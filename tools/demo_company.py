"""The demo company, served from a folder of its own, for tools that ask it as clients do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[1]
DOUGONG = (sys.executable, "-m", "dougong.cli")
PASSWORD = "only-for-this-run"  # noqa: S105 - of people who exist as long as the folder does
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(email: $email, password: $password) { token } }"""


class DemoCompany:
    """The Northwind company behind `dougong serve` on a free port; gone at the end of the block."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="dougong-")
        self._home = Path(self._folder.name)
        self.log = self._home / "serve.log"
        self._variables = {
            **{key: value for key, value in os.environ.items() if key != "DOUGONG_DATABASE_URL"},
            "DOUGONG_HOME": str(self._home),
            "DOUGONG_PORT": "0",
            "DOUGONG_DEMO_PASSWORD": PASSWORD,
        }
        demo = (*DOUGONG, "demo", str(ROOT / "examples" / "northwind"), "--no-serve")
        subprocess.run(demo, env=self._variables, stdout=subprocess.DEVNULL, check=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                (*DOUGONG, "serve"),
                env=self._variables,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.url = self._address()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=30)
        self._folder.cleanup()

    def _address(self) -> str:
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if "http://" not in said:
            raise SystemExit(f"The demo company is not served:\n{self.log.read_text('utf-8')}")
        url = said.split("serves ")[1].split()[0]
        for _ in range(200):
            try:
                urllib.request.urlopen(url.replace("/graphql", "/ready"))  # noqa: S310 - our own
                return url
            except urllib.error.URLError:
                time.sleep(0.05)
        raise SystemExit("The demo company does not get ready.")

    def ask(self, document: str, token: str | None = None, **variables: Any) -> Any:
        """The `data` of the answer to a document; raises AssertionError for errors."""
        body = json.dumps({"query": document, "variables": variables}).encode()
        answer = json.loads(self._fetch(self.url, token, body))
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def sign_in(self, person: str) -> str:
        """The token of one of the people in demo.toml: admin, manager, seller."""
        email = f"{person}@demo.example"
        return str(self.ask(SIGN_IN, email=email, password=PASSWORD)["signIn"]["token"])

    def schema(self, token: str) -> bytes:
        """The schema as text."""
        return self._fetch(f"{self.url}/schema.graphql", token)

    @staticmethod
    def _fetch(url: str, token: str | None, body: bytes | None = None) -> bytes:
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        request = urllib.request.Request(url, body, headers)  # noqa: S310 - our own server
        with urllib.request.urlopen(request) as response:  # noqa: S310
            return bytes(response.read())
