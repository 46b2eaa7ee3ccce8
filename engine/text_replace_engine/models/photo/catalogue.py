"""The photo models: which repositories of the hub, how large they are, under which terms.

A revision and a SHA-256 are here only where a public record shows them; `cited` says where. Elsewhere “main” is asked
for once, and what it was then is recorded.
"""

from __future__ import annotations

from text_replace_engine.models.fetching.selection import LORA
from text_replace_engine.models.fetching.sources import Layout, Offered, Snapshot, find
from text_replace_engine.models.full import catalogue
from text_replace_engine.models.photo import roles

_HUB = "https://huggingface.co"
_PAINTER = f"{_HUB}/stable-diffusion-v1-5/stable-diffusion-inpainting"
_PAINTER_REVISION = "8a4288a76071f7280aedbdb3253bdb9e9d5d84bb"
_PAINTER_UNET = "unet/diffusion_pytorch_model.fp16.safetensors"
_FEW_STEPS = f"{_HUB}/latent-consistency/lcm-lora-sdv1-5"
_FEW_STEPS_REVISION = "d2a62207399b8f04998c0aa81f45aa5a46254bcc"
#: The variant of the optional painter.
KLEIN = "FLUX.2-klein-4B"

SNAPSHOTS: tuple[Snapshot, ...] = (
    Snapshot(
        roles.DETECTOR,
        "llmdet_tiny",
        "LLMDet tiny, finds boxes for a phrase (iSEE-Laboratory)",
        "Apache-2.0",
        f"{_HUB}/iSEE-Laboratory/llmdet_tiny",
        690_000_000,
        "iSEE-Laboratory/llmdet_tiny",
        Layout.TRANSFORMERS,
        "d05199165a19320a9236396e20fca0a5e065189c",
        (("model.safetensors", "f0e476be3d65c7c50e13029b0adc4bb5d4e05f3eb6d7bb04856578095e6ad92f"),),
        "https://github.com/MrNeRF/LichtFeld-Studio/releases/tag/model-llmdet-tiny-v1",
    ),
    Snapshot(
        roles.MASKER,
        "sam2.1-hiera-small",
        "SAM 2.1 small, outlines what is in a box or under a click (Meta)",
        "Apache-2.0",
        f"{_HUB}/facebook/sam2.1-hiera-small",
        184_000_000,
        "facebook/sam2.1-hiera-small",
        Layout.TRANSFORMERS,
    ),
    Snapshot(
        roles.PAINTER,
        "stable-diffusion-inpainting",
        "Stable Diffusion 1.5 for inpainting (Runway)",
        "CreativeML OpenRAIL-M: commercial use allowed, harmful uses in its attachment A not",
        _PAINTER,
        2_130_000_000,
        "stable-diffusion-v1-5/stable-diffusion-inpainting",
        Layout.DIFFUSERS,
        _PAINTER_REVISION,
        ((_PAINTER_UNET, "24b788b4a777748377cc20364eea4ae113c8c42f4468c16bc8c02fdae5492af9"),),
        f"{_PAINTER}/blob/{_PAINTER_REVISION}/{_PAINTER_UNET}",
    ),
    Snapshot(
        roles.FEW_STEPS,
        "lcm-lora-sdv1-5",
        "LCM-LoRA, lets Stable Diffusion 1.5 paint in few steps (Latent Consistency)",
        "OpenRAIL++: commercial use allowed, harmful uses in its attachment A not",
        _FEW_STEPS,
        134_621_556,
        "latent-consistency/lcm-lora-sdv1-5",
        Layout.LORA,
        _FEW_STEPS_REVISION,
        ((LORA, "8f90d840e075ff588a58e22c6586e2ae9a6f7922996ee6649a7f01072333afe4"),),
        f"{_FEW_STEPS}/blob/{_FEW_STEPS_REVISION}/{LORA}",
    ),
    Snapshot(
        roles.KLEIN,
        KLEIN,
        "FLUX.2 klein, paints better, on a graphics card with memory enough (Black Forest Labs); optional, by “models "
        "pull photo --painter klein”",
        "Apache-2.0",
        f"{_HUB}/black-forest-labs/{KLEIN}",
        16_000_000_000,
        f"black-forest-labs/{KLEIN}",
        Layout.DIFFUSERS,
    ),
    Snapshot(
        roles.CONCEPTS,
        "sam3",
        "SAM 3, finds phrases in place of detector and masker (Meta); optional, only by “models import”",
        "SAM License, Meta's own; its publisher wants to know who fetches it",
        f"{_HUB}/facebook/sam3",
        3_400_000_000,
        "facebook/sam3",
        Layout.TRANSFORMERS,
    ),
    Snapshot(
        roles.PREVIEWS,
        "taesd",
        "TAESD, sharper previews while Stable Diffusion paints (madebyollin); optional, only by “models import”",
        "MIT",
        f"{_HUB}/madebyollin/taesd",
        10_000_000,
        "madebyollin/taesd",
        Layout.TRANSFORMERS,
    ),
)


def models() -> tuple[Offered, ...]:
    """All of the photo set, in the order in which they are fetched; CLIP is that of the full models."""
    detector, masker, *others = SNAPSHOTS
    return (detector, masker, find(catalogue.MODELS, roles.CLIP, "ViT-B-32"), *others)
