# SPDX-License-Identifier: Apache-2.0
"""The embedded PostgreSQL: one cluster in a data folder, started, joined, recovered, stopped.

The programs are driven directly. start() returns only when the server answers a query; the last
process that uses the server stops it. Every wait has a limit named in seconds.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, TracebackType
from urllib.parse import quote

import psycopg

from gongji.runtime.postgres import cluster, config, processes, state, watch
from gongji.runtime.postgres.binaries import (
    Account,
    Binaries,
    PostgresError,
    account,
    bundled,
    clean_environment,
    lend,
    private_folder,
)
from gongji.runtime.postgres.serverlog import ServerLog
from gongji.runtime.postgres.waiting import Progress, Wait, silent

START_SECONDS_MAX = 300  # crash recovery replays up to max_wal_size of log
STOP_SECONDS_MAX = 60
IMMEDIATE_STOP_SECONDS_MAX = 10
CONNECT_SECONDS_MAX = 5
STARTS_MAX = 3  # a port or the shared memory may be taken for a moment
PATIENT_SIGNS = (
    "starting up",
    "not yet accepting",
    "recovery mode",
    "shutting down",
    "Connection refused",
    "closed the connection",
    "terminating connection",
)
RETRY_SIGNS = ("Address already in use", "is still in use", "already exists", "could not create")


class EmbeddedPostgres:
    """A PostgreSQL server of our own; see the module. Use as a context manager or start/stop.

    ``data_dir`` keeps everything (made if absent). ``options`` override the settings of
    ``config`` and are meant for tests. start() may be called again: it joins, or recovers after
    a crash, at the same address. Raises PostgresError, one sentence each.
    """

    def __init__(
        self,
        data_dir: Path | str,
        *,
        shared_buffers_mb: int | None = None,
        options: Mapping[str, str] | None = None,
        binaries: Binaries | None = None,
        progress: Progress = silent,
    ) -> None:
        self.data_dir = Path(data_dir).expanduser().resolve()
        self.log_file = self.data_dir / "server.log"
        self._log = ServerLog(self.log_file)
        self._buffers_mb = shared_buffers_mb or config.default_shared_buffers_mb()
        self._options = dict(options or {})
        self._asked = binaries
        self._tell = progress
        self._users = state.Users(self.data_dir)
        self._process: subprocess.Popen[bytes] | None = None
        self._known: state.State | None = None
        self._postmaster: processes.Postmaster | None = None
        self._pid = 0  # the process that has to stop what it started; a forked child must not

    def start(self) -> str:
        """Start or join the server, wait until it answers; returns the URL of our database."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            with state.start_lock(self.data_dir):
                self._start_locked()
        except OSError as why:
            raise PostgresError(f"cannot use the data folder {self.data_dir}: {why}") from why
        self._stop_at_exit()
        return self.url

    def stop(self) -> None:
        """Leave the server; it is shut down (fast) when no other process uses it."""
        if self._known is None or self._pid != os.getpid():
            return
        self._pid = 0
        atexit.unregister(self.stop)
        with state.start_lock(self.data_dir):
            if self._users.leave():
                self._shut_down()
        self._forget_process()

    def destroy(self) -> None:
        """Remove the cluster and all its data for good; refuses while the server is in use."""
        self.stop()
        if not self.data_dir.exists():
            return
        with state.start_lock(self.data_dir):
            self._known = state.load(self.data_dir)
            self._users.join()
            if not self._users.leave():
                raise PostgresError(
                    f"the server in {self.data_dir} is in use by another process: stop that first"
                )
            base = self.data_dir
            if self._known is not None:
                self._shut_down()
                base = self._known.folder(self.data_dir)
            sockets = state.socket_path(base)
            for folder in (base / "cluster", base / "cluster.part", sockets):
                shutil.rmtree(folder, ignore_errors=True)
            (self.data_dir / state.STATE_FILE).unlink(missing_ok=True)
            if base != self.data_dir:
                shutil.rmtree(base, ignore_errors=True)
            self._known = None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """URL of the product's database through the private socket."""
        return self.url_of(cluster.DATABASE)

    @property
    def tcp_url(self) -> str:
        """The same over the loopback, for tools that know no sockets."""
        known, seen = self._state(), self._seen()
        place = f"127.0.0.1:{seen.port}/{cluster.DATABASE}"
        return f"postgresql://{cluster.USER}:{known.password}@{place}"

    @property
    def admin_url(self) -> str:
        """URL of the superuser; for backups and tests, never for the product itself."""
        return self.url_of(cluster.ADMIN, admin=True)

    def url_of(self, database: str, *, admin: bool = False) -> str:
        """URL of any database of this server."""
        known, seen = self._state(), self._seen()
        user, password = cluster.USER, known.password
        if admin:
            user, password = cluster.ADMIN, known.admin_password
        folder = quote(seen.socket_dir, safe="")
        return f"postgresql://{user}:{password}@/{database}?host={folder}&port={seen.port}"

    @property
    def cluster(self) -> Path:
        """The folder that PostgreSQL calls PGDATA."""
        return self._state().folder(self.data_dir) / "cluster"

    @property
    def pid(self) -> int | None:
        """The postmaster's process number while it lives."""
        alive = self._living()
        return alive.pid if alive else None

    # ---- starting: everything below until stopping runs under the start lock --------------

    def _start_locked(self) -> None:
        self._known = state.load(self.data_dir)
        if self._known is None:
            runner = account()
            programs = lend(self._asked or bundled(), runner)
            synced = self._options.get("fsync") != "off"
            self._known = cluster.make(
                self.data_dir, programs, runner, synced=synced, tell=self._tell
            )
        folder = cluster.take_up(self._known, self.data_dir)
        self._users.join()
        try:
            self._reach(account(folder))
        except BaseException:
            if self._users.leave():
                self._shut_down()
            self._forget_process()
            raise

    def _reach(self, runner: Account) -> None:
        """Join or launch until the server lets us in; one that dies under our hands is replaced."""
        waiting = Wait(self._tell, START_SECONDS_MAX, "PostgreSQL is not yet accepting")
        while True:
            self._postmaster = self._join() or self._launch(runner)
            self._watch()
            try:
                with psycopg.connect(
                    self.admin_url, autocommit=True, connect_timeout=CONNECT_SECONDS_MAX
                ) as conn:
                    cluster.prepare(conn, self._state().password)
                return
            except psycopg.OperationalError as why:
                patient = self._living() is None or any(sign in str(why) for sign in PATIENT_SIGNS)
                if not patient or not waiting.more():
                    raise PostgresError(
                        f"the server in {self.data_dir} does not let us in: {why}"
                    ) from why

    def _join(self) -> processes.Postmaster | None:
        """The server of another process, once it is ready; None when none lives here."""
        waiting = Wait(self._tell, START_SECONDS_MAX, "waiting for the running server")
        while True:
            alive = self._living()
            if alive is None or alive.status == "ready":
                return alive
            if not waiting.more():
                raise PostgresError(
                    f"the server in {self.data_dir} (process {alive.pid}) has been"
                    f" {alive.status} for {START_SECONDS_MAX} s; {self._log.tail()}"
                )

    def _launch(self, runner: Account) -> processes.Postmaster:
        major = int((self.cluster / "PG_VERSION").read_text().strip())
        programs = lend(self._asked or bundled(major), runner)
        if programs.major != major:
            raise PostgresError(
                f"the cluster in {self.data_dir} is of PostgreSQL {major}, the programs are"
                f" of {programs.major}: upgrade it with pg_upgrade first"
            )
        lz4 = cluster.has_lz4(programs, runner, self.cluster)
        chosen = config.settings(self._buffers_mb, lz4) | self._options
        base = self._state().folder(self.data_dir)
        sockets = private_folder(state.socket_path(base), runner)
        chosen["unix_socket_directories"] = str(sockets)
        port = _free_port(config.last_port(self.cluster))
        said = ""
        for _ in range(STARTS_MAX):
            self._clear_remains()
            chosen["port"] = str(port)
            runner.own(config.write(self.cluster, chosen))
            log_start = self._log.rotate()
            self._forget_process()
            self._process = self._spawn(programs, runner)
            ready = self._wait_ready()
            if ready is not None:
                return ready
            said = self._log.tail(log_start)
            if not any(sign in said for sign in RETRY_SIGNS):
                break
            port = _free_port(None)
        raise PostgresError(f"PostgreSQL did not start; {said}")

    def _clear_remains(self) -> None:
        """After kill -9: no orphan may hold the shared memory, no zombie pass for a server."""
        if not processes.remove_orphans(self.cluster, self._tell):
            raise PostgresError(
                f"processes of a killed server still hold {self.cluster} and cannot be ended"
            )
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _spawn(self, programs: Binaries, runner: Account) -> subprocess.Popen[bytes]:
        with self.log_file.open("ab") as log:
            return subprocess.Popen(
                [str(programs.postgres), "-D", str(self.cluster)],
                user=runner.uid,
                group=runner.gid,
                extra_groups=None if runner.uid is None else [],
                cwd="/",
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone; we then stop it in order
            )

    def _watch(self) -> None:
        """Have a watcher of its own process stop the server should we be killed.

        The shell puts it in the background, so that it is nobody's child and leaves no zombie.
        """
        program = [sys.executable, "-I", "-S", str(watch.__file__)]
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *program, str(self.data_dir), str(self.cluster)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=True,
        )

    def _wait_ready(self) -> processes.Postmaster | None:
        """Poll until the postmaster says ready; None when it ended instead."""
        waiting = Wait(self._tell, START_SECONDS_MAX, "PostgreSQL is starting or recovering")
        while self._process is not None and self._process.poll() is None:
            seen = processes.read_postmaster(self.cluster)
            if seen is not None and seen.pid == self._process.pid and seen.status == "ready":
                return seen
            if not waiting.more():
                raise PostgresError(
                    f"PostgreSQL was not ready within {START_SECONDS_MAX} s; {self._log.tail()}"
                )
        return None

    # ---- stopping -------------------------------------------------------------------------

    def _shut_down(self) -> None:
        """Fast shutdown, then immediate; raises PostgresError when the server survives both."""
        limits = ((signal.SIGINT, STOP_SECONDS_MAX), (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS_MAX))
        for number, seconds_max in limits:
            alive = self._living()
            if alive is None:
                return
            try:
                os.kill(alive.pid, number)
            except ProcessLookupError:
                return
            waiting = Wait(self._tell, seconds_max, "PostgreSQL is shutting down")
            while processes.process_alive(alive.pid) and waiting.more():
                pass
        if self._living() is not None:
            raise PostgresError(f"the server in {self.data_dir} cannot be stopped")

    def _forget_process(self) -> None:
        """Let go of the child's handle; a server left to other users is no longer our child."""
        if self._process is not None and self._process.poll() is None:
            self._process.returncode = 0
        self._process = None

    def _stop_at_exit(self) -> None:
        """Stop at a normal exit and on SIGTERM/SIGHUP where nobody else handles them."""
        if self._pid == os.getpid():
            return
        self._pid = os.getpid()
        atexit.register(self.stop)
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _leave)

    # ---- small helpers --------------------------------------------------------------------

    def _state(self) -> state.State:
        if self._known is None:
            raise PostgresError("the server has not been started")
        return self._known

    def _seen(self) -> processes.Postmaster:
        if self._postmaster is None:
            raise PostgresError("the server has not been started")
        return self._postmaster

    def _living(self) -> processes.Postmaster | None:
        return processes.living(processes.read_postmaster(self.cluster), self.cluster)


def _free_port(wanted: int | None) -> int:
    """A free loopback port: the wanted one (addresses stay valid over a restart) or any."""
    for number in (wanted, 0):
        if number is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise PostgresError("no free port on 127.0.0.1")


def _leave(number: int, frame: FrameType | None) -> None:
    """Turn the signal into a normal exit, so that atexit stops the server."""
    raise SystemExit(128 + number)
