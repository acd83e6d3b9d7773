"""How fast a model of the true size can answer on this GPU: random weights, forced reply length, against the memory's speed.

    python benchmarks/gpu_generation.py                     # MedGemma 1.5 4B's shape, bfloat16, 160 tokens (a reply with four boxes)
    python benchmarks/gpu_generation.py --tokens 500        # with a reasoning trace before it
    python benchmarks/gpu_generation.py --shape tiny --device cpu --dtype float32    # only to see that it runs

Every new token reads all weights of the language model once, so the memory's speed, measured here by copying, bounds the speed of a
single reply. Prints seconds per reply, tokens per second and the fraction of that bound, for a growing cache (how replies are generated
today) and for a static cache with compiled steps.
"""

import argparse
import statistics
import time

import torch
from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3TextConfig, GenerationConfig, SiglipVisionConfig

# The published shapes of google/medgemma-1.5-4b-it (config.json), and a small one for any machine.
SHAPES = {
    "4b": (
        {"hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 34, "num_attention_heads": 8, "num_key_value_heads": 4},
        {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16},
        {"vocab_size": 262_208, "head_dim": 256, "image_size": 896, "image_tokens": 256},
    ),
    "tiny": (
        {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 6, "num_attention_heads": 2, "num_key_value_heads": 1},
        {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2},
        {"vocab_size": 512, "head_dim": 32, "image_size": 112, "image_tokens": 16},
    ),
}
IMAGE_TOKEN, PROMPT_WORDS = 5, 300  # token id of a picture's place; words of the question


def build(shape: str, device: str, dtype: torch.dtype) -> Gemma3ForConditionalGeneration:
    """The model with random weights, made on the device itself."""
    text, vision, sizes = SHAPES[shape]
    config = Gemma3Config(
        text_config=Gemma3TextConfig(**text, vocab_size=sizes["vocab_size"], head_dim=sizes["head_dim"], sliding_window=1024),
        vision_config=SiglipVisionConfig(**vision, image_size=sizes["image_size"], patch_size=14, vision_use_head=False),
        mm_tokens_per_image=sizes["image_tokens"],
        image_token_index=IMAGE_TOKEN,
    )
    default = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            return Gemma3ForConditionalGeneration._from_config(config, attn_implementation="sdpa").eval()
    finally:
        torch.set_default_dtype(default)


def question(model, shape: str) -> dict[str, torch.Tensor]:
    """The inputs of one film and its question."""
    sizes = SHAPES[shape][2]
    picture, words = torch.full((sizes["image_tokens"],), IMAGE_TOKEN), torch.randint(10, 400, (PROMPT_WORDS,))
    ids = torch.cat([picture, words])[None].to(model.device)
    pixels = torch.rand(1, 3, sizes["image_size"], sizes["image_size"], device=model.device, dtype=model.dtype)
    is_picture = (ids == IMAGE_TOKEN).long()
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": is_picture, "pixel_values": pixels}


def finished(device: str) -> float:
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def copy_speed(device: str) -> float:
    """Bytes per second that this device's memory reads and writes, the best of ten copies."""
    source = torch.empty(2**30 if device == "cuda" else 2**26, dtype=torch.uint8, device=device)
    target, times = torch.empty_like(source), []
    for _ in range(10):
        start = finished(device)
        target.copy_(source)
        times.append(finished(device) - start)
    return 2 * source.numel() / min(times)


def seconds_per_reply(model, inputs, tokens: int, cache: str | None, repeats: int) -> float:
    """Median over the repeats, after two replies to warm up (and to compile)."""
    options = {"cache_implementation": cache} if cache else {}
    config = GenerationConfig(max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, pad_token_id=0, eos_token_id=1, **options)
    times = []
    for _ in range(repeats + 2):
        start = finished(model.device.type)
        with torch.inference_mode():
            model.generate(**inputs, generation_config=config)
        times.append(finished(model.device.type) - start)
    return statistics.median(times[2:])


def run(shape: str, device: str, dtype: str, tokens: int, repeats: int) -> list[str]:
    """The lines of the report."""
    torch.manual_seed(0)
    model = build(shape, device, getattr(torch, dtype))
    inputs = question(model, shape)
    read = sum(p.numel() * p.element_size() for p in model.model.language_model.parameters())
    bound = copy_speed(device) / read
    lines = [
        f"{shape}, {dtype}, {device}: {sum(p.numel() for p in model.parameters()) / 1e9:.2f} billion parameters",
        f"{read / 1e9:.2f} GB are read for every token; the memory copies at {bound * read / 1e9:.0f} GB/s: at most {bound:.0f} tokens/s",
    ]
    for name, cache in (("growing cache", None), ("static cache, compiled on a GPU", "static")):
        seconds = seconds_per_reply(model, inputs, tokens, cache, repeats)
        speed = tokens / seconds
        lines.append(f"{name}: {seconds:.3f} s for {tokens} tokens, {speed:.0f} tokens/s, {speed / bound:.2f} of the bound")
    return lines


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--shape", choices=SHAPES, default="4b")
    options.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options.add_argument("--dtype", default="bfloat16")
    options.add_argument("--tokens", type=int, default=160)
    options.add_argument("--repeats", type=int, default=5)
    print("\n".join(run(**vars(options.parse_args()))))


if __name__ == "__main__":
    main()
