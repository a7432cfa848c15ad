"""A file from the network: resumed where it stopped, and never there unless it is the right one.

What has come is in ``<path>.part``. Only when its SHA-256 is right does it get its name, in one step.
"""

import hashlib
import http.client
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import BinaryIO
from urllib import request
from urllib.error import HTTPError
from urllib.parse import urlsplit

TIMEOUT = 30.0  # seconds without a byte after which a connection counts as cut
PAUSE = 0.5  # seconds before the second attempt; twice as many before each one after it
BLOCK = 2**16  # bytes
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})  # answers that may be another one a moment later

Progress = Callable[[int, int | None], object]


class DownloadError(OSError):
    """A file did not come, or it was another one. The words say which.

    Example: it is one of the errors of files and networks.

        >>> issubclass(DownloadError, OSError)
        True
    """


class _Interrupted(Exception):
    """The connection failed; the next attempt may do better."""


def download(
    url: str,
    path: str | PathLike[str],
    *,
    sha256: str,
    size: int | None = None,
    progress: Progress | None = None,
    attempts: int = 3,
) -> Path:
    """Return the path of a file after it was downloaded and found to be the right one.

    A file that is there and right is not asked for. Another file of that name stays until the right one is complete.
    When a connection is cut the next attempt goes on where it stopped, and so does the next call.

    Args:
        url: where from; ``http`` or ``https``.
        path: where to. Its folder is made.
        sha256: the checksum that the file must have, 64 hexadecimal digits.
        size: how many bytes the file must have. A server that says another number is not listened to any longer.
        progress: called with the bytes that are there and the bytes of the whole, or None if nobody knows.
        attempts: how often to ask before giving up.

    Raises:
        DownloadError: the server cannot be reached or does not have the file, the connection was cut each time, the
            size or the checksum is wrong (both are quoted), or the file cannot be written.
        IsADirectoryError: the path is a folder.
        ValueError: the address is of another kind, ``sha256`` is no checksum, or ``size`` or ``attempts`` too small.

    Example: what is there already needs no network.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "fig.txt"
        ...     _ = path.write_bytes(b"fig")
        ...     download("https://example.invalid/fig.txt", path, sha256=hashlib.sha256(b"fig").hexdigest()).name
        'fig.txt'
    """
    path, wanted = Path(path), sha256.lower()
    _check_arguments(url, path, wanted, size, attempts)
    if path.is_file() and _digest(path) == wanted:
        return path
    part = path.with_name(f"{path.name}.part")
    with _disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    if not (part.is_file() and _digest(part) == wanted):
        _load(url, part, size, progress, attempts)
    found, n_bytes = _digest(part), part.stat().st_size
    if found != wanted:
        part.unlink()
        raise DownloadError(f"{url} gave {n_bytes} bytes with SHA-256 {_short(found)}, expected {_short(wanted)}")
    with _disk(path):
        part.replace(path)
    return path


def _check_arguments(url: str, path: Path, sha256: str, size: int | None, attempts: int) -> None:
    """Raise ``ValueError`` for arguments that cannot work, and ``IsADirectoryError`` for a folder."""
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError(f"url must begin with http:// or https:// and name a host, got {url!r}")
    if not re.fullmatch(r"[!-~]+", url):
        raise ValueError(f"url must be ASCII without spaces, others written as %20, got {url!r}")
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"sha256 must be 64 hexadecimal digits, got {len(sha256)} characters: {sha256!r}")
    if size is not None and size < 0:
        raise ValueError(f"size must be at least 0, got {size}")
    if attempts < 1:
        raise ValueError(f"attempts must be at least 1, got {attempts}")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, not a file")


def _load(url: str, part: Path, size: int | None, progress: Progress | None, attempts: int) -> None:
    """Bring the whole file into ``part``, in as many attempts as there are."""
    for attempt in range(attempts):
        if attempt:
            time.sleep(PAUSE * 2 ** (attempt - 1))
        try:
            return _attempt(url, part, size, progress)
        except _Interrupted as problem:
            reason = problem
    kept = f"; {part.stat().st_size} bytes are kept in {part}" if part.is_file() else ""
    raise DownloadError(f"{url}: {reason} (attempt {attempts} of {attempts}){kept}") from reason


