"""The node classes of the test server, in the shape of ComfyUI's `/object_info`.

Only what Wan workflows use, with the input names, order and kinds that the real nodes have (seen on
ComfyUI 0.3.64 and on the wrapper of the 2.2 example); texts and limits are our own.
"""

from __future__ import annotations

from typing import Any

MODELS = {
    "diffusion": [
        "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors",
        "wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors",
        "Wan2_2-I2V-A14B-HIGH_fp8_e4m3fn_scaled_KJ.safetensors",
        "Wan2_2-I2V-A14B-LOW_fp8_e4m3fn_scaled_KJ.safetensors",
    ],
    "text": ["umt5_xxl_fp8_e4m3fn_scaled.safetensors", "umt5-xxl-enc-bf16.safetensors"],
    "vae": ["wan_2.1_vae.safetensors", "Wan2_1_VAE_bf16.safetensors"],
    "loras": ["loras/fast_rank64_bf16.safetensors"],
}

_STRING = ["STRING", {"default": "", "multiline": True, "dynamicPrompts": True}]
_NAME = ["STRING", {"default": "clip"}]
_SIDE = ["INT", {"default": 832, "min": 16, "max": 16384, "step": 16}]
_LENGTH = ["INT", {"default": 81, "min": 1, "max": 16384, "step": 4}]
_SEED = ["INT", {"default": 0, "min": 0, "max": 2**64 - 1, "control_after_generate": True}]
_STEPS = ["INT", {"default": 20, "min": 1, "max": 10000}]
_AT = ["INT", {"default": 0, "min": 0, "max": 10000}]
_CFG = ["FLOAT", {"default": 8.0, "min": 0.0, "max": 100.0}]
_FLAG = ["BOOLEAN", {"default": False}]


def _int(default: int, low: int = -1, high: int = 10000) -> list[Any]:
    return ["INT", {"default": default, "min": low, "max": high}]


def _float(default: float, high: float = 100.0) -> list[Any]:
    return ["FLOAT", {"default": default, "min": 0.0, "max": high}]


def _pick(*options: str) -> list[Any]:
    return [list(options)]


def _combo(*options: str) -> list[Any]:
    return ["COMBO", {"options": list(options)}]


