"""What the collector found, typed: JSON from the box in, frozen values out.

    evidence = load_evidence(json.loads(text))
    evidence.box.memory_available_bytes

The collector and this page meet only here; a field that an older collector does not send takes its
default.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from generator.errors import RemoteError

SCHEMA = 1
T = TypeVar("T")


@dataclass(frozen=True)
class Gpu:
    """One GPU in nvidia-smi's words; `memory_total` in MiB, or "[N/A]"."""

    name: str = ""
    compute_cap: str = ""
    driver_version: str = ""
    memory_total: str = ""


@dataclass(frozen=True)
class Holder:
    """A process and what it holds of the pool."""

    pid: int = 0
    name: str = ""
    resident_bytes: int = 0
    user_id: int = 0


@dataclass(frozen=True)
class GpuProcess:
    """A process and what it holds on the GPU, in NVML's words."""

    pid: int = 0
    name: str = ""
    used_bytes: int = 0


@dataclass(frozen=True)
class Box:
    """The machine."""

    time_s: float = 0.0
    machine: str = ""
    python: str = ""
    hostname: str = ""
    user_id: int = 0
    product: str = ""
    memory_total_bytes: int = 0
    memory_free_bytes: int = 0
    memory_available_bytes: int = 0
    swap_total_bytes: int = 0
    holders: tuple[Holder, ...] = ()
    gpus: tuple[Gpu, ...] = ()
    gpu_processes: tuple[GpuProcess, ...] = ()
    disk_path: str = ""
    disk_free_bytes: int = 0
    hf: str = ""
    huggingface_cli: str = ""
    image: str = ""


@dataclass(frozen=True)
class Server:
    """ComfyUI as a process and as a web server. `pid` is 0 when it is not ours to see."""

    port: int = 0
    listens_on: tuple[str, ...] = ()
    answers: bool = False
    said: str = ""
    version: str = ""
    argv: tuple[str, ...] = ()
    cors: str = ""
    nodes_missing: tuple[str, ...] | None = None
    listed: Mapping[str, Any] = field(default_factory=dict)
    pid: int = 0
    user_id: int = -1
    cwd: str = ""
    command: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    virtual_env: str = ""


@dataclass(frozen=True)
class Experiment:
    """One experiment: its JSON when it ended well, else how it died."""

    ok: bool = False
    seconds: float = 0.0
    data: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    tail: str = ""

    @property
    def was_tried(self) -> bool:
        """False when the collector left it out; `error` then says why."""
        return not self.error.startswith("not tried")

    def text(self, key: str) -> str:
        """A word among its data; "" when it is not there."""
        return str(self.data.get(key) or "")

    def flag(self, key: str) -> bool:
        """A yes or no among its data."""
        return bool(self.data.get(key))

    def number(self, key: str) -> float:
        """A number among its data; NaN when it is not there."""
        value = self.data.get(key)
        return float(value) if isinstance(value, (int, float)) else float("nan")


@dataclass(frozen=True)
class Evidence:
    """Everything that one run of the collector brought back."""

    schema: int = SCHEMA
    box: Box = Box()
    server: Server = Server()
    python: tuple[str, ...] = ()
    interpreter: Experiment = Experiment()
    torch: Experiment = Experiment()
    torchvision: Experiment = Experiment()
    torchaudio: Experiment = Experiment()
    matmul: Experiment = Experiment()
    sdpa: Experiment = Experiment()
    fft: Experiment = Experiment()
    sageattention: Experiment = Experiment()
    headers: Experiment = Experiment()
    compile: Experiment = Experiment()
    install: Experiment = Experiment()
    weights: Experiment = Experiment()

    @property
    def gpu_name(self) -> str:
        """The first GPU, by whoever names it; "" without one."""
        return self.box.gpus[0].name if self.box.gpus else self.torch.text("device")

    @property
    def is_spark(self) -> bool:
        """A GB10, by the GPU's own name or the board's."""
        return "GB10" in self.gpu_name or "DGX_Spark" in self.box.product.replace(" ", "_")

    @property
    def has_cuda(self) -> bool:
        """Whether ComfyUI's torch sees a GPU."""
        return self.torch.ok and self.torch.flag("cuda_available")

    @property
    def is_pool(self) -> bool:
        """Whether the GPU lives in the host's memory, or there is none: one pool for all."""
        return self.is_spark or self.torch.flag("is_integrated") or not self.gpu_name


def load_evidence(raw: Any) -> Evidence:
    """The typed form of the collector's JSON. Raises RemoteError for anything else."""
    if not isinstance(raw, Mapping) or raw.get("schema") != SCHEMA:
        raise RemoteError(
            "the collector's answer",
            got=str(raw)[:80],
            expected=f"evidence of schema {SCHEMA}",
            remedy="run the same version of breathe that sent the collector",
        )
    return _build(Evidence, raw)


_NESTED: Mapping[str, type[Any]] = {
    "box": Box,
    "server": Server,
    "holders": Holder,
    "gpus": Gpu,
    "gpu_processes": GpuProcess,
}


def _build(kind: type[T], raw: Mapping[str, Any]) -> T:
    """A dataclass from JSON: nested by name, lists as tuples, unknown keys left out."""
    values: dict[str, Any] = {}
    for each in dataclasses.fields(kind):  # type: ignore[arg-type]  # T is one of our dataclasses
        if each.name not in raw:
            continue
        value = raw[each.name]
        nested = _NESTED.get(each.name) or (
            Experiment if each.type == "Experiment" and isinstance(value, Mapping) else None
        )
        if nested and isinstance(value, list):
            value = tuple(_build(nested, item) for item in value)
        elif nested:
            value = _build(nested, value)
        elif isinstance(value, list):
            value = tuple(value)
        values[each.name] = value
    return kind(**values)
