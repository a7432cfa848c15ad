"""Downloads from a server on loopback that cuts, stalls, lies and forgets, and mistakes that people make."""

import errno
import hashlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from attnlab.data import DownloadError, downloads
from tests.mutants import mutant

SIZE = 200_003  # more than three blocks
CONTENT = b"".join(hashlib.sha256(str(place).encode()).digest() for place in range(SIZE // 32 + 1))[:SIZE]
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CUT = 70_001
NOT_IT = b"another file"


class Request(BaseHTTPRequestHandler):
    """One request. What it is answered is a function that the server has in its list, or ``whole``."""

    server: "Server"

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        self.start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        answer = self.server.answers.pop(0) if self.server.answers else whole
        answer(self)

    def head(self, status: int, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def head_of_rest(self) -> bytes:
        """Send the headers for the rest of the content; return that rest."""
        rest = CONTENT[self.start :]
        if self.start:
            self.head(206, Content_Length=len(rest), Content_Range=f"bytes {self.start}-{SIZE - 1}/{SIZE}")
        else:
            self.head(200, Content_Length=len(rest))
        return rest

    def log_message(self, *words: object) -> None:
        """Nothing is printed."""


class Server(ThreadingHTTPServer):
    """Answers requests in turn with ``answers``, then with the whole file. ``asked`` are the ranges asked for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.asked: list[str | None] = []
        self.answers: list[Callable[[Request], None]] = []
        self.arrived, self.released = threading.Event(), threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/file"

    def handle_error(self, *words: object) -> None:
        """A client that goes away is no error here."""


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads, "PAUSE", 0)
    running.asked.clear()
    running.answers.clear()
    running.arrived.clear()
    running.released.clear()
    yield running
    running.released.set()


# --- answers of the server --------------------------------------------------------------------------------------------


def whole(request: Request) -> None:
    """All that was asked for."""
    if request.start >= SIZE:
        request.head(416, Content_Range=f"bytes */{SIZE}", Content_Length=0)
        return
    request.wfile.write(request.head_of_rest())


def cut(request: Request) -> None:
    """A part, and the connection is closed as if that were all."""
    request.wfile.write(request.head_of_rest()[:CUT])


def reset(request: Request) -> None:
    """A part, and the connection breaks down."""
    request.wfile.write(request.head_of_rest()[:CUT])
    request.wfile.flush()
    request.server.arrived.wait(1)  # or what was sent could be lost with the connection
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()


def stalled(request: Request) -> None:
    """A part, then nothing for two seconds."""
    rest = request.head_of_rest()
    request.wfile.write(rest[:CUT])
    request.wfile.flush()
    request.server.released.wait(2)
    request.wfile.write(rest[CUT:])


def silent(request: Request) -> None:
    """No answer at all."""
    request.close_connection = True


def no_ranges(request: Request) -> None:
    """The whole file, whatever part was asked for."""
    request.head(200, Content_Length=SIZE)
    request.wfile.write(CONTENT)


def other_range(request: Request) -> None:
    """A part that begins elsewhere."""
    request.head(206, Content_Length=SIZE - 5, Content_Range=f"bytes 5-{SIZE - 1}/{SIZE}")
    request.wfile.write(CONTENT[5:])


def short_range(request: Request) -> None:
    """Some of the part that was asked for; servers may."""
    stop = min(request.start + CUT, SIZE)
    request.head(206, Content_Length=stop - request.start, Content_Range=f"bytes {request.start}-{stop - 1}/{SIZE}")
    request.wfile.write(CONTENT[request.start : stop])


def no_length(request: Request) -> None:
    """The rest, without a word about how long it is."""
    request.head(200 if not request.start else 206, Content_Range=f"bytes {request.start}-{SIZE - 1}/*")
    request.wfile.write(CONTENT[request.start :])


def unknown_whole(request: Request) -> None:
    """The rest and its length, without a word about the whole."""
    rest = CONTENT[request.start :]
    request.head(206, Content_Length=len(rest), Content_Range=f"bytes {request.start}-{SIZE - 1}/*")
    request.wfile.write(rest)


def no_length_cut(request: Request) -> None:
    """A part of it, without a word about how long it is."""
    request.head(200)
    request.wfile.write(CONTENT[:CUT])


def endless(request: Request) -> None:
    """More than the file has, without a word about how long it is."""
    request.head(200)
    request.wfile.write(CONTENT * 3)


def another(request: Request) -> None:
    """Another file."""
    request.head(200, Content_Length=len(NOT_IT))
    request.wfile.write(NOT_IT)


def damaged(request: Request) -> None:
    """One byte is wrong."""
    rest = bytearray(request.head_of_rest())
    rest[100] ^= 1
    request.wfile.write(rest)


def status(code: int) -> Callable[[Request], None]:
    """No file but a status, with a page that says so."""

    def answer(request: Request) -> None:
        request.head(code, Content_Length=len(NOT_IT))
        request.wfile.write(NOT_IT)

    return answer


def moved_to(place: str) -> Callable[[Request], None]:
    def answer(request: Request) -> None:
        request.head(302, Location=place, Content_Length=0)

    return answer


# --- what a download must do ------------------------------------------------------------------------------------------


class Place:
    """Where a file goes, and how it gets there."""

    def __init__(self, module: Any, server: Server, folder: Path) -> None:
        self.module, self.server = module, server
        self.path = folder / "deep" / "file.bin"
        self.part = folder / "deep" / "file.bin.part"
        self.seen: list[tuple[int, int | None]] = []

    def get(self, *answers: Callable[[Request], None], **arguments: Any) -> Path:
        """Download, while the server gives these answers and then the whole file."""
        self.server.answers[:] = answers
        self.server.asked.clear()
        self.seen.clear()
        arguments = {"sha256": SHA256, "progress": lambda *numbers: self.seen.append(numbers)} | arguments
        return self.module.download(self.server.url, self.path, **arguments)

    def refusal(self, *answers: Callable[[Request], None], **arguments: Any) -> str:
        """The words of the ``DownloadError`` that the download ends in."""
        try:
            self.get(*answers, **arguments)
        except self.module.DownloadError as problem:
            return str(problem).replace(self.server.url, "URL").replace(str(self.path), "PATH")
        raise AssertionError("nothing was refused")

    def put(self, content: bytes, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    def assert_there(self) -> None:
        assert self.path.read_bytes() == CONTENT
        assert not self.part.exists()

    def assert_not_there(self, *, part: int | None) -> None:
        """No file of that name, and so many bytes to go on from, all of them right; or none at all."""
        assert not self.path.exists()
        assert (self.part.read_bytes() if self.part.exists() else None) == (None if part is None else CONTENT[:part])


def comes_whole(place: Place) -> None:
    assert place.get() == place.path
    place.assert_there()
    assert place.server.asked == [None]
    assert place.seen[-1] == (SIZE, SIZE)
    loaded = [number for number, _ in place.seen]
    assert len(loaded) > 3
    assert loaded == sorted(set(loaded))
    assert {total for _, total in place.seen} == {SIZE}


def is_not_asked_for_twice(place: Place) -> None:
    place.put(CONTENT, place.path)
    before = place.path.stat().st_mtime_ns
    assert place.get(sha256=SHA256.upper()) == place.path
    assert place.server.asked == []
    assert place.seen == []
    assert place.path.stat().st_mtime_ns == before


def replaces_another_file(place: Place) -> None:
    place.put(NOT_IT, place.path)
    there = []
    place.get(progress=lambda *numbers: there.append(place.path.read_bytes()))
    assert set(there) == {NOT_IT}
    place.assert_there()


def goes_on_after_a_cut(place: Place) -> None:
    place.get(cut, cut)
    place.assert_there()
    assert place.server.asked == [None, f"bytes={CUT}-", f"bytes={2 * CUT}-"]
    assert [total for _, total in place.seen] == [SIZE] * len(place.seen)
    loaded = [number for number, _ in place.seen]
    assert loaded == sorted(set(loaded))


def goes_on_after_a_breakdown(place: Place) -> None:
    place.get(silent, reset, progress=lambda loaded, total: loaded < CUT or place.server.arrived.set())
    place.assert_there()
    assert place.server.asked == [None, None, f"bytes={CUT}-"]


def goes_on_after_a_stall(place: Place) -> None:
    place.module.TIMEOUT = 0.3
    try:
        place.get(stalled)
    finally:
        place.module.TIMEOUT = 30.0
    place.assert_there()
    assert place.server.asked[:2] == [None, f"bytes={CUT}-"]


def gives_up_and_keeps_what_came(place: Place) -> None:
    words = place.refusal(cut, attempts=1)
    assert words == (
        f"URL: the connection was cut after {CUT} of {SIZE} bytes (attempt 1 of 1); {CUT} bytes are kept in PATH.part"
    )
    place.assert_not_there(part=CUT)
    words = place.refusal(silent, silent, attempts=2)
    assert words.startswith("URL: the server cannot be reached: Remote end closed connection without response (attempt")
    assert len(place.server.asked) == 2
    place.assert_not_there(part=CUT)
    place.get()
    place.assert_there()
    assert place.server.asked == [f"bytes={CUT}-"]
    assert place.seen[0][0] > CUT


def starts_anew_without_ranges(place: Place) -> None:
    place.put(NOT_IT, place.part)
    place.get(no_ranges)
    place.assert_there()
    place.path.unlink()
    place.put(CONTENT[:CUT], place.part)
    place.get(no_ranges)
    place.assert_there()
    assert place.server.asked == [f"bytes={CUT}-"]


def starts_anew_after_416(place: Place) -> None:
    place.put(CONTENT + NOT_IT, place.part)
    place.get(attempts=1)
    place.assert_there()
    assert place.server.asked == [f"bytes={SIZE + len(NOT_IT)}-", None]
    place.path.unlink()
    place.put(CONTENT + NOT_IT, place.part)
    place.get(attempts=1, size=SIZE)
    place.assert_there()
    assert place.server.asked == [None]


def starts_anew_after_another_range(place: Place) -> None:
    place.put(CONTENT[:CUT], place.part)
    place.get(other_range, attempts=1)
    place.assert_there()
    assert place.server.asked == [f"bytes={CUT}-", None]


def takes_short_ranges(place: Place) -> None:
    place.put(CONTENT[:9], place.part)
    place.get(short_range, short_range, short_range)
    place.assert_there()
    assert place.server.asked == [f"bytes={9 + taken * CUT}-" for taken in range(3)]
    assert place.seen[0][1] == SIZE


def uses_a_part_that_is_complete(place: Place) -> None:
    place.put(CONTENT, place.part)
    place.get()
    place.assert_there()
    assert place.server.asked == []


def refuses_a_wrong_checksum(place: Place) -> None:
    place.put(NOT_IT, place.path)
    found = hashlib.sha256(CONTENT).hexdigest()[:12]
    words = place.refusal(sha256="0123456789ab" + 52 * "f")
    assert words == f"URL gave {SIZE} bytes with SHA-256 {found}…, expected 0123456789ab…"
    assert place.path.read_bytes() == NOT_IT
    assert not place.part.exists()
    place.path.unlink()
    assert f"expected {found}…" in place.refusal(damaged)
    place.assert_not_there(part=None)
    assert len(place.server.asked) == 1
    place.put(NOT_IT, place.part)  # the beginning of another file
    assert f"expected {found}…" in place.refusal()
    place.assert_not_there(part=None)
    place.get()
    place.assert_there()


def refuses_a_wrong_size(place: Place) -> None:
    place.put(CONTENT[:CUT], place.part)
    assert place.refusal(another, size=SIZE) == f"URL has {len(NOT_IT)} bytes, expected {SIZE}"
    place.assert_not_there(part=CUT)
    assert place.refusal(size=SIZE + 1) == f"URL has {SIZE} bytes, expected {SIZE + 1}"
    assert len(place.server.asked) == 1
    place.assert_not_there(part=CUT)
    assert place.refusal(no_ranges, size=SIZE - 1) == f"URL has {SIZE} bytes, expected {SIZE - 1}"
    place.get(size=SIZE)
    place.assert_there()


def manages_without_a_length(place: Place) -> None:
    place.get(no_length)
    place.assert_there()
    assert {total for _, total in place.seen} == {None}
    place.path.unlink()
    place.get(no_length, size=SIZE)
    place.assert_there()
    assert {total for _, total in place.seen} == {SIZE}
    place.path.unlink()
    place.get(no_length_cut, no_length, size=SIZE)
    place.assert_there()
    assert place.server.asked == [None, f"bytes={CUT}-"]
    place.path.unlink()
    place.put(CONTENT[:CUT], place.part)
    place.get(unknown_whole)
    place.assert_there()
    assert place.seen[0][1] == SIZE
    place.path.unlink()
    assert "70001 bytes with SHA-256" in place.refusal(no_length_cut)
    assert "has more than 200003 bytes, expected 200003" in place.refusal(endless, size=SIZE)
    assert not place.path.exists()
    assert place.part.stat().st_size <= SIZE


def says_what_the_server_answered(place: Place) -> None:
    place.put(CONTENT[:CUT], place.part)
    for code, words in [(404, "404 Not Found"), (403, "403 Forbidden"), (410, "410 Gone"), (400, "400 Bad Request")]:
        assert place.refusal(status(code)) == f"URL: the server answered {words}"
        assert len(place.server.asked) == 1
        place.assert_not_there(part=CUT)
    for code, words in [(204, "204 No Content"), (202, "202 Accepted")]:
        assert place.refusal(status(code)) == f"URL: the server answered {words}, expected 200"
        place.assert_not_there(part=CUT)
    words = place.refusal(*[status(503)] * 3)
    assert words.startswith("URL: the server answered 503 Service Unavailable (attempt 3 of 3)")
    assert len(place.server.asked) == 3
    place.assert_not_there(part=CUT)
    place.get(status(500), status(429))
    place.assert_there()
    place.path.unlink()
    assert "206 Partial Content, expected 200" in place.refusal(short_range)
    assert "416" in place.refusal(status(416))


def goes_where_it_is_sent(place: Place) -> None:
    place.put(CONTENT[:CUT], place.part)
    place.get(moved_to("/elsewhere"))
    place.assert_there()
    assert place.server.asked == [f"bytes={CUT}-"] * 2
    place.path.unlink()
    assert "302" in place.refusal(moved_to("file:///etc/hostname"))
    assert "unknown url type: ftp" in place.refusal(moved_to("ftp://127.0.0.1/file"), attempts=1)
    place.assert_not_there(part=None)


@contextmanager
def full_disk(module: Any, room: int) -> Iterator[None]:
    """While it lasts there is room for so many bytes more."""
    write = module._write
    left = [room]

    def write_what_fits(file: Any, block: bytes) -> None:
        write(file, block[: left[0]])
        if len(block) > left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left[0] -= len(block)

    module._write = write_what_fits
    try:
        yield
    finally:
        module._write = write


def survives_a_full_disk(place: Place) -> None:
    place.put(NOT_IT, place.path)
    with full_disk(place.module, CUT):
        words = place.refusal()
    assert words.startswith("PATH.part cannot be written: [Errno 28] No space left on device")
    assert len(place.server.asked) == 1  # another attempt would not help
    assert place.path.read_bytes() == NOT_IT
    place.path.unlink()
    place.assert_not_there(part=CUT)
    place.get()
    place.assert_there()
    assert place.server.asked == [f"bytes={CUT}-"]


def survives_its_caller(place: Place) -> None:
    """A progress bar that raises, as Ctrl-C does: the error comes through, and what came is kept."""

    def raising(loaded: int, total: int | None) -> None:
        if loaded > CUT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.get(progress=raising)
    kept = place.part.stat().st_size
    assert kept > CUT
    place.assert_not_there(part=kept)
    place.get()
    place.assert_there()


DUTIES = (
    comes_whole,
    is_not_asked_for_twice,
    replaces_another_file,
    goes_on_after_a_cut,
    goes_on_after_a_breakdown,
    goes_on_after_a_stall,
    gives_up_and_keeps_what_came,
    starts_anew_without_ranges,
    starts_anew_after_416,
    starts_anew_after_another_range,
    takes_short_ranges,
    uses_a_part_that_is_complete,
    refuses_a_wrong_checksum,
    refuses_a_wrong_size,
    manages_without_a_length,
    says_what_the_server_answered,
    goes_where_it_is_sent,
    survives_a_full_disk,
    survives_its_caller,
)


@pytest.mark.parametrize("duty", DUTIES)
def test_a_download(server: Server, tmp_path: Path, duty: Callable[[Place], None]) -> None:
    duty(Place(downloads, server, tmp_path))


# Where a mistake would be seen, and the mistake.
MISTAKES: dict[str, tuple[Callable[[Place], None], str, str]] = {
    "no checksum": (refuses_a_wrong_checksum, "if found != wanted:", "if False:"),
    "renamed before the check": (
        refuses_a_wrong_checksum,
        "    found, n_bytes = _digest(part), part.stat().st_size\n",
        "    found, n_bytes = _digest(part), part.stat().st_size\n    part.replace(path)\n    path.rename(part)\n",
    ),
    "the bad part stays": (refuses_a_wrong_checksum, "        part.unlink()\n", ""),
    "whole digests in the words": (refuses_a_wrong_checksum, "digest[:12]", "digest"),
    "the two digests swapped": (
        refuses_a_wrong_checksum,
        "{_short(found)}, expected {_short(wanted)}",
        "{_short(wanted)}, expected {_short(found)}",
    ),
    "a checksum in capitals is another": (is_not_asked_for_twice, "sha256.lower()", "sha256"),
    "any file of that name is it": (
        replaces_another_file,
        "path.is_file() and _digest(path) == wanted",
        "path.is_file()",
    ),
    "always asked for": (is_not_asked_for_twice, "if path.is_file() and _digest(path) == wanted:", "if False:"),
    "written under its name": (replaces_another_file, 'part = path.with_name(f"{path.name}.part")', "part = path"),
    "the old file goes first": (
        replaces_another_file,
        "    _load(url, part,",
        "    path.unlink(True) or _load(url, part,",
    ),
    "no folder made": (comes_whole, "path.parent.mkdir(parents=True, exist_ok=True)", "pass"),
    "not in one step": (comes_whole, "part.replace(path)", "path.write_bytes(part.read_bytes())"),
    "the whole file appended": (starts_anew_without_ranges, "return response, 0\n", "return response, there\n"),
    "the part overwritten": (goes_on_after_a_cut, '"ab" if start else "wb"', '"wb"'),
    "always appended": (starts_anew_without_ranges, '"ab" if start else "wb"', '"ab"'),
    "no range asked for": (goes_on_after_a_cut, 'headers["Range"] = f"bytes={there}-"', "pass"),
    "a range one byte late": (goes_on_after_a_cut, 'f"bytes={there}-"', 'f"bytes={there + 1}-"'),
    "every call starts anew": (gives_up_and_keeps_what_came, "part.stat().st_size if part.is_file() else 0", "0"),
    "the answer's range not looked at": (
        starts_anew_after_another_range,
        "if _content_range(response)[0] == there:",
        "if True:",
    ),
    "a part that is complete asked for": (
        uses_a_part_that_is_complete,
        "if not (part.is_file() and _digest(part) == wanted):",
        "if True:",
    ),
    "any part is complete": (
        gives_up_and_keeps_what_came,
        "if not (part.is_file() and _digest(part) == wanted):",
        "if not part.is_file():",
    ),
    "416 is the end": (starts_anew_after_416, "if problem.code == 416 and there:", "if False:"),
    "416 for ever": (says_what_the_server_answered, "if problem.code == 416 and there:", "if problem.code == 416:"),
    "a part that is too long is resumed": (starts_anew_after_416, "size is not None and there >= size", "False"),
    "a cut is the end of the file": (goes_on_after_a_cut, "if total is not None and loaded < total:", "if False:"),
    "a breakdown is not tried again": (
        goes_on_after_a_breakdown,
        "except (OSError, http.client.HTTPException) as problem:\n            raise",
        "except http.client.HTTPException as problem:\n            raise",
    ),
    "no answer is not tried again": (
        goes_on_after_a_breakdown,
        "except (OSError, http.client.HTTPException) as problem:\n        reason",
        "except http.client.IncompleteRead as problem:\n        reason",
    ),
    "one attempt only": (goes_on_after_a_cut, "for attempt in range(attempts):", "for attempt in range(1):"),
    "one attempt too many": (gives_up_and_keeps_what_came, "range(attempts)", "range(attempts + 1)"),
    "waits for ever": (goes_on_after_a_stall, ", timeout=TIMEOUT)", ", timeout=None)"),
    "a long wait for a whole block": (goes_on_after_a_breakdown, "response.read1(BLOCK)", "response.read(BLOCK)"),
    "the size is not looked at": (
        refuses_a_wrong_size,
        "if size is not None and total not in (None, size):",
        "if False:",
    ),
    "the length of the rest is that of the whole": (
        manages_without_a_length,
        "start + response.length",
        "response.length",
    ),
    "a length must be there": (manages_without_a_length, "total not in (None, size)", "total != size"),
    "the size does not stand in for a length": (manages_without_a_length, "size if total is None else total", "total"),
    "no end": (manages_without_a_length, "if total is not None and loaded + len(block) > total:", "if False:"),
    "the length of a range is that of the whole": (
        takes_short_ranges,
        "_content_range(response)[1] if start",
        "None if start",
    ),
    "every answer is tried again": (says_what_the_server_answered, "if problem.code in TRY_AGAIN:", "if True:"),
    "no answer is tried again": (says_what_the_server_answered, "if problem.code in TRY_AGAIN:", "if False:"),
    "any success is the file": (
        says_what_the_server_answered,
        "if response.status == 200:",
        "if response.status != 206:",
    ),
    "a range that nobody asked for": (
        says_what_the_server_answered,
        "if there and response.status",
        "if response.status",
    ),
    "opens files": (goes_where_it_is_sent, "        request.UnknownHandler,\n", "        request.FTPHandler,\n"),
    "the disk taken for the network": (
        survives_a_full_disk,
        'raise DownloadError(f"{path} cannot be written: {problem}") from problem',
        "raise _Interrupted(problem) from problem",
    ),
    "errors of the disk as they are": (
        survives_a_full_disk,
        "    except OSError as problem:\n",
        "    except EOFError as problem:\n",
    ),
    "progress in blocks": (comes_whole, "progress(loaded, total)", "progress(len(block), total)"),
    "progress without the whole": (comes_whole, "progress(loaded, total)", "progress(loaded, None)"),
    "progress from 0 after a cut": (goes_on_after_a_cut, "progress(loaded, total)", "progress(loaded - start, total)"),
    "progress only at the end": (
        comes_whole,
        "            if progress:\n                progress(loaded, total)\n        with",
        "        if progress:\n            progress(loaded, total)\n        with",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_planted_mistake_is_caught(server: Server, tmp_path: Path, name: str) -> None:
    duty, right, wrong = MISTAKES[name]
    module = mutant(("data.downloads",), "data.downloads", right, wrong)
    vars(module)["PAUSE"] = 0
    with pytest.raises((AssertionError, OSError, ValueError, RecursionError)):
        duty(Place(module, server, tmp_path))


def test_a_part_of_a_block_is_written_in_turns() -> None:
    """An unbuffered file may take fewer bytes than it is given, as a nearly full disk does."""

    class Slow:
        taken = b""

        def write(self, rest: memoryview) -> int:
            self.taken += bytes(rest[:3])
            return min(3, len(rest))

    slow: Any = Slow()
    downloads._write(slow, b"ten bytes.")
    assert slow.taken == b"ten bytes."


def test_a_server_that_is_not_there(tmp_path: Path, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(DownloadError, match=r"cannot be reached: .*refused.* \(attempt 2 of 2\)$"):
        downloads.download(f"http://127.0.0.1:{port}/file", tmp_path / "file", sha256=SHA256, attempts=2)
    assert list(tmp_path.iterdir()) == []


def test_the_pauses_grow(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(downloads, "PAUSE", 0.5)
    monkeypatch.setattr(downloads.time, "sleep", pauses.append)
    server.answers[:] = [status(503)] * 3
    downloads.download(server.url, tmp_path / "file", sha256=SHA256, attempts=4)
    assert pauses == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"url": "ftp://example.invalid/a"}, r"http:// or https:// and name a host, got 'ftp://example.invalid/a'"),
        ({"url": "file:///etc/hostname"}, "got 'file:///etc/hostname'"),
        ({"url": "/etc/hostname"}, "got '/etc/hostname'"),
        ({"url": "http:///a"}, "name a host, got 'http:///a'"),
        (
            {"url": "http://example.invalid/a b"},
            "without spaces, others written as %20, got 'http://example.invalid/a b'",
        ),
        ({"url": "http://example.invalid/梨"}, "must be ASCII"),
        ({"sha256": "abc"}, "sha256 must be 64 hexadecimal digits, got 3 characters: 'abc'"),
        ({"sha256": "g" * 64}, "64 hexadecimal digits, got 64 characters"),
        ({"size": -1}, "size must be at least 0, got -1"),
        ({"attempts": 0}, "attempts must be at least 1, got 0"),
    ],
)
def test_arguments_that_cannot_work(tmp_path: Path, arguments: dict[str, Any], words: str) -> None:
    arguments = {"url": "http://example.invalid/a", "path": tmp_path / "file", "sha256": SHA256} | arguments
    with pytest.raises(ValueError, match=words):
        downloads.download(**arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_place_for_a_file(tmp_path: Path, server: Server) -> None:
    with pytest.raises(IsADirectoryError, match="is a folder, not a file"):
        downloads.download(server.url, tmp_path, sha256=SHA256)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadError, match=r"file/deeper cannot be written"):
        downloads.download(server.url, tmp_path / "file" / "deeper", sha256=SHA256)
    assert server.asked == []


def test_an_empty_file(tmp_path: Path, server: Server) -> None:
    server.answers[:] = [lambda request: request.head(200, Content_Length=0)]
    path = downloads.download(server.url, tmp_path / "empty", sha256=hashlib.sha256().hexdigest(), size=0)
    assert path.read_bytes() == b""