# class → (required inputs, optional inputs, outputs); an empty list of outputs ends a graph
_CLASSES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "LoadImage": ({"image": [["hero.png"], {"image_upload": True}]}, {}, ["IMAGE", "MASK"]),
    "UNETLoader": (
        {"unet_name": _pick(*MODELS["diffusion"]), "weight_dtype": _pick("default", "fp8_e4m3fn")},
        {},
        ["MODEL"],
    ),
    "CLIPLoader": (
        {"clip_name": _pick(*MODELS["text"]), "type": _pick("wan", "sd3")},
        {"device": _pick("default", "cpu")},
        ["CLIP"],
    ),
    "VAELoader": ({"vae_name": _pick(*MODELS["vae"])}, {}, ["VAE"]),
    "CLIPTextEncode": ({"text": _STRING, "clip": ["CLIP"]}, {}, ["CONDITIONING"]),
    "WanImageToVideo": (
        {
            "positive": ["CONDITIONING"],
            "negative": ["CONDITIONING"],
            "vae": ["VAE"],
            "width": _SIDE,
            "height": _SIDE,
            "length": _LENGTH,
            "batch_size": _int(1, 1),
        },
        {"clip_vision_output": ["CLIP_VISION_OUTPUT"], "start_image": ["IMAGE"]},
        ["CONDITIONING", "CONDITIONING", "LATENT"],
    ),
    "WanFirstLastFrameToVideo": (
        {
            "positive": ["CONDITIONING"],
            "negative": ["CONDITIONING"],
            "vae": ["VAE"],
            "width": _SIDE,
            "height": _SIDE,
            "length": _LENGTH,
            "batch_size": _int(1, 1),
        },
        {"start_image": ["IMAGE"], "end_image": ["IMAGE"]},
        ["CONDITIONING", "CONDITIONING", "LATENT"],
    ),
    "ModelSamplingSD3": ({"model": ["MODEL"], "shift": _float(3.0)}, {}, ["MODEL"]),
    "KSamplerAdvanced": (
        {
            "model": ["MODEL"],
            "add_noise": _pick("enable", "disable"),
            "noise_seed": _SEED,
            "steps": _STEPS,
            "cfg": _CFG,
            "sampler_name": _pick("euler", "uni_pc"),
            "scheduler": _pick("simple", "normal"),
            "positive": ["CONDITIONING"],
            "negative": ["CONDITIONING"],
            "latent_image": ["LATENT"],
            "start_at_step": _AT,
            "end_at_step": _AT,
            "return_with_leftover_noise": _pick("disable", "enable"),
        },
        {},
        ["LATENT"],
    ),
    "VAEDecode": ({"samples": ["LATENT"], "vae": ["VAE"]}, {}, ["IMAGE"]),
    "CreateVideo": ({"images": ["IMAGE"], "fps": _float(24.0, 120.0)}, {}, ["VIDEO"]),
    "SaveVideo": (
        {
            "video": ["VIDEO"],
            "filename_prefix": _NAME,
            "format": _combo("auto", "mp4"),
            "codec": _combo("auto", "h264"),
        },
        {},
        [],
    ),
    "PreviewImage": ({"images": ["IMAGE"]}, {}, []),
    "INTConstant": ({"value": _int(0, -(2**31), 2**31)}, {}, ["INT"]),
    "ImageResizeKJv2": (
        {
            "image": ["IMAGE"],
            "width": _int(512, 0, 16384),
            "height": _int(512, 0, 16384),
            "upscale_method": _pick("lanczos", "area"),
            "keep_proportion": _pick("stretch", "crop"),
            "pad_color": _NAME,
            "crop_position": _pick("center", "top"),
            "divisible_by": _int(2, 0, 512),
        },
        {"device": _pick("cpu", "gpu")},
        ["IMAGE", "INT", "INT"],
    ),
    "WanVideoTorchCompileSettings": (
        {"backend": _pick("inductor", "cudagraphs"), "fullgraph": _FLAG, "mode": _pick("default")},
        {},
        ["WANCOMPILEARGS"],
    ),
    "WanVideoModelLoader": (
        {
            "model": _pick(*MODELS["diffusion"]),
            "base_precision": _pick("bf16", "fp16_fast"),
            "quantization": _pick("disabled", "fp8_e4m3fn_scaled"),
            "load_device": _pick("main_device", "offload_device"),
        },
        {
            "attention_mode": _pick("sdpa", "sageattn"),
            "compile_args": ["WANCOMPILEARGS"],
            "lora": ["WANVIDLORA"],
        },
        ["WANVIDEOMODEL"],
    ),
    "WanVideoLoraSelect": (
        {"lora": _pick(*MODELS["loras"]), "strength": _float(1.0)},
        {},
        ["WANVIDLORA"],
    ),
    "WanVideoSetLoRAs": ({"model": ["WANVIDEOMODEL"]}, {"lora": ["WANVIDLORA"]}, ["WANVIDEOMODEL"]),
    "WanVideoVAELoader": (
        {"model_name": _pick(*MODELS["vae"])},
        {"precision": _pick("bf16", "fp32")},
        ["WANVAE"],
    ),
    "LoadWanVideoT5TextEncoder": (
        {"model_name": _pick(*MODELS["text"]), "precision": _pick("bf16", "fp32")},
        {},
        ["WANTEXTENCODER"],
    ),
    "WanVideoTextEncode": (
        {"positive_prompt": _STRING, "negative_prompt": _STRING},
        {"t5": ["WANTEXTENCODER"], "force_offload": _FLAG},
        ["WANVIDEOTEXTEMBEDS"],
    ),
    "WanVideoImageToVideoEncode": (
        {
            "width": _SIDE,
            "height": _SIDE,
            "num_frames": _LENGTH,
            "noise_aug_strength": _float(0.0),
        },
        {"vae": ["WANVAE"], "start_image": ["IMAGE"]},
        ["WANVIDIMAGE_EMBEDS"],
    ),
    "WanVideoSampler": (
        {
            "model": ["WANVIDEOMODEL"],
            "image_embeds": ["WANVIDIMAGE_EMBEDS"],
            "steps": _STEPS,
            "cfg": _CFG,
            "shift": _float(5.0),
            "seed": _SEED,
            "force_offload": _FLAG,
            "scheduler": _pick("unipc", "dpm++_sde"),
            "riflex_freq_index": _int(0, 0),
        },
        {
            "text_embeds": ["WANVIDEOTEXTEMBEDS"],
            "samples": ["LATENT"],
            "denoise_strength": _float(1.0, 1.0),
            "batched_cfg": _FLAG,
            "rope_function": _pick("default", "comfy"),
            "start_step": _int(0),
            "end_step": _int(-1),
            "add_noise_to_samples": _FLAG,
        },
        ["LATENT", "LATENT"],
    ),
    "WanVideoDecode": (
        {"vae": ["WANVAE"], "samples": ["LATENT"], "enable_vae_tiling": _FLAG},
        {},
        ["IMAGE"],
    ),
    "VHS_VideoCombine": (
        {
            "images": ["IMAGE"],
            "frame_rate": _float(8.0),
            "loop_count": _int(0, 0),
            "filename_prefix": _NAME,
            "format": _pick("image/gif", "video/h264-mp4"),
            "pingpong": _FLAG,
            "save_output": ["BOOLEAN", {"default": True}],
        },
        {},
        [],
    ),
}


def object_info() -> dict[str, Any]:
    """All classes as `GET /object_info` gives them."""
    return {
        name: {
            "input": {"required": required, "optional": optional},
            "input_order": {"required": list(required), "optional": list(optional)},
            "output": outputs,
            "output_is_list": [False] * len(outputs),
            "output_name": outputs,
            "name": name,
            "display_name": name,
            "description": "",
            "python_module": "nodes",
            "category": "test",
            "output_node": not outputs,
        }
        for name, (required, optional, outputs) in _CLASSES.items()
    }
