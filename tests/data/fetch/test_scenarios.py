"""Thirty ways in which servers, networks and disks fail, against a server on this machine."""

import datetime
import email.utils
import gzip
import hashlib
import io
import ipaddress
import json
import re
import resource
import socket
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from cytoweave.data.fetch import listings
from cytoweave.data.fetch.lockfile import read_lock
from cytoweave.data.fetch.manifests import Check, Host, Licence, Listing, Manifest, SourceFile
from cytoweave.errors import ConfigError, DataError, DiskFullError

from .conftest import Lab
from .server import Reply, Request, after, ranged, serving, whole

MB = 1 << 20
BODY = bytes(range(256)) * (3 * MB // 256)
TABLE = b"gene\tscore\nA\t1\nB\t2\n"


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def md5(body: bytes) -> str:
    return hashlib.md5(body).hexdigest()


def content(lab: Lab, path: str = "toy/a.tsv") -> bytes:
    return (lab.root / path).read_bytes()


def refused(lab: Lab, manifest: Manifest, words: str, **of: object) -> None:
    """Check that a source is refused in one line, and that nothing is left of it."""
    with pytest.raises(DataError, match=words) as caught:
        lab.fetch(manifest, **of)
    assert "\n" not in str(caught.value)
    assert "the same command goes on" in str(caught.value)
    assert lab.left() == []


def test_01_a_whole_file_is_placed_and_recorded(lab: Lab) -> None:
    lab.served.answers["/a"] = whole(TABLE, **{"Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT"})
    assert [one.state for one in lab.fetch(lab.source())] == ["fetched"]
    assert content(lab) == TABLE
    assert lab.left() == ["toy/a.tsv"]
    known = read_lock(lab.root).files["toy/a.tsv"]
    assert (known.bytes, known.sha256) == (len(TABLE), sha(TABLE))
    assert known.url == f"{lab.served.url}/a"
    assert known.last_modified == "Mon, 02 Nov 2026 10:00:00 GMT"
    assert (known.version, known.licence, known.verified) == ("1", "CC0-1.0", False)
    assert [one.state for one in lab.fetch(lab.source())] == ["there"]
    assert len(lab.served.requests) == 1


def test_02_a_dropped_connection_goes_on_without_overlap(lab: Lab) -> None:
    lab.served.answers["/a"] = ranged(BODY, [MB, MB])
    lab.fetch(lab.source())
    assert content(lab) == BODY
    assert lab.served.sent == len(BODY)
    ranges = [request.headers.get("Range") for request in lab.served.requests]
    assert ranges == [None, f"bytes={MB}-", f"bytes={2 * MB}-"]
    assert lab.served.requests[1].headers["If-Range"] == '"v1"'


def test_03_without_ranges_a_dropped_file_starts_over(lab: Lab) -> None:
    lab.served.answers["/a"] = after([Reply(BODY, cut=MB)], whole(BODY))
    lab.fetch(lab.source())
    assert content(lab) == BODY
    assert lab.served.sent == len(BODY) + MB


@pytest.mark.parametrize("start", [0, 5])
def test_04_a_range_that_starts_elsewhere_is_not_joined(lab: Lab, start: int) -> None:
    wrong = {"Content-Range": f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"}
    first = Reply(BODY, headers={"ETag": '"v1"'}, cut=MB)
    lab.served.answers["/a"] = after([first, Reply(BODY[start:], 206, wrong)], ranged(BODY))
    lab.fetch(lab.source())
    assert content(lab) == BODY


@pytest.mark.parametrize("honest", [True, False])
def test_05_a_file_that_changes_between_tries_starts_over(lab: Lab, honest: bool) -> None:
    new = BODY[::-1]
    first = Reply(BODY, headers={"ETag": '"v1"'}, cut=MB)
    mixed = {"Content-Range": f"bytes {MB}-{len(new) - 1}/{len(new)}", "ETag": '"v2"'}
    lies = [] if honest else [Reply(new[MB:], 206, mixed)]
    lab.served.answers["/a"] = after([first, *lies], ranged(new, etag='"v2"'))
    lab.fetch(lab.source())
    assert content(lab) == new


@pytest.mark.parametrize("fits", [True, False])
def test_06_a_range_beyond_the_end_is_settled(lab: Lab, fits: bool) -> None:
    part = lab.root / "toy" / "a.tsv.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(TABLE)
    note = {"url": f"{lab.served.url}/a", "etag": '"v1"', "total": len(TABLE) + (not fits)}
    part.with_name("a.tsv.part.json").write_text(json.dumps(note))
    lab.served.answers["/a"] = ranged(TABLE)
    lab.fetch(lab.source())
    assert content(lab) == TABLE
    assert len(lab.served.requests) == (1 if fits else 2)


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [("7", 7, 7), ("9999", 300, 300), ("date", 18, 20), (None, 0, 1), ("soon", 0, 1)],
)
def test_07_a_server_that_is_asked_too_often_is_left_alone(
    lab: Lab, header: str | None, low: float, high: float
) -> None:
    date = email.utils.formatdate(time.time() + 20, usegmt=True)
    requested = {"Retry-After": date if header == "date" else header} if header else {}
    lab.served.answers["/a"] = after([Reply(b"", 429, requested)], whole(TABLE))
    lab.fetch(lab.source())
    assert content(lab) == TABLE
    assert low <= lab.slept[0] <= high


def test_08_a_server_that_is_down_twice_is_asked_again(lab: Lab) -> None:
    lab.served.answers["/a"] = after([Reply(b"", 503), Reply(b"", 503)], whole(TABLE))
    lab.fetch(lab.source())
    assert content(lab) == TABLE
    assert len(lab.slept) == 2
    lab.served.answers["/b"] = lambda _: Reply(b"", 503)
    with pytest.raises(DataError, match="503 Service Unavailable, after 6 tries"):
        lab.fetch(lab.source("/b", path="b.tsv"))
    assert lab.served.count("/b") == 6


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "an account"), (403, "does not give"), (404, "no such"), (410, "away"), (451, "legal")],
)
def test_09_what_no_try_mends_is_not_tried_again(lab: Lab, status: int, words: str) -> None:
    lab.served.answers["/a"] = lambda _: Reply(b"no", status)
    manifest = replace(lab.source(), host=Host(advice="It moved to the cellar."))
    refused(lab, manifest, rf"toy.a: .*{words}.* \({status}\); It moved to the cellar;")
    assert len(lab.served.requests) == 1
    assert lab.slept == []


