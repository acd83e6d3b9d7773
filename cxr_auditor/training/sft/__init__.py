"""A corpus -> a tuned model: QLoRA on the served prompt and pictures, loss on the reply only, merged into a clean base."""
