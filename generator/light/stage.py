"""Light: a master and its track → how bright and how warm the room is around the screen.

The raw measurement, unsmoothed: the page smooths it over `[light] smooth_s` while it plays.
"""

from __future__ import annotations

from generator.artifacts.decode import dump, encode
from generator.artifacts.light import LightFacts
from generator.engine.stage import BakedFile, Input, Stage, StageResult, StageRun
from generator.scene.model import AMBIENT, ClipName, Scene

VERSION = 2


def stage(scene: Scene, clip: ClipName) -> Stage:
    """The stage `light:<clip>`; output `light`, facts `LightFacts`."""
    screen, patch = scene.screen, scene.light.patch
    # Text is read at the desk alone.
    inks = (scene.computer.text, scene.computer.background) if clip == AMBIENT else None
    inputs: dict[str, Input] = {
        "master": BakedFile(f"render:{clip}", "master"),
        "track": BakedFile(f"track:{clip}", "track"),
        "report": BakedFile(f"track:{clip}", "report"),
    }
    if screen.clip != clip:
        inputs["anchor"] = BakedFile(f"render:{screen.clip}", "master")

    def execute(run: StageRun) -> StageResult:
        from generator.light.measure import measure_light

        light, glass = measure_light(run, clip, patch, inks)
        (run.out_dir / "light.json").write_bytes(dump(light))
        return StageResult(files={"light": "light.json"}, facts=encode(LightFacts.of(light, glass)))

    return Stage(
        name=f"light:{clip}",
        version=VERSION,
        params={
            "patch": patch,
            "corners": [list(point) for point in screen.corners],
            "picked_frame": screen.frame,
            "inks": list(inks) if inks else None,
        },
        inputs=inputs,
        execute=execute,
    )
