"""The full models: what each file is, where it comes from, how large it is, under which terms, and which hash it has.

A SHA-256 is here only where it can be cited; `cited` says where. Elsewhere the hash of the first download is recorded
and shown as unverified.
"""

from __future__ import annotations

from text_replace_engine.models.fetching.sources import Download, Model


def _clip(variant: str, sha256: str, size: int) -> Model:
    hosts = ("https://openaipublic.azureedge.net", "https://openaipublic.blob.core.windows.net")
    file = f"{variant}.pt"
    sources = tuple(f"{host}/clip/models/{sha256}/{file}" for host in hosts)
    cited = "https://github.com/openai/CLIP/blob/main/clip/clip.py"
    return Model(
        "clip",
        variant,
        f"CLIP {variant} (OpenAI)",
        "MIT; its model card asks for research use",
        "https://github.com/openai/CLIP/blob/main/model-card.md",
        (Download(file, sources, size, sha256, cited),),
    )


def _backbone(variant: str, title: str, sha256: str, size: int) -> Model:
    file = {"alex": "alexnet-owt-7be5be79.pth", "vgg": "vgg16-397923af.pth"}[variant]
    # torchvision's file name holds the first digits; the rest is in many public manifests, which agree.
    cited = f"https://download.pytorch.org/models/{file}, first 8 digits; public manifests"
    return Model(
        "perceptual",
        variant,
        f"LPIPS on {title} (torchvision)",
        "BSD 3-clause; trained on ImageNet, whose terms ask for research use",
        "https://github.com/pytorch/vision/blob/main/LICENSE",
        (Download(file, (f"https://download.pytorch.org/models/{file}",), size, sha256, cited),),
    )


def _diffusion(variant: str, title: str, download: Download) -> Model:
    return Model(
        "denoiser",
        variant,
        title,
        "MIT code; the weights are for research use (OpenAI's model card)",
        "https://github.com/openai/guided-diffusion/blob/main/model-card.md",
        (download,),
    )


_OPENAI = "https://openaipublic.blob.core.windows.net/diffusion/jul-2021"
_SEGFORMER = "nvidia/segformer-b5-finetuned-ade-640-640"
_DISCO = "https://github.com/alembics/disco-diffusion/blob/main/Disco_Diffusion.ipynb"
_FINETUNE = "512x512_diffusion_uncond_finetune_008100.pt"

#: The first of a role is its default.
MODELS: tuple[Model, ...] = (
    Model(
        "segmenter",
        "segformer-b5",
        "SegFormer-b5, ADE20K at 640 (NVIDIA)",
        "NVIDIA Source Code License for SegFormer: research or evaluation, not commercial use",
        "https://github.com/NVlabs/SegFormer/blob/master/LICENSE",
        (
            Download("pytorch_model.bin", (f"hub:{_SEGFORMER}/pytorch_model.bin",), 339_300_000),
            Download("config.json", (f"hub:{_SEGFORMER}/config.json",), 7_000),
        ),
    ),
    # Sizes as in mirrors on the hub that list the same hashes: omlab/OmDet-Turbo_tiny_SWIN_T (ViT-B-16),
    # camenduru/SyncDreamer (ViT-L-14), fuyun1107/clip-for-vlp (ViT-B-32).
    _clip("ViT-B-32", "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af", 353_976_522),
    _clip("ViT-B-16", "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f", 350_837_078),
    _clip("ViT-L-14", "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836", 932_768_134),
    _backbone("alex", "AlexNet", "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02", 244_408_911),
    _backbone("vgg", "VGG-16", "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0", 553_433_881),
    _diffusion(
        "256",
        "Guided diffusion 256 × 256, unconditional (OpenAI)",
        Download(
            "256x256_diffusion_uncond.pt",
            (f"{_OPENAI}/256x256_diffusion_uncond.pt",),
            2_211_383_297,
            "a37c32fffd316cd494cf3f35b339936debdc1576dad13fe57c42399a5dbc78b1",
            _DISCO,
        ),
    ),
    _diffusion(
        "512-class",
        "Guided diffusion 512 × 512, class-conditional (OpenAI)",
        Download(
            "512x512_diffusion.pt",
            (f"{_OPENAI}/512x512_diffusion.pt",),
            2_236_200_000,
            "ea4462ba9962b984a516bc7af5fc93a8fc19deaf37da48bb142eea467897557d",
            "https://huggingface.co/omriav/blended-diffusion/blob/main/checkpoints/512x512_diffusion.pt",
        ),
    ),
    _diffusion(
        "512",
        "Guided diffusion 512 × 512, unconditional fine-tune (Katherine Crowson)",
        Download(
            _FINETUNE,
            (
                f"hub:lowlevelware/512x512_diffusion_unconditional_ImageNet/{_FINETUNE}",
                f"https://the-eye.eu/public/AI/models/512x512_diffusion_unconditional_ImageNet/{_FINETUNE}",
            ),
            2_232_025_447,
            "9c111ab89e214862b76e1fa6a1b3f1d329b1a88281885943d2cdbe357ad57648",
            _DISCO,
        ),
    ),
)


def variants(role: str) -> tuple[str, ...]:
    """The choices for a role, the default first."""
    return tuple(model.variant for model in MODELS if model.role == role)


def by_hash(sha256: str) -> Model | None:
    """The model whose weights have this published hash."""
    return next((model for model in MODELS if model.sha256 == sha256), None)