def _attempt(url: str, part: Path, size: int | None, progress: Progress | None) -> None:
    """Ask once for what is missing in ``part``, and append it."""
    there = part.stat().st_size if part.is_file() else 0
    if size is not None and there >= size:
        there = 0  # complete and wrong, or another file
    response, start = _open(url, there)
    with response:
        total = _total(response, start)
        if size is not None and total not in (None, size):
            raise DownloadError(f"{url} has {total} bytes, expected {size}")
        _save(response, part, start, size if total is None else total, progress)


def _save(
    response: http.client.HTTPResponse, part: Path, start: int, total: int | None, progress: Progress | None
) -> None:
    """Write what the server sends into ``part``, after its first ``start`` bytes."""
    loaded = start
    with _disk(part):
        file = part.open("ab" if start else "wb", buffering=0)  # unbuffered: what was written is there to go on from
    with file:
        for block in _blocks(response):
            if total is not None and loaded + len(block) > total:
                raise DownloadError(f"{response.url} has more than {total} bytes, expected {total}")
            with _disk(part):
                _write(file, block)
            loaded += len(block)
            if progress:
                progress(loaded, total)
        with _disk(part):
            os.fsync(file.fileno())  # or a name could outlive its bytes when the power fails
    if total is not None and loaded < total:
        raise _Interrupted(f"the connection was cut after {loaded} of {total} bytes")


def _write(file: BinaryIO, block: bytes) -> None:
    """Write all of a block: an unbuffered file may take a part of it."""
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]


def _blocks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """What the server sends, as it comes. The end of a cut connection looks like the end of the file."""
    while True:
        try:
            block = response.read1(BLOCK)
        except (OSError, http.client.HTTPException) as problem:
            raise _Interrupted(f"the connection was cut: {problem or type(problem).__name__}") from problem
        if not block:
            return
        yield block


def _open(url: str, there: int) -> tuple[http.client.HTTPResponse, int]:
    """The server's answer, and with which byte of the file it starts: ``there``, or 0 if it will not resume."""
    headers = {"User-Agent": "attnlab", "Accept-Encoding": "identity"}
    if there:
        headers["Range"] = f"bytes={there}-"
    try:
        response = _opener().open(request.Request(url, headers=headers), timeout=TIMEOUT)
    except HTTPError as problem:
        with problem:
            if problem.code == 416 and there:
                return _open(url, 0)
            answer = f"the server answered {problem.code} {problem.reason}"
        if problem.code in TRY_AGAIN:
            raise _Interrupted(answer) from problem
        raise DownloadError(f"{url}: {answer}") from problem
    except (OSError, http.client.HTTPException) as problem:
        reason = getattr(problem, "reason", None) or problem
        raise _Interrupted(f"the server cannot be reached: {reason}") from problem
    assert isinstance(response, http.client.HTTPResponse)
    if response.status == 200:
        return response, 0
    if there and response.status == 206:
        if _content_range(response)[0] == there:
            return response, there
        response.close()
        return _open(url, 0)
    response.close()
    raise DownloadError(f"{url}: the server answered {response.status} {response.reason}, expected 200")


def _opener() -> request.OpenerDirector:
    """One that opens nothing but http and https, wherever a server sends it."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.UnknownHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPRedirectHandler,
        request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def _content_range(response: http.client.HTTPResponse) -> tuple[int | None, int | None]:
    """The first byte that an answer holds and the bytes of the whole file, so far as it says."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
    if not found:
        return None, None
    return int(found[1]), None if found[2] == "*" else int(found[2])


def _total(response: http.client.HTTPResponse, start: int) -> int | None:
    """How many bytes the whole file has, so far as the answer says."""
    whole = _content_range(response)[1] if start else None
    if whole is None and response.length is not None:
        whole = start + response.length
    return whole


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _short(digest: str) -> str:
    return f"{digest[:12]}…"


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Errors of the disk, told apart from those of the network: to try again would not help."""
    try:
        yield
    except OSError as problem:
        raise DownloadError(f"{path} cannot be written: {problem}") from problem
