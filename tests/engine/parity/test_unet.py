"""OpenAI's networks behind our denoiser compute what the reference implementation computes, gradients included."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor, nn

from tests.engine.parity.oracle import SMALL, in_double_precision, ours, reference
from text_replace_engine.models.full.adm import ARCHITECTURES, Architecture, converted, denoiser_config, recognised
from text_replace_engine.models.networks.denoiser import build_denoiser
from text_replace_wire.errors import ModelDamaged

NEW_ORDER = dataclasses.replace(SMALL["256"], new_attention_order=True)
CASES = [
    pytest.param(SMALL["256"], (32, 32), id="256, legacy attention", marks=pytest.mark.slow),
    pytest.param(NEW_ORDER, (32, 64), id="256, new attention order, not square"),
    pytest.param(SMALL["256"], (96, 64), id="256, not square", marks=pytest.mark.slow),
    pytest.param(SMALL["512"], (64, 64), id="512, unconditional", marks=pytest.mark.slow),
    pytest.param(SMALL["512-class"], (64, 64), id="512, class-conditional", marks=pytest.mark.slow),
    pytest.param(SMALL["512-class"], (128, 64), id="512, class-conditional, not square", marks=pytest.mark.slow),
]
DOUBLE = [
    pytest.param(SMALL["256"], (32, 32), id="256, legacy attention", marks=pytest.mark.slow),
    pytest.param(NEW_ORDER, (32, 32), id="256, new attention order", marks=pytest.mark.slow),
    pytest.param(SMALL["512-class"], (64, 64), id="512, class-conditional", marks=pytest.mark.slow),
]


def _answers(
    network: nn.Module, unet: nn.Module, conditional: bool, x: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(output, gradient by x) of the reference and of ours."""
    t = torch.tensor([3, 871])[: len(x)]
    labels = torch.tensor([5, 900])[: len(x)] if conditional else None
    weights = torch.randn(len(x), 6, *x.shape[2:], dtype=x.dtype, generator=torch.Generator().manual_seed(2))
    results: list[Tensor] = []
    for answer in (
        lambda x: network(x, t, y=labels) if conditional else network(x, t),
        lambda x: unet(x, t, class_labels=labels).sample,
    ):
        point = x.clone().requires_grad_()
        output = answer(point)  # type: ignore[no-untyped-call]
        (gradient,) = torch.autograd.grad((output * weights).sum(), point)
        results += [output.detach(), gradient]
    return results[0], results[1], results[2], results[3]


def _close(ours: Tensor, theirs: Tensor, tolerance: float) -> bool:
    """Whether the largest difference is at most `tolerance` of the largest value, or of 1 where that is larger."""
    return float((ours - theirs).abs().max()) <= tolerance * max(1.0, float(theirs.abs().max()))


def _noise(size: tuple[int, int], dtype: torch.dtype, count: int = 2) -> Tensor:
    return torch.randn(count, 3, *size, dtype=dtype, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("architecture", "size"), CASES)
def test_forward_and_gradient_are_the_references(architecture: Architecture, size: tuple[int, int]) -> None:
    """In single precision outputs and gradients agree to 1e-5 of their size, for every network and shape."""
    network = reference(architecture)
    unet = ours(network, architecture).network
    output, gradient, our_output, our_gradient = _answers(
        network, unet, architecture.class_conditional, _noise(size, torch.float32)
    )
    assert output.abs().max() > 0.5 and gradient.abs().max() > 0.1, "a comparison of nothing"
    assert _close(our_output, output, 1e-5)
    assert _close(our_gradient, gradient, 1e-5)


