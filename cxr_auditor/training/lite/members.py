"""Which networks the shipped reader averages, and how they are trained one after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch

from . import data
from .model import LiteNet
from .train import Recipe, Stage, predict, train_member, untrained, watcher


@dataclass(frozen=True)
class Member:
    """One network: its name (of the checkpoint), seed and recipe.

    `start` names the earlier member whose weights it goes on from, `teachers` those whose probabilities are mixed into its targets.
    """

    name: str
    seed: int
    recipe: Recipe
    start: str = ""
    teachers: tuple[str, ...] = ()


SIDE = 160  # px; input of the shipped reader
_TAUGHT = Recipe(mixup=0.6, teacher=0.5, rate=1e-3)
_WIDE = Recipe(widths=(32, 40, 80, 160, 256), contrast=True, mixup=0.6, teacher=0.5, decay=0.15)
MEMBERS = (
    Member("first", seed=0, recipe=Recipe(stages=(Stage(64, 12), Stage(96, 12), Stage(128, 12)), local_weight=0.0)),
    Member(
        "second",
        seed=2,
        recipe=Recipe(stages=(Stage(64, 8), Stage(96, 10), Stage(128, 12)), mixup=0.6, teacher=0.4),
        teachers=("first",),
    ),
    Member("third", seed=3, recipe=replace(_TAUGHT, stages=(Stage(160, 7),)), start="first", teachers=("first", "second")),
    Member("fourth", seed=4, recipe=replace(_TAUGHT, stages=(Stage(160, 5),)), start="second", teachers=("first", "second")),
    Member(
        "fifth",
        seed=5,
        recipe=replace(_WIDE, stages=(Stage(64, 6), Stage(96, 10), Stage(128, 12), Stage(160, 6))),
        teachers=("third", "fourth"),
    ),
)
SHIPPED = ("third", "fourth", "fifth")


def train_members(folder: Path, work: Path, members: Sequence[Member], say: Callable[[str], None] = print) -> dict[str, LiteNet]:
    """The members by name, trained on the training patients of `folder`. A checkpoint in `work` stands for the training it came from."""
    work.mkdir(parents=True, exist_ok=True)
    networks: dict[str, LiteNet] = {}
    films = None
    for member in members:
        path = work / f"{member.name}.pt"
        if not path.is_file():
            films = films or TrainingFilms(folder)
            say(f"{member.name}: {member.recipe}")
            torch.save(films.train(member, networks, members, say).state_dict(), path)
        network = untrained(member.recipe, len(data.OUTPUTS))
        network.load_state_dict(torch.load(path, weights_only=True))
        networks[member.name] = network.eval()
    return networks


class TrainingFilms:
    """The films in memory, split by patient."""

    def __init__(self, folder: Path):
        films, store = data.read_manifest(folder), data.FilmStore(folder)
        self._training = _Part([film for film in films if not film.validation], store)
        self._validation = _Part([film for film in films if film.validation], store)

    def train(self, member: Member, trained: Mapping[str, LiteNet], members: Sequence[Member], say: Callable[[str], None]) -> LiteNet:
        """The member's weights; `trained` holds the networks of the members before it."""
        part, held = self._training, self._validation
        sides = {other.name: other.recipe.stages[-1].side for other in members}
        return train_member(
            part.pixels,
            part.labels,
            part.mask,
            data.sampling_weights(part.films, part.labels),
            member.recipe,
            member.seed,
            teacher=_taught([(trained[name], sides[name]) for name in member.teachers], part.pixels),
            start=trained[member.start].state_dict() if member.start else None,
            watch=watcher(held.films, held.pixels, held.labels),
            say=say,
        )


def _taught(teachers: Sequence[tuple[LiteNet, int]], pixels: Sequence[np.ndarray]) -> np.ndarray | None:
    if not teachers:
        return None
    logits = np.mean([predict(network, pixels, side, mirror=True) for network, side in teachers], axis=0)
    return (1 / (1 + np.exp(-logits))).astype(np.float32)


class _Part:
    def __init__(self, films: list[data.Film], store: data.FilmStore):
        self.films = films
        self.pixels = [_small(store(film)) for film in films]
        self.labels, self.mask = data.targets(films)


def _small(pixels: np.ndarray) -> np.ndarray:
    side = data.CACHE_SIDE
    return cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA) if min(pixels.shape) > side else pixels
