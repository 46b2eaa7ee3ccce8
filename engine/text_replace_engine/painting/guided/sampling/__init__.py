"""The diffusion sampler and its guidance: pure functions of tensors, in the paper's symbols.

x_t: noised image, x̂0 (`denoised`): the network's estimate of the clean one, both (n, 3, h, w) in [-1, 1];
ᾱ_t (`alphas_cumprod`); ε (`noise`); m: mask (1, 1, h, w), 1 inside; I: the original; e: the edit prompt; λ: weights.
"""
