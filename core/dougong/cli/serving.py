"""`dougong serve`: answer requests until told to stop."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from typing import TYPE_CHECKING

import click
from sqlalchemy import Engine

from dougong.cli.installation import Installation, about_installation
from dougong.errors import SetupError
from dougong.generation import Generation

if TYPE_CHECKING:
    from dougong.web import Serving


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8000,
    type=click.IntRange(0, 65535),
    show_default=True,
    envvar="DOUGONG_PORT",
    help="0 takes a free one.",
)
@click.option(
    "--only-trusted", is_flag=True, help="Run only documents that were registered before."
)
@click.option(
    "--development", is_flag=True, help="Show the schema to everybody; on this machine only."
)
@click.option(
    "--connections",
    default=1_000,
    type=click.IntRange(1),
    show_default=True,
    envvar="DOUGONG_CONNECTIONS",
    help="How many sockets and streams of events may be open at a time.",
)
@click.option(
    "--connections-of-one",
    default=50,
    type=click.IntRange(1),
    show_default=True,
    envvar="DOUGONG_CONNECTIONS_OF_ONE",
    help="The same of one user, or of an address that has not signed in.",
)
@click.option(
    "--jobs",
    default=2,
    type=click.IntRange(0, 64),
    show_default=True,
    help="How many jobs are done at a time; 0 leaves them to `dougong worker`.",
)
@about_installation
def serve(
    installation: Installation,
    host: str,
    port: int,
    only_trusted: bool,
    development: bool,
    connections: int,
    connections_of_one: int,
    jobs: int,
) -> None:
    """Serve the API at /graphql, and do jobs."""
    from dougong.web import Serving

    if development and not is_loopback(host):
        raise SetupError(
            f"--development shows the schema to everybody, and {host} can be reached by others.",
            fix="serve it on 127.0.0.1, or leave --development out.",
        )
    with listen(host, port) as listening:
        engine = serving_engine(installation, jobs)
        refuse_demo_users_in_public(engine, host)
        how = Serving(only_trusted, development, connections, connections_of_one, jobs)
        run(installation, engine, listening, serving=how)


def serving_engine(installation: Installation, jobs: int = 2) -> Engine:
    """The database, prepared, with as many connections as there are mutations and jobs at once."""
    from dougong.db.engine import POOL_SIZE

    return installation.engine(application="dougong serve", connections=POOL_SIZE + 4 + jobs)


def listen(host: str, port: int) -> socket.socket:
    """A socket on the address, which does not listen yet; raises SetupError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as problem:
        listening.close()
        raise cannot_listen(host, port, problem) from None
    return listening


def cannot_listen(host: str, port: int, problem: OSError) -> SetupError:
    """What to tell somebody whose address cannot be listened on."""
    fix = "use an address of this machine, such as --host 127.0.0.1."
    if problem.errno == errno.EADDRINUSE:
        fix = f"stop the program that uses the port, or choose another: DOUGONG_PORT={port + 1}."
    elif problem.errno == errno.EACCES:
        fix = "choose a port above 1023: DOUGONG_PORT=8000."
    return SetupError(f"Cannot listen on {host}:{port}: {problem.strerror}.", fix=fix)


def refuse_demo_users_in_public(engine: Engine, host: str) -> None:
    """Raise SetupError when demo users could sign in from elsewhere."""
    from dougong.access.lookup import has_demo_users

    if not is_loopback(host) and has_demo_users(engine):
        raise SetupError(
            f"This installation has demo users, and {host} can be reached by others.",
            fix="serve it on 127.0.0.1, or deactivate the users …@demo.example first: dougong user deactivate.",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def run(
    installation: Installation,
    engine: Engine,
    listening: socket.socket,
    generation: Generation | None = None,
    serving: Serving | None = None,
) -> None:
    """Serve on the socket until interrupted; `generation` is what is installed, if it is known."""
    import uvicorn

    from dougong.builtin.doctor.coming import say_changed_roles
    from dougong.builtin.life_cycle.process import HOME
    from dougong.builtin.sign_in.settings import settings
    from dougong.builtin.watching.start import start_watching
    from dougong.graphql.http import LARGEST_BODY
    from dougong.runtime import Runtime
    from dougong.web import application

    os.environ[HOME] = str(installation.home.absolute())
    start_watching()
    proxies = list(settings().trusted_proxies)
    runtime = Runtime(engine, installation.url())
    runtime.load(generation, alone=True)
    say_changed_roles(engine, runtime.generation)
    host, port = listening.getsockname()[:2]
    try:
        listening.listen()  # another program may have been faster since the address was taken
    except OSError as problem:
        raise cannot_listen(host, port, problem) from None
    config = uvicorn.Config(
        application(runtime, serving),
        ws_max_size=LARGEST_BODY,
        ws_per_message_deflate=False,  # a third of a megabyte for each connection
        log_config=None,
        access_log=False,
        proxy_headers=bool(proxies),  # uvicorn's default believes any program on this machine
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=10,
        lifespan="on",
    )
    click.echo(f"Dougong serves http://{host}:{port}/graphql (Ctrl-C ends it)")
    server = uvicorn.Server(config)
    runtime.changes.stops = lambda: server.should_exit
    runtime.end = lambda: setattr(server, "should_exit", True)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        engine.dispose()
    if runtime.failure is not None:
        raise SetupError(
            f"This server ended, as it was not ready: {runtime.failure.partition(' Fix: ')[0]}",
            fix="install the code that it lacks, then start it again.",
        )
