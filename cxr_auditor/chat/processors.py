"""Processors that load on a machine without torchvision.

transformers 5 has Pillow image processors for every family here, but the processors of Qwen2.5-VL and LLaVA-OneVision also demand a
video processor, which exists for torchvision only. No video is read here, so that part is left out where torchvision is missing.
"""

_NEED_VIDEO = {"llava_onevision": "LlavaOnevisionProcessor", "qwen2_5_vl": "Qwen2_5_VLProcessor"}


def load_processor(model: str, model_type: str, **options):
    """The processor (text models: the tokenizer) of a folder or hub id; `options` go to `from_pretrained`."""
    import transformers
    from transformers.utils import is_torchvision_available

    name = _NEED_VIDEO.get(model_type)
    if name and not is_torchvision_available():
        return _image_only(getattr(transformers, name)).from_pretrained(model, **options)
    return transformers.AutoProcessor.from_pretrained(model, **options)


def _image_only(processor_class):
    """The class without its video part: `get_attributes` is what both its __init__ and from_pretrained go by."""

    class ImageOnly(processor_class):
        @classmethod
        def get_attributes(cls):
            return ["image_processor", "tokenizer"]

    ImageOnly.__name__ = ImageOnly.__qualname__ = processor_class.__name__  # transformers looks classes up by name
    return ImageOnly
