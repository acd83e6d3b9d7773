"""`both`: rules and model read the draft side by side. The rules' reading counts; a note names every finding on which they differ."""

from ..chat.errors import ChatError
from ..chat.records import ChatModel
from ..chat.repair import Unreadable
from ..findings import NO_FINDING, Finding, sides_phrase
from ..schema import DraftReading
from .nemotron import NemotronParser
from .rules import RulesParser


class BothParser:
    name = "both"

    def __init__(self, model: str = "", server: str = "", chat: ChatModel | None = None):
        self._rules = RulesParser()
        self.model = NemotronParser(model, server, chat)

    @property
    def revision(self) -> str:
        return f"rules {self._rules.revision}, {self.model.name} {self.model.revision}".strip()

    @property
    def asks(self) -> str:
        """What an answer hangs on beside model, rules and draft."""
        return self.model.asks

    def parse(self, text: str) -> DraftReading:
        by_rules = self._rules.parse(text)
        try:
            by_model = self.model.parse_with_model(text, by_rules)
        except (ChatError, Unreadable) as error:
            reason = error.message if isinstance(error, ChatError) else str(error)
            notes, used = (f"The model {self.model.name} failed, so only the rules read this draft: {reason}",), {}
        else:
            notes, used = (*by_model.notes, *differences(by_rules, by_model)), by_model.prompts
        update = {"parser": self.name, "revision": self.revision, "notes": (*by_rules.notes, *notes), "prompts": used}
        return by_rules.model_copy(update=update)


def differences(by_rules: DraftReading, by_model: DraftReading) -> list[str]:
    """One sentence for every label whose statuses or sides the two readings do not share."""
    found = []
    for label in [*Finding, NO_FINDING]:
        rules, model = _said(by_rules, label), _said(by_model, label)
        if rules != model:
            found.append(f"Rules and model differ on {label}: rules {_words(rules)}, model {_words(model)}.")
    return found


def _said(reading: DraftReading, label: str) -> set[tuple[str, str]]:
    return {(mention.status.value, sides_phrase(mention.sides)) for mention in reading.mentions(label)}


def _words(said: set[tuple[str, str]]) -> str:
    return " and ".join(" ".join(filter(None, pair)) for pair in sorted(said)) or "nothing"
