"""Facts of handling: how soon incidents were taken and outages restored. Pure."""

from alerts.model.checks import Status
from monitor.report.figures.model import Figures
from monitor.report.sentences.facts.fact import Fact, plain
from monitor.report.sentences.quantities import Seconds


def of_all(figures: Figures) -> dict[str, Fact]:
    """Return mean times of acknowledging and restoring; None when nothing was."""
    taken, restored = figures.acknowledgement_s, figures.restore_s
    return plain(
        tiep_nhan=None if taken is None else Seconds(taken),
        khac_phuc=None if restored is None else Seconds(restored),
        co_cam_ket=any(
            incident.is_in_time is not None for incident in figures.incidents if incident.level is Status.DOWN
        ),
    )
