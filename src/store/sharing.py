"""Whether file locks work between the nodes that share a folder, judged by its file system.

Locks here are ``flock`` locks. NFS keeps them on the server (Linux 2.6.12 and later, as locks of
byte ranges), unless mount options forbid it; so do CephFS, GlusterFS and GPFS; Lustre and BeeGFS
with an option. A lock that stays on the node is seen by the processes of that node alone.

Source: flock(2), nfs(5); the Lustre manual on ``mount -o flock``; BeeGFS on
``tuneUseGlobalFileLocks``.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

LOG = logging.getLogger("cytoweave")

MOUNTS = Path("/proc/self/mounts")
"""The table of mounts of Linux; other systems are not checked."""

SHARED_LOCK_SYSTEMS = frozenset({"ceph", "fuse.ceph", "fuse.glusterfs", "gpfs", "wekafs"})
"""File systems on which a lock works for all nodes."""

HOLD_WITHOUT = {
    "nfs": {"nolock", "local_lock=flock", "local_lock=all"},
    "nfs4": {"nolock", "local_lock=flock", "local_lock=all"},
    "cifs": {"nobrl"},
    "smb3": {"nobrl"},
}
"""File systems on which it works unless mounted with one of these options."""

HOLD_WITH = {"lustre": {"flock"}}
"""File systems on which it works only if mounted with one of these options."""

OF_ONE_NODE = frozenset(
    {"btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs", "tmpfs", "xfs", "zfs"}
)
"""File systems of disks that other nodes do not see, unless this one serves them."""

_SAID: set[Path] = set()
"""Folders that this process has warned about."""

ESCAPED = re.compile(r"\\([0-7]{3})")
"""Escapes of blanks and other characters in the table of mounts."""


@dataclass(frozen=True)
class Mount:
    """One line of the table of mounts: where, what file system, with which options."""

    place: Path
    kind: str
    options: frozenset[str]

    @classmethod
    def of(cls, line: str) -> Mount:
        """Read a line: device, place, kind, options, two numbers."""
        _, place, kind, options, *_ = line.split()
        name = ESCAPED.sub(lambda match: chr(int(match[1], 8)), place)
        return cls(Path(name), kind, frozenset(options.split(",")))

    @property
    def fault(self) -> str:
        """Why a lock does not work between nodes; "" where it does."""
        bad = self.options & HOLD_WITHOUT.get(self.kind, set())
        if bad:
            return f"is mounted with {', '.join(sorted(bad))}, so that locks stay on each node"
        if self.kind in SHARED_LOCK_SYSTEMS or self.kind in HOLD_WITHOUT:
            return ""
        if self.kind in HOLD_WITH:
            wanted = HOLD_WITH[self.kind]
            reason = f"is not mounted with {', '.join(wanted)}, so that locks stay on each node"
            return "" if self.options & wanted else reason
        if self.kind in OF_ONE_NODE:
            return "is a disk of this machine that other nodes do not see, unless it serves it"
        return "is not known to keep locks for all nodes"


def mount_of(folder: Path, mounts: Path = MOUNTS) -> Mount | None:
    """Return the mount of a folder; None if the system has no table of mounts."""
    if not mounts.is_file():
        return None
    place = folder.resolve()
    lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    above = [mount for mount in map(Mount.of, lines) if place.is_relative_to(mount.place)]
    # Of several mounts at one path the last one counts.
    return max(reversed(above), key=lambda mount: len(mount.place.parts), default=None)


def warn_unless_shared(
    folder: Path, mounts: Path = MOUNTS, *, may_be_of_one_node: bool = False
) -> None:
    """Warn once, in one line, if file locks in a folder do not work between nodes.

    Args:
        folder: Which.
        mounts: The table of mounts.
        may_be_of_one_node: Whether all workers may be on this machine, whose own disks then do.
    """
    mount = mount_of(folder, mounts)
    if mount is None or (may_be_of_one_node and mount.kind in OF_ONE_NODE):
        return
    if mount.fault and folder not in _SAID:
        _SAID.add(folder)
        LOG.warning(
            "%s lies on %s (%s), which %s; workers of several nodes would do work twice and could "
            "spoil each other's results: name a folder on a shared file system with locks",
            folder,
            mount.place,
            mount.kind,
            mount.fault,
        )