@pytest.mark.parametrize(("architecture", "size"), DOUBLE)
def test_the_same_function_in_double_precision(
    architecture: Architecture, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In double precision the difference vanishes (1e-12), so it is one function and not a good approximation."""
    network = reference(architecture)
    unet = ours(network, architecture).network.double()
    in_double_precision(monkeypatch)
    network.double().dtype = torch.float64  # type: ignore[assignment]
    output, gradient, our_output, our_gradient = _answers(
        network, unet, architecture.class_conditional, _noise(size, torch.float64)
    )
    assert _close(our_output, output, 1e-12)
    assert _close(our_gradient, gradient, 1e-12)


@pytest.mark.slow
def test_the_wrong_order_of_attention_is_noticed() -> None:
    """Negative control: reading the legacy rows in the new order changes the answer far beyond the tolerance."""
    network = reference(SMALL["256"])
    wrong = dataclasses.replace(SMALL["256"], new_attention_order=True)
    output, _, our_output, _ = _answers(
        network, ours(network, wrong).network, False, _noise((32, 32), torch.float32, 1)
    )
    assert (output - our_output).abs().max() > 1e-2


@pytest.mark.slow
def test_another_epsilon_is_noticed() -> None:
    """Negative control: diffusers' usual epsilon of the group norms instead of the reference's is beyond 1e-5."""
    network = reference(SMALL["256"])
    unet = ours(network, SMALL["256"]).network
    for module in unet.modules():
        if isinstance(module, nn.GroupNorm):
            module.eps = 1e-3
    output, _, our_output, _ = _answers(network, unet, False, _noise((32, 32), torch.float32, 1))
    assert (output - our_output).abs().max() > 1e-4


@pytest.mark.slow
def test_another_class_is_noticed() -> None:
    """Negative control: the class reaches the network."""
    unet = ours(reference(SMALL["512-class"]), SMALL["512-class"]).network
    x, t = _noise((64, 64), torch.float32, 1), torch.tensor([500])
    with torch.no_grad():
        first, second = (unet(x, t, class_labels=torch.tensor([label])).sample for label in (1, 2))
    assert (first - second).abs().max() > 1e-3


def test_a_checkpoint_with_a_stranger_or_a_gap_is_refused() -> None:
    """Every tensor must have its place and every place its tensor: nothing is silently ignored or left random."""
    state = dict(reference(SMALL["256"]).state_dict())
    converted(state, SMALL["256"])
    with pytest.raises(ModelDamaged, match="stranger"):
        converted({**state, "stranger.weight": torch.zeros(3)}, SMALL["256"])
    for gap in (
        "time_embed.2.bias",
        "input_blocks.5.0.out_layers.3.weight",
        "output_blocks.3.1.qkv.bias",
        "out.2.bias",
    ):
        with pytest.raises(ModelDamaged):
            converted({name: tensor for name, tensor in state.items() if name != gap}, SMALL["256"])
    with pytest.raises(ModelDamaged):
        converted({**state, "out.0.bias": torch.zeros(7)}, SMALL["256"])
    with pytest.raises(ModelDamaged):
        converted(state, SMALL["512"])


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)
def test_parameter_counts_are_the_published_ones(architecture: Architecture) -> None:
    """The three networks have exactly the number of weights of OpenAI's files, and are told apart by it."""
    with torch.device("meta"):
        network = build_denoiser(denoiser_config(architecture))
    assert sum(weight.numel() for weight in network.parameters()) == architecture.parameters
    named = {"time_embed.0.weight": torch.empty(0), "out.2.weight": torch.empty(0)}
    rest = torch.empty(architecture.parameters, device="meta")
    assert recognised({**named, "rest": rest}) == architecture
    assert recognised({**named, "rest": rest[1:]}) is None
    assert recognised({"rest": rest}) is None


@pytest.mark.real_size
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)
def test_real_sizes_agree(architecture: Architecture) -> None:
    """The networks at their real sizes agree too, not square (random weights; takes minutes and 10 GB)."""
    network = reference(architecture)
    assert recognised(network.state_dict()) == architecture
    unet = ours(network, architecture).network
    output, gradient, our_output, our_gradient = _answers(
        network, unet, architecture.class_conditional, _noise((64, 128), torch.float32, 1)
    )
    assert output.abs().max() > 0.5 and gradient.abs().max() > 0.1, "a comparison of nothing"
    assert _close(our_output, output, 1e-5)
    assert _close(our_gradient, gradient, 1e-5)


@pytest.mark.real_size
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)
def test_real_sizes_are_the_same_function(architecture: Architecture, monkeypatch: pytest.MonkeyPatch) -> None:
    """At their real sizes the difference vanishes in double precision too (takes minutes and 12 GB)."""
    network = reference(architecture)
    unet = ours(network, architecture).network.double()
    in_double_precision(monkeypatch)
    network.double().dtype = torch.float64  # type: ignore[assignment]
    output, gradient, our_output, our_gradient = _answers(
        network, unet, architecture.class_conditional, _noise((64, 64), torch.float64, 1)
    )
    assert _close(our_output, output, 1e-12)
    assert _close(our_gradient, gradient, 1e-12)
