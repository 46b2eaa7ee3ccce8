"""Real clusters of Ray on this machine, whose nodes can be killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.engine.cli.conftest import SOURCES

#: How soon a node that says nothing is taken for dead: Ray waits for seconds.
_HEALTH = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 200,
    "health_check_timeout_ms": 500,
    "health_check_failure_threshold": 3,
}
_OBJECTS = 100 * 2**20


class TwoNodes:
    """A head, which cannot be lost, and another node; each has one processor."""

    def __init__(self, cluster: Any) -> None:
        self._cluster = cluster
        self._other: Any = None
        self.add_node()

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    def add_node(self) -> None:
        """In the place of the one that was killed."""
        self._other = self._cluster.add_node(num_cpus=1, object_store_memory=_OBJECTS)

    def kill_node(self) -> None:
        """As power that fails: all processes of the other node, workers first."""
        raylet = self._other.all_processes["raylet"][0].process.pid
        os.kill(raylet, signal.SIGKILL)
        self._cluster.remove_node(self._other, allow_graceful=False)


@contextmanager
def two_nodes(home: Path) -> Iterator[TwoNodes]:
    """home: the state folder of the workers."""
    from ray.cluster_utils import Cluster

    earlier = dict(os.environ)
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", PYTHONPATH=SOURCES, TEXT_REPLACE_HOME=str(home))
    cluster = Cluster(
        initialize_head=True,
        head_node_args={
            "num_cpus": 1,
            "include_dashboard": False,
            "object_store_memory": _OBJECTS,
            "_system_config": _HEALTH,
        },
    )
    try:
        yield TwoNodes(cluster)
    finally:
        cluster.shutdown()
        os.environ.clear()
        os.environ.update(earlier)
