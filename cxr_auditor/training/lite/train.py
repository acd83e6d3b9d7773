"""Trains one member of the lite reader from random weights: stages of growing film side under one cosine of the learning rate."""

import copy
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ...findings import Finding
from ...readers.lite import to_square
from . import data
from .augment import augment, mixed
from .figures import auroc
from .model import LiteNet, pooled


@dataclass(frozen=True)
class Stage:
    """`epochs` passes with films of `side` x `side` px; an epoch draws as many films as the training set holds."""

    side: int
    epochs: float


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how one member is trained, but for the films and the seed."""

    stages: tuple[Stage, ...] = (Stage(64, 12), Stage(96, 12), Stage(128, 12))
    widths: tuple[int, ...] = (32, 32, 64, 128, 192)
    contrast: bool = False  # the network also sees the film with its local contrast evened out
    batch: int = 64
    rate: float = 2e-3
    warm_up: int = 200  # steps
    decay: float = 0.05
    mixup: float = 0.5  # share of the batches
    smoothing: float = 0.02
    teacher: float = 0.0  # share of the target that comes from a teacher's probability
    strength: float = 1.0  # of the augmentation
    aux_weight: float = 0.3  # of the view and of NIH's own labels beside the six targets
    local_weight: float = 0.3  # of the local map's loss


def untrained(recipe: Recipe, outputs: int) -> LiteNet:
    """The recipe's network with random weights."""
    return LiteNet(outputs, recipe.widths, recipe.contrast)


def train_member(
    pixels: Sequence[np.ndarray],
    labels: np.ndarray,
    mask: np.ndarray,
    weights: np.ndarray,
    recipe: Recipe,
    seed: int,
    teacher: np.ndarray | None = None,
    start: dict | None = None,
    watch: Callable[[nn.Module, int], dict] | None = None,
    say: Callable[[str], None] = print,
) -> LiteNet:
    """The moving average of the weights after the last stage.

    `labels`, `mask`, `teacher` are (films, outputs), `weights` (films,) the probability of each film to be drawn. `start` is a
    state to go on from; `watch(net, side)` is asked for figures after each stage.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    soft = labels * (1 - recipe.smoothing) + recipe.smoothing * 0.5 * mask
    if teacher is not None:
        soft = (1 - recipe.teacher) * soft + recipe.teacher * teacher
    importance = np.full(labels.shape[1], recipe.aux_weight, np.float32)
    importance[: len(data.TARGETS)] = 1.0
    mask = mask * importance

    net = untrained(recipe, labels.shape[1])
    if start is not None:
        net.load_state_dict(start)
    else:
        prior = labels.mean(0).clip(0.02, 0.9)
        with torch.no_grad():
            for bias in (net.head.bias, net.local_head[-1].bias):
                bias.copy_(torch.from_numpy(np.log(prior / (1 - prior))))
    net = net.to(memory_format=torch.channels_last).train()
    average = copy.deepcopy(net).eval()
    optimizer = _optimizer(net, recipe)

    per_epoch = max(1, len(pixels) // recipe.batch)
    plan = [stage.side for stage in recipe.stages for _ in range(round(stage.epochs * per_epoch))]
    began, losses = time.monotonic(), []
    for step, side in enumerate(plan):
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, len(plan), recipe)
        drawn = rng.choice(len(pixels), recipe.batch, p=weights)
        films = np.stack([augment(pixels[i], side, rng, recipe.strength) for i in drawn])
        films, wanted, known = mixed(films, soft[drawn], mask[drawn], rng, recipe.mixup)
        losses.append(_step(net, optimizer, films, wanted, known, recipe.local_weight))
        _follow(average, net, min(0.999, (step + 1) / (step + 20)))
        last = step + 1 == len(plan)
        if last or (step + 1) % per_epoch == 0:
            report = {"step": step + 1, "of": len(plan), "side": side, "loss": round(float(np.mean(losses)), 4)}
            losses, report["seconds"] = [], round(time.monotonic() - began)
            if watch and (last or plan[step + 1] != side or (step + 1) % (4 * per_epoch) == 0):
                report |= watch(average, side)
            say(json.dumps(report))
    return average


def _optimizer(net, recipe):
    matrices = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": recipe.decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, recipe.rate)


def _rate(step: int, steps: int, recipe: Recipe) -> float:
    warm = min(recipe.warm_up, steps // 10)
    if step < warm:
        return recipe.rate * (step + 1) / warm
    return recipe.rate * max(0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))), 1e-3)


def _step(net, optimizer, films, wanted, known, local_weight) -> float:
    x = torch.from_numpy(films.astype(np.float32, copy=False))[:, None].contiguous(memory_format=torch.channels_last)
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", torch.bfloat16):
        logits, _, local = net(x)
    known, wanted = torch.from_numpy(known), torch.from_numpy(wanted)
    terms = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    terms = terms + local_weight * F.binary_cross_entropy_with_logits(pooled(local, net.sharpness), wanted, reduction="none")
    loss = (terms * known).sum() / known.sum()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimizer.step()
    return loss.item()


@torch.no_grad()
def _follow(average: nn.Module, net: nn.Module, keep: float) -> None:
    for mean, value in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1 - keep)
        else:
            mean.copy_(value)


@torch.no_grad()
def predict(net: nn.Module, films: Sequence[np.ndarray], side: int, mirror: bool = False, batch: int = 64) -> np.ndarray:
    """Logits (films, outputs) of a training network; films uint8 of any size; for watching and teaching, not for the card's figures."""
    out = []
    for k in range(0, len(films), batch):
        squares = np.stack([to_square(film, side) for film in films[k : k + batch]])
        x = torch.from_numpy(squares).float()[:, None].contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(x)[0]
            if mirror:
                logits = (logits + net(x.flip(3))[0]) / 2
        out.append(logits)
    return torch.cat(out).numpy()


def watcher(films: list[data.Film], pixels: Sequence[np.ndarray], labels: np.ndarray):
    """A `watch` that reports the AUROC of the five findings on validation films, per resolution group."""
    groups = np.array([film.group for film in films])

    def watch(net, side):
        logits = predict(net, pixels, side)
        figures = {}
        for group in np.unique(groups):
            here = groups == group
            scores = [auroc(labels[here, j] > 0, logits[here, j]) for j in range(len(Finding))]
            figures[str(group)] = {"findings": [round(score, 3) for score in scores], "mean": round(float(np.nanmean(scores)), 4)}
        return figures

    return watch
