"""Which part of the engine may import which: lowest row first, and a part imports parts of lower rows only."""

from __future__ import annotations

Rows = tuple[tuple[str, ...], ...]

#: The rooms, and the modules beside them.
ROOMS: Rows = (
    ("boxes", "cancellation", "cielab", "clock", "lines", "memory_limits", "noun_phrases", "signals", "steps"),
    ("colour_words", "devices", "unusable"),
    ("colour_share",),
    ("client", "models", "tensors"),
    ("finding", "painting"),
    ("sets",),
    ("colouring", "words"),
    ("search",),
    ("pipeline",),
    ("local",),
    ("batch", "lab", "serving"),
    ("cli",),
    ("__main__",),
)

#: The modules inside each room. `lab` has rooms of its own, which are not ordered further inside.
INSIDE: dict[str, Rows] = {
    "batch": (("batch.entry", "batch.job"),),
    "client": (
        (
            "client.png_chunks",
            "client.pointing",
            "client.profiles",
            "client.report",
            "client.source_file",
            "client.tiff_directories",
            "client.xmp",
        ),
        ("client.colours", "client.exif", "client.wanted"),
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
        ("client.replacing",),
    ),
    "models": (
        ("models.photo.roles",),
        (
            "models.fetching.answers",
            "models.fetching.disk",
            "models.fetching.sources",
            "models.files",
            "models.typos",
        ),
        (
            "models.fetching.downloads",
            "models.fetching.first_hashes",
            "models.fetching.hub",
            "models.fetching.origins",
            "models.fetching.selection",
            "models.fetching.turns",
            "models.full.catalogue",
            "models.networks.fine_level",
            "models.networks.snapshots",
            "models.store",
            "models.vocabulary",
            "models.weights",
        ),
        (
            "models.fetching.lending",
            "models.fetching.pulling",
            "models.lengths",
            "models.networks.clip",
            "models.networks.concepts",
            "models.networks.denoiser",
            "models.networks.detail",
            "models.networks.detector",
            "models.networks.eraser",
            "models.networks.masker",
            "models.networks.perceptual",
            "models.networks.segmenter",
            "models.networks.style",
            "models.networks.upscaler",
            "models.nouns",
            "models.photo.catalogue",
            "models.photo.clip_tokens",
        ),
        ("models.fetching.fetched", "models.fetching.snapshots", "models.full.adm", "models.noun_vectors"),
        ("models.full.checkpoints", "models.photo.erasing", "models.photo.recognising", "models.photo.single_file"),
        ("models.full.converting",),
        ("models.full.pulling", "models.photo.pulling"),
        ("models.folders", "models.importing"),
        ("models.bundle",),
    ),
    "finding": (
        (
            "finding.agreement",
            "finding.finder",
            "finding.phrases.asked",
            "finding.phrases.language",
            "finding.segment",
            "finding.touching",
        ),
        (
            "finding.cache",
            "finding.grow",
            "finding.match",
            "finding.phrases.objects",
            "finding.phrases.said",
            "finding.phrases.tokens",
            "finding.published",
        ),
        ("finding.phrases.parsing", "finding.phrases.selecting"),
        ("finding.phrases.saying",),
        ("finding.phrases.choosing",),
        ("finding.phrases.naming",),
        ("finding.by_phrase.boxes", "finding.by_phrase.instances", "finding.segment_and_match"),
        ("finding.by_phrase.masking", "finding.by_phrase.segment_concepts"),
        ("finding.by_phrase.detect_and_mask",),
        ("finding.by_phrase.phrase_finder",),
        ("finding.by_phrase.loading",),
    ),
    "painting": (
        (
            "painting.course",
            "painting.filling",
            "painting.matting",
            "painting.options",
            "painting.recolour",
            "painting.region",
            "painting.settling",
            "painting.tiles",
            "painting.tint",
            "painting.upscale",
        ),
        ("painting.areas", "painting.remnants.shadows", "painting.remnants.strings", "painting.shares"),
        ("painting.painter", "painting.remnants.remnants"),
        ("painting.masks",),
        ("painting.batches", "painting.detail", "painting.scorer"),
        ("painting.guided.sampling.presets",),
        ("painting.guided.options", "painting.guided.sampling.guidance"),
        ("painting.guided.sampling.sampler", "painting.guided.sampling.tiles"),
        ("painting.guided.memory", "painting.guided.paint"),
        ("painting.guided.samples",),
        ("painting.guided.painter",),
        (
            "painting.latent.autoencoder",
            "painting.latent.klein.instruction",
            "painting.latent.memory",
            "painting.latent.names",
            "painting.latent.reading",
            "painting.latent.sd15.few_steps",
            "painting.latent.storage",
        ),
        (
            "painting.latent.crops",
            "painting.latent.klein.autoencoder",
            "painting.latent.klein.networks",
            "painting.latent.klein.presets",
            "painting.latent.klein.storage",
            "painting.latent.options",
            "painting.latent.sd15.networks",
            "painting.latent.sd15.presets",
        ),
        (
            "painting.erasing.options",
            "painting.latent.klein.memory",
            "painting.latent.klein.options",
            "painting.latent.method",
            "painting.latent.room",
            "painting.latent.sd15.memory",
            "painting.latent.sd15.options",
        ),
        (
            "painting.latent.klein.picking",
            "painting.latent.klein.sampling",
            "painting.latent.paint",
            "painting.latent.sd15.sampling",
            "painting.latent.sd15.snapshot",
        ),
        ("painting.latent.klein.snapshot", "painting.latent.samples", "painting.latent.sd15.stable_diffusion"),
        ("painting.latent.klein.painter", "painting.latent.sd15.painter"),
        ("painting.latent.choice",),
        ("painting.erasing.painter",),
        ("painting.erasing.beside",),
    ),
    "sets": (("sets.fits", "sets.model_set"), ("sets.paper", "sets.photo"), ("sets.registry",)),
    "serving": (
        ("serving.jobs", "serving.places"),
        ("serving.pull_worker", "serving.worker"),
        ("serving.handler",),
        ("serving.server",),
        ("serving.lifecycle", "serving.tunnel"),
        ("serving.dial",),
    ),
    "lab": (
        ("lab.classifier", "lab.estimates", "lab.page", "lab.quality", "lab.reader"),
        ("lab.benchmark.metric", "lab.train"),
        ("lab.benchmark.case",),
        ("lab.benchmark.files",),
        ("lab.benchmark.measures", "lab.benchmark.results", "lab.benchmark.sources"),
        ("lab.benchmark.blind", "lab.benchmark.methods"),
        ("lab.benchmark.measuring",),
        ("lab.benchmark.command",),
        ("lab.ablate", "lab.evaluate"),
    ),
    "cli": (
        ("cli.descriptors", "cli.engine_use", "cli.failures", "cli.lab", "cli.progress", "cli.streams"),
        ("cli.model_rows", "cli.outputs"),
        ("cli.background", "cli.doctor", "cli.journal", "cli.models", "cli.options", "cli.train"),
        ("cli.ablate", "cli.evaluate", "cli.replacing", "cli.segment", "cli.tunnel"),
        ("cli.edit",),
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
