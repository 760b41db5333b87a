"""Drive the engine by hand: results, ticks and commands at given seconds, every Decision kept in a ledger."""

from alerts import engine
from alerts.incidents import commands
from alerts.model.checks import Status
from alerts.model.decision import Decision, SavedState
from alerts.model.incident import Incident
from alerts.model.settings import AlertSettings
from alerts.world import World
from inventory.model import Inventory
from probes.reading import Reading
from tests.alerts.ledger import Ledger
from tests.alerts.province import EPOCH, GOOD, SETTINGS, SILENT, result


class Story:
    """A world, its ledger and the latest decision. Times are monotonic seconds; the wall shows EPOCH plus them."""

    def __init__(
        self,
        inventory: Inventory,
        settings: AlertSettings = SETTINGS,
        *,
        saved: SavedState | None = None,
        at: float = 0.0,
    ) -> None:
        self.ledger = Ledger()
        if saved is not None:
            self.ledger.commit(Decision(states=saved.states, incidents=saved.incidents))
        self.world: World
        self.world, self.decision = engine.start(
            inventory, settings, saved or SavedState(), now=EPOCH + at, mono=at
        )
        self._carry_out(self.decision, at)

    def sees(self, check_id: str, reading: Reading, at: float, *, took: float = 0.0) -> Decision:
        """A result whose run started at `at` arrives `took` seconds later."""
        done = at + took
        outcome = result(check_id, reading, at, took)
        return self._carry_out(engine.on_result(self.world, outcome, now=EPOCH + done, mono=done), done)

    def answers(self, check_id: str, *times: float) -> Decision:
        for at in times:
            self.sees(check_id, GOOD, at)
        return self.decision

    def fails(self, check_id: str, *times: float) -> Decision:
        for at in times:
            self.sees(check_id, SILENT, at)
        return self.decision

    def ticks(self, at: float) -> Decision:
        return self._carry_out(engine.on_tick(self.world, now=EPOCH + at, mono=at), at)

    def reloads(self, inventory: Inventory, at: float, settings: AlertSettings = SETTINGS) -> Decision:
        decision = engine.on_reload(self.world, inventory, settings, now=EPOCH + at, mono=at)
        return self._carry_out(decision, at)

    def acknowledges(self, incident_id: str, at: float, who: str = "an") -> Decision | commands.Refusal:
        answer = commands.acknowledge(self.world, incident_id, who=who, text="đang xử lý", now=EPOCH + at)
        if isinstance(answer, Decision):
            self._carry_out(answer, at)
        return answer

    def restarts(self, inventory: Inventory, *, stopped: float, at: float) -> Decision:
        saved = self.ledger.saved(alive_at=EPOCH + stopped)
        self.world, decision = engine.start(inventory, self.world.settings, saved, now=EPOCH + at, mono=at)
        return self._carry_out(decision, at)

    def status(self, check_id: str) -> Status:
        return self.world.states[check_id].status

    @property
    def incident(self) -> Incident:
        """The only open incident."""
        (incident,) = self.world.incidents.values()
        return incident

    def _carry_out(self, decision: Decision, at: float) -> Decision:
        self.ledger.commit(decision)
        self.ledger.deliver(EPOCH + at)
        self.decision = decision
        return decision
