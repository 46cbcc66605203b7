"""The one door to ffmpeg: arguments, progress, and every way a run can end badly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.errors import MediaError
from generator.video.ffmpeg import FfmpegBinary, Filter, Source, command, find_ffmpeg
from tests.clips import RecordedProgress

GREY = Source(Path("color=gray:s=64x64:r=16"), {"f": "lavfi"})
RAW = {"f": "rawvideo"}


def endless(target: Path) -> tuple[str, ...]:
    """A run that nobody waits for."""
    return command([GREY], [], target, RAW)


def test_command_chains_filters_and_escapes_their_values(tmp_path: Path) -> None:
    """A path with quotes, commas and brackets reaches a filter as it is."""
    log = tmp_path / "it's [1], 2; x.json"
    arguments = command(
        [Source(GREY.path, {"f": "lavfi", "t": 0.5}), Source(GREY.path, {"f": "lavfi", "t": 0.5})],
        [Filter("libvmaf", {"log_fmt": "json", "log_path": str(log)})],
        None,
        {},
    )
    FfmpegBinary().run(arguments, label="compare grey with grey")
    assert log.is_file()


def test_filters_of_a_source_stand_before_the_chain(tmp_path: Path) -> None:
    """Each source has its own filters; the chain takes what they leave."""
    scale = [Filter("scale", {"w": 32, "h": 32})]
    small = [
        Source(Path(f"color={name}:s=64x64:r=16"), {"f": "lavfi", "t": 1}, scale)
        for name in ("gray", "red")
    ]
    wide = [Filter("hstack", {})]
    target = tmp_path / "out.gray"
    arguments = command(small, wide, target, {**RAW, "pix_fmt": "gray", "frames:v": 1})
    FfmpegBinary().run(arguments, label="stack")
    assert target.stat().st_size == 64 * 32


def test_progress_runs_up_to_the_total(tmp_path: Path) -> None:
    """Reports name the work, rise, and end with all of it done."""
    progress = RecordedProgress()
    source = Source(GREY.path, {"f": "lavfi", "t": 4, "readrate": 8})
    FfmpegBinary("bundled", progress).run(
        command([source], [], tmp_path / "out", RAW), label="grey", total_s=4.0
    )
    assert {label for label, _, _ in progress.updates} == {"grey"}
    done = [seconds for _, seconds, _ in progress.updates]
    assert done == sorted(done)
    assert progress.updates[-1] == ("grey", 4.0, 4.0)


def test_a_failed_run_keeps_ffmpegs_words_and_no_file(tmp_path: Path) -> None:
    """The message has the tail of what ffmpeg said; a half-written output is gone."""
    source = tmp_path / "notes.txt"
    source.write_text("not a clip")
    target = tmp_path / "out.mp4"
    target.write_bytes(b"half")
    with pytest.raises(MediaError, match=r"Invalid data|matches no streams") as caught:
        FfmpegBinary().run(command([Source(source)], [], target, {}), label="read notes")
    assert "read notes" in str(caught.value)
    assert not target.exists()


def test_an_ffmpeg_without_an_encoder_says_which_to_use(tmp_path: Path) -> None:
    """Somebody's own build on PATH may lack one: the remedy names the setting."""
    lacking = command([GREY], [], tmp_path / "out.mp4", {"c:v": "libnothing"})
    with pytest.raises(MediaError, match='write ffmpeg = "bundled"') as caught:
        FfmpegBinary().run(lacking, label="encode")
    assert "Unknown encoder" in caught.value.detail


def test_a_full_disk_is_called_by_its_name() -> None:
    """No space left: the message says so, and a device file is never removed."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(MediaError, match="a full disk"):
        FfmpegBinary().run(endless(full), label="fill the disk")
    assert full.exists()


def test_stop_ends_a_run_from_another_thread(tmp_path: Path) -> None:
    """A stopped run raises, and leaves neither a process nor a file."""
    ffmpeg = FfmpegBinary()
    target = tmp_path / "endless.rgb"
    failures: list[MediaError] = []

    def work() -> None:
        try:
            ffmpeg.run(
                command([Source(GREY.path, {"f": "lavfi", "readrate": 1})], [], target, RAW),
                label="endless",
            )
        except MediaError as exc:
            failures.append(exc)

    worker = threading.Thread(target=work)
    worker.start()
    while worker.is_alive() and not target.exists():
        worker.join(0.01)
    ffmpeg.stop()
    worker.join()
    assert "signal 9" in str(failures[0])
    assert not target.exists()


def test_an_interrupt_takes_the_child_along(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a run: the process has ended and its file is gone."""

    class Impatient(RecordedProgress):
        def update(self, *_: object) -> None:
            raise KeyboardInterrupt

    target = tmp_path / "endless.rgb"
    source = Source(GREY.path, {"f": "lavfi", "readrate": 1})
    with pytest.raises(KeyboardInterrupt):
        FfmpegBinary("bundled", Impatient()).run(
            command([source], [], target, RAW), label="endless", total_s=1e6
        )
    assert not target.exists()
    running = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(target) in _words(path)]
    assert running == []


def _words(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def test_a_missing_ffmpeg_on_path_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scene chose PATH and there is none: the message names the setting."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MediaError, match=r'write ffmpeg = "bundled"'):
        find_ffmpeg("path")


def test_a_program_that_cannot_start_is_our_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken ffmpeg on PATH ends in one message."""
    broken = tmp_path / "ffmpeg"
    broken.write_bytes(b"\x7fELF but no more")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MediaError, match="a program that runs on this machine"):
        FfmpegBinary("path").run(endless(tmp_path / "out"), label="x")


def grey_frames(count: int) -> Iterator[bytes]:
    """Raw pictures of 64x64."""
    for _ in range(count):
        yield bytes(64 * 64)


FED = Source(Path("pipe:0"), {"f": "rawvideo", "pix_fmt": "gray", "s": "64x64", "r": 16})


def test_a_run_reads_what_it_is_fed(tmp_path: Path) -> None:
    target = tmp_path / "out.gray"
    FfmpegBinary().run(
        command([FED], [], target, {**RAW, "pix_fmt": "gray"}), label="fed", feed=grey_frames(5)
    )
    assert target.stat().st_size == 5 * 64 * 64


def test_a_feed_that_fails_ends_the_run_and_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> Iterator[bytes]:
        yield from grey_frames(3)
        raise ArithmeticError("no more pictures")

    target = tmp_path / "out.gray"
    arguments = command([FED], [], target, {**RAW, "pix_fmt": "gray"})
    with pytest.raises(ArithmeticError, match="no more pictures"):
        FfmpegBinary().run(arguments, label="fed", feed=failing())
    assert not target.exists()


def test_a_run_that_ends_before_its_feed_says_why(tmp_path: Path) -> None:
    arguments = command([FED], [Filter("scale", {"w": 32, "h": 99999999})], tmp_path / "out", RAW)
    with pytest.raises(MediaError, match="fed"):
        FfmpegBinary().run(arguments, label="fed", feed=grey_frames(500))
