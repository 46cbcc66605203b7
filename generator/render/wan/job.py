"""One render from intent to file: submitted once, found again after anything, collected whole.

    take on the shelf? ── yes ─→ done, no server is called
      │ no
    file known, or lying there? ─→ download → decode to the end → on the shelf
      │ no
    job with our key in queue or history? ─→ wait for it
      │ no
    write the intent → submit → write the id → wait

Polling decides, the socket only informs. A job is lost only when the server answers and knows it
neither in its queue nor, asked after that, in its history; then it is said and submitted again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from generator.artifacts import Json
from generator.comfy import limits
from generator.comfy.cli import Accepted, RejectedError
from generator.comfy.client import FileGoneError, ServerFacts, UnreachableError
from generator.comfy.graph import Graph
from generator.comfy.jobs import Job, OutputFile, clip_of
from generator.comfy.patch import Patched, Settings
from generator.comfy.roles import models_of, needed_files
from generator.engine.disk import disk_errors, sync_file, write_atomic
from generator.engine.ports import Ports
from generator.engine.store import Store
from generator.errors import AssetError, ComfyError
from generator.render.takes import GRAPH, Take, TakeShelf
from generator.render.wan.outcome import Expected, Patience, Waiting, check_clip, failure
from generator.render.wan.server import Link, connect
from generator.scene.model import Scene

log = logging.getLogger(__name__)

_SETBACKS = 2
"""A job lost with its server, or whose file is gone, is submitted once more and no oftener: a job
that kills its server would do so again."""
_LEFTOVERS = ("{0}_00001_.mp4", "{0}_00001.mp4", "{0}_00001_.webm")
"""What SaveVideo, VHS_VideoCombine and SaveWEBM call the first file of a name."""


@dataclass(frozen=True)
class Order:
    """What is to be rendered: the workflow, what to put into it, and the still's own bytes.

    `settings` lacks the image's name on the server and the prefix, which are made here.
    """

    workflow: Path
    workflow_name: str
    settings: Settings
    still: Callable[[], Path]


class RenderJob:
    """Brings one take onto the shelf."""

    def __init__(
        self, root: Path, ports: Ports, scene: Scene, order: Order, patience: Patience
    ) -> None:
        """`root`: the project folder."""
        self.shelf = TakeShelf(root)
        self._root = root
        self._ports = ports
        self._scene = scene
        self._order = order
        self._patience = patience
        self._say = ports.progress.note

    def collect(self, asked: Take) -> Take:
        """The take with its clip. Raises SceneError, AssetError, RemoteError or StoreError.

        Ctrl-C asks what becomes of a job that the server has, and goes on as KeyboardInterrupt.
        """
        store = Store(self._root)
        with store.exclusive(f"take-{asked.clip}-{asked.short_key}"):
            take = self.shelf.load(asked.clip, asked.key) or asked
            if self.shelf.clip_path(take):
                return take
            with connect(self._scene, self._root, self._ports) as link:
                try:
                    return self._collect(link, take)
                except KeyboardInterrupt:
                    now = self.shelf.load(take.clip, take.key)
                    if now and now.state == "submitted":
                        self._waiting(link, now).ask_what_now()
                    elif now and now.state == "intent":
                        self._say(f"render:{take.clip}: if it was sent, breathe render finds it")
                    raise

    def _collect(self, link: Link, take: Take) -> Take:
        facts = link.facts(self._ports)
        if done := self._leftover(link, take):
            return done
        for _ in range(_SETBACKS):
            take = self._in_line(link, facts, take)
            job = self._waiting(link, take).until_over()
            if job is None:
                self._say_lost(take)
                take = self.shelf.update(take, state="intent", prompt_id="")
                continue
            try:
                return self._bring(link, self._judge(take, job), clip_of(job))
            except FileGoneError:
                self._say(f"render:{take.clip}: done before, but its file is gone from the server")
                gone = (*take.refused, take.prompt_id)
                take = self.shelf.update(take, state="intent", prompt_id="", refused=gone)
        raise ComfyError(
            f"render:{take.clip} on {link.name}",
            got=f"a job that was lost, or whose file was gone, {_SETBACKS} times",
            expected="a server that stays up while it renders, and keeps what it rendered",
            remedy="look for an out-of-memory kill (dmesg), or render fewer frames; "
            "breathe spark doctor looks at memory",
        )

    def _say_lost(self, take: Take) -> None:
        self._say(
            f"render:{take.clip}: the server no longer knows job {take.prompt_id[:8]}: "
            "it was restarted, and the job is lost. Submitting it again"
        )

    # -- finding and submitting ------------------------------------------------------------

    def _in_line(self, link: Link, facts: ServerFacts, take: Take) -> Take:
        """The take with a job that the server has: an older one of ours, or a new one."""
        if take.state in ("submitted", "rendered") and take.prompt_id:
            if link.server.job(take.prompt_id):
                self._say(f"render:{take.clip}: found job {take.prompt_id[:8]} again")
                return take
            if not self._ours(link, take):
                self._say_lost(take)
        if job := self._ours(link, take):
            self._say(f"render:{take.clip}: found job {job.prompt_id[:8]} of an earlier run")
            return self._taken(replace(take, attempt=max(1, take.attempt)), job.prompt_id)
        return self._submit(link, facts, take)

    def _ours(self, link: Link, take: Take) -> Job | None:
        """A job for this take that runs, waits, or ended well."""
        for job in link.server.find(take.short_key):
            alive = job.state in ("pending", "running", "done")
            if alive and job.prompt_id not in take.refused:
                return job
        return None

    def _submit(self, link: Link, facts: ServerFacts, take: Take) -> Take:
        ports, order = self._ports, self._order
        take = replace(take, attempt=take.attempt + 1, host=link.name, server=_plain(facts))
        image = link.server.cli.upload(order.still())
        settings = replace(order.settings, image=image, prefix=take.prefix)
        patched = link.prepare(order.workflow, settings, name=order.workflow_name)
        for note in patched.notes:
            log.info("%s: %s", order.workflow_name, note)
        for warning in patched.warnings:
            self._say(f"render:{take.clip}: {warning}")
        files = needed_files(patched.graph, {})
        if words := limits.shortage(files, settings.size, settings.frames, facts.free_gib):
            self._say(f"render:{take.clip}: {words}")
        graph_path = self._write_graph(take, patched)
        models = link.model_facts(models_of(patched.graph))
        take = self.shelf.update(
            take,
            state="intent",
            prompt_id="",
            asked_at_s=ports.clock.now_s(),
            notes=patched.notes,
            models=models,
            reason="",
        )
        try:
            accepted = link.server.cli.submit(graph_path)
        except RejectedError as exc:
            self.shelf.update(take, state="failed", reason=str(exc))
            raise
        except ComfyError:
            # The answer got lost, not necessarily the job: nobody pays twice for that.
            if not (job := self._look_again(link, take)):
                raise
            accepted = Accepted(job.prompt_id, ())
        take = self._taken(take, accepted.prompt_id)
        if accepted.node_errors:
            self._refuse_part(link, take, accepted)
        ports.progress.note(f"render:{take.clip}: submitted as job {take.prompt_id[:8]}")
        return self._yield_to_twin(link, take)

    def _taken(self, take: Take, prompt_id: str) -> Take:
        return self.shelf.update(
            take,
            state="submitted",
            prompt_id=prompt_id,
            submitted_at_s=self._ports.clock.now_s(),
        )

    def _look_again(self, link: Link, take: Take) -> Job | None:
        for _ in range(self._patience.looks):
            self._ports.clock.sleep(self._patience.poll_s)
            try:
                if job := self._ours(link, take):
                    return job
            except UnreachableError as exc:
                log.info("looking for the job: %s", exc.got)
        return None

    def _refuse_part(self, link: Link, take: Take, accepted: Accepted) -> None:
        """A graph that validates partly runs partly, and would end without our clip, or late."""
        link.server.cancel(accepted.prompt_id)
        error = ComfyError(
            f"{self._order.workflow_name} on {link.name}",
            got="a graph of which the server would run only a part",
            expected="every node valid",
            remedy="open the workflow in ComfyUI on that server and mend what is red; "
            "the job was taken back",
            detail="\n".join(accepted.node_errors),
        )
        self.shelf.update(take, state="failed", reason=str(error))
        raise error

    def _yield_to_twin(self, link: Link, take: Take) -> Take:
        """If somebody else submitted the same render a moment earlier, theirs is ours too."""
        try:
            found = link.server.find(take.short_key)
        except UnreachableError:
            return take  # waiting for it says the rest
        jobs = [job for job in found if job.state in ("pending", "running")]
        mine = next((j for j in jobs if j.prompt_id == take.prompt_id), None)
        twins = [j for j in jobs if mine and j.number < mine.number]
        if not mine or mine.state != "pending" or not twins:
            return take
        first = min(twins, key=lambda job: job.number)
        link.server.cancel(mine.prompt_id)
        self._say(f"render:{take.clip}: the same render is in line already: waiting for that one")
        return self._taken(take, first.prompt_id)

    def _write_graph(self, take: Take, patched: Patched) -> Path:
        path = self.shelf.folder(take.clip, take.key) / GRAPH
        text = json.dumps(patched.graph.to_api(), ensure_ascii=False, indent=1)
        with disk_errors(str(path)):
            write_atomic(path, text.encode())
        return path

    # -- waiting and collecting ------------------------------------------------------------

    def _waiting(self, link: Link, take: Take) -> Waiting:
        return Waiting(
            link=link,
            ports=self._ports,
            patience=self._patience,
            label=f"render:{take.clip}",
            prompt_id=take.prompt_id,
            graph=self._graph(take),
            cancelled=lambda: self.shelf.update(take, state="cancelled", reason="by hand"),
        )

    def _judge(self, take: Take, job: Job) -> Take:
        """Go on with a job that ended well; say what became of any other."""
        if job.state == "done":
            return take
        error = failure(take, job, self._order.settings)
        interrupted = job.state == "interrupted"
        self.shelf.update(
            take,
            state="cancelled" if interrupted else "failed",
            reason=str(error),
            finished_at_s=self._ports.clock.now_s(),
        )
        raise error

    def _leftover(self, link: Link, take: Take) -> Take | None:
        """A clip that a server forgot with its history, but that still lies in its output."""
        if take.state == "rendered" and take.output:
            candidates = [OutputFile(**take.output)]
        elif take.state == "submitted" and not link.server.job(take.prompt_id):
            folder, _, name = take.prefix.rpartition("/")
            candidates = [OutputFile(c.format(name), folder, "output") for c in _LEFTOVERS]
        else:
            return None
        for output in candidates:
            try:
                return self._bring(link, take, output)
            except (FileGoneError, AssetError) as exc:
                log.info("no leftover: %s", exc)
        return None

    def _bring(self, link: Link, take: Take, output: OutputFile) -> Take:
        """Download, decode to the end, and only then call it done."""
        take = self.shelf.update(take, state="rendered", output=asdict(output))
        folder = self.shelf.folder(take.clip, take.key)
        part = folder / f"master{output.suffix}.part"
        progress, label = self._ports.progress, f"render:{take.clip} download"
        link.server.download(output, part, meter=lambda n, all_: progress.update(label, n, all_))
        settings = self._order.settings
        expected = Expected(settings.frames, settings.fps, settings.size)
        name = f"the clip of render:{take.clip}"
        try:
            file = check_clip(self._ports, part, expected, f"master{output.suffix}", name=name)
        except AssetError as exc:
            part.replace(folder / f"refused{output.suffix}")
            refused = (*take.refused, take.prompt_id)
            self.shelf.update(take, state="failed", reason=str(exc), refused=refused)
            raise
        with disk_errors(str(part)):
            sync_file(part)
            part.replace(folder / file.name)
        return self.shelf.update(
            take, state="done", file=file, finished_at_s=self._ports.clock.now_s()
        )

    def _graph(self, take: Take) -> Graph:
        path = self.shelf.folder(take.clip, take.key) / GRAPH
        try:
            return Graph.from_api(json.loads(path.read_bytes()))
        except (OSError, ValueError):
            return Graph()  # found on the server by its key: it only names the phases


def _plain(facts: ServerFacts) -> dict[str, Json]:
    return dict(asdict(facts))
