"""Time and memory of one optimiser step of `train sft`, on a model of the true size with random weights.

    python benchmarks/sft_step.py                                    # MedGemma 1.5 4B's shape: QLoRA, LoRA on bfloat16 weights, all weights
    python benchmarks/sft_step.py --modes qlora --batch 4            # what fits
    python benchmarks/sft_step.py --shape tiny                       # only to see that it runs

The steps are those of a run: its trainer, its settings' defaults, a film of the model's own size, a question of 300 tokens and a reply of
160. Each mode has a process of its own. Prints the median step and the peak memory, and both as ratios to the first mode.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from gpu_generation import SHAPES, build, question

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cxr_auditor.training.sft.data import IGNORED, joined
from cxr_auditor.training.sft.model import targets, with_adapter
from cxr_auditor.training.sft.settings import Settings

MODES = {"qlora": "4-bit base, adapter", "lora": "bfloat16 base, adapter", "full": "every weight"}
REPLY, WARM_UP = 160, 2


def in_four_bits(model):
    """The same weights, written and loaded as a run loads its base: NF4, double quantisation."""
    from transformers import BitsAndBytesConfig

    packed = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=model.dtype
    )
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return type(model).from_pretrained(folder, dtype=model.dtype, quantization_config=packed, device_map={"": model.device})


def lesson(model, shape: str) -> dict[str, torch.Tensor]:
    """One film, its question and a reply, with the loss on the reply."""
    row = {name: value.cpu() for name, value in question(model, shape).items()}
    asked, reply = row["input_ids"], torch.randint(10, 400, (1, REPLY))
    tails = {"input_ids": reply, "attention_mask": torch.ones_like(reply), "token_type_ids": torch.zeros_like(reply)}
    row |= {name: torch.cat([row[name], tail], dim=1) for name, tail in tails.items()}
    return row | {"labels": torch.cat([torch.full_like(asked, IGNORED), reply], dim=1)}


def tokenizer():
    """The trainer wants one, though nothing here is text."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    words = {"<pad>": 0, "<eos>": 1}
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel(words, "<pad>")), pad_token="<pad>", eos_token="<eos>")


def measure(mode: str, shape: str, batch: int, steps: int) -> dict[str, float]:
    """Seconds of the median step, peak gigabytes (of the GPU, else of the process), and the weights that learn."""
    from transformers import TrainerCallback

    from cxr_auditor.training.sft.train import make_trainer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    settings = Settings(steps=WARM_UP + steps, batch=batch, accumulate=1, workers=0, precision="bfloat16")
    torch.manual_seed(0)
    model = build(shape, device, torch.bfloat16)
    row = lesson(model, shape)
    if mode == "qlora":
        model = in_four_bits(model)
    names = targets(model, settings)
    model = with_adapter(model, names, settings) if mode != "full" else model.requires_grad_(True)
    times: list[float] = []

    class Clock(TrainerCallback):
        def on_step_begin(self, args, state, control, **kwargs):
            times.append(-now(device))

        def on_step_end(self, args, state, control, **kwargs):
            times[-1] += now(device)

    with tempfile.TemporaryDirectory() as folder:
        trainer = make_trainer(model, tokenizer(), lambda rows: joined([row] * len(rows), 0), (batch, 0), settings, Path(folder), [Clock()])
        trainer.args.save_strategy = "no"
        if device == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        trainer.train()
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    learning = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    return {"seconds": statistics.median(times[WARM_UP:]), "gigabytes": peak / 1e9, "learning": learning / 1e6}


def now(device: str) -> float:
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--shape", choices=SHAPES, default="4b")
    options.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    options.add_argument("--batch", type=int, default=1)
    options.add_argument("--steps", type=int, default=8)
    options.add_argument("--as-json", action="store_true", help="one mode, in this process")
    given = options.parse_args()
    if given.as_json:
        print(json.dumps(measure(given.modes[0], given.shape, given.batch, given.steps)))
        return
    there = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU here: these figures only show that it runs"
    print(f"{given.shape}, batch {given.batch}, {given.steps} steps after {WARM_UP}; {there}")
    first = None
    for mode in given.modes:
        words = [sys.executable, __file__, "--as-json", "--modes", mode, "--shape", given.shape]
        words += ["--batch", str(given.batch), "--steps", str(given.steps)]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            print(f"{mode:<6} did not run: {done.stderr.strip().splitlines()[-1]}")
            continue
        own = json.loads(done.stdout.splitlines()[-1])
        first = first or own
        print(
            f"{mode:<6} {own['seconds']:.3f} s a step ({own['seconds'] / first['seconds']:.2f}), {own['gigabytes']:.2f} GB at most "
            f"({own['gigabytes'] / first['gigabytes']:.2f}), {own['learning']:.1f} million weights learn: {MODES[mode]}"
        )


if __name__ == "__main__":
    main()
