"""PostgreSQL stopped at once and Redis emptied under load: what the shop acknowledged is kept."""

import os
import pwd
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.campaigns.kills import figures, recover, under_load
from tests.campaigns.processes import free_port, wait_until
from tests.campaigns.report import Result
from tests.campaigns.rig import rig
from tests.redis_server import redis_server

NAME = "outages"
RUNNING_FOR = 1.5


@dataclass
class Cluster:
    """A private PostgreSQL cluster that a campaign may stop as it likes."""

    data: Path
    port: int

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def restart_at_once(self) -> None:
        """Stop without a checkpoint, as when the power goes, and start again."""
        _as_postgres("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "restart", "-l", str(self.data / "log"))
        wait_until(self._answers, "PostgreSQL's return", 30)

    def stop(self) -> None:
        """Cut its power."""
        _as_postgres("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def start(self) -> None:
        """Start it again, and return when it answers."""
        _as_postgres("pg_ctl", "-D", str(self.data), "-w", "-o", self.options, "-l", str(self.data / "log"), "start")
        wait_until(self._answers, "PostgreSQL's return", 30)

    @property
    def options(self) -> str:
        """Return what the server is started with."""
        return f"-p {self.port} -k {self.data} -c listen_addresses=127.0.0.1 -c max_connections=200"

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=2):
            return True
        return False


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make and start a cluster in a folder of its own, on the disk, with everything synced as in production."""
    base = Path(tempfile.mkdtemp(prefix="campaign-pg-"))
    base.chmod(0o755)
    made = Cluster(base / "data", free_port())
    made.data.mkdir()
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(made.data, owner.pw_uid, owner.pw_gid)
    try:
        _as_postgres("initdb", "-D", str(made.data), "-U", "postgres", "-A", "trust")
        made.start()
        yield made
    finally:
        with suppress(subprocess.CalledProcessError):
            _as_postgres("pg_ctl", "-D", str(made.data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(base, ignore_errors=True)


def _as_postgres(command: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, which refuse to be root."""
    found = shutil.which(command) or str(max(Path("/usr/lib/postgresql").glob(f"*/bin/{command}")))
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    subprocess.run([*user, found, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")


def run(dose: int, seed: int) -> Result:
    """Restart PostgreSQL `dose` times and empty Redis `dose` times while buyers buy."""
    result, chance = Result(NAME, dose, seed), random.Random(seed)
    with (
        cluster() as postgres,
        redis_server() as limits,
        limits.client() as counters,
        rig(
            "postgres",
            server=postgres.url,
            web_workers=2,
            SHOP_PROFILE="demo",
            SECRET_KEY="campaign-secret-" + "0" * 32,
            JWT_SECRET_KEY="campaign-jwt-" + "0" * 32,
            RATE_LIMITS="on",
            MAX_HOLDS_PER_PERSON="100000",
            MAX_HOLDS_PER_NETWORK="100000",
            MAX_HELD_UNITS_PER_PERSON="1000000",
            MAX_HELD_UNITS_PER_NETWORK="1000000",
            MAX_HELD_PESOS_PER_PERSON="100000000000",
            MAX_HELD_PESOS_PER_NETWORK="100000000000",
            TRUSTED_PROXIES="1",
            REDIS_URL=limits.url,
        ) as shop,
    ):
        with under_load(shop, seed, headers=lambda: {"X_Forwarded_For": _address(chance)}) as load:
            for _ in range(dose):
                load.stop.wait(RUNNING_FOR * chance.random() + 0.5)
                postgres.restart_at_once()
                load.stop.wait(RUNNING_FOR * chance.random() + 0.5)
                counters.flushall()
            load.stop.wait(1)
        recovered = recover(shop)
        result.faults = load.lost() + shop.examine(drops=dose)
        if recovered > 60:
            result.faults.append(f"G4 recovered after {recovered} s only")
        result.figures = {"PostgreSQL restarts": dose, "Redis flushes": dose} | figures(load, result, recovered)

    return result.done()


def _address(chance: random.Random) -> str:
    """Return where a request comes from: always somewhere else, so that no limit is met."""
    return ".".join(str(chance.randrange(1, 255)) for _ in range(4))