def test_10_a_wrong_checksum_is_tried_at_the_next_mirror_only(lab: Lab) -> None:
    lab.served.answers |= {"/a": whole(TABLE[:-1]), "/b": whole(TABLE), "/c": whole(b"other")}
    lab.fetch(lab.source("/a", "/b", sha256=sha(TABLE)))
    assert content(lab) == TABLE
    assert read_lock(lab.root).files["toy/a.tsv"].verified
    (lab.root / "toy/a.tsv").unlink()
    refused(lab, lab.source("/a", "/c", sha256=sha(TABLE)), "has sha256 .*; then what was sent has")
    assert [lab.served.count(path) for path in ("/a", "/b", "/c")] == [2, 1, 1]


def test_11_a_web_page_is_no_data(lab: Lab) -> None:
    page = b"\xef\xbb\xbf\n<!DOCTYPE html><html><body>CORUM moved</body></html>"
    lab.served.answers["/a"] = whole(page, **{"Content-Type": "text/plain"})
    refused(lab, lab.source(), "is a web page, not data")


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_12_an_archive_that_was_cut_is_found_though_its_length_is_right(
    lab: Lab, kind: str
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.tsv", BODY)
    body = gzip.compress(BODY) if kind == "gz" else packed.getvalue()
    for damaged in (body[: len(body) // 2], body[:100] + b"!" + body[101:]):
        lab.served.answers["/a"] = whole(damaged)
        refused(lab, lab.source(path=f"toy/a.{kind}"), "damaged")
    lab.served.answers["/a"] = whole(body)
    lab.fetch(lab.source(path=f"toy/a.{kind}"))


def test_13_a_connection_that_stalls_is_given_up(lab: Lab) -> None:
    lab.stall = 0.2
    stalled = Reply(BODY[:MB], headers={"ETag": '"v1"', "Content-Length": str(len(BODY))}, stall=9)
    lab.served.answers["/a"] = after([stalled], ranged(BODY))
    begun = time.monotonic()
    lab.fetch(lab.source())
    assert time.monotonic() - begun < stalled.stall  # it was not waited for
    assert content(lab) == BODY
    assert lab.served.sent == len(BODY)


def test_14_a_slow_server_is_waited_for(lab: Lab) -> None:
    lab.stall = 0.3
    lab.served.answers["/a"] = lambda _: Reply(TABLE, stall=0.1, drip=4)
    lab.fetch(lab.source())
    assert content(lab) == TABLE
    assert lab.slept == []


def test_15_redirects_are_followed_where_they_are_safe(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = lab.served.url.replace("127.0.0.1", "localhost")
    lab.served.answers |= {
        "/a": lambda _: Reply(b"", 302, {"Location": f"{elsewhere}/b"}),
        "/b": whole(TABLE),
        "/loop": lambda _: Reply(b"", 301, {"Location": "/loop"}),
        "/file": lambda _: Reply(b"", 302, {"Location": "file:///etc/passwd"}),
    }
    monkeypatch.setenv("MY_TOKEN", "s3cret")
    secret = Host(token_env="MY_TOKEN", token_header="X-Key")
    lab.fetch(replace(lab.source(), host=secret))
    assert content(lab) == TABLE
    assert read_lock(lab.root).files["toy/a.tsv"].host.startswith("localhost:")
    keys = [request.headers.get("X-Key") for request in lab.served.requests]
    assert keys == ["s3cret", None]
    assert "s3cret" not in (lab.root / "sources.lock.json").read_text()
    (lab.root / "toy/a.tsv").unlink()
    refused(lab, lab.source("/loop"), "redirects more than 5 times")
    refused(lab, lab.source("/file"), "redirects to 'file:///etc/passwd', which is not followed")
    certificate = certificate_at(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with serving(certificate) as safe:
        safe.answers["/a"] = lambda _: Reply(b"", 302, {"Location": f"{lab.served.url}/b"})
        refused(lab, lab.source(f"{safe.url}/a"), "redirects to 'http://.*', which is not followed")


def test_16_an_encoding_is_taken_off(lab: Lab) -> None:
    packed = gzip.compress(BODY)
    encoded = {"Content-Encoding": "gzip"}
    lab.served.answers["/a"] = after(
        [Reply(packed, headers=encoded, cut=99)], whole(packed, **encoded)
    )
    lab.served.answers["/b.gz"] = whole(packed, **encoded)
    lab.fetch(lab.source(bytes=len(BODY)), lab.source("/b.gz", name="b", path="b.tsv.gz"))
    assert content(lab) == BODY
    assert content(lab, "b.tsv.gz") == packed
    assert lab.served.requests[0].headers["Accept-Encoding"] == "identity"


def test_17_a_file_without_a_length_comes_in_chunks(lab: Lab) -> None:
    cut = Reply(BODY, chunked=True, drip=MB, cut=2 * MB)
    lab.served.answers["/a"] = after([cut], lambda _: Reply(BODY, chunked=True, drip=MB))
    lab.fetch(lab.source())
    assert content(lab) == BODY
    assert len(lab.served.requests) == 2


def test_18_two_at_once_download_once(lab: Lab) -> None:
    lab.served.answers["/a"] = lambda _: Reply(BODY, stall=0.05, drip=MB)
    states: list[str] = []

    def work() -> None:
        states.extend(one.state for one in lab.fetch(lab.source()))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == ["fetched", "there"]
    assert len(lab.served.requests) == 1
    assert read_lock(lab.root).files["toy/a.tsv"].host


def test_19_what_a_kill_has_left_is_gone_on_with(lab: Lab) -> None:
    """As a kill leaves it: `test_killed` does it for real."""
    part = lab.root / "toy" / "a.tsv.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(BODY[: MB + 7])
    note = {"url": f"{lab.served.url}/a", "etag": '"v1"', "total": len(BODY)}
    part.with_name("a.tsv.part.json").write_text(json.dumps(note))
    lab.served.answers["/a"] = ranged(BODY)
    lab.fetch(lab.source())
    assert content(lab) == BODY
    assert lab.served.sent == len(BODY) - MB - 7
    assert lab.left() == ["toy/a.tsv"]


def test_20_a_full_disk_is_said_and_left_clean(lab: Lab) -> None:
    lab.served.answers["/a"] = whole(BODY)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MB, hard))
    try:
        with pytest.raises(DiskFullError, match=r"data_root=.* no space left.* it goes on"):
            lab.fetch(lab.source())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert lab.left() == []
    huge = {"Content-Length": str(1 << 60)}
    lab.served.answers["/b"] = whole(b"x", **huge)
    with pytest.raises(DiskFullError, match="MB wanted"):
        lab.fetch(lab.source("/b"))
    lab.fetch(lab.source())
    assert content(lab) == BODY


@pytest.mark.parametrize("name", ["../evil.tsv", "/evil.tsv", "a/../../evil.tsv", "link"])
def test_21_an_archive_that_reaches_out_is_refused(lab: Lab, name: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("good.tsv", TABLE)
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o120777 << 16 if name == "link" else 0
        archive.writestr(entry, b"/etc/passwd")
    lab.served.answers["/a"] = whole(packed.getvalue())
    files = {"zip": SourceFile("z/a.zip", [f"{lab.served.url}/a"])}
    made = {"all": {"kind": "unpack", "path": "z/all", "archive": "zip"}}
    manifest = Manifest("toy", "A toy", Licence(), files, made=made)
    with pytest.raises(
        DataError, match=re.escape(f"'{name}' would lie outside its folder; refused")
    ):
        lab.fetch(manifest)
    assert lab.left() == ["z/a.zip"]
    assert not (lab.root.parent / "evil.tsv").exists()


def test_22_a_proxy_is_used_and_certificates_are_checked(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_at(tmp_path)
    with serving(certificate) as safe:
        safe.answers["/a"] = ranged(BODY, [MB])
        source = lab.source(f"{safe.url}/a")
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        refused(lab, source, "certificate of 127.0.0.1 cannot be trusted.*REQUESTS_CA_BUNDLE")
        with pytest.raises(ConfigError, match="insecure=toy: its manifest pins no sha256"):
            lab.fetch(source, insecure=frozenset({"toy"}))
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("HTTPS_PROXY", lab.served.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        lab.fetch(source)
    assert content(lab) == BODY
    assert {request.method for request in lab.served.requests} == {"CONNECT"}


def test_23_an_emptied_table_is_refused(lab: Lab) -> None:
    check = Check(("gene", "score"), 2)
    lab.served.answers["/a"] = whole(b"#made today\ngene\tscore\nA\t1\n")
    refused(lab, lab.source(check=check), "has 1 rows, not at least 2")
    lab.served.answers["/a"] = whole(b"gene\tvalue\nA\t1\nB\t2\n")
    refused(lab, lab.source(check=check), "has no header with 'score'")
    lab.served.answers["/a"] = whole(b"")
    refused(lab, lab.source(), "is empty")
    lab.served.answers["/a"] = whole(TABLE)
    refused(lab, lab.source(check=Check(magic="1f8b")), "does not begin with '1f8b'")
    lab.fetch(lab.source(check=check))


def test_24_a_licence_is_accepted_once(lab: Lab) -> None:
    lab.served.answers["/a"] = whole(TABLE)
    terms = Licence("CC-BY-NC-4.0", "https://x.org/terms", "nc")
    manifest = replace(lab.source(), licence=terms)
    words = r"A toy: CC-BY-NC-4.0 \(https://x.org/terms\); .*add accept=toy\."
    with pytest.raises(ConfigError, match=words):
        lab.fetch(manifest)
    assert lab.served.requests == []
    lab.fetch(manifest, accept=frozenset({"toy"}))
    assert read_lock(lab.root).accepted["toy"]["licence"] == "CC-BY-NC-4.0"
    (lab.root / "toy/a.tsv").unlink()
    lab.fetch(manifest)
    assert content(lab) == TABLE


def test_25_a_folder_stands_for_the_network(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_network)
    monkeypatch.setattr(socket, "create_connection", no_network)
    stick = lab.root.parent / "stick"
    (stick / "toy").mkdir(parents=True)
    sources = [lab.source(sha256=sha(TABLE)), lab.source("/x/b.tsv", name="b", path="b/c.tsv")]
    listing = Listing("s3", "https://s3.example.org", "pre")
    listed = replace(lab.source(name="l"), files={"a": SourceFile("l", listing=listing)})
    with pytest.raises(DataError, match=r"stick holds no toy/a.tsv"):
        lab.fetch(sources[0], folder=stick)
    (stick / "toy" / "a.tsv").write_bytes(TABLE)
    (stick / "b.tsv").write_bytes(TABLE)
    (stick / "l").mkdir()
    (stick / "l" / "one.tsv").write_bytes(TABLE)
    lab.fetch(*sources, listed, folder=stick)
    assert lab.left() == ["b/c.tsv", "l/one.tsv", "toy/a.tsv"]
    (stick / "toy" / "a.tsv").write_bytes(b"other")
    (lab.root / "toy" / "a.tsv").unlink()
    with pytest.raises(DataError, match="what was sent has sha256"):
        lab.fetch(sources[0], folder=stick)


def test_26_dataverse_is_asked_anew_when_a_signature_has_expired(lab: Lab) -> None:
    given: list[str] = []

    def access(request: Request) -> Reply:
        given.append(str(request.number))
        return Reply(b"", 303, {"Location": f"/signed?token={request.number}"})

    inner = ranged(BODY, [MB])

    def signed(request: Request) -> Reply:
        current = request.path.endswith(f"token={given[-1]}") and request.method == "GET"
        return inner(request) if current else Reply(b"expired", 403)

    lab.served.answers |= {"/api/access/datafile/7": access, "/signed": signed}
    entry = {
        "label": "if.zip",
        "directoryLabel": "crates",
        "dataFile": {"id": 7, "filesize": len(BODY), "md5": md5(BODY)},
    }
    versions = "/api/datasets/:persistentId/versions/2.0/files"
    lab.served.answers[versions] = whole(json.dumps({"status": "OK", "data": [entry]}).encode())
    listing = Listing("dataverse", lab.served.url, "doi:10.18130/V3/HIGT4C", "2.0")
    manifest = replace(lab.source(), files={"all": SourceFile("cm4ai", listing=listing)})
    with pytest.raises(DataError, match="is no zip archive"):
        lab.fetch(manifest)
    entry["label"] = "if.bin"
    lab.served.answers[versions] = whole(json.dumps({"status": "OK", "data": [entry]}).encode())
    lab.fetch(manifest)
    assert content(lab, "cm4ai/crates/if.bin") == BODY
    assert "HEAD" not in {request.method for request in lab.served.requests}
    assert read_lock(lab.root).files["cm4ai/crates/if.bin"].verified


def test_27_a_list_of_several_pages_is_read_whole(lab: Lab) -> None:
    def s3(request: Request) -> Reply:
        first = "continuation-token" not in request.path
        more = "<NextContinuationToken>a b/=</NextContinuationToken>" if first else ""
        names = ["pre/a.png", "pre/sub/b c.png"] if first else ["pre/d.png", "pre/"]
        tag = md5(TABLE)
        entries = "".join(
            f"<Contents><Key>{name}</Key><ETag>&quot;{tag}&quot;</ETag>"
            f"<Size>{len(TABLE)}</Size></Contents>"
            for name in names
        )
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        return Reply(
            f'<ListBucketResult xmlns="{space}">{entries}{more}</ListBucketResult>'.encode()
        )

    lab.served.answers |= {"/": s3, "/pre/a.png": whole(TABLE), "/pre/d.png": whole(TABLE)}
    lab.served.answers["/pre/sub/b%20c.png"] = whole(TABLE)
    listing = Listing("s3", lab.served.url, "pre/")
    lab.fetch(replace(lab.source(), files={"all": SourceFile("crops", listing=listing)}))
    assert lab.left() == ["crops/a.png", "crops/d.png", "crops/sub/b c.png"]
    requested = [r.path for r in lab.served.requests if r.path.startswith("/?")]
    assert "continuation-token=a+b%2F%3D" in requested[1]

    def pride(request: Request) -> Reply:
        page = int(request.path.partition("page=")[2].partition("&")[0])
        place = {"name": "FTP Protocol", "value": "ftp://ftp.pride.ebi.ac.uk/x/"}
        rows = [
            {
                "fileName": f"{k}.tsv",
                "fileSizeBytes": k,
                "publicFileLocations": [{**place, "value": f"{place['value']}{k}.tsv"}],
            }
            for k in range(page * 100, min(page * 100 + 100, 150))
        ]
        return Reply(json.dumps(rows).encode())

    lab.served.answers["/pride/ws/archive/v3/projects/PXD1/files"] = pride
    ask = lab.fetcher()._ask
    result = listings.files(Listing("pride", lab.served.url, "PXD1", match="14*.tsv"), ask)
    assert [one.name for one in result] == ["14.tsv", *(f"14{k}.tsv" for k in range(10))]
    assert result[1].url == "https://ftp.pride.ebi.ac.uk/x/140.tsv"


def test_28_names_may_have_blanks_and_letters_of_any_script(lab: Lab) -> None:
    lab.served.answers["/caf%C3%A9%20%E7%B4%B0/a"] = whole(TABLE)
    lab.fetch(lab.source("/café 細/a", path="größe und 細胞/a b.tsv"))
    assert content(lab, "größe und 細胞/a b.tsv") == TABLE
    assert "größe und 細胞/a b.tsv" in read_lock(lab.root).files


def test_29_a_server_that_dates_nothing_is_read(lab: Lab) -> None:
    answers = [Reply(BODY, cut=MB, bare=True)]
    lab.served.answers["/a"] = after(
        answers, lambda r: replace(ranged(BODY, etag="")(r), bare=True)
    )
    lab.fetch(lab.source(sha256=sha(BODY)))
    assert content(lab) == BODY
    assert lab.served.sent == len(BODY)  # the checksum says whether the rest belongs to the part
    known = read_lock(lab.root).files["toy/a.tsv"]
    assert (known.etag, known.last_modified) == ("", "")
    lab.served.requests.clear()
    lab.served.answers["/b"] = lab.served.answers["/a"]
    lab.fetch(lab.source("/b", path="b.tsv"))
    assert [request.headers.get("Range") for request in lab.served.requests] == [None, None]


def test_30_many_small_files_come_no_more_at_once_than_a_host_likes(lab: Lab) -> None:
    def answer(request: Request) -> Reply:
        time.sleep(0.005)
        return Reply(request.path.encode())

    names = [f"/f{k}" for k in range(100)]
    lab.served.answers |= dict.fromkeys(names, answer)
    files = {n[1:]: SourceFile(f"many{n}.txt", [f"{lab.served.url}{n}"]) for n in names}
    manifest = replace(lab.source(), files=files, host=Host(concurrency=3))
    assert len(lab.fetch(manifest)) == 100
    assert 1 < lab.served.most <= 3
    assert len(read_lock(lab.root).files) == 100
    assert content(lab, "many/f42.txt") == b"/f42"


def certificate_at(folder: Path) -> Path:
    """Write a certificate of 127.0.0.1 with its key, which signs itself."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(private + made.public_bytes(pem))
    return path
