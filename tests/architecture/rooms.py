"""Which part of the engine may import which: lowest row first, and a part imports parts of lower rows only."""

from __future__ import annotations

Rows = tuple[tuple[str, ...], ...]

#: The rooms, and the modules beside them.
ROOMS: Rows = (
    ("boxes", "clock", "memory_limits", "signals", "steps"),
    ("devices", "unusable"),
    ("client", "models", "tensors"),
    ("finding", "painting"),
    ("sets",),
    ("pipeline",),
    ("local",),
    ("lab", "serving"),
    ("cli",),
    ("__main__",),
)

#: The modules inside each room. `lab` has two, which are told apart here and not ordered further inside.
INSIDE: dict[str, Rows] = {
    "client": (
        (
            "client.png_chunks",
            "client.profiles",
            "client.report",
            "client.source_file",
            "client.tiff_directories",
        ),
        ("client.colours", "client.exif"),
        ("client.composite", "client.metadata"),
        ("client.exchange", "client.keeping", "client.png_metadata", "client.raster", "client.tiff_writing"),
        (
            "client.avif_reading",
            "client.jpeg_reading",
            "client.png_reading",
            "client.png_writing",
            "client.tiff_reading",
            "client.webp_reading",
        ),
        ("client.reading",),
        ("client.images",),
    ),
    "models": (
        ("models.files", "models.full.catalogue"),
        ("models.full.downloads", "models.full.installed", "models.store", "models.vocabulary"),
        (
            "models.folders",
            "models.networks.clip",
            "models.networks.denoiser",
            "models.networks.perceptual",
            "models.networks.segmenter",
            "models.networks.style",
            "models.networks.upscaler",
        ),
        ("models.bundle", "models.full.adm"),
        ("models.full.checkpoints",),
        ("models.full.pulling",),
    ),
    "finding": (
        ("finding.finder", "finding.segment"),
        ("finding.cache", "finding.match"),
        ("finding.segment_and_match",),
    ),
    "painting": (
        ("painting.course", "painting.region", "painting.upscale"),
        ("painting.areas", "painting.painter"),
        ("painting.scorer",),
        ("painting.guided.sampling.presets",),
        ("painting.guided.options", "painting.guided.sampling.guidance"),
        ("painting.guided.sampling.sampler", "painting.guided.sampling.tiles"),
        ("painting.guided.memory", "painting.guided.paint"),
        ("painting.guided.samples",),
        ("painting.guided.painter",),
    ),
    "sets": (("sets.model_set",), ("sets.paper",), ("sets.registry",)),
    "serving": (
        ("serving.jobs", "serving.places"),
        ("serving.pull_worker", "serving.worker"),
        ("serving.handler",),
        ("serving.server",),
        ("serving.lifecycle",),
    ),
    "lab": (("lab.classifier",), ("lab.train",), ("lab.evaluate",)),
    "cli": (
        ("cli.descriptors", "cli.engine_use", "cli.failures", "cli.progress", "cli.streams"),
        ("cli.outputs",),
        ("cli.background", "cli.doctor", "cli.journal", "cli.models", "cli.options", "cli.tools"),
        ("cli.edit", "cli.segment"),
    ),
}


def part_of(names: list[str], rows: Rows) -> str | None:
    """The longest name in `rows` that a dotted name, in parts, begins with."""
    known = {part for row in rows for part in row}
    for length in range(len(names), 0, -1):
        if ".".join(names[:length]) in known:
            return ".".join(names[:length])
    return None


def row_of(part: str, rows: Rows) -> int:
    """Raises StopIteration for a part that has none."""
    return next(number for number, row in enumerate(rows) if part in row)
