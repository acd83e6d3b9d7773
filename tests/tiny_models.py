"""Tiny random models of the very architectures that the families use, written as folders in seconds, wholly offline.

`folder(name)` makes a folder once per test run. Widths are multiples of 64 because bitsandbytes packs weights in blocks of that size.
"""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

NAMES = ("gemma3", "qwen2_5_vl", "llava_onevision", "nemotron_h")

_TEXTS = [
    "No pneumothorax. A small left pleural effusion; retrocardiac consolidation can't be excluded.",
    "The heart is of normal size and the lungs are clear.",
    '[{"label":"pleural_effusion","box_2d":[0.125,0.25,0.5,1]},{"label":"no_finding","box_2d":null}]',
]
_TEXT_CONFIG = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 8192,
}


@cache
def _home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="tiny-models-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


@cache
def folder(name: str) -> str:
    """The folder of a tiny model; the same weights in every run."""
    import torch

    path = _home() / name
    with torch.random.fork_rng():
        torch.manual_seed(0)
        _BUILD[name](path)
    return str(path)


def _tokenizer(special, named, template, **options):
    """Byte-level BPE with all 256 bytes, so that any text survives; `named` special tokens become attributes of the tokenizer."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    bpe.train_from_iterator(_TEXTS, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, extra_special_tokens=named, padding_side="left", **options)
    tokenizer.chat_template = template
    return tokenizer


def _template(start: str, end: str, image: str, opening: str) -> str:
    """A chat template: turns between `start` and `end`, a picture as `image`, the reply begins with `opening`."""
    return (
        "{% for m in messages %}" + start + "{% if m.content is string %}{{ m.content }}{% else %}{% for c in m.content %}"
        "{% if c.type == 'image' %}" + image + "{% else %}{{ c.text }}{% endif %}{% endfor %}{% endif %}" + end + "\n{% endfor %}"
        "{% if add_generation_prompt %}"
        + opening
        + "\n{% if enable_thinking is defined and enable_thinking %}<think>{% endif %}{% endif %}"
    )


def _chatml(image: str) -> str:
    return _template("<|im_start|>{{ m.role }}\n", "<|im_end|>", image, "<|im_start|>assistant")


def _ends(tokenizer) -> dict:
    return {"bos_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}


def _gemma3(path):
    from transformers import (
        Gemma3Config,
        Gemma3ForConditionalGeneration,
        Gemma3ImageProcessorPil,
        Gemma3Processor,
        Gemma3TextConfig,
        SiglipVisionConfig,
    )

    turn = _template(
        "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n", "<end_of_turn>", "<start_of_image>", "<start_of_turn>model"
    )
    named = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>", *named.values()]
    options = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    tokenizer = _tokenizer(special, named, "{{ bos_token }}" + turn, **options)
    ids = tokenizer.convert_tokens_to_ids
    vision = SiglipVisionConfig(
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=112,
        patch_size=14,
        vision_use_head=False,
    )
    text = Gemma3TextConfig(
        **_TEXT_CONFIG,
        **_ends(tokenizer),
        vocab_size=len(tokenizer),
        head_dim=32,
        query_pre_attn_scalar=32,
        sliding_window=512,
        layer_types=["sliding_attention", "full_attention"],
    )
    config = Gemma3Config(
        text_config=text,
        vision_config=vision,
        mm_tokens_per_image=16,
        boi_token_index=ids("<start_of_image>"),
        eoi_token_index=ids("<end_of_image>"),
        image_token_index=ids("<image_soft_token>"),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=[tokenizer.eos_token_id, ids("<end_of_turn>")],
        pad_token_id=tokenizer.pad_token_id,
    )
    Gemma3ForConditionalGeneration(config).save_pretrained(path)
    images = Gemma3ImageProcessorPil(size={"height": 112, "width": 112}, image_mean=[0.5] * 3, image_std=[0.5] * 3)
    Gemma3Processor(images, tokenizer, chat_template=tokenizer.chat_template, image_seq_length=16).save_pretrained(path)


def _nemotron_h(path):
    from transformers import NemotronHConfig, NemotronHForCausalLM

    special = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
    options = {"bos_token": "<s>", "eos_token": "<|im_end|>", "pad_token": "<unk>", "unk_token": "<unk>"}
    tokenizer = _tokenizer(special, {}, _chatml(""), **options)
    config = NemotronHConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        layers_block_type=["linear_attention", "moe", "full_attention", "moe"],
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        intermediate_size=128,
        ssm_state_size=16,
        mamba_num_heads=32,
        mamba_head_dim=4,
        n_groups=2,
        chunk_size=16,
        n_routed_experts=4,
        num_experts_per_tok=2,
        moe_intermediate_size=64,
        moe_shared_expert_intermediate_size=64,
        max_position_embeddings=8192,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    NemotronHForCausalLM(config).save_pretrained(path)
    tokenizer.save_pretrained(path)


def _without_video(processor_class):
    """The processor as it is saved on a machine without torchvision, which has no video processor."""

    class ImageOnly(processor_class):
        @classmethod
        def get_attributes(cls):
            return ["image_processor", "tokenizer"]

    ImageOnly.__name__ = ImageOnly.__qualname__ = processor_class.__name__
    return ImageOnly


def _llava_onevision(path):
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessorPil,
        LlavaOnevisionProcessor,
        Qwen2Config,
        SiglipVisionConfig,
    )

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<video>"]
    named = {"image_token": "<image>", "video_token": "<video>"}
    tokenizer = _tokenizer(special, named, _chatml("<image>\n"), eos_token="<|im_end|>", pad_token="<|endoftext|>")
    ids = tokenizer.convert_tokens_to_ids
    pinpoints = [[28, 28], [28, 56], [56, 28], [56, 56]]
    config = LlavaOnevisionConfig(
        text_config=Qwen2Config(**_TEXT_CONFIG, **_ends(tokenizer), vocab_size=len(tokenizer)),
        vision_config=SiglipVisionConfig(
            hidden_size=64,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=28,
            patch_size=14,
            vision_use_head=False,
        ),
        image_token_index=ids("<image>"),
        video_token_index=ids("<video>"),
        image_grid_pinpoints=pinpoints,
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
    )
    LlavaOnevisionForConditionalGeneration(config).save_pretrained(path)
    images = LlavaOnevisionImageProcessorPil(size={"height": 28, "width": 28}, image_grid_pinpoints=pinpoints)
    _without_video(LlavaOnevisionProcessor)(
        image_processor=images,
        tokenizer=tokenizer,
        num_image_tokens=4,
        vision_feature_select_strategy="full",
        chat_template=tokenizer.chat_template,
    ).save_pretrained(path)


def _qwen2_5_vl(path):
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor, Qwen2VLImageProcessorPil

    named = {"image_token": "<|image_pad|>", "video_token": "<|video_pad|>"}
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", *named.values()]
    picture = "<|vision_start|><|image_pad|><|vision_end|>"
    tokenizer = _tokenizer(special, named, _chatml(picture), eos_token="<|im_end|>", pad_token="<|endoftext|>")
    ids = tokenizer.convert_tokens_to_ids
    rope = {"rope_type": "default", "mrope_section": [4, 6, 6], "rope_theta": 1e6}
    config = Qwen2_5_VLConfig(
        text_config={**_TEXT_CONFIG, **_ends(tokenizer), "vocab_size": len(tokenizer), "rope_parameters": rope},
        vision_config={
            "depth": 2,
            "hidden_size": 64,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
        },
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
    )
    Qwen2_5_VLForConditionalGeneration(config).save_pretrained(path)
    images = Qwen2VLImageProcessorPil(size={"shortest_edge": 56 * 56, "longest_edge": 112 * 112})
    _without_video(Qwen2_5_VLProcessor)(image_processor=images, tokenizer=tokenizer, chat_template=tokenizer.chat_template).save_pretrained(
        path
    )


_BUILD = {"gemma3": _gemma3, "qwen2_5_vl": _qwen2_5_vl, "llava_onevision": _llava_onevision, "nemotron_h": _nemotron_h}


def _gemma3_taught(path):
    """The tiny Gemma 3, taught to answer the auditing question: a bright picture shows cardiomegaly, any other nothing. It looks."""
    import shutil

    import torch
    from PIL import Image
    from transformers import AutoModelForImageTextToText, AutoProcessor

    from cxr_auditor import prompts
    from cxr_auditor.readers.medgemma import LABELS

    shutil.copytree(folder("gemma3"), path)
    model, processor = AutoModelForImageTextToText.from_pretrained(path), AutoProcessor.from_pretrained(path)
    text = prompts.load("medgemma_findings").fill(labels=", ".join(LABELS))

    def lesson(step, bright):
        picture = Image.effect_noise((64, 64), 20 + step % 40).point(lambda value: value // 2 + (127 if bright else 0)).convert("RGB")
        question = [{"type": "image", "image": picture}, {"type": "text", "text": text}]
        turns = [{"role": "user", "content": question}]
        inputs = processor.apply_chat_template(turns, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt")
        answer = f'[{{"label": "{"cardiomegaly" if bright else "no_finding"}", "box_2d": null}}]<end_of_turn>'
        tail = torch.tensor([processor.tokenizer.encode(answer, add_special_tokens=False)])
        asked = inputs["input_ids"].shape[1]
        inputs["input_ids"] = torch.cat([inputs["input_ids"], tail], 1)
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
        inputs["token_type_ids"] = torch.cat([inputs["token_type_ids"], torch.zeros_like(tail)], 1)
        return torch.nn.functional.cross_entropy(model(**inputs).logits[0, asked - 1 : -1], tail[0], reduction="none")

    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(300):
        losses = torch.cat([lesson(step, False), lesson(step, True)])
        optimizer.zero_grad()
        losses.mean().backward()
        optimizer.step()
        if losses.max() < 0.2:
            break
    model.save_pretrained(path)


_BUILD["gemma3_taught"] = _gemma3_taught
