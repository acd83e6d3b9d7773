"""Under which terms a tuned model may be used and passed on: those of its base and of every data set it learnt from.

Said in every card and NOTICE. Keeping them is the user's duty; this is no legal advice.
"""

from ...errors import InputError
from ...models import CATALOGUE, MEDGEMMA_BASE
from ..corpus.licences import DRAWN_FROM_NIH, POPULATIONS
from .settings import Settings

HAI_DEF = "hai-def"
_HAI_DEF_URL = "https://developers.google.com/health-ai-developer-foundations"
HAI_DEF_DUTIES = (
    f"HAI-DEF is provided under and subject to the Health AI Developer Foundations Terms of Use found at {_HAI_DEF_URL}/terms",
    "This model is a Model Derivative in the sense of these terms: whoever passes it on passes on the terms, this notice and the use "
    f"restrictions of their section 3.2, which hold for every further recipient, and the Prohibited Use Policy at "
    f"{_HAI_DEF_URL}/prohibited-use-policy.",
    "No clinical use. No authorisation by a health authority has been asked for.",
    "Modified: the files of this model are not those of its base; its weights were changed by tuning and merging.",
    "Google does not endorse this model. MedGemma and Google are names of their owner, used to say what is meant.",
)

NIH_CREDIT = (
    "NIH ChestX-ray14, provided by the NIH Clinical Center. X. Wang, Y. Peng, L. Lu, Z. Lu, M. Bagheri, R. M. Summers: ChestX-ray8: "
    "Hospital-scale Chest X-ray Database and Benchmarks on Weakly-Supervised Classification and Localization of Common Thorax Diseases. "
    "IEEE CVPR 2017. https://nihcc.app.box.com/v/ChestXray-NIHCC"
)


def base_terms(settings: Settings) -> str:
    """The terms of the base model: as the catalogue has them, else as the settings say. InputError where nobody says."""
    if settings.base_terms:
        return MEDGEMMA_BASE.licence if settings.base_terms.lower() == HAI_DEF else settings.base_terms
    name = settings.model.partition("#")[0]
    known = next((card.licence for card in CATALOGUE if card.model == name), "")
    if not known:
        raise InputError(
            f"Under which terms the base model {name!r} comes is not known here, and a tuned model comes under them too.",
            f"Say so in the settings: base_terms = '{HAI_DEF}' for a MedGemma, else a sentence that names the licence.",
        )
    return known


def duties(terms: str) -> tuple[str, ...]:
    """What has to stand in a NOTICE for a base under these terms."""
    if terms == MEDGEMMA_BASE.licence:
        return HAI_DEF_DUTIES
    return (
        f"The base model comes under: {terms}. Its licence text must lie beside this model when it is passed on.",
        "Modified: the files of this model are not those of its base; its weights were changed by tuning and merging.",
    )


def data_terms(manifest: dict) -> list[str]:
    """A line for each data set, and for each source of boxes under terms of its own."""
    lines = [f"{source.get('title', source['name'])}: {source['licence']}" for source in manifest["sources"]]
    own = {name: terms for name, terms in manifest.get("box_sources", {}).items() if terms != "as the data set"}
    return lines + [f"Boxes of {name}: {terms}" for name, terms in own.items()]


def credit(manifest: dict) -> list[str]:
    """Whom the data sets ask to be named."""
    return [NIH_CREDIT] if any(POPULATIONS.get(source["name"]) in DRAWN_FROM_NIH for source in manifest["sources"]) else []
