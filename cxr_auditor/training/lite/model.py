"""The lite reader's network: a small residual net over one grey film whose class map is pooled into logits.

The prediction is a pooled map, so every probability has its place on the film. `Ensemble` is what is shipped: members and mirror
images averaged in one graph.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut, with channel attention (squeeze-excitation)."""

    def __init__(self, inside: int, outside: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outside)
        self.shortcut = nn.Identity()
        if stride > 1 or inside != outside:
            pool = nn.AvgPool2d(2) if stride > 1 else nn.Identity()
            self.shortcut = nn.Sequential(pool, nn.Conv2d(inside, outside, 1, bias=False), nn.BatchNorm2d(outside))
        squeezed = outside // 8
        self.gate = nn.Sequential(nn.Conv2d(outside, squeezed, 1), nn.ReLU(inplace=True), nn.Conv2d(squeezed, outside, 1), nn.Sigmoid())
        nn.init.zeros_(self.norm2.weight)  # starts as the shortcut alone

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        y = self.norm2(self.conv2(y))
        y = y * self.gate(y.mean((2, 3), keepdim=True))
        return F.relu(y + self.shortcut(x), inplace=True)


class LiteNet(nn.Module):
    """Film float (B, 1, S, S) in 0..255, S a multiple of 16 -> logits (B, outputs), class maps (B, outputs, S/16, S/16),
    local maps (B, outputs, S/8, S/8).

    The film is standardised inside; the map is pooled by log-mean-exp (between mean and maximum). A second, local map is read off an
    early layer whose cells see a third of the film at most: it learns where, where the first one learns whether. With `contrast` the
    network also sees the film with its local brightness and contrast evened out.
    """

    def __init__(
        self,
        outputs: int,
        widths: Sequence[int] = (32, 32, 64, 128, 192),
        contrast: bool = False,
        depths: Sequence[int] = (1, 1, 2, 2),
        sharpness: float = 4.0,
    ):
        super().__init__()
        self.contrast = contrast
        stem = nn.Conv2d(2 if contrast else 1, widths[0], 5, 2, 2, bias=False)
        self.stem = nn.Sequential(stem, nn.BatchNorm2d(widths[0]), nn.ReLU(inplace=True))
        blocks, inside = [], widths[0]
        for stage, (outside, depth) in enumerate(zip(widths[1:], depths, strict=True)):
            for i in range(depth):
                blocks.append(Block(inside, outside, stride=2 if i == 0 and stage < 3 else 1))
                inside = outside
        early = sum(depths[:2])
        self.near, self.far = nn.Sequential(*blocks[:early]), nn.Sequential(*blocks[early:])
        self.drop = nn.Dropout2d(0.2)
        self.head = nn.Conv2d(inside, outputs, 1)
        self.local_head = nn.Sequential(nn.Conv2d(widths[2], 96, 1), nn.ReLU(inplace=True), nn.Dropout2d(0.1), nn.Conv2d(96, outputs, 1))
        self.sharpness = sharpness

    def forward(self, film: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        film = standardised(film)
        if self.contrast:
            film = torch.cat([film, evened(film)], dim=1)
        near = self.near(self.stem(film))
        maps = self.head(self.drop(self.far(near))).float()
        return pooled(maps, self.sharpness), maps, self.local_head(near).float()


def standardised(film: Tensor) -> Tensor:
    """Zero mean, unit spread per film; the 1 (grey level) keeps a blank film finite."""
    centred = film - film.mean((2, 3), keepdim=True)
    return centred / (centred.square().mean((2, 3), keepdim=True).sqrt() + 1.0)


def evened(film: Tensor) -> Tensor:
    """A standardised film with the brightness and the spread of its surroundings taken away, read on a grid of 8 x 8 fields."""
    mean, square = (
        F.interpolate(F.avg_pool2d(values, film.shape[-1] // 8), film.shape[-2:], mode="bilinear", align_corners=False)
        for values in (film, film.square())
    )
    return (film - mean) / ((square - mean.square()).clamp_min(0).sqrt() + 0.2)


def pooled(maps: Tensor, sharpness: float) -> Tensor:
    """Log-mean-exp over the map: (B, C, h, w) -> (B, C)."""
    scaled = maps.flatten(2) * sharpness
    peak = scaled.amax(2, keepdim=True).detach()
    return (peak.squeeze(2) + (scaled - peak).exp().mean(2).log()) / sharpness


class Ensemble(nn.Module):
    """Members and their mirror images averaged. Film (1, 1, S, S) -> logits (1, kept), maps (1, kept, S/16, S/16).

    `logit_mix` and `map_mix` (kept, outputs) say how the kept logits and maps are made of the members' outputs.
    """

    def __init__(self, members: Sequence[LiteNet], logit_mix: Tensor, map_mix: Tensor):
        super().__init__()
        self.members = nn.ModuleList(members)
        self.register_buffer("logit_mix", logit_mix)
        self.register_buffer("map_mix", map_mix)

    def forward(self, film: Tensor) -> tuple[Tensor, Tensor]:
        both = torch.cat([film, film.flip(3)])
        logits, maps, _ = zip(*(member(both) for member in self.members), strict=True)
        logit = torch.stack(logits).mean(0).mean(0, keepdim=True)
        sharp = torch.stack(maps).mean(0)
        sharp = (sharp[:1] + sharp[1:].flip(3)) / 2
        return logit @ self.logit_mix.T, F.conv2d(sharp, self.map_mix[:, :, None, None])
