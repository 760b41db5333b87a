"""The contract of a circuit reaches the checks that measure against it."""

from pathlib import Path
from typing import Any

import pytest

from inventory.loader import load
from inventory.model import Check, Circuit
from probes.snmp.interfaces import InterfacesOptions
from tests.inventory.conftest import WriteFiles

BASE = Path(__file__).parent / "base.yaml"


def wan(write: WriteFiles, *, circuit: str, options: str, check: str = "") -> Check:
    inventory = load(
        [
            BASE,
            write(
                a=f"""
circuits:
  kenh: {{provider: VNPT{circuit}}}
targets:
  cpe:
    name: CPE
    unit: 21484
    profile: gateway
    address: 192.0.2.9
    circuit: kenh
    checks:
      wan: {{kind: interfaces, options: {options}{check}}}
"""
            ),
        ]
    )
    return inventory.checks["cpe/wan"]


def contract(check: Check) -> Any:
    assert isinstance(check.options, InterfacesOptions)
    return dict(check.options.contract)


@pytest.mark.parametrize(
    ("circuit", "options", "expected"),
    [
        pytest.param(
            ", bandwidth_bps: 20000000", "{interfaces: [w]}", {"in": 2e7, "out": 2e7}, id="both ways"
        ),
        pytest.param(
            ", bandwidth_bps: 20000000, bandwidth_up_bps: 5000000",
            "{interfaces: [w]}",
            {"in": 2e7, "out": 5e6},
            id="each way its own",
        ),
        pytest.param(
            ", bandwidth_bps: 20000000",
            "{interfaces: [w], contracted_bps: 1000000}",
            {"in": 1e6, "out": 1e6},
            id="the check's own wins",
        ),
        pytest.param(
            ", bandwidth_bps: 20000000",
            "{interfaces: [w], contracted_in_bps: 1000000}",
            {"in": 1e6},
            id="the check's own wins whole",
        ),
        pytest.param(", bandwidth_bps: 20000000", "{}", {}, id="all interfaces are no line"),
        pytest.param(
            ", bandwidth_bps: 20000000", "{interfaces: [a, b]}", {}, id="two interfaces are no line"
        ),
        pytest.param("", "{interfaces: [w]}", {}, id="a circuit that states none"),
    ],
)
def test_a_check_measures_against_its_circuit(
    write: WriteFiles, circuit: str, options: str, expected: dict[str, float]
) -> None:
    assert contract(wan(write, circuit=circuit, options=options)) == expected


def test_a_threshold_on_the_share_of_the_contract_may_rest_on_the_circuit(write: WriteFiles) -> None:
    check = wan(
        write,
        circuit=", bandwidth_bps: 20000000",
        options="{interfaces: [w]}",
        check=", thresholds: {out_use_ratio: {warning: 0.9}}",
    )

    assert check.thresholds[0].metric == "out_use_ratio"


def test_the_bandwidth_is_kept_with_the_circuit(write: WriteFiles) -> None:
    folder = write(a="circuits: {kenh: {provider: VNPT, bandwidth_bps: 20e6, bandwidth_up_bps: 5000000}}")

    circuit = load([BASE, folder]).circuits["kenh"]

    assert circuit == Circuit("kenh", "VNPT", bandwidth_bps=20e6, bandwidth_up_bps=5e6)
