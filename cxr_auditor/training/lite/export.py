"""Members -> one ONNX file with 8-bit weights, which onnxruntime turns back to 32 bits once, when it loads them.

Batch normalisation is folded into the convolutions first; each output channel of a convolution then has a scale of its own.
"""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .data import OUTPUTS, TARGETS
from .model import Block, Ensemble, LiteNet

_OPACITY = "lung_opacity_consolidation"
# What else the network has learned speaks for or against a finding: NIH's narrower labels, and that a film is without finding.
_LOGITS = {
    "pleural_effusion": {"pleural_effusion": 1, "Consolidation": 0.3, "no_finding": -0.5},
    "pneumothorax": {"pneumothorax": 1, "no_finding": -0.5},
    _OPACITY: {_OPACITY: 1, "Consolidation": 1, "Pneumonia": 1, "no_finding": -1},
    "nodule_mass": {"nodule_mass": 1, "Mass": 1},
    "cardiomegaly": {"cardiomegaly": 1},
    "no_finding": {"no_finding": 1, "pleural_effusion": -0.5, _OPACITY: -0.5},
}
# Where it lies is seen by the finding's own map; an opacity's also by those of its kinds.
_MAPS = {name: {name: 1} for name in TARGETS} | {_OPACITY: {_OPACITY: 1, "Consolidation": 1, "Pneumonia": 1}}
_OPSET = 18
_LEVELS = 127


def ensemble(members: Sequence[LiteNet]) -> Ensemble:
    """The network that is shipped, its weights rounded to what the file will hold. The members stay as they are."""
    return Ensemble([_rounded(_folded(copy.deepcopy(member).eval())) for member in members], mix(_LOGITS), mix(_MAPS)).eval()


def mix(parts: Mapping[str, Mapping[str, float]]) -> torch.Tensor:
    """(targets, outputs): how each target is made of the network's outputs, on the scale of one output."""
    table = torch.zeros(len(TARGETS), len(OUTPUTS))
    for i, name in enumerate(TARGETS):
        whole = sum(abs(share) for share in parts[name].values())
        for output, share in parts[name].items():
            table[i, OUTPUTS.index(output)] = share / whole
    return table


def export(network: Ensemble, side: int, path: Path) -> bytes:
    """Writes the network for films of side x side px, and returns the file's bytes."""
    film = torch.zeros(1, 1, side, side)
    with torch.no_grad():
        program = torch.onnx.export(
            network, (film,), input_names=["film"], output_names=["logits", "maps"], opset_version=_OPSET, dynamo=True, verbose=False
        )
    model = program.model_proto
    _store_small(model.graph)
    _without_traces(model)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    Path(path).write_bytes(data)
    return data


def _without_traces(model: onnx.ModelProto) -> None:
    """Drops what the exporter notes of this machine: stack traces with paths, on the model and on every node and value."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        del part.metadata_props[:]
        part.ClearField("doc_string")


def _folded(net: LiteNet) -> LiteNet:
    net = net.to(memory_format=torch.contiguous_format)
    _fold(net.stem, 0)
    for block in (*net.near, *net.far):
        if isinstance(block.shortcut, nn.Sequential):
            _fold(block.shortcut, 1)
        _fold_block(block)
    return net


def _fold(parts: nn.Sequential, at: int) -> None:
    parts[at] = fuse_conv_bn_eval(parts[at], parts[at + 1])
    parts[at + 1] = nn.Identity()


def _fold_block(block: Block) -> None:
    block.conv1, block.norm1 = fuse_conv_bn_eval(block.conv1, block.norm1), nn.Identity()
    block.conv2, block.norm2 = fuse_conv_bn_eval(block.conv2, block.norm2), nn.Identity()


@torch.no_grad()
def _rounded(net: LiteNet) -> LiteNet:
    for part in net.modules():
        if isinstance(part, nn.Conv2d):
            scale = _scale(part.weight.numpy())
            part.weight.copy_(torch.from_numpy(_levels(part.weight.numpy(), scale).astype(np.float32) * scale))
    return net


def _scale(weight: np.ndarray) -> np.ndarray:
    """One step per output channel, (outputs, 1, 1, 1)."""
    largest = np.abs(weight).max(axis=(1, 2, 3), keepdims=True)
    return np.where(largest > 0, largest / _LEVELS, 1).astype(np.float32)


def _levels(weight: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.rint(weight / scale).astype(np.int8)


def _store_small(graph: onnx.GraphProto) -> None:
    """Keeps the convolutions' weights as int8 behind a Cast and a Mul, which the runtime works out once."""
    nodes, small = [], []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) != 4:
            continue
        weight = numpy_helper.to_array(tensor)
        scale = _scale(weight)
        levels, step, plain = (f"{tensor.name}_{part}" for part in ("levels", "step", "float"))
        small += [numpy_helper.from_array(_levels(weight, scale), levels), numpy_helper.from_array(scale, step)]
        nodes += [helper.make_node("Cast", [levels], [plain], to=TensorProto.FLOAT), helper.make_node("Mul", [plain, step], [tensor.name])]
        graph.initializer.remove(tensor)
    graph.initializer.extend(small)
    nodes.extend(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
