"""Where each kind of probe is tried: one module for each kind, as tests.probes.faults.PlacesModule says."""
