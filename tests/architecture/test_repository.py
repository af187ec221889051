"""The repository holds nothing of the machine that it was written on."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# In pieces, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    "|".join(
        (
            r"(?<![\w.$}~])/(?:work|root)/\w",
            r"(?<![\w.$}~])/home/\w",
            r"(?<![\w.$}~])/Users/\w",
            r"\b[\w.-]*pypi\.(?:org|python\.org)\b",
            r"\bfiles\.python" + r"hosted\.org\b",
            r"\bregistry\.(?:npmjs\.org|yarnpkg\.com)\b",
            r"https?://[\w.:-]+/(?:[\w./-]+/)?simple\b",
            r"--(?:extra-)?index-url\b",
            r"--find-links\b",
        )
    )
)


def tracked_files() -> list[Path]:
    """What git holds or would hold, by its own word."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def foreign_lines(text: str) -> list[str]:
    """The lines that name a developer's machine or a package registry."""
    return [line.strip() for line in text.splitlines() if FOREIGN.search(line)]


def test_no_file_names_a_developers_machine_or_a_package_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in tracked_files()
        if path != Path(__file__)
        for line in foreign_lines(path.read_text("utf-8", errors="ignore"))
    ]

    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "see /work/main/x",
        "cd /root/x",
        'open("/home/ann/x")',
        "/Users/ann",
        "https://pypi.org/simple",
    ],
)
def test_what_it_looks_for_is_found(line: str) -> None:
    assert foreign_lines(line) == [line]


@pytest.mark.parametrize(
    "line", ["https://a.example/home/x", "$HOME/root/x", "teamwork/root", "./work/x"]
)
def test_what_only_looks_like_it_is_not(line: str) -> None:
    assert foreign_lines(line) == []


def test_every_locked_requirement_is_pinned_and_hashed() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]

    assert len(lines) > 20
    assert [
        line for line in lines if not re.match(r"[a-z0-9-]+(\[.*\])?==\S+ .*--hash=sha256:", line)
    ] == []
