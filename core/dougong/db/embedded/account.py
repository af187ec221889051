"""Whom the server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from dougong.db.embedded.problem import ServerProblem

PREFERRED = ("dougong", "nobody")  # an account of its own, where the machine's owner made one


@dataclass(frozen=True)
class Account:
    """Whom to run the server as; both None: as whoever runs this process."""

    user: int | None = None
    group: int | None = None

    @property
    def owner(self) -> int:
        """The user id that owns the server's folders."""
        return os.geteuid() if self.user is None else self.user

    def give(self, folder: Path) -> None:
        """Make the account the owner of `folder`, which this process has just made."""
        if self.user is not None and self.group is not None:
            os.chown(folder, self.user, self.group)


def server_account(cluster: Path) -> Account:
    """The account for the server of `cluster`: its owner if it exists, else one that is not root.

    Raises ServerProblem if the folder is another user's, or if there is no account to use.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise ServerProblem(
                f"{cluster} belongs to another user (id {owner})",
                "run as the user who made it, or choose another folder with DOUGONG_HOME",
            )
        return Account()
    if owner:
        return Account(owner, cluster.stat().st_gid)
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServerProblem(
        "PostgreSQL does not run as root and this machine has no account named "
        + " or ".join(PREFERRED),
        "make one with 'useradd --system dougong', or run Dougong as an ordinary user",
    )
