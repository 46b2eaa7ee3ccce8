"""The denoiser's finer level: begins as nothing, and then is a part of the network like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from text_replace_engine.lab.train import denoiser as training
from text_replace_engine.models.networks.denoiser import Denoiser, build_denoiser
from text_replace_engine.models.store import Config, read_role, write_role
from text_replace_engine.painting.guided.memory import cost_of, use_checkpointing

pytestmark = pytest.mark.slow

_UNET: Config = {
    **training.CONFIG["unet"],
    "block_out_channels": [16, 32],
    "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
    "up_block_types": ["AttnUpBlock2D", "UpBlock2D"],
}
FINE: Config = {**training.CONFIG, "text_dim": 64, "unet": _UNET, "fine_width": 16}
COARSE: Config = {key: value for key, value in FINE.items() if key != "fine_width"}


@pytest.fixture
def coarse(tmp_path: Path) -> Denoiser:
    """A denoiser without the finer level, as a starter installation of before has one in its folder."""
    torch.manual_seed(0)
    write_role(tmp_path, "denoiser", COARSE, build_denoiser(COARSE).state_dict())
    return Denoiser.load(read_role(tmp_path, "denoiser"))


def _asked(side: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    x = torch.randn(2, 3, *side, requires_grad=True)
    return x, torch.tensor([3, 800]), torch.randn(2, 64), torch.rand(2, 3, *side), torch.rand(2, 1, *side)


def _trained() -> Denoiser:
    """One whose finer level is more than nothing."""
    torch.manual_seed(2)
    network = build_denoiser(FINE)
    for layer in (network.fine.shrink, network.fine.conv_out):
        torch.nn.init.normal_(layer.weight, 0, 0.1)
    return Denoiser(network.eval(), FINE)


def test_begins_as_the_network_without_it(coarse: Denoiser) -> None:
    """A finer level can be put onto weights without one, and nothing is lost: before training the network answers bit
    for bit as that one does, whatever the size.
    """
    network = build_denoiser(FINE)
    network.load_state_dict(coarse.network.state_dict(), strict=False)
    fine = Denoiser(network.eval(), FINE)
    assert coarse.multiple == fine.multiple == 8
    for side in ((16, 16), (24, 40)):
        assert torch.equal(fine.denoised(*_asked(side)), coarse.denoised(*_asked(side)))


def test_weights_come_back(tmp_path: Path) -> None:
    """What was trained and written paints the same after loading, up to half precision."""
    fine = _trained()
    write_role(tmp_path, "denoiser", FINE, fine.network.state_dict())
    loaded = Denoiser.load(read_role(tmp_path, "denoiser"))
    assert torch.allclose(loaded.denoised(*_asked((16, 16))), fine.denoised(*_asked((16, 16))), atol=0.02)


def test_it_learns_and_is_learnt_through() -> None:
    """Its gradient reaches every pixel, and through the network below as well as past it."""
    fine = _trained()
    x, *rest = _asked((16, 16))
    fine.denoised(x, *rest).square().sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None and bool((x.grad != 0).all())
    for layer in (fine.network.fine.shrink, fine.network.fine.enlarge, fine.network.conv_in):
        assert layer.weight.grad.abs().sum() > 0


def test_activations_computed_twice_are_the_same() -> None:
    """Saving memory changes neither the picture nor the gradient, and the finer level is reckoned with."""
    fine = _trained()

    def answers() -> tuple[Tensor, Tensor]:
        x, *rest = _asked((24, 16))
        estimate = fine.denoised(x, *rest)
        (gradient,) = torch.autograd.grad(estimate.square().sum(), x)
        return estimate, gradient

    plain = answers()
    use_checkpointing(fine, True)
    assert fine.network.fine.gradient_checkpointing
    assert all(torch.equal(a, b) for a, b in zip(plain, answers(), strict=True))
    without = Denoiser(build_denoiser(COARSE), COARSE)
    assert cost_of(fine).gradient > 2 * cost_of(without).gradient


def test_shapes_are_learnt_where_they_are_decided() -> None:
    """The timesteps that decide about shapes come twice as often, and all of them come."""
    drawn = torch.cat([training._timesteps(32) for _ in range(100)])
    low, high = training.DECIDING
    deciding = ((drawn >= low) & (drawn < high)).float().mean().item()
    share = 2 * (high - low) / (1000 + high - low)
    assert deciding == pytest.approx(share, abs=0.01)
    assert drawn.min() < 20 and 980 < drawn.max() < 1000
