"""A PostgreSQL server of the tests' own, on a Unix socket: made from nothing, stopped, killed and started again."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

_DEBIAN = Path("/usr/lib/postgresql")
_MEMORY = Path("/dev/shm")
_SETTINGS = [  # fsync stays on: kill tests rely on it
    "listen_addresses=",
    "shared_buffers=16MB",
    "max_connections=60",
    "recovery_init_sync_method=syncfs",  # after a kill: one call instead of one for each of thousands of files
]


def binaries() -> Path | None:
    """The folder of the newest server's programs on this machine; None where there is none."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3].split(".")[0]))
    named = found[-1] if found else shutil.which("initdb")
    return Path(named).resolve().parent if named else None


class Server:
    """A running server. It refuses to run as root, so for root it runs as a user without rights."""

    def __init__(self, programs: Path):
        self._programs = programs
        self._user = {} if os.geteuid() else _unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix="cxr-pg-", dir=roomy_memory()))  # short: a socket's path has at most 107 bytes
        if self._user:
            os.chown(self.folder, self._user["user"], self._user["group"])
        command = [programs / "initdb", "-D", self.folder / "data", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        subprocess.run([*command, "--no-sync"], cwd=self.folder, check=True, capture_output=True, **self._user)
        self._databases = 0
        self.start()

    def start(self) -> None:
        """Starts it, after a kill too, and waits until it has recovered."""
        settings = [part for setting in [*_SETTINGS, f"unix_socket_directories={self.folder}"] for part in ("-c", setting)]
        deadline = time.monotonic() + 60
        with (self.folder / "log").open("ab") as log:
            while True:
                command = [self._programs / "postgres", "-D", self.folder / "data", *settings]
                self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self._user)
                while self.process.poll() is None:
                    try:
                        psycopg.connect(self.address("postgres", driver="postgresql")).close()
                        return
                    except psycopg.OperationalError:
                        assert time.monotonic() < deadline, (self.folder / "log").read_text()
                        time.sleep(0.02)
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)  # children of a killed server hold its memory for a moment

    def kill(self) -> None:
        """As if the machine had lost it: no goodbye, nothing written out."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGQUIT is what `pg_ctl stop -m immediate` sends, SIGINT an orderly end."""
        self.process.send_signal(how)
        self.process.wait(60)

    def close(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def address(self, database: str, driver: str = "postgresql+psycopg") -> str:
        return f"{driver}://postgres@/{database}?host={self.folder}"

    def database(self, template: str = "template1", options: str = "") -> str:
        """The name of a new database."""
        self._databases += 1
        name = f"test{self._databases}"
        with psycopg.connect(self.address("postgres", driver="postgresql"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {options}")
        return name


def roomy_memory() -> Path | None:
    """A file system in memory, where thousands of small files are made and deleted fast; it outlives every process that is killed."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 2e9 else None


def _unprivileged() -> dict:
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise AssertionError("PostgreSQL does not run as root, and there is no user to run it as")
