"""Checks of the box itself: GPU, image, memory and who holds it, disk, clock's neighbours."""

from __future__ import annotations

from generator.comfy.catalogue import GB
from generator.doctor.check import Check, Verdict, fail, gib, ok, skip, warn
from generator.doctor.evidence import Evidence
from generator.doctor.wanted import Wanted
from generator.scene.model import Wan

OLDEST_IMAGE = (25, 10)
"""NGC PyTorch images from here on are known to carry kernels for a GB10; 24.x do not."""
DISK_MARGIN_BYTES = 20 * GB
"""Room for frames, outputs and pip beside the models: a round allowance."""


def gpu(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does the driver name a GPU?"""
    if evidence.gpu_name:
        first = evidence.box.gpus[0] if evidence.box.gpus else None
        driver = f", driver {first.driver_version}" if first else ""
        return ok(f"{evidence.gpu_name}{driver}")
    return fail("nvidia-smi names no GPU", wanted.on_box("sudo dmesg | grep -i nvrm; nvidia-smi"))


def gb10(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Is it a Spark, and does everyone agree?"""
    del wanted
    if not evidence.gpu_name:
        return skip("no GPU to look at")
    capability = evidence.torch.data.get("capability")
    if not evidence.is_spark:
        return warn(
            f"{evidence.gpu_name} on {evidence.box.machine}, not a GB10: checks that only a Spark "
            "needs are skipped",
            "nothing to mend: any NVIDIA box that runs ComfyUI will do",
        )
    if evidence.box.machine != "aarch64" or (capability and list(capability) != [12, 1]):
        return warn(
            f"a GB10 on {evidence.box.machine} with compute capability {capability}; a Spark is "
            "aarch64 with (12, 1)",
            "read what the other checks measured, and trust them over this line",
        )
    shown = "12.1" if capability else "not asked: no torch"
    return ok(f"{evidence.gpu_name}, aarch64, compute capability {shown}")


def smi_memory(evidence: Evidence, wanted: Wanted) -> Verdict:
    """What does nvidia-smi say of memory, and is that to be believed?"""
    if not evidence.box.gpus:
        return skip("nvidia-smi names no GPU")
    said = evidence.box.gpus[0].memory_total
    if "N/A" not in said and "Not Supported" not in said:
        return ok(f"memory.total is {said} MiB: memory of its own")
    if evidence.is_pool:
        return ok(
            f"memory.total is {said}, as it must be: GPU and host share one pool of "
            f"{gib(evidence.box.memory_total_bytes)}; look at free -h"
        )
    return warn(
        f"memory.total is {said} on {evidence.gpu_name}, which has memory of its own",
        wanted.on_box("nvidia-smi -q -d MEMORY"),
    )


def container(evidence: Evidence, wanted: Wanted) -> Verdict:
    """If torch comes from an NGC image: is the image new enough?"""
    image = evidence.interpreter.text("image") or evidence.box.image
    numbers = image.split(".")[:2]
    if len(numbers) != 2 or not all(part.isdigit() for part in numbers):
        return skip("torch does not come from an NGC PyTorch image")
    if (int(numbers[0]), int(numbers[1])) >= OLDEST_IMAGE:
        return ok(f"NGC PyTorch {image}")
    said = f"NGC PyTorch {image}; {OLDEST_IMAGE[0]}.{OLDEST_IMAGE[1]} and later are known good"
    fix = f'set [wan] image = "{Wan().image}", then: breathe spark setup --run'
    del wanted
    return fail(said, fix) if evidence.is_spark else warn(said, fix)


def memory(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Do the chosen models at this size fit in what is available?"""
    need, box = wanted.peak_bytes, evidence.box
    size = f"{wanted.size_px[0]}x{wanted.size_px[1]}x{wanted.frame_count}"
    if not evidence.is_pool:
        total = evidence.box.gpus[0].memory_total if evidence.box.gpus else ""
        if not total.isdigit():
            return skip("the GPU does not say how much memory it has")
        largest = max((file.size_bytes for file in wanted.models), default=0.0)
        weights = sum(file.size_bytes for file in wanted.models)
        least = need - weights + largest
        said = (
            f"{size} needs about {gib(least)} on the GPU with one model loaded; it has "
            f"{gib(int(total) * 2**20)}"
        )
        return ok(said) if int(total) * 2**20 >= least else warn(said, "choose a smaller size")
    said = (
        f"{size} takes up to {gib(need)}{_not_weighed(wanted)}; "
        f"MemAvailable is {gib(box.memory_available_bytes)} of {gib(box.memory_total_bytes)}"
    )
    if box.memory_available_bytes >= need:
        return ok(said)
    return fail(said, "stop what memory-holders names, or render fewer or smaller frames")


def _not_weighed(wanted: Wanted) -> str:
    """Which models the estimate leaves out."""
    unknown = [file.name for file in wanted.models if not file.size_bytes]
    return f" and what {', '.join(unknown)} weighs" if unknown else ""


def page_cache(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Is the memory free, or only reclaimable?"""
    box, need = evidence.box, wanted.peak_bytes
    if not evidence.is_pool:
        return skip("the GPU has memory of its own")
    said = f"MemFree {gib(box.memory_free_bytes)}, MemAvailable {gib(box.memory_available_bytes)}"
    if box.memory_free_bytes < need <= box.memory_available_bytes:
        return warn(
            f"{said}: it fits only once page cache is given back",
            wanted.on_box("sync; echo 3 | sudo tee /proc/sys/vm/drop_caches"),
        )
    return ok(said)


def memory_holders(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does a process other than ComfyUI sit on the pool?"""
    ours = evidence.server.pid
    named = {
        one.pid: f"{one.name} (pid {one.pid}) {gib(one.resident_bytes)}"
        for one in evidence.box.holders
        if one.pid != ours and one.resident_bytes > wanted.holder_bytes
    }
    for one in evidence.box.gpu_processes:
        if one.pid != ours and one.used_bytes > wanted.holder_bytes:
            named[one.pid] = f"{one.name} (pid {one.pid}) {gib(one.used_bytes)} on the GPU"
    if not named:
        largest = next((one for one in evidence.box.holders if one.pid != ours), None)
        tail = f"; the largest is {largest.name}, {gib(largest.resident_bytes)}" if largest else ""
        return ok(f"no other process holds more than {gib(wanted.holder_bytes)}{tail}")
    pids = " ".join(map(str, named))
    return warn(
        "; ".join(named.values()),
        f"{wanted.on_box(f'ps -o pid,rss,cmd -p {pids}')}, then stop what you can spare",
    )


def swap(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Would a render that does not fit be killed, or freeze the box?"""
    size_bytes = evidence.box.swap_total_bytes
    if not evidence.is_spark:
        return skip("only a box with unified memory freezes over swap")
    if size_bytes == 0:
        return ok("no swap: what does not fit is killed, and says so")
    return warn(f"{gib(size_bytes)} of swap is on", wanted.on_box("sudo swapoff -a"))


def disk(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Is there room for the models that are missing?"""
    present = {
        model["name"] for model in evidence.weights.data.get("models", ()) if model.get("path")
    }
    missing = sum(file.size_bytes for file in wanted.models if file.name not in present)
    need = missing + DISK_MARGIN_BYTES
    said = (
        f"{evidence.box.disk_free_bytes / GB:.0f} GB free at {evidence.box.disk_path}; "
        f"{missing / GB:.0f} GB of models to come and {DISK_MARGIN_BYTES / GB:.0f} GB to work in"
    )
    if evidence.box.disk_free_bytes >= need:
        return ok(said)
    return fail(said, wanted.on_box(f"du -xh --max-depth=2 {evidence.box.disk_path} | sort -h"))


def hf(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Is the tool that fetches models there, under its present name?"""
    del wanted
    box = evidence.box
    install = "breathe spark setup --run --only models (it brings an hf of its own)"
    if box.hf:
        return ok(box.hf)
    if box.huggingface_cli:
        return warn(f"only {box.huggingface_cli}, whose name is deprecated: it is hf now", install)
    return warn("no hf on PATH or in the setup's environments", install)


CHECKS = (
    Check("gpu", gpu, "Without a GPU nothing renders.", "nvidia-smi -L names it"),
    Check(
        "gb10",
        gb10,
        "GB10 is compute capability 12.1 on aarch64: wheels and images for others may lack its "
        "kernels, silently. (sm_121 never stands in torch's arch list, even where all is well.)",
        "matmul and sdpa pass: they are the proof, not the name",
    ),
    Check(
        "nvidia-smi-memory",
        smi_memory,
        "On unified memory nvidia-smi has no total to report; looking there hides who holds the "
        "pool.",
        "free -h shows the one pool that there is",
    ),
    Check(
        "container",
        container,
        "Older NGC images have no kernels for this GPU: everything fails before you start.",
        "breathe spark doctor shows the new image here, and matmul passes",
    ),
    Check(
        "memory",
        memory,
        "Host and GPU share one pool: a render that does not fit is killed, or takes the whole "
        "box with it.",
        "free -h shows more available than the need above",
    ),
    Check(
        "page-cache",
        page_cache,
        "CUDA may not be able to use page cache that counts as available: a copy of the models "
        "that was just downloaded can crowd out the models themselves.",
        "MemFree in /proc/meminfo is near MemAvailable",
    ),
    Check(
        "memory-holders",
        memory_holders,
        "A parked inference server holds the very memory that the model needs, and nvidia-smi's "
        "totals do not show it.",
        "the process is gone from ps, and MemAvailable grew by as much",
    ),
    Check(
        "swap",
        swap,
        "With swap on, running out of unified memory can freeze the box instead of ending one "
        "process (one community source).",
        "free -h shows Swap: 0B",
    ),
    Check("disk", disk, "A model that does not fit on disk arrives truncated.", "df -h"),
    Check(
        "hf",
        hf,
        "huggingface-cli is deprecated; hf fetches the models.",
        "hf version prints one",
    ),
)
