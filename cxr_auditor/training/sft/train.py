"""The optimiser steps: TRL's trainer, on batches that `data` makes, with checkpoints that are whole or not there."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch.optim.lr_scheduler import LambdaLR
from transformers import PrinterCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

from ...errors import AuditorError
from .checkpoints import mark_whole, saving
from .data import ReplyBatches
from .errors import TrainingError
from .settings import Settings


class ReplyTrainer(SFTTrainer):
    """TRL's trainer, but for the card that it writes beside every checkpoint (the run's is written once, by `card`), for a first step
    that would teach nothing, and for what is said where the disk takes no more."""

    def create_model_card(self, *args, **kwargs):
        pass

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> LambdaLR:
        """transformers' schedule; with a warm-up from its second rate on, as its first is 0."""
        if self.lr_scheduler is None and self.args.warmup_steps:
            given = super().create_scheduler(num_training_steps + 1, optimizer)
            rate = given.lr_lambdas[0]
            self.lr_scheduler = LambdaLR(given.optimizer, lambda step: rate(step + 1))
        return super().create_scheduler(num_training_steps, optimizer)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        with saving(Path(self.args.output_dir)):
            super()._save_checkpoint(model, trial)


class Watch(TrainerCallback):
    """Says how far the run is, marks checkpoints as whole, and stops a run whose loss is no number."""

    def __init__(self, folder: Path, run: dict[str, Any]):
        self._folder, self._run = folder, run

    def on_log(self, args, state, control, logs=None, **kwargs):
        if "loss" not in logs:
            return
        if not torch.tensor(logs["loss"]).isfinite():
            raise TrainingError(f"The loss is no number at step {state.global_step}.", "Lower the learning rate, or check the base model.")
        print(f"step {state.global_step} of {state.max_steps}: loss {logs['loss']:.4f}", file=sys.stderr, flush=True)

    def on_save(self, args, state, control, **kwargs):
        with saving(self._folder):
            mark_whole(self._folder / f"checkpoint-{state.global_step}", self._run)


def make_trainer(
    model: Any, processor: Any, batches: ReplyBatches, counts: tuple[int, int], settings: Settings, folder: Path, watchers: Sequence
) -> ReplyTrainer:
    """A trainer of a model that has its adapter. `counts`: lessons to train on and to validate on, numbered on in `batches`.

    Checkpoints go to `folder`; `watchers` are transformers' callbacks.
    """
    training, validation = counts
    trainer = ReplyTrainer(
        model=model,
        args=arguments(settings, folder, model.device.type, validation > 0),
        data_collator=batches,
        train_dataset=_numbered(0, training),
        eval_dataset=_numbered(training, training + validation) if validation else None,
        processing_class=processor,
        callbacks=list(watchers),
    )
    trainer.remove_callback(PrinterCallback)
    for name, weight in model.named_parameters():
        if "lora_" in name:  # TRL makes an adapter on 4-bit weights bfloat16, which loses small updates and comes back from a
            weight.data = weight.data.float()  # checkpoint as float32: a run that was stopped would go on with other numbers
    return trainer


def arguments(settings: Settings, folder: Path, device: str, validates: bool) -> SFTConfig:
    """The settings in TRL's words. Nothing is reported to anybody and nothing is uploaded."""
    return SFTConfig(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        max_steps=settings.steps or -1,
        per_device_train_batch_size=settings.batch,
        per_device_eval_batch_size=settings.batch,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.schedule if settings.schedule != "constant" else "constant_with_warmup",
        warmup_steps=settings.warmup,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.clip,
        optim="adamw_torch",
        seed=settings.seed,
        data_seed=settings.seed,
        gradient_checkpointing=settings.recompute,
        bf16=device == "cuda" and settings.precision != "float32",
        use_cpu=device == "cpu",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_steps=settings.save_every,
        save_total_limit=settings.keep,
        eval_strategy="steps" if validates else "no",
        eval_steps=(settings.evaluate_every or sys.maxsize) if validates else None,
        dataloader_num_workers=settings.workers,
        dataloader_pin_memory=device == "cuda",
        remove_unused_columns=False,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        report_to="none",
        disable_tqdm=True,
    )


def run_steps(trainer: ReplyTrainer, checkpoint: Path | None) -> None:
    """Trains to the end, from `checkpoint` where there is one; what was learnt is in the last checkpoint.

    Raises TrainingError where the device is too small, and what making a batch raises.
    """
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except AuditorError as error:
        raise _of_worker(error) from error
    except torch.OutOfMemoryError as error:
        raise TrainingError(
            "A step does not fit into the device's memory.", "Set batch = 1, recompute = true and quantization = '4bit', or lower `rank`."
        ) from error


def _of_worker(error: AuditorError) -> AuditorError:
    """The error itself: from a process that prepares batches torch hands it on with that process's whole traceback as its message."""
    lines = error.message.splitlines()
    if len(lines) > 1 and "DataLoader worker" in lines[0]:
        return type(error)(lines[-1].partition(": ")[2])
    return error


def _numbered(start: int, end: int) -> Dataset:
    """Lessons by number: what one holds is made by the collator, when its turn comes."""
    return Dataset.from_dict({"number": list(range(start, end))})
