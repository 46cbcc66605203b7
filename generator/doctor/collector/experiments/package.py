"""Import one package and say what came: its version, its file, and for torch its CUDA."""

import importlib
import json
import sys

name = json.loads(sys.argv[1])["package"]
if name in ("torchvision", "torchaudio"):
    importlib.import_module("torch")  # as ComfyUI does; a clash between the two shows here
module = importlib.import_module(name)
answer = {
    "version": str(getattr(module, "__version__", "")),
    "file": str(module.__file__ or ""),
    "is_stub": bool(getattr(module, "__breathe_stub__", False)),
}
if name == "torchaudio":
    # An empty package stands in for it on some machines: it imports, and nothing is in it.
    try:
        importlib.import_module("torchaudio.functional")
    except Exception as error:
        answer["hollow"] = f"{type(error).__name__}: {error}"
if name == "torch":
    answer["cuda"] = str(module.version.cuda or "")
    answer["cuda_available"] = bool(module.cuda.is_available())
    if answer["cuda_available"]:
        answer["device"] = module.cuda.get_device_name(0)
        answer["capability"] = list(module.cuda.get_device_capability(0))
        answer["arch_list"] = list(module.cuda.get_arch_list())
        properties = module.cuda.get_device_properties(0)
        answer["is_integrated"] = bool(getattr(properties, "is_integrated", False))
sys.stdout.write("\x02breathe-experiment\x03" + json.dumps(answer))
