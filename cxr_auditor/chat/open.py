"""From what a user names to something that can be asked."""

from ..models import ModelCard
from .errors import ModelMissing
from .records import ChatModel
from .settings import Source


def open_model(card: ModelCard, model: str = "", server: str = "") -> ChatModel:
    """The model `model` (a folder, a hub id, ID#REVISION; empty: the card's) in this process, or what the server at `server` calls so.

    Loads nothing yet. ModelMissing where the card has no model of its own and none is named.
    """
    if server:
        from .server import ServerModel

        return ServerModel(server, model)
    if not model and not card.model:
        raise ModelMissing(f"The weights of {card.name!r} can't be fetched by name.", f"Needed: {card.gate}. Then name it: {card.spec}.")
    from .local import LocalModel

    return LocalModel(Source.named(model or card.model, None if model else card.revision))
