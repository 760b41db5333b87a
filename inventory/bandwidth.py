"""What was contracted for a circuit, handed to the checks that measure against it. Pure."""

from dataclasses import replace

from inventory.checks import CheckPlan
from inventory.schema import CircuitForm
from probes.snmp.interfaces import InterfacesOptions


def with_contract(plan: CheckPlan, circuit: CircuitForm | None) -> CheckPlan:
    """Return the plan with the circuit's bandwidth, where it measures one interface and states none of its own.

    A target stands at the customer's end of its circuit: what its interface receives is the download.
    """
    options = plan.options
    if circuit is None or circuit.bandwidth_bps is None:
        return plan
    if not isinstance(options, InterfacesOptions) or len(options.interfaces) != 1 or options.contract:
        return plan
    bandwidth = {
        "contracted_in_bps": circuit.bandwidth_bps,
        "contracted_out_bps": circuit.bandwidth_up_bps or circuit.bandwidth_bps,
    }
    return replace(plan, options=options.model_copy(update=bandwidth))


def deaf_for_want_of_contract(plan: CheckPlan) -> str | None:
    """Return the metric of a threshold that could never speak because no bandwidth is known; None when all can."""
    if not isinstance(plan.options, InterfacesOptions):
        return None
    unknown = {
        f"{direction}_use_ratio" for direction in ("in", "out") if direction not in plan.options.contract
    }
    return next((limit.metric for limit in plan.thresholds if limit.metric in unknown), None)
