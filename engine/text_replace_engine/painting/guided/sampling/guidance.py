"""The paper's three losses and their gradient with respect to x_t."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from text_replace_engine.painting.guided.sampling.presets import PresetSettings
from text_replace_engine.tensors import as_square, unsigned


@dataclass(frozen=True)
class Prediction:
    """What a network says of x_t: x̂0 (n, 3, h, w) in about [-1, 1], and in the same shape v, where it has learnt its
    variance.

    v in [-1, 1]: log Σ lies (v + 1)/2 of the way from log β̃ to log β (https://arxiv.org/abs/2102.09672, eq. 15).
    """

    denoised: Tensor
    variance: Tensor | None = None


#: (x_t (n, 3, h, w), t (n,)) -> what the network says; prompt, surroundings and their guidance scale are inside.
Denoise = Callable[[Tensor, Tensor], Prediction]
#: (n, 3, h, w) in [0, 1] -> unit vectors (n, d), differentiable.
ImageEncoder = Callable[[Tensor], Tensor]
#: Two images (n, 3, h, w) in [-1, 1] -> distances (n,), differentiable.
PerceptualDistance = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Losses:
    """L_clip, L_lpips and L_2 of one sample in one step, before the λ's."""

    clip: float
    lpips: float
    l2: float


@dataclass(frozen=True)
class Guidance:
    """All that the losses compare x̂0 with."""

    encode_image: ImageEncoder
    clip_size: int
    perceptual: PerceptualDistance
    #: CLIP(e): (1, d), a unit vector.
    target: Tensor
    #: I, (1, 3, h, w) in [-1, 1].
    original: Tensor
    #: m, (1, 1, h, w) in [0, 1].
    mask: Tensor
    settings: PresetSettings

    def gradient(
        self,
        x_t: Tensor,
        t: Tensor,
        denoise: Denoise,
        alpha_bar: float,
        progress: float,
        rngs: Sequence[torch.Generator],
    ) -> tuple[Prediction, Tensor, tuple[Losses, ...]]:
        """(prediction, ∇L (n, 3, h, w), losses) at x_t (n, 3, h, w) and t (n,), where L = λ_clip·L_clip +
        λ_lpips·L_lpips + λ_2·L_2 of each sample and ∇ is by x_t.

        With `full_gradient` off ∇ stops at x̂0 and is scaled by √ᾱ (`alpha_bar`). `progress` in [0, 1] runs over the
        guided steps.
        """
        if self.settings.full_gradient:
            x_t = x_t.detach().requires_grad_()
            predicted = denoise(x_t, t)
            total, losses = self.losses(predicted.denoised, self._views(progress), rngs)
            (gradient,) = torch.autograd.grad(total, x_t)
        else:
            with torch.no_grad():
                predicted = denoise(x_t, t)
            denoised = predicted.denoised.detach().requires_grad_()
            total, losses = self.losses(denoised, self._views(progress), rngs)
            (gradient,) = torch.autograd.grad(total, denoised)
            gradient = gradient * alpha_bar**0.5
        variance = None if predicted.variance is None else predicted.variance.detach()
        return Prediction(predicted.denoised.detach(), variance), gradient.detach(), losses

    def losses(
        self, denoised: Tensor, views: int, rngs: Sequence[torch.Generator]
    ) -> tuple[Tensor, tuple[Losses, ...]]:
        """The weighted sum over all samples of x̂0 (n, 3, h, w) in [-1, 1], and the three parts of each (paper, section
        3: L_clip on x̂0 ⊙ m, L_lpips and L_2 on ⊙ (1 − m)).

        L_clip is the mean over `views` cutouts; one view is the plain picture, for which no random number is drawn.
        """
        settings = self.settings
        outside = 1 - self.mask
        found, given = denoised * outside, (self.original * outside).expand_as(denoised)
        clip = self._clip(denoised, views, rngs)
        lpips = self.perceptual(found, given)
        l2 = (found - given).square().mean((1, 2, 3))
        total = settings.lambda_clip * clip + settings.lambda_lpips * lpips + settings.lambda_l2 * l2
        columns = (values.detach().tolist() for values in (clip, lpips, l2))
        return total.sum(), tuple(Losses(*row) for row in zip(*columns, strict=True))

    def _views(self, progress: float) -> int:
        first, last = self.settings.cutouts
        return round(first + (last - first) * progress)

    def _clip(self, denoised: Tensor, views: int, rngs: Sequence[torch.Generator]) -> Tensor:
        # Masked in [0, 1], so that CLIP sees black around the object, as the paper's figures show; in [-1, 1] it
        # would see grey.
        shown = unsigned(denoised) * self.mask
        if self.settings.blended:
            shown = shown + unsigned(self.original) * (1 - self.mask)
        squares = as_square(shown)
        seen = [cutouts(square[None], self.clip_size, views, rng) for square, rng in zip(squares, rngs, strict=True)]
        cosines = self.encode_image(torch.cat(seen)) @ self.target.T
        return 1 - cosines.view(len(denoised), views).mean(1)


def cutouts(image: Tensor, size: int, count: int, rng: torch.Generator) -> Tensor:
    """`count` views (count, 3, size, size) of one square image (1, 3, s, s) in [0, 1]; one view is the picture itself.

    Several are cut at random places and scales (60-110 % of the side), half of them mirrored, with a little
    brightness and noise, which may lead out of [0, 1], so that the guidance cannot live on one adversarial pattern.
    """
    if count == 1:
        return F.interpolate(image, (size, size), mode="bilinear", antialias=True, align_corners=False)

    def uniform(low: float, high: float) -> Tensor:
        draw = torch.rand(count, generator=rng)
        return (low + (high - low) * draw).to(image.device, image.dtype)

    scale = uniform(0.6, 1.1)
    room = (1 - scale).clamp(min=0.05)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0).to(image.dtype)
    zero = torch.zeros_like(scale)
    theta = torch.stack(
        [
            torch.stack([scale * mirror, zero, room * uniform(-1, 1)], 1),
            torch.stack([zero, scale, room * uniform(-1, 1)], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, [count, 3, size, size], align_corners=False)
    views = F.grid_sample(image.expand(count, -1, -1, -1), grid, padding_mode="reflection", align_corners=False)
    noise = torch.randn(views.shape, generator=rng).to(image.device, image.dtype)
    return views * uniform(0.9, 1.1).view(-1, 1, 1, 1) + 0.02 * noise
