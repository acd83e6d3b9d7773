"""The recipe of the embedded CPU reader: `python -m cxr_auditor.training.lite`. Needs the extra `training`."""
