"""Which file systems keep locks for all nodes, by the table of mounts."""

from pathlib import Path

import pytest

from cytoweave.store.sharing import mount_of, warn_unless_shared

TABLE = """\
/dev/sda1 / ext4 rw,relatime 0 0
server:/home /home nfs4 rw,vers=4.2,local_lock=none 0 0
server:/old /old nfs rw,vers=3,local_lock=all,addr=10.0.0.1 0 0
server:/plain /plain nfs rw,vers=3,nolock 0 0
mds@tcp:/scratch /scratch lustre rw,flock,lazystatfs 0 0
mds@tcp:/fast /fast lustre rw,lazystatfs 0 0
mds@tcp:/node /node lustre rw,localflock 0 0
cluster:/ /ceph ceph rw 0 0
beegfs_nodev /bee beegfs rw,cfgFile=/etc/beegfs.conf 0 0
tmpfs /home/my\\040lab tmpfs rw 0 0
server:/home /home/my\\040lab nfs4 rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "fault"),
    [
        ("/home/me/store", ""),
        ("/home/my lab/store", ""),  # the later mount lies on top
        ("/homes", "is a disk of this machine"),
        ("/old/store", "is mounted with local_lock=all, so that locks stay on each node"),
        ("/plain", "is mounted with nolock, so that locks stay on each node"),
        ("/scratch/store", ""),
        ("/fast/store", "is not mounted with flock, so that locks stay on each node"),
        ("/node/store", "is not mounted with flock, so that locks stay on each node"),
        ("/ceph/store", ""),
        ("/bee/store", "is not known to keep locks for all nodes"),
    ],
)
def test_a_lock_holds_where_the_file_system_keeps_it(
    folder: str, fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "mounts").write_text(TABLE)
    warn_unless_shared(Path(folder), tmp_path / "mounts")
    assert len(caplog.messages) == bool(fault)
    assert fault in caplog.text
    assert not fault or f"{folder} lies on " in caplog.text
    warn_unless_shared(Path(folder), tmp_path / "mounts")
    assert len(caplog.messages) == bool(fault)  # said once


def test_a_disk_of_this_machine_serves_workers_of_this_machine(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "mounts").write_text(TABLE)
    for folder in ("/var/study", "/bee/study"):
        warn_unless_shared(Path(folder), tmp_path / "mounts", may_be_of_one_node=True)
    assert [message.split()[0] for message in caplog.messages] == ["/bee/study"]


def test_where_no_table_is_nothing_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert mount_of(tmp_path, tmp_path / "none") is None
    warn_unless_shared(tmp_path, tmp_path / "none")
    assert not caplog.records
    here = mount_of(tmp_path)
    assert here is None or tmp_path.is_relative_to(here.place)
